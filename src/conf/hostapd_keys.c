/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The rows of hostapd.conf. */
#include "conf/hostapd_keys.h"

#include "base/mac.h"
#include "conf/hostapd_rates.h"
#include "conf/hostapd_wpa.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- values ---- */

static bool read_bssid(void *field, size_t size, const char *value, struct error *error)
{
	uint8_t *bssid = field;

	(void)size;
	if (!mac_parse(bssid, value) || mac_is_group(bssid) || mac_is_zero(bssid))
		return error_set(error, false,
				 "bssid must be an individual MAC address (02:00:00:12:34:56), not `%.60s`", value);
	return true;
}

static bool read_ssid(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_bss *bss = field;
	size_t len = strlen(value);

	(void)size;
	if (!len || len > SSID_MAX)
		return error_set(error, false, "ssid has %zu bytes; it must have 1 to %d", len, SSID_MAX);
	memcpy(bss->ssid.bytes, value, len);
	bss->ssid.len = len;
	return true;
}

static bool read_ssid2(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_bss *bss = field;

	(void)size;
	if (!text_parse_ssid(bss->ssid.bytes, &bss->ssid.len, value, error))
		return false;
	if (!bss->ssid.len)
		return error_set(error, false, "ssid2 is empty; it must have 1 to %d bytes", SSID_MAX);
	return true;
}

/* Reads a number from `min` to `max`, decimal. Returns false with an error that names the key. */
static bool read_number(long long *number, const char *key, const char *value, long long min, long long max,
			struct error *error)
{
	char *end;

	errno = 0;
	*number = strtoll(value, &end, 10);
	if (errno || *end || end == value || *number < min || *number > max)
		return error_set(error, false, "%s must be a number from %lld to %lld, not `%.60s`", key, min, max,
				 value);
	return true;
}

/* Seconds; hostapd takes negative numbers, whose time never comes. */
static bool read_seconds(struct hostapd_target *target, uint32_t *field, const char *key, const char *value,
			 long long max, struct error *error)
{
	long long number;

	if (!read_number(&number, key, value, INT32_MIN, max, error))
		return false;
	if (number < 0)
		target->remark = "a negative number is read as 0, which is never";
	*field = number < 0 ? 0 : (uint32_t)number;
	return true;
}

/*
 * Which radio: see use_driver() of wifi/ap.c. Drivers of patched hostapds and of other systems are remarked upon, since their
 * files often suit nl80211.
 */
static bool read_driver(void *field, size_t size, const char *value, struct error *error)
{
	static const char *const known[] = {"nl80211", "none", "hostap", "air", NULL};
	struct hostapd_target *target = field;

	(void)size;
	if (strlen(value) >= sizeof(target->radio.driver))
		return error_set(error, false, "driver has at most %zu characters, but `%.60s` has %zu",
				 sizeof(target->radio.driver) - 1, value, strlen(value));
	memcpy(target->radio.driver, value, strlen(value) + 1);
	target->stock_refuses = strcmp(value, "wired") != 0 && (!text_list_has(known, value) || !strcmp(value, "air"));
	if (!text_list_has(known, value))
		target->remark =
			"vifi has no such driver: it uses nl80211 if the interface is that of a Wi-Fi card, and "
			"otherwise the medium of vifi air; write driver=nl80211 to insist on a card";
	return true;
}

/*
 * hostapd reads any word as 0, an automatic choice. Of these words only `auto` and acs_survey are accepted: another is
 * a mistake.
 */
static bool read_channel(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;

	if (!strcasecmp(value, "auto")) {
		target->remark = "channel=auto means acs_survey: the channel is chosen automatically";
		value = "0";
	}
	return hostapd_read_channel(&target->radio.channel, size, value, error);
}

/* The width of a channel in multiples of 80 MHz. */
static bool read_width(struct hostapd_target *target, uint32_t *field, const char *key, const char *value,
		       struct error *error)
{
	long long number;

	if (!read_number(&number, key, value, 0, 3, error))
		return false;
	if (number == 3)
		target->remark = "80+80 MHz is not supported: the channel has 80 MHz";
	*field = number == 3 ? 1 : (uint32_t)number;
	return true;
}

static bool read_vht_width(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;

	(void)size;
	return read_width(target, &target->radio.phy.vht_width, "vht_oper_chwidth", value, error);
}

static bool read_he_width(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;

	(void)size;
	return read_width(target, &target->radio.phy.he_width, "he_oper_chwidth", value, error);
}

static bool read_inactivity(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;

	(void)size;
	return read_seconds(target, &target->bss.inactivity_s, "ap_max_inactivity", value, UINT32_MAX, error);
}

static bool read_group_rekey(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;

	(void)size;
	return read_seconds(target, &target->bss.group_rekey_s, "wpa_group_rekey", value, UINT32_MAX, error);
}

static bool read_ptk_rekey(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;

	(void)size;
	return read_seconds(target, &target->bss.ptk_rekey_s, "wpa_ptk_rekey", value, UINT32_MAX, error);
}

static bool read_nonzero(void *field, size_t size, const char *value, struct error *error)
{
	long long number;

	(void)size;
	if (!read_number(&number, "skip_inactivity_poll", value, INT32_MIN, INT32_MAX, error))
		return false;
	*(bool *)field = number;
	return true;
}

/* A set of bits: 1 open authentication, 2 shared key. hostapd takes any other bits, as in -1. */
static bool read_auth_algs(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;
	long long number;

	(void)size;
	if (!read_number(&number, "auth_algs", value, INT32_MIN, INT32_MAX, error))
		return false;
	if (!(number & 3))
		return error_set(error, false, "auth_algs permits no authentication; set auth_algs=1");
	if (number < 1 || number > 3)
		target->remark = "auth_algs: only 1, open authentication, and 2, shared key, mean something";
	target->bss.auth_algs = (uint32_t)number & 3;
	return true;
}

static bool read_pmf(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;
	long long number;

	(void)size;
	if (!read_number(&number, "ieee80211w", value, 0, 3, error))
		return false;
	if (number == 3)
		target->remark = "ieee80211w=3 means 1 (optional), as in hostapd";
	target->bss.pmf = number == 3 ? 1 : (uint32_t)number;
	return true;
}

/* hostapd keeps the low six bits, so that 64 and 128 are 0. */
static bool read_bss_color(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;
	long long number;

	(void)size;
	if (!read_number(&number, "he_bss_color", value, INT32_MIN, INT32_MAX, error))
		return false;
	if (number < 0 || number > 63)
		target->remark = "he_bss_color has 0 to 63: only the low six bits count, as for hostapd";
	target->radio.phy.he.bss_color = (uint32_t)number & 63;
	return true;
}

/* hostapd announces any number; stations could not meet a shorter deadline. */
static bool read_deadline(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;
	long long number;

	(void)size;
	if (!read_number(&number, "reassociation_deadline", value, INT32_MIN, INT32_MAX, error))
		return false;
	if (number < 1000 || number > 65535)
		target->remark = "reassociation_deadline has 1000 to 65535: the nearest of them is used";
	target->bss.ft.deadline_tu = number < 1000 ? 1000 : number > 65535 ? 65535 : (uint32_t)number;
	return true;
}

/* It needs PMF, and turns that on, as with hostapd. */
static bool read_ocv(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_target *target = field;
	long long number;

	(void)size;
	if (!read_number(&number, "ocv", value, 0, 2, error))
		return false;
	target->bss.ocv = (uint32_t)number;
	if (number && !target->bss.pmf)
		target->bss.pmf = 1;
	return true;
}

/* Empty: no bridge. */
static bool read_bridge(void *field, size_t size, const char *value, struct error *error)
{
	char *bridge = field;

	if (strlen(value) >= size)
		return error_set(error, false, "bridge has at most %zu characters, but `%.60s` has %zu", size - 1,
				 value, strlen(value));
	memcpy(bridge, value, strlen(value) + 1);
	return true;
}

static bool read_mdid(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return hostapd_ft_read_mdid(field, value, error);
}

static bool read_r1kh(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return hostapd_ft_read_r1kh(field, value, error);
}

static bool read_r0kh_peer(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return hostapd_ft_add_r0kh(field, value, error);
}

static bool read_r1kh_peer(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	return hostapd_ft_add_r1kh(field, value, error);
}

/* The socket is opened later: here only a value that cannot be one is refused. */
static bool read_ctrl(void *field, size_t size, const char *value, struct error *error)
{
	if (strlen(value) >= size)
		return error_set(error, false, "ctrl_interface and ctrl_interface_group have at most %zu bytes",
				 size - 1);
	strcpy(field, value);
	return true;
}

/* ---- the table ---- */

static const char *const modes[] = {"a", "b", "g", "any", NULL};

#define RADIO(name) OPT_FIELD(struct hostapd_target, radio.name)
#define BSS(name)   OPT_FIELD(struct hostapd_target, bss.name)
#define WHOLE       OPT_FIELD(struct hostapd_target, bss)
#define TARGET      .offset = 0, .size = sizeof(struct hostapd_target)
/* clang-format off */
#define NUMBER(name_, field_, min_, max_, fallback_, help_) \
	{.name = name_, .file_only = true, .argument = "NUMBER", .type = OPT_NUMBER, field_, .min = min_, .max = max_, \
	 .default_value = fallback_, .help = help_}
#define TEXT(name_, argument_, field_, help_) \
	{.name = name_, .file_only = true, .argument = argument_, .type = OPT_TEXT, field_, .help = help_}
#define FLAG(name_, field_, fallback_, help_) \
	{.name = name_, .file_only = true, .argument = "0|1", .type = OPT_FLAG, field_, .default_value = fallback_, .help = help_}
#define OTHER(name_, argument_, field_, read_, help_) \
	{.name = name_, .file_only = true, .argument = argument_, .type = OPT_CUSTOM, field_, .read = read_, .help = help_}
#define DEFAULT(name_, argument_, field_, read_, fallback_, help_) \
	{.name = name_, .file_only = true, .argument = argument_, .type = OPT_CUSTOM, field_, .read = read_, \
	 .default_value = fallback_, .help = help_}
#define WMM(key_, index_, name_, aifs_, min_, max_, txop_) \
	NUMBER("wmm_ac_" key_ "_aifs", RADIO(wmm[index_].aifs), 1, 15, aifs_, "WMM parameters of stations for " name_ ": slots before the backoff"), \
	NUMBER("wmm_ac_" key_ "_cwmin", RADIO(wmm[index_].cw_min), 0, 15, min_, "… the initial contention window has 2^NUMBER - 1 slots"), \
	NUMBER("wmm_ac_" key_ "_cwmax", RADIO(wmm[index_].cw_max), 0, 15, max_, "… the largest contention window"), \
	NUMBER("wmm_ac_" key_ "_txop_limit", RADIO(wmm[index_].txop), 0, 65535, txop_, "… the longest transmission, in units of 32 µs"), \
	FLAG("wmm_ac_" key_ "_acm", RADIO(wmm[index_].mandatory_admission), "0", "… 1: admission control is mandatory")
#define MU_EDCA(key_, index_, name_) \
	NUMBER("he_mu_edca_ac_" key_ "_aifsn", RADIO(phy.he.mu_edca.ac[index_].aifsn), 0, 15, "0", "with 802.11ax, the contention of stations for " name_ \
		" while the access point schedules them: slots before the backoff; 0: they do not contend"), \
	FLAG("he_mu_edca_ac_" key_ "_acm", RADIO(phy.he.mu_edca.ac[index_].mandatory_admission), "0", "… 1: admission control is mandatory"), \
	NUMBER("he_mu_edca_ac_" key_ "_aci", RADIO(phy.he.mu_edca.ac[index_].aci), 0, 3, "0", "… the number of the access category: 0 best effort, 1 background, 2 video, 3 voice"), \
	NUMBER("he_mu_edca_ac_" key_ "_ecwmin", RADIO(phy.he.mu_edca.ac[index_].ecw_min), 0, 15, "0", "… the initial contention window has 2^NUMBER - 1 slots"), \
	NUMBER("he_mu_edca_ac_" key_ "_ecwmax", RADIO(phy.he.mu_edca.ac[index_].ecw_max), 0, 15, "0", "… the largest contention window"), \
	NUMBER("he_mu_edca_ac_" key_ "_timer", RADIO(phy.he.mu_edca.ac[index_].timer), 0, 255, "0", "… how long these parameters apply after a station was scheduled, in units of 8.192 ms")
#define QUEUE(key_, index_, name_, values_) \
	OTHER("tx_queue_" key_ "_aifs", "NUMBER", RADIO(queues[index_]), hostapd_read_queue_aifs, "the access point's own queue for " name_ \
		": slots before the backoff. Without any of these four keys the driver keeps its own parameters; otherwise the defaults are " values_), \
	OTHER("tx_queue_" key_ "_cwmin", "NUMBER", RADIO(queues[index_]), hostapd_read_queue_cw_min, "… the slots of the initial contention window: 1, 3, 7, 15 …"), \
	OTHER("tx_queue_" key_ "_cwmax", "NUMBER", RADIO(queues[index_]), hostapd_read_queue_cw_max, "… the largest contention window"), \
	OTHER("tx_queue_" key_ "_burst", "NUMBER", RADIO(queues[index_]), hostapd_read_queue_burst, "… the longest transmission in milliseconds, with one decimal")

const struct opt hostapd_conf_options[] = {
	TEXT("interface", "NAME", BSS(interface), "the interface of the first network: that of a card, or a TAP interface that is created"),
	OTHER("bridge", "NAME", BSS(bridge), read_bridge, "the bridge that gets the interface as a port; created if it does not exist, and not removed"),
	OTHER("driver", "NAME", TARGET, read_driver, "`nl80211`: the radio is a card of this machine, and so it is if the interface of that "
		"name is one; otherwise the radio joins a virtual medium (--air)"),
	TEXT("bss", "NAME", BSS(interface), "begin a further network on the same radio, which has at most 24; NAME is its interface"),
	OTHER("bssid", "ADDRESS", BSS(bssid), read_bssid, "the BSSID; by default that of the card, or an address "
							  "derived from the interface's name, the same every time"),
	OTHER("ssid", "TEXT", WHOLE, read_ssid, "the name of the network, 1 to 32 bytes, taken literally"),
	OTHER("ssid2", "TEXT", WHOLE, read_ssid2, "the name as \"text\" in quotes, as pairs of hexadecimal digits, or as "
	      "P\"text with \\n\""),
	NUMBER("ignore_broadcast_ssid", BSS(hidden), 0, 2, "0", "1: a hidden network, whose beacons have an empty "
								"name; 2: a name of zero bytes"),
	{.name = "hw_mode", .file_only = true, .argument = "a|b|g|any", .type = OPT_CHOICE, RADIO(hw_mode), .choices = modes,
	 .default_value = "g", .help = "the band: a is 5 GHz, b and g are 2.4 GHz, any follows from the channel"},
	OTHER("channel", "NUMBER|acs_survey", TARGET, read_channel, "the channel. 0, acs_survey, auto, or none: on a card, the "
		"one with the least interference, by a survey; on the medium 1, or 36 in the 5 GHz band"),
	NUMBER("op_class", RADIO(op_class), 0, 255, "0", "the operating class. 131 to 134 are the 6 GHz band, with channels of 20, 40, 80 "
		"and 160 MHz; in other bands hw_mode and channel say the same"),
	NUMBER("acs_num_scans", RADIO(acs_scans), 1, 100, "5", "automatic choice of the channel: scans for the survey"),
	OTHER("acs_chan_bias", "PAIRS", RADIO(choice), hostapd_read_bias, "… CHANNEL:FACTOR …: factors of the interference; below 1 they "
		"favour the channel. The default is 1:0.8 6:0.8 11:0.8"),
	FLAG("acs_exclude_dfs", RADIO(choice.exclude_dfs), "0", "… 1: no channels that need radar detection"),
	OTHER("chanlist", "LIST", RADIO(choice.channels), hostapd_read_chanlist, "the channels for the automatic choice, also after a radar: "
		"1 6 11-13; by default all of hw_mode"),
	OTHER("freqlist", "LIST", RADIO(choice.freqs), hostapd_read_freqlist, "… the same by frequency in MHz: 2437,5180-5240"),
	NUMBER("min_tx_power", RADIO(choice.min_power_dbm), 0, 255, "0", "… only channels where the country allows at least this power in dBm"),
	OTHER("country_code", "XX", RADIO(country), hostapd_read_country, "the country: its regulatory rules apply to the card, and beacons announce it"),
	OTHER("country3", "0xXX", RADIO(environment), hostapd_read_environment, "where the network is: 0x49 indoors, 0x4f outdoors, where "
		"channels for indoor use are refused; 0x20, the default: either. Beacons announce it"),
	NUMBER("beacon_int", RADIO(beacon_int), 15, 65535, "100", "the beacon interval, in units of 1.024 ms"),
	NUMBER("dtim_period", RADIO(dtim_period), 1, 255, "2", "the DTIM period in beacon intervals; group frames for dozing stations follow each DTIM"),
	OTHER("supported_rates", "RATES", RADIO(supported_rates), hostapd_read_rates, "the rates of the network in 100 kbit/s, as in "
		"60 120 240, among those of 802.11b and 6 to 54 Mbit/s; all by default. Frames of 802.11n, ac and ax have other rates"),
	OTHER("basic_rates", "RATES", RADIO(basic_rates), hostapd_read_rates, "… those that each station must have: 10 20 55 110 by default, in the "
		"5 and 6 GHz bands 60 120 240"),
	OTHER("beacon_rate", "RATE", RADIO(beacon_rate), hostapd_read_beacon_rate, "the rate of beacons where the driver lets it be chosen: "
		"in 100 kbit/s, or an MCS as in ht:0, vht:0 or he:0"),
	OTHER("fragm_threshold", "NUMBER", RADIO(fragment), hostapd_read_fragment, "divide longer frames into fragments of "
									   "NUMBER bytes; -1, the default, is never"),
	OTHER("rts_threshold", "NUMBER", RADIO(rts), hostapd_read_rts, "announce longer frames by RTS and CTS; -1, the default, is never"),
	FLAG("preamble", RADIO(phy.short_preamble), "0", "1: short preambles in the 2.4 GHz band, unless a station cannot receive them"),
	FLAG("noscan", RADIO(phy.noscan), "0", "1: use 40 MHz regardless of other networks, stations and neighbours"),
	FLAG("ht_coex", RADIO(phy.ht_coex), "1", "0: keep to 40 MHz in the 2.4 GHz band when a station or a neighbour does not tolerate them"),
	FLAG("no_pri_sec_switch", RADIO(phy.no_swap), "0", "1: do not swap the two halves of a 40 MHz channel because of other networks"),
	NUMBER("obss_interval", RADIO(phy.obss_interval), 0, 900, "0", "with 40 MHz in the 2.4 GHz band: the interval of the stations' scans for other networks; after five intervals without an objection the access point uses 40 MHz again. 0: stations do not scan, and it waits 1500 s"),
	NUMBER("ap_table_expiration_time", RADIO(phy.neighbour_timeout_s), 1, 86400, "60", "forget a neighbour that was not heard for this many seconds; it needs no protection any more"),
	FLAG("ieee80211n", RADIO(phy.n), "0", "802.11n, on a card: 20 or 40 MHz"),
	FLAG("ieee80211ac", RADIO(phy.ac), "0", "802.11ac, on a card, in the 5 GHz band"),
	FLAG("ieee80211ax", RADIO(phy.ax), "0", "802.11ax, on a card"),
	FLAG("require_ht", RADIO(phy.require_ht), "0", "1: with ieee80211n=1, only stations that have 802.11n, too; as for the next two, "
		"not in networks whose only cipher is TKIP or WEP"),
	FLAG("require_vht", RADIO(phy.require_vht), "0", "1: with ieee80211ac=1, only stations that have 802.11ac"),
	FLAG("require_he", RADIO(phy.require_he), "0", "1: with ieee80211ax=1, only stations that have 802.11ax"),
	OTHER("ht_capab", "LIST", RADIO(phy.ht), hostapd_read_ht_capab, "[HT40+] or [HT40-]: 40 MHz, with the channel above or below; "
		"and capabilities of 802.11n such as [SHORT-GI-20]. Without this key all that the radio has, at 20 MHz"),
	OTHER("vht_capab", "LIST", RADIO(phy.vht), hostapd_read_vht_capab, "capabilities of 802.11ac such as [SHORT-GI-80]; "
		"without this key all that the radio has"),
	DEFAULT("vht_oper_chwidth", "NUMBER", TARGET, read_vht_width, "0", "0: 20 or 40 MHz; 1: 80 MHz; 2: 160 MHz"),
	NUMBER("vht_oper_centr_freq_seg0_idx", RADIO(phy.vht_center), 0, 255, "0", "the channel in the centre; 0: computed"),
	DEFAULT("he_oper_chwidth", "NUMBER", TARGET, read_he_width, "0", "as vht_oper_chwidth, for 802.11ax"),
	NUMBER("he_oper_centr_freq_seg0_idx", RADIO(phy.he_center), 0, 255, "0", "as vht_oper_centr_freq_seg0_idx, for 802.11ax"),
	OTHER("he_su_beamformer", "0|1", RADIO(phy.he.su_beamformer), hostapd_read_he_wish, "0: no 802.11ax beamforming to a "
		"single station; 1: if the radio supports it; the default is what the radio supports, as for the next two keys"),
	OTHER("he_su_beamformee", "0|1", RADIO(phy.he.su_beamformee), hostapd_read_he_wish, "… from a station"),
	OTHER("he_mu_beamformer", "0|1", RADIO(phy.he.mu_beamformer), hostapd_read_he_wish, "… to several stations at a time"),
	DEFAULT("he_bss_color", "NUMBER", TARGET, read_bss_color, "0", "the BSS colour of 802.11ax, which tells networks on one channel apart; 0: none"),
	FLAG("he_bss_color_partial", RADIO(phy.he.partial_color), "0", "1: the AIDs of stations depend on a part of the colour only"),
	NUMBER("he_default_pe_duration", RADIO(phy.he.pe_duration), 0, 7, "4", "the packet extension of 802.11ax, in units of 4 µs"),
	FLAG("he_twt_required", RADIO(phy.he.twt_required), "0", "1: stations that support target wake time must use it"),
	NUMBER("he_rts_threshold", RADIO(phy.he.rts_threshold), 0, 1023, "1023", "longer transmissions of 802.11ax begin with RTS and CTS, in units of 32 µs; 1023: none"),
	NUMBER("he_basic_mcs_nss_set", RADIO(phy.he.basic_mcs), 0, 65535, "65532", "the HE-MCSs that stations of 802.11ax must have, two bits for each number "
		"of streams"),
	NUMBER("he_spr_sr_control", RADIO(phy.he.reuse.control), 0, 31, "0", "spatial reuse with 802.11ax, the field SR Control: 4 announces the next key, 8 the "
		"four after it; 0: no element"),
	NUMBER("he_spr_non_srg_obss_pd_max_offset", RADIO(phy.he.reuse.other_max_offset), 0, 255, "0", "… the limit over -82 dBm for networks outside the group, in dB"),
	NUMBER("he_spr_srg_obss_pd_min_offset", RADIO(phy.he.reuse.group_min_offset), 0, 255, "0", "… the same for networks of the group, at least"),
	NUMBER("he_spr_srg_obss_pd_max_offset", RADIO(phy.he.reuse.group_max_offset), 0, 255, "0", "… the same for networks of the group, at most"),
	OTHER("he_spr_srg_bss_colors", "NUMBERS", RADIO(phy.he.reuse.group_colors), hostapd_read_bitmap, "… the BSS colours of the group, 0 to 63"),
	OTHER("he_spr_srg_partial_bssid", "NUMBERS", RADIO(phy.he.reuse.group_bssids), hostapd_read_bitmap, "… the partial BSSIDs of the group, 0 to 63"),
	NUMBER("he_mu_edca_qos_info_param_count", RADIO(phy.he.mu_edca.update_count), 0, 15, "0", "with 802.11ax and he_mu_edca_ac_…, the number of changes of these parameters"),
	FLAG("he_mu_edca_qos_info_q_ack", RADIO(phy.he.mu_edca.q_ack), "0", "… the bit Q-Ack of the field QoS Info"),
	FLAG("he_mu_edca_qos_info_queue_request", RADIO(phy.he.mu_edca.queue_request), "0", "… the bit Queue Request"),
	FLAG("he_mu_edca_qos_info_txop_request", RADIO(phy.he.mu_edca.txop_request), "0", "… the bit TXOP Request"),
	MU_EDCA("be", 0, "best effort"),
	MU_EDCA("bk", 1, "background"),
	MU_EDCA("vi", 2, "video"),
	MU_EDCA("vo", 3, "voice"),
	FLAG("ieee80211d", RADIO(ieee80211d), "0", "1 needs country_code; beacons announce the country with 0, too"),
	FLAG("ieee80211h", RADIO(ieee80211h), "0", "1: channels that need radar detection (DFS) may be used, and beacons in the 5 GHz band "
		"announce spectrum management and power; needs country_code"),
	FLAG("spectrum_mgmt_required", RADIO(spectrum_mgmt_required), "0", "1: announce spectrum management even without ieee80211h"),
	OTHER("local_pwr_constraint", "DB", RADIO(power_constraint_db), hostapd_read_power_constraint, "in the 5 GHz band, how much below the country's limit stations should transmit; the default is 3 with ieee80211h, otherwise none"),
	NUMBER("max_num_sta", BSS(max_stations), 0, 2007, "2007", "the limit of associated stations; 0: none may associate"),
	NUMBER("max_listen_interval", RADIO(max_listen_interval), 0, 65535, "65535", "refuse stations whose listen interval is longer, in beacon intervals"),
	NUMBER("track_sta_max_num", RADIO(track_max), 0, UINT32_MAX, "0", "remember at most this number of stations that were heard, up to 4096, for the keys …_if_seen_on and hostapd_cli track_sta_list"),
	NUMBER("track_sta_max_age", RADIO(track_age_s), 0, UINT32_MAX, "180", "… for this number of seconds"),
	TEXT("no_probe_resp_if_seen_on", "INTERFACE", BSS(no_probe_response_if_seen_on), "do not answer broadcast probe requests of stations that the radio of this network of the same vifi ap remembers, "
		"such as one at 5 GHz"),
	TEXT("no_auth_if_seen_on", "INTERFACE", BSS(no_auth_if_seen_on), "refuse the authentication of stations that the radio of this network remembers, and name that network to them"),
	FLAG("send_probe_response", BSS(probe_response), "1", "0: do not answer probe requests"),
	OTHER("ctrl_interface", "FOLDER", BSS(ctrl_interface), read_ctrl, "a control socket FOLDER/INTERFACE for hostapd_cli; or "
								  "DIR=FOLDER GROUP=NAME"),
	OTHER("ctrl_interface_group", "GROUP", BSS(ctrl_group), read_ctrl, "the group that may use the control socket, a name or a number"),
	FLAG("start_disabled", BSS(start_disabled), "0", "1: the network is off until RELOAD"),
	DEFAULT("auth_algs", "NUMBER", TARGET, read_auth_algs, "1", "1 is open authentication, the default; shared-key authentication, 2, is not "
						       "supported"),
	NUMBER("macaddr_acl", BSS(acl), 0, 2, "0", "0: every station may associate except those of deny_mac_file; 1: "
						   "only those of accept_mac_file"),
	TEXT("accept_mac_file", "FILE", BSS(accept_file), "MAC addresses, one per line"),
	TEXT("deny_mac_file", "FILE", BSS(deny_file), "MAC addresses, one per line"),
	FLAG("ap_isolate", BSS(ap_isolate), "0", "1: client isolation; no frames are forwarded between stations"),
	FLAG("wds_sta", BSS(wds), "0", "1: a station may use 4-address mode, as a bridge for others; on a card "
		"it gets the interface NAME.staAID"),
	TEXT("wds_bridge", "NAME", BSS(wds_bridge), "the bridge of these interfaces; by default that of bridge"),
	NUMBER("multi_ap", BSS(multi_ap), 0, 3, "0", "Wi-Fi EasyMesh: 1: only other access points may associate, as their backhaul; 2: stations; 3: both. Backhaul stations use "
		"4-address mode from the start with wds_sta=1"),
	TEXT("vlan_file", "FILE", BSS(vlan_file), "one line per VLAN: its id, or * for all others; its interface, where # stands "
		"for the id; optionally a bridge. On a card"),
	NUMBER("dynamic_vlan", BSS(dynamic_vlan), 0, 2, "0", "1 or 2: VLANs without a vlan_file, too, with interfaces NAME.ID; VLANs that RADIUS assigns are not supported"),
	NUMBER("vlan_naming", BSS(vlan_naming), 0, 1, "0", "the VLAN interfaces of vlan_tagged_interface are 0: vlanID; 1: NAME.ID"),
	TEXT("vlan_bridge", "PREFIX", BSS(vlan_bridge), "the bridge of a VLAN is PREFIX with its id; by default brNAME.ID with "
		"vlan_tagged_interface=NAME, otherwise brvlanID"),
	TEXT("vlan_tagged_interface", "NAME", BSS(vlan_tagged), "the Ethernet interface that carries the VLANs: its VLAN interfaces become ports of their bridges"),
	DEFAULT("ap_max_inactivity", "SECONDS", TARGET, read_inactivity, "300", "probe a station that is silent for SECONDS, and "
								      "deauthenticate it if it does not answer"),
	NUMBER("bss_max_idle", BSS(max_idle), 0, 2, "1", "0: stations do not learn ap_max_inactivity; 2: they must send protected frames within it"),
	OTHER("skip_inactivity_poll", "NUMBER", BSS(no_inactivity_poll), read_nonzero, "not 0: deauthenticate a silent station without a probe"),
	FLAG("multicast_to_unicast", BSS(multicast_to_unicast), "0", "1: if the card supports it, send group frames to each station as unicast frames"),
	OTHER("vendor_elements", "HEX", BSS(beacon_elements), hostapd_read_elements, "elements to append to beacons and probe responses: dd0411223301"),
	OTHER("assocresp_elements", "HEX", BSS(assoc_elements), hostapd_read_elements, "… association responses"),
	FLAG("wmm_enabled", BSS(wmm), "1", "QoS data frames with stations that support them"),
	WMM("be", 0, "best effort", "3", "4", "10", "0"),
	WMM("bk", 1, "background", "7", "4", "10", "0"),
	WMM("vi", 2, "video", "2", "3", "4", "94"),
	WMM("vo", 3, "voice", "2", "2", "3", "47"),
	QUEUE("data0", 0, "voice", "1, 3, 7, 1.5"),
	QUEUE("data1", 1, "video", "1, 7, 15, 3.0"),
	QUEUE("data2", 2, "best effort", "3, 15, 63, 0"),
	QUEUE("data3", 3, "background", "7, 15, 1023, 0"),
	NUMBER("wpa", BSS(wpa), 0, 3, "0", "1 is WPA, 2 is WPA2, 3 is both; 0 is an open network, or WEP"),
	OTHER("wpa_passphrase", "TEXT", TARGET, hostapd_read_passphrase, "the passphrase, 8 to 63 characters"),
	OTHER("wpa_psk", "HEX", TARGET, hostapd_read_pmk, "the PSK, 64 hexadecimal digits"),
	TEXT("wpa_psk_file", "FILE", BSS(psk_file), "one line per key: optionally keyid=NAME, the address of a station "
						    "(00:00:00:00:00:00: any station), the passphrase or PSK"),
	OTHER("wpa_key_mgmt", "WORDS", BSS(akms), hostapd_read_akms, "key management: WPA-PSK, WPA-PSK-SHA256, SAE and SAE-EXT-KEY (WPA3), FT-PSK, FT-SAE and FT-SAE-EXT-KEY, OWE (Enhanced Open), or several"),
	OTHER("wpa_pairwise", "WORDS", BSS(wpa_pairwise), hostapd_read_wpa_pairwise, "pairwise ciphers of WPA, and of WPA2 if "
									     "rsn_pairwise is absent: TKIP, CCMP; the "
									     "default for WPA is TKIP"),
	OTHER("rsn_pairwise", "WORDS", BSS(rsn_pairwise), hostapd_read_rsn_pairwise, "pairwise ciphers of WPA2: CCMP, "
									     "CCMP-256, GCMP, GCMP-256, TKIP; the "
									     "default is CCMP"),
	OTHER("group_cipher", "WORD", BSS(group), hostapd_read_group, "the cipher of group frames; the default is the weakest "
							      "pairwise cipher"),
	OTHER("group_mgmt_cipher", "WORD", BSS(group_mgmt), hostapd_read_group_mgmt, "the cipher of group management frames "
									     "with ieee80211w: AES-128-CMAC (the "
									     "default), BIP-GMAC-128, BIP-GMAC-256, "
									     "BIP-CMAC-256"),
	OTHER("ieee80211w", "NUMBER", TARGET, read_pmf, "protected management frames (PMF): 0 off, 1 optional, 2 required"),
	OTHER("ocv", "NUMBER", TARGET, read_ocv, "operating channel validation, with stations that support it: detects relays between two channels. 0 off; 1 on; 2 on, except with stations that announce it but do not implement it"),
	OTHER("wpa_group_rekey", "SECONDS", TARGET, read_group_rekey, "the interval between group rekeys; 0 is "
									 "never; the default is 86400, with TKIP 600"),
	OTHER("wpa_ptk_rekey", "SECONDS", TARGET, read_ptk_rekey, "the interval between rekeys of a station's PTK; 0 is never"),
	FLAG("wpa_strict_rekey", BSS(strict_rekey), "0", "1: rekey the group also when a station leaves"),
	NUMBER("wpa_pairwise_update_count", BSS(pairwise_tries), 1, UINT32_MAX, "4", "transmissions of a message of the 4-way handshake before it fails"),
	NUMBER("wpa_group_update_count", BSS(group_tries), 1, UINT32_MAX, "4", "… of the group key handshake"),
	FLAG("wpa_disable_eapol_key_retries", BSS(no_key_retries), "0", "1: send messages with keys only once, to protect stations that reinstall a key when a message is repeated (KRACK)"),
	NUMBER("wpa_deny_ptk0_rekey", BSS(deny_ptk0_rekey), 0, 2, "0", "2: deauthenticate a station instead of replacing its PTK, so that it reconnects; 0 and 1: only if the driver cannot replace a PTK in use"),
	FLAG("disable_pmksa_caching", BSS(no_pmksa_caching), "0", "1: each association with SAE needs a new authentication"),
	FLAG("notify_mgmt_frames", BSS(notes_frames), "0", "1: report each received management frame except probe requests to the control sockets (AP-MGMT-FRAME-RECEIVED)"),
	OTHER("sae_password", "TEXT", WHOLE, hostapd_read_sae_password, "a password of SAE (WPA3): PASSWORD[|mac=ADDRESS][|id=IDENTIFIER], for that "
		"station, or for stations that name the identifier. It may be given many times; without it, wpa_passphrase is the password"),
	TEXT("sae_password_file", "FILE", BSS(sae.file), "one line per password, as sae_password has them"),
	OTHER("sae_groups", "NUMBERS", TARGET, hostapd_read_sae_groups, "the groups of SAE: 19, 20, 21; the default is 19, with SAE-EXT-KEY and FT-SAE-EXT-KEY 19 and 20"),
	NUMBER("sae_pwe", BSS(sae.pwe), 0, 3, "0", "SAE derives its element by hunting and pecking (0), by hash to element (1), or as the "
		"station wishes (2); 3: by hunting and pecking even with password identifiers, for tests"),
	FLAG("sae_password_psk", BSS(sae.not_passphrase), "0", "1: do not use wpa_passphrase as the SAE password, even if no sae_password is given"),
	NUMBER("sae_anti_clogging_threshold", BSS(sae.token_threshold), 0, 1000, "5", "the number of open SAE exchanges from which stations must return an anti-clogging token"),
	NUMBER("sae_sync", BSS(sae.sync), 1, 1000, "5", "the limit of repetitions within an exchange of SAE"),
	NUMBER("sae_confirm_immediate", BSS(sae.confirm_immediately), 0, 2, "0", "1 or 2: SAE's confirm follows the commit at once"),
	FLAG("sae_require_mfp", BSS(sae.requires_pmf), "0", "1: no SAE without PMF, also with ieee80211w=1"),
	FLAG("beacon_prot", BSS(beacon_protection), "0", "1: beacons carry a MIC, so that stations with PMF detect forged ones"),
	FLAG("bss_transition", BSS(bss_transition), "0", "1: stations may ask which access point to move to, and be asked to move (hostapd_cli bss_tm_req)"),
	FLAG("tdls_prohibit", BSS(no_tdls), "0", "1: ask stations not to make direct links with each other (TDLS)"),
	FLAG("tdls_prohibit_chan_switch", BSS(no_tdls_switch), "0", "1: … not to move them to another channel"),
	FLAG("rrm_neighbor_report", BSS(neighbour_report), "0", "1: tell stations that ask about other access points (hostapd_cli set_neighbor)"),
	FLAG("rrm_beacon_report", BSS(beacon_report), "0", "1: stations may be asked which access points they hear (hostapd_cli req_beacon)"),
	OTHER("owe_groups", "NUMBERS", TARGET, hostapd_read_owe_groups, "the groups of OWE; the default is 19, 20 and 21"),
	OTHER("owe_transition_bssid", "ADDRESS", BSS(owe_transition.bssid), hostapd_read_owe_bssid, "OWE transition mode: the BSSID of the other "
		"network of the pair. A hidden network with OWE and an open one name each other"),
	OTHER("owe_transition_ssid", "TEXT", BSS(owe_transition), hostapd_read_owe_ssid, "… its name, as ssid2 has it"),
	TEXT("owe_transition_ifname", "INTERFACE", BSS(owe_transition_ifname), "… or its interface, of this or another radio"),
	OTHER("transition_disable", "NUMBER", BSS(transition_disable), hostapd_read_transition_disable, "what stations must no longer use in this network, as bits: 1 is WPA2 besides WPA3-Personal, 8 the open network besides OWE"),
	TEXT("nas_identifier", "TEXT", BSS(ft.nas_identifier), "fast BSS transition: the name of this access point as holder of PMK-R0s, 1 to 48 bytes"),
	OTHER("mobility_domain", "HEX", BSS(ft.mdid), read_mdid, "… the domain, 4 hexadecimal digits: stations move between the networks of one "
		"domain and name. Those of one vifi ap share their keys"),
	OTHER("r1_key_holder", "HEX", BSS(ft.r1kh), read_r1kh, "… the id as holder of PMK-R1s, 12 hexadecimal digits; by default the BSSID"),
	FLAG("ft_over_ds", BSS(ft.over_ds), "1", "… 0: not by frames through the present access point"),
	FLAG("ft_psk_generate_local", BSS(ft.generate_local), "0", "… 1: derive the keys of a roaming station from the passphrase, whichever access point it comes from"),
	NUMBER("ft_r0_key_lifetime", BSS(ft.r0_lifetime_s), 1, UINT32_MAX, "1209600", "… the lifetime of a PMK-R0, in seconds"),
	NUMBER("r0_key_lifetime", BSS(ft.r0_lifetime_min), 1, 65535, NULL, "… the same in minutes"),
	NUMBER("r1_max_key_lifetime", BSS(ft.r1_lifetime_s), 0, UINT32_MAX, "0", "… no effect: PMK-R1s follow from their PMK-R0 each time"),
	DEFAULT("reassociation_deadline", "NUMBER", TARGET, read_deadline, "1000", "… the time from authentication to reassociation, in units of 1.024 ms"),
	OTHER("r0kh", "TEXT", BSS(ft.r0khs), read_r0kh_peer, "… ADDRESS NAME KEY: use PMK-R0s of this holder (*: of any) if it has the same key in r1kh. One on another host is "
		"asked at its BSSID, or with ff:ff:ff:ff:ff:ff by a broadcast. Without r0kh and r1kh, all networks of this vifi ap share theirs"),
	OTHER("r1kh", "TEXT", BSS(ft.r1khs), read_r1kh_peer, "… ADDRESS ID KEY: let this holder of PMK-R1s (00:00:00:00:00:00: any), of this or another host, use PMK-R0s of this access point"),
	FLAG("pmk_r1_push", BSS(ft.r1_push), "0", "… 1: send PMK-R1s to the r1kh of other hosts as soon as a station is connected, not when they ask"),
	FLAG("ieee8021x", BSS(ieee8021x), "0", "must be 0: 802.1X is not supported"),
	NUMBER("wep_default_key", BSS(wep_default), 0, 3, "0", "the WEP key for transmission; must be 0"),
	OTHER("wep_key0", "KEY", BSS(wep[0]), hostapd_read_wep, "the key of a WEP network (wpa=0): 10 or 26 hexadecimal digits, or 5 or 13 characters in quotes"),
	OTHER("wep_key1", "KEY", BSS(wep[1]), hostapd_read_wep, "ignored"),
	OTHER("wep_key2", "KEY", BSS(wep[2]), hostapd_read_wep, "ignored"),
	OTHER("wep_key3", "KEY", BSS(wep[3]), hostapd_read_wep, "ignored"),
	{0},
};

static_assert(sizeof(hostapd_conf_options) / sizeof(hostapd_conf_options[0]) <= HOSTAPD_KEYS_MAX, "HOSTAPD_KEYS_MAX is too small");

/* clang-format on */
