/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One end of a link receives what the input says: two bytes for the link, then frames, each behind a byte that tells what
 * is done with it and its length in two.  So that the stages behind the cipher see something, the target seals frames on
 * demand with the other end's key, as a member of the network can who sends whatever he likes.
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

static const enum cipher ciphers[8] = {CIPHERS,         CIPHER_WEP_40,   CIPHER_WEP_104,  CIPHER_TKIP,
				       CIPHER_CCMP_128, CIPHER_CCMP_256, CIPHER_GCMP_128, CIPHER_GCMP_256};

struct world {
	struct crypto *c;
	struct group_keys theirs, group;
	struct key their_pairwise;
	struct peer peer;
	struct rx_out out;
	enum cipher cipher;
	uint8_t generation;
	bool ap;
	uint64_t now;
};

static void rekey(struct world *w)
{
	uint8_t tk[KEY_MAX];
	size_t len = w->cipher < CIPHERS ? cipher_key_len(w->cipher) : 0;

	if (!len || w->generation == 3)
		return;
	memset(tk, ++w->generation, sizeof tk);
	if (w->cipher > CIPHER_WEP_104) {
		must(!peer_set_key(&w->peer, w->c, w->cipher, tk, len, (struct key_use){.authenticator = w->ap}));
		must(!key_set(&w->their_pairwise, w->c, w->cipher, tk, len, (struct key_use){.authenticator = !w->ap}));
	}
	tk[0] ^= 0x80;
	must(!group_keys_set(&w->group, w->c, w->cipher, tk, len, (struct key_use){.id = w->generation}, true));
	must(!group_keys_set(&w->theirs, w->c, w->cipher, tk, len,
			     (struct key_use){.id = w->generation, .authenticator = true}, true));
	tk[0] ^= 0x40;
	if (w->generation < 3) {
		struct key_use use = {.id = (uint8_t)(3 + w->generation)};

		must(!group_keys_set(&w->group, w->c, CIPHER_BIP_CMAC_128, tk, 16, use, true));
		must(!group_keys_set(&w->theirs, w->c, CIPHER_BIP_CMAC_128, tk, 16, use, true));
	}
}

static void begin(struct world *w, uint8_t first, uint8_t second)
{
	static struct crypto *c; /* one for all inputs: making it takes longer than they do */

	if (!c)
		c = crypto_new();
	must(c);
	memset(w, 0, sizeof *w);
	w->c = c;
	w->cipher = ciphers[second & 7];
	w->ap = first & AT_AP;
	peer_init(&w->peer, w->ap, w->ap ? AP : STA, w->ap ? STA : AP, AP, &w->group);
	w->peer.authorised = first & AUTHORISED;
	w->peer.mfp = first & MFP;
	w->peer.rsn = w->cipher < CIPHERS ? w->cipher > CIPHER_WEP_104 : first & RSN;
	rekey(w);
}

/* The key that the sender would use. */
static struct key *sealing_key(struct world *w, uint8_t how, bool management)
{
	if (how & SEAL_GROUP)
		return management ? &w->theirs.igtk[w->generation == 2] : &w->theirs.gtk[w->generation & 3];
	return w->their_pairwise.set ? &w->their_pairwise : &w->theirs.gtk[w->generation & 3];
}

/* Makes a frame one of this link and seals it, as far as `how` says and that can be. */
static bool prepare(struct world *w, struct frame *f, uint8_t how)
{
	struct mpdu m;
	struct key *k;
	uint8_t *hdr;

	if (mpdu_parse(&m, f))
		return true;
	if (how & ADDRESS) {
		hdr = frame_own(f);
		must(hdr);
		mac_copy(hdr + DOT11_ADDR1, how & SEAL_GROUP ? ALL : w->peer.own);
		mac_copy(hdr + DOT11_ADDR2, w->peer.addr);
		if (dot11_is_data(m.fc))
			put_le16(hdr, (m.fc & ~(FC_TO_DS | FC_FROM_DS)) | (w->ap ? FC_TO_DS : FC_FROM_DS));
	}
	if (!(how & (SEAL | SEAL_GROUP)))
		return true;
	k = sealing_key(w, how, dot11_is_management(m.fc));
	if (how & MICHAEL && key_seal_msdu(k, f))
		return k->set ? false : true;
	return !key_seal(k, f) || !k->set;
}

static void check(struct world *w)
{
	for (size_t i = 0; i < w->out.msdus; i++) {
		const struct rx_msdu *m = &w->out.msdu[i];
		const uint8_t *p = m->frame->data;
		uint16_t type;

		must(m->peer == &w->peer && m->frame->len >= ETHER_HLEN);
		type = be16(p + 12);
		must(type >= ETHER_TYPE_MIN || type == m->frame->len - ETHER_HLEN);
		must(m->eapol == (type == ETHERTYPE_EAPOL));
		must(!m->eapol || (mac_equal(p, w->peer.own) && mac_equal(p + 6, w->peer.addr)));
		must(m->eapol || (w->peer.authorised && (m->sealed || !w->peer.rsn)));
		must(!w->ap || mac_equal(p + 6, w->peer.addr)); /* a station speaks for itself */
		must(w->ap || mac_equal(p, w->peer.own) || mac_is_group(p));
	}
	for (size_t i = 0; i < w->out.drops; i++)
		must(w->out.dropped[i].drop > NOT_DROPPED && w->out.dropped[i].drop < DROP_COUNT);
	rx_out_clear(&w->out);
}

static void give(struct world *w, struct rx_in *in, size_t *n)
{
	rx_data(in, *n, w->now, &w->out);
	*n = 0;
	check(w);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rx_in in[BATCH];
	struct world w;
	size_t n = 0;

	if (size < 2)
		return 0;
	begin(&w, data[0], data[1]);
	for (data += 2, size -= 2; size >= 3;) {
		size_t len = be16(data + 1) < size - 3 ? be16(data + 1) : size - 3;
		struct frame *f = frame_from(data + 3, len, 0, 0);
		uint8_t how = data[0];

		must(f);
		data += 3 + len;
		size -= 3 + len;
		w.now += how & WAIT ? 1000000000 : 1;
		if (how & REKEY) {
			give(&w, in, &n);
			rekey(&w);
		}
		if (!prepare(&w, f, how)) {
			frame_free(f);
			continue;
		}
		if (f->len >= 2 && dot11_is_management(le16(f->data))) {
			give(&w, in, &n);
			rx_management(&w.peer, f);
			frame_free(f);
			continue;
		}
		in[n++] = (struct rx_in){&w.peer, f};
		if (n == BATCH || !(how & BATCHED))
			give(&w, in, &n);
	}
	give(&w, in, &n);
	peer_wipe(&w.peer);
	key_wipe(&w.their_pairwise);
	group_keys_wipe(&w.group);
	group_keys_wipe(&w.theirs);
	rx_out_free(&w.out);
	return 0;
}
