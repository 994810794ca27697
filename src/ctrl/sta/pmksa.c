/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PMKSA, PMKSA_FLUSH, PMKSA_GET, PMKSA_ADD: the cache of PMKs. With the last two, programs keep the cache
 * across a restart. Their lines contain keys, so the socket must belong to root.
 */
#include "ctrl/sta/wpas.h"

#include "base/mac.h"
#include "base/text.h"
#include "ctrl/command.h"

#include <inttypes.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)

/* Numbers for AKMs on the control socket of wpa_supplicant: one bit for each. */
static const struct {
	enum akm akm;
	unsigned bit;
} akm_bits[] = {{AKM_PSK, 1},     {AKM_FT_PSK, 6}, {AKM_PSK_SHA256, 8},   {AKM_SAE, 10},
		{AKM_FT_SAE, 11}, {AKM_OWE, 22},   {AKM_SAE_EXT_KEY, 26}, {AKM_FT_SAE_EXT_KEY, 27}};

#define AKM_BITS (sizeof(akm_bits) / sizeof(*akm_bits))

static uint32_t akm_number(enum akm akm)
{
	for (size_t i = 0; i < AKM_BITS; i++)
		if (akm_bits[i].akm == akm)
			return 1u << akm_bits[i].bit;
	return 0;
}

static enum akm akm_of(uint32_t number)
{
	for (size_t i = 0; i < AKM_BITS; i++)
		if (1u << akm_bits[i].bit == number)
			return akm_bits[i].akm;
	return AKM_NONE;
}

static uint64_t seconds_to(struct wpas *wpas, uint64_t due_ns)
{
	uint64_t now_ns = wpas->owner.now_ns(wpas->owner.user);

	return due_ns > now_ns ? (due_ns - now_ns) / SECOND : 0;
}

void wpas_pmksa(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	char mac[MAC_TEXT_SIZE], pmkid[HEX_TEXT(PMKID_LEN)];
	struct sta_pmksa entry;

	(void)arguments;
	ctrl_put(reply, "Index / AA / PMKID / expiration (in seconds) / opportunistic\n");
	for (size_t i = 0; sta_pmksa(wpas->owner.control(wpas->owner.user), i, &entry); i++)
		ctrl_put(reply, "%zu %s %s %" PRIu64 " %d\n", i + 1, mac_format(mac, entry.bssid),
			 hex_format(pmkid, entry.pmkid, PMKID_LEN), seconds_to(wpas, entry.until_ns),
			 entry.opportunistic);
}

void wpas_pmksa_flush(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	ctrl_ok(reply, wpas_request(wpas, STA_REQUEST_FORGET_PMKSA) == STA_ANSWER_DONE);
}

static const struct wpa_store_network *take_network(struct wpas *wpas, char **arguments)
{
	const char *word = ctrl_next_word(arguments);
	uint32_t id;

	return word && ctrl_number(word, UINT32_MAX, &id) ? wpa_store_find(&wpas->store, id) : NULL;
}

/* BSSID, PMKID, PMK, seconds until a new exchange is due and until the entry expires, AKM, opportunistic */
void wpas_pmksa_get(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const struct wpa_store_network *network = take_network(wpas, &arguments);
	char mac[MAC_TEXT_SIZE];
	struct sta_pmksa entry;

	if (!network) {
		ctrl_ok(reply, false);
		return;
	}
	for (size_t i = 0; sta_pmksa(wpas->owner.control(wpas->owner.user), i, &entry); i++) {
		if (entry.network_id != network->handle)
			continue;
		ctrl_put(reply, "%s ", mac_format(mac, entry.bssid));
		ctrl_put_hex(reply, entry.pmkid, PMKID_LEN);
		ctrl_put(reply, " ");
		ctrl_put_hex(reply, entry.pmk.bytes, entry.pmk.len);
		ctrl_put(reply, " %" PRIu64 " %" PRIu64 " %u %d\n", seconds_to(wpas, entry.renew_ns),
			 seconds_to(wpas, entry.until_ns), akm_number(entry.akm), entry.opportunistic);
	}
}

/* The words of such a line, after the number of the network. Returns false if one is wrong. */
static bool read_entry(char *text, struct sta_pmksa *entry, uint8_t pmk[PMK_MAX], uint32_t *renewal_s,
		       uint32_t *lifetime_s)
{
	const char *words[7];
	uint32_t number, opportunistic;
	size_t digits;

	for (size_t i = 0; i < 7; i++)
		if (!(words[i] = ctrl_next_word(&text)))
			return false;
	digits = strlen(words[2]);
	if (!mac_parse(entry->bssid, words[0]) || strlen(words[1]) != 2 * PMKID_LEN ||
	    !hex_parse(entry->pmkid, PMKID_LEN, words[1]) || digits % 2 || digits < 2 * PMK_LEN ||
	    digits > 2 * PMK_MAX || !hex_parse(pmk, digits / 2, words[2]))
		return false;
	entry->pmk = (struct span){pmk, digits / 2};
	if (!ctrl_number(words[3], INT32_MAX, renewal_s) || !ctrl_number(words[4], INT32_MAX, lifetime_s) ||
	    !ctrl_number(words[5], UINT32_MAX, &number) || !ctrl_number(words[6], 1, &opportunistic))
		return false;
	entry->akm = akm_of(number);
	return *renewal_s <= *lifetime_s && entry->akm != AKM_NONE;
}

void wpas_pmksa_add(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const struct wpa_store_network *network = take_network(wpas, &arguments);
	struct sta_request request = {.kind = STA_REQUEST_ADD_PMKSA};
	uint8_t pmk[PMK_MAX];
	uint32_t renewal_s = 0, lifetime_s = 0;
	bool ok = network && arguments && read_entry(arguments, &request.pmksa, pmk, &renewal_s, &lifetime_s);

	if (ok) {
		request.pmksa.network_id = network->handle;
		request.pmksa.renew_ns = wpas->owner.now_ns(wpas->owner.user) + renewal_s * SECOND;
		request.pmksa.until_ns = wpas->owner.now_ns(wpas->owner.user) + lifetime_s * SECOND;
		ok = wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE;
	}
	crypto_wipe(pmk, sizeof(pmk));
	ctrl_ok(reply, ok);
}
