/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/sta/wpas.h"

#include "base/mac.h"
#include "base/text.h"
#include "ctrl/command.h"
#include "wire/mgmt.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Reads decimal digits, and moves *text behind them. Without any, or with too many, the result is 0. */
static uint32_t read_digits(const char **text)
{
	uint64_t number = 0;

	for (; **text >= '0' && **text <= '9'; ++*text)
		number = number > UINT32_MAX ? number : 10 * number + (uint64_t)(**text - '0');
	return number > UINT32_MAX ? 0 : (uint32_t)number;
}

static uint32_t number_at(const char *text)
{
	return read_digits(&text);
}

/* Reads "2412,2437,5180-5320", in MHz. Returns false if it is no such list, or has no channel. */
static bool read_freqs(const char *text, uint16_t freqs[STA_CHANNELS_MAX])
{
	size_t count = 0;

	for (;;) {
		uint32_t first = read_digits(&text), last = first;

		if (*text == '-') {
			text++;
			last = read_digits(&text);
		}
		if (first < 2000 || last > 8000 || first > last)
			return false;
		for (; first <= last && count < STA_CHANNELS_MAX - 1; first++)
			if (freq_to_channel((uint16_t)first))
				freqs[count++] = (uint16_t)first;
		if (*text != ',')
			return count && (!*text || *text == ' ');
		text++;
	}
}

/* The options of SCAN: TYPE=ONLY, freq=, bssid=, passive=1, only_new=1, use_id=1, and "ssid HEX" any number of times. */
static bool read_scan(const char *text, struct sta_request *request, uint32_t *use_id)
{
	char value[512];
	uint32_t passive = 0, only_new = 0;
	const char *at = text;

	request->kind = STA_REQUEST_SCAN;
	request->scan.only = !strncasecmp(text, "TYPE=ONLY", 9);
	if (ctrl_option(text, "freq", value, sizeof(value)) && !read_freqs(value, request->scan.freqs))
		return false;
	ctrl_option_number(text, "passive", UINT32_MAX, &passive);
	request->scan.passive = passive;
	ctrl_option_number(text, "only_new", UINT32_MAX, &only_new);
	request->scan.only_new = only_new;
	ctrl_option_number(text, "use_id", UINT32_MAX, use_id);
	request->scan.has_bssid = ctrl_option(text, "bssid", value, sizeof(value));
	if (request->scan.has_bssid && !mac_parse(request->scan.bssid, value))
		return false;
	while ((at = strstr(at, "ssid "))) {
		size_t digits = strcspn(at + 5, " ");
		struct plane_ssid *ssid = &request->scan.ssids[request->scan.ssid_count];

		at += 5;
		if (digits % 2 || digits > 2 * MGMT_SSID_MAX || request->scan.ssid_count == STA_SCAN_SSIDS_MAX ||
		    !hex_parse(ssid->bytes, digits / 2, at))
			return false;
		ssid->len = digits / 2;
		request->scan.ssid_count++;
	}
	return true;
}

static void add_ssid(struct sta_request *request, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < request->scan.ssid_count; i++)
		if (request->scan.ssids[i].len == len && memcmp(request->scan.ssids[i].bytes, bytes, len) == 0)
			return;
	if (!len || request->scan.ssid_count == STA_SCAN_SSIDS_MAX)
		return;
	memcpy(request->scan.ssids[request->scan.ssid_count].bytes, bytes, len);
	request->scan.ssids[request->scan.ssid_count++].len = len;
}

/* scan_id=3,5: the names of these networks. Returns false if there are too many. */
static bool read_networks(const struct wpas *wpas, const char *text, struct sta_request *request)
{
	char value[200];
	const char *at = value;
	size_t count = 0;

	if (!ctrl_option(text, "scan_id", value, sizeof(value)))
		return true;
	while (*at) {
		const struct wpa_store_network *network = wpa_store_find(&wpas->store, read_digits(&at));
		const char *ssid = network ? wpa_store_get(network, "ssid") : NULL;
		uint8_t bytes[MGMT_SSID_MAX];
		struct error error;
		size_t len = 0;

		if (++count > STA_SCAN_SSIDS_MAX || (*at && *at++ != ','))
			return false;
		if (ssid && text_parse_ssid(bytes, &len, ssid, &error))
			add_ssid(request, bytes, len);
	}
	return true;
}

/* One access point is asked by its name if that is known, unless wildcard_ssid=1. */
static void name_bss(struct wpas *wpas, const char *text, struct sta_request *request)
{
	const struct scan_results *results = sta_results(wpas->owner.control(wpas->owner.user));
	const struct scan_result *result;
	uint32_t wildcard = 0;

	ctrl_option_number(text, "wildcard_ssid", UINT32_MAX, &wildcard);
	if (!request->scan.has_bssid || request->scan.ssid_count || wildcard)
		return;
	result = scan_results_find(results, request->scan.bssid);
	if (result)
		add_ssid(request, result->ssid, result->ssid_len);
}

/* While a program has reserved the radio the scan waits. */
static enum sta_answer request_scan(struct wpas *wpas, const struct sta_request *request)
{
	if (!wpas->work_count)
		return wpas->owner.request(wpas->owner.user, request);
	if (wpas->scan_waits)
		return STA_ANSWER_BUSY;
	wpas->waiting_scan = *request;
	wpas->scan_waits = true;
	return STA_ANSWER_DONE;
}

void wpas_scan(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {0};
	uint32_t use_id = 0, scan_id = wpas->scan_id;
	struct sta_info info;
	enum sta_answer answer;
	bool has_id = wpas->scan_has_id;
	bool valid = read_scan(arguments, &request, &use_id) && read_networks(wpas, arguments, &request);

	if (valid)
		name_bss(wpas, arguments, &request);
	wpas_info(wpas, &info);
	if (!valid || info.state == STA_STOPPED) {
		wpas->owner.log(wpas->owner.user,
				valid ? "SCAN: the radio is not ready: it is switched off, or off the medium"
				      : "SCAN: an option is wrong: a frequency, an SSID or a BSSID");
		ctrl_ok(reply, false);
		return;
	}
	if (info.state >= STA_AUTHENTICATING && info.state <= STA_HANDSHAKE) {
		ctrl_answer(reply, "FAIL-BUSY\n");
		return;
	}
	/* The id is in the events of this scan; that of a scan under way stays if this command is refused. */
	wpas->scan_id += use_id ? 1 : 0;
	wpas->scan_has_id = use_id;
	answer = request_scan(wpas, &request);
	if (answer == STA_ANSWER_BUSY) {
		wpas->scan_id = scan_id;
		wpas->scan_has_id = has_id;
		ctrl_answer(reply, "FAIL-BUSY\n");
	} else if (use_id)
		ctrl_put(reply, "%u\n", wpas->scan_id);
	else
		ctrl_ok(reply, true);
}

void wpas_abort_scan(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	ctrl_ok(reply, wpas_request(wpas, STA_REQUEST_SCAN_ABORT) == STA_ANSWER_DONE);
}

/* filter_ssids=1: only the names of networks. */
static bool filters_names(const struct wpas *wpas)
{
	const char *value = wpa_store_get_global(&wpas->store, "filter_ssids");

	return value && !strcmp(value, "1");
}

static bool is_named(const struct wpas *wpas, const struct scan_result *result)
{
	struct wpa_store_network *network = NULL;

	while ((network = wpa_store_next(&wpas->store, network))) {
		const char *ssid = wpa_store_get(network, "ssid");
		uint8_t bytes[MGMT_SSID_MAX];
		struct error error;
		size_t len = 0;

		if (ssid && text_parse_ssid(bytes, &len, ssid, &error) && len == result->ssid_len &&
		    memcmp(bytes, result->ssid, len) == 0)
			return true;
	}
	return false;
}

void wpas_scan_results(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const struct scan_results *results = sta_results(wpas->owner.control(wpas->owner.user));
	char mac[MAC_TEXT_SIZE];

	(void)arguments;
	ctrl_put(reply, "bssid / frequency / signal level / flags / ssid\n");
	for (size_t i = 0; i < results->count; i++) {
		const struct scan_result *result = &results->list[i];

		if (filters_names(wpas) && !is_named(wpas, result))
			continue;
		ctrl_put(reply, "%s\t%u\t%d\t", mac_format(mac, result->bssid), result->freq_mhz, result->signal_dbm);
		wpas_put_flags(reply, result);
		ctrl_put(reply, "\t");
		ctrl_put_escaped(reply, result->ssid, result->ssid_len);
		ctrl_put(reply, "\n");
	}
}

/* ---- BSS ---- */

#define NO_BSS SIZE_MAX

/* The index of the first result with an id of at least that; NO_BSS: none. Ids rise. */
static size_t find_id(const struct scan_results *results, uint32_t id)
{
	for (size_t i = 0; i < results->count; i++)
		if (results->list[i].id >= id)
			return i;
	return NO_BSS;
}

static size_t find_exact(const struct scan_results *results, uint32_t id)
{
	size_t index = find_id(results, id);

	return index != NO_BSS && results->list[index].id == id ? index : NO_BSS;
}

static size_t find_bssid(const struct scan_results *results, const uint8_t *bssid)
{
	const struct scan_result *result = scan_results_find(results, bssid);

	return result ? (size_t)(result - results->list) : NO_BSS;
}

static size_t find_current(struct wpas *wpas, const struct scan_results *results)
{
	struct sta_info info;

	wpas_info(wpas, &info);
	return info.state == STA_CONNECTED ? find_bssid(results, info.bssid) : NO_BSS;
}

/* "ALL", "2-5", "-5", "2-". Returns the first index, and the last one. */
static size_t find_range(const struct scan_results *results, const char *text, size_t *last)
{
	const char *dash = strchr(text, '-');
	uint32_t low = number_at(text);
	uint32_t high = dash && dash[1] >= '0' && dash[1] <= '9' ? number_at(dash + 1) : UINT32_MAX;
	size_t first;

	if (!strncmp(text, "ALL", 3))
		low = 0;
	else if (!dash)
		return NO_BSS;
	first = find_id(results, dash == text ? 0 : low);
	*last = results->count;
	while (*last && results->list[*last - 1].id > high)
		--*last;
	--*last;
	return first == NO_BSS || *last == NO_BSS || first > *last ? NO_BSS : first;
}

static size_t find_bss(struct wpas *wpas, const struct scan_results *results, const char *what, size_t *last)
{
	size_t index = NO_BSS;
	uint8_t bssid[6];
	char word[24] = "";

	memcpy(word, what, strcspn(what, " ") < sizeof(word) ? strcspn(what, " ") : sizeof(word) - 1);
	if (!strncmp(word, "RANGE=", 6))
		return find_range(results, word + 6, last);
	if (!strcmp(word, "FIRST"))
		index = results->count ? 0 : NO_BSS;
	else if (!strcmp(word, "LAST"))
		index = results->count ? results->count - 1 : NO_BSS;
	else if (!strncmp(word, "ID-", 3))
		index = find_exact(results, number_at(word + 3));
	else if (!strncmp(word, "NEXT-", 5))
		index = find_exact(results, number_at(word + 5)) == NO_BSS ? NO_BSS
									   : find_id(results, number_at(word + 5) + 1);
	else if (!strcmp(word, "CURRENT"))
		index = find_current(wpas, results);
	else if (mac_parse(bssid, word))
		index = find_bssid(results, bssid);
	else if (word[0] >= '0' && word[0] <= '9' && number_at(word) < results->count)
		index = number_at(word);
	*last = index;
	return index;
}

void wpas_bss(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const struct scan_results *results = sta_results(wpas->owner.control(wpas->owner.user));
	size_t last, first = find_bss(wpas, results, arguments, &last);
	const char *option = strstr(arguments, "MASK=");
	unsigned mask = 0;

	if (first == NO_BSS)
		return;
	if (option && sscanf(option + 5, "%x", &mask) != 1)
		mask = 0;
	mask = mask ? mask : UINT32_MAX ^ WPAS_BSS_DELIMITER;
	for (size_t i = first; i <= last; i++) {
		struct ctrl_reply before = *reply;

		wpas_put_bss(wpas, reply, &results->list[i], mask);
		if (mask & WPAS_BSS_DELIMITER)
			ctrl_put(reply, i + 1 < results->count ? "====\n" : "####\n");
		if (!reply->full)
			continue;
		/* Only whole entries. */
		*reply = before;
		reply->text[reply->len] = '\0';
		reply->full = true;
		return;
	}
}

void wpas_expire_age(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_EXPIRY};
	uint32_t seconds;

	if (!ctrl_number(arguments, UINT32_MAX, &seconds) || seconds < 10) {
		ctrl_ok(reply, false);
		return;
	}
	wpas->expiry.age_ns = seconds * UINT64_C(1000000000);
	request.expiry = wpas->expiry;
	ctrl_ok(reply, wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE);
}

void wpas_expire_count(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_EXPIRY};
	uint32_t count;

	if (!ctrl_number(arguments, UINT32_MAX, &count) || !count) {
		ctrl_ok(reply, false);
		return;
	}
	wpas->expiry.missed_scans = count;
	request.expiry = wpas->expiry;
	ctrl_ok(reply, wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE);
}

void wpas_bss_flush(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct sta_request request = {.kind = STA_REQUEST_FORGET_RESULTS};

	request.age_ns = number_at(arguments) * UINT64_C(1000000000);
	ctrl_ok(reply, wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE);
}
