/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct engine_user *of(struct store *s)
{
	return (struct engine_user *)s;
}

static int get(struct store *s, const struct mn_key *key, struct mn_binding *b)
{
	struct engine_user *u = of(s);

	pthread_mutex_lock(&u->lock);
	const struct mn_binding *found = mn_engine_get(u->engine, key);
	if (found)
		*b = *found;
	pthread_mutex_unlock(&u->lock);
	return found ? 0 : -ENOENT;
}

static int put(struct store *s, const struct mn_key *key, const struct mn_binding *b)
{
	struct engine_user *u = of(s);

	pthread_mutex_lock(&u->lock);
	int r = mn_engine_put(u->engine, key, b);
	if (r == 0)
		engine_user_note(u, key, b->kind == MN_GUEST);
	pthread_mutex_unlock(&u->lock);
	return r < 0 ? -ENOSPC : 0;
}

static int del(struct store *s, const struct mn_key *key)
{
	struct engine_user *u = of(s);

	pthread_mutex_lock(&u->lock);
	bool there = mn_engine_delete(u->engine, key);
	if (there)
		engine_user_note(u, key, false);
	pthread_mutex_unlock(&u->lock);
	return there ? 0 : -ENOENT;
}

static int list(struct store *s, struct store_item **items, size_t *count)
{
	struct engine_user *u = of(s);
	void *cursor = NULL;
	size_t n = 0, size;

	pthread_mutex_lock(&u->lock);
	size = mn_engine_size(u->engine);
	struct store_item *all = size ? calloc(size, sizeof(*all)) : NULL;
	while (all && n < size && mn_engine_next(u->engine, &cursor, &all[n].key, &all[n].binding))
		n++;
	pthread_mutex_unlock(&u->lock);
	*items = all;
	*count = n;
	return size && !all ? -ENOMEM : 0;
}

static int ports(struct store *s, struct store_port **out, size_t *count)
{
	struct engine_user *u = of(s);
	struct mn_port *p = malloc(sizeof(*p));
	void *cursor = NULL;

	*count = 0;
	*out = calloc(MN_PORTS_MAX, sizeof(**out));
	if (!p || !*out) {
		free(p);
		free(*out);
		*out = NULL;
		return -ENOMEM;
	}
	pthread_mutex_lock(&u->lock);
	while (*count < MN_PORTS_MAX && mn_engine_next_port(u->engine, &cursor, p))
		(*out)[(*count)++] = (struct store_port){p->ifindex, p->learned, p->evicted, p->refused, p->limited};
	pthread_mutex_unlock(&u->lock);
	free(p);
	return 0;
}

static int port_del(struct store *s, uint32_t port)
{
	struct engine_user *u = of(s);

	pthread_mutex_lock(&u->lock);
	mn_engine_forget_port(u->engine, port);
	pthread_mutex_unlock(&u->lock);
	return 0;
}

static int counters(struct store *s, uint64_t drops[DROP_COUNT], uint64_t counts[MN_N_COUNT])
{
	struct engine_user *u = of(s);

	pthread_mutex_lock(&u->lock);
	for (uint32_t i = 0; i < DROP_COUNT; i++)
		drops[i] = mn_engine_drops(u->engine, (enum drop)i);
	for (uint32_t i = 0; i < MN_N_COUNT; i++)
		counts[i] = mn_engine_counts(u->engine, (enum mn_count)i);
	u->lost += ring_lost(&u->wire) + ring_lost(&u->veth);
	drops[DROP_QUEUE] += u->lost + u->air.failed + u->guests.failed + u->host.failed;
	pthread_mutex_unlock(&u->lock);
	drops[DROP_FOREIGN_SOURCE] += fence_foreign(u->fence);
	return 0;
}

static int config_get(struct store *s, struct mn_config *config)
{
	struct engine_user *u = of(s);

	pthread_mutex_lock(&u->lock);
	*config = *mn_engine_config(u->engine);
	pthread_mutex_unlock(&u->lock);
	return 0;
}

static int config_put(struct store *s, const struct mn_config *config)
{
	struct engine_user *u = of(s);

	pthread_mutex_lock(&u->lock);
	bool other = memcmp(mn_engine_config(u->engine)->w, config->w, 6) != 0;
	*mn_engine_config(u->engine) = *config;
	if (other)
		engine_user_note_own(u);
	pthread_mutex_unlock(&u->lock);
	return 0;
}

static void let_go(struct store *s)
{
	(void)s; /* engine_user_stop() ends it */
}

const struct store_ops engine_user_store_ops = {
	.get = get,
	.put = put,
	.del = del,
	.list = list,
	.ports = ports,
	.port_del = port_del,
	.counters = counters,
	.config_get = config_get,
	.config_put = config_put,
	.close = let_go,
};

struct store *engine_user_store(struct engine_user *u)
{
	return &u->store;
}

void engine_user_set_mtu(struct engine_user *u, int port, int mtu)
{
	pthread_mutex_lock(&u->lock);
	mn_engine_set_mtu(u->engine, (uint32_t)port, mtu > 0 ? (uint32_t)mtu : 0); /* without memory every frame fits */
	pthread_mutex_unlock(&u->lock);
}

/* ---- events ---- */

static void fence_hears(struct engine_user *u, const struct mn_event *e)
{
	switch ((enum mn_event_type)e->type) {
	case MN_EV_LEARNED:
		engine_user_note(u, &e->key, true);
		break;
	case MN_EV_FORGOTTEN:
	case MN_EV_EVICTED:
		engine_user_note(u, &e->key, false);
		break;
	case MN_EV_MOVED: /* who owns it does not matter to the fence */
	case MN_EV_TAKEN:
	case MN_EV_CONTEST:
	case MN_EV_REFUSED:
	case MN_EV_CONFLICT:
		break;
	}
}

void engine_user_tell(struct engine_user *u)
{
	const uint64_t one = 1;
	struct mn_event e;
	bool any = false;

	while (mn_engine_event(u->engine, &e)) {
		fence_hears(u, &e);
		if (u->n_news == MN_ENGINE_EVENTS)
			continue;
		u->news[(u->news_first + u->n_news++) % MN_ENGINE_EVENTS] = e;
		any = true;
	}
	if (any && write(u->news_fd, &one, sizeof(one)) < 0)
		return; /* it is readable already */
}

int engine_user_event_fd(const struct engine_user *u)
{
	return u->news_fd;
}

bool engine_user_event(struct engine_user *u, struct mn_event *event)
{
	uint64_t n;
	bool any;

	pthread_mutex_lock(&u->lock);
	any = u->n_news > 0;
	if (any) {
		*event = u->news[u->news_first];
		u->news_first = (u->news_first + 1) % MN_ENGINE_EVENTS;
		u->n_news--;
	} else if (read(u->news_fd, &n, sizeof(n)) < 0) {
		any = false; /* it was not readable: nothing to take back */
	}
	pthread_mutex_unlock(&u->lock);
	return any;
}
