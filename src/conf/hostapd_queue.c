/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/hostapd_queue.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define CW_MAX         32767
#define BURST_MAX      20970 /* tenths of a millisecond: more do not fit into 16 bits of 32 us */
#define TENTH_MS_IN_US 100
#define TXOP_UNIT_US   32

void hostapd_queues_init(struct nl80211_ap_queue queues[NL80211_AP_QUEUES])
{
	static const struct nl80211_ap_queue defaults[NL80211_AP_QUEUES] = {
		{.aifs = 1, .cw_min = 3, .cw_max = 7, .txop = 47},
		{.aifs = 1, .cw_min = 7, .cw_max = 15, .txop = 94},
		{.aifs = 3, .cw_min = 15, .cw_max = 63, .txop = 0},
		{.aifs = 7, .cw_min = 15, .cw_max = 1023, .txop = 0},
	};

	memcpy(queues, defaults, sizeof(defaults));
}

bool hostapd_read_queue_aifs(void *field, size_t size, const char *value, struct error *error)
{
	struct nl80211_ap_queue *queue = field;
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	(void)size;
	if (*end || !isdigit((unsigned char)*value) || number > UINT8_MAX)
		return error_set(error, false, "tx_queue_data…_aifs must be a number from 0 to 255, not `%.60s`",
				 value);
	queue->given = true;
	queue->aifs = (uint8_t)number;
	return true;
}

/* A contention window has 2^n - 1 slots (IEEE 802.11-2020, 10.23.2.2). */
static bool read_window(uint16_t *window, const char *key, const char *value, struct error *error)
{
	char *end;
	unsigned long number = strtoul(value, &end, 10);

	if (*end || !isdigit((unsigned char)*value) || !number || number > CW_MAX || (number & (number + 1)))
		return error_set(error, false,
				 "tx_queue_data…_%s must be one of 1, 3, 7, 15 and so on to 32767, not `%.60s`", key,
				 value);
	*window = (uint16_t)number;
	return true;
}

bool hostapd_read_queue_cw_min(void *field, size_t size, const char *value, struct error *error)
{
	struct nl80211_ap_queue *queue = field;

	(void)size;
	queue->given = true;
	return read_window(&queue->cw_min, "cwmin", value, error);
}

bool hostapd_read_queue_cw_max(void *field, size_t size, const char *value, struct error *error)
{
	struct nl80211_ap_queue *queue = field;

	(void)size;
	queue->given = true;
	return read_window(&queue->cw_max, "cwmax", value, error);
}

/* Rounded to units of 32 us as hostapd does. */
bool hostapd_read_queue_burst(void *field, size_t size, const char *value, struct error *error)
{
	struct nl80211_ap_queue *queue = field;
	char *end;
	unsigned long milliseconds = strtoul(value, &end, 10), tenths = milliseconds * 10;

	(void)size;
	if (end != value && *end == '.' && isdigit((unsigned char)end[1])) {
		tenths += (unsigned long)(end[1] - '0');
		end += 2;
		end += strspn(end, "0123456789");
	}
	if (*end || !isdigit((unsigned char)*value) || milliseconds > BURST_MAX || tenths > BURST_MAX)
		return error_set(error, false,
				 "tx_queue_data…_burst must be milliseconds from 0 to 2097, with one decimal (1.5), "
				 "not `%.60s`",
				 value);
	queue->given = true;
	queue->txop = (uint16_t)((tenths * TENTH_MS_IN_US + TXOP_UNIT_US / 2) / TXOP_UNIT_US);
	return true;
}
