/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the beacons say about stations and neighbours: they follow the associations, and the beacons of other BSSs that the
 * plane reports.
 *
 *	ERP protection (10.28)   a station without OFDM, in the BSS or nearby: others send CTS first
 *	Barker preamble, slots   a station that needs long ones
 *	HT protection (10.27.3)  stations without 802.11n, of 20 MHz, without greenfield
 *	20 or 40 MHz (11.15)     in the 2.4 GHz band, one station or neighbour that does not tolerate 40 MHz ends them, until
 *	                         the transition delay after the last such report
 *
 * All BSSs of the radio share the channel, so all of them protect the stations of each.
 */
#include "mlme/ap_state.h"

#include <stdio.h>

/* ---- stations ---- */

static bool is_ofdm_rate(uint8_t rate)
{
	rate &= 0x7f;
	return rate == 12 || rate == 18 || rate > 22; /* in 500 kbit/s */
}

static bool has_ofdm(const struct mgmt *mgmt)
{
	for (size_t i = 0; i < mgmt->rates.len; i++)
		if (is_ofdm_rate(mgmt->rates.bytes[i]))
			return true;
	for (size_t i = 0; i < mgmt->ext_rates.len; i++)
		if (is_ofdm_rate(mgmt->ext_rates.bytes[i]))
			return true;
	return false;
}

struct ap_sta_radio ap_radio_of(const struct ap *ap, const struct mgmt *request, bool tkip)
{
	bool band_2ghz = freq_is_2ghz(ap->setup.freq_mhz);
	const uint8_t *ht = mgmt_find_element(request, EID_HT_CAPABILITIES, 2);
	const uint8_t *vht = mgmt_find_element(request, EID_VHT_CAPABILITIES, 4);
	uint16_t capab = ht ? le16(ht) : 0;
	bool vht_160 = vht && (le32(vht) & VHT_CAPAB_WIDTH), is_6ghz = freq_is_6ghz(ap->setup.freq_mhz);
	struct span he = element_find_extension(request->body, EID_EXT_HE_CAPABILITIES);
	uint8_t he_widths = he.len > HE_PHY_CAPAB ? he.bytes[HE_PHY_CAPAB] : 0;

	return (struct ap_sta_radio){.non_erp = band_2ghz && !has_ofdm(request),
				     .long_preamble = band_2ghz && !(request->capability & CAPABILITY_SHORT_PREAMBLE),
				     .long_slot = band_2ghz && !(request->capability & CAPABILITY_SHORT_SLOT),
				     .ht = ht && !tkip,
				     .greenfield = capab & HT_CAPAB_GREENFIELD,
				     .width_40 = capab & HT_CAPAB_WIDTH_40,
				     .intolerant_40 = band_2ghz && (capab & HT_CAPAB_INTOLERANT_40),
				     .width_mhz = is_6ghz                     ? (he_widths & HE_CAPAB_160  ? 160
										 : he_widths & HE_CAPAB_80 ? 80
													   : 20)
						  : vht && !band_2ghz         ? (vht_160 ? 160 : 80)
						  : capab & HT_CAPAB_WIDTH_40 ? 40
									      : 20};
}

/* ---- the decision ---- */

bool ap_may_be_narrow(const struct ap *ap)
{
	return freq_is_2ghz(ap->setup.freq_mhz) && ap->setup.phy.width_mhz == 40 && !ap->setup.ignore_intolerance;
}

static void narrow(struct ap *ap, const char *reason)
{
	uint32_t interval_s = ap->setup.obss_interval_s ? ap->setup.obss_interval_s : AP_OBSS_INTERVAL_S;

	if (!ap_may_be_narrow(ap))
		return;
	ap->overlap.narrow_until_ns = ap->now_ns + AP_TRANSITION_DELAY_FACTOR * interval_s * SECOND;
	ap->overlap.narrow_reason = reason;
	ap->protection_stale = true;
}

struct ap_protection_info ap_protection_info(const struct ap *ap)
{
	struct ap_protection_info info = {.overlap = ap->now_ns < ap->overlap.non_erp_until_ns,
					  .overlap_ht = ap->now_ns < ap->overlap.non_ht_until_ns,
					  .ht_operation = ap->protection.ht};

	for (size_t i = 0; i < ap->associated_count; i++) {
		const struct ap_sta_radio *radio = &ap->associated[i]->radio;

		info.non_erp += radio->non_erp;
		info.long_slot += radio->long_slot;
		info.long_preamble += radio->long_preamble;
		info.no_ht += !radio->ht;
		info.no_greenfield += radio->ht && !radio->greenfield;
		info.ht_20 += radio->ht && !radio->width_40;
		info.intolerant_40 += radio->intolerant_40;
	}
	return info;
}

/* The features that no station lacks, and those that one needs. */
static struct ap_sta_radio summarise(const struct ap *ap)
{
	struct ap_protection_info info = {0};

	if (!ap->plane.associates) /* else the driver protects its stations by itself */
		info = ap_protection_info(ap);
	return (struct ap_sta_radio){.non_erp = info.non_erp,
				     .long_preamble = info.long_preamble,
				     .long_slot = info.long_slot,
				     .intolerant_40 = info.intolerant_40,
				     .ht = !info.no_ht,
				     .greenfield = !info.no_greenfield,
				     .width_40 = !info.ht_20};
}

static uint8_t erp_of(const struct ap *ap, const struct ap_sta_radio *stations)
{
	uint8_t erp = 0;

	if (!freq_is_2ghz(ap->setup.freq_mhz))
		return 0;
	if (stations->non_erp)
		erp |= ERP_NON_ERP_PRESENT | ERP_USE_PROTECTION;
	if (ap->now_ns < ap->overlap.non_erp_until_ns)
		erp |= ERP_USE_PROTECTION;
	if (stations->long_preamble || !ap->setup.short_preamble)
		erp |= ERP_BARKER_PREAMBLE;
	return erp;
}

/* Table 9-191: the modes of HT protection. */
static uint16_t ht_of(const struct ap *ap, const struct ap_sta_radio *stations, bool is_narrow)
{
	bool overlap = ap->now_ns < ap->overlap.non_ht_until_ns;
	uint16_t ht = 0;

	if (!ap->setup.phy.width_mhz)
		return 0;
	if (!stations->ht)
		ht = HT_PROTECTION_MIXED;
	else if (overlap)
		ht = HT_PROTECTION_NONMEMBER;
	else if (!stations->width_40 && ap->setup.phy.width_mhz >= 40 && !is_narrow)
		ht = HT_PROTECTION_20MHZ;
	if (!stations->greenfield)
		ht |= HT_NONGREENFIELD_PRESENT;
	if (!stations->ht || overlap)
		ht |= HT_OBSS_NON_HT_PRESENT;
	return ht;
}

static struct ap_protection assess(struct ap *ap)
{
	struct ap_sta_radio stations = summarise(ap);
	struct ap_protection protection = {.erp = erp_of(ap, &stations), .long_slot = stations.long_slot};

	if (stations.intolerant_40)
		narrow(ap, "a station does not tolerate 40 MHz");
	protection.narrow = ap_may_be_narrow(ap) && ap->now_ns < ap->overlap.narrow_until_ns;
	protection.ht = ht_of(ap, &stations, protection.narrow);
	return protection;
}

static void note_width(struct ap *ap, bool is_narrow)
{
	struct action *report =
		ap_note(ap, &ap->bss[0], is_narrow ? NOTE_NARROWED : NOTE_WIDENED, ap->bss[0].setup.bssid, 0);

	if (report)
		snprintf(report->detail, sizeof(report->detail), "%s",
			 is_narrow ? ap->overlap.narrow_reason : "nobody has objected for a while");
}

static bool is_equal(const struct ap_protection *a, const struct ap_protection *b)
{
	return a->erp == b->erp && a->long_slot == b->long_slot && a->ht == b->ht && a->narrow == b->narrow;
}

void ap_protection_refresh(struct ap *ap)
{
	struct ap_protection before = ap->protection;

	if (!ap->protection_stale || !ap->started || ap->channel_switch.active)
		return;
	ap->protection = assess(ap);
	ap->protection_stale = false;
	if (is_equal(&before, &ap->protection))
		return;
	if (before.narrow != ap->protection.narrow)
		note_width(ap, ap->protection.narrow);
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		if (!ap->bss[i].off)
			ap_bss_update(&ap->bss[i]);
}

void ap_protection_start(struct ap *ap)
{
	ap->overlap = (struct ap_overlap){0};
	ap->protection = assess(ap);
	ap->protection_stale = false;
}

/* ---- time ---- */

/* The next time at which a neighbour or a reason for 20 MHz ceases to count; NEVER: there is none. */
static uint64_t next_end(const struct ap *ap)
{
	const struct ap_overlap *overlap = &ap->overlap;
	uint64_t end = NEVER;

	if (ap->protection.erp & ERP_USE_PROTECTION && overlap->non_erp_until_ns)
		end = overlap->non_erp_until_ns;
	if (ap->protection.ht && overlap->non_ht_until_ns)
		end = earlier(end, overlap->non_ht_until_ns);
	if (ap->protection.narrow)
		end = earlier(end, overlap->narrow_until_ns);
	return end;
}

uint64_t ap_protection_deadline(const struct ap *ap)
{
	return ap->channel_switch.active ? NEVER : next_end(ap);
}

void ap_protection_tick(struct ap *ap)
{
	struct ap_overlap *overlap = &ap->overlap;

	if (!ap->started || ap->channel_switch.active || ap->now_ns < next_end(ap))
		return;
	if (ap->now_ns >= overlap->non_erp_until_ns)
		overlap->non_erp_until_ns = 0;
	if (ap->now_ns >= overlap->non_ht_until_ns)
		overlap->non_ht_until_ns = 0;
	ap->protection_stale = true;
	ap_protection_refresh(ap);
}

/* ---- neighbours ---- */

/* A BSS whose beacon says that it has such stations, or that has no OFDM itself. */
static bool is_non_erp(const struct mgmt *beacon)
{
	const uint8_t *erp = mgmt_find_element(beacon, EID_ERP, 1);

	return erp ? *erp & ERP_NON_ERP_PRESENT : !has_ofdm(beacon);
}

static void extend(struct ap *ap, uint64_t *until_ns)
{
	ap->protection_stale |= ap->now_ns >= *until_ns;
	*until_ns =
		ap->now_ns + (ap->setup.neighbour_timeout_s ? ap->setup.neighbour_timeout_s : AP_OVERLAP_S) * SECOND;
}

void ap_protection_neighbour(struct ap *ap, const struct frame *frame)
{
	const uint8_t *ht;
	struct mgmt mgmt;

	if (!frame || mgmt_parse(&mgmt, frame->data, frame->len) || mgmt.subtype != MGMT_BEACON)
		return;
	ht = mgmt_find_element(&mgmt, EID_HT_CAPABILITIES, 2);
	if (ht && le16(ht) & HT_CAPAB_INTOLERANT_40)
		narrow(ap, "a neighbour's beacon does not tolerate 40 MHz");
	if (mgmt.channel && mgmt.channel != freq_to_channel(ap->setup.freq_mhz))
		return;
	if (freq_is_2ghz(ap->setup.freq_mhz) && is_non_erp(&mgmt))
		extend(ap, &ap->overlap.non_erp_until_ns);
	if (!ht)
		extend(ap, &ap->overlap.non_ht_until_ns);
}

/*
 * The channels of the report, after the operating class, are those of BSSs without 802.11n or intolerant ones (9.4.2.60). One on our
 * primary channel shares it (11.15.12).
 */
static bool reports_affected_channel(const struct ap *ap, const uint8_t *channels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int distance_mhz = channel_to_freq(channels[i]) - ap->setup.phy.center_mhz;

		if (channel_to_freq(channels[i]) && channel_to_freq(channels[i]) != ap->setup.freq_mhz &&
		    distance_mhz >= -25 && distance_mhz <= 25)
			return true;
	}
	return false;
}

void ap_protection_coexistence(struct ap *ap, const struct mgmt *mgmt)
{
	struct span rest = mgmt->body;
	struct element element;

	while (element_next(&rest, &element)) {
		const uint8_t *bytes = element.body.bytes;

		if (element.id == EID_COEXISTENCE && element.body.len && *bytes & COEXISTENCE_INTOLERANT)
			narrow(ap, "a station reports that it does not tolerate 40 MHz");
		else if (element.id == EID_COEXISTENCE && element.body.len && *bytes & COEXISTENCE_20MHZ_WANTED)
			narrow(ap, "a station asks for 20 MHz");
		else if (element.id == EID_INTOLERANT_CHANNELS && element.body.len > 1 &&
			 reports_affected_channel(ap, bytes + 1, element.body.len - 1))
			narrow(ap, "a station reports networks on the channel");
	}
}
