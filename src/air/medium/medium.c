/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/medium/medium.h"

#include "base/mac.h"
#include "air/medium/medium_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { MPDU_LEN_MIN = 10 /* up to the receiver's address */, RATE_MIN = 1000 /* kbit/s */ };

struct medium *medium_new(uint64_t seed)
{
	struct medium *medium = calloc(1, sizeof *medium);

	if (medium) {
		medium->rng_state = seed;
		medium->airtime_percent = 100;
	}
	return medium;
}

void medium_free(struct medium *medium)
{
	if (!medium)
		return;
	for (size_t i = 0; i < medium->radios.room; i++) {
		struct medium_radio *radio = medium->radios.entries[i].value;

		while (radio && radio->queues)
			medium_queue_free(radio->queues);
		free(radio);
	}
	for (size_t i = 0; i < medium->pairs.room; i++)
		free(medium->pairs.entries[i].value);
	for (size_t i = 0; i < medium->channels.room; i++)
		if (medium->channels.entries[i].value) {
			free(((struct medium_channel *)medium->channels.entries[i].value)->tuned);
			free(medium->channels.entries[i].value);
		}
	for (size_t i = 0; i < medium->timer_count; i++)
		frame_free(medium->timers[i].frame);
	for (size_t i = medium->events_at; i < medium->events_count; i++)
		frame_free(medium->events[i].frame);
	u64_map_free(&medium->radios);
	u64_map_free(&medium->radio_by_addr);
	u64_map_free(&medium->pairs);
	u64_map_free(&medium->channels);
	free(medium->monitors);
	free(medium->timers);
	free(medium->events);
	free(medium);
}

void medium_set_airtime(struct medium *medium, unsigned percent)
{
	medium->airtime_percent = percent;
}

radio_id medium_join(struct medium *medium)
{
	struct medium_radio *radio = medium->last_id < UINT32_MAX ? calloc(1, sizeof *radio) : NULL;

	if (!radio)
		return 0;
	radio->id = medium->last_id + 1;
	if (u64_map_put(&medium->radios, radio->id, radio)) {
		free(radio);
		return 0;
	}
	return ++medium->last_id;
}

static void remove_pair(struct medium *medium, radio_id from, radio_id to)
{
	struct medium_pair *pair = u64_map_remove(&medium->pairs, medium_pair_key(from, to));
	struct medium_radio *radio = medium_find_radio(medium, from);

	if (pair && radio)
		radio->pair_count--;
	free(pair);
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
	for (size_t i = 0; i < medium->radios.room && medium->pairs.count; i++)
		if (medium->radios.entries[i].key) {
			remove_pair(medium, id, (radio_id)medium->radios.entries[i].key);
			remove_pair(medium, (radio_id)medium->radios.entries[i].key, id);
		}
	free(u64_map_remove(&medium->radios, id));
}

int medium_set_addresses(struct medium *medium, radio_id id, const uint8_t (*addr)[6], size_t count)
{
	struct medium_radio *radio = medium_find_radio(medium, id), *owner;
	uint64_t old_addr[MEDIUM_ADDRESSES_MAX];
	unsigned old_count = radio ? radio->addr_count : 0;

	if (!radio)
		return -ENOENT;
	if (count > MEDIUM_ADDRESSES_MAX)
		return -EINVAL;
	for (size_t i = 0; i < count; i++) {
		if (mac_is_group(addr[i]) || mac_is_zero(addr[i]))
			return -EINVAL;
		owner = u64_map_get(&medium->radio_by_addr, mac_to_u64(addr[i]));
		if (owner && owner != radio)
			return -EADDRINUSE;
	}
	memcpy(old_addr, radio->addr, sizeof old_addr);
	for (size_t i = 0; i < count; i++) {
		if (!u64_map_get(&medium->radio_by_addr, mac_to_u64(addr[i])) &&
		    u64_map_put(&medium->radio_by_addr, mac_to_u64(addr[i]), radio)) {
			/* Back to where it was: what was put in before this one goes, what it had stays. */
			for (size_t k = 0; k < i; k++)
				u64_map_remove(&medium->radio_by_addr, mac_to_u64(addr[k]));
			for (unsigned k = 0; k < old_count; k++)
				u64_map_put(&medium->radio_by_addr, old_addr[k], radio);
			return -ENOMEM;
		}
	}
	for (unsigned i = 0; i < old_count; i++)
		u64_map_remove(&medium->radio_by_addr, old_addr[i]);
	for (size_t i = 0; i < count; i++) {
		radio->addr[i] = mac_to_u64(addr[i]);
		u64_map_put(&medium->radio_by_addr, radio->addr[i], radio); /* there was room for it just now */
	}
	radio->addr_count = (unsigned)count;
	return 0;
}

static struct medium_channel *get_channel(struct medium *medium, uint16_t freq_mhz)
{
	struct medium_channel *channel = u64_map_get(&medium->channels, freq_mhz);

	if (channel || !freq_mhz)
		return channel;
	channel = calloc(1, sizeof *channel);
	if (!channel)
		return NULL;
	channel->freq_mhz = freq_mhz;
	if (u64_map_put(&medium->channels, freq_mhz, channel)) {
		free(channel);
		return NULL;
	}
	return channel;
}

int medium_tune(struct medium *medium, radio_id id, uint16_t freq_mhz)
{
	struct medium_radio *radio = medium_find_radio(medium, id);
	struct medium_channel *channel = get_channel(medium, freq_mhz);

	if (!radio || radio->channel == channel)
		return freq_mhz && !channel ? -ENOMEM : 0;
	if (freq_mhz && (!channel || medium_list_add(&channel->tuned, &channel->count, &channel->room, radio)))
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

int medium_set_link(struct medium *medium, radio_id from, radio_id to, const struct medium_link *link)
{
	struct medium_radio *radio = medium_find_radio(medium, from);
	struct medium_pair *pair;

	if (!radio || !medium_find_radio(medium, to))
		return -ENOENT;
	if (!link) {
		pair = medium_find_pair(medium, radio, to);
		if (pair)
			pair->has_link = false; /* the order of what is under way stays */
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

/* The radio's queue for a channel; an empty one stands in no ring yet. */
static struct medium_queue *get_queue(struct medium_radio *radio, struct medium_channel *channel)
{
	struct medium_queue *queue = radio->queues;

	while (queue && queue->channel != channel)
		queue = queue->next_of_radio;
	if (queue)
		return queue;
	queue = calloc(1, sizeof *queue);
	if (queue) {
		*queue = (struct medium_queue){.next_of_radio = radio->queues, .radio = radio, .channel = channel};
		radio->queues = queue;
		medium_queue_link(queue);
	}
	return queue;
}

static int enqueue(struct medium *medium, struct medium_radio *radio, struct frame *frame, struct medium_tx init)
{
	uint16_t freq = frame->meta.freq_mhz;
	struct medium_channel *channel = freq ? get_channel(medium, freq) : radio->channel;
	struct medium_tx *tx = malloc(sizeof *tx);
	struct medium_queue *queue = tx && channel ? get_queue(radio, channel) : NULL;

	if (!queue) {
		free(tx);
		return tx && !channel && !freq ? -ENETDOWN : -ENOMEM;
	}
	*tx = init;
	tx->frame = frame;
	medium_queue_add(queue, tx);
	radio->queued++;
	radio->counts.sent++;
	radio->doze_until_ns = 0;
	medium_channel_begin(medium, channel);
	return 0;
}

int medium_send(struct medium *medium, radio_id from, struct frame *frame, uint32_t rate_kbps, uint32_t cookie,
		uint64_t now_ns)
{
	struct medium_radio *radio = medium_find_radio(medium, from);
	int ret;

	if (!radio)
		ret = -ENOENT;
	else if (frame->len < MPDU_LEN_MIN || (rate_kbps && rate_kbps < RATE_MIN))
		ret = -EINVAL;
	else if (radio->queued >= MEDIUM_QUEUE_MAX)
		ret = -ENOBUFS;
	else
		ret = enqueue(
			medium, radio, frame,
			(struct medium_tx){
				.rate_kbps = rate_kbps, .cookie = cookie, .queued_ns = now_ns, .timestamp_ns = now_ns});
	if (ret == -ENOBUFS)
		radio->counts.queue_full++;
	if (ret)
		frame_free(frame);
	return ret;
}

unsigned medium_queue_len(const struct medium *medium, radio_id id)
{
	const struct medium_radio *radio = medium_find_radio(medium, id);

	return radio ? radio->queued : 0;
}

uint64_t medium_deadline(const struct medium *medium)
{
	if (medium->events_at < medium->events_count)
		return medium->now_ns;
	return medium->timer_count ? medium->timers[0].at_ns : UINT64_MAX;
}

/* A delayed frame has come. */
static void deliver_delayed(struct medium *medium, const struct medium_timer *timer)
{
	struct medium_radio *to = medium_find_radio(medium, timer->to);

	if (to)
		to->delayed--;
	medium_event_push(medium, (struct medium_event){.kind = MEDIUM_RECEIVED,
							.radio = timer->to,
							.frame = timer->frame,
							.tries = timer->tries});
}

bool medium_next_event(struct medium *medium, uint64_t now_ns, struct medium_event *event)
{
	for (;;) {
		while (medium->events_at < medium->events_count) {
			*event = medium->events[medium->events_at++];
			if (medium_find_radio(medium, event->radio))
				return true;
			frame_free(event->frame);
		}
		medium->events_at = medium->events_count = 0;
		if (!medium->timer_count || medium->timers[0].at_ns > now_ns)
			return false;

		struct medium_timer timer = medium_timer_pop(medium);

		medium->now_ns = timer.at_ns;
		if (timer.channel)
			medium_channel_end(medium, timer.channel);
		else
			deliver_delayed(medium, &timer);
	}
}

bool medium_get_counts(const struct medium *medium, radio_id id, struct medium_counts *counts)
{
	const struct medium_radio *radio = medium_find_radio(medium, id);

	if (radio)
		*counts = radio->counts;
	return radio != NULL;
}
