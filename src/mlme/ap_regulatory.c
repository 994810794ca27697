/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What beacons and responses say about the regulatory domain (802.11-2020, 11.7 and 11.8), and the channel of a stopped access point. */
#include "mlme/ap_state.h"

#include <string.h>

#define EID_POWER_CONSTRAINT 32
#define EID_TPC_REPORT       35

#define OPERATING_EXTENSION 201 /* from here on, the first byte of a triplet is no channel */

#define POWER_EVERYWHERE 20 /* dBm: allowed in the 2.4 GHz band of every country */

/* The most that the regulatory domain allows on the channel, in dBm. */
static uint8_t max_power_dbm(const struct ap *ap)
{
	const struct ap_regulatory *regulatory = &ap->setup.regulatory;
	unsigned channel = freq_to_channel(ap->setup.freq_mhz), step = freq_is_2ghz(ap->setup.freq_mhz) ? 1 : 4;

	for (size_t i = 0; i < regulatory->subband_count; i++) {
		const struct ap_subband *subband = &regulatory->subbands[i];

		if (channel >= subband->first_channel && channel < subband->first_channel + subband->count * step)
			return subband->max_power_dbm;
	}
	return POWER_EVERYWHERE;
}

/* 9.4.2.8; the length must be even. */
void ap_write_country(const struct ap *ap, struct frame_writer *writer)
{
	const struct ap_regulatory *regulatory = &ap->setup.regulatory;
	uint8_t body[3 + 3 + 3 * AP_SUBBANDS_MAX + 1] = {(uint8_t)ap->setup.country[0], (uint8_t)ap->setup.country[1],
							 AP_ANY_ENVIRONMENT};
	size_t len = 3;

	if (!ap->setup.country[0])
		return;
	if (ap->setup.environment)
		body[2] = ap->setup.environment;
	if (freq_is_6ghz(ap->setup.freq_mhz)) { /* an operating triplet: whose channels these are */
		body[len++] = OPERATING_EXTENSION;
		body[len++] = channel_operating_class(ap->setup.freq_mhz, 20, ap->setup.freq_mhz);
		body[len++] = 0; /* coverage class */
	}
	for (size_t i = 0; i < regulatory->subband_count; i++) {
		body[len++] = regulatory->subbands[i].first_channel;
		body[len++] = regulatory->subbands[i].count;
		body[len++] = regulatory->subbands[i].max_power_dbm;
	}
	if (!regulatory->subband_count) {
		body[len++] = (uint8_t)freq_to_channel(ap->setup.freq_mhz);
		body[len++] = 1;
		body[len++] = POWER_EVERYWHERE;
	}
	write_element(writer, EID_COUNTRY, body, len + len % 2);
}

/* Supported Operating Classes (9.4.2.53): the present one, then all. */
void ap_write_operating_classes(const struct ap *ap, struct plane_channel present, struct frame_writer *writer)
{
	const struct ap_regulatory *regulatory = &ap->setup.regulatory;
	uint8_t body[1 + AP_CLASSES_MAX] = {
		channel_operating_class(present.freq_mhz, present.width_mhz, present.center_mhz)};

	memcpy(body + 1, regulatory->classes, regulatory->class_count);
	if (body[0] && regulatory->class_count)
		write_element(writer, EID_OPERATING_CLASSES, body, 1 + regulatory->class_count);
}

bool ap_manages_spectrum(const struct ap *ap)
{
	return ap->setup.regulatory.spectrum_management && ap->setup.country[0] && !freq_is_2ghz(ap->setup.freq_mhz);
}

/* Power Constraint (9.4.2.13) follows the Country element. */
void ap_write_power_constraint(const struct ap *ap, struct frame_writer *writer)
{
	const struct ap_regulatory *regulatory = &ap->setup.regulatory;

	if (ap->setup.country[0] && regulatory->has_power_constraint && !freq_is_2ghz(ap->setup.freq_mhz))
		write_element(writer, EID_POWER_CONSTRAINT, &regulatory->power_constraint_db, 1);
}

/* TPC Report (9.4.2.16), whose link margin is reserved in beacons and probe responses. */
void ap_write_tpc_report(const struct ap *ap, struct frame_writer *writer)
{
	uint8_t body[2] = {max_power_dbm(ap), 0};

	if (ap_manages_spectrum(ap))
		write_element(writer, EID_TPC_REPORT, body, sizeof(body));
}

void ap_set_channel(struct ap *ap, uint16_t freq_mhz, const struct ap_phy *phy)
{
	if (ap->started)
		return;
	ap->setup.freq_mhz = freq_mhz;
	ap->setup.phy = *phy;
	ap->setup.dsss_rates = freq_is_2ghz(freq_mhz);
}

struct plane_channel ap_channel(const struct ap *ap)
{
	return (struct plane_channel){.freq_mhz = ap->setup.freq_mhz,
				      .width_mhz = ap->protection.narrow ? 20 : ap->setup.phy.width_mhz,
				      .center_mhz =
					      ap->protection.narrow ? ap->setup.freq_mhz : ap->setup.phy.center_mhz};
}
