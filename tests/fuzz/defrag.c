/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fragments, four bytes of input each: sequence number and TID; fragment number and More Fragments; key and step of the
 * packet number; time. The body of each fragment identifies it, so that each reassembled MSDU can be checked: one MSDU,
 * in order, under one key, with consecutive packet numbers, none too old.
 */
#include "fuzz.h"

#include "softmac/defrag.h"
#include "softmac/key.h"
#include "softmac/mpdu.h"
#include "wire/be.h"

enum { MOST = 512, HDR = 26, BODY = 2 };

struct fragment_input {
	uint16_t seq_control;
	uint8_t tid;
	bool more;
	struct defrag_in in;
};

static struct frame *make_fragment(const struct fragment_input *input, uint16_t which)
{
	struct frame *frame = frame_new(0, HDR + BODY, 0);
	uint8_t *bytes = frame ? frame_make_writable(frame) : NULL;

	must(bytes);
	put_le16(bytes, FC_DATA | FC_QOS | FC_TO_DS | (input->more ? FC_MORE_FRAGS : 0));
	put_le16(bytes + DOT11_OFF_SEQ, input->seq_control);
	bytes[24] = input->tid;
	put_be16(bytes + HDR, which);
	return frame;
}

static void check_whole(const struct frame *whole, const struct fragment_input *all, size_t now)
{
	size_t count = (whole->len - HDR) / BODY;
	const struct fragment_input *before = NULL;

	must(count && count <= 16 && whole->len == HDR + count * BODY && !(le16(whole->data) & FC_MORE_FRAGS));
	for (size_t i = 0; i < count; i++) {
		const struct fragment_input *input = &all[be16(whole->data + HDR + i * BODY)];

		must((input->seq_control & DOT11_FRAG_MASK) == i && input->more == (i < count - 1));
		if (before) {
			must(input > before && input->seq_control >> 4 == before->seq_control >> 4 &&
			     input->tid == before->tid);
			must(input->in.key == before->in.key && (!input->in.pn || input->in.pn == before->in.pn + 1));
		} else {
			must(all[now].in.now_ns - input->in.now_ns <= DEFRAG_TIMEOUT_NS);
		}
		before = input;
	}
	must(before == &all[now]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct key keys[2];
	struct fragment_input all[MOST];
	struct defrag defrag = {0};
	uint64_t now = 0, pn = 100;

	for (size_t count = 0; count < MOST && size >= 4; count++, data += 4, size -= 4) {
		struct fragment_input *input = &all[count];
		struct frame *frame, *whole;
		enum drop drop;

		now += data[3] * (DEFRAG_TIMEOUT_NS / 8);
		pn += data[2] >> 4;
		*input = (struct fragment_input){.seq_control = (uint16_t)((data[0] >> 4) << 4 | (data[1] & 15)),
						 .tid = data[0] & 15,
						 .more = data[1] & 0x80,
						 .in = {.now_ns = now, .key = data[2] & 2 ? &keys[data[2] & 1] : NULL}};
		input->in.pn = input->in.key && !(data[2] & 4) ? pn : 0;
		frame = make_fragment(input, (uint16_t)count);
		drop = defrag_add(&defrag, frame, &input->in, &whole);
		must(!drop || !whole);
		if (whole)
			check_whole(whole, all, count);
		frame_free(whole);
		if (data[1] & 0x40)
			defrag_purge(&defrag);
	}
	defrag_purge(&defrag);
	return 0;
}
