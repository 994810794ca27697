/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RADIO_WORK: a program reserves the radio, one after the other. Meanwhile the station begins no connection: changes of
 * networks and requests to connect wait. A reservation ends when the program says so, or after its timeout.
 */
#include "ctrl/sta/wpas.h"

#include "ctrl/command.h"

#include <stdio.h>
#include <string.h>

#define SECOND        UINT64_C(1000000000)
#define TIMEOUT_S     10 /* of a reservation that names none */
#define TIMEOUT_MAX_S 3600

static void begin_first(struct wpas *wpas)
{
	wpas->work_due_ns = UINT64_MAX;
	if (!wpas->work_count)
		return;
	wpas->work_due_ns = wpas->owner.now_ns(wpas->owner.user) + wpas->works[0].timeout_s * SECOND;
	wpas_event(wpas, "EXT-RADIO-WORK-START %u", wpas->works[0].id);
}

/* "add NAME [freq=2412] [timeout=10]" */
static void add_work(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const char *name = ctrl_next_word(&arguments);
	struct wpas_work *work = &wpas->works[wpas->work_count];
	uint32_t freq = 0, timeout_s = 0;

	if (!name || strlen(name) >= sizeof(work->name) || wpas->work_count == WPAS_WORKS_MAX) {
		ctrl_ok(reply, false);
		return;
	}
	ctrl_option_number(arguments, "freq", 10000, &freq);
	ctrl_option_number(arguments, "timeout", TIMEOUT_MAX_S, &timeout_s);
	*work = (struct wpas_work){
		.id = ++wpas->last_work, .freq = freq, .timeout_s = timeout_s ? timeout_s : TIMEOUT_S};
	strcpy(work->name, name);
	ctrl_put(reply, "%u", work->id);
	if (++wpas->work_count == 1)
		begin_first(wpas);
}

/* Carries out what has waited. */
static void release(struct wpas *wpas)
{
	enum wpas_deferred deferred = wpas->deferred;

	wpas->deferred = WPAS_DEFERRED_NONE;
	if (wpas->scan_waits)
		wpas->owner.request(wpas->owner.user, &wpas->waiting_scan);
	wpas->scan_waits = false;
	if (deferred >= WPAS_DEFERRED_NETWORKS)
		wpas_apply_networks(wpas);
	if (deferred == WPAS_DEFERRED_CONNECT)
		wpas_request(wpas, STA_REQUEST_CONNECT);
}

/* Removes a reservation; the next one begins, or what has waited. */
static void remove_work(struct wpas *wpas, size_t at)
{
	wpas->work_count--;
	memmove(&wpas->works[at], &wpas->works[at + 1], (wpas->work_count - at) * sizeof(*wpas->works));
	if (at == 0)
		begin_first(wpas);
	if (!wpas->work_count)
		release(wpas);
}

void wpas_radio_work_tick(struct wpas *wpas, uint64_t now_ns)
{
	if (!wpas->work_count || wpas->work_due_ns > now_ns)
		return;
	wpas_event(wpas, "EXT-RADIO-WORK-TIMEOUT %u", wpas->works[0].id);
	remove_work(wpas, 0);
}

static void end_work(struct wpas *wpas, const char *arguments, struct ctrl_reply *reply)
{
	uint32_t id;
	size_t at = 0;

	if (!ctrl_number(arguments, UINT32_MAX, &id)) {
		ctrl_ok(reply, false);
		return;
	}
	while (at < wpas->work_count && wpas->works[at].id != id)
		at++;
	if (at == wpas->work_count) {
		ctrl_ok(reply, false);
		return;
	}
	ctrl_ok(reply, true);
	remove_work(wpas, at);
}

static void show_works(const struct wpas *wpas, struct ctrl_reply *reply)
{
	struct wpa_store_network *network = NULL;
	bool enabled = false;
	struct sta_info info;

	wpas_info(wpas, &info);
	for (size_t i = 0; i < wpas->work_count; i++)
		ctrl_put(reply, "ext:%s@%s:%u:%d:0.000000\n", wpas->works[i].name, wpas->interface, wpas->works[i].freq,
			 i == 0);
	if (wpas->scan_waits)
		ctrl_put(reply, "scan@%s:0:0:0.000000\n", wpas->interface);
	while ((network = wpa_store_next(&wpas->store, network)))
		enabled |= !wpa_store_is_disabled(network);
	if (enabled &&
	    (wpas->deferred == WPAS_DEFERRED_CONNECT || (wpas->deferred == WPAS_DEFERRED_NETWORKS && !info.resting)))
		ctrl_put(reply, "sme-connect@%s:0:0:0.000000\n", wpas->interface);
}

void wpas_radio_work(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const char *verb = ctrl_next_word(&arguments);

	if (verb && !strcmp(verb, "add"))
		add_work(wpas, arguments, reply);
	else if (verb && !strcmp(verb, "done"))
		end_work(wpas, arguments, reply);
	else if (verb && !strcmp(verb, "show"))
		show_works(wpas, reply);
	else
		ctrl_ok(reply, false);
}
