/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of the control socket of wpa_supplicant, and a station and an access point that it meets. */
#ifndef TESTS_UNIT_WPAS_CLIENT_H
#define TESTS_UNIT_WPAS_CLIENT_H

#include "plane_pair.h"

#include "ctrl/sta/wpas.h"

/* What wpa_cli sees, and the owner of the station. */
struct client {
	struct pair *pair;
	struct wpas wpas;
	char reply[4096], events[8192], file[1024];
	size_t passed; /* notes of the log that were passed on */
	uint32_t debug;
	uint16_t width_mhz, center_mhz; /* of the channel, as a driver says; center 0: there is none */
	bool has_file, terminated, reopened, power_save;
};

static struct client client;

static void pass_notes(void)
{
	for (; client.passed < client.pair->at_sta.count; client.passed++) {
		const struct plane_action *action = &client.pair->at_sta.log[client.passed].action;

		if (action->kind == PLANE_REPORT && action->report.kind == ACTION_NOTE)
			wpas_note(&client.wpas, &action->report);
	}
}

static enum sta_answer request(void *user, const struct sta_request *wanted)
{
	enum sta_answer answer = sta_request(client.pair->sta, wanted, client.pair->now_ns, &client.pair->at_sta.out);

	(void)user;
	pair_carry_out(client.pair);
	pass_notes();
	return answer;
}

static const struct sta *control(void *user)
{
	(void)user;
	return client.pair->sta;
}

static void info(void *user, struct sta_info *out)
{
	(void)user;
	sta_info(client.pair->sta, out);
	out->tx_frames = 11;
	out->knows_width = client.center_mhz;
	out->width_mhz = client.width_mhz;
	out->center_mhz = client.center_mhz;
}

static void event(void *user, int level, const char *text)
{
	(void)user;
	(void)level;
	strncat(client.events, text, sizeof(client.events) - strlen(client.events) - 2);
	strcat(client.events, "\n");
}

static bool save(void *user, const char *text, struct error *error)
{
	(void)user;
	snprintf(client.file, sizeof(client.file), "%s", text);
	return client.has_file || error_set(error, false, "no file");
}

static char *load(void *user, struct error *error)
{
	(void)user;
	(void)error;
	return strdup(client.file);
}

static void set_country(void *user, const char *country)
{
	(void)user;
	(void)country;
}

static bool set_power_save(void *user, bool on)
{
	(void)user;
	client.power_save = on;
	return true;
}

static bool ip_address(void *user, char text[16])
{
	(void)user;
	strcpy(text, "192.0.2.7");
	return true;
}

static void log_text(void *user, const char *text)
{
	(void)user;
	(void)text;
}

static void terminate(void *user)
{
	(void)user;
	client.terminated = true;
}

static void log_detail(void *user, bool set, uint32_t *debug, bool *timestamps)
{
	(void)user;
	client.debug = set ? *debug : client.debug;
	*debug = client.debug;
	*timestamps = set && *timestamps;
}

static bool reopen_log(void *user)
{
	(void)user;
	client.reopened = true;
	return true;
}

static uint64_t now_ns(void *user)
{
	(void)user;
	return client.pair->now_ns;
}

/* Begins with a file, and an access point "test" whose PMK is sevens. */
static void begin_at(const char *file, void (*prepare)(struct pair *))
{
	static const struct wpas_owner owner = {.request = request,
						.control = control,
						.info = info,
						.event = event,
						.save = save,
						.load = load,
						.set_country = set_country,
						.set_power_save = set_power_save,
						.ip_address = ip_address,
						.log = log_text,
						.log_detail = log_detail,
						.reopen_log = reopen_log,
						.terminate = terminate,
						.now_ns = now_ns};
	struct error error;

	client = (struct client){.pair = pair_new(), .has_file = true};
	if (prepare)
		prepare(client.pair);
	snprintf(client.file, sizeof(client.file), "%s", file);
	assert_true(wpas_init(&client.wpas, &owner, client.pair->crypto, file, &error));
	strcpy(client.wpas.interface, "wlan0");
	client.pair->sta_setup.networks = wpas_networks(&client.wpas, &client.pair->sta_setup.network_count);
	pair_start(client.pair);
	pass_notes();
}

static inline void begin(const char *file)
{
	begin_at(file, NULL);
}

static void end(void)
{
	wpas_free(&client.wpas);
	pair_free(client.pair);
}

static const char *command(const char *text)
{
	struct ctrl_reply reply = ctrl_reply_begin(client.reply, sizeof(client.reply));
	char line[512];

	snprintf(line, sizeof(line), "%s", text);
	client.events[0] = '\0';
	wpas_command(&client.wpas, line, &reply);
	pass_notes();
	return client.reply;
}

#define expect(text, answer)   assert_string_equal(command(text), answer)
#define expect_in(text, piece) assert_non_null(strstr(command(text), piece))
#define expect_event(piece)    assert_non_null(strstr(client.events, piece))

#define PMK "0707070707070707070707070707070707070707070707070707070707070707"

/* Time goes on, and the timer of the control socket runs. */
static inline void run_timer(uint64_t ns)
{
	client.events[0] = '\0';
	client.pair->now_ns += ns;
	if (wpas_deadline(&client.wpas) <= client.pair->now_ns)
		wpas_tick(&client.wpas, client.pair->now_ns);
}

#endif
