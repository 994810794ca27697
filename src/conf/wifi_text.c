/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/wifi_text.h"

#include "base/array.h"
#include "base/text.h"
#include "conf/form.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files and lines ---- */

char *text_file_load(const char *path, struct error *error)
{
	FILE *file = fopen(path, "re");
	char *text =
		file && !setvbuf(file, NULL, _IONBF, 0) /* a buffer would keep secrets */ ? calloc(1, TEXT_FILE_MAX + 2)
											  : NULL;
	size_t len = text ? fread(text, 1, TEXT_FILE_MAX + 1, file) : 0;

	if (!file || !text || ferror(file))
		error_set(error, 0, "%.200s: %s", path, strerror(errno));
	else if (len > TEXT_FILE_MAX)
		error_set(error, 0, "%.200s: longer than %u MiB; is it the right file?", path, TEXT_FILE_MAX >> 20);
	else if (strlen(text) != len)
		error_set(error, 0, "%.200s: contains a zero byte; is it the right file?", path);
	else {
		fclose(file);
		return text;
	}
	if (file)
		fclose(file);
	text_file_free(text);
	return NULL;
}

void text_file_free(char *text)
{
	if (text)
		crypto_wipe(text, strlen(text));
	free(text);
}

struct text_lines *text_lines_new(const char *text, const char *file, struct error *error)
{
	struct text_lines *lines = calloc(1, sizeof(*lines));

	if (lines)
		*lines = (struct text_lines){.at = text, .file = file};
	else
		error_set(error, 0, "%.160s: no memory", file);
	return lines;
}

void text_lines_free(struct text_lines *lines)
{
	if (lines)
		crypto_wipe(lines, sizeof(*lines));
	free(lines);
}

enum text_line text_lines_next(struct text_lines *lines, struct error *error)
{
	size_t len = strcspn(lines->at, "\n");

	if (!*lines->at)
		return TEXT_END;
	lines->number++;
	if (len >= sizeof(lines->line)) {
		error_set(error, 0, "%.160s:%u: line longer than %zu characters", lines->file, lines->number,
			  sizeof(lines->line) - 1);
		return TEXT_ERROR;
	}
	memcpy(lines->line, lines->at, len);
	lines->line[len] = '\0';
	lines->cr = len && lines->line[len - 1] == '\r';
	if (lines->cr)
		lines->line[len - 1] = '\0';
	lines->at += len + (lines->at[len] == '\n');
	return TEXT_LINE;
}

bool text_error_at(const char *file, unsigned line, struct error *error)
{
	struct error cause = *error;

	return error_set(error, false, "%.160s:%u: %s", file, line, cause.text);
}

char *text_trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

/* ---- warnings ---- */

static void __attribute__((format(printf, 4, 0)))
warn(struct text_warnings *warnings, const char *file, unsigned line, const char *format, va_list list)
{
	struct error *warning;

	if (array_reserve(&warnings->list, &warnings->room, warnings->count + 1, sizeof(*warning)))
		return;
	warning = &warnings->list[warnings->count++];
	vsnprintf(warning->text, sizeof(warning->text), format, list);
	text_error_at(file, line, warning);
}

void text_warn(struct text_warnings *warnings, const char *file, unsigned line, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	warn(warnings, file, line, format, list);
	va_end(list);
}

void text_warn_lenient(struct text_warnings *warnings, const char *file, unsigned line, const char *format, ...)
{
	va_list list;

	warnings->stock_refuses = true;
	va_start(list, format);
	warn(warnings, file, line, format, list);
	va_end(list);
}

void text_warnings_free(struct text_warnings *warnings)
{
	free(warnings->list);
	*warnings = (struct text_warnings){0};
}

/* ---- unsupported keys ---- */

bool text_list_has(const char *const *list, const char *key)
{
	for (; *list; list++) {
		size_t len = strcspn(*list, "*");

		if (!strncmp(*list, key, len) && ((*list)[len] || !key[len]))
			return true;
	}
	return false;
}

void text_suggest(struct suggestion *suggestion, const char *key, const char *const *list)
{
	for (; *list; list++)
		if (!strchr(*list, '*'))
			suggestion_consider(suggestion, key, *list);
}

/* ---- values ---- */

/* Reads exactly `len` bytes from pairs of hexadecimal digits, which must be the whole text. */
static bool parse_hex(uint8_t *bytes, size_t len, const char *text)
{
	return strlen(text) == 2 * len && hex_parse(bytes, len, text);
}

/*
 * Returns the character of the escape sequence at *at, after its backslash, and advances *at; -1: none. As in wpa_supplicant, the
 * backslash before another character has no effect, nor has \x without digits.
 */
static int parse_escape(const char **at, const char *end)
{
	static const char letters[] = "nrte\"\\", characters[] = "\n\r\t\x1b\"\\";
	const char *letter = *at < end ? strchr(letters, **at) : NULL;
	int value = 0, digit, count = 0;

	if (letter) {
		(*at)++;
		return characters[letter - letters];
	}
	if (*at < end && **at == 'x') {
		for ((*at)++; count < 2 && *at < end && (digit = hex_digit(**at)) >= 0; count++, (*at)++)
			value = value * 16 + digit;
		return count ? value : -1;
	}
	for (; count < 3 && *at < end && **at >= '0' && **at <= '7'; count++)
		value = value * 8 + *(*at)++ - '0';
	return count ? value & 0xff : -1;
}

static bool is_quoted(const char *text)
{
	size_t len = strlen(text);

	return len >= 2 && text[0] == '"' && text[len - 1] == '"';
}

/* Reads the bytes of P"text with escape sequences". */
static bool parse_printf(uint8_t *bytes, size_t room, size_t *len, const char *text)
{
	const char *at = text + 2, *end = text + strlen(text) - 1;

	for (*len = 0; at < end && *len <= room;) {
		int ch = (uint8_t)*at++;

		if (ch == '\\')
			ch = parse_escape(&at, end);
		if (ch >= 0 && *len < room)
			bytes[*len] = (uint8_t)ch;
		*len += ch >= 0;
	}
	return *len <= room;
}

bool text_parse_string(uint8_t *bytes, size_t room, size_t *len, const char *text)
{
	*len = 0;
	if (text[0] == 'P' && is_quoted(text + 1))
		return parse_printf(bytes, room, len, text);
	if (is_quoted(text)) {
		*len = strlen(text) - 2;
		if (*len <= room)
			memcpy(bytes, text + 1, *len);
		return *len <= room;
	}
	if (!form_is_hex(text, 0, SIZE_MAX))
		return false;
	*len = strlen(text) / 2;
	return *len <= room && parse_hex(bytes, *len, text);
}

bool text_parse_ssid(uint8_t ssid[SSID_MAX], size_t *len, const char *text, struct error *error)
{
	if (text_parse_string(ssid, SSID_MAX, len, text))
		return true;
	if (*len)
		return error_set(error, false, "ssid has more than %d bytes", SSID_MAX);
	return error_set(
		error, false,
		"ssid must be \"text\" in quotes, P\"text with \\n or \\x20\", or at most %d pairs of hexadecimal "
		"digits",
		SSID_MAX);
}

bool text_parse_passphrase(struct text_psk *psk, const char *text, size_t len, struct error *error)
{
	if (len < PASSPHRASE_MIN || len > PASSPHRASE_MAX)
		return error_set(error, false, "the passphrase has %zu characters; it must have %d to %d%s", len,
				 PASSPHRASE_MIN, PASSPHRASE_MAX,
				 len == 2 * PMK_LEN
					 ? " (64 hexadecimal digits are a key: use wpa_psk, or psk without quotes)"
					 : "");
	/* The standard has ASCII only; hostapd and wpa_supplicant take other bytes, such as umlauts, as they are. */
	for (size_t i = 0; i < len; i++)
		if ((unsigned char)text[i] < 32 || text[i] == 127)
			return error_set(error, false, "character %zu of the passphrase is a control character", i + 1);
	*psk = (struct text_psk){.set = true};
	memcpy(psk->passphrase, text, len);
	return true;
}

bool text_parse_pmk(struct text_psk *psk, const char *text, struct error *error)
{
	struct text_psk parsed = {.set = true, .has_pmk = true};

	if (!parse_hex(parsed.pmk, PMK_LEN, text))
		return error_set(error, false, "the key has %zu characters; it must have %d hexadecimal digits",
				 strlen(text), 2 * PMK_LEN);
	*psk = parsed;
	crypto_wipe(&parsed, sizeof(parsed));
	return true;
}

int text_psk_to_pmk(struct text_psk *psk, struct crypto *crypto, const uint8_t *ssid, size_t ssid_len,
		    uint8_t pmk[PMK_LEN])
{
	int ret = 0;

	if (!psk->has_pmk)
		ret = kdf_pmk(crypto, psk->passphrase, strlen(psk->passphrase), ssid, ssid_len, psk->pmk);
	if (ret == 0) {
		memcpy(pmk, psk->pmk, PMK_LEN);
		psk->has_pmk = true;
		crypto_wipe(psk->passphrase, sizeof(psk->passphrase));
	}
	return ret;
}

bool text_parse_wep(struct text_wep *wep, const char *text, struct error *error)
{
	size_t len = strlen(text);
	bool is_text = is_quoted(text);
	size_t key_len = is_text ? len - 2 : len / 2;

	wep->set = false;
	if ((key_len != 5 && key_len != 13) || (!is_text && !parse_hex(wep->key, key_len, text)))
		return error_set(error, false,
				 "a WEP key must be 10 or 26 hexadecimal digits, or 5 or 13 characters in quotes");
	if (is_text)
		memcpy(wep->key, text + 1, key_len);
	wep->cipher = key_len == 5 ? CIPHER_WEP_40 : CIPHER_WEP_104;
	return wep->set = true;
}

struct text_keyword {
	const char *name;
	unsigned value;
};

enum { WORD_SIZE = 24 };

/* Copies the next word of *text and advances *text; false at the end. A longer word is cut: it is no keyword. */
static bool next_word(const char **text, char word[WORD_SIZE])
{
	size_t len;

	*text += strspn(*text, " \t");
	len = strcspn(*text, " \t");
	snprintf(word, WORD_SIZE, "%.*s", (int)len, *text);
	*text += len;
	return len > 0;
}

static const struct text_keyword *find_keyword(const struct text_keyword *words, const char *name)
{
	while (words->name && strcmp(words->name, name) != 0)
		words++;
	return words->name ? words : NULL;
}

static bool unknown_keyword(const struct text_keyword *words, const char *key, const char *name, struct error *error)
{
	char known[200] = "";
	size_t len = 0;

	for (; words->name && len < sizeof(known); words++)
		len += (size_t)snprintf(known + len, sizeof(known) - len, "%s%s", len ? ", " : "", words->name);
	return error_set(error, false, "unknown word `%s` in %s; known are %s", name, key, known);
}

static bool parse_keyword_set(uint32_t *set, const struct text_keyword *words, const char *key, const char *text,
			      struct error *error)
{
	char name[WORD_SIZE];
	uint32_t result = 0;

	while (next_word(&text, name)) {
		const struct text_keyword *word = find_keyword(words, name);

		if (!word)
			return unknown_keyword(words, key, name, error);
		result |= 1u << word->value;
	}
	if (!result)
		return error_set(error, false, "%s is empty; set a value or remove the key", key);
	*set = result;
	return true;
}

bool text_parse_ciphers(uint32_t *set, const char *key, const char *text, struct error *error)
{
	static const struct text_keyword words[] = {
		{"CCMP", CIPHER_CCMP_128},     {"CCMP-256", CIPHER_CCMP_256}, {"GCMP", CIPHER_GCMP_128},
		{"GCMP-256", CIPHER_GCMP_256}, {"TKIP", CIPHER_TKIP},         {0},
	};

	return parse_keyword_set(set, words, key, text, error);
}

bool text_parse_group_mgmt(uint32_t *set, const char *key, const char *text, struct error *error)
{
	static const struct text_keyword words[] = {
		{"AES-128-CMAC", CIPHER_BIP_CMAC_128},
		{"BIP-GMAC-128", CIPHER_BIP_GMAC_128},
		{"BIP-GMAC-256", CIPHER_BIP_GMAC_256},
		{"BIP-CMAC-256", CIPHER_BIP_CMAC_256},
		{0},
	};

	return parse_keyword_set(set, words, key, text, error);
}

/* AKMs of hostapd and wpa_supplicant that the table of AKMs (wire/suite.h) does not have. */
static const char *const unsupported_akms[] = {
	"FT-EAP",
	"FT-EAP-SHA384",
	"WPA-EAP-SHA384",
	"WPA-EAP-SUITE-B",
	"WPA-EAP-SUITE-B-192",
	"DPP",
	"IEEE8021X",
	"WPA-NONE",
	"OSEN",
	"WPS",
	"FILS-SHA256",
	"FILS-SHA384",
	"FT-FILS-SHA256",
	"FT-FILS-SHA384",
	"PASN",
	"WAPI-PSK",
	NULL,
};

/* Those that came after 2.10, are not built into Debian's hostapd, or that only wpa_supplicant knows. */
static const char *const newer_akms[] = {
	"SAE-EXT-KEY", "FT-SAE-EXT-KEY", "WPA-EAP-SHA384", "PASN", "WAPI-PSK", "IEEE8021X", "WPA-NONE", "WPS", NULL,
};

static void note_newer(struct text_akms *akms, const char *name)
{
	if (!akms->newer[0] && text_list_has(newer_akms, name))
		memcpy(akms->newer, name, sizeof(akms->newer));
}

static bool unknown_akm(const char *key, const char *name, struct error *error)
{
	struct text_keyword supported[AKM_COUNT + 1] = {0};
	size_t count = 0;

	for (enum akm akm = 0; akm < AKM_COUNT; akm++)
		if (akm_info(akm)->supported)
			supported[count++] = (struct text_keyword){akm_info(akm)->name, akm};
	return unknown_keyword(supported, key, name, error);
}

bool text_parse_akms(struct text_akms *akms, const char *key, const char *text, struct error *error)
{
	struct text_akms result = {0};
	char name[WORD_SIZE];

	while (next_word(&text, name)) {
		enum akm akm = akm_from_name(name);

		note_newer(&result, name);
		if (!strcmp(name, "NONE"))
			result.none = true;
		else if (akm != AKM_NONE && akm_info(akm)->supported)
			result.set |= 1u << akm;
		else if (akm == AKM_NONE && !text_list_has(unsupported_akms, name))
			return unknown_akm(key, name, error);
		else if (!result.unsupported_count++)
			memcpy(result.unsupported, name, sizeof(result.unsupported));
	}
	if (!result.set && !result.none && !result.unsupported_count)
		return error_set(error, false, "%s is empty; set a value or remove the key", key);
	*akms = result;
	return true;
}

bool text_parse_vlan_id(uint16_t *vlan, const char *word, struct error *error)
{
	char *end;
	unsigned long id = strtoul(word, &end, 10);

	if (!*word || *word == '-' || *end || id < 1 || id > TEXT_VLAN_MAX)
		return error_set(error, false, "a VLAN id must be a number from 1 to %d, not `%.60s`", TEXT_VLAN_MAX,
				 word);
	*vlan = (uint16_t)id;
	return true;
}
