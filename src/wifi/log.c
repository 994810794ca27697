/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/log.h"

#include "base/mac.h"
#include "base/printable.h"
#include "daemon/clock.h"
#include "wire/codes.h"
#include "wire/ieee80211.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/time.h>
#include <syslog.h>

enum { LIMITED_PER_S = 20 }; /* lines of wifi_log_limited() in a second */

static void write_line(struct wifi_log *log, const char *interface, const char *line)
{
	struct timeval now;

	if (log->use_syslog) {
		syslog(LOG_INFO, "%s%s%s", interface ? interface : "", interface ? ": " : "", line);
		return;
	}
	if (log->timestamps) {
		gettimeofday(&now, NULL);
		fprintf(log->file, "%lld.%06ld: ", (long long)now.tv_sec, (long)now.tv_usec);
	}
	fprintf(log->file, "%s%s%s\n", interface ? interface : "", interface ? ": " : "", line);
	fflush(log->file);
}

#define FORMAT_LINE(line, format)                                \
	do {                                                     \
		char text_[sizeof(line)];                        \
		va_list list_;                                   \
		va_start(list_, format);                         \
		vsnprintf(text_, sizeof(text_), format, list_);  \
		va_end(list_);                                   \
		printable_copy(line, sizeof(line), text_, true); \
	} while (0)

void wifi_log_printf(struct wifi_log *log, const char *interface, const char *format, ...)
{
	char line[600];

	FORMAT_LINE(line, format);
	if (log->reason)
		snprintf(log->reason, log->reason_room, "%s", line);
	write_line(log, interface, line);
}

bool wifi_log_reopen(struct wifi_log *log)
{
	FILE *file = log->path ? fopen(log->path, "ae") : NULL;

	if (!file)
		return !log->path;
	fclose(log->file);
	log->file = file;
	return true;
}

static bool limit_allows(struct wifi_log *log)
{
	uint64_t second = monotonic_ns() / 1000000000;
	char line[60];

	if (second != log->limited_second && log->limited_lines > LIMITED_PER_S) {
		snprintf(line, sizeof(line), "… and %u more lines in one second", log->limited_lines - LIMITED_PER_S);
		write_line(log, NULL, line);
	}
	if (second != log->limited_second)
		log->limited_lines = 0;
	log->limited_second = second;
	return ++log->limited_lines <= LIMITED_PER_S || log->debug;
}

void wifi_log_limited(struct wifi_log *log, const char *interface, const char *format, ...)
{
	char line[600];

	if (!limit_allows(log))
		return;
	FORMAT_LINE(line, format);
	write_line(log, interface, line);
}

static bool is_debug_note(enum note note)
{
	switch (note) {
	case NOTE_SCANNING:
	case NOTE_SCHEDULED:
	case NOTE_SCANNED:
	case NOTE_BSS_ADDED:
	case NOTE_BSS_REMOVED:
	case NOTE_JOINING:
	case NOTE_AUTHENTICATED:
	case NOTE_ASSOCIATED:
	case NOTE_KEYS_NEGOTIATED:
	case NOTE_POLLED:
	case NOTE_FRAME:
	case NOTE_ACTION_STATUS:
	case NOTE_MEASUREMENT:
	case NOTE_TRANSITION:
	case NOTE_REKEYED:
	case NOTE_GROUP_REKEYED:
	case NOTE_SA_QUERY:
	case NOTE_PMKSA_ADDED:
	case NOTE_PMKSA_REMOVED:
	case NOTE_SIGNAL_CHANGE:
	case NOTE_NO_BEACON:
	case NOTE_REGDOM:
		return true;
	default:
		return false;
	}
}

/* The driver writes these to the log itself, with more words. */
static bool is_logged(enum note note)
{
	return note >= NOTE_CHOOSING && note <= NOTE_NO_CHANNEL;
}

/* An SSID can contain control characters, which would move the cursor or begin another line. */
static void escape_controls(char *to, size_t room, const char *from)
{
	size_t len = 0;

	for (; *from && len + 5 < room; from++)
		if ((uint8_t)*from < 32 || *from == 127)
			len += (size_t)snprintf(to + len, room - len, "\\x%02x", (uint8_t)*from);
		else
			to[len++] = *from;
	to[len] = '\0';
}

/* " (code 17): words", or "" for a note without a code. */
static void format_code(char *text, size_t room, const struct action *action)
{
	const char *words = action->note == NOTE_REJECTED ? status_text(action->code) : reason_text(action->code);

	text[0] = '\0';
	if (action->code)
		snprintf(text, room, " (code %u)%s%s", action->code, words ? ": " : "", words ? words : "");
}

void wifi_log_note(struct wifi_log *log, const char *interface, const struct action *action)
{
	char mac[MAC_TEXT_SIZE] = "", about[4 * sizeof(action->detail)] = "", code[160],
	     raw[sizeof(action->detail) + 1];

	if (is_logged(action->note) || (is_debug_note(action->note) && !log->debug))
		return;
	if (!mac_is_zero(action->addr))
		mac_format(mac, action->addr);
	snprintf(raw, sizeof(raw), "%.*s", (int)sizeof(action->detail), action->detail);
	escape_controls(about, sizeof(about), raw);
	format_code(code, sizeof(code), action);
	if (action->note == NOTE_SILENT && action->awaited != AWAITED_UNKNOWN)
		snprintf(code, sizeof(code), " (%s did not come)", awaited_text(action->awaited));
	wifi_log_limited(log, interface, "%s%s%s%s%s%s", mac, *mac ? ": " : "", note_text(action->note),
			 *about ? ": " : "", about, code);
}

void wifi_log_drop(struct wifi_log *log, const char *interface, const uint8_t *addr, enum drop drop)
{
	char mac[MAC_TEXT_SIZE] = "";

	if (log->debug < 2)
		return;
	if (addr && !mac_is_zero(addr))
		mac_format(mac, addr);
	wifi_log_printf(log, interface, "%s%sdropped (%s): %s", mac, *mac ? ": " : "", drop_name(drop),
			drop_sentence(drop));
}

static const char *frame_kind(uint16_t fc)
{
	static const char *const control[] = {
		"control",           "control",   "control", "control", "control", "control", "control", "control",
		"block ack request", "block ack", "PS-Poll", "RTS",     "CTS",     "ack",     "control", "control"};

	if (dot11_is_management(fc))
		return dot11_management_name(fc);
	if ((fc & FC_TYPE) == FC_CONTROL)
		return control[fc >> 4 & 15];
	if (!dot11_is_data(fc))
		return "frame of unknown type";
	return fc & FC_NULL ? "null" : "data";
}

void wifi_log_frame(struct wifi_log *log, const char *interface, char direction, const struct frame *frame)
{
	char to[MAC_TEXT_SIZE] = "", from[MAC_TEXT_SIZE] = "";
	uint16_t fc;

	if (log->debug < 2 || frame->len < DOT11_OFF_ADDR2)
		return;
	fc = le16(frame->data);
	/* Beacons would hide all other frames. */
	if (dot11_is_management(fc) && (fc & FC_SUBTYPE) == 0x80 && log->debug < 3)
		return;
	mac_format(to, frame->data + DOT11_OFF_ADDR1);
	if (frame->len >= DOT11_OFF_ADDR3)
		mac_format(from, frame->data + DOT11_OFF_ADDR2);
	wifi_log_printf(log, interface, "%c %s%s%s%s, %s → %s, %zu bytes", direction, frame_kind(fc),
			fc & FC_PROTECTED ? ", protected" : "", fc & FC_RETRY ? ", retry" : "",
			fc & FC_PM ? ", power management" : "", from, to, frame->len);
}

void wifi_log_drop_counts(struct wifi_log *log, const char *interface, const uint64_t drops[DROP_COUNT])
{
	for (int reason = NOT_DROPPED + 1; reason < DROP_COUNT; reason++)
		if (drops[reason])
			wifi_log_printf(log, interface, "%" PRIu64 " dropped (%s): %s %s", drops[reason],
					drop_name((enum drop)reason), drop_sentence((enum drop)reason),
					drop_hint((enum drop)reason));
}
