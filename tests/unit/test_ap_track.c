/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stations that are heard on one radio, and what another radio of the process makes of that. */
#include "ap_world.h"

#include "mlme/ap_track.h"

#include <stdio.h>

/* Two radios, wlan0 and wlan1; the first one leaves stations to the second one. */
struct scene {
	struct ap_process process;
	struct world *worlds[2];
};

static void start(struct scene *scene)
{
	*scene = (struct scene){0};
	for (unsigned i = 0; i < 2; i++) {
		struct world *world = scene->worlds[i] = world_new();

		snprintf(world->setup.bss[0].interface, sizeof(world->setup.bss[0].interface), "wlan%u", i);
		world->setup.process = &scene->process;
		world->setup.track_age_s = 10;
	}
	scene->worlds[1]->setup.track_max = 2;
}

static void run(struct scene *scene)
{
	for (unsigned i = 0; i < 2; i++)
		world_start(scene->worlds[i]);
}

static void end(struct scene *scene)
{
	world_free(scene->worlds[0]);
	assert_int_equal(scene->process.count, 1);
	world_free(scene->worlds[1]);
	assert_int_equal(scene->process.count, 0);
}

/* What TRACK_STA_LIST has, as the last bytes of the addresses. */
static size_t list(struct world *world, char *out)
{
	struct ap_sighting sighting;
	struct ap_command command = {.kind = AP_COMMAND_GET_SIGHTING, .sighting = &sighting};

	for (; soft_ap_command(world->ap, &command, world->now, &world->out); command.nth++)
		out[command.nth] = (char)('0' + sighting.addr[5]);
	out[command.nth] = '\0';
	return command.nth;
}

static void latest_stations_are_remembered(void **state)
{
	struct fake_sta *stas[3];
	struct scene scene;
	char text[8];

	(void)state;
	start(&scene);
	for (unsigned i = 0; i < 3; i++)
		stas[i] = fake_sta_new(scene.worlds[1]);
	run(&scene);
	fake_sta_probe(stas[0], SSID);
	world_advance(scene.worlds[1], 6 * SECOND);
	fake_sta_auth(stas[1]);
	list(scene.worlds[1], text);
	assert_string_equal(text, "21");
	fake_sta_probe(stas[0], "other");
	list(scene.worlds[1], text);
	assert_string_equal(text, "12");
	fake_sta_probe(stas[2], "");
	list(scene.worlds[1], text);
	assert_string_equal(text, "31"); /* two at most */
	world_advance(scene.worlds[1], 9 * SECOND);
	assert_int_equal(list(scene.worlds[1], text), 2);
	world_advance(scene.worlds[1], 2 * SECOND);
	assert_int_equal(list(scene.worlds[1], text), 0);
	/* The first radio remembers nobody. */
	assert_int_equal(list(scene.worlds[0], text), 0);
	end(&scene);
}

/* Lets the station appear on the second radio, under the address that it has on the first one. */
static void hear(struct scene *scene, const struct fake_sta *sta)
{
	struct fake_sta *twin = fake_sta_new(scene->worlds[1]);

	mac_copy(twin->addr, sta->addr);
	fake_sta_probe(twin, SSID);
}

static void probe_requests_of_stations_elsewhere_stay_unanswered(void **state)
{
	struct fake_sta *sta, *other;
	struct scene scene;

	(void)state;
	start(&scene);
	snprintf(scene.worlds[0]->setup.bss[0].no_probe_response_if_seen_on, 16, "wlan1");
	sta = fake_sta_new(scene.worlds[0]);
	other = fake_sta_new(scene.worlds[0]);
	run(&scene);
	fake_sta_probe(sta, SSID);
	assert_int_equal(sta->count[MGMT_PROBE_RESPONSE >> 4], 1);
	hear(&scene, sta);
	fake_sta_probe(sta, SSID);
	assert_int_equal(sta->count[MGMT_PROBE_RESPONSE >> 4], 1);
	fake_sta_probe(other, SSID);
	assert_int_equal(other->count[MGMT_PROBE_RESPONSE >> 4], 1);
	/* It is forgotten there in time. */
	world_advance(scene.worlds[0], 11 * SECOND);
	fake_sta_probe(sta, SSID);
	assert_int_equal(sta->count[MGMT_PROBE_RESPONSE >> 4], 2);
	end(&scene);
}

static void authentication_of_a_station_elsewhere_is_refused_with_a_suggestion(void **state)
{
	const struct frame *refusal;
	struct fake_sta *sta;
	struct scene scene;

	(void)state;
	start(&scene);
	snprintf(scene.worlds[0]->setup.bss[0].no_auth_if_seen_on, 16, "wlan1");
	sta = fake_sta_new(scene.worlds[0]);
	run(&scene);
	fake_sta_auth(sta);
	assert_int_equal(sta->last[MGMT_AUTH >> 4].status, STATUS_SUCCESS);
	hear(&scene, sta);
	fake_sta_auth(sta);
	assert_int_equal(sta->last[MGMT_AUTH >> 4].status, STATUS_SUGGESTED_TRANSITION);
	assert_int_equal(world_note_count(scene.worlds[0], NOTE_REJECTED), 1);
	refusal = scene.worlds[0]->air[scene.worlds[0]->sent - 1];
	assert_int_equal(refusal->data[30], EID_NEIGHBOR_REPORT);
	assert_memory_equal(refusal->data + 32, bssid_0, 6);
	end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(latest_stations_are_remembered),
		cmocka_unit_test(probe_requests_of_stations_elsewhere_stay_unanswered),
		cmocka_unit_test(authentication_of_a_station_elsewhere_is_refused_with_a_suggestion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
