/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/phy.h"

#include "wire/frame_writer.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define EID_POWER_ENVELOPE 195
#define EXT_MU_EDCA        38
#define EXT_SPATIAL_REUSE  39

/* HT capability information (9.4.2.55.2) */
#define HT_WIDTH_40      0x0002
#define HT_SMPS          0x000c
#define HT_SMPS_OFF      0x000c
#define HT_SGI_40        0x0040
#define HT_RX_STBC       0x0300
#define HT_DSSS_40       0x1000
#define HT_INTOLERANT_40 0x4000                      /* the operator's wish, not the radio's */
#define HT_AP_IGNORED    (0x0400 | HT_INTOLERANT_40) /* delayed block ack */
#define HT_ABOVE         1
#define HT_BELOW         3
#define HT_ANY_WIDTH     0x04

/* VHT capability information (9.4.2.157.2) */
#define VHT_MPDU      0x00000003u
#define VHT_WIDTH     0x0000000cu
#define VHT_WIDTH_160 0x00000004u
#define VHT_SGI_160   0x00000040u
#define VHT_RX_STBC   0x00000700u
#define VHT_COUNTS    (0x0000e000u | 0x00070000u | 0x03800000u | 0x0c000000u) /* fields of several bits */

/* HE capabilities (IEEE 802.11ax-2021, 9.4.2.248) */
#define HE_WIDTH_40_IN_24 0x02 /* of the first byte of the PHY capabilities */
#define HE_WIDTH_80       0x04
#define HE_WIDTH_160      0x08
#define HE_WIDTH_80_80    0x10
#define HE_PPE_PRESENT    0x80 /* of the seventh byte */

/* HE operation parameters and BSS colour information (9.4.2.249) */
#define HE_TWT_REQUIRED       0x08
#define REUSE_OTHER_OFFSET    0x04 /* Non-SRG Offset Present */
#define REUSE_GROUP           0x08 /* SRG Information Present */
#define HE_RTS_SHIFT          4
#define HE_COLOR_PARTIAL      0x40
#define HE_COLOR_DISABLED     0x80
#define HE_COLOR_WHILE_UNUSED 1

struct phy_job {
	const struct nl80211_wiphy *wiphy;
	const struct nl80211_band_info *band;
	const struct nl80211_channel *channel;
	const struct nl80211_he *he;
	const struct nl80211_ap_phy_setup *setup;
	uint16_t freq_mhz, width_mhz, center_mhz;
	int secondary;
	bool may_narrow;
	struct nl80211_ap_phy *phy;
	struct error *error;
};

static bool is_2ghz(uint16_t freq_mhz)
{
	return freq_is_2ghz(freq_mhz);
}

static const char *band_name(uint16_t freq_mhz)
{
	return is_2ghz(freq_mhz) ? "2.4" : freq_is_6ghz(freq_mhz) ? "6" : "5";
}

/* ---- the channel ---- */

/* In the 5 GHz band, channels pair up from 36, 100 and 149 on (Annex E). Returns the first channel of the block. */
static unsigned block_start(unsigned channel, unsigned count)
{
	unsigned first = channel < 100 ? 36 : channel < 149 ? 100 : 149;

	return first + (channel - first) / (4 * count) * (4 * count);
}

static uint16_t block_center(unsigned channel, unsigned width_mhz)
{
	unsigned count = width_mhz / 20;

	return (uint16_t)(5000 + 5 * (block_start(channel, count) + 2 * (count - 1)));
}

static bool width_is_allowed(const struct phy_job *job)
{
	return nl80211_ap_channel_allows(job->wiphy, job->freq_mhz, job->width_mhz, job->secondary > 0);
}

static int narrow(struct phy_job *job, uint16_t width_mhz)
{
	job->width_mhz = width_mhz;
	job->center_mhz = width_mhz == 20 ? job->freq_mhz : channel_center(job->freq_mhz, width_mhz);
	return 0;
}

/* Which channels form a wide one is fixed. */
static int choose_6ghz(struct phy_job *job)
{
	const struct nl80211_ap_phy_setup *setup = job->setup;
	unsigned channel = freq_to_channel(job->freq_mhz);

	job->center_mhz = channel_center(job->freq_mhz, job->width_mhz);
	job->secondary = channel_center(job->freq_mhz, 40) > job->freq_mhz ? 1 : -1;
	if (!job->center_mhz)
		return error_set(
			job->error, -EOPNOTSUPP,
			"channel %u of the 6 GHz band is not part of a channel of %u MHz: choose a smaller width, "
			"or another channel",
			channel, job->width_mhz);
	if (setup->center_mhz && setup->center_mhz != job->center_mhz)
		return error_set(
			job->error, -EOPNOTSUPP,
			"channel %u of %u MHz has its centre at channel %u of the 6 GHz band, not %u: correct or "
			"remove he_oper_centr_freq_seg0_idx",
			channel, job->width_mhz, freq_to_center_channel(job->center_mhz),
			freq_to_center_channel(setup->center_mhz));
	return 0;
}

/* The configured halves and centre must be those of the band, or they are errors of the file. */
static int choose_5ghz(struct phy_job *job)
{
	const struct nl80211_ap_phy_setup *setup = job->setup;
	unsigned channel = freq_to_channel(job->freq_mhz);

	job->center_mhz = block_center(channel, job->width_mhz);
	job->secondary = block_center(channel, 40) > job->freq_mhz ? 1 : -1;
	if (setup->secondary && setup->secondary != job->secondary) {
		error_set(job->may_narrow ? &job->phy->remark : job->error, -EOPNOTSUPP,
			  "channel %u pairs with the channel %s it: set ht_capab=[HT40%c]", channel,
			  job->secondary > 0 ? "above" : "below", job->secondary > 0 ? '+' : '-');
		return job->may_narrow ? narrow(job, 20) : -EOPNOTSUPP;
	}
	if (setup->center_mhz && setup->center_mhz != job->center_mhz)
		return error_set(job->error, -EOPNOTSUPP,
				 "channel %u of %u MHz has its centre at channel %u, not %u: correct or remove "
				 "vht_oper_centr_freq_seg0_idx",
				 channel, job->width_mhz, (job->center_mhz - 5000u) / 5,
				 (setup->center_mhz - 5000u) / 5);
	return 0;
}

static int choose_2ghz(struct phy_job *job)
{
	const struct nl80211_ap_phy_setup *setup = job->setup;

	if (job->width_mhz > 40 || !setup->secondary)
		return error_set(job->error, -EOPNOTSUPP,
				 "channel %u: 40 MHz in the 2.4 GHz band need ht_capab=[HT40+] or [HT40-]",
				 freq_to_channel(job->freq_mhz));
	job->secondary = setup->secondary;
	job->center_mhz = (uint16_t)(job->freq_mhz + 10 * job->secondary);
	return 0;
}

static int choose_channel(struct phy_job *job)
{
	int ret = 0;

	job->width_mhz = job->setup->width_mhz;
	job->center_mhz = job->freq_mhz;
	if (job->width_mhz > 20)
		ret = is_2ghz(job->freq_mhz)        ? choose_2ghz(job)
		      : freq_is_6ghz(job->freq_mhz) ? choose_6ghz(job)
						    : choose_5ghz(job);
	while (!ret && job->width_mhz > 20 && !width_is_allowed(job)) {
		struct error *error = job->may_narrow ? &job->phy->remark : job->error;

		ret = error_set(
			error, -EOPNOTSUPP,
			"channel %u may not be used %u MHz wide in this regulatory domain; use a smaller width or "
			"another channel",
			freq_to_channel(job->freq_mhz), job->setup->width_mhz);
		if (job->may_narrow)
			ret = narrow(job, job->width_mhz / 2);
	}
	return ret;
}

/* ---- what the radio can do ---- */

/* There is nothing older than 802.11ax in the 6 GHz band. */
static int check_radio_6ghz(struct phy_job *job)
{
	const char *lacks = NULL;

	if (!job->he || !job->he->has_6ghz)
		lacks = "802.11ax (ieee80211ax) as an access point";
	else if (job->width_mhz >= 40 && !(job->he->phy[0] & HE_WIDTH_80))
		lacks = "channels of 40 and 80 MHz";
	else if (job->width_mhz >= 160 && !(job->he->phy[0] & HE_WIDTH_160))
		lacks = "channels of 160 MHz";
	if (lacks)
		return error_set(job->error, -EOPNOTSUPP, "the radio does not have %s in the 6 GHz band", lacks);
	return 0;
}

static int check_radio(struct phy_job *job)
{
	const struct nl80211_ap_phy_setup *setup = job->setup;
	const char *lacks = NULL;

	if (!job->band->ht)
		lacks = "802.11n (ieee80211n)";
	else if (setup->ac && !job->band->vht)
		lacks = "802.11ac (ieee80211ac)";
	else if (setup->ax && !job->he)
		lacks = "802.11ax (ieee80211ax) as an access point";
	else if (job->width_mhz >= 40 && !(job->band->ht_capab & HT_WIDTH_40))
		lacks = "channels of 40 MHz";
	else if (job->width_mhz >= 160 && setup->ac && !(job->band->vht_capab & VHT_WIDTH))
		lacks = "channels of 160 MHz";
	if (lacks)
		return error_set(job->error, -EOPNOTSUPP, "the radio does not have %s in the %s GHz band", lacks,
				 band_name(job->freq_mhz));
	return 0;
}

/* The listed capabilities must be the radio's. RX STBC is a number of streams. */
static int check_ht_list(struct phy_job *job)
{
	uint16_t want = job->setup->ht_capab, has = job->band->ht_capab,
		 missing = (uint16_t)(want & ~has & ~(HT_SMPS | HT_RX_STBC | HT_WIDTH_40 | HT_INTOLERANT_40));

	if ((want & HT_RX_STBC) > (has & HT_RX_STBC))
		missing |= HT_RX_STBC;
	if (missing)
		return error_set(job->error, -EOPNOTSUPP,
				 "ht_capab lists capabilities that the radio lacks (bits 0x%04x of 0x%04x); remove "
				 "them, or remove ht_capab",
				 missing, has);
	return 0;
}

static int check_vht_list(struct phy_job *job)
{
	uint32_t want = job->setup->vht_capab, has = job->band->vht_capab,
		 missing = want & ~has & ~(VHT_MPDU | VHT_WIDTH | VHT_RX_STBC | VHT_COUNTS);

	if ((want & VHT_MPDU) > (has & VHT_MPDU))
		missing |= VHT_MPDU;
	if ((want & VHT_RX_STBC) > (has & VHT_RX_STBC))
		missing |= VHT_RX_STBC;
	if ((want & VHT_WIDTH) > (has & VHT_WIDTH))
		missing |= VHT_WIDTH;
	if (missing)
		return error_set(job->error, -EOPNOTSUPP,
				 "vht_capab lists capabilities that the radio lacks (bits 0x%08x of 0x%08x); remove "
				 "them, or remove vht_capab",
				 missing, has);
	return 0;
}

/* Where each wish of 802.11ax is in the PHY capabilities. */
static const struct {
	const char *key;
	size_t wish; /* offset in struct nl80211_ap_he_setup */
	uint8_t byte, bit;
} he_wishes[] = {
	{"he_su_beamformer", offsetof(struct nl80211_ap_he_setup, su_beamformer), 3, 0x80},
	{"he_su_beamformee", offsetof(struct nl80211_ap_he_setup, su_beamformee), 4, 0x01},
	{"he_mu_beamformer", offsetof(struct nl80211_ap_he_setup, mu_beamformer), 4, 0x02},
};

static int he_wish(const struct phy_job *job, size_t number)
{
	return *(const int *)((const char *)&job->setup->he + he_wishes[number].wish);
}

static int check_he(struct phy_job *job)
{
	if (job->channel->no_he)
		return error_set(job->error, -EOPNOTSUPP,
				 "channel %u may not be used with 802.11ax in this regulatory domain; remove "
				 "ieee80211ax, or choose another channel",
				 freq_to_channel(job->freq_mhz));
	for (size_t i = 0; i < sizeof(he_wishes) / sizeof(he_wishes[0]); i++)
		if (he_wish(job, i) == AP_WISH_ON && !(job->he->phy[he_wishes[i].byte] & he_wishes[i].bit))
			error_set(&job->phy->unmet, -EOPNOTSUPP,
				  "%s=1: the radio does not support this as an access point; the network starts "
				  "without it",
				  he_wishes[i].key);
	return 0;
}

/* ---- elements ---- */

static void write_ht_capabilities(const struct phy_job *job, struct frame_writer *writer)
{
	uint16_t info = job->setup->has_ht_capab ? job->setup->ht_capab
						 : (uint16_t)(job->band->ht_capab & ~(HT_AP_IGNORED | HT_SMPS));
	uint8_t body[26] = {0};

	info = (uint16_t)(info & ~HT_WIDTH_40);
	if (!(info & HT_SMPS))
		info |= HT_SMPS_OFF;
	if (job->width_mhz >= 40)
		info |= HT_WIDTH_40;
	else
		info = (uint16_t)(info & ~(HT_SGI_40 | HT_DSSS_40));
	put_le16(body, info);
	body[2] = (uint8_t)((job->band->ht_ampdu_factor & 3) | (job->band->ht_ampdu_density & 7) << 2);
	memcpy(body + 3, job->band->ht_mcs, sizeof(job->band->ht_mcs));
	write_element(writer, EID_HT_CAPABILITIES, body, sizeof(body));
}

static void write_ht_operation(const struct phy_job *job, struct frame_writer *writer)
{
	uint8_t body[22] = {(uint8_t)freq_to_channel(job->freq_mhz)};

	if (job->width_mhz >= 40)
		body[1] = (job->secondary > 0 ? HT_ABOVE : HT_BELOW) | HT_ANY_WIDTH;
	write_element(writer, EID_HT_OPERATION, body, sizeof(body));
}

/* Those of the driver; and that we understand nothing else. */
static void write_ext_capabilities(const struct nl80211_wiphy *wiphy, struct frame_writer *writer)
{
	size_t len = wiphy->ext_capab_len < sizeof(wiphy->ext_capab) ? wiphy->ext_capab_len : sizeof(wiphy->ext_capab);

	if (len)
		write_element(writer, EID_EXT_CAPABILITIES, wiphy->ext_capab, len);
}

static void write_vht_capabilities(const struct phy_job *job, struct frame_writer *writer)
{
	uint32_t info = job->setup->has_vht_capab ? job->setup->vht_capab : job->band->vht_capab;
	uint8_t body[12];

	if (!job->setup->has_vht_capab && job->width_mhz < 160)
		info &= ~(VHT_WIDTH | VHT_SGI_160);
	if (job->width_mhz == 160 && !(info & VHT_WIDTH))
		info |= VHT_WIDTH_160;
	put_le32(body, info);
	memcpy(body + 4, job->band->vht_mcs, sizeof(job->band->vht_mcs));
	write_element(writer, EID_VHT_CAPABILITIES, body, sizeof(body));
}

/*
 * Channel width 1 is 80 MHz or more. For 160 MHz the first segment is the 80 MHz around the primary channel, the second one
 * the centre of all (9.4.2.158).
 */
static void write_vht_operation(const struct phy_job *job, struct frame_writer *writer)
{
	unsigned channel = freq_to_channel(job->freq_mhz);
	uint8_t body[5] = {0, 0, 0, 0xfc, 0xff}; /* one stream with MCS 0 to 7 is mandatory */

	if (job->width_mhz >= 80) {
		body[0] = 1;
		body[1] = (uint8_t)((block_center(channel, 80) - 5000u) / 5);
	}
	if (job->width_mhz == 160)
		body[2] = (uint8_t)((job->center_mhz - 5000u) / 5);
	write_element(writer, EID_VHT_OPERATION, body, sizeof(body));
}

static void write_he_capabilities(const struct phy_job *job, struct frame_writer *writer)
{
	const struct nl80211_he *he = job->he;
	uint8_t body[1 + 6 + 11 + 12 + 25] = {EID_EXT_HE_CAPABILITIES}, *phy = body + 7;
	size_t len = 1 + 6 + 11, mcs_len = 4;

	memcpy(body + 1, he->mac, 6);
	memcpy(phy, he->phy, 11);
	if (job->width_mhz < 160)
		phy[0] &= (uint8_t) ~(HE_WIDTH_160 | HE_WIDTH_80_80);
	if (job->width_mhz < 40 && is_2ghz(job->freq_mhz))
		phy[0] &= (uint8_t)~HE_WIDTH_40_IN_24;
	for (size_t i = 0; i < sizeof(he_wishes) / sizeof(he_wishes[0]); i++)
		if (he_wish(job, i) == AP_WISH_OFF)
			phy[he_wishes[i].byte] &= (uint8_t)~he_wishes[i].bit;
	mcs_len += (phy[0] & HE_WIDTH_160 ? 4 : 0) + (phy[0] & HE_WIDTH_80_80 ? 4 : 0);
	memcpy(body + len, he->mcs, mcs_len < he->mcs_len ? mcs_len : he->mcs_len);
	len += mcs_len;
	if (phy[6] & HE_PPE_PRESENT && he->ppe_len <= sizeof(he->ppe)) {
		memcpy(body + len, he->ppe, he->ppe_len);
		len += he->ppe_len;
	}
	write_element(writer, EID_EXTENSION, body, len);
}

/*
 * The channel, as HT and VHT operation say it in other bands. For 160 MHz the first segment is the 80 MHz around the primary channel,
 * the second one the centre of all. The last byte is the least rate at which stations may send, 6 Mbit/s.
 */
static size_t put_6ghz_operation(const struct phy_job *job, uint8_t body[5])
{
	uint16_t width = job->width_mhz,
		 first = width > 20 ? channel_center(job->freq_mhz, width > 80 ? 80 : width) : 0;

	body[0] = (uint8_t)freq_to_channel(job->freq_mhz);
	body[1] = width >= 160 ? 3 : width == 80 ? 2 : width == 40 ? 1 : 0; /* and an indoor access point */
	body[2] = first ? (uint8_t)freq_to_center_channel(first) : body[0];
	body[3] = width >= 160 ? (uint8_t)freq_to_center_channel(job->center_mhz) : 0;
	body[4] = 6;
	return 5;
}

static void write_he_operation(const struct phy_job *job, struct frame_writer *writer)
{
	const struct nl80211_ap_he_setup *he = &job->setup->he;
	uint8_t body[7 + 5] = {EID_EXT_HE_OPERATION};
	size_t len = 7;

	put_le16(body + 1, (uint16_t)(he->pe_duration | (he->twt_required ? HE_TWT_REQUIRED : 0) |
				      he->rts_threshold << HE_RTS_SHIFT));
	body[4] = (uint8_t)(he->bss_color ? he->bss_color | (he->partial_color ? HE_COLOR_PARTIAL : 0)
					  : HE_COLOR_DISABLED | HE_COLOR_WHILE_UNUSED);
	put_le16(body + 5, (uint16_t)he->basic_mcs);
	if (freq_is_6ghz(job->freq_mhz)) {
		body[3] = HE_OPERATION_6GHZ;
		len += put_6ghz_operation(job, body + len);
	}
	write_element(writer, EID_EXTENSION, body, len);
}

static void write_6ghz_capabilities(const struct phy_job *job, struct frame_writer *writer)
{
	uint8_t body[3] = {EID_EXT_HE_6GHZ_BAND};

	put_le16(body + 1, job->he->capab_6ghz);
	write_element(writer, EID_EXTENSION, body, sizeof(body));
}

/* Transmit Power Envelope (9.4.2.161): the local limit of EIRP in units of 0.5 dBm, for 20 MHz and each larger width. */
static void write_power_envelope(const struct phy_job *job, struct frame_writer *writer)
{
	unsigned power = job->channel->max_power_mbm / 50;
	uint8_t body[1 + 4] = {0};

	while (20u << body[0] < job->width_mhz)
		body[0]++;
	memset(body + 1, power < 127 ? (int)power : 127, 4);
	write_element(writer, EID_POWER_ENVELOPE, body, 2u + body[0]);
}

/* The bits of SR Control tell which of the offsets and bitmaps follow. */
static void write_spatial_reuse(const struct nl80211_ap_spatial_reuse *reuse, struct frame_writer *writer)
{
	uint8_t body[2 + 1 + 2 + 16] = {EXT_SPATIAL_REUSE, (uint8_t)reuse->control};
	size_t len = 2;

	if (!reuse->control)
		return;
	if (reuse->control & REUSE_OTHER_OFFSET)
		body[len++] = (uint8_t)reuse->other_max_offset;
	if (reuse->control & REUSE_GROUP) {
		body[len++] = (uint8_t)reuse->group_min_offset;
		body[len++] = (uint8_t)reuse->group_max_offset;
		for (unsigned i = 0; i < 8; i++) {
			body[len + i] = (uint8_t)(reuse->group_colors >> 8 * i);
			body[len + 8 + i] = (uint8_t)(reuse->group_bssids >> 8 * i);
		}
		len += 16;
	}
	write_element(writer, EID_EXTENSION, body, len);
}

static void write_mu_edca(const struct nl80211_ap_he_setup *he, struct frame_writer *writer)
{
	uint8_t body[2 + 4 * 3] = {EXT_MU_EDCA}, any;

	body[1] = any = (uint8_t)(he->mu_edca.update_count | he->mu_edca.q_ack << 4 | he->mu_edca.queue_request << 5 |
				  he->mu_edca.txop_request << 6);
	for (size_t i = 0; i < 4; i++) {
		const struct nl80211_ap_mu_edca *ac = &he->mu_edca.ac[i];
		uint8_t *record = body + 2 + 3 * i;

		record[0] = (uint8_t)(ac->aifsn | ac->mandatory_admission << 4 | ac->aci << 5);
		record[1] = (uint8_t)(ac->ecw_min | ac->ecw_max << 4);
		record[2] = (uint8_t)ac->timer;
		any |= record[0] | record[1] | record[2];
	}
	if (any)
		write_element(writer, EID_EXTENSION, body, sizeof(body));
}

static int write_elements(const struct nl80211_wiphy *wiphy, const struct phy_job *job, struct nl80211_ap_phy *phy)
{
	struct frame_writer writer = frame_writer_begin(frame_new(0, 0, NL80211_AP_ELEMENTS_MAX));
	bool is_6ghz = freq_is_6ghz(job->freq_mhz), vht = job->setup->ac && !is_2ghz(job->freq_mhz) && !is_6ghz;
	struct frame *frame;

	if (!is_6ghz) {
		write_ht_capabilities(job, &writer);
		write_ht_operation(job, &writer);
	}
	write_ext_capabilities(wiphy, &writer);
	if (vht) {
		write_vht_capabilities(job, &writer);
		write_vht_operation(job, &writer);
	}
	if (is_6ghz)
		write_power_envelope(job, &writer);
	if (job->setup->ax) {
		write_he_capabilities(job, &writer);
		write_he_operation(job, &writer);
		write_spatial_reuse(&job->setup->he.reuse, &writer);
		write_mu_edca(&job->setup->he, &writer);
		if (is_6ghz)
			write_6ghz_capabilities(job, &writer);
	}
	frame = frame_writer_end(&writer);
	if (!frame || frame->len > sizeof(phy->elements)) {
		frame_free(frame);
		return error_set(job->error, -ENOMEM, "no memory");
	}
	memcpy(phy->elements, frame->data, frame->len);
	phy->elements_len = frame->len;
	frame_free(frame);
	return 0;
}

static const struct nl80211_he *find_he(const struct nl80211_band_info *band)
{
	for (size_t i = 0; i < band->he_count; i++)
		if (band->he[i].iftypes & 1u << NL80211_IFTYPE_AP)
			return &band->he[i];
	return NULL;
}

int nl80211_ap_phy(const struct nl80211_wiphy *wiphy, uint16_t freq_mhz, const struct nl80211_ap_phy_setup *setup,
		   struct nl80211_ap_phy *phy, struct error *error)
{
	struct phy_job job = {.wiphy = wiphy,
			      .may_narrow = setup->may_narrow,
			      .phy = phy,
			      .band = nl80211_wiphy_band(wiphy, freq_mhz),
			      .channel = nl80211_wiphy_channel(wiphy, freq_mhz),
			      .setup = setup,
			      .freq_mhz = freq_mhz,
			      .error = error};
	int ret;

	*phy = (struct nl80211_ap_phy){0};
	if (!setup->n || !job.band || !job.channel)
		return 0;
	job.he = find_he(job.band);
	ret = choose_channel(&job);
	if (!ret && freq_is_6ghz(freq_mhz))
		ret = check_radio_6ghz(&job);
	else if (!ret)
		ret = check_radio(&job);
	if (!ret && setup->has_ht_capab && !freq_is_6ghz(freq_mhz))
		ret = check_ht_list(&job);
	if (!ret && setup->has_vht_capab && setup->ac && !freq_is_6ghz(freq_mhz))
		ret = check_vht_list(&job);
	if (!ret && setup->ax)
		ret = check_he(&job);
	if (ret)
		return ret;
	phy->width_mhz = job.width_mhz;
	phy->center_mhz = job.center_mhz;
	return write_elements(wiphy, &job, phy);
}
