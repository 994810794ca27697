/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames between access points. Each is parsed, and goes to an access point that shares a key with all others. */
#include "fuzz.h"

#include "base/mac.h"
#include "rsn/ft_remote.h"

static void check_inside(struct span outer, struct span span)
{
	must(!span.bytes || (span.bytes >= outer.bytes && span.bytes + span.len <= outer.bytes + outer.len));
}

static void read_action(struct span frame)
{
	struct rrb_action action, again;
	struct frame *written;

	if (!rrb_parse_action(&action, frame))
		return;
	check_inside(frame, action.action);
	written = rrb_make_action(&action);
	must(written && rrb_parse_action(&again, (struct span){written->data, written->len}));
	must(again.response == action.response && span_equals(again.action, action.action.bytes, action.action.len));
	frame_free(written);
}

static void read_message(struct span frame)
{
	struct rrb_message message;
	struct rrb_fields fields;

	if (!rrb_parse(&message, frame))
		return;
	check_inside(frame, message.clear);
	check_inside(frame, message.sealed);
	rrb_read(&fields, message.clear);
	check_inside(message.clear, fields.r0kh);
	check_inside(message.clear, fields.seq);
	check_inside(message.clear, fields.r1);
	must(!fields.r0kh.bytes || fields.r0kh.len <= FT_R0KH_MAX);
	must(!fields.r1.bytes || fields.r1.len <= PMK_MAX);
}

/* No key protects the message: nothing may be stored or sent. */
static void receive(struct span frame)
{
	static const uint8_t seed[32] = {1}, bssid[6] = {2, 0, 0, 0, 0, 1};
	struct ft_peer any = {.addr = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, .key_len = 32};
	struct ft_member member = {.own = {.r0kh = "h", .r0kh_len = 1}, .r0khs = {&any, 1}, .r1khs = {&any, 1}};
	struct crypto *crypto = crypto_new();
	struct ft_store store;
	struct ft_remote *remote;

	must(crypto);
	ft_store_init(&store, seed, 4);
	mac_copy(member.bssid, bssid);
	mac_copy(member.own.r1kh, bssid);
	remote = ft_remote_new(&store, crypto, seed);
	must(remote && !ft_store_join(&store, &member));
	must(ft_remote_receive(remote, frame, 1) == DROP_FT_MIC);
	must(!ft_remote_next_frame(remote) && !store.entry_count);
	ft_remote_free(remote);
	ft_store_free(&store);
	crypto_free(crypto);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	const struct span frame = {bytes, size};

	read_action(frame);
	read_message(frame);
	receive(frame);
	return 0;
}
