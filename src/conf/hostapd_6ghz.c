/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_6ghz.h"

#include "conf/hostapd_keys.h"
#include "wire/mgmt.h"

#define FIRST_CLASS 131 /* IEEE 802.11ax-2021, Table E-4; the numbers of the channels are those of other bands, too */
#define LAST_CLASS  137
#define CLASS_80_80 135
#define CLASS_320   137

#define DEFAULT_CONSTRAINT_DB 3 /* the margin that transmit power control shall have (ETSI EN 301 893) */

bool hostapd_is_6ghz(const struct hostapd_radio *radio)
{
	return radio->op_class >= FIRST_CLASS && radio->op_class <= LAST_CLASS;
}

/* he_oper_chwidth is more precise than the class, with which hostapd chooses the band only. */
static uint16_t width_of(const struct hostapd_radio *radio)
{
	static const uint16_t widths[] = {20, 40, 80, 160};
	uint32_t class = radio->op_class;

	if (radio->phy.he_width)
		return radio->phy.he_width == 1 ? 80 : 160;
	return class < CLASS_80_80 ? widths[class - FIRST_CLASS] : 20;
}

/* 802.11ax-2021, 12.12.2: nothing older than WPA3. */
static bool check_security(struct hostapd_bss *bss, const char **key, struct error *error)
{
	uint32_t wpa3 = akm_set_sae() | 1u << AKM_OWE;

	*key = "wpa_key_mgmt";
	if (bss->wpa != 2 || !bss->akms.set || (bss->akms.set & ~wpa3))
		return error_set(error, false,
				 "the 6 GHz band has WPA3 and Enhanced Open only: set wpa=2, and wpa_key_mgmt=SAE or "
				 "wpa_key_mgmt=OWE");
	*key = "ieee80211w";
	if (bss->pmf != 2)
		return error_set(error, false,
				 "the 6 GHz band demands that management frames are protected: set ieee80211w=2");
	bss->sae.pwe = 1; /* stations use nothing but hash to element there */
	return true;
}

uint16_t hostapd_check_6ghz(struct hostapd_radio *radio, struct hostapd_bss *bss, size_t count, const char **key,
			    struct error *error)
{
	uint16_t freq_mhz = channel_to_freq_6ghz(radio->channel);

	*key = "op_class";
	if (radio->op_class == CLASS_80_80 || radio->op_class == CLASS_320)
		return error_set(
			error, 0,
			"channels of 80+80 and 320 MHz (op_class 135 and 137) are not supported: choose 131 to "
			"134, for 20 to 160 MHz");
	if (!radio->phy.ax)
		return error_set(error, 0, "the 6 GHz band needs ieee80211ax=1");
	for (size_t i = 0; i < count; i++)
		if (!check_security(&bss[i], key, error))
			return 0;
	*key = "channel";
	if (!freq_mhz)
		return error_set(
			error, 0,
			"no channel %u in the 6 GHz band (op_class=%u); channels are 1 to 233 in steps of 4, and 2",
			radio->channel, radio->op_class);
	/* What is older than 802.11ax does not exist there; `n` says that there are elements of modern rates at all. */
	radio->phy.n = true;
	radio->phy.ac = false;
	radio->phy.ht.secondary = 0;
	radio->phy.ht.either = false;
	radio->phy.width_6ghz_mhz = width_of(radio);
	return freq_mhz;
}

/* hw_mode=any with channel=0 is a choice among both bands. */
void hostapd_set_choice(struct hostapd_radio *radio, bool is_5ghz)
{
	bool any = radio->hw_mode == HOSTAPD_MODE_ANY && !radio->channel, is_6ghz = hostapd_is_6ghz(radio);

	radio->choice.automatic = !radio->channel;
	radio->choice.band_2ghz = !is_6ghz && (any || !is_5ghz);
	radio->choice.band_5ghz = !is_6ghz && (any || is_5ghz);
	radio->choice.band_6ghz = is_6ghz;
	radio->choice.scans = radio->acs_scans;
	if (radio->power_constraint_db < 0)
		radio->power_constraint_db = radio->ieee80211h ? DEFAULT_CONSTRAINT_DB : -1;
}
