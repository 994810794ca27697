/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The station's end of SAE (rsn/sae.h). */
#include "rsn/sae.h"
#include "wire/le.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <string.h>

static int commit_to_group(struct sae *sae)
{
	int err;

	sae->curve = ec_curve(sae->crypto, sae->groups[sae->group_index]);
	if (!sae->curve)
		return -EINVAL;
	sae->token_len = 0;
	err = sae_pwe_derive(sae->crypto, sae->curve, sae->random, sae->password, sae->hash_to_element, &sae->addresses,
			     sae->pwe);
	if (!err)
		err = sae_pick(sae);
	sae->state = SAE_COMMITTED;
	return err;
}

int sae_station_start(struct sae *sae, struct crypto *crypto, struct random *random,
		      const struct sae_station_setup *setup, struct sae_out *out)
{
	int err;

	memset(out, 0, sizeof(*out));
	if (!setup->group_count || setup->group_count > SAE_GROUPS_MAX)
		return -EINVAL;
	*sae = (struct sae){.crypto = crypto,
			    .random = random,
			    .addresses = setup->addresses,
			    .hash_to_element = setup->hash_to_element,
			    .akm = setup->akm,
			    .sync_max = setup->sync_max ? setup->sync_max : SAE_SYNC_DEFAULT,
			    .password = setup->password,
			    .group_count = setup->group_count};
	memcpy(sae->groups, setup->groups, sizeof(sae->groups));
	err = commit_to_group(sae);
	if (err) {
		sae_wipe(sae);
		return err;
	}
	sae_add_commit(sae, sae_commit_status(sae), out);
	return 0;
}

static void fail(struct sae *sae, enum sae_event event, uint16_t status, struct sae_out *out)
{
	sae->state = SAE_NOTHING;
	out->event = event;
	out->status = status;
	out->frame_count = 0;
}

/* Does this step exceed the repetitions? */
static bool out_of_sync(struct sae *sae, struct sae_out *out)
{
	if (++sae->sync <= sae->sync_max)
		return false;
	fail(sae, SAE_EVENT_TOO_MANY, STATUS_UNSPECIFIED, out);
	return true;
}

/* Status 76: the access point is busy, and wants proof that we receive what it sends to our address. */
static enum drop take_token(struct sae *sae, struct span body, struct sae_out *out)
{
	struct span token;

	if (!sae_token_parse(body, ec_group(sae->curve), &token))
		return DROP_TRUNCATED;
	/* They may all be forged: the commit of the access point may still arrive. */
	if (sae->sync >= sae->sync_max)
		return DROP_MGMT_UNEXPECTED;
	sae->sync++;
	sae->token_len = token.len;
	memcpy(sae->token, token.bytes, token.len);
	sae_add_commit(sae, sae_commit_status(sae), out);
	return NOT_DROPPED;
}

/* Status 77: the next group. By hash to element, the list of rejected groups shows a forged refusal to the access point. */
static enum drop try_next_group(struct sae *sae, struct span body, struct sae_out *out)
{
	unsigned group = ec_group(sae->curve);

	if (body.len < 2 || le16(body.bytes) != group)
		return DROP_MGMT_UNEXPECTED;
	if (sae->own_rejected_len + 2 <= SAE_REJECTED_MAX) {
		put_le16(sae->own_rejected + sae->own_rejected_len, (uint16_t)group);
		sae->own_rejected_len += 2;
	}
	if (++sae->group_index == sae->group_count) {
		fail(sae, SAE_EVENT_REFUSED, STATUS_UNSUPPORTED_GROUP, out);
		return NOT_DROPPED;
	}
	if (commit_to_group(sae)) {
		fail(sae, SAE_EVENT_REFUSED, STATUS_UNSPECIFIED, out);
		return DROP_CIPHER_FAILED;
	}
	sae_add_commit(sae, sae_commit_status(sae), out);
	return NOT_DROPPED;
}

static struct sae_peer current_peer(const struct sae *sae)
{
	struct sae_peer peer;

	memcpy(peer.scalar, sae->peer_scalar, sizeof(peer.scalar));
	memcpy(peer.element, sae->peer_element, sizeof(peer.element));
	memcpy(peer.kck, sae->kck, sizeof(peer.kck));
	memcpy(peer.pmk, sae->pmk, sizeof(peer.pmk));
	memcpy(peer.pmkid, sae->pmkid, sizeof(peer.pmkid));
	return peer;
}

static void use_peer(struct sae *sae, const struct sae_peer *peer)
{
	memcpy(sae->peer_scalar, peer->scalar, sizeof(peer->scalar));
	memcpy(sae->peer_element, peer->element, sizeof(peer->element));
	memcpy(sae->kck, peer->kck, sizeof(peer->kck));
	memcpy(sae->pmk, peer->pmk, sizeof(peer->pmk));
	memcpy(sae->pmkid, peer->pmkid, sizeof(peer->pmkid));
}

static bool is_known(const struct sae *sae, const struct sae_commit *commit)
{
	size_t len = ec_len(sae->curve);

	if (memcmp(commit->scalar, sae->peer_scalar, len) == 0 &&
	    memcmp(commit->element, sae->peer_element, 2 * len) == 0)
		return true;
	for (size_t i = 0; i < sae->rival_count; i++)
		if (memcmp(commit->scalar, sae->rivals[i].scalar, len) == 0 &&
		    memcmp(commit->element, sae->rivals[i].element, 2 * len) == 0)
			return true;
	return false;
}

/* Takes over a valid commit, the first one or another one beside it, and confirms it. */
static enum drop take_commit(struct sae *sae, const struct sae_commit *commit, struct sae_out *out)
{
	struct sae_peer previous = current_peer(sae);
	bool first = sae->state == SAE_COMMITTED;
	enum drop drop = NOT_DROPPED;

	if (!first && (is_known(sae, commit) || sae->rival_count == SAE_RIVALS_MAX)) {
		drop = DROP_MGMT_UNEXPECTED;
	} else if (sae_derive_keys(sae, commit)) {
		use_peer(sae, &previous);
		drop = DROP_SAE_INVALID;
	} else {
		if (!first)
			sae->rivals[sae->rival_count++] = previous;
		sae->state = SAE_CONFIRMED;
		sae->sync = 0;
		sae_add_confirm(sae, out);
	}
	crypto_wipe(&previous, sizeof(previous));
	return drop;
}

static enum drop receive_commit(struct sae *sae, uint16_t status, struct span body, struct sae_out *out)
{
	bool committed = sae->state == SAE_COMMITTED;
	struct sae_commit commit;
	enum drop drop;

	if (status == STATUS_TOKEN_REQUIRED)
		return committed ? take_token(sae, body, out) : DROP_MGMT_UNEXPECTED;
	if (status == STATUS_UNSUPPORTED_GROUP)
		return committed ? try_next_group(sae, body, out) : DROP_MGMT_UNEXPECTED;
	if (status != STATUS_SUCCESS && status != STATUS_SAE_HASH_TO_ELEMENT) {
		if (!committed)
			return DROP_MGMT_UNEXPECTED;
		sae->suspicion = SAE_EVENT_REFUSED;
		sae->suspicion_status = status;
		return NOT_DROPPED;
	}
	/* The other way to the PWE would be a downgrade. */
	if (status != sae_commit_status(sae))
		return DROP_MGMT_UNEXPECTED;
	drop = sae_commit_parse(&commit, body, sae->hash_to_element);
	if (drop)
		return drop;
	if (commit.group != ec_group(sae->curve))
		return DROP_MGMT_UNEXPECTED;
	/* Else the access point would derive another PMK. */
	if (akm_info(sae->akm)->hash_by_group && commit.akm != sae->akm)
		return DROP_MGMT_UNEXPECTED;
	if (!sae_commit_is_valid(sae->curve, &commit))
		return DROP_SAE_INVALID;
	if (sae_is_reflection(sae, &commit))
		return DROP_SAE_REFLECTION;
	return take_commit(sae, &commit, out);
}

/* The confirm belongs to one of the commits. */
static enum sae_verdict check_confirm(struct sae *sae, struct span body)
{
	enum sae_verdict verdict = sae_check_confirm(sae, body);

	for (size_t i = 0; verdict == SAE_CONFIRM_WRONG && i < sae->rival_count; i++) {
		struct sae_peer newest = current_peer(sae);

		use_peer(sae, &sae->rivals[i]);
		verdict = sae_check_confirm(sae, body);
		if (verdict != SAE_CONFIRM_VALID)
			use_peer(sae, &newest);
		crypto_wipe(&newest, sizeof(newest));
	}
	return verdict;
}

static enum drop receive_confirm(struct sae *sae, uint16_t status, struct span body, struct sae_out *out)
{
	if (status != STATUS_SUCCESS) {
		/* The access point has verified our confirm by its password; hostapd 2.10 then says 1. */
		bool wrong = status == STATUS_CHALLENGE_FAILURE || status == STATUS_UNSPECIFIED;

		sae->suspicion = wrong ? SAE_EVENT_WRONG_PASSWORD : SAE_EVENT_REFUSED;
		sae->suspicion_status = status;
		return NOT_DROPPED;
	}
	switch (check_confirm(sae, body)) {
	case SAE_CONFIRM_VALID:
		sae->state = SAE_ACCEPTED;
		sae->send_confirm = UINT16_MAX;
		out->event = SAE_EVENT_ACCEPTED;
		return NOT_DROPPED;
	case SAE_CONFIRM_WRONG:
		sae->suspicion = SAE_EVENT_WRONG_PASSWORD;
		return DROP_SAE_CONFIRM;
	case SAE_CONFIRM_OLD:
		return DROP_MGMT_UNEXPECTED;
	case SAE_CONFIRM_TRUNCATED:
		return DROP_TRUNCATED;
	}
	return DROP_MGMT_UNEXPECTED;
}

void sae_station_receive(struct sae *sae, uint16_t transaction, uint16_t status, struct span body, struct sae_out *out)
{
	memset(out, 0, sizeof(*out));
	if (transaction == SAE_COMMIT && (sae->state == SAE_COMMITTED || sae->state == SAE_CONFIRMED))
		out->drop = receive_commit(sae, status, body, out);
	else if (transaction == SAE_CONFIRM && sae->state == SAE_CONFIRMED)
		out->drop = receive_confirm(sae, status, body, out);
	else
		out->drop = DROP_MGMT_UNEXPECTED;
}

void sae_station_repeat(struct sae *sae, struct sae_out *out)
{
	memset(out, 0, sizeof(*out));
	if ((sae->state != SAE_COMMITTED && sae->state != SAE_CONFIRMED) || out_of_sync(sae, out))
		return;
	if (sae->state == SAE_COMMITTED)
		sae_add_commit(sae, sae_commit_status(sae), out);
	else
		sae_add_confirm(sae, out);
}

void sae_station_give_up(struct sae *sae, struct sae_out *out)
{
	memset(out, 0, sizeof(*out));
	fail(sae, sae->suspicion, sae->suspicion_status, out);
}
