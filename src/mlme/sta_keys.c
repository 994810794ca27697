/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The handshakes as seen from the station: EAPOL from our access point goes to the supplicant (rsn/supplicant.h), and what
 * comes out is carried out in its order, so that no frame is sealed with a key that the other end cannot have yet.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"

#include <errno.h>
#include <string.h>

#define REST_NS     (10 * SECOND) /* a network whose passphrase is wrong; twice as long each time */
#define REST_MAX_NS (600 * SECOND)
#define PN_RESERVE  (UINT64_C(1) << 32) /* packet numbers left: time for another key */
#define RENEW_NS    (60 * SECOND)       /* between two requests for it */

static struct span theirs(const struct sta *s)
{
	return s->terms.suite.wpa ? (struct span){s->ap.wpa, s->ap.wpa_len} : (struct span){s->ap.rsn, s->ap.rsn_len};
}

void sta_keys_begin(struct sta *s)
{
	const struct sta_network *n = &s->setup.networks[s->network];
	struct supplicant_setup u = {.suite = s->terms.suite,
				     .own_len = s->own_element_len,
				     .theirs_len = theirs(s).len,
				     .ptk_rekey_ns = n->ptk_rekey_s * SECOND};

	mac_copy(u.ends.aa, s->ap.bssid);
	mac_copy(u.ends.spa, s->setup.addr);
	memcpy(u.pmk, n->pmk, PMK_LEN);
	memcpy(u.own, s->own_element, u.own_len);
	memcpy(u.theirs, theirs(s).bytes, u.theirs_len);
	supplicant_init(&s->supplicant, s->crypto, &u);
	crypto_wipe(&u, sizeof u);
}

/* `other`: it answers what came under the other key (softmac/peer.h). */
static void send_eapol(struct sta *s, const struct rsn_out *o, bool other, struct actions *out)
{
	struct tx_how how = {.in_clear = !o->frame_protected, .other = other};
	struct frame *f = frame_new(64, ETHER_HLEN, o->frame_len + 64);
	uint8_t *p = f ? frame_own(f) : NULL;
	enum drop d = DROP_NO_MEMORY;

	if (p) {
		mac_copy(p, s->ap.bssid);
		mac_copy(p + 6, s->setup.addr);
		put_be16(p + 12, ETHERTYPE_EAPOL);
		p = frame_put(f, o->frame_len);
	}
	if (p) {
		memcpy(p, o->frame, o->frame_len);
		sta_power_active(s, out);
		d = tx_data(&s->tx, &s->peer, f, &how);
	} else {
		frame_free(f);
	}
	if (d)
		sta_drop(s, d, s->ap.bssid, out);
	sta_flush(s, out);
}

/* The key that is in use stays in use, packet numbers and all: no error. */
static bool install_group(struct sta *s, const struct rsn_key *k)
{
	struct key_use use = {.id = k->id, .rsc = k->rsc};
	int e = k->len ? group_keys_set(&s->group, s->crypto, k->cipher, k->bytes, k->len, use, false) : 0;

	return !e || e == -EALREADY;
}

static bool install(struct sta *s, const struct rsn_out *o)
{
	struct key_use use = {.id = o->ptk.id};
	int e = 0;

	if (o->ptk.len)
		e = peer_renew_key(&s->peer, s->crypto, o->ptk.cipher, o->ptk.bytes, o->ptk.len, use,
				   s->now_ns + RSN_PATIENT_NS);

	return (!e || e == -EALREADY) && install_group(s, &o->gtk) && install_group(s, &o->igtk);
}

/* A network whose passphrase is another one: told, and left alone for a while, longer each time. */
static void refuse(struct sta *s, struct actions *out)
{
	struct sta_memory *m = &s->memory[s->network];
	unsigned doublings = m->refusals < 8 ? m->refusals : 8;
	uint64_t rest = REST_NS << doublings;

	m->refusals++;
	pmksa_flush(&s->pmksa, s->ap.bssid);
	m->resting_ns = s->now_ns + sta_jitter(s, rest < REST_MAX_NS ? rest : REST_MAX_NS);
	sta_note(s, NOTE_WRONG_PASSPHRASE, 0, out);
}

static void note_finding(struct sta *s, enum rsn_finding f, struct actions *out)
{
	if (f == RSN_WRONG_PASSPHRASE)
		refuse(s, out);
	else if (f == RSN_DOWNGRADE)
		sta_note(s, NOTE_DOWNGRADE, 0, out);
	else if (f == RSN_SILENCE)
		sta_note(s, NOTE_SILENT, 0, out);
}

static void leave(struct sta *s, uint16_t reason, struct actions *out)
{
	sta_deauthenticate(s, reason, out);
	if (s->state == STA_CONNECTED)
		sta_lost(s, reason, false, out);
	else
		sta_try_next(s, out);
}

/* What the supplicant says: send, install, open the port, hang up. */
static void carry_out(struct sta *s, const struct rsn_out *o, bool other, struct actions *out)
{
	bool connected = s->state == STA_CONNECTED;

	s->due[TIMER_RSN] = o->wake_ns ? o->wake_ns : NEVER;
	if (o->drop)
		sta_drop(s, o->drop, s->ap.bssid, out);
	if (o->frame_len && !o->install_first)
		send_eapol(s, o, other, out);
	if (!install(s, o)) {
		leave(s, REASON_UNSPECIFIED, out);
		return;
	}
	if (o->frame_len && o->install_first)
		send_eapol(s, o, other, out);
	if (o->disconnect) {
		note_finding(s, o->finding, out);
		leave(s, o->disconnect, out);
		return;
	}
	if (connected && o->ptk.len)
		sta_note(s, NOTE_REKEYED, 0, out);
	else if (connected && o->gtk.len)
		sta_note(s, NOTE_GROUP_REKEYED, 0, out);
	if (o->authorised && !connected) {
		s->peer.authorised = true;
		sta_connected(s, out);
	}
}

void sta_keys_eapol(struct sta *s, const struct rx_msdu *m, struct actions *out)
{
	uint8_t random[RSN_NONCE];
	struct rsn_out o;

	if (s->terms.kind != BSS_TERMS_RSN || random_bytes(&s->random, random, sizeof random)) {
		sta_drop(s, DROP_EAPOL_UNEXPECTED, s->ap.bssid, out);
		return;
	}
	supplicant_receive(&s->supplicant, m->frame->data + ETHER_HLEN, m->frame->len - ETHER_HLEN, m->sealed, random,
			   s->now_ns, &o);
	carry_out(s, &o, m->other, out);
	rsn_out_wipe(&o);
}

void sta_keys_timer(struct sta *s, struct actions *out)
{
	struct rsn_out o;

	supplicant_timeout(&s->supplicant, s->now_ns, &o);
	carry_out(s, &o, false, out);
	rsn_out_wipe(&o);
}

/* A handshake both agreed in: next time we can say so. */
void sta_keys_agreed(struct sta *s)
{
	struct rsn_pair ends;

	if (s->terms.kind != BSS_TERMS_RSN || s->terms.suite.wpa)
		return;
	mac_copy(ends.aa, s->ap.bssid);
	mac_copy(ends.spa, s->setup.addr);
	pmksa_add(&s->pmksa, s->crypto, s->terms.suite.akm, s->setup.networks[s->network].pmk, &ends,
		  (unsigned)s->network, s->now_ns); /* without memory it is not known next time: no harm */
}

void sta_keys_renew(struct sta *s, struct actions *out)
{
	struct rsn_out o;

	if (key_left(&s->peer.pairwise) >= PN_RESERVE || s->terms.kind != BSS_TERMS_RSN || s->now_ns < s->renew_ns)
		return;
	s->renew_ns = s->now_ns + RENEW_NS;
	if (!supplicant_request(&s->supplicant, SUPPLICANT_PTK, &o))
		send_eapol(s, &o, false, out);
	rsn_out_wipe(&o);
}

/* Reasons that have nothing to do with what we answered. */
static bool is_other_reason(uint16_t reason)
{
	return reason == REASON_LEAVING || reason == REASON_DISASSOC_LEAVING || reason == REASON_INACTIVE ||
	       reason == REASON_AP_BUSY || reason == REASON_CLASS_2 || reason == REASON_CLASS_3;
}

void sta_keys_hung_up(struct sta *s, uint16_t reason, struct actions *out)
{
	if (!is_other_reason(reason) && supplicant_lost(&s->supplicant) == RSN_WRONG_PASSPHRASE)
		refuse(s, out);
	sta_note(s, NOTE_DISCONNECTED, reason, out);
	sta_try_next(s, out);
}

/* A Michael code was wrong: the access point is told; after the second within a minute TKIP rests (12.5.2.4). */
void sta_keys_michael(struct sta *s, bool group, struct actions *out)
{
	enum supplicant_wish wish = group ? SUPPLICANT_MICHAEL_GROUP : SUPPLICANT_MICHAEL;
	bool second = countermeasures_failure(&s->memory[s->network].michael, s->now_ns);
	struct rsn_out o;

	sta_note(s, NOTE_MICHAEL, 0, out);
	if (!supplicant_request(&s->supplicant, wish, &o))
		send_eapol(s, &o, false, out);
	rsn_out_wipe(&o);
	if (!second)
		return;
	sta_note(s, NOTE_COUNTERMEASURES, 0, out);
	leave(s, REASON_MIC_FAILURE, out);
}
