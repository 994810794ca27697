/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication by SAE (12.4): the exchanges, the anti-clogging tokens, and the choice of the password.
 *
 * A commit costs us a few scalar multiplications, and memory, and its sender may not exist. So once `token_threshold`
 * exchanges are open, a commit must carry a token that we have sent to its address (12.4.6): a keyed digest of it, for which
 * we remember nothing. There are at most AP_SAE_EXCHANGES_MAX exchanges; the oldest one gives way. An existing association is
 * not touched: it ends when a new one replaces it.
 *
 * Anybody can send frames in the name of a station. So a commit does not end an earlier exchange with its address, but opens
 * one beside it: the confirm belongs to the one that it fits.
 *
 * A completed exchange leaves a PMKSA in the cache, and stays for AP_SAE_ACCEPTED_NS: the station may repeat its confirm,
 * and then associates.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

bool ap_sae_is_offered(const struct ap_bss *bss)
{
	return bss->setup.akms & akm_set_sae();
}

void ap_sae_free(struct ap *ap)
{
	if (ap->sae.exchanges)
		crypto_wipe(ap->sae.exchanges, AP_SAE_EXCHANGES_MAX * sizeof(*ap->sae.exchanges));
	free(ap->sae.exchanges);
	crypto_wipe(&ap->sae, sizeof(ap->sae));
}

/* ---- exchanges ---- */

static bool is_live(const struct ap *ap, const struct ap_sae_exchange *exchange)
{
	uint64_t limit_ns = exchange->sae.state == SAE_ACCEPTED ? AP_SAE_ACCEPTED_NS : AP_SAE_EXCHANGE_NS;

	return exchange->bss && exchange->sae.state != SAE_NOTHING && ap->now_ns < exchange->since_ns + limit_ns;
}

/* The next exchange with this address; `after` NULL: the first one. */
static struct ap_sae_exchange *next_exchange(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr,
					     const struct ap_sae_exchange *after)
{
	size_t i = after ? (size_t)(after - ap->sae.exchanges) + 1 : 0;

	for (; ap->sae.exchanges && i < AP_SAE_EXCHANGES_MAX; i++) {
		struct ap_sae_exchange *exchange = &ap->sae.exchanges[i];

		if (exchange->bss == bss && mac_equal(exchange->addr, addr) && is_live(ap, exchange))
			return exchange;
	}
	return NULL;
}

/* The newest one that the station has completed. */
static struct ap_sae_exchange *find_accepted(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr)
{
	struct ap_sae_exchange *exchange = NULL, *found = NULL;

	while ((exchange = next_exchange(ap, bss, addr, exchange)))
		if (exchange->sae.state == SAE_ACCEPTED && (!found || exchange->since_ns > found->since_ns))
			found = exchange;
	return found;
}

static struct ap_sae_exchange *find_repeated(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr,
					     const struct sae_commit *commit)
{
	struct ap_sae_exchange *exchange = NULL;

	while ((exchange = next_exchange(ap, bss, addr, exchange)) && !sae_ap_is_repeated(&exchange->sae, commit))
		;
	return exchange;
}

static unsigned count_open(const struct ap *ap)
{
	unsigned count = 0;

	for (size_t i = 0; ap->sae.exchanges && i < AP_SAE_EXCHANGES_MAX; i++)
		count += is_live(ap, &ap->sae.exchanges[i]) && ap->sae.exchanges[i].sae.state != SAE_ACCEPTED;
	return count;
}

/* An exchange whose station has proved that it knows the password gives way last. */
static bool gives_way_before(const struct ap_sae_exchange *one, const struct ap_sae_exchange *other)
{
	bool accepted = one->sae.state == SAE_ACCEPTED, other_accepted = other->sae.state == SAE_ACCEPTED;

	return accepted != other_accepted ? other_accepted : one->since_ns < other->since_ns;
}

/* Room for an exchange: a free or expired one, or the oldest. NULL: no memory. */
static struct ap_sae_exchange *new_exchange(struct ap *ap, struct ap_bss *bss, const uint8_t *addr)
{
	struct ap_sae_exchange *chosen = NULL;

	if (!ap->sae.exchanges)
		ap->sae.exchanges = calloc(AP_SAE_EXCHANGES_MAX, sizeof(*ap->sae.exchanges));
	for (size_t i = 0; !chosen && ap->sae.exchanges && i < AP_SAE_EXCHANGES_MAX; i++)
		if (!is_live(ap, &ap->sae.exchanges[i]))
			chosen = &ap->sae.exchanges[i];
	if (!chosen)
		chosen = ap->sae.exchanges;
	for (size_t i = 1; chosen && is_live(ap, chosen) && i < AP_SAE_EXCHANGES_MAX; i++)
		if (gives_way_before(&ap->sae.exchanges[i], chosen))
			chosen = &ap->sae.exchanges[i];
	if (!chosen)
		return NULL;
	crypto_wipe(chosen, sizeof(*chosen));
	chosen->bss = bss;
	chosen->since_ns = ap->now_ns;
	mac_copy(chosen->addr, addr);
	return chosen;
}

static void end_exchange(struct ap_sae_exchange *exchange)
{
	crypto_wipe(exchange, sizeof(*exchange));
}

void ap_sae_forget(struct ap *ap, const struct ap_bss *bss)
{
	for (size_t i = 0; ap->sae.exchanges && i < AP_SAE_EXCHANGES_MAX; i++)
		if (ap->sae.exchanges[i].bss == bss)
			end_exchange(&ap->sae.exchanges[i]);
	pmksa_flush(&ap->pmksa, bss->setup.bssid);
}

/* ---- frames ---- */

static struct frame *new_frame(const struct ap_bss *bss, const uint8_t *to, uint16_t transaction, uint16_t status,
			       struct span body)
{
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, to, bss->setup.bssid, bss->setup.bssid);

	write_le16(&writer, AUTH_SAE);
	write_le16(&writer, transaction);
	write_le16(&writer, status);
	write_bytes(&writer, body.bytes, body.len);
	return frame_writer_end(&writer);
}

static void refuse(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt, uint16_t status, struct span body)
{
	ap_answer(ap, AP_ANSWER_AUTH, bss, new_frame(bss, mgmt->sa, mgmt->sequence, status, body));
}

/* An immediate confirm goes out behind its commit: an answer that waits would be replaced by the next one. */
static void send_output(struct ap *ap, struct ap_bss *bss, const uint8_t *to, const struct sae_out *out)
{
	if (out->drop)
		ap_drop(ap, out->drop, to);
	for (unsigned i = 0; i < out->frame_count; i++) {
		const struct sae_frame *frame = &out->frames[i];
		struct frame *mpdu =
			new_frame(bss, to, frame->transaction, frame->status, (struct span){frame->body, frame->len});

		if (i + 1 < out->frame_count)
			ap_send_management(ap, bss, mpdu, (struct plane_management){0});
		else
			ap_answer(ap, AP_ANSWER_AUTH, bss, mpdu);
	}
}

/* ---- tokens ---- */

static void renew_token_key(struct ap *ap)
{
	struct ap_sae_state *state = &ap->sae;

	if (state->key_ns && ap->now_ns < state->key_ns + AP_SAE_TOKEN_NS)
		return;
	memcpy(state->token_keys[1], state->token_keys[0], AP_SAE_KEY_LEN);
	/* At first there is no previous key: zeroes are one that everybody knows. */
	if (random_bytes(&ap->random, state->token_keys[0], AP_SAE_KEY_LEN) ||
	    (!state->key_ns && random_bytes(&ap->random, state->token_keys[1], AP_SAE_KEY_LEN)))
		ap_drop(ap, DROP_CIPHER_FAILED, NULL);
	state->key_ns = ap->now_ns ? ap->now_ns : 1;
}

static bool compute_token(struct ap *ap, const struct ap_bss *bss, const uint8_t *addr, unsigned key, uint8_t out[32])
{
	struct piece pieces[] = {{bss->setup.bssid, MAC_LEN}, {addr, MAC_LEN}};

	return !digest(ap->crypto, DIGEST_HMAC_SHA256, ap->sae.token_keys[key], AP_SAE_KEY_LEN, pieces, 2, out, 32);
}

static bool has_valid_token(struct ap *ap, const struct ap_bss *bss, const struct mgmt *mgmt, struct span token)
{
	uint8_t expected[32];

	for (unsigned key = 0; key < 2; key++)
		if (token.len == sizeof(expected) && compute_token(ap, bss, mgmt->sa, key, expected) &&
		    crypto_equal(token.bytes, expected, sizeof(expected)))
			return true;
	return false;
}

static void request_token(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt, unsigned group,
			  bool hash_to_element)
{
	uint8_t token[32], body[SAE_BODY_MAX];
	size_t len;

	if (!compute_token(ap, bss, mgmt->sa, 0, token))
		return;
	len = sae_token_write(group, (struct span){token, sizeof(token)}, hash_to_element, body);
	refuse(ap, bss, mgmt, STATUS_TOKEN_REQUIRED, (struct span){body, len});
}

/* ---- passwords ---- */

/* The first one for this address and this identifier; SIZE_MAX: none. */
static size_t find_password(const struct ap_sae_setup *setup, const uint8_t *addr, struct span identifier)
{
	for (size_t i = 0; i < setup->password_count; i++) {
		const struct ap_sae_password *password = &setup->passwords[i];

		if ((mac_is_zero(password->addr) || mac_equal(password->addr, addr)) &&
		    span_equals(identifier, password->secret.identifier, password->secret.identifier_len))
			return i;
	}
	return SIZE_MAX;
}

/* ---- events ---- */

static bool allows_group(const struct ap_sae_setup *setup, unsigned group)
{
	for (size_t i = 0; setup->groups[i]; i++)
		if (setup->groups[i] == group)
			return true;
	return false;
}

static void start_exchange(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt, bool hash_to_element,
			   const struct sae_commit *commit)
{
	const struct ap_sae_setup *setup = &bss->setup.sae;
	size_t password = find_password(setup, mgmt->sa, commit->identifier);
	struct sae_ap_setup sae_setup = {.hash_to_element = hash_to_element,
					 .confirm_immediately = setup->confirm_immediately,
					 .akm = sae_select_akm(commit, bss->setup.akms, hash_to_element),
					 .sync_max = setup->sync_max,
					 .groups = setup->groups};
	struct ap_sae_exchange *exchange;
	struct sae_out out;
	struct sae sae;
	uint16_t status;

	if (password == SIZE_MAX ||
	    (commit->identifier.len && !hash_to_element)) { /* identifiers need it (12.4.4.3.1) */
		ap_note(ap, bss, NOTE_WRONG_PASSPHRASE, mgmt->sa, STATUS_UNKNOWN_IDENTIFIER);
		refuse(ap, bss, mgmt, commit->identifier.len ? STATUS_UNKNOWN_IDENTIFIER : STATUS_UNSPECIFIED,
		       (struct span){0});
		return;
	}
	mac_copy(sae_setup.addresses.aa, bss->setup.bssid);
	mac_copy(sae_setup.addresses.spa, mgmt->sa);
	if (sae_setup.akm == AKM_NONE) {
		refuse(ap, bss, mgmt, STATUS_UNSPECIFIED, (struct span){0});
		return;
	}
	status = sae_ap_start(&sae, ap->crypto, &ap->random, &sae_setup, &setup->passwords[password].secret, commit,
			      &out);
	exchange = status ? NULL : new_exchange(ap, bss, mgmt->sa);
	if (exchange) {
		exchange->password = password;
		exchange->sae = sae;
	} else if (!status) {
		out = (struct sae_out){.drop = DROP_NO_MEMORY};
	}
	send_output(ap, bss, mgmt->sa, &out);
	if (status)
		refuse(ap, bss, mgmt, status, (struct span){0});
	crypto_wipe(&sae, sizeof(sae));
	crypto_wipe(&out, sizeof(out));
}

/* Has the sender chosen a way to the password element that we offer? */
static bool offers_way(const struct ap_bss *bss, uint16_t status)
{
	if (status == STATUS_SAE_HASH_TO_ELEMENT)
		return bss->setup.sae.pwe != 0;
	return status == STATUS_SUCCESS && bss->setup.sae.pwe != 1;
}

static void receive_commit(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt)
{
	bool hash_to_element = mgmt->status == STATUS_SAE_HASH_TO_ELEMENT;
	struct ap_sae_exchange *repeated;
	struct sae_commit commit;
	struct sae_out out;
	enum drop drop = sae_commit_parse(&commit, mgmt->body, hash_to_element);
	uint8_t group[2];

	if (drop) {
		ap_drop(ap, drop, mgmt->sa);
		return;
	}
	if (!offers_way(bss, mgmt->status)) {
		refuse(ap, bss, mgmt, STATUS_UNSPECIFIED, (struct span){0});
		return;
	}
	put_le16(group, (uint16_t)commit.group);
	if (!allows_group(&bss->setup.sae, commit.group) || !ec_is_supported(commit.group)) {
		refuse(ap, bss, mgmt, STATUS_UNSUPPORTED_GROUP, (struct span){group, sizeof(group)});
		return;
	}
	repeated = find_repeated(ap, bss, mgmt->sa, &commit);
	if (repeated) {
		sae_ap_repeat(&repeated->sae, &out);
		send_output(ap, bss, mgmt->sa, &out);
		crypto_wipe(&out, sizeof(out));
		return;
	}
	renew_token_key(ap);
	if (count_open(ap) >= bss->setup.sae.token_threshold && !has_valid_token(ap, bss, mgmt, commit.token)) {
		request_token(ap, bss, mgmt, commit.group, hash_to_element);
		return;
	}
	start_exchange(ap, bss, mgmt, hash_to_element, &commit);
}

/* The PMK serves an association with or without fast BSS transition; only with SAE-EXT-KEY the authentication tells for which it is. */
static enum akm cached_akm(enum akm akm)
{
	return akm == AKM_FT_SAE ? AKM_SAE : akm == AKM_FT_SAE_EXT_KEY ? AKM_SAE_EXT_KEY : akm;
}

/* The PMKSA serves this association, and later ones. */
static void accept(struct ap *ap, struct ap_sae_exchange *exchange)
{
	const struct sae *sae = &exchange->sae;

	exchange->since_ns = ap->now_ns;
	pmksa_add_named(&ap->pmksa, cached_akm(sae->akm), (struct span){sae->pmk, sae->pmk_len}, sae->pmkid,
			&sae->addresses, (unsigned)exchange->password, ap->now_ns);
}

static void receive_confirm(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt)
{
	struct ap_sae_exchange *exchange = NULL, *refusing = NULL;
	struct sae_out out = {.drop = DROP_MGMT_UNEXPECTED};

	while (mgmt->status == STATUS_SUCCESS && (exchange = next_exchange(ap, bss, mgmt->sa, exchange))) {
		sae_ap_confirm(&exchange->sae, mgmt->body, &out);
		if (out.event == SAE_EVENT_WRONG_PASSWORD)
			refusing = exchange;
		else if (out.event == SAE_EVENT_ACCEPTED || !out.drop)
			break;
	}
	send_output(ap, bss, mgmt->sa, &out);
	if (exchange && out.event == SAE_EVENT_ACCEPTED) {
		accept(ap, exchange);
	} else if (!exchange && refusing && refusing->refusals < refusing->sae.sync_max) {
		/* The confirm may be forged: the exchange goes on until it expires. */
		refusing->refusals++;
		ap_note(ap, bss, NOTE_WRONG_PASSPHRASE, mgmt->sa, STATUS_CHALLENGE_FAILURE);
		refuse(ap, bss, mgmt, STATUS_CHALLENGE_FAILURE, (struct span){0});
	}
	crypto_wipe(&out, sizeof(out));
}

void ap_sae_receive(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	(void)sta;
	if (mgmt->sequence == SAE_COMMIT)
		receive_commit(ap, bss, mgmt);
	else if (mgmt->sequence == SAE_CONFIRM)
		receive_confirm(ap, bss, mgmt);
	else
		ap_drop(ap, DROP_MGMT_UNEXPECTED, mgmt->sa);
}

/* ---- association ---- */

const struct pmksa *ap_sae_find_pmksa(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr, enum akm akm,
				      struct span pmkids)
{
	const struct ap_sae_exchange *exchange = find_accepted(ap, bss, addr);
	struct rsn_addresses addresses;

	mac_copy(addresses.aa, bss->setup.bssid);
	mac_copy(addresses.spa, addr);
	if (exchange)
		pmkids = (struct span){exchange->sae.pmkid, PMKID_LEN};
	else if (!pmkids.len || bss->setup.no_pmksa_caching)
		return NULL;
	return pmksa_find(&ap->pmksa, cached_akm(akm), &addresses, pmkids, ap->now_ns);
}

void ap_sae_associated(struct ap *ap, struct ap_sta *sta)
{
	struct ap_sae_exchange *exchange = find_accepted(ap, sta->bss, sta->entry.addr);

	sta->sae_group = 0;
	memset(sta->sae_rejected, 0, sizeof(sta->sae_rejected));
	if (!exchange)
		return;
	sta->sae_group = ec_group(exchange->sae.curve);
	for (size_t i = 0; i < AP_SAE_REJECTED_MAX && 2 * i < exchange->sae.peer_rejected_len; i++)
		sta->sae_rejected[i] = le16(exchange->sae.peer_rejected + 2 * i);
	end_exchange(exchange);
}
