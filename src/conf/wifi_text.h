/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Common parts of hostapd.conf and wpa_supplicant.conf: lines, warnings, unsupported keys, SSIDs, passphrases, WEP keys,
 * and names of ciphers and AKMs.
 *
 * Functions that read a value return false with an error if it is invalid. The error does not contain values that may be
 * secret.
 */
#ifndef VIFI_CONF_WIFI_TEXT_H
#define VIFI_CONF_WIFI_TEXT_H

#include "base/error.h"
#include "base/suggest.h"
#include "crypto/kdf.h"
#include "wire/suite.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- files and lines ---- */

#define TEXT_FILE_MAX (4u << 20) /* generous for a list of addresses */
#define TEXT_LINE_MAX 4096

/* Returns a file as text, for text_file_free(), which wipes it. Returns NULL with an error that names the file. */
char *text_file_load(const char *path, struct error *error);
void text_file_free(char *text);

/* An iterator over the lines of a text. */
struct text_lines {
	const char *at;           /* the rest of the text */
	const char *file;         /* for messages */
	unsigned number;          /* of the current line, from 1 */
	bool cr;                  /* the current line ended with CR and LF */
	char line[TEXT_LINE_MAX]; /* the current line without its end: LF, or CR and LF */
};

/*
 * Returns an iterator, or NULL with an error. It borrows the text and the name of the file. It is on the heap because a
 * line may hold a secret; text_lines_free() wipes it.
 */
struct text_lines *text_lines_new(const char *text, const char *file, struct error *error);
void text_lines_free(struct text_lines *lines);

enum text_line { TEXT_LINE, TEXT_END, TEXT_ERROR };

/* Reads the next line. TEXT_ERROR: the line is too long. */
enum text_line text_lines_next(struct text_lines *lines, struct error *error);

/* Prepends "FILE:LINE: " to an error, and returns false. */
bool text_error_at(const char *file, unsigned line, struct error *error);

/* Removes blanks from both ends, in place. */
char *text_trim(char *text);

/* ---- warnings ---- */

struct text_warnings {
	struct error *list;
	size_t count, room;
	/* What hostapd or wpa_supplicant 2.10 would say to the file: for the exit code of --check. */
	bool stock_refuses; /* what we accept with a warning */
	bool stock_accepts; /* what we refuse */
};

/* Adds "FILE:LINE: …"; without memory the warning is lost. */
void text_warn(struct text_warnings *warnings, const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* The same for a line that hostapd or wpa_supplicant would refuse: sets stock_refuses. */
void text_warn_lenient(struct text_warnings *warnings, const char *file, unsigned line, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
void text_warnings_free(struct text_warnings *warnings);

/* ---- unsupported keys ---- */

/* Returns whether the list, which ends with NULL, has `key`. An entry with `*` at its end matches as a prefix. */
bool text_list_has(const char *const *list, const char *key);
void text_suggest(struct suggestion *suggestion, const char *key, const char *const *list);

/* ---- values ---- */

/* Reads an SSID: "text" in quotes, hexadecimal digits, or P"text with \n \r \t \e \" \\ \xHH and octal escapes". */
bool text_parse_ssid(uint8_t ssid[SSID_MAX], size_t *len, const char *text, struct error *error);

/* Reads the same as bytes, at most `room`. Returns false for another form, or with *len > room for a longer text. */
bool text_parse_string(uint8_t *bytes, size_t room, size_t *len, const char *text);

/* A passphrase or a PMK. The owner wipes it. */
struct text_psk {
	bool set, has_pmk;
	uint8_t pmk[PMK_LEN]; /* valid if has_pmk */
	char passphrase[PASSPHRASE_MAX + 1];
};

bool text_parse_passphrase(struct text_psk *psk, const char *text, size_t len, struct error *error);
bool text_parse_pmk(struct text_psk *psk, const char *text, struct error *error);

/*
 * Copies the PMK. The first call derives it from passphrase and SSID, which takes about a millisecond, and wipes the
 * passphrase. Returns 0 or -errno.
 */
int text_psk_to_pmk(struct text_psk *psk, struct crypto *crypto, const uint8_t *ssid, size_t ssid_len,
		    uint8_t pmk[PMK_LEN]);

/* A WEP key of 5 or 13 bytes: "text" in quotes, or hexadecimal digits; nothing is as if there were none. The owner wipes it. */
struct text_wep {
	bool set;
	enum cipher cipher;
	uint8_t key[KEY_MAX];
};

bool text_parse_wep(struct text_wep *wep, const char *text, struct error *error);

/* Read names of pairwise and group ciphers, and of ciphers for group management frames, into sets 1 << enum cipher. */
bool text_parse_ciphers(uint32_t *set, const char *key, const char *text, struct error *error);
bool text_parse_group_mgmt(uint32_t *set, const char *key, const char *text, struct error *error);

/*
 * Names of AKMs: those that the access point and the station support, as a set 1 << enum akm; NONE; and the number of
 * unsupported ones (802.1X, DPP …) with the first of their names; and the first one for which hostapd 2.10 would refuse the file.
 */
struct text_akms {
	uint32_t set;
	bool none;
	unsigned unsupported_count;
	char unsupported[24], newer[24];
};

bool text_parse_akms(struct text_akms *akms, const char *key, const char *text, struct error *error);

/* All pairwise ciphers except TKIP and WEP. */
#define TEXT_CIPHERS_DEFAULT \
	(1u << CIPHER_CCMP_128 | 1u << CIPHER_CCMP_256 | 1u << CIPHER_GCMP_128 | 1u << CIPHER_GCMP_256)

#define TEXT_VLAN_MAX 4094

/* Reads a VLAN id, 1 to 4094. Returns false with an error. */
bool text_parse_vlan_id(uint16_t *vlan, const char *word, struct error *error);

#endif
