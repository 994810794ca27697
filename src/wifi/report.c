/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/report.h"

#include "base/printable.h"
#include "conf/wifi_text.h"
#include "daemon/clock.h"
#include "daemon/control.h"
#include "daemon/json_text.h"
#include "daemon/runtime.h"
#include "base/mac.h"
#include "wifi/json.h"
#include "wire/codes.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct wifi_report {
	struct control *control;
	const struct wifi_program *program;
	void *user; /* its control */
	const char *role;
	char name[CONTROL_NAME_MAX];
	int fd;
	uint64_t start_ns;
};

json_t *wifi_report_age(uint64_t since_ns, uint64_t now_ns)
{
	return json_real(now_ns > since_ns ? (double)((now_ns - since_ns) / 1000000) / 1000 : 0);
}

/* ---- the history ---- */

static json_t *event_json(const struct history_event *event, uint64_t now_ns)
{
	const char *words = event->note == NOTE_REJECTED ? status_text(event->code) : reason_text(event->code);
	json_t *json = json_pack("{s:s, s:s, s:i, s:o, s:o, s:b}", "event", note_name(event->note), "text",
				 note_text(event->note), "count", (int)event->count, "age_s",
				 wifi_report_age(event->last_ns, now_ns), "first_age_s",
				 wifi_report_age(event->first_ns, now_ns), "local", event->local);

	if (event->code)
		json_object_set_new(json, "code", json_integer(event->code));
	if (event->code && words)
		json_object_set_new(json, "words", json_string(words));
	if (event->note == NOTE_REJECTED || event->note == NOTE_WRONG_PASSPHRASE)
		json_object_set_new(json, "step",
				    json_string(event->authentication ? "authentication" : "association"));
	if (event->note == NOTE_SILENT)
		json_object_set_new(json, "awaited", json_string(awaited_name(event->awaited)));
	if (event->detail[0])
		json_object_set_new(json, "detail", json_string(event->detail));
	return json;
}

static json_t *peer_json(const struct wifi *wifi, const struct history_peer *peer, uint64_t now_ns)
{
	json_t *json = json_pack("{s:s, s:o, s:b, s:o, s:[], s:{}}", "interface",
				 wifi->networks[peer->network < wifi->count ? peer->network : 0].interface, "address",
				 wifi_json_mac(peer->addr), "known", peer->known, "age_s",
				 wifi_report_age(peer->last_ns, now_ns), "events", "drops");

	for (size_t i = peer->count; i--;)
		json_array_append_new(json_object_get(json, "events"), event_json(&peer->events[i], now_ns));
	for (int drop = NOT_DROPPED + 1; drop < DROP_COUNT; drop++)
		if (peer->drops[drop])
			json_object_set_new(json_object_get(json, "drops"), drop_name((enum drop)drop),
					    json_integer(peer->drops[drop]));
	return json;
}

static json_t *peers_json(const struct wifi *wifi, uint64_t now_ns)
{
	const struct history_peer *peer;
	json_t *peers = json_array();

	for (size_t i = 0; (peer = history_peer(wifi->history, i)); i++)
		json_array_append_new(peers, peer_json(wifi, peer, now_ns));
	return peers;
}

/* ---- radios ---- */

static json_t *drops_json(const struct wifi *wifi)
{
	uint64_t drops[DROP_COUNT];
	json_t *json = json_object();

	wifi_drop_counts(wifi, drops);
	for (int drop = NOT_DROPPED + 1; drop < DROP_COUNT; drop++)
		if (drops[drop])
			json_object_set_new(json, drop_name((enum drop)drop), json_integer((json_int_t)drops[drop]));
	return json;
}

static json_t *radio_json(struct wifi *wifi, uint64_t now_ns)
{
	const char *medium = wifi->driver    ? driver_wiphy(wifi->driver)->name
			     : wifi->monitor ? wifi->monitor_name
					     : wifi->air_socket;
	json_t *radio = json_pack(
		"{s:s, s:s, s:s, s:b, s:o, s:o, s:o}", "interface", wifi->networks[0].interface, "kind",
		wifi->driver    ? "card"
		: wifi->monitor ? "monitor"
				: "air",
		"medium", medium, "joined", wifi_is_joined(wifi), "address", wifi_json_mac(wifi->networks[0].addr),
		"drops", drops_json(wifi), "peers", peers_json(wifi, now_ns));

	if (wifi->ops && wifi->mlme)
		wifi->ops->report(wifi, now_ns, radio);
	return radio;
}

/* ---- the socket ---- */

static json_t *report_json(const struct wifi_report *report)
{
	uint64_t now_ns = monotonic_ns();
	json_t *radios = json_array();
	struct wifi *wifi;

	for (size_t i = 0; (wifi = report->program->radio(report->user, i)); i++)
		json_array_append_new(radios, radio_json(wifi, now_ns));
	return json_pack("{s:s, s:i, s:o, s:o}", "role", report->role, "pid", (int)getpid(), "uptime_s",
			 wifi_report_age(report->start_ns, now_ns), "radios", radios);
}

static json_t *reload(const struct wifi_report *report, const json_t *request)
{
	char *text = json_bytes_read(request, "text"), reason[sizeof(((struct error *)0)->text)];
	struct error error;
	bool ok;

	if (!text)
		return NULL;
	ok = report->program->reload_text(report->user, text, json_text(request, "file"), &error);
	text_file_free(text);
	if (ok)
		return json_pack("{s:s}", "result", "reloaded");
	printable_copy(reason, sizeof(reason), error.text, true); /* a line of the file may be in it */
	return json_pack("{s:s}", "error", reason);
}

static json_t *on_request(void *user, const json_t *request, bool reads_only, bool *last)
{
	struct wifi_report *report = user;
	const char *what = json_text(request, "ask");

	(void)last;
	if (!strcmp(what, "report"))
		return report_json(report);
	if (strcmp(what, "reload") != 0)
		return NULL;
	return reads_only ? json_pack("{s:s}", "error", "only root may change the configuration")
			  : reload(report, request);
}

/* The folder is in that of the other sockets, which may be missing, too. */
static bool open_socket(struct wifi_report *report, struct error *error)
{
	int folder = runtime_open(RUNTIME_FOLDER, true, error);

	if (folder < 0)
		return false;
	close(folder);
	report->fd = control_lock(RUNTIME_WIFI_FOLDER, report->name, error);
	return report->fd >= 0;
}

struct wifi_report *wifi_report_open(uv_loop_t *loop, const struct wifi_program *program, void *control,
				     const char *name, struct error *error)
{
	struct wifi_report *report = calloc(1, sizeof(*report));

	if (!report) {
		error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	*report = (struct wifi_report){.program = program,
				       .user = control,
				       .role = strrchr(program->name, ' ') + 1,
				       .fd = -1,
				       .start_ns = monotonic_ns()};
	snprintf(report->name, sizeof(report->name), "%s-%.16s", report->role, name);
	if (open_socket(report, error)) {
		report->control = control_serve(loop, report->fd, false, on_request, report);
		if (report->control)
			return report;
		error_set(error, -ENOMEM, "no memory");
	}
	wifi_report_close(report);
	return NULL;
}

void wifi_report_confine(struct sandbox *sandbox)
{
	sandbox->calls |= SANDBOX_ACCEPT;
	sandbox_permit_removal(sandbox,
			       RUNTIME_WIFI_FOLDER); /* otherwise the socket stays behind, and nobody listens */
}

void wifi_report_close(struct wifi_report *report)
{
	if (!report)
		return;
	if (report->control)
		control_stop(report->control);
	if (report->fd >= 0)
		control_unlock(RUNTIME_WIFI_FOLDER, report->name, report->fd);
	free(report);
}
