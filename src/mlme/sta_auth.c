/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Methods of authentication (IEEE 802.11-2020 11.3.4, 12.4): open system, SAE, and fast BSS transition. With a PMKSA of the cache, open system
 * suffices for SAE, too (12.6.10.3).
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

#define IN_VAIN_NS (10 * SECOND) /* a plane that repeats a request gives up within this time */
#define DOUBT_NS   SECOND        /* for a valid answer, after one that may be forged */

void sta_send_request(struct sta *sta, enum plane_action_kind kind, struct frame_writer *writer, size_t elements_offset)
{
	const struct bss_terms *terms = &sta->terms;
	struct plane_action *action = sta_act_frame(sta, kind, frame_writer_end(writer));

	sta->due_ns[STA_TIMER_STATE] = sta->now_ns + (sta->plane.repeats_requests ? IN_VAIN_NS : TX_STATUS_NS);
	if (!action)
		return;
	action->join = (struct plane_join){.cookie = sta_join_cookie(sta),
					   .elements_offset = elements_offset,
					   .rsn = terms->kind == BSS_TERMS_RSN && !terms->suite.wpa,
					   .wpa = terms->kind == BSS_TERMS_RSN && terms->suite.wpa,
					   .privacy = terms->kind != BSS_TERMS_OPEN,
					   .mfp = terms->mfp,
					   .measures = sta->measure.used,
					   .akm = terms->suite.akm,
					   .pairwise = terms->suite.pairwise,
					   .group = terms->suite.group,
					   .group_management = terms->suite.group_management,
					   .disabled_modes = sta->setup.networks[sta->network].disabled_modes,
					   .reassociation = sta->reassociation};
	mac_copy(action->join.previous_bssid, sta->previous_bssid);
	if (kind == PLANE_ASSOCIATE && sta->plane.handshakes && terms->kind == BSS_TERMS_RSN)
		memcpy(action->join.pmk, sta->pmk, PMK_LEN);
}

static void send_auth(struct sta *sta, uint16_t transaction, uint16_t status, struct span body)
{
	struct frame_writer writer = sta_begin_management(sta, MGMT_AUTH);

	write_le16(&writer, sta->auth_algorithm);
	write_le16(&writer, transaction);
	write_le16(&writer, status);
	write_bytes(&writer, body.bytes, body.len);
	sta_send_request(sta, PLANE_AUTHENTICATE, &writer, writer.frame ? writer.frame->len : 0);
}

/* ---- open system ---- */

static enum sta_auth_result open_send(struct sta *sta)
{
	send_auth(sta, 1, STATUS_SUCCESS, (struct span){0});
	return STA_AUTH_PENDING;
}

static enum sta_auth_result open_receive(struct sta *sta, const struct mgmt *mgmt, uint16_t *status)
{
	if (mgmt->sequence != 2) {
		sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa);
		return STA_AUTH_PENDING;
	}
	*status = mgmt->status;
	return mgmt->status == STATUS_SUCCESS ? STA_AUTH_DONE : STA_AUTH_REFUSED;
}

static enum sta_auth_result open_give_up(struct sta *sta, uint16_t *status)
{
	(void)status;
	sta_note_silent(sta, AWAITED_AUTHENTICATION);
	return STA_AUTH_FAILED;
}

/* ---- SAE ---- */

/* The result of a step of the exchange. */
static enum sta_auth_result apply_sae_output(struct sta *sta, const struct sae_out *out, uint16_t *status)
{
	const struct sae *sae = &sta->sae;
	bool over = sae->state == SAE_NOTHING;

	if (out->drop)
		sta_drop(sta, out->drop, sta->ap.bssid);
	for (unsigned i = 0; i < out->frame_count; i++)
		send_auth(sta, out->frames[i].transaction, out->frames[i].status,
			  (struct span){out->frames[i].body, out->frames[i].len});
	switch (out->event) {
	case SAE_NO_EVENT:
		break;
	case SAE_EVENT_ACCEPTED:
		memcpy(sta->pmk, sae->pmk, sae->pmk_len);
		sta->pmk_len = (uint8_t)sae->pmk_len;
		sta_pmksa_add(sta, (struct span){sae->pmk, sae->pmk_len}, sae->pmkid);
		sta->sae_group = ec_group(sae->curve);
		sta->sae_hash_to_element = sae->hash_to_element;
		sae_wipe(&sta->sae);
		crypto_wipe(&sta->sae_secret, sizeof(sta->sae_secret));
		return STA_AUTH_DONE;
	case SAE_EVENT_WRONG_PASSWORD:
		sta_keys_wrong_passphrase(sta);
		return STA_AUTH_FAILED;
	case SAE_EVENT_REFUSED:
		*status = out->status;
		return STA_AUTH_REFUSED;
	case SAE_EVENT_TOO_MANY:
		sta_note_silent(sta, AWAITED_AUTHENTICATION);
		return STA_AUTH_FAILED;
	}
	return over ? STA_AUTH_FAILED : STA_AUTH_PENDING;
}

static enum sta_auth_result sae_begin(struct sta *sta)
{
	const struct sta_network *network = &sta->setup.networks[sta->network];
	struct sae_station_setup setup = {.password = &sta->sae_secret,
					  .group_count = network->sae_group_count,
					  .hash_to_element = bss_hashes_to_element(&sta->ap, network),
					  .akm = sta->terms.suite.akm};
	enum sta_auth_result result;
	struct sae_out out;
	uint16_t status;

	sta->sae_secret = network->sae; /* the networks may change meanwhile */
	memcpy(setup.groups, network->sae_groups, sizeof(setup.groups));
	mac_copy(setup.addresses.aa, sta->ap.bssid);
	mac_copy(setup.addresses.spa, sta->setup.addr);
	if (sae_station_start(&sta->sae, sta->crypto, &sta->random, &setup, &out)) {
		sta_drop(sta, DROP_CIPHER_FAILED, sta->ap.bssid);
		return STA_AUTH_FAILED;
	}
	result = apply_sae_output(sta, &out, &status);
	crypto_wipe(&out, sizeof(out));
	return result;
}

static enum sta_auth_result sae_repeat(struct sta *sta)
{
	enum sta_auth_result result;
	struct sae_out out;
	uint16_t status;

	sae_station_repeat(&sta->sae, &out);
	result = apply_sae_output(sta, &out, &status);
	crypto_wipe(&out, sizeof(out));
	return result;
}

static enum sta_auth_result sae_receive(struct sta *sta, const struct mgmt *mgmt, uint16_t *status)
{
	enum sae_state before = sta->sae.state;
	enum sta_auth_result result;
	struct sae_out out;

	sae_station_receive(&sta->sae, mgmt->sequence, mgmt->status, mgmt->body, &out);
	if (sta->sae.state != before || out.frame_count) {
		sta->attempt++; /* the TX status of the last frame has no meaning any more */
		sta->tries = 0;
	}
	/* Such a plane would wait for much longer. */
	if (sta->sae.suspicion && sta->plane.repeats_requests)
		sta->due_ns[STA_TIMER_STATE] = earlier(sta->due_ns[STA_TIMER_STATE], sta->now_ns + DOUBT_NS);
	result = apply_sae_output(sta, &out, status);
	crypto_wipe(&out, sizeof(out));
	return result;
}

static enum sta_auth_result sae_give_up(struct sta *sta, uint16_t *status)
{
	enum sta_auth_result result;
	struct sae_out out;

	sae_station_give_up(&sta->sae, &out);
	if (out.event == SAE_NO_EVENT)
		sta_note_silent(sta, AWAITED_AUTHENTICATION);
	result = apply_sae_output(sta, &out, status);
	crypto_wipe(&out, sizeof(out));
	return result;
}

/* ---- fast BSS transition ---- */

static enum sta_auth_result ft_repeat(struct sta *sta)
{
	uint8_t elements[STA_FT_REQUEST_MAX];

	send_auth(sta, 1, STATUS_SUCCESS, (struct span){elements, sta_ft_write_request(sta, &sta->ap, elements)});
	return STA_AUTH_PENDING;
}

static enum sta_auth_result ft_begin(struct sta *sta)
{
	return sta_ft_begin(sta) ? ft_repeat(sta) : STA_AUTH_FAILED;
}

static enum sta_auth_result ft_receive(struct sta *sta, const struct mgmt *mgmt, uint16_t *status)
{
	if (mgmt->sequence == 2 && mgmt->status != STATUS_SUCCESS) {
		sta_ft_refused(sta);
		*status = mgmt->status;
		return STA_AUTH_REFUSED;
	}
	if (mgmt->sequence == 2 && sta_ft_receive_answer(sta, &sta->ap, mgmt))
		return STA_AUTH_DONE;
	sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa);
	if (sta->plane.repeats_requests)
		sta->due_ns[STA_TIMER_STATE] = earlier(sta->due_ns[STA_TIMER_STATE], sta->now_ns + DOUBT_NS);
	return STA_AUTH_PENDING;
}

static enum sta_auth_result ft_give_up(struct sta *sta, uint16_t *status)
{
	(void)status;
	sta_note(sta, NOTE_SILENT, 0);
	sta_ft_refused(sta);
	return STA_AUTH_FAILED;
}

/* ---- methods ---- */

struct auth_method {
	uint16_t algorithm;
	enum sta_auth_result (*begin)(struct sta *sta);
	enum sta_auth_result (*repeat)(struct sta *sta);
	enum sta_auth_result (*receive)(struct sta *sta, const struct mgmt *mgmt, uint16_t *status);
	enum sta_auth_result (*give_up)(struct sta *sta, uint16_t *status);
};

static const struct auth_method methods[] = {
	{AUTH_OPEN, open_send, open_send, open_receive, open_give_up},
	{AUTH_SAE, sae_begin, sae_repeat, sae_receive, sae_give_up},
	{AUTH_FT, ft_begin, ft_repeat, ft_receive, ft_give_up},
};

static const struct auth_method *method_of(const struct sta *sta)
{
	size_t i = sizeof(methods) / sizeof(*methods);

	while (--i && methods[i].algorithm != sta->auth_algorithm)
		;
	return &methods[i];
}

enum sta_auth_result sta_auth_begin(struct sta *sta)
{
	bool sae = sta->terms.kind == BSS_TERMS_RSN && akm_info(sta->terms.suite.akm)->sae && !sta->pmksa_offered;

	sta->auth_algorithm = sta->ft.active ? AUTH_FT : sae ? AUTH_SAE : AUTH_OPEN;
	return method_of(sta)->begin(sta);
}

enum sta_auth_result sta_auth_repeat(struct sta *sta)
{
	return method_of(sta)->repeat(sta);
}

enum sta_auth_result sta_auth_give_up(struct sta *sta, uint16_t *status)
{
	return method_of(sta)->give_up(sta, status);
}

enum sta_auth_result sta_auth_receive(struct sta *sta, const struct mgmt *mgmt, uint16_t *status)
{
	if (mgmt->algorithm == sta->auth_algorithm)
		return method_of(sta)->receive(sta, mgmt, status);
	sta_drop(sta, DROP_MGMT_UNEXPECTED, mgmt->sa);
	return STA_AUTH_PENDING;
}
