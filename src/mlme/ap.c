/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events of the access point.
 *
 * A received frame is checked in this order: is its receiver a BSS of this access point, is its transmitter possible,
 * what is its type. Data frames of associated stations are collected and opened in one batch. During a handshake each
 * frame is a batch of its own, because one frame may install the key of the next. A frame of another type ends the batch:
 * frames keep their order.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

enum { BATCH = 64, PS_POLL = 0x00a4, SUBTYPE_AND_TYPE = FC_TYPE | FC_SUBTYPE };

void ap_begin(struct ap *ap, uint64_t now_ns, struct actions *out)
{
	ap->now_ns = now_ns;
	ap->out = out;
}

void ap_end(struct ap *ap)
{
	if (ap->started)
		ap_answers_send(ap);
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
	struct ap *ap = is_valid_setup(setup) ? calloc(1, sizeof(*ap)) : NULL;
	int err;

	if (!ap)
		return NULL;
	ap->crypto = crypto;
	ap->setup = *setup;
	crypto_wipe(ap->setup.bss, sizeof(ap->setup.bss));
	ap->setup.bss_count = 0;
	ap->ps.limit = AP_PS_FRAMES_MAX;
	random_init(&ap->random, crypto, seed);
	err = random_bytes(&ap->random, &ap->hash_key, sizeof(ap->hash_key));
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
	ap_answers_clear(ap);
	ap_sta_free_all(ap);
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		ap_bss_wipe(&ap->bss[i]);
	pmksa_free(&ap->pmksa);
	rx_out_free(&ap->rx);
	crypto_wipe(ap, sizeof(*ap));
	free(ap);
}

void ap_start(struct ap *ap, uint64_t now_ns, struct actions *out)
{
	struct action *action;

	ap_begin(ap, now_ns, out);
	if (!ap->started) {
		ap->started = true;
		ap_answers_start(ap);
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
	ap_answers_clear(ap);
	ap_end(ap);
}

/* ---- time ---- */

uint64_t ap_deadline(const struct ap *ap)
{
	const struct timer *first = timer_heap_first(&ap->timers);
	uint64_t deadline = earlier(first ? first->at_ns : NEVER, ap->answers.due_ns);

	if (!ap->started)
		return NEVER;
	for (unsigned i = 0; i < ap->setup.bss_count; i++) {
		deadline = earlier(deadline, ap->bss[i].beacon_ns);
		deadline = earlier(deadline, ap->bss[i].group_rekey_ns);
		deadline = earlier(deadline, ap->bss[i].group_switch_ns);
	}
	return deadline;
}

static void run_bss_timers(struct ap *ap, struct ap_bss *bss)
{
	if (ap->now_ns >= bss->beacon_ns)
		ap_bss_send_beacon(bss);
	if (ap->now_ns >= bss->group_switch_ns)
		ap_group_switch(ap, bss);
	if (ap->now_ns >= bss->group_rekey_ns)
		ap_keys_rekey_group(ap, bss);
}

static void run_station_timers(struct ap *ap, struct ap_sta *sta)
{
	if (!sta->associated) {
		ap_sta_remove(ap, sta, REASON_INACTIVE);
		return;
	}
	if (ap->now_ns >= sta->due_ns[AP_TIMER_PS])
		ap_power_timer(ap, sta);
	ap_keys_timer(ap, sta);
	if (!sta->removed && ap->now_ns >= sta->due_ns[AP_TIMER_SA_QUERY])
		ap_sa_query_timer(ap, sta);
	if (!sta->removed && ap->now_ns >= sta->due_ns[AP_TIMER_POLL])
		ap_poll_timer(ap, sta);
	ap_sta_schedule(ap, sta);
	/* A deadline that no timer has moved must not stop the clock. */
	if (!sta->removed && sta->timer.heap_index && sta->timer.at_ns <= ap->now_ns)
		timer_heap_set(&ap->timers, &sta->timer, ap->now_ns + TU);
}

void ap_tick(struct ap *ap, uint64_t now_ns, struct actions *out)
{
	struct timer *first;

	ap_begin(ap, now_ns, out);
	for (unsigned i = 0; ap->started && i < ap->setup.bss_count; i++)
		run_bss_timers(ap, &ap->bss[i]);
	while ((first = timer_heap_first(&ap->timers)) && first->at_ns <= now_ns)
		run_station_timers(ap, (struct ap_sta *)((char *)first - offsetof(struct ap_sta, timer)));
	ap_end(ap);
}

/* A station that has acknowledged neither its authentication nor its association response does not exist. */
static void handle_tx_status(struct ap *ap, struct ap_sta *sta, enum ap_cookie kind, bool acked)
{
	if (acked) {
		if (!sta->present && kind == AP_COOKIE_ASSOC_RESPONSE)
			ap_answers_refund(ap, AP_UNPROVEN_FRAMES);
		sta->present = true;
		ap_sta_heard(ap, sta);
		if (kind == AP_COOKIE_ASSOC_RESPONSE && sta->due_ns[AP_TIMER_HANDSHAKE] != NEVER)
			ap_keys_start_handshake(ap, sta);
		if (kind == AP_COOKIE_PS_RESPONSE)
			ap_power_tx_status(ap, sta, true);
		if (!sta->removed)
			ap_power_acked(ap, sta);
	} else if (!sta->present) {
		ap_sta_remove(ap, sta, REASON_INACTIVE);
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
}

void ap_tx_status(struct ap *ap, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out)
{
	enum ap_cookie kind;
	struct ap_sta *sta = ap_sta_by_cookie(ap, cookie, &kind);

	if (kind != AP_COOKIE_ANSWER && !sta)
		return;
	ap_begin(ap, now_ns, out);
	if (kind == AP_COOKIE_ANSWER)
		ap_answers_tx_status(ap, cookie, acked);
	else
		handle_tx_status(ap, sta, kind, acked);
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

/* Data frames that are opened together. */
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

/* The Power Management bit is valid at the end of a frame exchange: not in a fragment that others follow (11.2.3.2). */
static void update_power_state(struct ap *ap, struct ap_sta *sta, uint16_t fc)
{
	if (!(fc & FC_MORE_FRAGS) && sta->dozing != !!(fc & FC_PM))
		ap_power_set(ap, sta, fc & FC_PM);
}

/* Takes the frame over, unless it is dropped. */
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
		/* Earlier frames first: one of them may end the association. */
		receive_batch(ap, batch);
		if (!sta->associated)
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
	/* The Duration/ID field of a PS-Poll holds the AID, with the two top bits set (9.3.1.5). */
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

/* A management frame for one of our BSSs, decrypted and parsed. */
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
	return DROP_OTHER_BSS; /* only access points send these */
}

/* A probe request to all BSSs. */
static enum drop receive_probe(struct ap *ap, const struct frame *frame)
{
	struct mgmt mgmt;
	enum drop drop = mgmt_parse(&mgmt, frame->data, frame->len);

	for (unsigned i = 0; !drop && i < ap->setup.bss_count; i++)
		ap_bss_receive_probe(&ap->bss[i], &mgmt);
	return drop;
}

/* A retry of a request that was answered: a second association request would restart the handshake. */
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
	/* Of group management frames stations send only probe requests; there is no key to verify others. */
	if (mac_is_group(ra) && (le16(frame->data) & FC_SUBTYPE) != MGMT_PROBE_REQUEST)
		return DROP_ADDRESSES;
	if (sta && sta->associated)
		drop = rx_management(&sta->peer, frame);
	else /* no keys are known that could decrypt it */
		drop = le16(frame->data) & FC_PROTECTED ? DROP_NOT_ASSOCIATED : NOT_DROPPED;
	/* Only verified frames count: a forged one must not make a genuine frame a duplicate. */
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
