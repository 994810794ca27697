/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The station, the time, and the delivery of frames. */
#include "fake_ap.h"

/* Inspects a frame that the station sends. */
static void world_inspect(struct world *world, const struct frame *frame)
{
	uint16_t fc = le16(frame->data);
	size_t hdr = dot11_hdr_len(fc);

	if (!dot11_is_data(fc) || (fc & FC_NULL))
		return;
	if (fc & FC_PROTECTED)
		world->pn = mpdu_get_pn(frame->data + hdr);
	else if (frame->len >= hdr + 8 && be16(frame->data + hdr + 6) == ETHERTYPE_EAPOL)
		world->eapols++;
	else
		world->clear_data++;
}

static void world_transmit(struct world *world, struct action *action)
{
	const uint8_t *to = action->frame->data + DOT11_OFF_ADDR1;
	bool acked = false;

	world_inspect(world, action->frame);
	if (world->observe)
		world->observe(action->frame);
	world->doze_until_ns = 0;
	assert_int_equal(action->freq, world->freq_mhz);
	for (int i = 0; i < APS; i++) {
		struct fake_ap *ap = &world->ap[i];
		bool mine = mac_equal(to, ap->bssid);

		if (!ap->on_air || ap->freq != world->freq_mhz || !(mine || mac_is_group(to)) || ap->deaf)
			continue;
		acked |= mine;
		if (!ap->mute)
			world_schedule(world, (struct scheduled_frame){.at_ns = world->now + MS_,
								       .kind = TO_AP,
								       .ap = ap,
								       .frame = frame_clone(action->frame)});
	}
	if (action->cookie)
		world_schedule(world, (struct scheduled_frame){.at_ns = world->now + MS_,
							       .kind = TX_STATUS,
							       .cookie = action->cookie,
							       .acked = acked || mac_is_group(to)});
}

void world_apply_actions(struct world *world)
{
	struct actions list = world->out;

	world->out = (struct actions){0};
	for (size_t i = 0; i < list.count; i++) {
		struct action *action = &list.list[i];
		struct recorded_note *noted = &world->notes[world->note_count % NOTED];

		switch (action->kind) {
		case ACTION_TRANSMIT:
			world_transmit(world, action);
			break;
		case ACTION_DELIVER:
			world->delivered++;
			world->last_len = action->frame->len;
			memcpy(world->last, action->frame->data, action->frame->len);
			break;
		case ACTION_TUNE:
			world->retunes += action->freq != world->freq_mhz;
			world->freq_mhz = action->freq;
			break;
		case ACTION_DOZE:
			assert_true(action->until_ns > world->now);
			world->doze_until_ns = action->until_ns;
			world->dozed_ns += action->until_ns - world->now;
			world->dozed++;
			break;
		case ACTION_NOTE:
			*noted = (struct recorded_note){action->note, action->code, action->awaited, world->now, ""};
			memcpy(noted->about, action->detail, sizeof(noted->about));
			world->note_count++;
			world->count[action->note]++;
			break;
		case ACTION_DROP:
			world->drops[action->drop]++;
			break;
		}
	}
	actions_free(&list);
}

static void world_deliver(struct world *world, struct scheduled_frame *flying_frame)
{
	if (flying_frame->kind == TO_AP) {
		if (flying_frame->ap->on_air)
			fake_ap_receive(world, flying_frame->ap, flying_frame->frame);
		else
			frame_free(flying_frame->frame);
	} else if (flying_frame->kind == TX_STATUS) {
		soft_sta_tx_status(world->s, flying_frame->cookie, flying_frame->acked, world->now, &world->out);
	} else if (flying_frame->freq == world->freq_mhz && world->doze_until_ns <= world->now) {
		flying_frame->frame->meta.freq_mhz = flying_frame->freq;
		flying_frame->frame->meta.signal_dbm = flying_frame->signal;
		soft_sta_receive(world->s, &flying_frame->frame, 1, world->now, &world->out);
	} else {
		frame_free(flying_frame->frame);
	}
	world_apply_actions(world);
}

static uint64_t world_next(const struct world *world, int *what)
{
	uint64_t next = soft_sta_deadline(world->s);

	*what = -1;
	for (int i = 0; i < APS; i++) {
		const struct fake_ap *ap = &world->ap[i];

		if (ap->on_air && ap->next_beacon_ns < next)
			next = ap->next_beacon_ns, *what = i;
		if (ap->on_air && ap->associated && ap->auth_wake_ns < next)
			next = ap->auth_wake_ns, *what = APS + i;
	}
	for (size_t i = 0; i < world->scheduled_count; i++)
		if (world->scheduled[i].at_ns < next)
			next = world->scheduled[i].at_ns, *what = 2 * APS + (int)i;
	return next;
}

static void world_step(struct world *world, int what)
{
	struct rsn_out out;

	if (what < 0) {
		soft_sta_tick(world->s, world->now, &world->out);
		world_apply_actions(world);
	} else if (what < APS) {
		struct fake_ap *ap = &world->ap[what];

		ap->next_beacon_ns += ap->interval * TU_ + (uint64_t)ap->drift_ns;
		ap->tsf_epoch_ns += (uint64_t)ap->drift_ns;
		ap->dtim_count = ap->dtim_count ? ap->dtim_count - 1 : ap->dtim - 1;
		if (ap->csa_active && !ap->csa[2]) {
			ap->csa_active = false;
			ap->freq = ap->csa_false ? ap->freq : channel_to_freq(ap->csa[1]);
		}
		if (!ap->no_beacons)
			fake_ap_transmit(world, ap, fake_ap_beacon(world, ap, MGMT_BEACON, broadcast));
		ap->csa[2] -= ap->csa_active;
	} else if (what < 2 * APS) {
		struct fake_ap *ap = &world->ap[what - APS];

		authenticator_timeout(&ap->authenticator, world->now, &out);
		fake_ap_apply_output(world, ap, &out);
	} else {
		struct scheduled_frame flying_frame = world->scheduled[what - 2 * APS];

		memmove(world->scheduled + what - 2 * APS, world->scheduled + what - 2 * APS + 1,
			(--world->scheduled_count - (size_t)(what - 2 * APS)) * sizeof(flying_frame));
		world_deliver(world, &flying_frame);
	}
}

void world_run(struct world *world, uint64_t ns)
{
	uint64_t end = world->now + ns, next;
	unsigned steps = 0;
	int what;

	while ((next = world_next(world, &what)) <= end) {
		assert_true(++steps < 10000000);
		world->now = next > world->now ? next : world->now;
		world_step(world, what);
	}
	world->now = end;
}

struct sta_info world_sta_view(const struct world *world)
{
	struct sta_info info;

	soft_sta_info(world->s, &info);
	return info;
}

bool world_is_connected(const struct world *world)
{
	return world_sta_view(world).state == STA_CONNECTED;
}

bool world_connect(struct world *world, uint64_t ns)
{
	for (uint64_t end = world->now + ns; world->now < end && !world_is_connected(world);)
		world_run(world, 5 * MS_);
	world_run(world, 20 * MS_);
	return world_is_connected(world);
}

const struct recorded_note *world_last_note(const struct world *world, enum note note)
{
	for (unsigned i = world->note_count; i-- && world->note_count - i <= NOTED;)
		if (world->notes[i % NOTED].note == note)
			return &world->notes[i % NOTED];
	return NULL;
}

void world_host_send(struct world *world, const uint8_t *to, const char *text)
{
	struct frame *frame = ethernet_frame(to, sta_addr, text);

	soft_sta_send(world->s, &frame, 1, world->now, &world->out);
	world_apply_actions(world);
}

bool world_ping(struct world *world, struct fake_ap *ap)
{
	unsigned data = ap->data, delivered = world->delivered;

	world_host_send(world, host_addr, "there");
	world_run(world, 50 * MS_);
	if (ap->data != data + 1 || memcmp(ap->last + ETHER_HLEN, "there", 5) != 0)
		return false;
	fake_ap_send(world, ap, sta_addr, host_addr, "back");
	world_run(world, 50 * MS_);
	if (world->delivered != delivered + 1 || memcmp(world->last + ETHER_HLEN, "back", 4) != 0)
		return false;
	fake_ap_send(world, ap, broadcast, host_addr, "all");
	world_run(world, 50 * MS_);
	return world->delivered == delivered + 2 && memcmp(world->last + ETHER_HLEN, "all", 3) == 0;
}

void world_init(struct world *world)
{
	uint8_t seed[RANDOM_SEED_LEN] = {1};

	memset(world, 0, sizeof(*world));
	world->crypto = crypto_new();
	random_init(&world->random, world->crypto, seed);
	world->now = 10 * S_;
	for (int i = 0; i < APS; i++) {
		struct fake_ap *ap = &world->ap[i];

		*ap = (struct fake_ap){.on_air = i == 0,
				       .bssid = {2, 0, 0, 0, 0, (uint8_t)(0x10 + i)},
				       .ssid = "home",
				       .wmm = true,
				       .freq = 2437,
				       .interval = 100,
				       .dtim = 1,
				       .signal = -50,
				       .suite = {.akm = AKM_PSK,
						 .pairwise = CIPHER_CCMP_128,
						 .group = CIPHER_CCMP_128,
						 .group_management = CIPHER_NONE},
				       .next_beacon_ns = world->now + (uint64_t)(1 + i) * 7 * MS_,
				       .auth_wake_ns = UINT64_MAX};
		ap->tsf_epoch_ns = ap->next_beacon_ns;
		memset(ap->pmk, 0x42, PMK_LEN);
	}
	world->nets[0] = (struct sta_network){.ssid = "home",
					      .ssid_len = 4,
					      .any_bssid = true,
					      .wpa = true,
					      .rsn = true,
					      .akms = 1u << AKM_PSK | 1u << AKM_PSK_SHA256,
					      .pairwise = 1u << CIPHER_CCMP_128 | 1u << CIPHER_TKIP,
					      .group = 1u << CIPHER_CCMP_128 | 1u << CIPHER_TKIP,
					      .wep = CIPHER_NONE};
	memset(world->nets[0].pmk, 0x42, PMK_LEN);
	world->setup =
		(struct sta_setup){.networks = world->nets, .network_count = 1, .freqs = {2412, 2437}, .wmm = true};
	mac_copy(world->setup.addr, sta_addr);
}

void world_start(struct world *world)
{
	uint8_t seed[RANDOM_SEED_LEN] = {7};

	world->s = soft_sta_new(world->crypto, &world->setup, seed);
	assert_non_null(world->s);
	soft_sta_start(world->s, world->now, &world->out);
	world_apply_actions(world);
}

void world_start_connected(struct world *world)
{
	world_start(world);
	assert_true(world_connect(world, 10 * S_));
}

void world_free(struct world *world)
{
	soft_sta_free(world->s);
	for (size_t i = 0; i < world->scheduled_count; i++)
		frame_free(world->scheduled[i].frame);
	for (int i = 0; i < APS; i++) {
		fake_ap_forget_sta(&world->ap[i]);
		tx_queue_free(&world->ap[i].tx);
		rx_out_free(&world->ap[i].rx);
	}
	actions_free(&world->out);
	assert_int_equal(world->clear_data * !world->ap[0].open, 0);
	crypto_free(world->crypto);
}
