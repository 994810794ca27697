/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a link receives frames: two bytes describe the link, then each frame follows a byte of options and two of
 * length. On request the target seals a frame with the key of the other end, as a malicious member can, so that the
 * stages after the cipher are reached.
 */
#include "fuzz.h"

#include "base/mac.h"
#include "softmac/mpdu.h"
#include "softmac/rx.h"
#include "wire/be.h"
#include "wire/ether.h"

enum { SEAL = 1, SEAL_GROUP = 2, ADDRESS = 4, WAIT = 8, REKEY = 16, MICHAEL = 32, BATCHED = 64 };
enum { AT_AP = 1, AUTHORISED = 2, MFP = 4, RSN = 8, BATCH = 8 };

static const uint8_t AP[6] = {2, 0, 0, 0, 0, 0x0a}, STA[6] = {2, 0, 0, 0, 0, 1},
		     ALL[6] = {255, 255, 255, 255, 255, 255};

static const enum cipher ciphers[8] = {CIPHER_NONE,     CIPHER_WEP_40,   CIPHER_WEP_104,  CIPHER_TKIP,
				       CIPHER_CCMP_128, CIPHER_CCMP_256, CIPHER_GCMP_128, CIPHER_GCMP_256};

struct fuzz_rx {
	struct crypto *crypto;
	struct group_keys theirs, group;
	struct key their_pairwise;
	struct peer peer;
	struct rx_out out;
	enum cipher cipher;
	uint8_t generation;
	bool ap;
	uint64_t now;
};

static void rekey(struct fuzz_rx *world)
{
	uint8_t tk[KEY_MAX];
	size_t len = world->cipher != CIPHER_NONE ? cipher_key_len(world->cipher) : 0;

	if (!len || world->generation == 3)
		return;
	memset(tk, ++world->generation, sizeof(tk));
	if (world->cipher > CIPHER_WEP_104) {
		must(!peer_set_key(&world->peer, world->crypto, world->cipher, tk, len,
				   (struct key_params){.authenticator = world->ap}));
		must(!key_set(&world->their_pairwise, world->crypto, world->cipher, tk, len,
			      (struct key_params){.authenticator = !world->ap}));
	}
	tk[0] ^= 0x80;
	must(!group_keys_set(&world->group, world->crypto, world->cipher, tk, len,
			     (struct key_params){.id = world->generation}, true));
	must(!group_keys_set(&world->theirs, world->crypto, world->cipher, tk, len,
			     (struct key_params){.id = world->generation, .authenticator = true}, true));
	tk[0] ^= 0x40;
	if (world->generation < 3) {
		struct key_params use = {.id = (uint8_t)(3 + world->generation)};

		must(!group_keys_set(&world->group, world->crypto, CIPHER_BIP_CMAC_128, tk, 16, use, true));
		must(!group_keys_set(&world->theirs, world->crypto, CIPHER_BIP_CMAC_128, tk, 16, use, true));
	}
}

static void set_up(struct fuzz_rx *world, uint8_t first, uint8_t second)
{
	static struct crypto *crypto; /* one for all inputs: making it takes longer than an input */

	if (!crypto)
		crypto = crypto_new();
	must(crypto);
	memset(world, 0, sizeof(*world));
	world->crypto = crypto;
	world->cipher = ciphers[second & 7];
	world->ap = first & AT_AP;
	peer_init(&world->peer, world->ap, world->ap ? AP : STA, world->ap ? STA : AP, AP, &world->group);
	world->peer.authorised = first & AUTHORISED;
	world->peer.mfp = first & MFP;
	world->peer.rsn = world->cipher != CIPHER_NONE ? world->cipher > CIPHER_WEP_104 : first & RSN;
	rekey(world);
}

/* The key of the sender. */
static struct key *sealing_key(struct fuzz_rx *world, uint8_t how, bool management)
{
	if (how & SEAL_GROUP)
		return management ? &world->theirs.igtk[world->generation == 2]
				  : &world->theirs.gtk[world->generation & 3];
	return world->their_pairwise.set ? &world->their_pairwise : &world->theirs.gtk[world->generation & 3];
}

/* Adapts a frame to this link and seals it, as far as the options ask for it. */
static bool prepare_frame(struct fuzz_rx *world, struct frame *frame, uint8_t how)
{
	struct mpdu mpdu;
	struct key *key;
	uint8_t *hdr;

	if (mpdu_parse(&mpdu, frame))
		return true;
	if (how & ADDRESS) {
		hdr = frame_make_writable(frame);
		must(hdr);
		mac_copy(hdr + DOT11_OFF_ADDR1, how & SEAL_GROUP ? ALL : world->peer.own_addr);
		mac_copy(hdr + DOT11_OFF_ADDR2, world->peer.addr);
		if (dot11_is_data(mpdu.fc))
			put_le16(hdr, (mpdu.fc & ~(FC_TO_DS | FC_FROM_DS)) | (world->ap ? FC_TO_DS : FC_FROM_DS));
	}
	if (!(how & (SEAL | SEAL_GROUP)))
		return true;
	key = sealing_key(world, how, dot11_is_management(mpdu.fc));
	if (how & MICHAEL && key_seal_msdu(key, frame))
		return key->set ? false : true;
	return !key_seal(key, frame) || !key->set;
}

static void check_output(struct fuzz_rx *world)
{
	for (size_t i = 0; i < world->out.msdu_count; i++) {
		const struct rx_msdu *msdu = &world->out.msdus[i];
		const uint8_t *bytes = msdu->frame->data;
		uint16_t type;

		must(msdu->peer == &world->peer && msdu->frame->len >= ETHER_HLEN);
		type = be16(bytes + 12);
		must(type >= ETHER_TYPE_MIN || type == msdu->frame->len - ETHER_HLEN);
		must(msdu->eapol == (type == ETHERTYPE_EAPOL));
		must(!msdu->eapol ||
		     (mac_equal(bytes, world->peer.own_addr) && mac_equal(bytes + 6, world->peer.addr)));
		must(msdu->eapol || (world->peer.authorised && (msdu->protected || !world->peer.rsn)));
		must(!world->ap || mac_equal(bytes + 6, world->peer.addr)); /* a station sends from its own address */
		must(world->ap || mac_equal(bytes, world->peer.own_addr) || mac_is_group(bytes));
	}
	for (size_t i = 0; i < world->out.drop_count; i++)
		must(world->out.drops[i].drop > NOT_DROPPED && world->out.drops[i].drop < DROP_COUNT);
	rx_out_clear(&world->out);
}

static void receive_batch(struct fuzz_rx *world, struct rx_in *in, size_t *count)
{
	rx_data(in, *count, world->now, &world->out);
	*count = 0;
	check_output(world);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rx_in in[BATCH];
	struct fuzz_rx world;
	size_t count = 0;

	if (size < 2)
		return 0;
	set_up(&world, data[0], data[1]);
	for (data += 2, size -= 2; size >= 3;) {
		size_t len = be16(data + 1) < size - 3 ? be16(data + 1) : size - 3;
		struct frame *frame = frame_from(data + 3, len, 0, 0);
		uint8_t how = data[0];

		must(frame);
		data += 3 + len;
		size -= 3 + len;
		world.now += how & WAIT ? 1000000000 : 1;
		if (how & REKEY) {
			receive_batch(&world, in, &count);
			rekey(&world);
		}
		if (!prepare_frame(&world, frame, how)) {
			frame_free(frame);
			continue;
		}
		if (frame->len >= 2 && dot11_is_management(le16(frame->data))) {
			receive_batch(&world, in, &count);
			rx_management(&world.peer, frame);
			frame_free(frame);
			continue;
		}
		in[count++] = (struct rx_in){&world.peer, frame};
		if (count == BATCH || !(how & BATCHED))
			receive_batch(&world, in, &count);
	}
	receive_batch(&world, in, &count);
	peer_wipe(&world.peer);
	key_wipe(&world.their_pairwise);
	group_keys_wipe(&world.group);
	group_keys_wipe(&world.theirs);
	rx_out_free(&world.out);
	return 0;
}
