/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/wifi.h"

#include "base/mac.h"
#include "wire/ieee80211.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/time.h>
#include <syslog.h>

enum { SELDOM = 20 }; /* lines in a second that strangers can cause */

static void out(struct wifi_log *l, const char *interface, const char *line)
{
	struct timeval t;

	if (l->system) {
		syslog(LOG_INFO, "%s%s%s", interface ? interface : "", interface ? ": " : "", line);
		return;
	}
	if (l->timestamps) {
		gettimeofday(&t, NULL);
		fprintf(l->to, "%lld.%06ld: ", (long long)t.tv_sec, (long)t.tv_usec);
	}
	fprintf(l->to, "%s%s%s\n", interface ? interface : "", interface ? ": " : "", line);
	fflush(l->to);
}

#define FORMAT(line, format)                                 \
	do {                                                 \
		va_list list_;                               \
		va_start(list_, format);                     \
		vsnprintf(line, sizeof line, format, list_); \
		va_end(list_);                               \
	} while (0)

void wifi_say(struct wifi_log *l, const char *interface, const char *format, ...)
{
	char line[600];

	FORMAT(line, format);
	out(l, interface, line);
}

/* Whether a line that strangers can cause may be said now. */
static bool may_say(struct wifi_log *l)
{
	uint64_t second = wifi_now() / 1000000000;
	char line[60];

	if (second != l->second && l->lines > SELDOM) {
		snprintf(line, sizeof line, "… and %u lines more in one second", l->lines - SELDOM);
		out(l, NULL, line);
	}
	if (second != l->second)
		l->lines = 0;
	l->second = second;
	return ++l->lines <= SELDOM || l->debug;
}

void wifi_say_seldom(struct wifi_log *l, const char *interface, const char *format, ...)
{
	char line[600];

	if (!may_say(l))
		return;
	FORMAT(line, format);
	out(l, interface, line);
}

/* What is only of interest to who looks for something. */
static bool is_detail(enum note n)
{
	return n == NOTE_SCANNING || n == NOTE_AUTHENTICATED || n == NOTE_ASSOCIATED || n == NOTE_REKEYED ||
	       n == NOTE_GROUP_REKEYED || n == NOTE_SA_QUERY;
}

/* An SSID may hold what would move the cursor of a terminal, or look like another line. */
static void printable(char *to, size_t room, const char *from)
{
	size_t n = 0;

	for (; *from && n + 5 < room; from++)
		if ((uint8_t)*from < 32 || *from == 127)
			n += (size_t)snprintf(to + n, room - n, "\\x%02x", (uint8_t)*from);
		else
			to[n++] = *from;
	to[n] = '\0';
}

void wifi_say_note(struct wifi_log *l, const char *interface, const struct action *a)
{
	char mac[MAC_TEXT] = "", about[4 * sizeof a->about] = "", code[24] = "", what[sizeof a->about + 1];

	if (is_detail(a->note) && !l->debug)
		return;
	if (!mac_is_zero(a->addr))
		mac_format(mac, a->addr);
	snprintf(what, sizeof what, "%.*s", (int)sizeof a->about, a->about);
	printable(about, sizeof about, what);
	if (a->code)
		snprintf(code, sizeof code, " (code %u)", a->code);
	wifi_say_seldom(l, interface, "%s%s%s%s%s%s", mac, *mac ? ": " : "", note_text(a->note), *about ? ": " : "",
			about, code);
}

void wifi_say_drop(struct wifi_log *l, const char *interface, const struct action *a)
{
	char mac[MAC_TEXT] = "";

	if (l->debug < 2)
		return;
	if (!mac_is_zero(a->addr))
		mac_format(mac, a->addr);
	wifi_say(l, interface, "%s%sdropped (%s): %s", mac, *mac ? ": " : "", drop_name(a->drop),
		 drop_sentence(a->drop));
}

static const char *kind_of(uint16_t fc)
{
	static const char *const management[] = {
		"association request",
		"association response",
		"reassociation request",
		"reassociation response",
		"probe request",
		"probe response",
		"timing advertisement",
		"management 7",
		"beacon",
		"ATIM",
		"disassociation",
		"authentication",
		"deauthentication",
		"action",
		"action without ack",
		"management 15",
	};
	static const char *const control[] = {
		"control",           "control",   "control", "control", "control", "control", "control", "control",
		"block ack request", "block ack", "PS-Poll", "RTS",     "CTS",     "ack",     "control", "control"};

	if (dot11_is_management(fc))
		return management[fc >> 4 & 15];
	if ((fc & FC_TYPE) == FC_CONTROL)
		return control[fc >> 4 & 15];
	if (!dot11_is_data(fc))
		return "frame of an unknown type";
	return fc & FC_NULL ? "null" : "data";
}

void wifi_say_frame(struct wifi_log *l, const char *interface, char direction, const struct frame *f)
{
	char to[MAC_TEXT] = "", from[MAC_TEXT] = "";
	uint16_t fc;

	if (l->debug < 2 || f->len < DOT11_ADDR2)
		return;
	fc = le16(f->data);
	/* Beacons would hide all else. */
	if (dot11_is_management(fc) && (fc & FC_SUBTYPE) == 0x80 && l->debug < 3)
		return;
	mac_format(to, f->data + DOT11_ADDR1);
	if (f->len >= DOT11_ADDR3)
		mac_format(from, f->data + DOT11_ADDR2);
	wifi_say(l, interface, "%c %s%s%s%s, %s → %s, %zu bytes", direction, kind_of(fc),
		 fc & FC_PROTECTED ? ", protected" : "", fc & FC_RETRY ? ", again" : "", fc & FC_PM ? ", dozes" : "",
		 from, to, f->len);
}

void wifi_say_drops(struct wifi_log *l, const char *interface, const uint64_t *drops)
{
	for (int d = NOT_DROPPED + 1; d < DROP_COUNT; d++)
		if (drops[d])
			wifi_say(l, interface, "%" PRIu64 " dropped (%s): %s %s", drops[d], drop_name((enum drop)d),
				 drop_sentence((enum drop)d), drop_hint((enum drop)d));
}
