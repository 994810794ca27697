/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine was suspended. Its clock (CLOCK_MONOTONIC) stood still, so no timer is late, and nothing happens at once that
 * was due meanwhile. But what was heard before is older than it seems, and the machine may be elsewhere: scan results and
 * PMKSAs age by that time, and pauses between scans begin anew.
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

static uint64_t minus(uint64_t time_ns, uint64_t ns)
{
	return time_ns > ns ? time_ns - ns : 1; /* 0 is "never" */
}

static void age_results(struct sta *sta, uint64_t slept_ns)
{
	for (size_t i = 0; i < sta->table.count; i++)
		if (sta->table.at[i].heard_ns)
			sta->table.at[i].heard_ns = minus(sta->table.at[i].heard_ns, slept_ns);
	for (size_t i = 0; i < sta->results.count; i++)
		sta->results.list[i].heard_ns = minus(sta->results.list[i].heard_ns, slept_ns);
	for (size_t i = 0; i < sta->pmksa.count; i++) {
		sta->pmksa.entries[i].renew_ns = minus(sta->pmksa.entries[i].renew_ns, slept_ns);
		sta->pmksa.entries[i].until_ns = minus(sta->pmksa.entries[i].until_ns, slept_ns);
	}
	sta_pmksa_expire(sta);
	sta_expire_results(sta);
}

void sta_after_suspend(struct sta *sta, uint64_t slept_ns)
{
	age_results(sta, slept_ns);
	sta->failed_rounds = 0;
	sta->scan.empty_scans = 0;
	if (sta->state == STA_BACKOFF) {
		sta_begin_round(sta);
		sta_start_scan(sta);
	} else if (sta->state == STA_CONNECTED) {
		sta_roam_begin(sta); /* the pauses between two roaming scans begin anew */
	}
}

void sta_set_radio(struct sta *sta, const struct sta_setup *setup, const struct plane_capabilities *plane)
{
	if (!mac_equal(sta->setup.addr, setup->addr)) {
		pmksa_flush(&sta->pmksa, NULL);
		sta->ft.ready = false;
	}
	mac_copy(sta->setup.addr, setup->addr);
	mac_copy(sta->setup.own_addr, setup->own_addr);
	memcpy(sta->setup.freqs, setup->freqs, sizeof(setup->freqs));
	memcpy(sta->setup.ext_capab, setup->ext_capab, sizeof(setup->ext_capab));
	sta->setup.ext_capab_len = setup->ext_capab_len;
	sta->plane = *plane;
	sta->address = (struct sta_own_address){0};
	sta_collect_freqs(sta);
}
