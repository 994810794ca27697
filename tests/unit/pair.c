/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pair.h"

bool pair_same_key(const struct rsn_key *a, const struct rsn_key *b)
{
	return a->cipher == b->cipher && a->len == b->len && a->id == b->id && memcmp(a->bytes, b->bytes, KEY_MAX) == 0;
}

bool pair_same(const struct flying *a, const struct flying *b)
{
	return a->to_supplicant == b->to_supplicant && a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

uint64_t pair_random(struct pair *p)
{
	p->seed = p->seed * 6364136223846793005u + 1442695040888963407u;
	return p->seed >> 33;
}

void pair_fill(struct pair *p, uint8_t *bytes, size_t len)
{
	while (len--)
		bytes[len] = (uint8_t)pair_random(p);
}

void pair_take(struct pair *p, bool at_supplicant, struct rsn_out *out)
{
	struct installed *i = at_supplicant ? &p->at_s : &p->at_a;

	i->drop = out->drop;
	i->wake_ns = out->wake_ns;
	if (out->frame_len) {
		struct flying f = {.to_supplicant = !at_supplicant,
				   .protected = out->frame_protected,
				   .len = out->frame_len,
				   .key = out->install_first ? out->ptk : i->ptk};

		memcpy(f.bytes, out->frame, out->frame_len);
		assert_true(p->count < FLYING_MAX);
		p->flying[p->count++] = f;
		if (p->logged < FLYING_MAX)
			p->log[p->logged++] = f;
	}
	if (out->ptk.len) {
		/* The rule of 2017: what is installed is never what was. */
		assert_false(i->ptk.len == out->ptk.len && memcmp(i->ptk.bytes, out->ptk.bytes, out->ptk.len) == 0);
		i->ptk = out->ptk;
		i->ptks++;
	}
	if (out->gtk.len) {
		assert_false(i->gtk.len == out->gtk.len && memcmp(i->gtk.bytes, out->gtk.bytes, out->gtk.len) == 0);
		i->gtk = out->gtk;
		i->gtks++;
	}
	if (out->igtk.len) {
		assert_false(i->igtk.len && memcmp(i->igtk.bytes, out->igtk.bytes, out->igtk.len) == 0);
		i->igtk = out->igtk;
		i->igtks++;
	}
	i->authorised += out->authorised;
	if (out->finding)
		i->finding = out->finding;
	if (out->disconnect)
		i->disconnect = out->disconnect;
	rsn_out_wipe(out);
}

static void pair_element(const struct rsn_suite *s, uint8_t *out, size_t *len, bool ap)
{
	struct rsn_element e = {.wpa = s->wpa,
				.group = s->group,
				.pairwise = 1u << s->pairwise,
				.akms = 1u << s->akm,
				.management = s->management,
				.capabilities = s->management < CIPHERS ? RSN_MFPC | (ap ? RSN_MFPR : 0) : 0};

	*len = rsn_write(&e, out);
}

void pair_setup(struct pair *p, struct crypto *c, const struct rsn_suite *suite)
{
	struct authenticator_setup au = {.suite = *suite, .ends = {{2, 0, 0, 0, 0, 2}, {2, 0, 0, 0, 0, 1}}};
	struct supplicant_setup su = {.suite = *suite, .ends = au.ends};
	uint8_t random[RSN_GROUP_RANDOM];

	memset(p, 0, sizeof *p);
	p->c = c;
	p->seed = 7;
	for (int i = 0; i < 3; i++)
		pair_fill(p, p->pmks[i], PMK_LEN);
	pair_fill(p, random, sizeof random);
	rsn_group_renew(&p->group, suite, random);
	au.pmks = (const uint8_t(*)[PMK_LEN])p->pmks;
	au.pmk_count = 3;
	memcpy(su.pmk, p->pmks[1], PMK_LEN);
	pair_element(suite, au.own, &au.own_len, true);
	pair_element(suite, su.own, &su.own_len, false);
	memcpy(su.theirs, au.own, au.own_len);
	su.theirs_len = au.own_len;
	memcpy(au.theirs, su.own, su.own_len);
	au.theirs_len = su.own_len;
	authenticator_init(&p->a, c, &p->group, &au);
	supplicant_init(&p->s, c, &su);
}

void pair_start(struct pair *p)
{
	uint8_t anonce[RSN_NONCE];
	struct rsn_out out;

	pair_fill(p, anonce, sizeof anonce);
	assert_int_equal(authenticator_start(&p->a, anonce, p->now, &out), 0);
	pair_take(p, false, &out);
}

void pair_begin(struct pair *p, struct crypto *c, const struct rsn_suite *suite)
{
	pair_setup(p, c, suite);
	pair_start(p);
}

struct flying pair_next(struct pair *p, unsigned which)
{
	struct flying f = p->flying[which];

	assert_true(which < p->count);
	memmove(p->flying + which, p->flying + which + 1, (--p->count - which) * sizeof f);
	return f;
}

void pair_deliver(struct pair *p, const struct flying *f)
{
	uint8_t random[RSN_NONCE];
	struct rsn_out out;

	if (f->protected && !pair_same_key(&f->key, f->to_supplicant ? &p->at_s.ptk : &p->at_a.ptk))
		return;
	if (f->to_supplicant) {
		pair_fill(p, random, sizeof random);
		supplicant_receive(&p->s, f->bytes, f->len, f->protected, random, p->now, &out);
	} else {
		authenticator_receive(&p->a, f->bytes, f->len, p->now, &out);
	}
	pair_take(p, f->to_supplicant, &out);
}

void pair_pass(struct pair *p, unsigned count)
{
	while (count--) {
		struct flying f = pair_next(p, 0);

		pair_deliver(p, &f);
	}
}

unsigned pair_run(struct pair *p)
{
	unsigned n = 0;

	for (; p->count; n++) {
		assert_true(n < 100);
		pair_pass(p, 1);
	}
	return n;
}

bool pair_wake(struct pair *p)
{
	uint64_t a = p->at_a.wake_ns ? p->at_a.wake_ns : UINT64_MAX, s = p->at_s.wake_ns ? p->at_s.wake_ns : UINT64_MAX;
	struct rsn_out out;

	if (a == UINT64_MAX && s == UINT64_MAX)
		return false;
	p->now = a < s ? a : s;
	if (a <= s)
		authenticator_timeout(&p->a, p->now, &out);
	else
		supplicant_timeout(&p->s, p->now, &out);
	pair_take(p, a > s, &out);
	return true;
}

bool pair_agrees(const struct pair *p)
{
	const struct rsn_key *gtk = &p->group.gtk, *igtk = &p->group.igtk;

	return p->a.state == AUTHENTICATOR_DONE && p->s.state == SUPPLICANT_DONE && p->a.authorised &&
	       p->s.authorised && p->at_a.ptk.len && pair_same_key(&p->at_a.ptk, &p->at_s.ptk) &&
	       p->at_s.gtk.id == gtk->id && memcmp(p->at_s.gtk.bytes, gtk->bytes, KEY_MAX) == 0 &&
	       (!igtk->len || memcmp(p->at_s.igtk.bytes, igtk->bytes, KEY_MAX) == 0);
}

void drop_pair(struct pair *p)
{
	authenticator_wipe(&p->a);
	supplicant_wipe(&p->s);
}

void settle(struct pair *p)
{
	pair_run(p);
	for (int i = 0; i < 40 && pair_wake(p); i++)
		pair_run(p);
	assert_int_equal(p->at_a.wake_ns, 0);
}

void new_group(struct pair *p)
{
	uint8_t random[RSN_GROUP_RANDOM];

	pair_fill(p, random, sizeof random);
	rsn_group_renew(&p->group, &p->a.setup.suite, random);
}

void tell_group(struct pair *p)
{
	struct rsn_out out;

	authenticator_group(&p->a, p->now, &out);
	pair_take(p, false, &out);
}
