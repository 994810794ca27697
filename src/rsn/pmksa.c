/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/pmksa.h"

#include "base/mac.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int pmkid(struct crypto *c, enum akm akm, const uint8_t pmk[PMK_LEN], const struct rsn_pair *ends,
	  uint8_t out[PMKID_LEN])
{
	static const char name[] = "PMK Name";
	struct piece p[] = {{name, sizeof name - 1}, {ends->aa, MAC_LEN}, {ends->spa, MAC_LEN}};

	return digest(c, rsn_hash(akm), pmk, PMK_LEN, p, 3, out, PMKID_LEN);
}

int pmksa_init(struct pmksa_cache *p, size_t room, uint64_t lifetime_ns)
{
	*p = (struct pmksa_cache){.list = calloc(room, sizeof *p->list), .room = room, .lifetime_ns = lifetime_ns};
	return p->list ? 0 : -ENOMEM;
}

void pmksa_free(struct pmksa_cache *p)
{
	pmksa_flush(p, NULL);
	free(p->list);
	*p = (struct pmksa_cache){0};
}

static bool same_ends(const struct rsn_pair *a, const struct rsn_pair *b)
{
	return mac_equal(a->aa, b->aa) && mac_equal(a->spa, b->spa);
}

/* The place for a new entry: that of the same PMK, one that is free, or whose entry gives way. */
static struct pmksa *place(struct pmksa_cache *p, const struct pmksa *new)
{
	struct pmksa *oldest = p->list;

	for (struct pmksa *e = p->list; e < p->list + p->count; e++) {
		if (e->akm == new->akm && same_ends(&e->ends, &new->ends) &&
		    crypto_equal(e->pmkid, new->pmkid, PMKID_LEN))
			return e;
		/* All live equally long: what has expired is the oldest. */
		if (e->added_ns < oldest->added_ns)
			oldest = e;
	}
	return p->count < p->room ? p->list + p->count++ : oldest;
}

int pmksa_add(struct pmksa_cache *p, struct crypto *c, enum akm akm, const uint8_t pmk[PMK_LEN],
	      const struct rsn_pair *ends, unsigned tag, uint64_t now_ns)
{
	struct pmksa new = {
		.ends = *ends, .akm = akm, .tag = tag, .added_ns = now_ns, .until_ns = now_ns + p->lifetime_ns};
	int e = pmkid(c, akm, pmk, ends, new.pmkid);

	if (!e) {
		memcpy(new.pmk, pmk, PMK_LEN);
		*place(p, &new) = new;
	}
	crypto_wipe(&new, sizeof new);
	return e;
}

static bool names(struct span pmkids, const struct pmksa *e)
{
	for (size_t at = 0; at + PMKID_LEN <= pmkids.len; at += PMKID_LEN)
		if (crypto_equal(pmkids.bytes + at, e->pmkid, PMKID_LEN))
			return true;
	return !pmkids.len;
}

const struct pmksa *pmksa_find(const struct pmksa_cache *p, enum akm akm, const struct rsn_pair *ends,
			       struct span pmkids, uint64_t now_ns)
{
	const struct pmksa *found = NULL;

	for (const struct pmksa *e = p->list; e < p->list + p->count; e++)
		if (e->akm == akm && now_ns < e->until_ns && same_ends(&e->ends, ends) && names(pmkids, e) &&
		    (!found || e->added_ns > found->added_ns))
			found = e;
	return found;
}

size_t pmksa_flush(struct pmksa_cache *p, const uint8_t addr[6])
{
	size_t kept = 0, before = p->count;

	for (size_t i = 0; i < before; i++) {
		const struct pmksa *e = &p->list[i];

		if (addr && !mac_equal(e->ends.aa, addr) && !mac_equal(e->ends.spa, addr))
			p->list[kept++] = *e;
	}
	if (before > kept)
		crypto_wipe(p->list + kept, (before - kept) * sizeof *p->list);
	p->count = kept;
	return before - kept;
}
