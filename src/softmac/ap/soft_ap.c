/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The events of the caller, and its questions. */
#include "softmac/ap/soft_ap_state.h"

#include "base/mac.h"

#include <stdlib.h>

enum { TICKS_MAX = 4 };

static void begin(struct soft_ap *soft, uint64_t now_ns, struct actions *out)
{
	soft->now_ns = now_ns;
	soft->output.actions = out;
	soft->control_ran = false;
}

/* Carries out the actions of control. */
static void end(struct soft_ap *soft)
{
	soft_apply(soft);
	soft_drain(soft);
	/* Only an event of control can have freed the way for one. */
	if (soft->control_ran) {
		ap_send_answers(soft->control, soft->now_ns, &soft->actions);
		soft_apply(soft);
		soft_drain(soft);
	}
	soft_flush(soft);
	soft_stations_reap(soft);
	soft->output.actions = NULL;
}

/* ---- life ---- */

/* RC4 may be missing in libcrypto. */
static bool has_wep(struct crypto *crypto, const struct ap_bss_setup *setup)
{
	struct key key = {0};
	bool ok = setup->wep == CIPHER_NONE || !key_set(&key, crypto, setup->wep, setup->wep_key,
							cipher_key_len(setup->wep), (struct key_params){0});

	key_wipe(&key);
	return ok;
}

struct soft_ap *soft_ap_new(struct crypto *crypto, const struct ap_setup *setup, const uint8_t seed[RANDOM_SEED_LEN])
{
	static const struct plane_capabilities capabilities = {
		.replaces_ptk = true, .early_stations = true, .protects_beacons = true};
	struct soft_ap *soft = calloc(1, sizeof(*soft));
	uint8_t seeds[2][RANDOM_SEED_LEN]; /* of control and of the plane */
	struct random random;
	bool ok;

	if (!soft)
		return NULL;
	soft->crypto = crypto;
	soft->ps.limit = SOFT_PS_FRAMES_MAX;
	if (!random_split(crypto, seed, seeds))
		soft->control = ap_new(crypto, setup, &capabilities, seeds[0]);
	ok = soft->control;
	for (unsigned i = 0; ok && i < setup->bss_count; i++) {
		soft->bss[i].index = i;
		mac_copy(soft->bss[i].setup.bssid, setup->bss[i].bssid);
		ok = has_wep(crypto, &setup->bss[i]);
	}
	soft->bss_count = ok ? setup->bss_count : 0;
	random_init(&random, crypto, seeds[1]);
	crypto_wipe(seeds, sizeof(seeds));
	ok = ok && !random_bytes(&random, &soft->table.hash_key, sizeof(soft->table.hash_key));
	soft->guests.hash_key = ~soft->table.hash_key;
	crypto_wipe(&random, sizeof(random));
	if (ok)
		return soft;
	soft_ap_free(soft);
	return NULL;
}

void soft_ap_free(struct soft_ap *soft)
{
	struct actions ignored = {0};

	if (!soft)
		return;
	soft->output.actions = &ignored;
	plane_actions_clear(&soft->actions);
	for (unsigned i = 0; i < soft->bss_count; i++) {
		struct plane_action *stop = plane_actions_add(&soft->actions, PLANE_BSS_STOP);

		if (stop)
			stop->bss = i;
		soft_apply(soft);
	}
	soft_stations_reap(soft);
	ap_free(soft->control);
	plane_actions_free(&soft->actions);
	mac_table_free(&soft->table);
	mac_table_free(&soft->guests);
	timer_heap_free(&soft->timers);
	free(soft->stations);
	soft_output_free(&soft->output);
	tx_queue_free(&soft->tx);
	rx_out_free(&soft->rx);
	actions_free(&ignored);
	crypto_wipe(soft, sizeof(*soft));
	free(soft);
}

void soft_ap_start(struct soft_ap *soft, uint64_t now_ns, struct actions *out)
{
	begin(soft, now_ns, out);
	soft->started = true;
	ap_start(soft->control, now_ns, &soft->actions);
	end(soft);
}

void soft_ap_stop(struct soft_ap *soft, uint64_t now_ns, struct actions *out)
{
	begin(soft, now_ns, out);
	ap_stop(soft->control, now_ns, &soft->actions);
	end(soft);
	soft->started = false;
}

/* ---- frames ---- */

void soft_ap_receive(struct soft_ap *soft, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out)
{
	begin(soft, now_ns, out);
	if (soft->started) {
		soft_receive(soft, frames, count);
	} else {
		for (size_t i = 0; i < count; i++) {
			soft_drop(soft, DROP_NOT_ASSOCIATED,
				  frames[i]->len < DOT11_OFF_ADDR3 ? NULL : frames[i]->data + DOT11_OFF_ADDR2);
			frame_free(frames[i]);
			frames[i] = NULL;
		}
	}
	end(soft);
}

void soft_ap_send(struct soft_ap *soft, unsigned bss_index, struct frame **frames, size_t count, uint64_t now_ns,
		  struct actions *out)
{
	begin(soft, now_ns, out);
	for (size_t i = 0; i < count; i++) {
		if (bss_index < soft->bss_count && soft->bss[bss_index].on_air) {
			soft_data_send(soft, &soft->bss[bss_index], frames[i]);
		} else {
			soft_drop(soft, DROP_NO_STATION, NULL);
			frame_free(frames[i]);
		}
		frames[i] = NULL;
	}
	end(soft);
}

/* ---- TX status ---- */

static void report_eapol_status(struct soft_ap *soft, const struct soft_station *sta, bool acked)
{
	enum plane_eapol_status status = acked ? PLANE_EAPOL_ACKED : PLANE_EAPOL_UNACKED;

	soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_EAPOL_STATUS, .eapol_status = status});
}

static void count_loss(struct soft_ap *soft, struct soft_station *sta)
{
	if (!sta->associated || (++sta->consecutive_lost < PLANE_LOST_MAX && sta->proven) || sta->dozing)
		return;
	soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_LOSS, .lost = sta->consecutive_lost});
}

static void handle_unacked(struct soft_ap *soft, struct soft_station *sta, enum soft_cookie kind)
{
	sta->tx_lost++;
	if (kind == SOFT_COOKIE_PROBE)
		soft_report_station(soft, sta, (struct plane_event){.kind = PLANE_EVENT_PROBE});
	else if (kind == SOFT_COOKIE_PS_RESPONSE)
		soft_power_tx_status(soft, sta, false);
	else
		count_loss(soft, sta);
}

static void handle_own_status(struct soft_ap *soft, struct soft_station *sta, enum soft_cookie kind, bool acked)
{
	if (kind == SOFT_COOKIE_EAPOL)
		report_eapol_status(soft, sta, acked);
	if (!acked) {
		handle_unacked(soft, sta, kind);
		return;
	}
	soft_station_heard(soft, sta, true);
	if (kind == SOFT_COOKIE_PS_RESPONSE)
		soft_power_tx_status(soft, sta, true);
	soft_power_acked(soft, sta);
}

void soft_ap_tx_status(struct soft_ap *soft, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out)
{
	struct soft_station *sta = (struct soft_station *)mac_table_by_handle(&soft->table, cookie);
	enum soft_cookie kind = cookie >> MAC_TABLE_HANDLE_BITS;

	begin(soft, now_ns, out);
	if (cookie <= PLANE_COOKIE_MAX)
		soft_report(soft,
			    &(struct plane_event){.kind = PLANE_EVENT_TX_STATUS, .cookie = cookie, .acked = acked});
	else if (sta)
		handle_own_status(soft, sta, kind, acked);
	end(soft);
}

/* ---- time ---- */

uint64_t soft_ap_deadline(const struct soft_ap *soft)
{
	const struct timer *first = timer_heap_first(&soft->timers);
	uint64_t deadline = earlier(first ? first->at_ns : NEVER, ap_deadline(soft->control));

	if (!soft->started)
		return NEVER;
	deadline = earlier(deadline, soft_switch_deadline(soft));
	for (unsigned i = 0; i < soft->bss_count; i++)
		if (soft->bss[i].on_air)
			deadline = earlier(deadline, soft->bss[i].beacon_ns);
	return deadline;
}

static void report_all_group_pns(struct soft_ap *soft)
{
	for (unsigned i = 0; i < soft->bss_count; i++)
		soft_report_group_pn(soft, &soft->bss[i]);
	soft_drain(soft);
}

void soft_ap_tick(struct soft_ap *soft, uint64_t now_ns, struct actions *out)
{
	struct timer *first;

	begin(soft, now_ns, out);
	soft_switch_tick(soft);
	for (unsigned i = 0; i < soft->bss_count; i++)
		if (soft->bss[i].on_air && now_ns >= soft->bss[i].beacon_ns)
			soft_bss_send_beacon(soft, &soft->bss[i]);
	while ((first = timer_heap_first(&soft->timers)) && first->at_ns <= now_ns)
		soft_power_timer(soft, (struct soft_station *)((char *)first - offsetof(struct soft_station, timer)));
	soft_drain(soft);
	/* What an action leads to may be due at once, too. */
	for (int i = 0; i < TICKS_MAX && now_ns >= ap_deadline(soft->control); i++) {
		report_all_group_pns(soft);
		ap_tick(soft->control, now_ns, &soft->actions);
		soft_apply(soft);
		soft_drain(soft);
	}
	end(soft);
}

/* ---- the operator ---- */

/* Before control learns of a new BSS. Returns false if it cannot be. */
static bool make_room(struct soft_ap *soft, const struct ap_command *command)
{
	struct soft_bss *bss = &soft->bss[command->bss < AP_BSS_MAX ? command->bss : 0];

	if (command->bss >= AP_BSS_MAX || bss->on_air || !has_wep(soft->crypto, command->setup))
		return false;
	if (soft->bss_count > command->bss && !mac_is_zero(bss->setup.bssid))
		return false;
	*bss = (struct soft_bss){.index = command->bss};
	mac_copy(bss->setup.bssid, command->setup->bssid);
	if (soft->bss_count <= command->bss)
		soft->bss_count = command->bss + 1;
	return true;
}

/* It is off the air, and has no stations. */
static void vacate(struct soft_bss *bss)
{
	frame_free(bss->beacon);
	*bss = (struct soft_bss){.index = bss->index};
}

bool soft_ap_command(struct soft_ap *soft, const struct ap_command *command, uint64_t now_ns, struct actions *out)
{
	bool done, adds = command->kind == AP_COMMAND_ADD_BSS, removes = command->kind == AP_COMMAND_REMOVE_BSS;

	if (adds && !make_room(soft, command))
		return false;
	begin(soft, now_ns, out);
	done = ap_run_command(soft->control, command, now_ns, &soft->actions);
	end(soft);
	if ((adds && !done) || (removes && done))
		vacate(&soft->bss[command->bss]);
	return done;
}

bool soft_ap_deauthenticate(struct soft_ap *soft, unsigned bss_index, const uint8_t addr[6], uint16_t reason,
			    uint64_t now_ns, struct actions *out)
{
	bool found;

	begin(soft, now_ns, out);
	found = ap_deauthenticate(soft->control, bss_index, addr, reason, now_ns, &soft->actions);
	end(soft);
	return found;
}

bool soft_ap_disassociate(struct soft_ap *soft, unsigned bss_index, const uint8_t addr[6], uint16_t reason,
			  uint64_t now_ns, struct actions *out)
{
	bool found;

	begin(soft, now_ns, out);
	found = ap_disassociate(soft->control, bss_index, addr, reason, now_ns, &soft->actions);
	end(soft);
	return found;
}

bool soft_ap_poll(struct soft_ap *soft, unsigned bss_index, const uint8_t addr[6], uint64_t now_ns, struct actions *out)
{
	bool found;

	begin(soft, now_ns, out);
	found = ap_poll(soft->control, bss_index, addr, now_ns, &soft->actions);
	end(soft);
	return found;
}

void soft_ap_rekey_group(struct soft_ap *soft, unsigned bss_index, uint64_t now_ns, struct actions *out)
{
	begin(soft, now_ns, out);
	report_all_group_pns(soft);
	ap_rekey_group(soft->control, bss_index, now_ns, &soft->actions);
	end(soft);
}

void soft_ap_set_acl(struct soft_ap *soft, unsigned bss_index, bool accept_listed_only, struct ap_mac_list accept,
		     struct ap_mac_list deny, uint64_t now_ns, struct actions *out)
{
	begin(soft, now_ns, out);
	ap_set_acl(soft->control, bss_index, accept_listed_only, accept, deny, now_ns, &soft->actions);
	end(soft);
}

int soft_ap_switch_channel(struct soft_ap *soft, const struct ap_channel_move *move, uint64_t now_ns,
			   struct actions *out, struct error *error)
{
	int ret;

	begin(soft, now_ns, out);
	ret = ap_switch_channel(soft->control, move, now_ns, &soft->actions, error);
	end(soft);
	return ret;
}

struct ap_protection_info soft_ap_protection(const struct soft_ap *soft)
{
	return ap_protection_info(soft->control);
}

struct plane_channel soft_ap_channel(const struct soft_ap *soft)
{
	return ap_channel(soft->control);
}

/* What the plane knows of the station. */
static void complete_info(const struct soft_ap *soft, struct ap_station_info *info)
{
	const struct soft_station *sta = soft_find(soft, &soft->bss[info->bss], info->addr);

	if (!sta)
		return;
	info->dozing = sta->dozing;
	info->heard_ns = sta->heard_ns > info->heard_ns ? sta->heard_ns : info->heard_ns;
	info->rx_frames = sta->rx_frames;
	info->rx_bytes = sta->rx_bytes;
	info->tx_frames = sta->tx_frames;
	info->tx_bytes = sta->tx_bytes;
	info->tx_lost = sta->tx_lost;
	info->signal_dbm = sta->signal_dbm;
}

bool soft_ap_station_info(const struct soft_ap *soft, size_t nth, struct ap_station_info *info)
{
	bool found = ap_station_info(soft->control, nth, info);

	if (found)
		complete_info(soft, info);
	return found;
}

bool soft_ap_station_info_of(const struct soft_ap *soft, unsigned bss_index, const uint8_t addr[6],
			     struct ap_station_info *info)
{
	bool found = ap_station_info_of(soft->control, bss_index, addr, info);

	if (found)
		complete_info(soft, info);
	return found;
}

void soft_ap_set_recorder(struct soft_ap *soft, struct trace_recorder *recorder)
{
	soft->output.recorder = recorder;
}

const uint64_t *soft_ap_drops(const struct soft_ap *soft)
{
	return soft->output.drops;
}

size_t soft_ap_station_size(void)
{
	return sizeof(struct soft_station) + ap_station_size();
}
