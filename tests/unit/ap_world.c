/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access point, the time and the wire of ap_world.h. */
#include "ap_world.h"

#include "wire/ether.h"

void world_print(const struct world *world, const struct frame *frame)
{
	for (size_t i = 0; world->print && i < frame->len; i++)
		printf("%02x%s", frame->data[i], i + 1 == frame->len ? "\n" : "");
}

static void record_note(struct world *world, const struct action *action)
{
	struct recorded_note *note = &world->notes[world->note_count++ % LOG_MAX];

	*note = (struct recorded_note){.note = action->note, .code = action->code, .awaited = action->awaited};
	memcpy(note->addr, action->addr, sizeof(note->addr));
	memcpy(note->about, action->detail, sizeof(note->about));
}

/* Records the frame and takes it over, unless it is a Layer-2 Update frame, which is only counted. */
static void record_delivery(struct world *world, struct action *action)
{
	uint16_t type = be16(action->frame->data + 12);

	world->announced += type < ETHER_TYPE_MIN;
	world->eapol_on_wire += type == ETHERTYPE_EAPOL;
	if (type < ETHER_TYPE_MIN)
		return;
	frame_free(world->wire[world->wire_count % LOG_MAX]);
	world->wire[world->wire_count++ % LOG_MAX] = action->frame;
	action->frame = NULL;
}

/* Hands the frame to the stations that receive it. Returns true if its receiver acknowledges it. */
static bool deliver_to_stations(struct world *world, const struct frame *frame)
{
	const uint8_t *to = frame->data + DOT11_OFF_ADDR1;
	bool acked = false;

	for (unsigned i = 0; i < world->sta_count; i++) {
		struct fake_sta *sta = &world->stas[i];
		bool is_receiver = mac_equal(to, sta->addr);

		acked |= is_receiver && !sta->deaf && !sta->acks_lost;
		if ((is_receiver || mac_is_group(to)) && !sta->deaf)
			fake_sta_receive(sta, frame);
	}
	return acked;
}

static void transmit(struct world *world, struct action *action)
{
	/* Stations may cause transmissions that reuse the slot of the log: deliver a copy. */
	struct frame *copy = frame_from(action->frame->data, action->frame->len, 0, 0);
	bool acked;

	assert_int_equal(action->freq, world->freq_mhz);
	world_print(world, copy);
	frame_free(world->air[world->sent % LOG_MAX]);
	world->air[world->sent++ % LOG_MAX] = action->frame;
	action->frame = NULL;
	world->beacons += (le16(copy->data) & (FC_TYPE | FC_SUBTYPE)) == MGMT_BEACON;
	acked = deliver_to_stations(world, copy);
	frame_free(copy);
	world->cookie = action->cookie;
	if (!action->cookie || world->no_tx_status)
		return;
	soft_ap_tx_status(world->ap, action->cookie, acked, world->now, &world->out);
	world_apply_actions(world);
}

void world_apply_actions(struct world *world)
{
	struct actions actions = world->out;

	world->out = (struct actions){0};
	for (size_t i = 0; i < actions.count; i++) {
		struct action *action = &actions.list[i];

		if (action->kind == ACTION_NOTE)
			record_note(world, action);
		else if (action->kind == ACTION_DELIVER)
			record_delivery(world, action);
		else if (action->kind == ACTION_TRANSMIT)
			transmit(world, action);
		else if (action->kind == ACTION_TUNE)
			world->freq_mhz = action->freq;
	}
	actions_free(&actions);
	if (world->out.count)
		world_apply_actions(world);
}

void world_advance(struct world *world, uint64_t ns)
{
	uint64_t until = world->now + ns;

	for (uint64_t wake; (wake = soft_ap_deadline(world->ap)) <= until;) {
		world->now = wake > world->now ? wake : world->now;
		soft_ap_tick(world->ap, world->now, &world->out);
		world_apply_actions(world);
	}
	world->now = until;
}

const struct recorded_note *world_last_note(const struct world *world, enum note note)
{
	for (unsigned i = world->note_count; i--;)
		if (world->notes[i].note == note)
			return &world->notes[i];
	return NULL;
}

unsigned world_note_count(const struct world *world, enum note note)
{
	unsigned count = 0;

	for (unsigned i = 0; i < world->note_count; i++)
		count += world->notes[i].note == note;
	return count;
}

struct world *world_new(void)
{
	struct world *world = calloc(1, sizeof(*world));
	struct ap_bss_setup *bss_setup = &world->setup.bss[0];

	world->crypto = crypto_new();
	assert_non_null(world->crypto);
	world->now = 5 * SECOND;
	world->setup.freq_mhz = 2437;
	world->setup.dsss_rates = true;
	world->setup.beacon_tu = 100;
	world->setup.dtim_period = 3;
	world->setup.bss_count = 1;
	memcpy(bss_setup->bssid, bssid_0, 6);
	memcpy(bss_setup->ssid, SSID, 4);
	bss_setup->ssid_len = 4;
	bss_setup->rsn = true;
	bss_setup->akms = 1u << AKM_PSK;
	bss_setup->rsn_pairwise = 1u << CIPHER_CCMP_128;
	bss_setup->group = CIPHER_CCMP_128;
	bss_setup->wep = CIPHER_NONE;
	bss_setup->psks = world->psks;
	bss_setup->psk_count = 1;
	bss_setup->wmm = true;
	bss_setup->max_inactivity_s = 300;
	for (int i = 0; i < 3; i++)
		memset(world->psks[i].pmk, 0x11 * (i + 1), PMK_LEN);
	return world;
}

void world_start(struct world *world)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {7};

	world->ap = soft_ap_new(world->crypto, &world->setup, seed);
	assert_non_null(world->ap);
	soft_ap_start(world->ap, world->now, &world->out);
	world_apply_actions(world);
}

void world_free(struct world *world)
{
	soft_ap_free(world->ap);
	for (unsigned i = 0; i < world->sta_count; i++) {
		peer_wipe(&world->stas[i].peer);
		group_keys_wipe(&world->stas[i].group);
	}
	for (unsigned i = 0; i < LOG_MAX; i++) {
		frame_free(world->air[i]);
		frame_free(world->wire[i]);
	}
	actions_free(&world->out);
	crypto_free(world->crypto);
	free(world);
}

struct frame *ethernet_frame(const uint8_t *to, const uint8_t *from, uint16_t type, const char *text)
{
	struct frame *frame = frame_new(0, 14 + strlen(text), 0);
	uint8_t *bytes = frame_make_writable(frame);

	memcpy(bytes, to, 6);
	memcpy(bytes + 6, from, 6);
	put_be16(bytes + 12, type);
	memcpy(bytes + 14, text, strlen(text));
	return frame;
}

void world_send(struct world *world, const uint8_t *to, const char *text)
{
	struct frame *frame = ethernet_frame(to, wire_host, ETHER_TEST, text);

	soft_ap_send(world->ap, 0, &frame, 1, world->now, &world->out);
	world_apply_actions(world);
}

const struct frame *world_last_beacon(const struct world *world)
{
	for (unsigned i = world->sent; i--;)
		if ((le16(world->air[i % LOG_MAX]->data) & (FC_TYPE | FC_SUBTYPE)) == MGMT_BEACON)
			return world->air[i % LOG_MAX];
	return NULL;
}

bool world_wire_got(const struct world *world, const char *text)
{
	const struct frame *frame = world->wire_count ? world->wire[world->wire_count - 1] : NULL;

	return frame && frame->len == 14 + strlen(text) && memcmp(frame->data + 14, text, strlen(text)) == 0;
}

uint64_t world_drops(const struct world *world, enum drop drop)
{
	return soft_ap_drops(world->ap)[drop];
}

bool world_station_view(const struct world *world, const struct fake_sta *sta, struct ap_station_info *info)
{
	return soft_ap_station_info_of(world->ap, 0, sta->addr, info);
}

bool world_has_station(const struct world *world, const struct fake_sta *sta)
{
	struct ap_station_info info;

	return world_station_view(world, sta, &info);
}
