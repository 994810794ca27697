/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a BSS uses of the radio's rates and widths. */
#include "mlme/ap_state.h"

bool ap_has_ofdm(const struct ap *ap)
{
	return !ap->setup.no_ofdm || !freq_is_2ghz(ap->setup.freq_mhz);
}

/* 802.11n needs QoS, and no TKIP or WEP, whose integrity codes are too slow for it (12.9.2.1). */
bool ap_bss_has_phy(const struct ap_bss *bss)
{
	const struct ap_bss_setup *setup = &bss->setup;

	if (!bss->ap->setup.phy.width_mhz || !setup->wmm || !ap_has_ofdm(bss->ap) || setup->wep != CIPHER_NONE)
		return false;
	return !bss->protected || ((setup->wpa_pairwise | setup->rsn_pairwise) & ~(1u << CIPHER_TKIP));
}

struct plane_channel ap_bss_channel(const struct ap_bss *bss)
{
	const struct ap *ap = bss->ap;
	struct plane_channel channel = {.freq_mhz = ap->setup.freq_mhz,
					.width_mhz = ap_bss_has_phy(bss) ? ap->setup.phy.width_mhz : 0,
					.center_mhz = ap->setup.phy.center_mhz};

	if (channel.width_mhz && ap->protection.narrow)
		channel = (struct plane_channel){
			.freq_mhz = channel.freq_mhz, .width_mhz = 20, .center_mhz = channel.freq_mhz};
	return channel;
}
