/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/wifi_text.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- files and lines ---- */

char *text_load(const char *path, struct why *why)
{
	FILE *f = fopen(path, "re");
	char *text = f ? calloc(1, TEXT_FILE_MAX + 2) : NULL;
	size_t n = text ? fread(text, 1, TEXT_FILE_MAX + 1, f) : 0;

	if (!f || !text || ferror(f))
		why_set(why, 0, "%.200s: %s", path, strerror(errno));
	else if (n > TEXT_FILE_MAX)
		why_set(why, 0, "%.200s: it is longer than %u MiB; is it the right file?", path, TEXT_FILE_MAX >> 20);
	else if (strlen(text) != n)
		why_set(why, 0, "%.200s: it holds a byte of zero; is it the right file?", path);
	else {
		fclose(f);
		return text;
	}
	if (f)
		fclose(f);
	text_free(text);
	return NULL;
}

void text_free(char *text)
{
	if (text)
		crypto_wipe(text, strlen(text));
	free(text);
}

struct text_lines *text_lines_new(const char *text, const char *file, struct why *why)
{
	struct text_lines *l = calloc(1, sizeof *l);

	*why = (struct why){{0}};
	if (l)
		*l = (struct text_lines){.at = text, .file = file};
	else
		why_set(why, 0, "%.160s: no memory", file);
	return l;
}

void text_lines_free(struct text_lines *l)
{
	if (l)
		crypto_wipe(l, sizeof *l);
	free(l);
}

bool text_next(struct text_lines *l, struct why *why)
{
	size_t n = strcspn(l->at, "\n");

	if (!*l->at)
		return false;
	l->number++;
	if (n >= sizeof l->line) {
		why_set(why, 0, "this line is longer than %zu characters", sizeof l->line - 1);
		return text_at(l->file, l->number, why);
	}
	memcpy(l->line, l->at, n);
	l->line[n] = '\0';
	if (n && l->line[n - 1] == '\r')
		l->line[n - 1] = '\0';
	l->at += n + (l->at[n] == '\n');
	return true;
}

bool text_at(const char *file, unsigned line, struct why *why)
{
	struct why what = *why;

	return why_set(why, false, "%.160s:%u: %s", file, line, what.text);
}

char *text_trim(char *s)
{
	char *end = s + strlen(s);

	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*s))
		s++;
	return s;
}

/* ---- remarks ---- */

void text_remark(struct text_remarks *r, const char *file, unsigned line, const char *format, ...)
{
	va_list list;

	if (r->count == r->room) {
		size_t room = r->room ? 2 * r->room : 16;
		struct why *more = realloc(r->list, room * sizeof *more);

		if (!more)
			return;
		r->list = more;
		r->room = room;
	}
	struct why *w = &r->list[r->count++];
	va_start(list, format);
	vsnprintf(w->text, sizeof w->text, format, list);
	va_end(list);
	text_at(file, line, w);
}

void text_remarks_free(struct text_remarks *r)
{
	free(r->list);
	*r = (struct text_remarks){0};
}

/* ---- keys without effect ---- */

bool text_listed(const char *const *list, const char *key)
{
	for (; *list; list++) {
		size_t n = strcspn(*list, "*");

		if (!strncmp(*list, key, n) && ((*list)[n] || !key[n]))
			return true;
	}
	return false;
}

void text_offer(struct nearest *n, const char *key, const char *const *list)
{
	for (; *list; list++)
		if (!strchr(*list, '*'))
			nearest_offer(n, key, *list);
}

/* ---- values ---- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool text_hex(uint8_t *bytes, size_t len, const char *text)
{
	if (strlen(text) != 2 * len)
		return false;
	for (size_t i = 0; i < len; i++, text += 2) {
		int high = digit(text[0]), low = digit(text[1]);

		if (high < 0 || low < 0)
			return false;
		bytes[i] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* What stands behind a backslash at *at, which moves on; -1: nothing that is known. */
static int escaped(const char **at, const char *end)
{
	const char c = *at < end ? *(*at)++ : 0;
	int n = 0, d;

	switch (c) {
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	case 'e':
		return 0x1b;
	case '"':
	case '\\':
		return c;
	case 'x':
		if (*at == end || digit(**at) < 0)
			return -1;
		for (int i = 0; i < 2 && *at < end && (d = digit(**at)) >= 0; i++, (*at)++)
			n = n * 16 + d;
		return n;
	}
	if (c < '0' || c > '7')
		return -1;
	n = c - '0';
	for (int i = 0; i < 2 && *at < end && **at >= '0' && **at <= '7'; i++)
		n = n * 8 + *(*at)++ - '0';
	return n <= 255 ? n : -1;
}

static bool quoted(const char *text)
{
	size_t n = strlen(text);

	return n >= 2 && text[0] == '"' && text[n - 1] == '"';
}

bool text_printf(uint8_t *bytes, size_t room, size_t *len, const char *text)
{
	bool is = text[0] == 'P' && quoted(text + 1);
	const char *at = is ? text + 2 : text, *end = text + strlen(text) - is;
	size_t n = 0;

	while (at < end) {
		int c = (uint8_t)*at++;

		if (is && c == '\\')
			c = escaped(&at, end);
		if (c < 0 || n == room)
			return false;
		bytes[n++] = (uint8_t)c;
	}
	*len = n;
	return true;
}

bool text_ssid(uint8_t ssid[SSID_MAX], size_t *len, const char *text, struct why *why)
{
	size_t n = strlen(text);

	if (quoted(text)) {
		n -= 2;
		if (n <= SSID_MAX)
			memcpy(ssid, text + 1, n);
	} else if (text[0] == 'P' && quoted(text + 1)) {
		if (!text_printf(ssid, SSID_MAX, &n, text))
			return why_set(why, false,
				       "ssid is longer than %d bytes, or has an escape behind `\\` that "
				       "is none of n r t e \" \\ xHH and octal digits",
				       SSID_MAX);
	} else if (n % 2 || n > 2 * SSID_MAX || !text_hex(ssid, n / 2, text)) {
		return why_set(why, false,
			       "ssid is \"text\" in quotes, P\"text with \\n or \\x20\", or at most %d pairs "
			       "of hexadecimal digits",
			       SSID_MAX);
	} else {
		n /= 2;
	}
	if (n > SSID_MAX)
		return why_set(why, false, "ssid has %zu bytes; a network's name has at most %d", n, SSID_MAX);
	*len = n;
	return true;
}

bool text_passphrase(struct text_psk *p, const char *text, size_t len, struct why *why)
{
	if (len < PASSPHRASE_MIN || len > PASSPHRASE_MAX)
		return why_set(why, false, "the passphrase has %zu characters; it must have %d to %d%s", len,
			       PASSPHRASE_MIN, PASSPHRASE_MAX,
			       len == 2 * PMK_LEN
				       ? " (64 hexadecimal digits would be the key itself, which has another "
					 "place: wpa_psk, or psk without quotes)"
				       : "");
	for (size_t i = 0; i < len; i++)
		if (text[i] < 32 || text[i] > 126)
			return why_set(why, false,
				       "the passphrase has a character, its %zuth, that is none of the "
				       "printable ASCII characters",
				       i + 1);
	*p = (struct text_psk){.set = true};
	memcpy(p->passphrase, text, len);
	return true;
}

bool text_pmk(struct text_psk *p, const char *text, struct why *why)
{
	struct text_psk read = {.set = true, .ready = true};

	if (!text_hex(read.pmk, PMK_LEN, text))
		return why_set(why, false, "the key has %zu characters; it must be %d hexadecimal digits", strlen(text),
			       2 * PMK_LEN);
	*p = read;
	crypto_wipe(&read, sizeof read);
	return true;
}

int text_psk_pmk(const struct text_psk *p, struct crypto *c, const uint8_t *ssid, size_t ssid_len, uint8_t pmk[PMK_LEN])
{
	if (!p->ready)
		return kdf_pmk(c, p->passphrase, strlen(p->passphrase), ssid, ssid_len, pmk);
	memcpy(pmk, p->pmk, PMK_LEN);
	return 0;
}

bool text_wep(struct text_wep *w, const char *text, struct why *why)
{
	size_t len = strlen(text);
	bool text_key = quoted(text);
	size_t n = text_key ? len - 2 : len / 2;

	w->set = false;
	if ((n != 5 && n != 13) || (!text_key && !text_hex(w->key, n, text)))
		return why_set(why, false, "a WEP key is 10 or 26 hexadecimal digits, or 5 or 13 characters in quotes");
	if (text_key)
		memcpy(w->key, text + 1, n);
	w->cipher = n == 5 ? CIPHER_WEP_40 : CIPHER_WEP_104;
	return w->set = true;
}

struct word {
	const char *name;
	int value;
};

enum { OTHER = -1, NOTHING = -2 };

/* The next word of *text, cut at blanks, into `word`; false at the end. Longer ones are cut: they fit nothing. */
static bool next_word(const char **text, char word[24])
{
	size_t n;

	*text += strspn(*text, " \t");
	n = strcspn(*text, " \t");
	snprintf(word, 24, "%.*s", (int)n, *text);
	*text += n;
	return n > 0;
}

static const struct word *find(const struct word *words, const char *name)
{
	while (words->name && strcmp(words->name, name) != 0)
		words++;
	return words->name ? words : NULL;
}

static bool no_word(const struct word *words, const char *key, const char *name, struct why *why)
{
	size_t n;

	why_set(why, false, "%s takes", key);
	for (; words->name; words++)
		if (words->value >= 0) {
			n = strlen(why->text);
			snprintf(why->text + n, sizeof why->text - n, " %s", words->name);
		}
	n = strlen(why->text);
	snprintf(why->text + n, sizeof why->text - n, "; not `%s`", name);
	return false;
}

static bool words_into(uint32_t *set, const struct word *words, const char *key, const char *text, struct why *why)
{
	char name[24];
	uint32_t got = 0;

	while (next_word(&text, name)) {
		const struct word *w = find(words, name);

		if (!w)
			return no_word(words, key, name, why);
		got |= 1u << w->value;
	}
	if (!got)
		return why_set(why, false, "%s is empty; give it a value or leave it out", key);
	*set = got;
	return true;
}

bool text_ciphers(uint32_t *set, const char *key, const char *text, struct why *why)
{
	static const struct word words[] = {
		{"CCMP", CIPHER_CCMP_128},     {"CCMP-256", CIPHER_CCMP_256}, {"GCMP", CIPHER_GCMP_128},
		{"GCMP-256", CIPHER_GCMP_256}, {"TKIP", CIPHER_TKIP},         {0},
	};

	return words_into(set, words, key, text, why);
}

bool text_group_mgmt(uint32_t *set, const char *key, const char *text, struct why *why)
{
	static const struct word words[] = {
		{"AES-128-CMAC", CIPHER_BIP_CMAC_128},
		{"BIP-GMAC-128", CIPHER_BIP_GMAC_128},
		{"BIP-GMAC-256", CIPHER_BIP_GMAC_256},
		{"BIP-CMAC-256", CIPHER_BIP_CMAC_256},
		{0},
	};

	return words_into(set, words, key, text, why);
}

bool text_akm(struct text_akms *a, const char *text, struct why *why)
{
	static const struct word words[] = {
		{"WPA-PSK", AKM_PSK},
		{"WPA-PSK-SHA256", AKM_PSK_SHA256},
		{"NONE", NOTHING},
		{"SAE", OTHER},
		{"SAE-EXT-KEY", OTHER},
		{"FT-SAE", OTHER},
		{"FT-SAE-EXT-KEY", OTHER},
		{"FT-PSK", OTHER},
		{"FT-EAP", OTHER},
		{"FT-EAP-SHA384", OTHER},
		{"WPA-EAP", OTHER},
		{"WPA-EAP-SHA256", OTHER},
		{"WPA-EAP-SHA384", OTHER},
		{"WPA-EAP-SUITE-B", OTHER},
		{"WPA-EAP-SUITE-B-192", OTHER},
		{"OWE", OTHER},
		{"DPP", OTHER},
		{"IEEE8021X", OTHER},
		{"WPA-NONE", OTHER},
		{"OSEN", OTHER},
		{"WPS", OTHER},
		{"FILS-SHA256", OTHER},
		{"FILS-SHA384", OTHER},
		{"FT-FILS-SHA256", OTHER},
		{"FT-FILS-SHA384", OTHER},
		{"PASN", OTHER},
		{"WAPI-PSK", OTHER},
		{0},
	};
	struct text_akms got = {0};
	char name[24];

	while (next_word(&text, name)) {
		const struct word *w = find(words, name);

		if (!w)
			return no_word(words, "key_mgmt", name, why);
		if (w->value >= 0)
			got.set |= 1u << w->value;
		else if (w->value == NOTHING)
			got.none = true;
		else if (!got.others++)
			memcpy(got.other, name, sizeof got.other);
	}
	if (!got.set && !got.none && !got.others)
		return why_set(why, false, "key_mgmt is empty; give it a value or leave it out");
	*a = got;
	return true;
}
