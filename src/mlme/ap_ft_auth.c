/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication of fast BSS transition (13.8): over the air, or over the DS by action frames through the present access
 * point, which may be on another host. A request leaves no state (rsn/ft_store.h), unless its PMK-R1 must come from another
 * host (rsn/ft_remote.h): then it waits there, and ap_ft_answer() judges it again.
 */
#include "mlme/ap_ft.h"
#include "mlme/ap_state.h"

#include "base/mac.h"
#include "rsn/ft_remote.h"

#include <string.h>

/* A request of fast BSS transition, and what we answer. */
struct ft_exchange {
	const struct ft_member *member; /* the access point that it is for */
	const uint8_t *spa;
	struct ft_element ft;
	const struct ft_entry *entry;
	uint8_t anonce[FT_NONCE_LEN];
};

static const struct ap_bss *find_bss(const struct ap *ap, const uint8_t *bssid)
{
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		if (mac_equal(ap->bss[i].setup.bssid, bssid))
			return &ap->bss[i];
	return NULL;
}

/*
 * With ft_psk_generate_local: the PMK-R0 that the station has by a passphrase of ours, of whatever R0KH. It is ours from now on,
 * as if the station had begun here.
 */
static const struct ft_entry *generate_entry(struct ap *ap, const struct ft_exchange *exchange, const uint8_t *name,
					     enum cipher pairwise)
{
	const struct ap_bss *bss = find_bss(ap, exchange->member->bssid);
	struct ft_key_holders holders = exchange->member->own;
	const struct ft_entry *entry = NULL;
	struct ft_key r0;

	if (!bss || !bss->setup.ft.generate_local || !(bss->setup.akms & 1u << AKM_FT_PSK))
		return NULL;
	holders.r0kh_len = (uint8_t)exchange->ft.r0kh.len;
	memcpy(holders.r0kh, exchange->ft.r0kh.bytes, exchange->ft.r0kh.len);
	for (size_t i = 0; i < bss->setup.psk_count && !entry; i++) {
		const struct ap_psk *psk = &bss->setup.psks[i];

		if ((mac_is_zero(psk->addr) || mac_equal(psk->addr, exchange->spa)) &&
		    !ft_derive_r0(ap->crypto, (struct piece){psk->pmk, PMK_LEN},
				  (struct span){bss->setup.ssid, bss->setup.ssid_len}, &holders, exchange->spa, &r0) &&
		    !memcmp(r0.name, name, PMKID_LEN))
			entry = ap_ft_remember(ap, bss, exchange->spa,
					       &(struct rsn_suite){.akm = AKM_FT_PSK, .pairwise = pairwise}, psk->vlan,
					       &r0);
	}
	crypto_wipe(&r0, sizeof(r0));
	return entry;
}

static bool is_single(uint32_t set)
{
	return set && !(set & (set - 1));
}

static enum status_code check_exchange(struct ap *ap, struct ft_exchange *exchange, const struct mgmt *request)
{
	struct rsn_addresses ends;
	struct rsn_element rsne;

	if (!ap_ft_is_in_domain(exchange->member, request->mobility_domain))
		return STATUS_INVALID_MDE;
	if (!ft_parse(&exchange->ft, request->ft) || !exchange->ft.r0kh.len || exchange->ft.r0kh.len > FT_R0KH_MAX)
		return STATUS_INVALID_FTE;
	if (!request->rsn.bytes || rsn_element_parse(&rsne, request->rsn) || rsne.pmkids.len != PMKID_LEN)
		return STATUS_INVALID_PMKID;
	exchange->entry =
		ft_store_find(ap_ft_store(ap), exchange->member, exchange->spa, rsne.pmkids.bytes, ap->now_ns);
	if (!exchange->entry)
		exchange->entry =
			generate_entry(ap, exchange, rsne.pmkids.bytes,
				       rsne.pairwise ? (enum cipher)__builtin_ctz(rsne.pairwise) : CIPHER_NONE);
	if (!exchange->entry)
		return STATUS_INVALID_PMKID;
	if (!is_single(rsne.akms) || !ft_entry_permits(exchange->entry, (enum akm)__builtin_ctz(rsne.akms)))
		return STATUS_AKM;
	mac_copy(ends.aa, exchange->member->bssid);
	mac_copy(ends.spa, exchange->spa);
	return ft_nonce_make(ap_ft_store(ap), ap->crypto, &ends, exchange->ft.snonce, ap->now_ns, exchange->anonce)
		       ? STATUS_UNSPECIFIED
		       : STATUS_SUCCESS;
}

static void write_answer(const struct ft_exchange *exchange, struct frame_writer *writer)
{
	const struct ft_member *member = exchange->member;
	struct ft_element ft = {.mic_len = exchange->entry->r0.pmk_len / 2,
				.anonce = exchange->anonce,
				.snonce = exchange->ft.snonce,
				.r0kh = exchange->ft.r0kh,
				.r1kh = {member->own.r1kh, FT_R1KH_LEN}};
	uint8_t rsn[ELEMENT_MAX], domain[FT_DOMAIN_LEN], element[ELEMENT_MAX];

	ft_domain_write(member->own.mdid, member->over_ds ? FT_OVER_DS : 0, domain);
	write_bytes(writer, rsn,
		    rsn_element_name_pmk((struct span){member->rsn, member->rsn_len}, exchange->entry->r0.name, rsn));
	write_bytes(writer, domain, sizeof(domain));
	write_bytes(writer, element, ft_write(&ft, element));
}

/* ---- keys of other hosts ---- */

static void append(struct ft_pull *pull, struct span element)
{
	memcpy(pull->elements + pull->elements_len, element.bytes, element.len);
	pull->elements_len += element.len;
}

/* Asks the R0KH on another host. `via` is the present access point; NULL: over the air. Returns false if it cannot. */
static bool pull_key(const struct ap *ap, const struct ft_exchange *exchange, const uint8_t *via,
		     const struct mgmt *request)
{
	struct ft_remote *remote = ap_ft_store(ap)->remote;
	struct ft_pull pull = {.r0kh_len = (uint8_t)exchange->ft.r0kh.len};
	struct rsn_element rsne;

	if (!remote || rsn_element_parse(&rsne, request->rsn) || !is_single(rsne.akms) ||
	    !akm_info((enum akm)__builtin_ctz(rsne.akms))->ft)
		return false;
	pull.akm = (enum akm)__builtin_ctz(rsne.akms);
	mac_copy(pull.bssid, exchange->member->bssid);
	mac_copy(pull.spa, exchange->spa);
	if (via)
		mac_copy(pull.via, via);
	memcpy(pull.r0kh, exchange->ft.r0kh.bytes, exchange->ft.r0kh.len);
	memcpy(pull.r0_name, rsne.pmkids.bytes, PMKID_LEN);
	append(&pull, request->rsn);
	append(&pull, request->mobility_domain);
	append(&pull, request->ft);
	return ft_remote_pull(remote, &pull, ap->now_ns);
}

/* Judges a request. Returns false if the answer follows later. */
static bool judge(struct ap *ap, struct ft_exchange *exchange, const uint8_t *via, const struct mgmt *request,
		  enum status_code *status)
{
	*status = check_exchange(ap, exchange, request);
	return *status != STATUS_INVALID_PMKID || !exchange->ft.r0kh.len || !request->rsn.bytes ||
	       !pull_key(ap, exchange, via, request);
}

/* ---- over the air ---- */

static void answer_air(struct ap *ap, struct ap_bss *bss, const struct ft_exchange *exchange, unsigned sequence,
		       enum status_code status)
{
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, exchange->spa, bss->setup.bssid, bss->setup.bssid);

	write_le16(&writer, AUTH_FT);
	write_le16(&writer, (uint16_t)sequence);
	write_le16(&writer, (uint16_t)status);
	if (!status)
		write_answer(exchange, &writer);
	ap_answer(ap, AP_ANSWER_AUTH, bss, frame_writer_end(&writer));
}

void ap_ft_receive(struct ap *ap, struct ap_bss *bss, struct ap_sta *sta, const struct mgmt *mgmt)
{
	struct ft_exchange exchange = {.member = ft_store_member(ap_ft_store(ap), bss->setup.bssid), .spa = mgmt->sa};
	enum status_code status = STATUS_UNSPECIFIED;

	(void)sta;
	if (mgmt->sequence != 1)
		status = STATUS_AUTH_SEQUENCE;
	else if (exchange.member && !judge(ap, &exchange, NULL, mgmt, &status))
		return;
	answer_air(ap, bss, &exchange, mgmt->sequence + 1u, status);
}

/* ---- over the DS ---- */

/* An FT Response (9.6.8.3). */
static void write_response(struct frame_writer *writer, const struct ft_exchange *exchange, enum status_code status)
{
	write_u8(writer, ACTION_CATEGORY_FT);
	write_u8(writer, ACTION_FT_RESPONSE);
	write_bytes(writer, exchange->spa, MAC_LEN);
	write_bytes(writer, exchange->member->bssid, MAC_LEN);
	write_le16(writer, (uint16_t)status);
	if (!status)
		write_answer(exchange, writer);
}

/* Answers through another access point, `via`. */
static void answer_ds(struct ap *ap, const struct ft_exchange *exchange, const uint8_t *via, enum status_code status)
{
	struct frame_writer writer = frame_writer_begin(frame_new(0, 0, 3 * ELEMENT_MAX));
	struct frame *body;

	write_response(&writer, exchange, status);
	body = frame_writer_end(&writer);
	if (body && ap_ft_store(ap)->remote)
		ft_remote_send_action(ap_ft_store(ap)->remote, &(struct rrb_action){.response = true,
										    .src = exchange->member->bssid,
										    .dst = via,
										    .action = {body->data, body->len}});
	frame_free(body);
}

/* Sends a request on to an access point of another host. */
static bool forward(struct ap *ap, const struct ap_bss *bss, const uint8_t *target, struct span action)
{
	if (!ap_ft_store(ap)->remote || mac_is_group(target))
		return false;
	ft_remote_send_action(ap_ft_store(ap)->remote,
			      &(struct rrb_action){.src = bss->setup.bssid, .dst = target, .action = action});
	return true;
}

/* FT Request (9.6.8.2): the station, the access point that it wants to move to, and the elements of an authentication. */
bool ap_ft_receive_action(struct ap *ap, struct ap_bss *bss, const struct mgmt *mgmt)
{
	const struct span action = {mgmt->body.bytes - 2, mgmt->body.len + 2}; /* with category and action */
	struct span body = mgmt->body;
	const uint8_t *addrs = span_take(&body, 2 * MAC_LEN), *own = bss->setup.bssid;
	struct ft_exchange exchange = {.spa = mgmt->sa};
	struct frame_writer writer;
	enum status_code status;
	struct mgmt request;

	if (!ap_ft_is_offered(bss) || mgmt->action != ACTION_FT_REQUEST || !addrs)
		return false;
	exchange.member = ft_store_member(ap_ft_store(ap), addrs + MAC_LEN);
	if (!bss->setup.ft.over_ds || !mac_equal(addrs, mgmt->sa) || mac_equal(addrs + MAC_LEN, own) ||
	    mgmt_parse_elements(&request, body) || (exchange.member && !exchange.member->over_ds) ||
	    (!exchange.member && !forward(ap, bss, addrs + MAC_LEN, action)))
		ap_drop(ap, DROP_MGMT_UNEXPECTED, mgmt->sa);
	else if (exchange.member && judge(ap, &exchange, own, &request, &status)) {
		writer = mgmt_begin(MGMT_ACTION, mgmt->sa, own, own);
		write_response(&writer, &exchange, status);
		ap_send_management(ap, bss, frame_writer_end(&writer), (struct plane_management){.bufferable = true});
	}
	return true;
}

/* A request for us, which the present access point of the station has sent on. */
static bool receive_request(struct ap *ap, struct ap_bss *bss, const uint8_t *from, const uint8_t *spa,
			    struct span body)
{
	struct ft_exchange exchange = {.member = ft_store_member(ap_ft_store(ap), bss->setup.bssid), .spa = spa};
	enum status_code status;
	struct mgmt request;

	if (!exchange.member || !exchange.member->over_ds || mgmt_parse_elements(&request, body))
		return false;
	if (judge(ap, &exchange, from, &request, &status))
		answer_ds(ap, &exchange, from, status);
	return true;
}

/* The answer of another access point, for a station of ours. */
static bool receive_response(struct ap *ap, struct ap_bss *bss, const uint8_t *spa, struct span action)
{
	const struct ap_sta *sta = ap_sta_find(ap, bss, spa);
	struct frame_writer writer;

	if (!sta || !sta->authorised || !bss->setup.ft.over_ds)
		return false;
	writer = mgmt_begin(MGMT_ACTION, spa, bss->setup.bssid, bss->setup.bssid);
	write_bytes(&writer, action.bytes, action.len);
	ap_send_management(ap, bss, frame_writer_end(&writer), (struct plane_management){.bufferable = true});
	return true;
}

bool ap_ft_receive_remote(struct ap *ap, struct ap_bss *bss, const uint8_t *from, struct span action)
{
	struct span body = action;
	const uint8_t *head = span_take(&body, 2 + 2 * MAC_LEN);

	if (!head || head[0] != ACTION_CATEGORY_FT || mac_is_group(head + 2) || !ap_ft_is_offered(bss) || !bss->on_air)
		return false;
	if (head[1] == ACTION_FT_REQUEST)
		return mac_equal(head + 2 + MAC_LEN, bss->setup.bssid) &&
		       receive_request(ap, bss, from, head + 2, body);
	return head[1] == ACTION_FT_RESPONSE && mac_equal(head + 2 + MAC_LEN, from) &&
	       receive_response(ap, bss, head + 2, action);
}

/* ---- the answer of the R0KH ---- */

void ap_ft_answer(struct ap *ap, struct ap_bss *bss, const struct ft_pull *pull)
{
	struct ft_exchange exchange = {.member = ft_store_member(ap_ft_store(ap), bss->setup.bssid), .spa = pull->spa};
	enum status_code status;
	struct mgmt request;

	if (!exchange.member || mgmt_parse_elements(&request, (struct span){pull->elements, pull->elements_len}))
		return;
	status = check_exchange(ap, &exchange, &request);
	if (mac_is_zero(pull->via))
		answer_air(ap, bss, &exchange, 2, status);
	else
		answer_ds(ap, &exchange, pull->via, status);
}
