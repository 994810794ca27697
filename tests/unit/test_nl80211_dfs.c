/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Dynamic frequency selection on virtual time: what an access point does when its channel needs radar detection, or has radar. */
#include "unit.h"

#include "nl80211/ap/dfs.h"

#include <string.h>

#define SECOND UINT64_C(1000000000)
#define CAC_NS (60 * SECOND)

static struct crypto *crypto;
static struct random generator;
static struct nl80211_wiphy wiphy;
static struct nl80211_dfs dfs;
static struct nl80211_dfs_steps steps;

static const struct plane_channel ch36 = {5180, 20, 5180}, ch40 = {5200, 20, 5200}, ch52 = {5260, 20, 5260},
				  ch56 = {5280, 20, 5280}, ch60 = {5300, 20, 5300};

static void add_candidate(const struct plane_channel *channel, bool radar)
{
	dfs.candidates.list[dfs.candidates.count++] = (struct nl80211_ap_candidate){*channel, radar};
}

/* 36 and 40 are free; 52, 56 and 60 need a minute of listening. */
static int setup(void **state)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {7};
	static const uint16_t freqs[] = {5180, 5200, 5220, 5240, 5260, 5280, 5300, 5320};

	(void)state;
	wiphy = (struct nl80211_wiphy){.present = true};
	for (size_t i = 0; i < COUNT(freqs); i++)
		wiphy.bands[1].channels[i] = (struct nl80211_channel){
			.freq_mhz = freqs[i], .radar = freqs[i] >= 5260, .cac_ms = freqs[i] >= 5260 ? 60000 : 0};
	wiphy.bands[1].channel_count = COUNT(freqs);
	random_init(&generator, crypto, seed);
	nl80211_dfs_init(&dfs, &wiphy, &generator, 0);
	steps.count = 0;
	return 0;
}

static int open_crypto(void **state)
{
	(void)state;
	crypto = crypto_new();
	return !crypto;
}

static int close_crypto(void **state)
{
	(void)state;
	crypto_free(crypto);
	return 0;
}

static void begin(const struct plane_channel *wanted, uint64_t now_ns)
{
	steps.count = 0;
	nl80211_dfs_begin(&dfs, wanted, now_ns, &steps);
}

static void report(enum nl80211_radar_event event, const struct plane_channel *channel, uint64_t now_ns)
{
	steps.count = 0;
	nl80211_dfs_event(&dfs, event, channel, now_ns, &steps);
}

static uint64_t tick(void)
{
	uint64_t now_ns = nl80211_dfs_deadline(&dfs);

	assert_true(now_ns != NL80211_DFS_NEVER);
	steps.count = 0;
	nl80211_dfs_tick(&dfs, now_ns, &steps);
	return now_ns;
}

/* The only step of this kind, or NULL. */
static const struct nl80211_dfs_step *step(enum nl80211_dfs_kind kind)
{
	const struct nl80211_dfs_step *found = NULL;

	for (size_t i = 0; i < steps.count; i++)
		if (steps.list[i].kind == kind) {
			assert_null(found);
			found = &steps.list[i];
		}
	return found;
}

static void assert_step(enum nl80211_dfs_kind kind, uint16_t freq_mhz)
{
	const struct nl80211_dfs_step *found = step(kind);

	assert_non_null(found);
	assert_int_equal(found->channel.freq_mhz, freq_mhz);
}

static bool noted(enum nl80211_dfs_note note)
{
	for (size_t i = 0; i < steps.count; i++)
		if (steps.list[i].kind == NL80211_DFS_NOTE && steps.list[i].note == note)
			return true;
	return false;
}

static void listen_and_start(const struct plane_channel *channel, uint64_t now_ns)
{
	begin(channel, now_ns);
	assert_step(NL80211_DFS_LISTEN, channel->freq_mhz);
	report(NL80211_RADAR_CAC_FINISHED, channel, now_ns + CAC_NS);
	assert_step(NL80211_DFS_OPERATE, channel->freq_mhz);
}

/* ---- cases ---- */

static void a_channel_without_radar_detection_is_used_at_once(void **state)
{
	(void)state;
	begin(&ch36, 0);
	assert_step(NL80211_DFS_OPERATE, 5180);
	assert_int_equal(steps.count, 1);
	assert_int_equal(nl80211_dfs_deadline(&dfs), NL80211_DFS_NEVER);
}

static void the_network_starts_only_after_listening(void **state)
{
	char text[NL80211_DFS_TEXT];

	(void)state;
	begin(&ch52, SECOND);
	assert_step(NL80211_DFS_LISTEN, 5260);
	assert_null(step(NL80211_DFS_OPERATE));
	assert_string_equal(nl80211_dfs_note_text(&steps.list[0], text),
			    "channel 52 (5260 MHz): listening for radar for 60 s before the network starts");
	for (uint64_t remaining = 45; remaining; remaining -= 15) {
		assert_int_equal(tick(), 61 * SECOND - remaining * SECOND);
		assert_int_equal(steps.count, 1);
		assert_true(noted(NL80211_DFS_NOTE_PROGRESS));
		assert_int_equal(steps.list[0].remaining_ns, remaining * SECOND);
	}
	report(NL80211_RADAR_CAC_STARTED, &ch52, 50 * SECOND);
	assert_int_equal(steps.count, 0);
	report(NL80211_RADAR_CAC_FINISHED, &ch52, 61 * SECOND);
	assert_step(NL80211_DFS_OPERATE, 5260);
	assert_true(noted(NL80211_DFS_NOTE_CLEAR));
}

/* It was listened to before, by this program or by another one. */
static void an_available_channel_is_used_at_once(void **state)
{
	(void)state;
	listen_and_start(&ch52, 0);
	nl80211_dfs_end(&dfs);
	begin(&ch52, 100 * SECOND);
	assert_step(NL80211_DFS_OPERATE, 5260);
	nl80211_dfs_end(&dfs);
	report(NL80211_RADAR_PRE_CAC_EXPIRED, &ch52, 700 * SECOND);
	begin(&ch52, 701 * SECOND);
	assert_step(NL80211_DFS_LISTEN, 5260);
}

static void radar_while_listening_leads_to_another_channel(void **state)
{
	(void)state;
	add_candidate(&ch52, true);
	add_candidate(&ch36, false);
	add_candidate(&ch56, true);
	begin(&ch52, 0);
	report(NL80211_RADAR_CAC_ABORTED, &ch52, 10 * SECOND);
	assert_true(noted(NL80211_DFS_NOTE_ABORTED));
	report(NL80211_RADAR_DETECTED, &ch52, 10 * SECOND);
	assert_true(noted(NL80211_DFS_NOTE_RADAR));
	assert_step(NL80211_DFS_OPERATE, 5180);
	assert_null(step(NL80211_DFS_MOVE));
}

static void an_aborted_check_is_repeated(void **state)
{
	(void)state;
	begin(&ch52, 0);
	report(NL80211_RADAR_CAC_ABORTED, &ch52, 10 * SECOND);
	assert_int_equal(tick(), 11 * SECOND);
	assert_step(NL80211_DFS_LISTEN, 5260);
}

/* The stations follow to a channel that needs no listening; without one the network goes off the air first. */
static void radar_in_operation_moves_the_network(void **state)
{
	(void)state;
	add_candidate(&ch52, true);
	add_candidate(&ch56, true);
	add_candidate(&ch40, false);
	listen_and_start(&ch52, 0);
	report(NL80211_RADAR_DETECTED, &ch52, 100 * SECOND);
	assert_step(NL80211_DFS_MOVE, 5200);
	assert_null(step(NL80211_DFS_STOP));
	assert_false(nl80211_dfs_may_use(&dfs, &ch52, 101 * SECOND));
	assert_false(nl80211_dfs_may_listen(&dfs, &ch52, 101 * SECOND));
	/* the same radar again, heard before the move is complete */
	report(NL80211_RADAR_DETECTED, &ch52, 101 * SECOND);
	assert_null(step(NL80211_DFS_MOVE));
	assert_null(step(NL80211_DFS_STOP));
}

static void without_a_free_channel_the_network_stops_and_listens(void **state)
{
	(void)state;
	add_candidate(&ch52, true);
	add_candidate(&ch56, true);
	listen_and_start(&ch52, 0);
	report(NL80211_RADAR_DETECTED, &ch52, 100 * SECOND);
	assert_int_equal(steps.list[1].kind, NL80211_DFS_STOP);
	assert_step(NL80211_DFS_STOP, 5260);
	assert_step(NL80211_DFS_LISTEN, 5280);
	assert_null(step(NL80211_DFS_OPERATE));
	report(NL80211_RADAR_CAC_FINISHED, &ch56, 160 * SECOND);
	assert_step(NL80211_DFS_OPERATE, 5280);
}

static void a_channel_rests_for_half_an_hour_after_radar(void **state)
{
	uint64_t end_ns = 100 * SECOND + DFS_NOP_NS;

	(void)state;
	add_candidate(&ch52, true);
	listen_and_start(&ch52, 0);
	report(NL80211_RADAR_DETECTED, &ch52, 100 * SECOND);
	assert_step(NL80211_DFS_STOP, 5260);
	assert_null(step(NL80211_DFS_LISTEN));
	assert_true(noted(NL80211_DFS_NOTE_NO_CHANNEL));
	assert_int_equal(nl80211_dfs_deadline(&dfs), end_ns);
	steps.count = 0;
	nl80211_dfs_tick(&dfs, end_ns - 1, &steps);
	assert_int_equal(steps.count, 0);
	report(NL80211_RADAR_NOP_FINISHED, &ch52, end_ns);
	assert_true(noted(NL80211_DFS_NOTE_NOP_OVER));
	assert_step(NL80211_DFS_LISTEN, 5260);
}

/* Without the event of the kernel, too. */
static void the_rest_ends_by_the_clock(void **state)
{
	(void)state;
	add_candidate(&ch52, true);
	listen_and_start(&ch52, 0);
	report(NL80211_RADAR_DETECTED, &ch52, 100 * SECOND);
	assert_int_equal(tick(), 100 * SECOND + DFS_NOP_NS);
	assert_step(NL80211_DFS_LISTEN, 5260);
}

static void radar_elsewhere_is_remembered_only(void **state)
{
	(void)state;
	add_candidate(&ch36, false);
	assert_true(nl80211_dfs_may_listen(&dfs, &ch60, 0));
	listen_and_start(&ch52, 0);
	report(NL80211_RADAR_DETECTED, &ch60, 100 * SECOND);
	assert_true(noted(NL80211_DFS_NOTE_RADAR));
	assert_int_equal(steps.count, 1);
	assert_false(nl80211_dfs_may_use(&dfs, &ch60, 101 * SECOND));
	assert_false(nl80211_dfs_may_listen(&dfs, &ch60, 101 * SECOND));
	/* radar that is reported for a part without radar detection does not take it away */
	nl80211_dfs_end(&dfs);
	begin(&ch36, 200 * SECOND);
	report(NL80211_RADAR_DETECTED, &ch36, 201 * SECOND);
	assert_int_equal(steps.count, 1);
}

/* 160 MHz: the radar is reported for all of it, but only the parts with radar detection rest. */
static void a_wide_channel_becomes_narrower(void **state)
{
	const struct plane_channel wide = {5180, 160, 5250}, half = {5180, 80, 5210}, upper = {5260, 80, 5290};

	(void)state;
	add_candidate(&wide, true);
	add_candidate(&half, false);
	add_candidate(&upper, true);
	add_candidate(&ch36, false);
	listen_and_start(&wide, 0);
	report(NL80211_RADAR_DETECTED, &wide, 100 * SECOND);
	assert_step(NL80211_DFS_MOVE, 5180);
	assert_int_equal(step(NL80211_DFS_MOVE)->channel.width_mhz, 80);
	assert_int_equal(step(NL80211_DFS_MOVE)->channel.center_mhz, 5210);
}

static void chance_decides_among_equals(void **state)
{
	unsigned counts[2] = {0};

	(void)state;
	add_candidate(&ch56, true);
	add_candidate(&ch36, false);
	add_candidate(&ch40, false);
	for (int i = 0; i < 200; i++) {
		dfs.parts[0].available = true;
		dfs.parts[0].unavailable_ns = 0;
		begin(&ch52, 0);
		report(NL80211_RADAR_DETECTED, &ch52, SECOND);
		assert_true(step(NL80211_DFS_MOVE)->channel.freq_mhz != 5280);
		counts[step(NL80211_DFS_MOVE)->channel.freq_mhz == 5200]++;
	}
	assert_true(counts[0] > 60 && counts[1] > 60);
}

static void a_channel_with_radar_before_the_start_is_not_begun(void **state)
{
	(void)state;
	wiphy.bands[1].channels[4].dfs_state = NL80211_DFS_UNAVAILABLE;
	nl80211_dfs_init(&dfs, &wiphy, &generator, 0);
	add_candidate(&ch52, true);
	add_candidate(&ch36, false);
	begin(&ch52, SECOND);
	assert_step(NL80211_DFS_OPERATE, 5180);
}

/* Such as a width that the driver cannot listen to. */
static void a_refusal_leads_to_another_channel_or_a_later_attempt(void **state)
{
	(void)state;
	add_candidate(&ch52, true);
	add_candidate(&ch56, true);
	begin(&ch52, 0);
	steps.count = 0;
	nl80211_dfs_refused(&dfs, SECOND, &steps);
	assert_step(NL80211_DFS_LISTEN, 5280);
	steps.count = 0;
	nl80211_dfs_refused(&dfs, SECOND, &steps);
	assert_null(step(NL80211_DFS_LISTEN));
	assert_true(noted(NL80211_DFS_NOTE_NO_CHANNEL));
	tick();
	assert_non_null(step(NL80211_DFS_LISTEN));
}

static void a_lost_result_is_asked_for_again(void **state)
{
	(void)state;
	begin(&ch52, 0);
	for (int i = 0; i < 3; i++)
		tick();
	assert_true(tick() > CAC_NS);
	assert_step(NL80211_DFS_LISTEN, 5260);
}

/* A driver that does it all: its reports are noted, and change nothing. */
static void an_offloading_driver_decides_by_itself(void **state)
{
	(void)state;
	wiphy.ext_features[NL80211_EXT_FEATURE_DFS_OFFLOAD / 8] |= 1 << NL80211_EXT_FEATURE_DFS_OFFLOAD % 8;
	nl80211_dfs_init(&dfs, &wiphy, &generator, 0);
	add_candidate(&ch36, false);
	begin(&ch52, 0);
	assert_step(NL80211_DFS_OPERATE, 5260);
	assert_true(noted(NL80211_DFS_NOTE_DRIVER_LISTENS));
	report(NL80211_RADAR_DETECTED, &ch52, SECOND);
	assert_int_equal(steps.count, 1);
	assert_true(noted(NL80211_DFS_NOTE_RADAR));
	nl80211_dfs_moved(&dfs, &ch36);
	assert_int_equal(dfs.channel.freq_mhz, 5180);
}

static void what_moved_for_another_reason_is_guarded_there(void **state)
{
	(void)state;
	add_candidate(&ch36, false);
	begin(&ch36, 0);
	report(NL80211_RADAR_CAC_FINISHED, &ch52, SECOND);
	assert_int_equal(steps.count, 0);
	assert_true(nl80211_dfs_may_use(&dfs, &ch52, SECOND));
	nl80211_dfs_moved(&dfs, &ch52);
	report(NL80211_RADAR_DETECTED, &ch52, 2 * SECOND);
	assert_step(NL80211_DFS_MOVE, 5180);
}

static void every_note_is_a_sentence(void **state)
{
	char text[NL80211_DFS_TEXT];

	(void)state;
	for (unsigned note = 0; note <= NL80211_DFS_NOTE_DRIVER_LISTENS; note++) {
		struct nl80211_dfs_step note_step = {.kind = NL80211_DFS_NOTE,
						     .note = note,
						     .channel = {5260, 160, 5250},
						     .remaining_ns = DFS_NOP_NS};

		text[0] = '\0';
		assert_true(strlen(nl80211_dfs_note_text(&note_step, text)) > 40);
		assert_true(strlen(text) < NL80211_DFS_TEXT - 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_channel_without_radar_detection_is_used_at_once, setup),
		cmocka_unit_test_setup(the_network_starts_only_after_listening, setup),
		cmocka_unit_test_setup(an_available_channel_is_used_at_once, setup),
		cmocka_unit_test_setup(radar_while_listening_leads_to_another_channel, setup),
		cmocka_unit_test_setup(an_aborted_check_is_repeated, setup),
		cmocka_unit_test_setup(radar_in_operation_moves_the_network, setup),
		cmocka_unit_test_setup(without_a_free_channel_the_network_stops_and_listens, setup),
		cmocka_unit_test_setup(a_channel_rests_for_half_an_hour_after_radar, setup),
		cmocka_unit_test_setup(the_rest_ends_by_the_clock, setup),
		cmocka_unit_test_setup(radar_elsewhere_is_remembered_only, setup),
		cmocka_unit_test_setup(a_wide_channel_becomes_narrower, setup),
		cmocka_unit_test_setup(chance_decides_among_equals, setup),
		cmocka_unit_test_setup(a_channel_with_radar_before_the_start_is_not_begun, setup),
		cmocka_unit_test_setup(a_refusal_leads_to_another_channel_or_a_later_attempt, setup),
		cmocka_unit_test_setup(a_lost_result_is_asked_for_again, setup),
		cmocka_unit_test_setup(an_offloading_driver_decides_by_itself, setup),
		cmocka_unit_test_setup(what_moved_for_another_reason_is_guarded_there, setup),
		cmocka_unit_test_setup(every_note_is_a_sentence, setup),
	};

	return cmocka_run_group_tests(tests, open_crypto, close_crypto);
}
