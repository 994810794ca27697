/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/medium/medium.h"

#include "air/medium/medium_state.h"
#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>

enum { MPDU_LEN_MIN = 10 /* Frame Control, Duration, receiver address */, RATE_MIN = 1000 /* kbit/s */ };

struct medium *medium_new(uint64_t seed)
{
	struct medium *medium = calloc(1, sizeof(*medium));

	if (medium) {
		medium->rng_state = seed;
		medium->airtime_percent = 100;
	}
	return medium;
}

void medium_free(struct medium *medium)
{
	struct timer *timer;

	if (!medium)
		return;
	for (struct medium_radio *radio = medium->radios; radio; radio = radio->hh.next)
		while (radio->queues)
			medium_queue_free(radio->queues);
	while ((timer = timer_heap_first(&medium->timers))) {
		struct medium_timer *entry = (struct medium_timer *)timer;

		timer_heap_stop(&medium->timers, timer);
		if (!entry->channel) {
			frame_free(((struct medium_delivery *)entry)->frame);
			free(entry);
		}
	}
	for (size_t i = medium->events_at; i < medium->events_count; i++)
		frame_free(medium->events[i].frame);
	medium_free_tables(medium);
	timer_heap_free(&medium->timers);
	free(medium->monitors);
	free(medium->events);
	free(medium);
}

/* ---- radios ---- */

void medium_set_airtime(struct medium *medium, unsigned percent)
{
	medium->airtime_percent = percent;
}

radio_id medium_join(struct medium *medium)
{
	struct medium_radio *radio = medium->last_id < UINT32_MAX ? calloc(1, sizeof(*radio)) : NULL;

	if (!radio)
		return 0;
	radio->id = medium->last_id + 1;
	HASH_ADD(hh, medium->radios, id, sizeof(radio->id), radio);
	if (!radio->hh.tbl) {
		free(radio);
		return 0;
	}
	return ++medium->last_id;
}

void medium_leave(struct medium *medium, radio_id id)
{
	struct medium_radio *radio = medium_find_radio(medium, id);

	if (!radio)
		return;
	while (radio->queues)
		medium_queue_free(radio->queues);
	medium_set_addresses(medium, id, NULL, 0);
	medium_set_monitor(medium, id, false);
	medium_tune(medium, id, 0);
	for (struct medium_radio *other = medium->radios; other && medium->pairs; other = other->hh.next) {
		medium_remove_pair(medium, id, other->id);
		medium_remove_pair(medium, other->id, id);
	}
	medium_events_remove(medium, id);
	HASH_DELETE(hh, medium->radios, radio);
	free(radio);
}

int medium_set_addresses(struct medium *medium, radio_id id, const uint8_t (*addr)[6], size_t count)
{
	struct medium_radio *radio = medium_find_radio(medium, id);

	if (!radio)
		return -ENOENT;
	if (count > MEDIUM_ADDRESSES_MAX)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		const struct medium_radio *owner = medium_find_receiver(medium, addr[i]);

		if (mac_is_group(addr[i]) || mac_is_zero(addr[i]))
			return -EINVAL;
		if (owner && owner != radio)
			return -EADDRINUSE;
	}
	return medium_replace_addresses(medium, radio, addr, count);
}

int medium_tune(struct medium *medium, radio_id id, uint16_t freq_mhz)
{
	struct medium_radio *radio = medium_find_radio(medium, id);
	struct medium_channel *channel = medium_get_channel(medium, freq_mhz);

	if (freq_mhz && !channel)
		return -ENOMEM;
	if (!radio || radio->channel == channel)
		return 0;
	if (channel && medium_list_add(&channel->tuned, &channel->count, &channel->room, radio))
		return -ENOMEM;
	if (radio->channel)
		medium_list_remove(radio->channel->tuned, &radio->channel->count, radio);
	radio->channel = channel;
	return 0;
}

int medium_set_monitor(struct medium *medium, radio_id id, bool on)
{
	struct medium_radio *radio = medium_find_radio(medium, id);

	if (!radio || radio->monitor == on)
		return 0;
	if (!on)
		medium_list_remove(medium->monitors, &medium->monitor_count, radio);
	else if (medium_list_add(&medium->monitors, &medium->monitor_count, &medium->monitor_room, radio))
		return -ENOMEM;
	radio->monitor = on;
	return 0;
}

void medium_doze(struct medium *medium, radio_id id, uint64_t until_ns)
{
	struct medium_radio *radio = medium_find_radio(medium, id);

	if (radio)
		radio->doze_until_ns = until_ns;
}

/* ---- links ---- */

int medium_set_link(struct medium *medium, radio_id from, radio_id to, const struct medium_link *link)
{
	struct medium_radio *radio = medium_find_radio(medium, from);
	struct medium_pair *pair;

	if (!radio || !medium_find_radio(medium, to))
		return -ENOENT;
	if (!link) {
		pair = medium_find_pair(medium, radio, to);
		if (pair)
			pair->has_link = false; /* delayed frames keep their order */
		return 0;
	}
	pair = medium_get_pair(medium, radio, to);
	if (!pair)
		return -ENOMEM;
	pair->has_link = true;
	pair->link = *link;
	return 0;
}

void medium_set_default_link(struct medium *medium, const struct medium_link *link)
{
	medium->default_link = *link;
}

/* ---- frames ---- */

/* Returns the radio's queue for a channel, made if necessary; NULL without memory. */
static struct medium_queue *get_queue(struct medium_radio *radio, struct medium_channel *channel)
{
	struct medium_queue *queue = radio->queues;

	while (queue && queue->channel != channel)
		queue = queue->next_of_radio;
	if (queue)
		return queue;
	queue = calloc(1, sizeof(*queue));
	if (queue) {
		*queue = (struct medium_queue){.next_of_radio = radio->queues, .radio = radio, .channel = channel};
		radio->queues = queue;
		medium_queue_link(queue);
	}
	return queue;
}

static int enqueue(struct medium *medium, struct medium_radio *radio, struct frame *frame, const struct medium_tx *init)
{
	uint16_t freq = frame->meta.freq_mhz;
	struct medium_channel *channel = freq ? medium_get_channel(medium, freq) : radio->channel;
	struct medium_queue *queue;
	struct medium_tx *tx;

	if (!channel)
		return freq ? -ENOMEM : -ENETDOWN;
	tx = malloc(sizeof(*tx));
	queue = tx ? get_queue(radio, channel) : NULL;
	if (!queue) {
		free(tx);
		return -ENOMEM;
	}
	*tx = *init;
	tx->frame = frame;
	medium_queue_add(queue, tx);
	radio->queued++;
	radio->counts.sent++;
	radio->doze_until_ns = 0;
	medium_channel_begin(medium, channel);
	return 0;
}

void medium_set_observer(struct medium *medium, medium_observer *observer, void *context)
{
	medium->observer = observer;
	medium->observer_context = context;
}

static void observe_refusal(const struct medium *medium, radio_id from, const struct frame *frame, uint64_t number,
			    uint64_t now_ns, int ret)
{
	medium_observe(medium, &(struct medium_observation){.radio = from,
							    .sent = true,
							    .number = number,
							    .time_ns = now_ns,
							    .reason = ret == -ENOBUFS  ? DROP_RADIO_QUEUE
								      : ret == -ENOMEM ? DROP_NO_MEMORY
										       : DROP_AIR_REFUSED,
							    .frame = frame});
}

static void count_refusal(struct medium_counts *counts, int ret)
{
	if (ret == -ENOBUFS)
		counts->queue_full++;
	else if (ret == -ENOMEM)
		counts->no_memory++;
	else if (ret)
		counts->refused++;
}

int medium_send(struct medium *medium, radio_id from, struct frame *frame, uint32_t rate_kbps, uint32_t cookie,
		uint64_t now_ns)
{
	const struct medium_tx tx = {.rate_kbps = rate_kbps,
				     .cookie = cookie,
				     .number = ++medium->last_number,
				     .queued_ns = now_ns,
				     .timestamp_ns = now_ns};
	struct medium_radio *radio = medium_find_radio(medium, from);
	int ret;

	if (!radio)
		ret = -ENOENT;
	else if (frame->len < MPDU_LEN_MIN || (rate_kbps && rate_kbps < RATE_MIN))
		ret = -EINVAL;
	else if (radio->queued >= MEDIUM_QUEUE_MAX)
		ret = -ENOBUFS;
	else
		ret = enqueue(medium, radio, frame, &tx);
	if (radio)
		count_refusal(&radio->counts, ret);
	if (ret) {
		observe_refusal(medium, from, frame, tx.number, now_ns, ret);
		frame_free(frame);
	}
	return ret;
}

unsigned medium_queue_len(const struct medium *medium, radio_id id)
{
	const struct medium_radio *radio = medium_find_radio(medium, id);

	return radio ? radio->queued : 0;
}

/* ---- time ---- */

uint64_t medium_deadline(const struct medium *medium)
{
	const struct timer *timer = timer_heap_first(&medium->timers);

	if (medium->events_at < medium->events_count)
		return medium->now_ns;
	return timer ? timer->at_ns : UINT64_MAX;
}

bool medium_next_event(struct medium *medium, uint64_t now_ns, struct medium_event *event)
{
	for (;;) {
		struct medium_timer *entry;
		struct timer *timer;

		if (medium->events_at < medium->events_count) {
			*event = medium->events[medium->events_at++];
			return true;
		}
		medium->events_at = medium->events_count = 0;
		timer = timer_heap_first(&medium->timers);
		if (!timer || timer->at_ns > now_ns)
			return false;
		timer_heap_stop(&medium->timers, timer);
		medium->now_ns = timer->at_ns;
		entry = (struct medium_timer *)timer;
		if (entry->channel)
			medium_channel_end(medium, entry->channel);
		else
			medium_deliver_delayed(medium, (struct medium_delivery *)entry);
	}
}

bool medium_get_counts(const struct medium *medium, radio_id id, struct medium_counts *counts)
{
	const struct medium_radio *radio = medium_find_radio(medium, id);

	if (radio)
		*counts = radio->counts;
	return radio != NULL;
}
