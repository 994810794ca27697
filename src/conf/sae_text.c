/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/sae_text.h"

#include "base/mac.h"
#include "conf/wifi_text.h"

#include <stdlib.h>
#include <string.h>

/* ---- sae_password ---- */

/* Room for one more, without a copy of secrets in freed memory. */
static struct ap_sae_password *add_password(struct hostapd_sae *sae)
{
	struct ap_sae_password *bigger;
	size_t room = sae->room ? 2 * sae->room : 8;

	if (sae->count < sae->room)
		return &sae->list[sae->count];
	bigger = calloc(room, sizeof(*bigger));
	if (!bigger)
		return NULL;
	if (sae->list) {
		memcpy(bigger, sae->list, sae->count * sizeof(*bigger));
		crypto_wipe(sae->list, sae->count * sizeof(*bigger));
	}
	free(sae->list);
	sae->list = bigger;
	sae->room = room;
	return &sae->list[sae->count];
}

/* The part of the value that ends where the next attribute begins; NULL: this attribute is not there. */
static const char *find_attribute(const char *value, const char *name, size_t *len)
{
	static const char *const names[] = {"|mac=", "|vlanid=", "|pk=", "|id="};
	const char *begin = strstr(value, name), *end;

	if (!begin)
		return NULL;
	begin += strlen(name);
	*len = strlen(begin);
	for (size_t i = 0; strcmp(name, "|id=") && i < sizeof(names) / sizeof(*names); i++) {
		end = strstr(begin, names[i]);
		if (end && (size_t)(end - begin) < *len)
			*len = (size_t)(end - begin);
	}
	return begin;
}

static bool read_mac(struct ap_sae_password *entry, const char *text, size_t len, struct error *error)
{
	static const uint8_t any[MAC_LEN] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	char address[18] = "";

	if (len == sizeof(address) - 1)
		memcpy(address, text, len);
	if (!mac_parse(entry->addr, address))
		return error_set(error, false, "sae_password: |mac= must be a MAC address (02:00:00:12:34:56)");
	if (mac_equal(entry->addr, any))
		memset(entry->addr, 0, MAC_LEN);
	return true;
}

static bool read_vlan(struct ap_sae_password *entry, const char *text, size_t len, struct error *error)
{
	char id[8] = "";

	memcpy(id, text, len < sizeof(id) ? len : sizeof(id) - 1);
	return text_parse_vlan_id(&entry->vlan, id, error);
}

static size_t password_length(const char *value)
{
	static const char *const names[] = {"|mac=", "|vlanid=", "|pk=", "|id="};
	size_t len = strlen(value);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const char *end = strstr(value, names[i]);

		if (end && (size_t)(end - value) < len)
			len = (size_t)(end - value);
	}
	return len;
}

bool hostapd_sae_add(struct hostapd_sae *sae, const char *value, struct error *error)
{
	struct ap_sae_password *entry = *value ? add_password(sae) : NULL;
	size_t len, password_len = password_length(value);
	const char *part;

	if (!*value) {
		if (sae->list)
			crypto_wipe(sae->list, sae->count * sizeof(*sae->list));
		sae->count = 0;
		return true;
	}
	if (!entry)
		return error_set(error, false, "sae_password: no memory");
	memset(entry, 0, sizeof(*entry));
	if (!password_len || password_len > SAE_PASSWORD_MAX)
		return error_set(error, false, "sae_password must have 1 to %d bytes before the first `|`",
				 SAE_PASSWORD_MAX);
	memcpy(entry->secret.password, value, password_len);
	entry->secret.password_len = password_len;
	part = find_attribute(value, "|mac=", &len);
	if (part && !read_mac(entry, part, len, error))
		return false;
	if (find_attribute(value, "|pk=", &len))
		return error_set(error, false, "sae_password: SAE-PK (|pk=) is not supported");
	part = find_attribute(value, "|vlanid=", &len);
	if (part && !read_vlan(entry, part, len, error))
		return false;
	part = find_attribute(value, "|id=", &len);
	if (part && (!len || len > SAE_IDENTIFIER_MAX))
		return error_set(error, false, "sae_password: |id= must have 1 to %d bytes", SAE_IDENTIFIER_MAX);
	if (part) {
		memcpy(entry->secret.identifier, part, len);
		entry->secret.identifier_len = len;
	}
	sae->count++;
	return true;
}

bool hostapd_sae_parse_file(struct hostapd_sae *sae, char *text, struct error *error)
{
	struct text_lines *lines = text_lines_new(text, sae->file, error);
	enum text_line result = TEXT_LINE;

	if (!lines)
		return false;
	while (result == TEXT_LINE && (result = text_lines_next(lines, error)) == TEXT_LINE)
		if (*lines->line && *lines->line != '#' && !hostapd_sae_add(sae, lines->line, error)) {
			text_error_at(sae->file, lines->number, error);
			result = TEXT_ERROR;
		}
	text_lines_free(lines);
	return result == TEXT_END;
}

void hostapd_sae_free(struct hostapd_sae *sae)
{
	if (sae->derived)
		crypto_wipe(sae->derived, (sae->count + 1) * sizeof(*sae->derived));
	if (sae->list)
		crypto_wipe(sae->list, sae->count * sizeof(*sae->list));
	free(sae->derived);
	free(sae->list);
	sae->derived = sae->list = NULL;
	sae->count = sae->room = 0;
}

/* ---- other values ---- */

bool sae_parse_groups(uint16_t groups[SAE_GROUPS_MAX + 1], const char *key, const char *value, const char **remark,
		      struct error *error)
{
	uint16_t parsed[SAE_GROUPS_MAX + 1] = {0};
	size_t count = 0;

	while (*(value += strspn(value, " \t"))) {
		char *end;
		unsigned long group = strtoul(value, &end, 10);

		if (end == value)
			return error_set(error, false, "%s must be numbers, separated by blanks: 19 20 21", key);
		if (!group) /* as hostapd and wpa_supplicant have it */
			break;
		if (*end && *end != ' ')
			*remark = "only the first number of each word is used; separate groups with blanks";
		value = end + strcspn(end, " ");
		for (size_t i = 0; i < count; i++)
			if (parsed[i] == group)
				group = 0;
		if (group <= UINT16_MAX && ec_is_supported((unsigned)group) && count < SAE_GROUPS_MAX)
			parsed[count++] = (uint16_t)group;
	}
	if (!count)
		return error_set(error, false, "%s has none of the supported groups, 19, 20 and 21", key);
	memcpy(groups, parsed, sizeof(parsed));
	return true;
}

bool sae_parse_secret(uint8_t *out, size_t room, size_t *len, const char *key, const char *value, struct error *error)
{
	bool absent = !*value || !strcmp(value, "NULL"); /* for wpa_supplicant, too */

	if (!absent && text_parse_string(out, room, len, value) && *len)
		return true;
	*len = 0;
	return absent ||
	       error_set(error, false,
			 "%s must be \"text\" in quotes, or pairs of hexadecimal digits, of 1 to %zu bytes", key, room);
}

/* ---- the setup ---- */

/* hostapd takes an identifier, or an AKM that needs it, as a request for hash to element. */
static unsigned effective_pwe(const struct hostapd_sae *sae, size_t count, bool needs_hash)
{
	size_t identified = 0;

	for (size_t i = 0; i < count; i++)
		identified += sae->derived[i].secret.identifier_len > 0;
	if (sae->pwe || !(identified || needs_hash))
		return sae->pwe == 3 ? 0 : sae->pwe;
	return identified == count ? 1 : 2;
}

/* Those of one station first: the first that matches counts. */
static size_t copy_passwords(struct hostapd_sae *sae, const char *passphrase)
{
	size_t count = 0;

	for (unsigned common = 0; common < 2; common++)
		for (size_t i = 0; i < sae->count; i++)
			if (mac_is_zero(sae->list[i].addr) == common)
				sae->derived[count++] = sae->list[i];
	if (!sae->count && *passphrase && !sae->not_passphrase) {
		struct sae_password *secret = &sae->derived[count++].secret;

		secret->password_len = strlen(passphrase);
		memcpy(secret->password, passphrase, secret->password_len);
	}
	return count;
}

bool hostapd_sae_setup(struct hostapd_sae *sae, struct crypto *crypto, struct span ssid, const char *passphrase,
		       uint32_t akms, struct ap_sae_setup *setup, struct error *error)
{
	unsigned groups[SAE_GROUPS_MAX];
	bool needs_hash = akms & akm_set_sae() & akm_set_hash_by_group();
	size_t group_count = 0;
	int err = 0;

	if (sae->derived) /* a second call */
		crypto_wipe(sae->derived, (sae->count + 1) * sizeof(*sae->derived));
	free(sae->derived);
	sae->derived = calloc(sae->count + 1, sizeof(*sae->derived));
	if (!sae->derived)
		return error_set(error, false, "sae_password: no memory");
	*setup = (struct ap_sae_setup){.passwords = sae->derived,
				       .token_threshold = sae->token_threshold,
				       .sync_max = sae->sync,
				       .confirm_immediately = sae->confirm_immediately,
				       .requires_pmf = sae->requires_pmf};
	setup->password_count = copy_passwords(sae, passphrase);
	setup->pwe = effective_pwe(sae, setup->password_count, needs_hash);
	memcpy(setup->groups, sae->groups, sizeof(setup->groups));
	if (!setup->groups[0] && !sae->no_group) {
		setup->groups[0] = 19;
		setup->groups[1] = needs_hash ? 20 : 0;
	}
	for (; setup->groups[group_count]; group_count++)
		groups[group_count] = setup->groups[group_count];
	for (size_t i = 0; !err && setup->pwe && i < setup->password_count; i++)
		err = sae_password_derive(crypto, &sae->derived[i].secret, ssid, groups, group_count);
	return !err || error_set(error, false, "cannot derive the secrets of sae_password: no memory");
}
