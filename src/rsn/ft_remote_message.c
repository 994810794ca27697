/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rsn/ft_remote_state.h"

#include "base/mac.h"
#include "wire/le.h"

#include <string.h>

uint32_t ft_remote_seconds(uint64_t now_ns)
{
	return (uint32_t)(now_ns / SECOND);
}

/* ---- peers ---- */

void ft_remote_stop_waiting(struct waiting *waiting)
{
	frame_free(waiting->message);
	*waiting = (struct waiting){0};
}

/* Finds a peer, or makes it in the place of the one that was silent for the longest time. */
struct peer *ft_remote_peer(struct ft_remote *remote, const uint8_t *bssid, bool is_r0kh, struct span id,
			    uint64_t now_ns)
{
	struct peer *oldest = remote->peers, *found = NULL;

	for (size_t i = 0; i < PEERS_MAX && !found; i++) {
		struct peer *peer = &remote->peers[i];

		if (mac_equal(peer->bssid, bssid) && peer->is_r0kh == is_r0kh &&
		    span_equals(id, peer->id, peer->id_len))
			found = peer;
		if (peer->used_ns < oldest->used_ns)
			oldest = peer;
	}
	if (!found) {
		for (size_t i = 0; i < WAITING_MAX; i++)
			if (remote->waiting[i].peer == oldest)
				ft_remote_stop_waiting(&remote->waiting[i]);
		found = oldest;
		*found = (struct peer){.is_r0kh = is_r0kh, .id_len = (uint8_t)id.len};
		mac_copy(found->bssid, bssid);
		memcpy(found->id, id.bytes, id.len);
	}
	found->used_ns = now_ns;
	return found;
}

enum verdict ft_remote_judge_number(const struct peer *peer, const uint8_t *seq, uint64_t now_ns)
{
	const uint32_t number = le32(seq + 4), behind = peer->number - number;
	const uint32_t late_s = ft_remote_seconds(now_ns) - peer->clock_offset_s - le32(seq + 8) + CLOCK_SLACK_S;

	if (!peer->synchronised || le32(seq) != peer->domain || late_s > 2 * CLOCK_SLACK_S)
		return VERDICT_UNKNOWN;
	if (number - peer->number - 1 < AHEAD_MAX)
		return VERDICT_NEW;
	return behind < 64 && !(peer->seen >> behind & 1) ? VERDICT_NEW : VERDICT_REPLAY;
}

void ft_remote_accept_number(struct peer *peer, const uint8_t *seq)
{
	const uint32_t number = le32(seq + 4), ahead = number - peer->number;

	if (ahead - 1 < AHEAD_MAX) {
		peer->seen = ahead < 64 ? peer->seen << ahead : 0;
		peer->number = number;
	}
	peer->seen |= UINT64_C(1) << (peer->number - number);
}

void ft_remote_synchronise(struct peer *peer, const uint8_t *seq, uint64_t now_ns)
{
	peer->synchronised = true;
	peer->domain = le32(seq);
	peer->number = le32(seq + 4);
	peer->seen = ~UINT64_C(0) << (SEEN_BEFORE + 1) | 1;
	peer->clock_offset_s = ft_remote_seconds(now_ns) - le32(seq + 8);
}

/* ---- messages ---- */

void ft_remote_add_field(struct fields *fields, enum rrb_field type, const void *bytes, size_t len)
{
	fields->list[fields->count++] = (struct field){type, bytes, len};
	fields->len += 4 + len;
}

static void write_fields(struct frame_writer *writer, const struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		rrb_write(writer, fields->list[i].type, fields->list[i].bytes, fields->list[i].len);
}

/* A key of 128 bits stands for another one, as in hostapd: HMAC-SHA256 of a label with its NUL, and of 1. */
int ft_remote_siv_key(struct ft_remote *remote, const struct ft_peer *line, uint8_t key[SIV_KEY_LEN])
{
	static const char label[] = "FT OLDKEY";
	const struct piece pieces[] = {{label, sizeof(label)}, {"\1", 1}};

	if (line->key_len != SIV_KEY_LEN)
		return digest(remote->crypto, DIGEST_HMAC_SHA256, line->key, line->key_len, pieces, 2, key,
			      SIV_KEY_LEN);
	memcpy(key, line->key, SIV_KEY_LEN);
	return 0;
}

/* Sends a message. Without memory it is lost, as on the wire. */
void ft_remote_send(struct ft_remote *remote, enum rrb_kind kind, const struct ft_peer *line, const uint8_t *dst,
		    const uint8_t *src, struct fields *clear, const struct fields *secret)
{
	static const uint8_t zeroes[64];
	const uint8_t type = (uint8_t)kind;
	const size_t padding = rrb_padding(clear->len, secret->len + SIV_OVERHEAD);
	struct frame_writer plain = frame_writer_begin(frame_new(0, 0, SECRETS_MAX)), writer;
	uint8_t key[SIV_KEY_LEN], *sealed;
	struct frame *frame;
	size_t clear_at;
	int err;

	if (padding)
		ft_remote_add_field(clear, RRB_PADDING, zeroes, padding - 4);
	write_fields(&plain, secret);
	writer = rrb_begin(kind, dst, src, clear->len);
	clear_at = writer.frame ? writer.frame->len : 0;
	write_fields(&writer, clear);
	sealed = write_room(&writer, secret->len + SIV_OVERHEAD);
	err = ft_remote_siv_key(remote, line, key);
	if (sealed && plain.frame && !err) {
		const struct piece strings[] = {
			{src, MAC_LEN}, {writer.frame->data + clear_at, clear->len}, {&type, 1}};

		err = siv_seal(remote->crypto, key, strings, 3, plain.frame->data, plain.frame->len, sealed);
	}
	frame = frame_writer_end(&writer);
	if (frame && plain.frame && !err)
		frame_list_add(&remote->out, frame);
	else
		frame_free(frame);
	if (plain.frame)
		crypto_wipe((uint8_t *)plain.frame->data, plain.frame->len);
	frame_free(plain.frame);
	crypto_wipe(key, sizeof(key));
}

/* The number of the next message. */
void ft_remote_next_number(struct ft_remote *remote, uint64_t now_ns, uint8_t seq[RRB_SEQ_LEN])
{
	put_le32(seq, remote->domain);
	put_le32(seq + 4, remote->number++);
	put_le32(seq + 8, ft_remote_seconds(now_ns));
}

void ft_remote_add_key_holders(struct fields *fields, const struct peer *peer, const struct ft_member *member)
{
	const struct ft_key_holders *own = &member->own;

	ft_remote_add_field(fields, RRB_R0KH, peer->is_r0kh ? peer->id : own->r0kh,
			    peer->is_r0kh ? peer->id_len : own->r0kh_len);
	ft_remote_add_field(fields, RRB_R1KH, peer->is_r0kh ? own->r1kh : peer->id, FT_R1KH_LEN);
}

/* Asks a peer for its number. The `message` that is in question waits; NULL: there is none yet. */
void ft_remote_request_number(struct ft_remote *remote, const struct ft_member *member, const struct peer *peer,
			      const struct ft_peer *line, const uint8_t *dst, const struct span *message,
			      uint64_t now_ns)
{
	struct waiting *waiting = NULL;
	struct fields clear = {0}, secret = {0};

	for (size_t i = 0; i < WAITING_MAX && !waiting; i++)
		if (!remote->waiting[i].peer)
			waiting = &remote->waiting[i];
	if (!waiting || random_bytes(&remote->random, waiting->nonce, RRB_NONCE_LEN))
		return;
	if (message && !(waiting->message = frame_from(message->bytes, message->len, 0, 0)))
		return;
	waiting->peer = peer;
	waiting->until_ns = now_ns + CLOCK_SLACK_S * SECOND;
	ft_remote_add_field(&clear, RRB_NONCE, waiting->nonce, RRB_NONCE_LEN);
	ft_remote_add_key_holders(&clear, peer, member);
	ft_remote_send(remote, RRB_SEQ_REQUEST, line, dst, member->bssid, &clear, &secret);
}
