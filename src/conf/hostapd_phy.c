/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_phy.h"

#include "base/text.h"
#include "mlme/ap.h"
#include "wire/ie.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct capability {
	const char *name;
	uint32_t mask, value; /* the field, and what it becomes */
};

static const struct capability ht_capabilities[] = {
	{"LDPC", 0x0001, 0x0001},           {"SMPS-STATIC", 0x000c, 0x0000},
	{"SMPS-DYNAMIC", 0x000c, 0x0004},   {"GF", 0x0010, 0x0010},
	{"SHORT-GI-20", 0x0020, 0x0020},    {"SHORT-GI-40", 0x0040, 0x0040},
	{"TX-STBC", 0x0080, 0x0080},        {"RX-STBC1", 0x0300, 0x0100},
	{"RX-STBC12", 0x0300, 0x0200},      {"RX-STBC123", 0x0300, 0x0300},
	{"DELAYED-BA", 0x0400, 0x0400},     {"MAX-AMSDU-7935", 0x0800, 0x0800},
	{"DSSS_CCK-40", 0x1000, 0x1000},    {"40-INTOLERANT", 0x4000, 0x4000},
	{"LSIG-TXOP-PROT", 0x8000, 0x8000}, {0},
};

static const struct capability vht_capabilities[] = {
	{"MAX-MPDU-7991", 0x00000003, 0x00000001},
	{"MAX-MPDU-11454", 0x00000003, 0x00000002},
	{"VHT160", 0x0000000c, 0x00000004},
	{"VHT160-80PLUS80", 0x0000000c, 0x00000008},
	{"RXLDPC", 0x00000010, 0x00000010},
	{"SHORT-GI-80", 0x00000020, 0x00000020},
	{"SHORT-GI-160", 0x00000040, 0x00000040},
	{"TX-STBC-2BY1", 0x00000080, 0x00000080},
	{"RX-STBC-1", 0x00000700, 0x00000100},
	{"RX-STBC-12", 0x00000700, 0x00000200},
	{"RX-STBC-123", 0x00000700, 0x00000300},
	{"RX-STBC-1234", 0x00000700, 0x00000400},
	{"SU-BEAMFORMER", 0x00000800, 0x00000800},
	{"SU-BEAMFORMEE", 0x00001000, 0x00001000},
	{"BF-ANTENNA-2", 0x0000e000, 0x00002000},
	{"BF-ANTENNA-3", 0x0000e000, 0x00004000},
	{"BF-ANTENNA-4", 0x0000e000, 0x00006000},
	{"SOUNDING-DIMENSION-2", 0x00070000, 0x00010000},
	{"SOUNDING-DIMENSION-3", 0x00070000, 0x00020000},
	{"SOUNDING-DIMENSION-4", 0x00070000, 0x00030000},
	{"MU-BEAMFORMER", 0x00080000, 0x00080000},
	{"VHT-TXOP-PS", 0x00200000, 0x00200000},
	{"HTC-VHT", 0x00400000, 0x00400000},
	{"MAX-A-MPDU-LEN-EXP0", 0x03800000, 0x00000000},
	{"MAX-A-MPDU-LEN-EXP1", 0x03800000, 0x00800000},
	{"MAX-A-MPDU-LEN-EXP2", 0x03800000, 0x01000000},
	{"MAX-A-MPDU-LEN-EXP3", 0x03800000, 0x01800000},
	{"MAX-A-MPDU-LEN-EXP4", 0x03800000, 0x02000000},
	{"MAX-A-MPDU-LEN-EXP5", 0x03800000, 0x02800000},
	{"MAX-A-MPDU-LEN-EXP6", 0x03800000, 0x03000000},
	{"MAX-A-MPDU-LEN-EXP7", 0x03800000, 0x03800000},
	{"VHT-LINK-ADAPT2", 0x0c000000, 0x08000000},
	{"VHT-LINK-ADAPT3", 0x0c000000, 0x0c000000},
	{"RX-ANTENNA-PATTERN", 0x10000000, 0x10000000},
	{"TX-ANTENNA-PATTERN", 0x20000000, 0x20000000},
	{0},
};

/* Returns the row of the name, which has `len` bytes. */
static const struct capability *find(const struct capability *list, const char *name, size_t len)
{
	for (; list->name; list++)
		if (strlen(list->name) == len && !memcmp(list->name, name, len))
			return list;
	return NULL;
}

/* Takes the next [NAME] from *text. Returns NULL at the end, or for something else: then *text does not end there. */
static const char *next_name(const char **text, size_t *len)
{
	const char *name, *end;

	*text += strspn(*text, " \t");
	if (**text != '[' || !(end = strchr(*text, ']')))
		return NULL;
	name = *text + 1;
	*len = (size_t)(end - name);
	*text = end + 1;
	return name;
}

static void note_unknown(char unknown[HOSTAPD_UNKNOWN_MAX], const char *name, size_t len)
{
	if (!unknown[0])
		snprintf(unknown, HOSTAPD_UNKNOWN_MAX, "%.*s", (int)len, name);
}

bool hostapd_read_ht_capab(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_ht *ht = field;
	const char *name;
	size_t len;

	(void)size;
	*ht = (struct hostapd_ht){.given = true, .capab = 0x000c};
	while ((name = next_name(&value, &len))) {
		const struct capability *row = find(ht_capabilities, name, len);

		if (len == 5 && !memcmp(name, "HT40", 4) && (name[4] == '+' || name[4] == '-')) {
			int secondary = name[4] == '+' ? 1 : -1;

			ht->either |= ht->secondary == -secondary;
			ht->secondary = ht->secondary ? ht->secondary : secondary;
		} else if (row) {
			ht->capab = (uint16_t)((ht->capab & ~row->mask) | row->value);
		} else {
			note_unknown(ht->unknown, name, len);
		}
	}
	return !*value ||
	       error_set(error, false, "ht_capab must be a list like [HT40+][SHORT-GI-20], not `%.60s`", value);
}

bool hostapd_read_vht_capab(void *field, size_t size, const char *value, struct error *error)
{
	struct hostapd_vht *vht = field;
	const char *name;
	size_t len;

	(void)size;
	*vht = (struct hostapd_vht){.given = true};
	while ((name = next_name(&value, &len))) {
		const struct capability *row = find(vht_capabilities, name, len);

		if (!row) {
			note_unknown(vht->unknown, name, len);
			continue;
		}
		vht->capab = (vht->capab & ~row->mask) | row->value;
	}
	return !*value ||
	       error_set(error, false, "vht_capab must be a list like [SHORT-GI-80][RXLDPC], not `%.60s`", value);
}

bool hostapd_read_he_wish(void *field, size_t size, const char *value, struct error *error)
{
	(void)size;
	if (strcmp(value, "0") != 0 && strcmp(value, "1") != 0)
		return error_set(error, false, "he_su_beamformer and its like must be 0 or 1, not `%.60s`", value);
	*(int *)field = *value == '1' ? AP_WISH_ON : AP_WISH_OFF;
	return true;
}

static bool are_elements(const struct ap_own_elements *elements)
{
	struct span rest = {elements->bytes, elements->len};
	struct element element;
	size_t len = 0;

	while (element_next(&rest, &element))
		len += element.whole.len;
	return len == elements->len;
}

/* Empty: none. */
bool hostapd_read_elements(void *field, size_t size, const char *value, struct error *error)
{
	struct ap_own_elements elements = {.len = (uint16_t)(strlen(value) / 2)};

	(void)size;
	if (strlen(value) % 2 || elements.len > sizeof(elements.bytes) ||
	    !hex_parse(elements.bytes, elements.len, value) || !are_elements(&elements))
		return error_set(
			error, false,
			"vendor_elements and assocresp_elements must be whole elements in hexadecimal digits, of at "
			"most %d bytes (dd0411223301), not `%.60s`",
			AP_OWN_ELEMENTS_MAX, value);
	*(struct ap_own_elements *)field = elements;
	return true;
}

bool hostapd_read_bitmap(void *field, size_t size, const char *value, struct error *error)
{
	const char *next = value + strspn(value, " \t");
	uint64_t bits = 0;

	(void)size;
	while (*next) {
		char *end;
		unsigned long number = strtoul(next, &end, 10);

		if (*next < '0' || *next > '9' || number > 63)
			return error_set(error, false, "he_spr_srg_… must be numbers from 0 to 63, not `%.60s`", value);
		bits |= UINT64_C(1) << number;
		next = end + strspn(end, " \t");
	}
	*(uint64_t *)field = bits;
	return true;
}

bool hostapd_read_country(void *field, size_t size, const char *value, struct error *error)
{
	char *country = field;

	if (strlen(value) != 2 || size < 3 || value[0] < 'A' || value[0] > 'Z' || value[1] < 'A' || value[1] > 'Z')
		return error_set(error, false, "country_code must be two capital letters (DE), not `%.60s`", value);
	memcpy(country, value, 3);
	return true;
}

/* hostapd reads hexadecimal digits, with or without 0x. */
bool hostapd_read_environment(void *field, size_t size, const char *value, struct error *error)
{
	char *end;
	unsigned long number = strtoul(value, &end, 16);

	(void)size;
	if (*end || !*value || number > 0xff)
		return error_set(error, false,
				 "country3 must be a hexadecimal number of one byte, as 0x49 (indoors), 0x4f "
				 "(outdoors) or 0x20 (either), not `%.60s`",
				 value);
	*(uint8_t *)field = (uint8_t)number;
	return true;
}

/* -1 and 2346 both turn fragmentation off. */
bool hostapd_read_fragment(void *field, size_t size, const char *value, struct error *error)
{
	char *end;
	long number = strtol(value, &end, 10);
	uint32_t threshold = number == -1 || number == 2346 ? 0 : (uint32_t)number;

	(void)size;
	if (*end || !*value || (threshold && (number < 256 || number > 2346)))
		return error_set(
			error, false,
			"fragm_threshold must be a number from 256 to 2346, or -1 for no fragmentation, not `%.60s`",
			value);
	*(uint32_t *)field = threshold;
	return true;
}

/* -1 and 2347 both turn RTS off. */
bool hostapd_read_rts(void *field, size_t size, const char *value, struct error *error)
{
	char *end;
	long number = strtol(value, &end, 10);

	(void)size;
	if (*end || !*value || number < -1 || number > 65535)
		return error_set(error, false,
				 "rts_threshold must be a number from 0 to 65535, or -1 for no RTS, not `%.60s`",
				 value);
	*(uint32_t *)field = number == -1 || number == 2347 ? 0 : (uint32_t)number;
	return true;
}

int hostapd_phy_secondary(bool is_5ghz, uint32_t channel)
{
	if (!is_5ghz)
		return channel >= 5 ? -1 : 1;
	return (channel - (channel < 149 ? 36 : 149)) / 4 % 2 ? -1 : 1;
}

/* vht_oper_chwidth: 0 is 20 or 40 MHz, 1 is 80, 2 is 160. */
uint16_t hostapd_phy_width_mhz(const struct hostapd_phy *phy)
{
	static const uint16_t wide[] = {0, 80, 160};
	uint32_t width = phy->ac ? phy->vht_width : 0;

	if (!phy->n)
		return 0;
	if (phy->width_6ghz_mhz)
		return phy->width_6ghz_mhz;
	if (phy->ax && phy->he_width > width)
		width = phy->he_width;
	return width ? wide[width] : phy->ht.secondary ? 40 : 20;
}

uint32_t hostapd_phy_center(const struct hostapd_phy *phy)
{
	if (phy->ax && phy->he_center)
		return phy->he_center;
	return phy->ac ? phy->vht_center : 0;
}
