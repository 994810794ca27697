/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The output of a station: actions, and the frames that several of its files send. */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "base/text.h"

void sta_drop(struct sta *sta, enum drop drop, const uint8_t *addr)
{
	struct action *action = actions_add(sta->out, ACTION_DROP);

	sta->drops[drop]++;
	if (!action)
		return;
	action->drop = drop;
	mac_copy(action->addr, addr);
}

struct action *sta_note(struct sta *sta, enum note note, uint16_t code)
{
	struct action *action = actions_add(sta->out, ACTION_NOTE);

	if (!action)
		return NULL;
	action->note = note;
	action->code = code;
	mac_copy(action->addr, sta->ap.bssid);
	ssid_format(action->detail, sizeof(action->detail), sta->ap.ssid, sta->ap.ssid_len);
	return action;
}

void sta_tune(struct sta *sta, uint16_t freq)
{
	struct action *action = sta->tuned_mhz == freq ? NULL : actions_add(sta->out, ACTION_TUNE);

	if (action)
		action->freq = sta->tuned_mhz = freq;
}

uint32_t sta_cookie(const struct sta *sta, enum sta_cookie kind)
{
	return kind == STA_COOKIE_NONE ? 0 : sta->attempt << 3 | kind;
}

uint64_t sta_jitter(struct sta *sta, uint64_t ns)
{
	return ns / 4 * 3 + (ns / 2 / 1024) * random_below(&sta->random, 1024);
}

void sta_deliver(struct sta *sta, struct frame *frame)
{
	struct action *action = actions_add(sta->out, ACTION_DELIVER);

	sta->rx_frames++;
	sta->rx_bytes += frame->len;
	if (!action) {
		sta_drop(sta, DROP_NO_MEMORY, sta->ap.bssid);
		frame_free(frame);
		return;
	}
	action->frame = frame;
}

void sta_flush(struct sta *sta)
{
	tx_queue_seal(&sta->tx);
	for (size_t i = 0; i < sta->tx.count; i++) {
		struct tx_mpdu *mpdu = &sta->tx.mpdus[i];
		struct action *action = mpdu->drop ? NULL : actions_add(sta->out, ACTION_TRANSMIT);

		if (!action) {
			sta_drop(sta, mpdu->drop ? mpdu->drop : DROP_NO_MEMORY, sta->ap.bssid);
			continue;
		}
		action->frame = mpdu->frame;
		action->cookie = mpdu->cookie;
		action->freq = sta->tuned_mhz;
		mpdu->frame = NULL;
	}
	tx_queue_clear(&sta->tx);
}

struct frame_writer sta_begin_management(const struct sta *sta, enum mgmt_subtype subtype)
{
	return mgmt_begin(subtype, sta->ap.bssid, sta->setup.addr, sta->ap.bssid);
}

void sta_send_management(struct sta *sta, struct frame *frame, enum sta_cookie kind)
{
	struct tx_options options = {.cookie = sta_cookie(sta, kind),
				     .power_save = sta->associated && sta_power_pm_bit(sta)};
	enum drop drop = DROP_NO_MEMORY;

	if (frame)
		drop = tx_management(&sta->tx, sta->associated ? &sta->peer : NULL, frame, &sta->seq, &options);
	if (drop)
		sta_drop(sta, drop, sta->ap.bssid);
	sta_flush(sta);
}

void sta_send_null(struct sta *sta, enum sta_cookie kind, bool power_management)
{
	struct tx_options options = {.cookie = sta_cookie(sta, kind), .power_save = power_management};
	enum drop drop = tx_null(&sta->tx, &sta->peer, &options);

	if (drop)
		sta_drop(sta, drop, sta->ap.bssid);
	sta_flush(sta);
}

void sta_send_deauth(struct sta *sta, uint16_t reason)
{
	struct frame_writer writer = sta_begin_management(sta, MGMT_DEAUTH);

	write_le16(&writer, reason);
	sta_tune(sta, sta->ap.freq_mhz);
	sta_send_management(sta, frame_writer_end(&writer), STA_COOKIE_NONE);
}

/* In units of 500 kbit/s; the top bit marks a basic rate (IEEE 802.11-2020 9.4.2.3). */
void sta_write_rates(struct frame_writer *writer, uint16_t freq)
{
	static const uint8_t rates_2ghz[] = {0x82, 0x84, 0x8b, 0x96, 12, 18, 24, 36},
			     ext_rates_2ghz[] = {48, 72, 96, 108};
	static const uint8_t rates_5ghz[] = {0x8c, 18, 0x98, 36, 0xb0, 72, 96, 108};

	if (freq < 3000) {
		write_element(writer, EID_RATES, rates_2ghz, sizeof(rates_2ghz));
		write_element(writer, EID_EXT_RATES, ext_rates_2ghz, sizeof(ext_rates_2ghz));
	} else {
		write_element(writer, EID_RATES, rates_5ghz, sizeof(rates_5ghz));
	}
}
