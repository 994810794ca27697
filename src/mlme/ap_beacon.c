/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The content of beacons and probe responses (9.3.3.2, 9.3.3.10), and the elements that association responses share with
 * them.
 */
#include "mlme/ap_ft.h"
#include "mlme/ap_measure.h"
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <string.h>

#define RATES_MAX 8 /* of the Supported Rates element; further rates are in the Extended Supported Rates element */

/* The choice is for the band of the file: on one where it leaves nothing, all rates are announced. */
static size_t list_rates(const struct ap *ap, uint8_t rates[RATES_COUNT])
{
	bool is_2ghz = freq_is_2ghz(ap->setup.freq_mhz), dsss = is_2ghz && (ap->setup.dsss_rates || !ap_has_ofdm(ap));
	size_t count = rates_list(&ap->setup.rates, dsss, ap_has_ofdm(ap), rates);

	return count ? count : rates_list(&(struct rate_choice){0}, dsss, ap_has_ofdm(ap), rates);
}

static void write_rates(const struct ap *ap, struct frame_writer *writer)
{
	uint8_t rates[RATES_COUNT];
	size_t count = list_rates(ap, rates);

	write_element(writer, EID_RATES, rates, count < RATES_MAX ? count : RATES_MAX);
}

static void write_ext_rates(const struct ap *ap, struct frame_writer *writer)
{
	uint8_t rates[RATES_COUNT];
	size_t count = list_rates(ap, rates);

	if (count > RATES_MAX)
		write_element(writer, EID_EXT_RATES, rates + RATES_MAX, count - RATES_MAX);
}

const struct ap_phy *ap_present_phy(const struct ap *ap)
{
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		if (ap_bss_has_phy(&ap->bss[i]))
			return &ap->setup.phy;
	return NULL;
}

/* Membership selectors keep stations away that lack what the network demands (9.4.2.3). */
static void write_beacon_ext_rates(const struct ap_bss *bss, struct frame_writer *writer)
{
	const struct ap_required *required = &bss->ap->setup.required;
	uint8_t rates[RATES_COUNT], body[16];
	size_t count = list_rates(bss->ap, rates), len = count > RATES_MAX ? count - RATES_MAX : 0;

	if (len)
		memcpy(body, rates + RATES_MAX, len);
	if (bss->setup.sae.pwe == 1 && bss->setup.akms && !(bss->setup.akms & ~akm_set_sae()))
		body[len++] = 0x80 | RATE_SELECTOR_SAE_HASH_TO_ELEMENT;
	if (required->ht && ap_bss_has_phy(bss))
		body[len++] = 0x80 | RATE_SELECTOR_HT;
	if (required->vht && ap_bss_has_phy(bss))
		body[len++] = 0x80 | RATE_SELECTOR_VHT;
	if (required->he && ap_bss_has_phy(bss))
		body[len++] = 0x80 | RATE_SELECTOR_HE;
	if (len)
		write_element(writer, EID_EXT_RATES, body, len);
}

void ap_bss_write_rates(const struct ap *ap, struct frame_writer *writer)
{
	write_rates(ap, writer);
	write_ext_rates(ap, writer);
}

static bool has_rate(struct span rates, uint8_t rate)
{
	for (size_t i = 0; i < rates.len; i++)
		if ((rates.bytes[i] & 0x7f) == rate)
			return true;
	return false;
}

/* A station must support all basic rates (11.3.5.3). */
bool ap_bss_has_basic_rates(const struct ap *ap, const struct mgmt *mgmt)
{
	uint8_t rates[RATES_COUNT];
	size_t count = list_rates(ap, rates);

	for (size_t i = 0; i < count; i++)
		if ((rates[i] & RATE_BASIC) && !has_rate(mgmt->rates, rates[i] & 0x7f) &&
		    !has_rate(mgmt->ext_rates, rates[i] & 0x7f))
			return false;
	return true;
}

/* A station can ask without heeding the selectors. */
enum status_code ap_bss_check_modes(const struct ap_bss *bss, const struct mgmt *mgmt)
{
	const struct ap_required *required = &bss->ap->setup.required;

	if (!ap_bss_has_phy(bss))
		return STATUS_SUCCESS;
	if (required->ht && !mgmt_find_element(mgmt, EID_HT_CAPABILITIES, 2))
		return STATUS_NO_HT;
	if (required->vht && !mgmt_find_element(mgmt, EID_VHT_CAPABILITIES, 4))
		return STATUS_NO_VHT;
	if (required->he && !element_find_extension(mgmt->body, EID_EXT_HE_CAPABILITIES).bytes)
		return STATUS_NO_HE;
	return STATUS_SUCCESS;
}

/* The WMM parameter element, by default with the default parameters of the access categories (WMM 1.2, 2.2.2). */
void ap_bss_write_wmm(const struct ap *ap, struct frame_writer *writer)
{
	uint8_t body[24] = {OUI_MICROSOFT, 2,    1,    1,    0,    0,    0x03, 0xa4, 0x00, 0x00, 0x27,
			    0xa4,          0x00, 0x00, 0x42, 0x43, 0x5e, 0x00, 0x62, 0x32, 0x2f, 0x00};

	for (unsigned i = 0; ap->setup.own_wmm && i < 4; i++) {
		const struct ap_wmm_category *category = &ap->setup.wmm[i];
		uint8_t *record = body + 8 + 4 * i;

		record[0] = (uint8_t)(i << 5 | category->mandatory_admission << 4 | (category->aifs & 15));
		record[1] = (uint8_t)(category->ecw_max << 4 | (category->ecw_min & 15));
		put_le16(record + 2, category->txop_32us);
	}
	write_element(writer, EID_VENDOR, body, sizeof(body));
}

/* What follows from the stations and neighbours (9.4.2.56). */
static void write_ht_operation(const struct ap_bss *bss, struct span body, struct frame_writer *writer)
{
	const struct ap_protection *protection = &bss->ap->protection;
	uint8_t bytes[ELEMENT_MAX];

	memcpy(bytes, body.bytes, body.len);
	if (protection->narrow)
		bytes[1] &= (uint8_t) ~(HT_SECONDARY_OFFSET | HT_ANY_WIDTH);
	put_le16(bytes + 2, protection->ht);
	write_element(writer, EID_HT_OPERATION, bytes, body.len);
}

/* How stations look for other networks (9.4.2.58): dwell times, interval and delay factor by default (Annex C). */
static void write_obss_scan(const struct ap *ap, struct frame_writer *writer)
{
	uint8_t body[14];

	put_le16(body, 20); /* dwell times in TU, passive and active */
	put_le16(body + 2, 10);
	put_le16(body + 4, ap->setup.obss_interval_s);
	put_le16(body + 6, 200); /* of each channel in total */
	put_le16(body + 8, 20);
	put_le16(body + 10, AP_TRANSITION_DELAY_FACTOR);
	put_le16(body + 12, 25); /* the activity, in 1/100 %, below which a station need not look */
	write_element(writer, EID_OBSS_SCAN, body, sizeof(body));
}

static void set_bit(uint8_t *bytes, size_t *len, unsigned bit)
{
	bytes[bit / 8] |= (uint8_t)(1u << bit % 8);
	*len = *len > bit / 8 ? *len : bit / 8 + 1;
}

/* Those of the driver, and what this access point does. */
static void write_ext_capabilities(const struct ap_bss *bss, struct span body, struct frame_writer *writer)
{
	uint8_t bytes[ELEMENT_MAX] = {0};
	size_t len = body.len;

	if (len)
		memcpy(bytes, body.bytes, len);
	if (len && ap_may_be_narrow(bss->ap))
		bytes[0] |= EXT_CAPAB_COEXISTENCE;
	if (bss->setup.bss_transition)
		set_bit(bytes, &len, EXT_CAPAB_BSS_TRANSITION);
	if (bss->setup.no_tdls)
		set_bit(bytes, &len, EXT_CAPAB_NO_TDLS);
	if (bss->setup.no_tdls_switch)
		set_bit(bytes, &len, EXT_CAPAB_NO_TDLS_SWITCH);
	if (bss->group.bigtk.len)
		set_bit(bytes, &len, EXT_CAPAB_BEACON_PROTECTION);
	if (len)
		write_element(writer, EID_EXT_CAPABILITIES, bytes, len);
}

static void write_phy_element(const struct ap_bss *bss, const struct element *element, struct frame_writer *writer)
{
	if (element->id == EID_HT_OPERATION && element->body.len >= 4)
		write_ht_operation(bss, element->body, writer);
	else if (element->id == EID_EXT_CAPABILITIES && element->body.len)
		write_ext_capabilities(bss, element->body, writer);
	else
		write_bytes(writer, element->whole.bytes, element->whole.len);
	if (element->id == EID_HT_OPERATION && bss->ap->setup.obss_interval_s && ap_may_be_narrow(bss->ap))
		write_obss_scan(bss->ap, writer);
}

void ap_bss_write_phy(const struct ap_bss *bss, struct frame_writer *writer)
{
	const struct ap_phy *phy = &bss->ap->setup.phy;
	struct span rest = {phy->elements, phy->elements_len};
	struct element element;
	bool has_capabilities = false;

	while (ap_bss_has_phy(bss) && element_next(&rest, &element)) {
		write_phy_element(bss, &element, writer);
		has_capabilities |= element.id == EID_EXT_CAPABILITIES;
	}
	if (!has_capabilities)
		write_ext_capabilities(bss, (struct span){NULL, 0}, writer);
}

uint16_t ap_bss_capability(const struct ap_bss *bss)
{
	const struct ap *ap = bss->ap;
	bool privacy = bss->protected || bss->setup.wep != CIPHER_NONE;
	uint16_t capability = CAPABILITY_ESS | (privacy ? CAPABILITY_PRIVACY : 0);

	if (ap_manages_spectrum(ap))
		capability |= CAPABILITY_SPECTRUM_MANAGEMENT;
	if (ap_measures(bss))
		capability |= CAPABILITY_RADIO_MEASUREMENT;
	if (!freq_is_2ghz(ap->setup.freq_mhz))
		return capability;
	if (!ap->protection.long_slot && ap_has_ofdm(ap)) /* 802.11b has long slots only (16.3.4) */
		capability |= CAPABILITY_SHORT_SLOT;
	if (!(ap->protection.erp & ERP_BARKER_PREAMBLE))
		capability |= CAPABILITY_SHORT_PREAMBLE;
	return capability;
}

static void write_ssid(const struct ap_bss *bss, struct frame_writer *writer, bool beacon)
{
	static const uint8_t zeroes[SSID_MAX];
	const struct ap_bss_setup *setup = &bss->setup;

	if (beacon && setup->hidden)
		write_element(writer, EID_SSID, zeroes, setup->hidden == 2 ? setup->ssid_len : 0);
	else
		write_element(writer, EID_SSID, setup->ssid, setup->ssid_len);
}

/* The other BSS of an OWE transition pair: an open network, and its hidden twin with OWE. */
static void write_owe_transition(const struct ap_bss *bss, struct frame_writer *writer)
{
	struct owe_transition pair = bss->setup.owe_transition;
	unsigned other = bss->setup.owe_transition_bss;

	if (other && other <= bss->ap->setup.bss_count) {
		const struct ap_bss_setup *setup = &bss->ap->bss[other - 1].setup;

		mac_copy(pair.bssid, setup->bssid);
		memcpy(pair.ssid, setup->ssid, setup->ssid_len);
		pair.ssid_len = setup->ssid_len;
	}
	if (pair.ssid_len)
		owe_transition_write(&pair, writer);
}

/* ---- the announcement of another channel (11.8.8, 11.9) ---- */

/* Writes an element whose last byte is the count, and returns where that is. */
static uint16_t write_counted(struct frame_writer *writer, uint8_t id, const uint8_t *body, size_t len)
{
	write_element(writer, id, body, len);
	return (uint16_t)(writer->frame ? writer->frame->len - 1 : 0);
}

/* Channel Switch Announcement (9.4.2.18). */
static uint16_t write_csa(const struct ap_channel_move *target, struct frame_writer *writer)
{
	const uint8_t body[] = {target->block_tx, (uint8_t)freq_to_channel(target->freq_mhz), target->count};

	return write_counted(writer, EID_CSA, body, sizeof(body));
}

/* Extended Channel Switch Announcement (9.4.2.52); 0: the channel has no operating class. */
static uint16_t write_ecsa(const struct ap_channel_move *target, struct frame_writer *writer)
{
	uint8_t class = channel_operating_class(target->freq_mhz, target->phy.width_mhz, target->phy.center_mhz);
	const uint8_t body[] = {target->block_tx, class, (uint8_t)freq_to_channel(target->freq_mhz), target->count};

	return class ? write_counted(writer, EID_ECSA, body, sizeof(body)) : 0;
}

/*
 * Where the new channel lies: Secondary Channel Offset (9.4.2.20), without which stations assume 20 MHz, and from 80 MHz on
 * Wide Bandwidth Channel Switch (9.4.2.160) in a wrapper (9.4.2.162).
 */
static void write_new_width(const struct ap_channel_move *target, struct frame_writer *writer)
{
	uint16_t width = target->phy.width_mhz;
	uint16_t center_80 = channel_center(target->freq_mhz, 80), center_40 = channel_center(target->freq_mhz, 40);
	uint8_t secondary = (width == 40 ? target->phy.center_mhz : center_40) > target->freq_mhz ? HT_SECONDARY_ABOVE
												  : HT_SECONDARY_BELOW;
	const uint8_t wide[] = {EID_WIDE_SWITCH, 3, 1, (uint8_t)freq_to_center_channel(center_80),
				width == 160 ? (uint8_t)freq_to_center_channel(target->phy.center_mhz) : 0};

	if (width >= 40)
		write_element(writer, EID_SECONDARY_CHANNEL, &secondary, 1);
	if (width >= 80)
		write_element(writer, EID_SWITCH_WRAPPER, wide, sizeof(wide));
}

/* ---- beacons and probe responses ---- */

/* The plane fills in the timestamp, and the TIM of a beacon. */
struct ap_beacon ap_beacon_new(const struct ap_bss *bss, enum mgmt_subtype subtype, const uint8_t *to)
{
	const struct ap *ap = bss->ap;
	const struct ap_channel_move *target = ap->channel_switch.active ? &ap->channel_switch.target : NULL;
	struct frame_writer writer = mgmt_begin(subtype, to, bss->setup.bssid, bss->setup.bssid);
	uint8_t channel = (uint8_t)freq_to_channel(ap->setup.freq_mhz);
	struct ap_beacon beacon = {0};

	write_le64(&writer, 0);
	write_le16(&writer, ap->setup.beacon_tu);
	write_le16(&writer, ap_bss_capability(bss));
	write_ssid(bss, &writer, subtype == MGMT_BEACON);
	write_rates(ap, &writer);
	if (freq_is_2ghz(ap->setup.freq_mhz))
		write_element(&writer, EID_DS, &channel, 1);
	beacon.tim_offset = writer.frame ? writer.frame->len : 0;
	ap_write_country(ap, &writer);
	ap_write_power_constraint(ap, &writer);
	if (target)
		beacon.count_offsets[0] = write_csa(target, &writer);
	ap_write_tpc_report(ap, &writer);
	if (freq_is_2ghz(ap->setup.freq_mhz) && ap_has_ofdm(ap))
		write_element(&writer, EID_ERP, &ap->protection.erp, 1);
	write_beacon_ext_rates(bss, &writer);
	write_bytes(&writer, bss->rsn, bss->rsn_len);
	ap_write_measurements(bss, &writer);
	ap_ft_write_domain(bss, &writer);
	if (target)
		beacon.count_offsets[1] = write_ecsa(target, &writer);
	ap_write_operating_classes(ap, ap_bss_channel(bss), &writer);
	if (target && ap_bss_has_phy(bss))
		write_new_width(target, &writer);
	ap_bss_write_phy(bss, &writer);
	write_bytes(&writer, bss->rsnx, bss->rsnx_len);
	write_bytes(&writer, bss->wpa, bss->wpa_len);
	write_owe_transition(bss, &writer);
	if (bss->setup.wmm)
		ap_bss_write_wmm(ap, &writer);
	write_bytes(&writer, bss->setup.beacon_elements.bytes, bss->setup.beacon_elements.len);
	beacon.frame = frame_writer_end(&writer);
	return beacon;
}
