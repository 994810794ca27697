/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/sta/wpas.h"

#include "base/mac.h"
#include "wire/le.h"

#include <inttypes.h>
#include <string.h>

#define EID_MESH_ID           114
#define EID_EXT_CAPABILITIES  127
#define EID_RSNX              244
#define RSN_PREAUTHENTICATION 0x0001
#define RSNX_SAE_H2E          0x20 /* bit 5 of the RSNXE's first byte */
#define EXT_CAP_UTF8_SSID     48
#define CAPABILITY_IBSS       0x0002

/* The bits of MASK=. */
enum bss_mask {
	MASK_ID = 1 << 0,
	MASK_BSSID = 1 << 1,
	MASK_FREQ = 1 << 2,
	MASK_BEACON_INT = 1 << 3,
	MASK_CAPABILITIES = 1 << 4,
	MASK_QUAL = 1 << 5,
	MASK_NOISE = 1 << 6,
	MASK_LEVEL = 1 << 7,
	MASK_TSF = 1 << 8,
	MASK_AGE = 1 << 9,
	MASK_IE = 1 << 10,
	MASK_FLAGS = 1 << 11,
	MASK_SSID = 1 << 12,
	MASK_SNR = 1 << 19,
	MASK_EST_THROUGHPUT = 1 << 20,
	MASK_UPDATE_INDEX = 1 << 22,
	MASK_BEACON_IE = 1 << 23,
};

/* What the elements of a BSS say. */
struct summary {
	struct span rsn, wpa;
	bool mesh, wps, p2p, h2e, owe_transition, utf8;
};

static bool is_vendor(const struct element *element, uint32_t type)
{
	const uint8_t *bytes = element->body.bytes;

	return element->id == EID_VENDOR && element->body.len >= 4 &&
	       ((uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3]) == type;
}

static struct summary summarise(const struct scan_result *result)
{
	struct span rest = {result->elements, result->len};
	struct summary summary = {0};
	struct element element;

	while (element_next(&rest, &element)) {
		const uint8_t *body = element.body.bytes;

		if (element.id == EID_RSN && !summary.rsn.bytes)
			summary.rsn = element.whole;
		else if (element_is_wpa(&element) && !summary.wpa.bytes)
			summary.wpa = element.whole;
		summary.mesh |= element.id == EID_MESH_ID;
		summary.wps |= is_vendor(&element, 0x0050f204);
		summary.p2p |= is_vendor(&element, 0x506f9a09);
		summary.owe_transition |= is_vendor(&element, 0x506f9a1c);
		summary.h2e |= element.id == EID_RSNX && element.body.len && (body[0] & RSNX_SAE_H2E);
		summary.utf8 |= element.id == EID_EXT_CAPABILITIES && element.body.len > EXT_CAP_UTF8_SSID / 8 &&
				(body[EXT_CAP_UTF8_SSID / 8] >> EXT_CAP_UTF8_SSID % 8 & 1);
	}
	return summary;
}

/* AKMs by the last byte of their selector (Table 9-151), in the order and words that clients expect. */
static void put_akms(struct ctrl_reply *reply, struct span element, bool wpa)
{
	static const struct {
		uint8_t type;
		const char *name;
	} names[] = {{1, "EAP"},          {2, "PSK"},          {8, "SAE"},          {24, "SAE-EXT-KEY"},
		     {3, "FT/EAP"},       {4, "FT/PSK"},       {9, "FT/SAE"},       {25, "FT/SAE-EXT-KEY"},
		     {5, "EAP-SHA256"},   {6, "PSK-SHA256"},   {11, "EAP-SUITE-B"}, {12, "EAP-SUITE-B-192"},
		     {14, "FILS-SHA256"}, {15, "FILS-SHA384"}, {18, "OWE"},         {23, "EAP-SHA384"}};
	const char *separator = "";
	struct span rest = element;
	const uint8_t *count, *suites;

	/* id, length, version and group cipher; WPA has its OUI and type before them */
	if (!span_take(&rest, wpa ? 12 : 8) || !(count = span_take(&rest, 2)) ||
	    !span_take(&rest, (size_t)le16(count) * 4) || !(count = span_take(&rest, 2)) ||
	    !(suites = span_take(&rest, (size_t)le16(count) * 4)))
		return;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		for (size_t k = 0; k < le16(count); k++) {
			static const uint8_t ieee[] = {OUI_IEEE_80211}, microsoft[] = {OUI_MICROSOFT};

			if (memcmp(suites + 4 * k, wpa ? microsoft : ieee, OUI_LEN) != 0 ||
			    suites[4 * k + 3] != names[i].type)
				continue;
			ctrl_put(reply, "%s%s", separator, names[i].name);
			separator = "+";
			break;
		}
}

static void put_ciphers(struct ctrl_reply *reply, uint32_t set)
{
	static const enum cipher order[] = {CIPHER_CCMP_256, CIPHER_GCMP_256, CIPHER_CCMP_128, CIPHER_GCMP_128,
					    CIPHER_TKIP};
	const char *separator = "-";

	for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
		if (set & 1u << order[i]) {
			ctrl_put(reply, "%s%s", separator, cipher_name(order[i]));
			separator = "+";
		}
}

static void put_protection(struct ctrl_reply *reply, const char *name, struct span element)
{
	struct rsn_element rsne;

	if (!element.bytes)
		return;
	ctrl_put(reply, "[%s-", name);
	if (rsn_element_parse(&rsne, element)) {
		ctrl_put(reply, "?]");
		return;
	}
	put_akms(reply, element, rsne.wpa);
	put_ciphers(reply, rsne.pairwise);
	ctrl_put(reply, "%s]", !rsne.wpa && (rsne.capabilities & RSN_PREAUTHENTICATION) ? "-preauth" : "");
}

void wpas_put_flags(struct ctrl_reply *reply, const struct scan_result *result)
{
	struct summary summary = summarise(result);

	put_protection(reply, "WPA", summary.wpa);
	put_protection(reply, summary.mesh ? "RSN" : "WPA2", summary.rsn);
	if (summary.h2e)
		ctrl_put(reply, "[SAE-H2E]");
	if (summary.owe_transition)
		ctrl_put(reply, "%s", summary.rsn.bytes ? "[OWE-TRANS]" : "[OWE-TRANS-OPEN]");
	if (summary.wps)
		ctrl_put(reply, "[WPS]");
	if (!summary.wpa.bytes && !summary.rsn.bytes && (result->capability & CAPABILITY_PRIVACY))
		ctrl_put(reply, "[WEP]");
	if (summary.mesh)
		ctrl_put(reply, "[MESH]");
	if (result->capability & CAPABILITY_IBSS)
		ctrl_put(reply, "[IBSS]");
	if (result->capability & CAPABILITY_ESS)
		ctrl_put(reply, "[ESS]");
	if (summary.p2p)
		ctrl_put(reply, "[P2P]");
	if (summary.utf8)
		ctrl_put(reply, "[UTF-8]");
}

static void put_numbers(struct ctrl_reply *reply, const struct scan_result *result, uint32_t mask, uint64_t now_ns)
{
	uint64_t age_s = now_ns > result->heard_ns ? (now_ns - result->heard_ns) / 1000000000 : 0;
	char mac[MAC_TEXT_SIZE];

	if (mask & MASK_ID)
		ctrl_put(reply, "id=%u\n", result->id);
	if (mask & MASK_BSSID)
		ctrl_put(reply, "bssid=%s\n", mac_format(mac, result->bssid));
	if (mask & MASK_FREQ)
		ctrl_put(reply, "freq=%u\n", result->freq_mhz);
	if (mask & MASK_BEACON_INT)
		ctrl_put(reply, "beacon_int=%u\n", result->interval_tu);
	if (mask & MASK_CAPABILITIES)
		ctrl_put(reply, "capabilities=0x%04x\n", result->capability);
	if (mask & MASK_QUAL)
		ctrl_put(reply, "qual=0\n");
	if (mask & MASK_NOISE)
		ctrl_put(reply, "noise=-89\n");
	if (mask & MASK_LEVEL)
		ctrl_put(reply, "level=%d\n", result->signal_dbm);
	if (mask & MASK_TSF)
		ctrl_put(reply, "tsf=%016" PRIu64 "\n", result->tsf);
	if (mask & MASK_AGE)
		ctrl_put(reply, "age=%" PRIu64 "\n", age_s);
}

void wpas_put_bss(const struct wpas *wpas, struct ctrl_reply *reply, const struct scan_result *result, uint32_t mask)
{
	const struct sta *sta = wpas->owner.control(wpas->owner.user);

	put_numbers(reply, result, mask, wpas->owner.now_ns(wpas->owner.user));
	if (mask & MASK_IE) {
		ctrl_put(reply, "ie=");
		ctrl_put_hex(reply, result->elements, result->len);
		ctrl_put(reply, "\n");
	}
	if (mask & MASK_FLAGS) {
		ctrl_put(reply, "flags=");
		wpas_put_flags(reply, result);
		ctrl_put(reply, "\n");
	}
	if (mask & MASK_SSID) {
		ctrl_put(reply, "ssid=");
		ctrl_put_escaped(reply, result->ssid, result->ssid_len);
		ctrl_put(reply, "\n");
	}
	if (mask & MASK_SNR)
		ctrl_put(reply, "snr=%d\n", bss_snr_db(result->freq_mhz, result->signal_dbm));
	if (mask & MASK_EST_THROUGHPUT)
		ctrl_put(reply, "est_throughput=%" PRIu32 "\n", sta_throughput_kbps(sta, result));
	if (mask & MASK_UPDATE_INDEX)
		ctrl_put(reply, "update_idx=%u\n", result->updates);
	if ((mask & MASK_BEACON_IE) && result->beacon) {
		ctrl_put(reply, "beacon_ie=");
		ctrl_put_hex(reply, result->beacon, result->beacon_len);
		ctrl_put(reply, "\n");
	}
}
