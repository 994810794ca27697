/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transmissions: turns, rates, loss, delivery, acknowledgements and retries. */
#include "air/medium/medium_state.h"

#include "air/medium/airtime.h"
#include "base/mac.h"
#include "wire/ieee80211.h"

#include <errno.h>
#include <stdlib.h>

enum { RATE_DEFAULT = 54000, RATE_BASIC = 6000, SIGNAL_DEFAULT = -40, CW_MIN = 15, MILLION = 1000000 };
enum { BEACON = 0x80, PROBE_RESPONSE = 0x50, TIMESTAMP_LEN = 8 /* bytes */, PS_POLL = 0xa4, BLOCK_ACK_REQUEST = 0x84 };

/* ---- random numbers ---- */

/* SplitMix64 (Steele, Lea and Flood 2014): reproducible from its seed; these numbers need not be secret. */
static uint64_t rng_next(struct medium *medium)
{
	uint64_t mixed = medium->rng_state += UINT64_C(0x9e3779b97f4a7c15);

	mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

static uint64_t rng_below(struct medium *medium, uint64_t limit)
{
	return limit ? rng_next(medium) % limit : 0;
}

static bool rng_chance(struct medium *medium, uint32_t ppm)
{
	return ppm && (ppm >= MILLION || rng_below(medium, MILLION) < ppm);
}

/* ---- the observer ---- */

void medium_observe(const struct medium *medium, const struct medium_observation *observation)
{
	if (medium->observer)
		medium->observer(medium->observer_context, observation);
}

static void observe_sent(const struct medium *medium, const struct medium_radio *from, const struct medium_tx *tx,
			 uint64_t time_ns, enum drop reason)
{
	/* Before its end a transmission is not counted. */
	medium_observe(medium, &(struct medium_observation){.radio = from->id,
							    .sent = true,
							    .number = tx->number,
							    .time_ns = time_ns,
							    .tries = reason ? tx->tries : tx->tries + 1,
							    .reason = reason,
							    .frame = tx->frame});
}

static void observe_loss(const struct medium *medium, const struct medium_radio *radio, const struct medium_tx *tx,
			 uint64_t time_ns, enum drop reason)
{
	medium_observe(medium, &(struct medium_observation){.radio = radio->id,
							    .number = tx->number,
							    .time_ns = time_ns,
							    .tries = tx->tries,
							    .reason = reason,
							    .frame = tx->frame});
}

/* ---- delivery ---- */

static struct medium_link effective_link(const struct medium *medium, const struct medium_radio *from,
					 const struct medium_radio *to)
{
	static const struct medium_link perfect_link;
	const struct medium_pair *pair = medium_find_pair(medium, from, to->id);

	if (pair && pair->has_link)
		return pair->link;
	return to->monitor ? perfect_link : medium->default_link;
}

/* Returns the time of delivery of a frame that is received at `at_ns`, after the delays of the link. */
static uint64_t delivery_time(struct medium *medium, struct medium_radio *from, const struct medium_radio *to,
			      const struct medium_link *link, uint64_t at_ns)
{
	uint64_t due_ns = at_ns + link->delay_ns + rng_below(medium, link->jitter_ns);
	struct medium_pair *pair;

	if (rng_chance(medium, link->reorder_ppm))
		return due_ns + link->reorder_ns;
	pair = link->delay_ns || link->jitter_ns ? medium_get_pair(medium, from, to->id)
						 : medium_find_pair(medium, from, to->id);
	if (!pair)
		return due_ns;
	if (due_ns < pair->last_delivery_ns)
		due_ns = pair->last_delivery_ns;
	return pair->last_delivery_ns = due_ns;
}

/* Holds the frame back until `due_ns`. Returns 0 or -ENOMEM; then the frame is still the caller's. */
static int delay_delivery(struct medium *medium, struct medium_radio *to, struct frame *frame, unsigned tries,
			  uint64_t due_ns)
{
	struct medium_delivery *delivery;

	if (timer_heap_reserve(&medium->timers, medium->timers.count + 1))
		return -ENOMEM;
	delivery = calloc(1, sizeof(*delivery));
	if (!delivery)
		return -ENOMEM;
	delivery->to = to->id;
	delivery->frame = frame;
	delivery->tries = tries;
	timer_heap_set(&medium->timers, &delivery->timer.timer, due_ns);
	to->delayed++;
	return 0;
}

static bool push_received(struct medium *medium, radio_id to, struct frame *frame, unsigned tries)
{
	return medium_event_push(
		medium, (struct medium_event){.kind = MEDIUM_RECEIVED, .radio = to, .frame = frame, .tries = tries});
}

void medium_deliver_delayed(struct medium *medium, struct medium_delivery *delivery)
{
	struct medium_radio *to = medium_find_radio(medium, delivery->to);

	if (!to) {
		frame_free(delivery->frame);
	} else {
		to->delayed--;
		if (!push_received(medium, delivery->to, delivery->frame, delivery->tries))
			to->counts.no_memory++;
	}
	free(delivery);
}

static void deliver(struct medium *medium, struct medium_radio *from, struct medium_radio *to,
		    const struct medium_link *link, const struct medium_tx *tx, uint64_t at_ns)
{
	uint64_t due_ns = delivery_time(medium, from, to, link, at_ns);
	bool is_delayed = due_ns > at_ns, ok;
	struct frame *clone;

	if (is_delayed && to->delayed == MEDIUM_DELAYED_MAX) {
		to->counts.delayed_dropped++;
		observe_loss(medium, to, tx, at_ns, DROP_AIR_QUEUE);
		return;
	}
	clone = frame_clone(tx->frame);
	if (!clone) {
		to->counts.no_memory++;
		observe_loss(medium, to, tx, at_ns, DROP_NO_MEMORY);
		return;
	}
	clone->meta = (struct frame_meta){.time_ns = due_ns,
					  .freq_mhz = tx->frame->meta.freq_mhz,
					  .signal_dbm = link->signal_dbm ? link->signal_dbm : SIGNAL_DEFAULT,
					  .rate_kbps = tx->frame->meta.rate_kbps,
					  .trace_id = medium->observer ? tx->number : 0};
	if (is_delayed) {
		ok = !delay_delivery(medium, to, clone, tx->tries, due_ns);
		if (!ok)
			frame_free(clone);
	} else {
		ok = push_received(medium, to->id, clone, tx->tries);
	}
	if (!ok) {
		to->counts.no_memory++;
		observe_loss(medium, to, tx, at_ns, DROP_NO_MEMORY);
		return;
	}
	to->counts.received++;
	to->counts.received_bytes += tx->frame->len;
}

/* Is the radio tuned to the channel, and was it awake when the transmission began? */
static enum drop check_listening(const struct medium_radio *to, const struct medium_channel *channel)
{
	if (to->channel != channel || to->monitor)
		return DROP_AIR_CHANNEL;
	return to->doze_until_ns <= channel->tx_begin_ns ? NOT_DROPPED : DROP_AIR_DOZE;
}

/* Does this transmission arrive, considering range, rate and loss? */
static enum drop check_link(struct medium *medium, const struct medium_link *link, uint32_t rate_kbps)
{
	if (link->out_of_range)
		return DROP_AIR_RANGE;
	if (link->rate_kbps && rate_kbps > link->rate_kbps)
		return DROP_AIR_RATE;
	return rng_chance(medium, link->loss_ppm) ? DROP_AIR_LOSS : NOT_DROPPED;
}

static void try_deliver(struct medium *medium, struct medium_radio *from, struct medium_radio *to,
			const struct medium_tx *tx, uint32_t rate_kbps, uint64_t at_ns)
{
	struct medium_link link = effective_link(medium, from, to);
	enum drop loss;

	if (to == from)
		return;
	loss = check_link(medium, &link, rate_kbps);
	if (loss)
		observe_loss(medium, to, tx, at_ns, loss);
	else
		deliver(medium, from, to, &link, tx, at_ns);
}

/* ---- transmissions ---- */

static struct medium_radio *find_receiver(const struct medium *medium, const struct frame *frame)
{
	return medium_find_receiver(medium, frame->data + DOT11_OFF_ADDR1);
}

/* Of the unicast control frames, only PS-Poll and BlockAckReq are answered. */
static bool needs_ack(const struct frame *frame)
{
	uint16_t fc = le16(frame->data), kind = fc & (FC_TYPE | FC_SUBTYPE);

	return !mac_is_group(frame->data + DOT11_OFF_ADDR1) &&
	       ((fc & FC_TYPE) != FC_CONTROL || kind == PS_POLL || kind == BLOCK_ACK_REQUEST);
}

/* Unicast data uses the rate of its link, all other frames a basic rate. */
static uint32_t choose_rate(const struct medium *medium, const struct medium_queue *queue, const struct medium_tx *tx)
{
	const struct medium_radio *to;
	uint32_t rate = RATE_BASIC;

	if (tx->rate_kbps)
		return tx->rate_kbps;
	to = find_receiver(medium, tx->frame);
	if (to) {
		struct medium_link link = effective_link(medium, queue->radio, to);
		uint32_t link_rate = link.rate_kbps ? link.rate_kbps : RATE_DEFAULT;

		if (dot11_is_data(le16(tx->frame->data)) || link_rate < rate)
			rate = link_rate;
	} else if (medium->default_link.rate_kbps && medium->default_link.rate_kbps < rate) {
		rate = medium->default_link.rate_kbps;
	}
	return airtime_fallback(rate, tx->tries);
}

static unsigned backoff_slots(struct medium *medium, unsigned tries)
{
	unsigned window = (CW_MIN + 1) << tries;

	return (unsigned)rng_below(medium, window < AIRTIME_CW_SLOTS ? window : AIRTIME_CW_SLOTS);
}

/* The Timestamp field holds the time of each transmission, not of queueing (11.1.3.2). */
static void update_timestamp(struct medium_tx *tx, uint64_t at_ns)
{
	uint16_t fc = le16(tx->frame->data), kind = fc & (FC_VERSION | FC_TYPE | FC_SUBTYPE);
	size_t hdr = dot11_hdr_len(fc);
	uint64_t us = (at_ns - tx->timestamp_ns) / 1000, tsf;
	uint8_t *bytes;

	if ((kind != BEACON && kind != PROBE_RESPONSE) || tx->frame->len < hdr + TIMESTAMP_LEN)
		return;
	bytes = us ? frame_make_writable(tx->frame) : NULL;
	if (!bytes)
		return;
	tsf = (le32(bytes + hdr) | (uint64_t)le32(bytes + hdr + 4) << 32) + us;
	put_le32(bytes + hdr, (uint32_t)tsf);
	put_le32(bytes + hdr + 4, (uint32_t)(tsf >> 32));
	tx->timestamp_ns += us * 1000;
}

void medium_channel_begin(struct medium *medium, struct medium_channel *channel)
{
	struct medium_queue *queue = channel->first;
	struct medium_tx *tx = queue ? queue->first : NULL;
	uint64_t access, ppdu, ack;

	if (channel->busy || !queue)
		return;
	channel->rate_kbps = choose_rate(medium, queue, tx);
	access = airtime_access(backoff_slots(medium, tx->tries), channel->rate_kbps) * medium->airtime_percent / 100;
	ppdu = airtime_ppdu(tx->frame->len, channel->rate_kbps, channel->freq_mhz) * medium->airtime_percent / 100;
	ack = needs_ack(tx->frame) ? airtime_ack(channel->rate_kbps, channel->freq_mhz) * medium->airtime_percent / 100
				   : 0;
	channel->tx_begin_ns = (channel->tx_end_ns > tx->queued_ns ? channel->tx_end_ns : tx->queued_ns) + access;
	channel->tx_end_ns = channel->tx_begin_ns + ppdu + ack;
	if (timer_heap_reserve(&medium->timers, medium->timers.count + 1))
		return; /* without memory the next frame begins the transmission */
	timer_heap_set(&medium->timers, &channel->end_timer.timer, channel->tx_end_ns);
	channel->busy = true;
	channel->sender = queue;
	update_timestamp(tx, channel->tx_begin_ns);
	queue->radio->counts.airtime_ns += access + ppdu + ack;
	queue->radio->counts.transmissions++;
	tx->frame->meta.rate_kbps = channel->rate_kbps;
	tx->frame->meta.freq_mhz = channel->freq_mhz;
	observe_sent(medium, queue->radio, tx, channel->tx_begin_ns, NOT_DROPPED);
}

static void tx_free(struct medium_tx *tx)
{
	frame_free(tx->frame);
	free(tx);
}

static void queue_unlink(struct medium_channel *channel, struct medium_queue *queue)
{
	struct medium_queue **at = &channel->first, *previous = NULL;

	while (*at && *at != queue) {
		previous = *at;
		at = &(*at)->next;
	}
	if (!*at)
		return;
	*at = queue->next;
	if (channel->last == queue)
		channel->last = previous;
}

void medium_queue_link(struct medium_queue *queue)
{
	struct medium_channel *channel = queue->channel;

	queue->next = NULL;
	*(channel->last ? &channel->last->next : &channel->first) = queue;
	channel->last = queue;
}

void medium_queue_free(struct medium_queue *queue)
{
	struct medium_queue **at = &queue->radio->queues;

	queue_unlink(queue->channel, queue);
	while (*at != queue)
		at = &(*at)->next_of_radio;
	*at = queue->next_of_radio;
	if (queue->channel->sender == queue)
		queue->channel->sender = NULL;
	for (struct medium_tx *tx = queue->first, *next; tx; tx = next) {
		next = tx->next;
		tx_free(tx);
	}
	free(queue);
}

/* A beacon goes to the front, after the frame that is being transmitted or retried. */
void medium_queue_add(struct medium_queue *queue, struct medium_tx *tx)
{
	uint16_t kind = le16(tx->frame->data) & (FC_TYPE | FC_SUBTYPE);

	if (kind == BEACON && queue->first) {
		tx->next = queue->first->next;
		queue->first->next = tx;
		if (queue->last == queue->first)
			queue->last = tx;
		return;
	}
	*(queue->last ? &queue->last->next : &queue->first) = tx;
	queue->last = tx;
}

/* The first frame of the queue is acknowledged or has failed. */
static void finish_first(struct medium *medium, struct medium_queue *queue, bool acked)
{
	struct medium_tx *tx = queue->first;
	struct medium_radio *from = queue->radio;

	if (!mac_is_group(tx->frame->data + DOT11_OFF_ADDR1))
		*(acked ? &from->counts.acked : &from->counts.failed) += 1;
	if (tx->cookie)
		medium_event_push(medium, (struct medium_event){.kind = MEDIUM_TX_STATUS,
								.radio = from->id,
								.cookie = tx->cookie,
								.acked = acked,
								.tries = tx->tries});
	queue->first = tx->next;
	if (!queue->first)
		queue->last = NULL;
	from->queued--;
	tx_free(tx);
	if (!queue->first)
		medium_queue_free(queue);
}

/* Delivers one transmission of a unicast frame. Returns whether it needs no retry: acknowledged, or never answered. */
static bool deliver_unicast(struct medium *medium, struct medium_channel *channel, struct medium_queue *queue,
			    struct medium_tx *tx)
{
	struct medium_radio *from = queue->radio, *to = find_receiver(medium, tx->frame);
	struct medium_link forward, reverse;
	enum drop loss;

	if (!to || to == from) {
		observe_loss(medium, from, tx, channel->tx_end_ns, DROP_AIR_NOBODY);
		return !needs_ack(tx->frame);
	}
	forward = effective_link(medium, from, to);
	loss = check_listening(to, channel);
	if (!loss)
		loss = check_link(medium, &forward, channel->rate_kbps);
	if (loss) {
		observe_loss(medium, to, tx, channel->tx_end_ns, loss);
		return !needs_ack(tx->frame);
	}
	deliver(medium, from, to, &forward, tx, channel->tx_end_ns);
	if (!needs_ack(tx->frame))
		return true;
	reverse = effective_link(medium, to, from);
	if (!reverse.out_of_range && !rng_chance(medium, reverse.loss_ppm) &&
	    !(tx->tries < MEDIUM_TRIES_MAX && rng_chance(medium, forward.duplicate_ppm)))
		return true;
	observe_loss(medium, from, tx, channel->tx_end_ns, DROP_AIR_ACK);
	return false;
}

/* Delivers one transmission to all radios of the channel. */
static void deliver_group(struct medium *medium, const struct medium_channel *channel, struct medium_radio *from,
			  const struct medium_tx *tx)
{
	for (size_t i = 0; i < channel->count; i++) {
		struct medium_radio *to = channel->tuned[i];
		enum drop loss = check_listening(to, channel);

		if (!loss)
			try_deliver(medium, from, to, tx, channel->rate_kbps, channel->tx_end_ns);
		else if (to != from && !to->monitor)
			observe_loss(medium, to, tx, channel->tx_end_ns, loss);
	}
}

static void set_retry_bit(struct frame *frame)
{
	uint8_t *bytes = (le16(frame->data) & FC_TYPE) == FC_CONTROL ? NULL : frame_make_writable(frame);

	if (bytes)
		put_le16(bytes, le16(bytes) | FC_RETRY);
}

void medium_channel_end(struct medium *medium, struct medium_channel *channel)
{
	struct medium_queue *queue = channel->sender;
	struct medium_tx *tx = queue ? queue->first : NULL;
	bool done = true;

	channel->busy = false;
	channel->sender = NULL;
	if (queue) {
		tx->tries++;
		for (size_t i = 0; i < medium->monitor_count; i++)
			try_deliver(medium, queue->radio, medium->monitors[i], tx, channel->rate_kbps,
				    channel->tx_end_ns);
		if (!mac_is_group(tx->frame->data + DOT11_OFF_ADDR1))
			done = deliver_unicast(medium, channel, queue, tx);
		else
			deliver_group(medium, channel, queue->radio, tx);
		/* The turn passes to the next radio. */
		queue_unlink(channel, queue);
		medium_queue_link(queue);
		if (!done && tx->tries == MEDIUM_TRIES_MAX)
			observe_sent(medium, queue->radio, tx, channel->tx_end_ns, DROP_AIR_RETRIES);
		if (done || tx->tries == MEDIUM_TRIES_MAX)
			finish_first(medium, queue, done);
		else
			set_retry_bit(tx->frame);
	}
	medium_channel_begin(medium, channel);
}
