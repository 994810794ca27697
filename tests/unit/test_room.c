/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The failure of 2007, as a sweep: a frame of any length that arrives with any room goes out, whole, and opens again at
 * the other end.  TKIP needs 8 bytes of Michael and 4 of ICV behind the payload and 8 before it; a driver that reserved
 * the 4 lost each SYN+ACK whose buffer happened to have 4 to 11 bytes of slack.
 *
 * Every length × headroom 0..64 × tailroom 0..32 × each cipher × {data, management, fragments, shared buffer} would be
 * some 10^8 frames; the room and the length only meet in frame_room(), so: each head- and tailroom with the lengths
 * around every boundary, and each length with the rooms around every boundary.
 */
#include "hex.h"

#include "softmac/frag.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"

enum shape { DATA, QOS, FOUR_ADDRESSES, MANAGEMENT, FRAGMENTS, SHARED, NOBODY_ASKED, SHAPES };

struct pair {
	struct key out, in;
};

static int begin(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int end(void **state)
{
	crypto_free(*state);
	return 0;
}

static void pair_set(struct pair *p, struct crypto *c, enum cipher cipher)
{
	uint8_t material[KEY_MAX];
	struct key_use use = {.id = cipher >= CIPHER_BIP_CMAC_128 ? 4 : 0};

	for (size_t i = 0; i < sizeof material; i++)
		material[i] = (uint8_t)(i * 11 + 1);
	memset(p, 0, sizeof *p);
	assert_int_equal(key_set(&p->in, c, cipher, material, cipher_key_len(cipher), use), 0);
	use.authenticator = true;
	assert_int_equal(key_set(&p->out, c, cipher, material, cipher_key_len(cipher), use), 0);
}

static void pair_wipe(struct pair *p)
{
	key_wipe(&p->in);
	key_wipe(&p->out);
}

static bool takes(enum cipher c, enum shape s)
{
	if (c >= CIPHER_BIP_CMAC_128)
		return s == MANAGEMENT || s == SHARED || s == NOBODY_ASKED;
	return s != MANAGEMENT || c >= CIPHER_CCMP_128;
}

/* A frame of that shape, with `body` bytes behind the MAC header. */
static struct frame *shaped(enum cipher c, enum shape s, size_t body, size_t head, size_t tail)
{
	uint8_t bytes[64 + 2400];
	uint16_t fc = FC_DATA | FC_FROM_DS;
	size_t hdr;

	if (s == MANAGEMENT || c >= CIPHER_BIP_CMAC_128)
		fc = 0x00d0; /* action */
	else if (s == QOS || s == SHARED)
		fc |= FC_QOS;
	else if (s == FOUR_ADDRESSES)
		fc |= FC_QOS | FC_TO_DS | FC_ORDER;
	hdr = dot11_hdr_len(fc);
	for (size_t i = 0; i < hdr + body; i++)
		bytes[i] = (uint8_t)(i * 5 + i / 256);
	put_le16(bytes, fc);
	bytes[DOT11_ADDR1] &= 0xfe;
	bytes[DOT11_SEQ] &= 0xf0;
	return frame_from(bytes, hdr + body, head, tail);
}

static bool went_through(struct pair *p, struct frame *f, uint64_t *pn)
{
	return !key_seal(&p->out, f) && le16(f->data) & FC_PROTECTED && !key_open(&p->in, f, pn);
}

/* Fragments go out one by one and are put together again by their numbers. */
static bool in_fragments(struct pair *p, struct frame *f, size_t head, size_t tail)
{
	struct frame *part[FRAGMENTS_MAX], *whole;
	size_t hdr = dot11_hdr_len(le16(f->data)), size = (f->len - hdr) / 5 + 2;
	uint64_t pn = 0;
	bool ok = true;
	int n;

	if (key_seal_msdu(&p->out, f))
		return false;
	n = frag_split(f, size + size % 2, head, tail, part, FRAGMENTS_MAX);
	if (n < 1)
		return false;
	whole = frame_from(f->data, hdr, 0, 0);
	for (int i = 0; i < n; i++) {
		ok = ok && went_through(p, part[i], &pn) && (le16(part[i]->data + DOT11_SEQ) & DOT11_FRAG) == i;
		if (ok)
			memcpy(frame_put(whole, part[i]->len - hdr), part[i]->data + hdr, part[i]->len - hdr);
		frame_free(part[i]);
	}
	ok = ok && whole->len == f->len && memcmp(whole->data, f->data, f->len) == 0 &&
	     !key_open_msdu(&p->in, whole, pn);
	frame_free(whole);
	return ok;
}

static bool as_one(struct pair *p, struct frame *f)
{
	uint64_t pn;

	if (p->out.cipher < CIPHER_BIP_CMAC_128)
		return !key_seal_msdu(&p->out, f) && went_through(p, f, &pn) && !key_open_msdu(&p->in, f, pn);
	return !key_seal(&p->out, f) && !key_open(&p->in, f, &pn);
}

static void one(struct pair *p, enum shape s, size_t body, size_t had_head, size_t had_tail)
{
	struct frame *f = shaped(p->out.cipher, s, body, had_head, had_tail);
	struct frame *want = frame_from(f->data, f->len, 0, 0), *other = s == SHARED ? frame_clone(f) : NULL;
	unsigned moves;
	size_t head, tail;
	bool ok;

	key_room(p->out.cipher, &head, &tail);
	if (s != NOBODY_ASKED)
		assert_int_equal(frame_room(f, head, tail), 0);
	moves = f->cost.moves + f->cost.growths + f->cost.copies;
	ok = s == FRAGMENTS ? in_fragments(p, f, had_head, had_tail) : as_one(p, f);
	if (!ok)
		fail_msg("%s, shape %d, %zu bytes, headroom %zu, tailroom %zu: lost", cipher_name(p->out.cipher), s,
			 body, had_head, had_tail);
	/* Room was asked for once: no stage behind that moved the frame. */
	if (s != NOBODY_ASKED)
		assert_int_equal(f->cost.moves + f->cost.growths + f->cost.copies, moves);
	if (s != FRAGMENTS) {
		assert_int_equal(f->len, want->len);
		assert_memory_equal(f->data, want->data, want->len);
	}
	if (other) { /* who shared the buffer still has its frame, in the clear */
		assert_int_equal(other->len, want->len);
		assert_memory_equal(other->data, want->data, want->len);
	}
	frame_free(other);
	frame_free(want);
	frame_free(f);
}

/* The body of 2007: LLC/SNAP and a SYN+ACK, 92 bytes with the MAC header. */
enum { SYN_ACK = 8 + 60 };

static void every_room(void **state)
{
	static const size_t lengths[] = {0, 1, SYN_ACK, 255};
	struct pair p;

	for (enum cipher c = 0; c < CIPHERS; c++) {
		pair_set(&p, *state, c);
		for (enum shape s = 0; s < SHAPES; s++)
			for (size_t head = 0; takes(c, s) && head <= 64; head++)
				for (size_t tail = 0; tail <= 32; tail++)
					one(&p, s, lengths[(head + tail) % COUNT(lengths)], head, tail);
		for (size_t tail = 0; tail <= 32; tail++) /* the failing shape itself, in all of its rooms */
			for (size_t head = 0; head <= 64; head++)
				one(&p, c >= CIPHER_BIP_CMAC_128 ? MANAGEMENT : DATA, SYN_ACK, head, tail);
		pair_wipe(&p);
	}
}

static void every_length(void **state)
{
	static const size_t room[] = {0, 3, 4, 7, 8, 11, 12, 25, 32};
	struct pair p;

	for (enum cipher c = 0; c < CIPHERS; c++) {
		pair_set(&p, *state, c);
		for (enum shape s = 0; s < SHAPES; s++)
			for (size_t body = 0; takes(c, s) && body <= 2304; body++)
				one(&p, s, body, room[body % COUNT(room)],
				    room[(body / COUNT(room) + s) % COUNT(room)]);
		pair_wipe(&p);
	}
}

/* key_room() says exactly what sealing adds: less would cost a move for each frame, more would waste memory. */
static void the_room_that_is_asked_for_is_the_room_that_is_used(void **state)
{
	struct pair p;
	size_t head, tail;

	for (enum cipher c = 0; c < CIPHERS; c++) {
		enum shape s = c >= CIPHER_BIP_CMAC_128 ? MANAGEMENT : DATA;
		struct frame *f = shaped(c, s, SYN_ACK, 0, 0);
		size_t before = f->len;

		pair_set(&p, *state, c);
		key_room(c, &head, &tail);
		if (s == DATA)
			assert_int_equal(key_seal_msdu(&p.out, f), NOT_DROPPED);
		assert_int_equal(key_seal(&p.out, f), NOT_DROPPED);
		assert_int_equal(f->len, before + head + tail);
		frame_free(f);
		pair_wipe(&p);
	}
	key_room(CIPHER_TKIP, &head, &tail);
	assert_int_equal(head, 8);
	assert_int_equal(tail, 8 + 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_room),
		cmocka_unit_test(every_length),
		cmocka_unit_test(the_room_that_is_asked_for_is_the_room_that_is_used),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
