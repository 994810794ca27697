/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/traffic.h"

#include "base/mac.h"

#include <stdlib.h>

/* A binding with counters at one look. */
struct sample {
	struct mn_key key;
	uint32_t port;
	uint8_t mac[6];
	struct traffic_counts counts;
};

struct traffic {
	struct sample *samples; /* by key */
	size_t n_samples;
	struct traffic_guest *guests; /* by MAC address and port */
	size_t n_guests;
	uint64_t time, interval; /* ns; 0: none yet */
};

struct traffic *traffic_new(void)
{
	return calloc(1, sizeof(struct traffic));
}

static void forget(struct traffic *traffic)
{
	free(traffic->samples);
	free(traffic->guests);
	*traffic = (struct traffic){0};
}

void traffic_free(struct traffic *traffic)
{
	if (!traffic)
		return;
	forget(traffic);
	free(traffic);
}

uint64_t traffic_interval(const struct traffic *traffic, uint64_t now)
{
	return traffic && now - traffic->time <= TRAFFIC_STALE_NS ? traffic->interval : 0;
}

const struct traffic_guest *traffic_guests(const struct traffic *traffic, size_t *count)
{
	*count = traffic ? traffic->n_guests : 0;
	return traffic ? traffic->guests : NULL;
}

static int compare_samples(const void *a, const void *b)
{
	const struct sample *left = a, *right = b;

	return memcmp(&left->key, &right->key, sizeof(left->key));
}

static int compare_guests(const void *a, const void *b)
{
	const struct traffic_guest *left = a, *right = b;
	int order = memcmp(left->mac, right->mac, sizeof(left->mac));

	return order ? order : left->port < right->port ? -1 : left->port > right->port;
}

static struct sample *take_samples(const struct store_item *items, size_t count, size_t *n_samples)
{
	struct sample *samples = malloc((count + 1) * sizeof(*samples));

	*n_samples = 0;
	for (size_t i = 0; samples && i < count; i++) {
		const struct mn_binding *binding = &items[i].binding;
		struct sample *sample = &samples[*n_samples];

		if (binding->kind != MN_GUEST || (!binding->out_packets && !binding->in_packets))
			continue;
		*sample = (struct sample){
			.key = items[i].key,
			.port = binding->port,
			.counts = {binding->out_packets, binding->out_bytes, binding->in_packets, binding->in_bytes},
		};
		mac_copy(sample->mac, binding->mac);
		++*n_samples;
	}
	if (samples && *n_samples)
		qsort(samples, *n_samples, sizeof(*samples), compare_samples);
	return samples;
}

/* The guests of the samples, without counts; a guest that has ended counters as long as it has others. */
static struct traffic_guest *make_guests(const struct sample *samples, size_t n_samples, size_t *n_guests)
{
	struct traffic_guest *guests = calloc(n_samples + 1, sizeof(*guests));
	size_t unique = 0;

	*n_guests = 0;
	if (!guests)
		return NULL;
	for (size_t i = 0; i < n_samples; i++) {
		mac_copy(guests[i].mac, samples[i].mac);
		guests[i].port = samples[i].port;
	}
	if (n_samples)
		qsort(guests, n_samples, sizeof(*guests), compare_guests);
	for (size_t i = 0; i < n_samples; i++)
		if (!unique || compare_guests(&guests[unique - 1], &guests[i]))
			guests[unique++] = guests[i];
	*n_guests = unique;
	return guests;
}

static struct traffic_guest *find_guest(struct traffic_guest *guests, size_t count, const uint8_t mac[6], uint32_t port)
{
	struct traffic_guest wanted = {.port = port};

	mac_copy(wanted.mac, mac);
	return count ? bsearch(&wanted, guests, count, sizeof(*guests), compare_guests) : NULL;
}

static void add(struct traffic_counts *sum, const struct traffic_counts *more)
{
	sum->out_packets += more->out_packets;
	sum->out_bytes += more->out_bytes;
	sum->in_packets += more->in_packets;
	sum->in_bytes += more->in_bytes;
}

/* Whether counters went on from `old`, also at another owner: a guest that moves takes them along. */
static bool continues(const struct traffic_counts *old, const struct traffic_counts *now)
{
	return now->out_packets >= old->out_packets && now->out_bytes >= old->out_bytes &&
	       now->in_packets >= old->in_packets && now->in_bytes >= old->in_bytes;
}

static void note_end(struct traffic_guest *guests, size_t count, const struct sample *old)
{
	struct traffic_guest *guest = find_guest(guests, count, old->mac, old->port);

	if (guest)
		add(&guest->ended, &old->counts);
}

/* `old`: the sample of the same binding at the last look; NULL: it had no counters then. */
static void note_sample(struct traffic_guest *guests, size_t count, const struct sample *old, const struct sample *now)
{
	struct traffic_guest *guest = find_guest(guests, count, now->mac, now->port);
	struct traffic_counts difference = now->counts;

	if (old && continues(&old->counts, &now->counts))
		difference = (struct traffic_counts){now->counts.out_packets - old->counts.out_packets,
						     now->counts.out_bytes - old->counts.out_bytes,
						     now->counts.in_packets - old->counts.in_packets,
						     now->counts.in_bytes - old->counts.in_bytes};
	else if (old)
		note_end(guests, count, old);
	if (guest)
		add(&guest->lately, &difference);
}

/* Walks through both looks, which are in the order of the keys. */
static void compare_looks(const struct traffic *last, const struct sample *samples, size_t n_samples,
			  struct traffic_guest *guests, size_t n_guests)
{
	size_t old = 0, now = 0;

	while (old < last->n_samples || now < n_samples) {
		int order = old == last->n_samples ? 1
			    : now == n_samples     ? -1
						   : compare_samples(&last->samples[old], &samples[now]);

		if (order < 0)
			note_end(guests, n_guests, &last->samples[old++]);
		else if (order > 0)
			note_sample(guests, n_guests, NULL, &samples[now++]);
		else
			note_sample(guests, n_guests, &last->samples[old++], &samples[now++]);
	}
}

void traffic_look(struct traffic *traffic, const struct store_item *items, size_t count, uint64_t now)
{
	struct traffic_guest *guests;
	struct sample *samples;
	size_t n_samples, n_guests;

	if (!traffic || (traffic->time && now - traffic->time < TRAFFIC_INTERVAL_NS))
		return;
	if (count > TRAFFIC_BINDINGS_MAX) { /* the comparison would take too long */
		forget(traffic);
		return;
	}
	samples = take_samples(items, count, &n_samples);
	guests = samples ? make_guests(samples, n_samples, &n_guests) : NULL;
	if (!guests) {
		free(samples);
		return;
	}
	for (size_t i = 0; i < traffic->n_guests; i++) {
		const struct traffic_guest *old = &traffic->guests[i];
		struct traffic_guest *guest = find_guest(guests, n_guests, old->mac, old->port);

		if (guest)
			guest->ended = old->ended;
	}
	if (traffic->time)
		compare_looks(traffic, samples, n_samples, guests, n_guests);
	traffic->interval = traffic->time ? now - traffic->time : 0;
	traffic->time = now;
	free(traffic->samples);
	free(traffic->guests);
	traffic->samples = samples;
	traffic->n_samples = n_samples;
	traffic->guests = guests;
	traffic->n_guests = n_guests;
}
