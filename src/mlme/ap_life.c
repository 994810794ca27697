/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Life of the access point: start and end, and its timers. */
#include "mlme/ap_ft.h"
#include "mlme/ap_measure.h"
#include "mlme/ap_ocv.h"
#include "mlme/ap_reconfigure.h"

#include "base/mac.h"

#include <stdlib.h>
#include <string.h>

void ap_begin(struct ap *ap, uint64_t now_ns, struct plane_actions *out)
{
	ap->now_ns = now_ns;
	ap->out = out;
}

void ap_end(struct ap *ap)
{
	ap_protection_refresh(ap);
	if (ap->started)
		ap_answers_send(ap);
	ap_sta_reap(ap);
	ap->out = NULL;
}

/* ---- life ---- */

static bool is_valid_setup(const struct ap_setup *setup)
{
	if (!setup->bss_count || setup->bss_count > AP_BSS_MAX || !freq_to_channel(setup->freq_mhz) ||
	    !setup->beacon_tu || !setup->dtim_period)
		return false;
	for (unsigned i = 0; i < setup->bss_count; i++)
		for (unsigned k = 0; k < i; k++)
			if (mac_equal(setup->bss[i].bssid, setup->bss[k].bssid))
				return false;
	return true;
}

struct ap *ap_new(struct crypto *crypto, const struct ap_setup *setup, const struct plane_capabilities *plane,
		  const uint8_t seed[RANDOM_SEED_LEN])
{
	struct ap *ap = is_valid_setup(setup) ? calloc(1, sizeof(*ap)) : NULL;
	uint8_t secret[FT_SECRET_LEN];
	int err;

	if (!ap)
		return NULL;
	ap->crypto = crypto;
	ap->setup = *setup;
	crypto_wipe(ap->setup.bss, sizeof(ap->setup.bss));
	ap->setup.bss_count = 0;
	ap->plane = *plane;
	random_init(&ap->random, crypto, seed);
	err = random_bytes(&ap->random, &ap->table.hash_key, sizeof(ap->table.hash_key));
	if (!err)
		err = random_bytes(&ap->random, secret, sizeof(secret));
	ft_store_init(&ap->own_ft_store, secret, AP_PMKSA_MAX);
	crypto_wipe(secret, sizeof(secret));
	if (!err)
		err = pmksa_init(&ap->pmksa, AP_PMKSA_MAX, PMKSA_LIFETIME_NS);
	for (unsigned i = 0; i < AP_BSS_MAX; i++)
		ap_bss_vacate(&ap->bss[i], i);
	for (unsigned i = 0; !err && i < setup->bss_count; i++) {
		err = ap_bss_init(ap, &ap->bss[i], &setup->bss[i]);
		ap->setup.bss_count += !err;
	}
	if (!err) {
		ap_track_join(ap);
		return ap;
	}
	ap_free(ap);
	return NULL;
}

void ap_free(struct ap *ap)
{
	if (!ap)
		return;
	ap_track_leave(ap);
	ap_answers_clear(ap);
	ap_sta_free_all(ap);
	for (unsigned i = 0; i < ap->setup.bss_count; i++) {
		if (ap_bss_is_vacant(&ap->bss[i]))
			continue;
		ap_ft_leave(ap, &ap->bss[i]);
		ap_bss_wipe(&ap->bss[i]);
	}
	ap_sae_free(ap);
	ft_store_free(&ap->own_ft_store);
	pmksa_free(&ap->pmksa);
	crypto_wipe(ap, sizeof(*ap));
	free(ap);
}

void ap_start(struct ap *ap, uint64_t now_ns, struct plane_actions *out)
{
	struct plane_action *action;

	ap_begin(ap, now_ns, out);
	if (!ap->started) {
		ap->started = true;
		ap_answers_start(ap);
		ap_protection_start(ap);
		action = plane_actions_add(out, PLANE_TUNE);
		if (action)
			action->freq_mhz = ap->setup.freq_mhz;
		for (unsigned i = 0; i < ap->setup.bss_count; i++)
			if (!ap->bss[i].off)
				ap_bss_start(&ap->bss[i]);
	}
	ap_end(ap);
}

void ap_stop(struct ap *ap, uint64_t now_ns, struct plane_actions *out)
{
	unsigned station_counts[AP_BSS_MAX];

	ap_begin(ap, now_ns, out);
	for (unsigned i = 0; i < ap->setup.bss_count; i++)
		station_counts[i] = ap->bss[i].station_count;
	while (ap->associated_count)
		ap_sta_kick(ap, ap->associated[ap->associated_count - 1], MGMT_DEAUTH, REASON_LEAVING);
	while (ap->oldest)
		ap_sta_remove(ap, ap->oldest, REASON_LEAVING);
	for (unsigned i = 0; ap->started && i < ap->setup.bss_count; i++) {
		if (ap->bss[i].off)
			continue;
		if (station_counts[i])
			ap_bss_deauth_all(&ap->bss[i], REASON_LEAVING);
		ap_ft_leave(ap, &ap->bss[i]);
		ap_act(ap, PLANE_BSS_STOP, &ap->bss[i], NULL);
		ap->bss[i].group_switch_ns = ap->bss[i].group_rekey_ns = NEVER;
		ap_bss_stopped(&ap->bss[i]);
	}
	ap->started = false;
	ap_channel_stop(ap);
	ap_answers_clear(ap);
	ap_end(ap);
}

/* ---- time ---- */

uint64_t ap_deadline(const struct ap *ap)
{
	const struct timer *first = timer_heap_first(&ap->timers);
	uint64_t deadline = earlier(first ? first->at_ns : NEVER, ap->answers.due_ns);

	if (!ap->started)
		return NEVER;
	deadline = earlier(deadline, earlier(ap_protection_deadline(ap), ap_channel_deadline(ap)));
	for (unsigned i = 0; i < ap->setup.bss_count; i++) {
		deadline = earlier(deadline, ap->bss[i].group_rekey_ns);
		deadline = earlier(deadline, ap->bss[i].group_switch_ns);
	}
	return deadline;
}

static void run_bss_timers(struct ap *ap, struct ap_bss *bss)
{
	if (ap->now_ns >= bss->group_switch_ns)
		ap_group_switch(ap, bss);
	if (ap->now_ns >= bss->group_rekey_ns)
		ap_keys_rekey_group(ap, bss);
}

static void run_station_timers(struct ap *ap, struct ap_sta *sta)
{
	if (!sta->associated) {
		ap_sta_remove(ap, sta, REASON_INACTIVE);
		return;
	}
	ap_keys_timer(ap, sta);
	if (!sta->removed && ap->now_ns >= sta->due_ns[AP_TIMER_SA_QUERY])
		ap_sa_query_timer(ap, sta);
	if (!sta->removed && ap->now_ns >= sta->due_ns[AP_TIMER_OCV])
		ap_ocv_timer(ap, sta);
	if (!sta->removed && ap->now_ns >= sta->due_ns[AP_TIMER_POLL])
		ap_poll_timer(ap, sta);
	if (!sta->removed && ap->now_ns >= sta->due_ns[AP_TIMER_TRANSITION])
		ap_transition_timer(ap, sta);
	ap_sta_schedule(ap, sta);
	/* A deadline that no timer has moved must not stop the clock. */
	if (!sta->removed && sta->timer.heap_index && sta->timer.at_ns <= ap->now_ns)
		timer_heap_set(&ap->timers, &sta->timer, ap->now_ns + TU);
}

void ap_tick(struct ap *ap, uint64_t now_ns, struct plane_actions *out)
{
	struct timer *first;

	ap_begin(ap, now_ns, out);
	ap_protection_tick(ap);
	ap_channel_tick(ap);
	for (unsigned i = 0; ap->started && i < ap->setup.bss_count; i++)
		run_bss_timers(ap, &ap->bss[i]);
	while ((first = timer_heap_first(&ap->timers)) && first->at_ns <= now_ns)
		run_station_timers(ap, (struct ap_sta *)((char *)first - offsetof(struct ap_sta, timer)));
	ap_end(ap);
}

void ap_send_answers(struct ap *ap, uint64_t now_ns, struct plane_actions *out)
{
	ap_begin(ap, now_ns, out);
	ap_end(ap);
}
