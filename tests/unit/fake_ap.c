/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripted access points: their frames, and their reaction to the frames of the station. */
#include "fake_ap.h"

void world_schedule(struct world *world, struct scheduled_frame flying_frame)
{
	assert_true(world->scheduled_count < FLIGHT);
	world->scheduled[world->scheduled_count++] = flying_frame;
}

void fake_ap_transmit(struct world *world, struct fake_ap *ap, struct frame *frame)
{
	assert_non_null(frame);
	if (world->observe)
		world->observe(frame);
	world_schedule(world, (struct scheduled_frame){.at_ns = world->now + MS_,
						       .frame = frame,
						       .ap = ap,
						       .kind = TO_STA,
						       .freq = ap->freq,
						       .signal = ap->signal});
}

static size_t fake_ap_rsne(const struct fake_ap *ap, uint8_t out[ELEMENT_MAX])
{
	const struct rsn_suite *suite = &ap->suite;
	struct rsn_element rsne = {
		.wpa = suite->wpa,
		.group = suite->group,
		.pairwise = 1u << suite->pairwise,
		.akms = 1u << suite->akm,
		.group_management = suite->group_management,
		.capabilities = suite->group_management != CIPHER_NONE ? RSN_MFPC | (ap->mfpr ? RSN_MFPR : 0) : 0};

	return ap->open ? 0 : rsn_element_write(&rsne, out);
}

/* The element of the protocol that the suite does not use: WPA, or RSN. */
static size_t fake_ap_other_element(const struct fake_ap *ap, uint8_t out[ELEMENT_MAX])
{
	struct rsn_element rsne = {.wpa = !ap->suite.wpa,
				   .group = ap->suite.group,
				   .pairwise = 1u << (ap->suite.wpa ? CIPHER_CCMP_128 : CIPHER_TKIP),
				   .akms = 1u << AKM_PSK,
				   .group_management = CIPHER_NONE};

	return ap->mixed ? rsn_element_write(&rsne, out) : 0;
}

static size_t fake_ap_message_3_elements(const struct fake_ap *ap, uint8_t out[ELEMENT_MAX])
{
	uint8_t other[ELEMENT_MAX], own[ELEMENT_MAX];
	size_t other_len = fake_ap_other_element(ap, other), own_len = fake_ap_rsne(ap, own);

	if (ap->wrong_rsne)
		own[own_len - 1] ^= 0x40;
	memcpy(out, ap->other_first ? other : own, ap->other_first ? other_len : own_len);
	memcpy(out + (ap->other_first ? other_len : own_len), ap->other_first ? own : other,
	       ap->other_first ? own_len : other_len);
	return own_len + other_len;
}

struct frame *fake_ap_beacon(struct world *world, struct fake_ap *ap, enum mgmt_subtype type, const uint8_t *to)
{
	static const uint8_t rates[] = {0x82, 0x84, 0x8b, 0x96, 12, 24, 48, 72}, wmm[] = {0x00, 0x50, 0xf2, 2, 0, 1, 0};
	struct frame_writer writer = mgmt_begin(type, to, ap->bssid, ap->bssid);
	uint8_t element[ELEMENT_MAX], tsf[8], channel = (uint8_t)freq_to_channel(ap->freq);
	uint8_t tim[4] = {ap->dtim_count, ap->dtim, ap->tim_group && !ap->dtim_count, ap->tim_us ? 2 : 0};
	size_t len = fake_ap_rsne(ap, element);
	bool nameless = ap->hidden && type == MGMT_BEACON;

	uint64_t us = (world->now - ap->tsf_epoch_ns) / 1000;

	put_le32(tsf, (uint32_t)us);
	put_le32(tsf + 4, (uint32_t)(us >> 32));
	write_bytes(&writer, tsf, sizeof(tsf));
	write_le16(&writer, ap->interval);
	write_le16(&writer, CAPABILITY_ESS | (ap->open ? 0 : CAPABILITY_PRIVACY) |
				    (ap->measures ? CAPABILITY_RADIO_MEASUREMENT : 0));
	write_element(&writer, EID_SSID, ap->ssid, nameless ? 0 : strlen(ap->ssid));
	write_element(&writer, EID_RATES, rates, sizeof(rates));
	write_element(&writer, EID_DS, &channel, 1);
	if (type == MGMT_BEACON)
		write_element(&writer, EID_TIM, tim, sizeof(tim));
	if (!ap->hides_rsn || ap->suite.wpa)
		write_bytes(&writer, element, len);
	len = fake_ap_other_element(ap, element);
	if (!ap->hides_rsn || !ap->suite.wpa)
		write_bytes(&writer, element, len);
	if (ap->wmm)
		write_element(&writer, EID_VENDOR, wmm, sizeof(wmm));
	if (ap->csa_active)
		write_element(&writer, EID_CSA, ap->csa, sizeof(ap->csa));
	if (ap->measures)
		write_element(&writer, EID_RM_CAPABILITIES, (uint8_t[RM_CAPABILITIES_LEN]){ap->measures},
			      RM_CAPABILITIES_LEN);
	write_bytes(&writer, ap->vendor, ap->vendor_len);
	return frame_writer_end(&writer);
}

void fake_ap_flush(struct world *world, struct fake_ap *ap)
{
	tx_queue_seal(&ap->tx);
	for (size_t i = 0; i < ap->tx.count; i++) {
		struct tx_mpdu *mpdu = &ap->tx.mpdus[i];

		assert_int_equal(mpdu->drop, NOT_DROPPED);
		fake_ap_transmit(world, ap, mpdu->frame);
		mpdu->frame = NULL;
	}
	tx_queue_clear(&ap->tx);
}

void fake_ap_send_reason(struct world *world, struct fake_ap *ap, enum mgmt_subtype type, const uint8_t *to,
			 uint16_t reason, bool forged)
{
	static const struct tx_options how = {0};
	struct frame_writer writer = mgmt_begin(type, to, ap->bssid, ap->bssid);
	struct frame *frame;

	write_le16(&writer, reason);
	frame = frame_writer_end(&writer);
	if (forged || !ap->associated) {
		fake_ap_transmit(world, ap, frame);
		return;
	}
	if (mac_is_group(to))
		assert_int_equal(tx_management_group(&ap->tx, &ap->group, ap->peer.mfp, frame), NOT_DROPPED);
	else
		assert_int_equal(tx_management(&ap->tx, &ap->peer, frame, NULL, &how), NOT_DROPPED);
	fake_ap_flush(world, ap);
}

struct frame *ethernet_frame(const uint8_t *to, const uint8_t *from, const char *text)
{
	struct frame *frame = frame_new(64, ETHER_HLEN + strlen(text), 64);
	uint8_t *bytes = frame_make_writable(frame);

	mac_copy(bytes, to);
	mac_copy(bytes + 6, from);
	put_be16(bytes + 12, 0x88b5);
	memcpy(bytes + ETHER_HLEN, text, strlen(text));
	return frame;
}

void fake_ap_send(struct world *world, struct fake_ap *ap, const uint8_t *to, const uint8_t *from, const char *text)
{
	static const struct tx_options how = {0};
	enum drop drop = mac_is_group(to) ? tx_group_data(&ap->tx, &ap->group, ap->bssid, !ap->open,
							  ethernet_frame(to, from, text), &how)
					  : tx_data(&ap->tx, &ap->peer, ethernet_frame(to, from, text), &how);

	assert_int_equal(drop, NOT_DROPPED);
	fake_ap_flush(world, ap);
}

static void fake_ap_install_key(struct world *world, struct fake_ap *ap, const struct rsn_key *key)
{
	struct key_params use = {.id = key->id, .authenticator = true, .rsc = key->rsc};

	if (key->len)
		assert_int_equal(peer_set_key(&ap->peer, world->crypto, key->cipher, key->bytes, key->len, use), 0);
}

void fake_ap_apply_output(struct world *world, struct fake_ap *ap, struct rsn_out *out)
{
	ap->auth_wake_ns = out->deadline_ns ? out->deadline_ns : UINT64_MAX;
	ap->last_drop = out->drop;
	if (out->event)
		ap->finding = out->event;
	if (out->install_first)
		fake_ap_install_key(world, ap, &out->ptk);
	if (out->frame_len) {
		struct tx_options how = {.cleartext = !out->frame_protected};
		struct frame *frame = frame_new(64, ETHER_HLEN + out->frame_len, 64);
		uint8_t *bytes = frame_make_writable(frame);

		mac_copy(bytes, sta_addr);
		mac_copy(bytes + 6, ap->bssid);
		put_be16(bytes + 12, ETHERTYPE_EAPOL);
		memcpy(bytes + ETHER_HLEN, out->frame, out->frame_len);
		assert_int_equal(tx_data(&ap->tx, &ap->peer, frame, &how), NOT_DROPPED);
		fake_ap_flush(world, ap);
	}
	if (!out->install_first)
		fake_ap_install_key(world, ap, &out->ptk);
	if (out->authorise) {
		ap->peer.authorised = true;
		ap->connects++;
	}
	if (out->disconnect_reason) {
		fake_ap_send_reason(world, ap, MGMT_DEAUTH, sta_addr, out->disconnect_reason, false);
		ap->associated = ap->authenticated = false;
		ap->auth_wake_ns = UINT64_MAX;
	}
	rsn_out_wipe(out);
}

void fake_ap_rekey(struct world *world, struct fake_ap *ap)
{
	uint8_t nonce[RSN_NONCE_LEN];
	struct rsn_out out;

	random_bytes(&world->random, nonce, sizeof(nonce));
	assert_int_equal(authenticator_start(&ap->authenticator, nonce, world->now, &out), 0);
	fake_ap_apply_output(world, ap, &out);
}

static void fake_ap_make_group_keys(struct world *world, struct fake_ap *ap)
{
	uint8_t random[RSN_GROUP_RANDOM_LEN];
	struct key_params use = {.authenticator = true};
	struct rsn_key *key = &ap->group_key_info.gtk;

	random_bytes(&world->random, random, sizeof(random));
	rsn_group_rekey(&ap->group_key_info, &ap->suite, random);
	use.id = key->id;
	assert_int_equal(group_keys_set(&ap->group, world->crypto, key->cipher, key->bytes, key->len, use, true), 0);
	key = &ap->group_key_info.igtk;
	use.id = key->id;
	if (key->len)
		assert_int_equal(
			group_keys_set(&ap->group, world->crypto, key->cipher, key->bytes, key->len, use, true), 0);
}

void fake_ap_group_rekey(struct world *world, struct fake_ap *ap)
{
	struct rsn_out out;

	fake_ap_make_group_keys(world, ap);
	authenticator_rekey_group(&ap->authenticator, world->now, &out);
	fake_ap_apply_output(world, ap, &out);
}

void fake_ap_forget_sta(struct fake_ap *ap)
{
	ap->authenticated = ap->associated = ap->dozes = false;
	peer_wipe(&ap->peer);
	group_keys_wipe(&ap->group);
	authenticator_wipe(&ap->authenticator);
	ap->auth_wake_ns = UINT64_MAX;
}

static void fake_ap_handle_assoc(struct world *world, struct fake_ap *ap, const struct mgmt *mgmt)
{
	struct authenticator_setup setup = {.suite = ap->suite, .pmk_count = 1};
	bool again = mgmt->subtype == MGMT_REASSOC_REQUEST;
	struct frame_writer writer =
		mgmt_begin(again ? MGMT_REASSOC_RESPONSE : MGMT_ASSOC_RESPONSE, sta_addr, ap->bssid, ap->bssid);
	static const uint8_t wmm[] = {0x00, 0x50, 0xf2, 2, 0, 1, 0};
	uint16_t status = ap->authenticated ? ap->assoc_status : STATUS_UNSPECIFIED;
	struct span span = ap->suite.wpa ? mgmt->wpa : mgmt->rsn;
	struct rsn_element rsne = {0};

	again ? ap->reassocs++ : ap->assocs++;
	if (again)
		mac_copy(ap->current_ap, mgmt->current_ap);
	write_le16(&writer, CAPABILITY_ESS);
	write_le16(&writer, status);
	write_le16(&writer, 0xc001);
	if (status == STATUS_REFUSED_TEMPORARILY) {
		uint8_t timeout[5] = {3};

		put_le32(timeout + 1, ap->comeback_tu);
		write_element(&writer, EID_TIMEOUT_INTERVAL, timeout, 5);
	}
	if (ap->wmm && mgmt->wmm)
		write_element(&writer, EID_VENDOR, wmm, sizeof(wmm));
	if (le16(ap->max_idle))
		write_element(&writer, EID_MAX_IDLE, ap->max_idle, sizeof(ap->max_idle));
	fake_ap_transmit(world, ap, frame_writer_end(&writer));
	if (status)
		return;
	if (!ap->open)
		assert_int_equal(rsn_element_parse(&rsne, span), NOT_DROPPED);
	peer_init(&ap->peer, true, ap->bssid, sta_addr, ap->bssid, &ap->group);
	ap->associated = true;
	ap->peer.qos = ap->wmm && mgmt->wmm;
	ap->peer.rsn = !ap->open;
	ap->peer.mfp = !ap->open && (rsne.capabilities & RSN_MFPC) && ap->suite.group_management != CIPHER_NONE;
	ap->peer.authorised = ap->open;
	ap->connects += ap->open;
	if (ap->open)
		return;
	group_keys_wipe(&ap->group);
	if (!ap->peer.mfp)
		setup.suite.group_management = CIPHER_NONE;
	fake_ap_make_group_keys(world, ap);
	mac_copy(setup.addresses.aa, ap->bssid);
	mac_copy(setup.addresses.spa, sta_addr);
	setup.pmks = (const uint8_t(*)[PMK_MAX])ap->pmk;
	setup.own_element_len = fake_ap_message_3_elements(ap, setup.own_element);
	memcpy(setup.peer_element, span.bytes, span.len);
	setup.peer_element_len = ap->sta_rsne_len = span.len;
	memcpy(ap->sta_rsne, span.bytes, span.len);
	authenticator_init(&ap->authenticator, world->crypto, &ap->group_key_info, &setup);
	ap->finding = RSN_NO_EVENT;
	if (!ap->no_message_1)
		fake_ap_rekey(world, ap);
}

static void fake_ap_receive_management(struct world *world, struct fake_ap *ap, struct frame *frame)
{
	struct mgmt mgmt;
	struct frame_writer writer;

	if (ap->associated && rx_management(&ap->peer, frame))
		return;
	if (mgmt_parse(&mgmt, frame->data, frame->len))
		return;
	if (mgmt.subtype == MGMT_PROBE_REQUEST) {
		bool wild = !mgmt.ssid.len,
		     named = mgmt.ssid.len == strlen(ap->ssid) && memcmp(mgmt.ssid.bytes, ap->ssid, mgmt.ssid.len) == 0;

		if (ap->lose_probes) {
			ap->lose_probes--;
			return;
		}
		ap->probes++;
		if ((wild && !ap->hidden) || named)
			fake_ap_transmit(world, ap, fake_ap_beacon(world, ap, MGMT_PROBE_RESPONSE, sta_addr));
	} else if (!mac_equal(mgmt.da, ap->bssid)) {
		return;
	} else if (mgmt.subtype == MGMT_AUTH) {
		ap->auths++;
		fake_ap_forget_sta(ap);
		ap->authenticated = !ap->auth_status;
		writer = mgmt_begin(MGMT_AUTH, sta_addr, ap->bssid, ap->bssid);
		write_le16(&writer, AUTH_OPEN);
		write_le16(&writer, 2);
		write_le16(&writer, ap->auth_status);
		fake_ap_transmit(world, ap, frame_writer_end(&writer));
	} else if (mgmt.subtype == MGMT_ASSOC_REQUEST || mgmt.subtype == MGMT_REASSOC_REQUEST) {
		fake_ap_handle_assoc(world, ap, &mgmt);
	} else if (mgmt.subtype == MGMT_DEAUTH) {
		ap->deauths++;
		ap->deauth_reason = mgmt.reason;
		fake_ap_forget_sta(ap);
	} else if (mgmt.subtype == MGMT_ACTION && mgmt.category != ACTION_CATEGORY_SA_QUERY) {
		return;
	} else if (mgmt.subtype == MGMT_ACTION && mgmt.action == SA_QUERY_RESPONSE) {
		ap->answers++;
	} else if (mgmt.subtype == MGMT_ACTION && mgmt.action == SA_QUERY_REQUEST) {
		static const struct tx_options how = {0};
		uint8_t body[4] = {8, SA_QUERY_RESPONSE, mgmt.body.bytes[0], mgmt.body.bytes[1]};

		ap->queries++;
		if (ap->sa_query_mute)
			return;
		body[3] ^= ap->sa_query_wrong;
		writer = mgmt_begin(MGMT_ACTION, sta_addr, ap->bssid, ap->bssid);
		write_bytes(&writer, body, 4);
		assert_int_equal(tx_management(&ap->tx, &ap->peer, frame_writer_end(&writer), NULL, &how), NOT_DROPPED);
		fake_ap_flush(world, ap);
	}
}

static void fake_ap_receive_data(struct world *world, struct fake_ap *ap, struct frame *frame)
{
	struct rx_in in = {.peer = &ap->peer, .frame = frame};
	uint16_t fc = le16(frame->data);

	if (!ap->associated) {
		frame_free(frame);
		fake_ap_send_reason(world, ap, MGMT_DEAUTH, sta_addr, REASON_CLASS_3, true);
		return;
	}
	ap->dozes = fc & FC_PM;
	ap->tim_us &= ap->dozes;
	ap->nulls += (fc & FC_NULL) != 0;
	rx_data(&in, 1, world->now, &ap->rx);
	for (size_t i = 0; i < ap->rx.msdu_count; i++) {
		struct rx_msdu *msdu = &ap->rx.msdus[i];
		struct rsn_out out;

		if (msdu->eapol && ap->lose_eapol) {
			ap->lose_eapol--;
		} else if (msdu->eapol) {
			authenticator_receive(&ap->authenticator, msdu->frame->data + ETHER_HLEN,
					      msdu->frame->len - ETHER_HLEN, world->now, &out);
			fake_ap_apply_output(world, ap, &out);
		} else {
			ap->data++;
			ap->last_len = msdu->frame->len;
			memcpy(ap->last, msdu->frame->data, msdu->frame->len);
		}
	}
	for (size_t i = 0; i < ap->rx.drop_count; i++)
		ap->last_drop = ap->rx.drops[i].drop;
	rx_out_clear(&ap->rx);
}

void fake_ap_receive(struct world *world, struct fake_ap *ap, struct frame *frame)
{
	if (dot11_is_data(le16(frame->data))) {
		fake_ap_receive_data(world, ap, frame);
		return;
	}
	fake_ap_receive_management(world, ap, frame);
	frame_free(frame);
}
