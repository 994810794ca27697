/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hostapd.conf and wpa_supplicant.conf have in common: lines, names of ciphers, SSIDs, passphrases, WEP keys, keys
 * that are known and without effect here, and what is to be said about a file that can be used all the same.
 *
 * Readers of a value return whether they could; if not they say why, without the value where it may be a secret.
 */
#ifndef VIFI_CONF_WIFI_TEXT_H
#define VIFI_CONF_WIFI_TEXT_H

#include "base/suggest.h"
#include "base/error.h"
#include "crypto/kdf.h"
#include "wire/suite.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- files and lines ---- */

#define TEXT_FILE_MAX (4u << 20) /* no list of addresses is longer */
#define TEXT_LINE_MAX 4096

/* A whole file as text, to be given to text_file_free(), which wipes it; NULL and why, naming the file. */
char *text_file_load(const char *path, struct error *error);
void text_file_free(char *text);

/* A walk over the lines of a text. */
struct text_lines {
	const char *at;           /* the rest */
	const char *file;         /* for messages */
	unsigned number;          /* of the line that was read last, from 1 */
	char line[TEXT_LINE_MAX]; /* without its end: LF, or CR and LF */
};

/*
 * A walk over a text, which is borrowed, as is the name; the walk itself is on the heap, because a line may hold a secret.
 * Empties `why`; NULL when there is no memory, and says so.  text_lines_free() wipes it.
 */
struct text_lines *text_lines_new(const char *text, const char *file, struct error *error);
void text_lines_free(struct text_lines *lines);

/* The next line; false at the end, or with why (which was empty before) when a line is too long. */
bool text_lines_next(struct text_lines *lines, struct error *error);

/* Puts "FILE:LINE: " before what `why` says, and returns false. */
bool text_error_at(const char *file, unsigned line, struct error *error);

/* Cuts blanks off both ends, in place. */
char *text_trim(char *text);

/* ---- what is to be said about a file that can be used ---- */

struct text_warnings {
	struct error *list;
	size_t count, room;
};

/* "FILE:LINE: …"; what finds no memory is not said. */
void text_warn(struct text_warnings *warnings, const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void text_warnings_free(struct text_warnings *warnings);

/* ---- keys without effect ---- */

/* Is `key` in the list, which ends with NULL?  A name with `*` at its end is all that begin so. */
bool text_list_has(const char *const *list, const char *key);
void text_suggest(struct suggestion *suggestion, const char *key, const char *const *list);

/* ---- values ---- */

/* `len` bytes of pairs of hexadecimal digits; false when it is not just as many. */
bool text_parse_hex(uint8_t *bytes, size_t len, const char *text);

/* "text" in quotes, hexadecimal digits, or P"text with \n \r \t \e \" \\ \xHH and octal escapes". */
bool text_parse_ssid(uint8_t ssid[SSID_MAX], size_t *len, const char *text, struct error *error);

/* The bytes that stand there, or those of a P"text". */
bool text_parse_printf(uint8_t *bytes, size_t room, size_t *len, const char *text);

/* A passphrase, or the PMK itself.  Wipe it. */
struct text_psk {
	bool set, has_pmk;
	uint8_t pmk[PMK_LEN]; /* when it is ready */
	char passphrase[PASSPHRASE_MAX + 1];
};

bool text_parse_passphrase(struct text_psk *psk, const char *text, size_t len, struct error *error);
bool text_parse_pmk(struct text_psk *psk, const char *text, struct error *error);
/* The PMK of a network's name; computes it where only a passphrase is there (about a millisecond). */
int text_psk_to_pmk(const struct text_psk *psk, struct crypto *crypto, const uint8_t *ssid, size_t ssid_len,
		    uint8_t pmk[PMK_LEN]);

/* A WEP key of 5 or 13 bytes: "text" in quotes, or hexadecimal digits.  Wipe it. */
struct text_wep {
	bool set;
	enum cipher cipher;
	uint8_t key[KEY_MAX];
};

bool text_parse_wep(struct text_wep *wep, const char *text, struct error *error);

/* Words of pairwise and group ciphers, and of ciphers for group management frames, into 1 << enum cipher. */
bool text_parse_ciphers(uint32_t *set, const char *key, const char *text, struct error *error);
bool text_parse_group_mgmt(uint32_t *set, const char *key, const char *text, struct error *error);

/*
 * WPA-PSK, WPA-PSK-SHA256 and NONE, into 1 << enum akm.  What it knows but does not do (SAE, 802.1X, fast transition …)
 * is counted and its first word kept.
 */
struct text_akms {
	uint32_t set;
	bool none;
	unsigned unsupported_count;
	char unsupported[24];
};

bool text_parse_akms(struct text_akms *akms, const char *text, struct error *error);

/* All ciphers but those that only legacy networks use. */
#define TEXT_CIPHERS_DEFAULT \
	(1u << CIPHER_CCMP_128 | 1u << CIPHER_CCMP_256 | 1u << CIPHER_GCMP_128 | 1u << CIPHER_GCMP_256)

#endif
