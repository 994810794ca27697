/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/medium/medium_state.h"

#include "base/array.h"
#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- radios and their addresses ---- */

struct medium_radio *medium_find_radio(const struct medium *medium, radio_id id)
{
	struct medium_radio *radio;

	HASH_FIND(hh, medium->radios, &id, sizeof(id), radio);
	return radio;
}

static struct medium_address *find_address(const struct medium *medium, uint64_t addr)
{
	struct medium_address *address;

	HASH_FIND(hh, medium->addresses, &addr, sizeof(addr), address);
	return address;
}

struct medium_radio *medium_find_receiver(const struct medium *medium, const uint8_t *addr)
{
	const struct medium_address *address = find_address(medium, mac_to_u64(addr));

	return address ? address->radio : NULL;
}

static int add_address(struct medium *medium, struct medium_radio *radio, uint64_t addr)
{
	struct medium_address *address = calloc(1, sizeof(*address));

	if (!address)
		return -ENOMEM;
	address->addr = addr;
	address->radio = radio;
	HASH_ADD(hh, medium->addresses, addr, sizeof(address->addr), address);
	if (address->hh.tbl)
		return 0;
	free(address);
	return -ENOMEM;
}

static void remove_address(struct medium *medium, uint64_t addr)
{
	struct medium_address *address = find_address(medium, addr);

	if (!address)
		return;
	HASH_DELETE(hh, medium->addresses, address);
	free(address);
}

static bool has_address(const uint64_t *list, size_t count, uint64_t addr)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == addr)
			return true;
	return false;
}

int medium_replace_addresses(struct medium *medium, struct medium_radio *radio, const uint8_t (*addr)[6], size_t count)
{
	uint64_t addresses[MEDIUM_ADDRESSES_MAX], added[MEDIUM_ADDRESSES_MAX];
	size_t added_count = 0;

	for (size_t i = 0; i < count; i++) {
		addresses[i] = mac_to_u64(addr[i]);
		if (find_address(medium, addresses[i]))
			continue;
		if (add_address(medium, radio, addresses[i])) {
			while (added_count)
				remove_address(medium, added[--added_count]);
			return -ENOMEM;
		}
		added[added_count++] = addresses[i];
	}
	for (unsigned i = 0; i < radio->addr_count; i++)
		if (!has_address(addresses, count, radio->addr[i]))
			remove_address(medium, radio->addr[i]);
	if (count)
		memcpy(radio->addr, addresses, count * sizeof(*addresses));
	radio->addr_count = (unsigned)count;
	return 0;
}

/* ---- channels ---- */

struct medium_channel *medium_get_channel(struct medium *medium, uint16_t freq_mhz)
{
	struct medium_channel *channel;

	HASH_FIND(hh, medium->channels, &freq_mhz, sizeof(freq_mhz), channel);
	if (channel || !freq_mhz)
		return channel;
	channel = calloc(1, sizeof(*channel));
	if (!channel)
		return NULL;
	channel->freq_mhz = freq_mhz;
	channel->end_timer.channel = channel;
	HASH_ADD(hh, medium->channels, freq_mhz, sizeof(channel->freq_mhz), channel);
	if (channel->hh.tbl)
		return channel;
	free(channel);
	return NULL;
}

/* ---- pairs ---- */

static uint64_t pair_key(radio_id from, radio_id to)
{
	return (uint64_t)from << 32 | to;
}

static struct medium_pair *find_pair(const struct medium *medium, uint64_t key)
{
	struct medium_pair *pair;

	HASH_FIND(hh, medium->pairs, &key, sizeof(key), pair);
	return pair;
}

struct medium_pair *medium_find_pair(const struct medium *medium, const struct medium_radio *from, radio_id to)
{
	return from->pair_count ? find_pair(medium, pair_key(from->id, to)) : NULL;
}

struct medium_pair *medium_get_pair(struct medium *medium, struct medium_radio *from, radio_id to)
{
	struct medium_pair *pair = medium_find_pair(medium, from, to);

	if (pair)
		return pair;
	pair = calloc(1, sizeof(*pair));
	if (!pair)
		return NULL;
	pair->key = pair_key(from->id, to);
	HASH_ADD(hh, medium->pairs, key, sizeof(pair->key), pair);
	if (!pair->hh.tbl) {
		free(pair);
		return NULL;
	}
	from->pair_count++;
	return pair;
}

void medium_remove_pair(struct medium *medium, radio_id from, radio_id to)
{
	struct medium_pair *pair = find_pair(medium, pair_key(from, to));
	struct medium_radio *radio = medium_find_radio(medium, from);

	if (!pair)
		return;
	if (radio)
		radio->pair_count--;
	HASH_DELETE(hh, medium->pairs, pair);
	free(pair);
}

void medium_free_tables(struct medium *medium)
{
	struct medium_radio *radio, *next_radio;
	struct medium_address *address, *next_address;
	struct medium_pair *pair, *next_pair;
	struct medium_channel *channel, *next_channel;

	HASH_ITER(hh, medium->radios, radio, next_radio) {
		HASH_DELETE(hh, medium->radios, radio);
		free(radio);
	}
	HASH_ITER(hh, medium->addresses, address, next_address) {
		HASH_DELETE(hh, medium->addresses, address);
		free(address);
	}
	HASH_ITER(hh, medium->pairs, pair, next_pair) {
		HASH_DELETE(hh, medium->pairs, pair);
		free(pair);
	}
	HASH_ITER(hh, medium->channels, channel, next_channel) {
		HASH_DELETE(hh, medium->channels, channel);
		free(channel->tuned);
		free(channel);
	}
}

/* ---- lists ---- */

int medium_list_add(struct medium_radio ***list, size_t *count, size_t *room, struct medium_radio *radio)
{
	if (array_reserve(list, room, *count + 1, sizeof(**list)))
		return -ENOMEM;
	(*list)[(*count)++] = radio;
	return 0;
}

void medium_list_remove(struct medium_radio **list, size_t *count, const struct medium_radio *radio)
{
	for (size_t i = 0; i < *count; i++)
		if (list[i] == radio) {
			memmove(list + i, list + i + 1, (*count - i - 1) * sizeof(*list));
			(*count)--;
			return;
		}
}

bool medium_event_push(struct medium *medium, struct medium_event event)
{
	if (array_reserve(&medium->events, &medium->events_room, medium->events_count + 1, sizeof(*medium->events))) {
		frame_free(event.frame);
		return false;
	}
	medium->events[medium->events_count++] = event;
	return true;
}

void medium_events_remove(struct medium *medium, radio_id id)
{
	size_t kept = medium->events_at;

	for (size_t i = medium->events_at; i < medium->events_count; i++)
		if (medium->events[i].radio == id)
			frame_free(medium->events[i].frame);
		else
			medium->events[kept++] = medium->events[i];
	medium->events_count = kept;
}
