/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/user/engine_state.h"

#include "daemon/privilege.h"

#include <stdlib.h>
#include <string.h>

/* The fence knows untagged addresses. */
static int set_of(const struct mn_key *key)
{
	if (key->vlan)
		return -1;
	switch (key->family) {
	case MN_MAC:
		return FENCE_MAC;
	case MN_IP4:
		return FENCE_IP4;
	case MN_IP6:
		return FENCE_IP6;
	}
	return -1;
}

void engine_user_note(struct engine_user *u, const struct mn_key *key, bool guest)
{
	int set = set_of(key);

	if (set < 0 || !u->fence)
		return;
	if (u->n_changes == CHANGES_MAX) {
		u->anew = true;
		u->n_changes = 0;
	}
	if (!u->anew) {
		struct user_change *c = &u->changes[u->n_changes++];

		memcpy(c->address, key->addr, sizeof(c->address));
		c->set = (uint8_t)set;
		c->guest = guest;
	}
	pthread_cond_signal(&u->changed);
}

void engine_user_note_own(struct engine_user *u)
{
	u->new_own = true;
	pthread_cond_signal(&u->changed);
}

static void all(struct engine_user *u)
{
	struct mn_key key;
	struct mn_binding b;
	void *cursor = NULL;

	fence_clear(u->fence);
	while (mn_engine_next(u->engine, &cursor, &key, &b)) {
		int set = set_of(&key);

		if (set >= 0 && b.kind == MN_GUEST)
			fence_put(u->fence, (enum fence_set)set, key.addr, true);
	}
	u->anew = false;
	u->n_changes = 0;
}

/* Gathers what has changed, under the lock. */
static void gather(struct engine_user *u)
{
	if (u->new_own)
		fence_set_own(u->fence, mn_engine_config(u->engine)->w);
	u->new_own = false;
	if (u->anew)
		all(u);
	for (uint32_t i = 0; i < u->n_changes; i++)
		fence_put(u->fence, (enum fence_set)u->changes[i].set, u->changes[i].address, u->changes[i].guest);
	u->n_changes = 0;
}

void *engine_user_keep(void *user)
{
	struct engine_user *u = user;

	privilege_drop();
	pthread_mutex_lock(&u->lock);
	while (!u->leave) {
		if (!u->n_changes && !u->anew && !u->new_own) {
			pthread_cond_wait(&u->changed, &u->lock);
			continue;
		}
		gather(u);
		pthread_mutex_unlock(&u->lock);
		int r = fence_commit(u->fence);
		pthread_mutex_lock(&u->lock);
		/* Refused as a whole (memory, a full set): what is missing only makes the fence lower. */
		(void)r;
	}
	pthread_mutex_unlock(&u->lock);
	return NULL;
}
