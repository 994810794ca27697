/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of the access point.
 *
 * What is received is looked at in this order: is it for one of our networks; who says that he sent it; then by its
 * type.  Data frames of associated stations are gathered, so that they are opened in one batch; but for a station in a
 * handshake each frame is a batch of its own, as one frame may bring the key for the next.  A frame of another type
 * ends the batch: nothing overtakes anything.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 64, PS_POLL = 0x00a4, SUBTYPE_AND_TYPE = FC_TYPE | FC_SUBTYPE };

/* ---- what comes of events ---- */

void ap_drop(struct ap *ap, enum drop drop, const uint8_t *addr)
{
	struct action *action = actions_add(ap->out, ACTION_DROP);

	ap->drops[drop]++;
	if (!action)
		return;
	action->drop = drop;
	if (addr)
		mac_copy(action->addr, addr);
}

struct action *ap_note(struct ap *ap, struct ap_bss *bss, enum note note, const uint8_t *addr, uint16_t code)
{
	struct action *action = actions_add(ap->out, ACTION_NOTE);

	if (!action)
		return NULL;
	action->note = note;
	action->bss = bss->index;
	action->code = code;
	if (addr)
		mac_copy(action->addr, addr);
	return action;
}

void ap_deliver(struct ap *ap, struct ap_bss *bss, struct frame *frame)
{
	struct action *action = actions_add(ap->out, ACTION_DELIVER);

	if (!action) {
		ap->drops[DROP_NO_MEMORY]++;
		frame_free(frame);
		return;
	}
	action->frame = frame;
	action->bss = bss->index;
}

void ap_flush(struct ap *ap)
{
	tx_queue_seal(&ap->tx);
	for (size_t i = 0; i < ap->tx.count; i++) {
		struct tx_mpdu *mpdu = &ap->tx.mpdus[i];
		enum ap_cookie kind;
		struct ap_sta *sta;
		struct action *action;

		if (mpdu->drop) {
			ap_drop(ap, mpdu->drop, mpdu->frame->data + DOT11_OFF_ADDR1);
			continue;
		}
		action = actions_add(ap->out, ACTION_TRANSMIT);
		if (!action) {
			ap->drops[DROP_NO_MEMORY]++;
			continue;
		}
		action->frame = mpdu->frame;
		action->cookie = mpdu->cookie;
		action->freq = ap->setup.freq_mhz;
		mac_copy(action->addr, mpdu->frame->data + DOT11_OFF_ADDR1);
		sta = ap_sta_by_cookie(ap, mpdu->cookie, &kind);
		if (sta && kind == AP_COOKIE_PS_RESPONSE)
			ap_power_ps_response_sent(ap, sta, mpdu->frame);
		mpdu->frame = NULL;
	}
	tx_queue_clear(&ap->tx);
}

void ap_send_management(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, struct frame *frame, uint32_t cookie)
{
	struct tx_options options = {.cookie = cookie};
	enum drop drop = DROP_NO_MEMORY;

	if (frame && mac_is_group(frame->data + DOT11_OFF_ADDR1))
		drop = tx_management_group(&ap->tx, &bss->group_keys, false, frame);
	else if (frame)
		drop = tx_management(&ap->tx, sta && sta->associated ? &sta->peer : NULL, frame, &bss->seq, &options);
	if (drop)
		ap_drop(ap, drop, sta ? sta->peer.addr : NULL);
}

void ap_begin(struct ap *ap, uint64_t now_ns, struct actions *out)
{
	ap->now_ns = now_ns;
	ap->out = out;
}

void ap_end(struct ap *ap)
{
	ap_flush(ap);
	ap_sta_reap(ap);
	ap->out = NULL;
}

/* ---- life ---- */

static bool is_valid_setup(const struct ap_setup *setup)
{
	if (!setup->bss_count || setup->bss_count > AP_BSS_MAX || !freq_to_channel(setup->freq_mhz) ||
	    !setup->beacon_tu || !setup->dtim_period)
		return false;
	for (unsigned i = 0; i < setup->bss_count; i++)
		for (unsigned k = 0; k < i; k++)
			if (mac_equal(setup->bss[i].bssid, setup->bss[k].bssid))
				return false;
	return true;
}

struct ap *ap_new(struct crypto *crypto, const struct ap_setup *setup, const uint8_t seed[RANDOM_SEED_LEN])
{
	struct ap *ap = is_valid_setup(setup) ? calloc(1, sizeof *ap) : NULL;
	int err;

	if (!ap)
		return NULL;
	ap->crypto = crypto;
	ap->setup = *setup;
	crypto_wipe(ap->setup.bss, sizeof ap->setup.bss);
	ap->setup.bss_count = 0;
	ap->ps.limit = AP_PS_FRAMES_MAX;
	random_init(&ap->random, crypto, seed);
	err = random_bytes(&ap->random, &ap->hash_key, sizeof ap->hash_key);
	if (!err)
		err = pmksa_init(&ap->pmksa, AP_PMKSA_MAX, PMKSA_LIFETIME_NS);
	for (unsigned i = 0; !err && i < setup->bss_count; i++) {
		ap->bss[i].index = i;
		err = ap_bss_init(ap, &ap->bss[i], &setup->bss[i]);
		ap->setup.bss_count += !err;
	}
	if (!err)
		return ap;
	ap_free(ap);
	return NULL;
}

void ap_free(struct ap *ap)
{
	if (!ap)
		return;
	tx_queue_free(&ap->tx);
	ap_sta_free_all(ap);
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		ap_bss_wipe(&ap->bss[i]);
	pmksa_free(&ap->pmksa);
	rx_out_free(&ap->rx);
	crypto_wipe(ap, sizeof *ap);
	free(ap);
}

void ap_start(struct ap *ap, uint64_t now_ns, struct actions *out)
{
	struct action *action;

	ap_begin(ap, now_ns, out);
	if (!ap->started) {
		ap->started = true;
		ap->class_error_tokens = AP_CLASS_ERROR_BURST;
		ap->class_error_refill_ns = now_ns;
		action = actions_add(out, ACTION_TUNE);
		if (action)
			action->freq = ap->setup.freq_mhz;
		for (unsigned i = 0; i < ap->setup.bss_count; i++)
			ap_bss_start(&ap->bss[i]);
	}
	ap_end(ap);
}

void ap_stop(struct ap *ap, uint64_t now_ns, struct actions *out)
{
	unsigned station_counts[AP_BSS_MAX];

	ap_begin(ap, now_ns, out);
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		station_counts[i] = ap->bss[i].station_count;
	while (ap->associated_count)
		ap_sta_kick(ap, ap->associated[ap->associated_count - 1], MGMT_DEAUTH, REASON_LEAVING);
	while (ap->oldest)
		ap_sta_remove(ap, ap->oldest, REASON_LEAVING);
	for (unsigned i = 0; ap->started && i < ap->setup.bss_count; i++) {
		power_save_clear(&ap->bss[i].group_buffer, &ap->ps);
		if (station_counts[i])
			ap_bss_deauth_all(&ap->bss[i]);
		ap_note(ap, &ap->bss[i], NOTE_DISABLED, ap->bss[i].setup.bssid, 0);
	}
	ap->started = false;
	ap_end(ap);
}

/* ---- time ---- */

static uint64_t earlier(uint64_t first, uint64_t second)
{
	return first < second ? first : second;
}

uint64_t ap_deadline(const struct ap *ap)
{
	const struct timer *first = timer_heap_first(&ap->timers);
	uint64_t wake = first ? first->at_ns : NEVER;

	if (!ap->started)
		return NEVER;
	for (unsigned i = 0; i < ap->setup.bss_count; i++) {
		wake = earlier(wake, ap->bss[i].beacon_ns);
		if (ap->bss[i].group_rekey_ns)
			wake = earlier(wake, ap->bss[i].group_rekey_ns);
		if (ap->bss[i].group_switching)
			wake = earlier(wake, ap->bss[i].group_switch_ns);
	}
	return wake;
}

void ap_tick(struct ap *ap, uint64_t now_ns, struct actions *out)
{
	struct timer *first;

	ap_begin(ap, now_ns, out);
	for (unsigned i = 0; ap->started && i < ap->setup.bss_count; i++) {
		struct ap_bss *bss = &ap->bss[i];

		if (now_ns >= bss->beacon_ns)
			ap_bss_send_beacon(bss);
		if (bss->group_switching && now_ns >= bss->group_switch_ns)
			ap_keys_switch_group(ap, bss);
		if (bss->group_rekey_ns && now_ns >= bss->group_rekey_ns)
			ap_keys_rekey_group(ap, bss);
	}
	while ((first = timer_heap_first(&ap->timers)) && first->at_ns <= now_ns)
		ap_sta_timer(ap, (struct ap_sta *)((char *)first - offsetof(struct ap_sta, timer)));
	ap_end(ap);
}

void ap_tx_status(struct ap *ap, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out)
{
	enum ap_cookie kind;
	struct ap_sta *sta = ap_sta_by_cookie(ap, cookie, &kind);

	if (!sta)
		return;
	ap_begin(ap, now_ns, out);
	if (acked) {
		ap_sta_heard(ap, sta);
		if (kind == AP_COOKIE_ASSOC_RESPONSE && sta->handshake_ns)
			ap_keys_start_handshake(ap, sta);
		if (kind == AP_COOKIE_PS_RESPONSE)
			ap_power_tx_status(ap, sta, true);
	} else {
		sta->tx_lost++;
		if (kind == AP_COOKIE_POLL)
			ap_poll_unacked(ap, sta);
		else if (kind == AP_COOKIE_PS_RESPONSE)
			ap_power_tx_status(ap, sta, false);
		else if (sta->associated && ++sta->consecutive_lost >= AP_LOST_MAX && !sta->dozing &&
			 !sta->unacked_polls)
			ap_poll_begin(ap, sta);
	}
	ap_end(ap);
}

/* ---- receiving ---- */

static struct ap_bss *find_bss(struct ap *ap, const uint8_t *bssid)
{
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		if (mac_equal(ap->bss[i].setup.bssid, bssid))
			return &ap->bss[i];
	return NULL;
}

/* Frames of data that wait to be opened together. */
struct ap_rx_batch {
	struct rx_in in[BATCH];
	size_t count;
};

static void receive_batch(struct ap *ap, struct ap_rx_batch *batch)
{
	if (batch->count)
		ap_data_receive(ap, batch->in, batch->count);
	batch->count = 0;
}

/* The Power Management bit counts where an exchange ends: not in a fragment that others follow (11.2.3.2). */
static void update_power_state(struct ap *ap, struct ap_sta *sta, uint16_t fc)
{
	if (!(fc & FC_MORE_FRAGS) && sta->dozing != !!(fc & FC_PM))
		ap_power_set(ap, sta, fc & FC_PM);
}

/* Takes the frame over, or puts it into the batch. */
static enum drop receive_data(struct ap *ap, struct frame *frame, struct ap_rx_batch *batch)
{
	uint16_t fc = le16(frame->data);
	struct ap_bss *bss = find_bss(ap, frame->data + DOT11_OFF_ADDR1);
	const uint8_t *ta = frame->data + DOT11_OFF_ADDR2;
	struct ap_sta *sta;

	if (!bss)
		return DROP_OTHER_BSS;
	if ((fc & (FC_TO_DS | FC_FROM_DS)) == (FC_TO_DS | FC_FROM_DS))
		return DROP_FOUR_ADDRESSES;
	if (!(fc & FC_TO_DS))
		return DROP_ADDRESSES;
	sta = ap_sta_find(ap, bss, ta);
	if (!sta || !sta->associated) {
		receive_batch(ap, batch);
		ap_send_class_error(ap, bss, sta, ta, REASON_CLASS_3);
		return DROP_NOT_ASSOCIATED;
	}
	ap_sta_heard(ap, sta);
	sta->signal_dbm = frame->meta.signal_dbm;
	if (sta->dozing != !!(fc & FC_PM)) {
		receive_batch(ap, batch); /* what it sent before comes first, */
		if (!sta->associated)     /* and may have been its end */
			return DROP_NOT_ASSOCIATED;
	}
	update_power_state(ap, sta, fc);
	if (fc & FC_NULL) {
		frame_free(frame);
		return NOT_DROPPED;
	}
	batch->in[batch->count++] = (struct rx_in){&sta->peer, frame};
	if (batch->count == BATCH || (bss->protected && sta->auth.state != AUTHENTICATOR_DONE))
		receive_batch(ap, batch);
	return NOT_DROPPED;
}

static enum drop receive_ps_poll(struct ap *ap, const struct frame *frame)
{
	struct ap_bss *bss;
	struct ap_sta *sta;

	if (frame->len < 16)
		return DROP_TRUNCATED;
	bss = find_bss(ap, frame->data + DOT11_OFF_ADDR1);
	if (!bss)
		return DROP_OTHER_BSS;
	sta = ap_sta_find(ap, bss, frame->data + DOT11_OFF_ADDR2);
	if (!sta || !sta->associated) {
		ap_send_class_error(ap, bss, sta, frame->data + DOT11_OFF_ADDR2, REASON_CLASS_3);
		return DROP_NOT_ASSOCIATED;
	}
	/* Its Duration field is the AID, with the two top bits set (9.3.1.5). */
	if (le16(frame->data + DOT11_OFF_DURATION) != (0xc000 | sta->aid))
		return DROP_ADDRESSES;
	ap_sta_heard(ap, sta);
	ap_power_ps_poll(ap, sta);
	return NOT_DROPPED;
}

static void receive_deauth(struct ap *ap, struct ap_sta *sta, const struct mgmt *mgmt)
{
	if (mgmt->subtype == MGMT_DEAUTH)
		ap_sta_remove(ap, sta, mgmt->reason);
	else if (sta->associated)
		ap_sta_disassociate(ap, sta, mgmt->reason);
}

static enum drop receive_action(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	bool first_class = mgmt->category == ACTION_CATEGORY_PUBLIC || mgmt->category == ACTION_CATEGORY_SELF_PROTECTED;

	if (mgmt->category & ACTION_ERROR)
		return DROP_FRAME_TYPE;
	if (!(sta && sta->associated) && !first_class) {
		ap_send_class_error(ap, bss, sta, mgmt->sa, REASON_CLASS_3);
		return DROP_NOT_ASSOCIATED;
	}
	if (mgmt->category == ACTION_CATEGORY_SA_QUERY) {
		ap_sa_query_action(ap, sta, mgmt);
		return NOT_DROPPED;
	}
	ap_return_action(ap, bss, sta, mgmt);
	return DROP_FRAME_TYPE;
}

/* A management frame for one of our networks, opened and read. */
static enum drop dispatch_management(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	switch (mgmt->subtype) {
	case MGMT_PROBE_REQUEST:
		ap_bss_receive_probe(bss, mgmt);
		return NOT_DROPPED;
	case MGMT_AUTH:
		ap_auth(ap, bss, sta, mgmt);
		return NOT_DROPPED;
	case MGMT_ASSOC_REQUEST:
	case MGMT_REASSOC_REQUEST:
		if (sta)
			ap_assoc(ap, bss, sta, mgmt);
		else
			ap_send_class_error(ap, bss, NULL, mgmt->sa, REASON_CLASS_2);
		return sta ? NOT_DROPPED : DROP_NOT_AUTHENTICATED;
	case MGMT_DISASSOC:
	case MGMT_DEAUTH:
		if (!sta)
			return DROP_NOT_AUTHENTICATED;
		receive_deauth(ap, sta, mgmt);
		return NOT_DROPPED;
	case MGMT_ACTION:
		return receive_action(ap, bss, sta, mgmt);
	case MGMT_ASSOC_RESPONSE:
	case MGMT_REASSOC_RESPONSE:
	case MGMT_PROBE_RESPONSE:
	case MGMT_BEACON:
	case MGMT_ATIM:
	case MGMT_ACTION_NO_ACK:
		break;
	}
	return DROP_OTHER_BSS; /* they come from access points */
}

/* A probe request may ask all networks at once. */
static enum drop receive_probe(struct ap *ap, const struct frame *frame)
{
	struct mgmt mgmt;
	enum drop drop = mgmt_parse(&mgmt, frame->data, frame->len);

	for (unsigned i = 0; !drop && i < ap->setup.bss_count; i++)
		ap_bss_receive_probe(&ap->bss[i], &mgmt);
	return drop;
}

/* Retries of what has been answered: a second association request must not begin everything anew. */
static bool is_retry(const struct ap_sta *sta, const struct frame *frame)
{
	return (le16(frame->data) & FC_RETRY) && sta->last_mgmt_seq == le16(frame->data + DOT11_OFF_SEQ);
}

static enum drop receive_management(struct ap *ap, struct frame *frame)
{
	const uint8_t *ra = frame->data + DOT11_OFF_ADDR1, *ta = frame->data + DOT11_OFF_ADDR2,
		      *bssid = frame->data + DOT11_OFF_ADDR3;
	struct ap_bss *bss = find_bss(ap, mac_is_group(ra) ? bssid : ra);
	struct ap_sta *sta;
	struct mgmt mgmt;
	enum drop drop;

	if ((le16(frame->data) & FC_SUBTYPE) == MGMT_PROBE_REQUEST && mac_is_group(ra) && mac_is_group(bssid))
		return receive_probe(ap, frame);
	if (!bss || !(mac_equal(bssid, bss->setup.bssid) || mac_is_broadcast(bssid)))
		return DROP_OTHER_BSS;
	sta = ap_sta_find(ap, bss, ta);
	if (sta && is_retry(sta, frame))
		return DROP_DUPLICATE;
	/* Stations send no group management frames but probe requests: we have no key to believe one. */
	if (mac_is_group(ra) && (le16(frame->data) & FC_SUBTYPE) != MGMT_PROBE_REQUEST)
		return DROP_ADDRESSES;
	if (sta && sta->associated)
		drop = rx_management(&sta->peer, frame);
	else /* what it protects is of an association that we do not know */
		drop = le16(frame->data) & FC_PROTECTED ? DROP_NOT_ASSOCIATED : NOT_DROPPED;
	/* Only what is believed counts as seen: a forger shall make no duplicate of a protected frame. */
	if (!drop && sta)
		sta->last_mgmt_seq = le16(frame->data + DOT11_OFF_SEQ);
	if (!drop)
		drop = mgmt_parse(&mgmt, frame->data, frame->len);
	return drop ? drop : dispatch_management(ap, bss, sta, &mgmt);
}

static enum drop receive_one(struct ap *ap, struct frame *frame, struct ap_rx_batch *batch)
{
	uint16_t fc = frame->len < DOT11_OFF_ADDR3 ? 0 : le16(frame->data);
	const uint8_t *ta = frame->data + DOT11_OFF_ADDR2;
	enum drop drop;

	if (frame->len < DOT11_OFF_ADDR3)
		return DROP_TRUNCATED;
	if (fc & FC_VERSION)
		return DROP_FRAME_TYPE;
	if (mac_is_group(ta) || mac_is_zero(ta) || find_bss(ap, ta))
		return DROP_FOREIGN_TRANSMITTER;
	if (!dot11_is_data(fc))
		receive_batch(ap, batch);
	if ((fc & SUBTYPE_AND_TYPE) == PS_POLL)
		drop = receive_ps_poll(ap, frame);
	else if ((fc & FC_TYPE) == FC_CONTROL || (!dot11_is_data(fc) && !dot11_is_management(fc)))
		return DROP_FRAME_TYPE;
	else if (frame->len < dot11_hdr_len(fc))
		return DROP_TRUNCATED;
	else if (dot11_is_data(fc))
		return receive_data(ap, frame, batch);
	else
		drop = receive_management(ap, frame);
	if (!drop)
		frame_free(frame);
	return drop;
}

void ap_receive(struct ap *ap, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out)
{
	struct ap_rx_batch batch = {.count = 0};

	ap_begin(ap, now_ns, out);
	for (size_t i = 0; i < count; i++) {
		enum drop drop = ap->started ? receive_one(ap, frames[i], &batch) : DROP_NOT_ASSOCIATED;

		if (drop) {
			ap_drop(ap, drop, frames[i]->len < DOT11_OFF_ADDR3 ? NULL : frames[i]->data + DOT11_OFF_ADDR2);
			frame_free(frames[i]);
		}
		frames[i] = NULL;
	}
	receive_batch(ap, &batch);
	ap_end(ap);
}

void ap_send(struct ap *ap, unsigned bss_index, struct frame **frames, size_t count, uint64_t now_ns,
	     struct actions *out)
{
	ap_begin(ap, now_ns, out);
	for (size_t i = 0; i < count; i++) {
		if (ap->started && bss_index < ap->setup.bss_count) {
			ap_data_send(ap, &ap->bss[bss_index], frames[i]);
		} else {
			ap_drop(ap, DROP_NO_STATION, NULL);
			frame_free(frames[i]);
		}
		frames[i] = NULL;
	}
	ap_end(ap);
}
