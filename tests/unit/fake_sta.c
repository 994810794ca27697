/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripted stations of ap_world.h. */
#include "ap_world.h"

struct fake_sta *fake_sta_new(struct world *world)
{
	struct fake_sta *sta = &world->stas[world->sta_count++];
	const struct ap_bss_setup *bss_setup = &world->setup.bss[0];

	assert_true(world->sta_count <= FAKES_MAX);
	sta->world = world;
	sta->addr[0] = 2;
	sta->addr[5] = (uint8_t)world->sta_count;
	memcpy(sta->bssid, bss_setup->bssid, 6);
	memcpy(sta->pmk, world->psks[0].pmk, PMK_LEN);
	sta->open = !bss_setup->rsn && !bss_setup->wpa;
	sta->qos = true;
	sta->suite = (struct rsn_suite){.wpa = !bss_setup->rsn,
					.akm = AKM_PSK,
					.pairwise = CIPHER_CCMP_128,
					.group = bss_setup->group,
					.group_management = CIPHER_NONE};
	return sta;
}

void fake_sta_transmit(struct fake_sta *sta, struct frame *frame)
{
	struct frame *exact = frame_from(frame->data, frame->len, 0, 0);

	frame_free(frame);
	world_print(sta->world, exact);
	soft_ap_receive(sta->world->ap, &exact, 1, sta->world->now, &sta->world->out);
	assert_null(exact);
	world_apply_actions(sta->world);
}

void fake_sta_flush(struct fake_sta *sta, struct tx_queue *queue)
{
	struct frame *frames[64];
	size_t count = 0;

	tx_queue_seal(queue);
	for (size_t i = 0; i < queue->count; i++) {
		assert_int_equal(queue->mpdus[i].drop, NOT_DROPPED);
		world_print(sta->world, queue->mpdus[i].frame);
		frames[count++] = frame_from(queue->mpdus[i].frame->data, queue->mpdus[i].frame->len, 0, 0);
	}
	tx_queue_free(queue);
	soft_ap_receive(sta->world->ap, frames, count, sta->world->now, &sta->world->out);
	world_apply_actions(sta->world);
}

void fake_sta_send_management(struct fake_sta *sta, struct frame *frame, bool protect)
{
	struct tx_queue queue = {0};
	struct tx_options options = {0};

	assert_int_equal(tx_management(&queue, protect ? &sta->peer : NULL, frame, &sta->seq, &options), NOT_DROPPED);
	fake_sta_flush(sta, &queue);
}

struct frame *fake_sta_mgmt_frame(struct fake_sta *sta, enum mgmt_subtype subtype)
{
	return mgmt_begin(subtype, sta->bssid, sta->addr, sta->bssid).frame;
}

struct frame *fake_sta_auth_frame(struct fake_sta *sta, uint16_t algorithm, uint16_t sequence)
{
	struct frame_writer writer = frame_writer_begin(fake_sta_mgmt_frame(sta, MGMT_AUTH));

	write_le16(&writer, algorithm);
	write_le16(&writer, sequence);
	write_le16(&writer, 0);
	return frame_writer_end(&writer);
}

struct frame *fake_sta_reason_frame(struct fake_sta *sta, enum mgmt_subtype subtype, uint16_t reason)
{
	struct frame_writer writer = frame_writer_begin(fake_sta_mgmt_frame(sta, subtype));

	write_le16(&writer, reason);
	return frame_writer_end(&writer);
}

struct frame *fake_sta_query_frame(struct fake_sta *sta, uint8_t action, uint16_t id)
{
	struct frame_writer writer = frame_writer_begin(fake_sta_mgmt_frame(sta, MGMT_ACTION));

	write_u8(&writer, ACTION_CATEGORY_SA_QUERY);
	write_u8(&writer, action);
	write_le16(&writer, id);
	return frame_writer_end(&writer);
}

void fake_sta_auth(struct fake_sta *sta)
{
	fake_sta_send_management(sta, fake_sta_auth_frame(sta, AUTH_OPEN, 1), false);
}

static void fake_sta_build_rsne(struct fake_sta *sta)
{
	struct rsn_element rsne = {.wpa = sta->suite.wpa,
				   .group = sta->suite.group,
				   .pairwise = 1u << sta->suite.pairwise,
				   .akms = 1u << sta->suite.akm,
				   .group_management = sta->suite.group_management};

	rsne.capabilities = (sta->mfp ? RSN_MFPC : 0) | (sta->mfp_required ? RSN_MFPR : 0);
	sta->element_len = sta->open ? 0 : rsn_element_write(&rsne, sta->element);
}

struct frame *fake_sta_assoc_frame(struct fake_sta *sta, enum mgmt_subtype subtype, const char *ssid)
{
	struct frame_writer writer = frame_writer_begin(fake_sta_mgmt_frame(sta, subtype));

	if (!sta->element_len)
		fake_sta_build_rsne(sta);
	write_le16(&writer, CAPABILITY_ESS | CAPABILITY_SHORT_SLOT);
	write_le16(&writer, 10); /* listen interval */
	if (subtype == MGMT_REASSOC_REQUEST)
		write_bytes(&writer, sta->bssid, MAC_LEN);
	write_element(&writer, EID_SSID, ssid, strlen(ssid));
	write_element(&writer, EID_RATES, "\x82\x84\x8b\x96\x0c\x12\x18\x24", 8);
	write_element(&writer, EID_EXT_RATES, "\x30\x48\x60\x6c", 4);
	write_bytes(&writer, sta->element, sta->element_len);
	if (sta->qos)
		write_element(&writer, EID_VENDOR, "\x00\x50\xf2\x02\x00\x01\x00", 7);
	return frame_writer_end(&writer);
}

void fake_sta_reset_keys(struct fake_sta *sta)
{
	struct supplicant_setup setup = {.suite = sta->suite};

	peer_init(&sta->peer, false, sta->addr, sta->bssid, sta->bssid, &sta->group);
	group_keys_wipe(&sta->group);
	sta->peer.qos = sta->qos && sta->world->setup.bss[0].wmm;
	sta->peer.rsn = !sta->open;
	sta->peer.mfp = sta->mfp && sta->suite.group_management != CIPHER_NONE;
	if (sta->open)
		return;
	memcpy(setup.addresses.aa, sta->bssid, 6);
	memcpy(setup.addresses.spa, sta->addr, 6);
	memcpy(setup.pmk, sta->pmk, PMK_LEN);
	memcpy(setup.own_element, sta->element, sta->element_len);
	setup.own_element_len = sta->element_len;
	setup.peer_element_len = 0;
	supplicant_init(&sta->supplicant, sta->world->crypto, &setup);
}

/* Remembers the element of the access point from a beacon or probe response. */
static void fake_sta_learn_element(struct fake_sta *sta, const struct mgmt *mgmt)
{
	struct supplicant_setup *setup = &sta->supplicant.setup;
	struct span span = sta->suite.wpa ? mgmt->wpa : mgmt->rsn;

	if (span.bytes) {
		memcpy(setup->peer_element, span.bytes, span.len);
		setup->peer_element_len = span.len;
	}
}

void fake_sta_probe(struct fake_sta *sta, const char *ssid)
{
	struct frame_writer writer = mgmt_begin(MGMT_PROBE_REQUEST, broadcast, sta->addr, broadcast);

	write_element(&writer, EID_SSID, ssid, strlen(ssid));
	write_element(&writer, EID_RATES, "\x82\x84\x8b\x96", 4);
	fake_sta_send_management(sta, frame_writer_end(&writer), false);
}

void fake_sta_assoc_as(struct fake_sta *sta, enum mgmt_subtype subtype, const char *ssid)
{
	struct frame *frame = fake_sta_assoc_frame(sta, subtype, ssid);

	fake_sta_reset_keys(sta);
	if (!sta->open)
		fake_sta_probe(sta, SSID);
	fake_sta_send_management(sta, frame, false);
}

void fake_sta_assoc(struct fake_sta *sta)
{
	fake_sta_assoc_as(sta, MGMT_ASSOC_REQUEST, SSID);
}

uint16_t fake_sta_status(const struct fake_sta *sta)
{
	return sta->last[MGMT_ASSOC_RESPONSE >> 4].status;
}

void fake_sta_join(struct fake_sta *sta)
{
	fake_sta_auth(sta);
	fake_sta_assoc(sta);
	assert_int_equal(fake_sta_status(sta), STATUS_SUCCESS);
	assert_true(sta->peer.authorised);
}

/* Sends an Ethernet frame through its transmit path. */
static void fake_sta_send_type(struct fake_sta *sta, const uint8_t *to, uint16_t type, const char *text)
{
	struct tx_queue queue = {0};
	struct tx_options options = {.power_save = sta->dozes};

	assert_int_equal(tx_data(&queue, &sta->peer, ethernet_frame(to, sta->addr, type, text), &options), NOT_DROPPED);
	fake_sta_flush(sta, &queue);
}

void fake_sta_send(struct fake_sta *sta, const uint8_t *to, const char *text)
{
	fake_sta_send_type(sta, to, ETHER_TEST, text);
}

void fake_sta_send_null(struct fake_sta *sta, bool dozes)
{
	struct tx_queue queue = {0};
	struct tx_options options = {.power_save = dozes};

	sta->dozes = dozes;
	assert_int_equal(tx_null(&queue, &sta->peer, &options), NOT_DROPPED);
	fake_sta_flush(sta, &queue);
}

void fake_sta_send_ps_poll(struct fake_sta *sta, uint16_t aid)
{
	uint8_t bytes[16] = {0xa4, 0x10};

	put_le16(bytes + 2, 0xc000 | aid);
	memcpy(bytes + 4, sta->bssid, 6);
	memcpy(bytes + 10, sta->addr, 6);
	fake_sta_transmit(sta, frame_from(bytes, sizeof(bytes), 0, 0));
}

uint16_t fake_sta_aid(const struct fake_sta *sta)
{
	return sta->last[MGMT_ASSOC_RESPONSE >> 4].aid;
}

void fake_sta_apply_output(struct fake_sta *sta, struct rsn_out *out)
{
	struct key_params use = {0};
	struct frame *frame = NULL;

	if (out->frame_len) {
		struct tx_queue queue = {0};
		struct tx_options options = {.cleartext = !out->frame_protected, .power_save = sta->dozes};
		uint8_t bytes[14 + RSN_FRAME_MAX];

		memcpy(bytes, sta->bssid, 6);
		memcpy(bytes + 6, sta->addr, 6);
		put_be16(bytes + 12, 0x888e);
		memcpy(bytes + 14, out->frame, out->frame_len);
		assert_int_equal(tx_data(&queue, &sta->peer, frame_from(bytes, 14 + out->frame_len, 0, 0), &options),
				 NOT_DROPPED);
		tx_queue_seal(&queue);
		assert_int_equal(queue.count, 1);
		assert_int_equal(queue.mpdus[0].drop, NOT_DROPPED);
		frame = frame_from(queue.mpdus[0].frame->data, queue.mpdus[0].frame->len, 0, 0);
		tx_queue_free(&queue);
	}
	if (out->ptk.len)
		assert_int_equal(peer_set_key(&sta->peer, sta->world->crypto, out->ptk.cipher, out->ptk.bytes,
					      out->ptk.len, use),
				 0);
	if (out->gtk.len) {
		use = (struct key_params){.id = out->gtk.id, .rsc = out->gtk.rsc};
		assert_int_equal(group_keys_set(&sta->group, sta->world->crypto, out->gtk.cipher, out->gtk.bytes,
						out->gtk.len, use, false),
				 0);
	}
	if (out->igtk.len) {
		use = (struct key_params){.id = out->igtk.id, .rsc = out->igtk.rsc};
		assert_int_equal(group_keys_set(&sta->group, sta->world->crypto, out->igtk.cipher, out->igtk.bytes,
						out->igtk.len, use, false),
				 0);
	}
	sta->peer.authorised |= out->authorise;
	sta->connected += out->authorise;
	rsn_out_wipe(out);
	if (!frame)
		return;
	world_print(sta->world, frame);
	soft_ap_receive(sta->world->ap, &frame, 1, sta->world->now, &sta->world->out);
}

static void fake_sta_receive_management(struct fake_sta *sta, const struct frame *frame)
{
	struct frame *copy = frame_from(frame->data, frame->len, 0, 0);
	enum drop drop = rx_management(&sta->peer, copy);
	unsigned kind = (le16(frame->data) & FC_SUBTYPE) >> 4;
	struct mgmt mgmt;

	if (!sta->peer.bssid[0] && !sta->peer.bssid[5]) /* before its first association */
		drop = NOT_DROPPED;
	if (drop) {
		sta->drop = drop;
		frame_free(copy);
		return;
	}
	assert_int_equal(mgmt_parse(&mgmt, copy->data, copy->len), NOT_DROPPED);
	sta->count[kind]++;
	sta->last[kind] = mgmt;
	if (mgmt.subtype == MGMT_ASSOC_RESPONSE) {
		const uint8_t *idle = mgmt_find_element(&mgmt, EID_MAX_IDLE, 3);

		sta->max_idle = idle ? le16(idle) : 0;
		sta->protected_idle = idle && idle[2];
	}
	sta->sealed += (le16(frame->data) & FC_PROTECTED) != 0;
	sta->more_data = le16(frame->data) & FC_MORE_DATA;
	if (mgmt.subtype == MGMT_BEACON || mgmt.subtype == MGMT_PROBE_RESPONSE)
		fake_sta_learn_element(sta, &mgmt);
	if (mgmt.subtype == MGMT_BEACON && fake_sta_aid(sta)) {
		sta->tim = tim_has_aid(mgmt.tim, fake_sta_aid(sta));
		sta->tim_group = tim_has_group(mgmt.tim);
	}
	if (mgmt.timeout_interval.bytes && mgmt.timeout_interval.len == 5)
		sta->comeback = le32(mgmt.timeout_interval.bytes + 1);
	if ((mgmt.subtype == MGMT_ASSOC_RESPONSE || mgmt.subtype == MGMT_REASSOC_RESPONSE) && !mgmt.status && sta->open)
		sta->peer.authorised = true;
	if (mgmt.subtype == MGMT_ACTION && mgmt.category == ACTION_CATEGORY_SA_QUERY &&
	    mgmt.action == SA_QUERY_REQUEST) {
		sta->query_id = le16(mgmt.body.bytes);
		if (sta->answers_queries)
			fake_sta_send_management(sta, fake_sta_query_frame(sta, SA_QUERY_RESPONSE, sta->query_id),
						 true);
	}
	frame_free(copy);
}

static void fake_sta_receive_data(struct fake_sta *sta, const struct frame *frame)
{
	struct rx_in in = {&sta->peer, frame_from(frame->data, frame->len, 0, 0)};
	struct rx_out out = {0};
	uint8_t random[RSN_NONCE_LEN];
	struct rsn_out answer;

	sta->more_data = le16(frame->data) & FC_MORE_DATA;
	if (le16(frame->data) & FC_NULL)
		sta->nulls++;
	rx_data(&in, 1, sta->world->now, &out);
	for (size_t i = 0; i < out.drop_count; i++)
		sta->drop = out.drops[i].drop;
	for (size_t i = 0; i < out.msdu_count; i++) {
		const struct frame *msdu = out.msdus[i].frame;

		if (!out.msdus[i].eapol) {
			sta->data++;
			sta->payload_len =
				msdu->len - 14 < sizeof(sta->payload) ? msdu->len - 14 : sizeof(sta->payload);
			memcpy(sta->payload, msdu->data + 14, sta->payload_len);
			memcpy(sta->from, msdu->data + 6, 6);
			continue;
		}
		sta->eapols++;
		if (sta->mute)
			continue;
		memset(random, (int)(sta->world->sent & 0xff) | 1, sizeof(random));
		supplicant_receive(&sta->supplicant, msdu->data + 14, msdu->len - 14, out.msdus[i].protected, random,
				   sta->world->now, &answer);
		fake_sta_apply_output(sta, &answer);
	}
	rx_out_free(&out);
}

void fake_sta_receive(struct fake_sta *sta, const struct frame *frame)
{
	uint16_t fc = le16(frame->data);

	if (dot11_is_data(fc))
		fake_sta_receive_data(sta, frame);
	else
		fake_sta_receive_management(sta, frame);
}

bool fake_sta_received(const struct fake_sta *sta, const char *text)
{
	return sta->payload_len == strlen(text) && memcmp(sta->payload, text, sta->payload_len) == 0;
}
