/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the medium tells its observer: each transmission, and why a frame did not arrive. */
#include "radios.h"

#include "base/drop.h"

enum { EVENTS_MAX = 64 };

struct log {
	struct medium_observation at[EVENTS_MAX];
	unsigned count;
};

static void observe(void *context, const struct medium_observation *observation)
{
	struct log *log = context;

	assert_true(log->count < EVENTS_MAX);
	assert_non_null(observation->frame);
	log->at[log->count++] = *observation;
}

struct air {
	struct medium *medium;
	radio_id a, b;
	struct log log;
	struct radio_stats *stats;
};

static int set_up(void **state)
{
	struct air *air = calloc(1, sizeof(*air));

	assert_non_null(air);
	air->medium = medium_new(1);
	air->a = radio_join(air->medium, CH36);
	air->b = radio_join(air->medium, CH36);
	air->stats = radio_stats_new();
	medium_set_observer(air->medium, observe, &air->log);
	*state = air;
	return 0;
}

static int tear_down(void **state)
{
	struct air *air = *state;

	medium_free(air->medium);
	free(air->stats);
	free(air);
	return 0;
}

static void send_one(struct air *air, const uint8_t *to)
{
	send_numbered(air->medium, air->a, to, 1, MS);
	run_medium(air->medium, air->stats, UINT64_MAX);
}

/* The transmissions of one frame by radio a, and then one loss for each at `radio`; a frame that is never acknowledged. */
static void check_losses(const struct air *air, radio_id radio, enum drop reason)
{
	assert_int_equal(air->log.count, 2 * MEDIUM_TRIES_MAX + 1);
	for (unsigned i = 0; i < MEDIUM_TRIES_MAX; i++) {
		const struct medium_observation *sent = &air->log.at[2 * i], *lost = sent + 1;

		assert_true(sent->sent && sent->reason == NOT_DROPPED && sent->radio == air->a);
		assert_int_equal(sent->tries, i + 1);
		assert_true(!lost->sent && lost->radio == radio);
		assert_string_equal(drop_name(lost->reason), drop_name(reason));
		assert_int_equal(lost->tries, i + 1);
		assert_int_equal(lost->number, air->log.at[0].number);
	}
	assert_int_equal(air->log.at[2 * MEDIUM_TRIES_MAX].reason, DROP_AIR_RETRIES);
	assert_int_equal(air->log.at[2 * MEDIUM_TRIES_MAX].radio, air->a);
}

static void a_transmission_is_observed_and_its_number_is_that_of_the_received_frame(void **state)
{
	struct air *air = *state;
	struct medium_event event;
	unsigned received = 0;

	send_numbered(air->medium, air->a, radio_addr(air->b), 1, MS);
	send_numbered(air->medium, air->a, broadcast, 2, MS);
	while (medium_next_event(air->medium, UINT64_MAX - 1, &event))
		if (event.kind == MEDIUM_RECEIVED) {
			assert_int_equal(event.frame->meta.trace_id, air->log.at[received++].number);
			frame_free(event.frame);
		}
	assert_int_equal(received, 2);
	assert_int_equal(air->log.count, 2);
	assert_int_not_equal(air->log.at[0].number, air->log.at[1].number);
	assert_true(air->log.at[0].time_ns >= MS);
}

static void without_an_observer_a_received_frame_has_no_number(void **state)
{
	struct air *air = *state;
	struct medium_event event;

	medium_set_observer(air->medium, NULL, NULL);
	send_numbered(air->medium, air->a, broadcast, 2, MS);
	while (medium_next_event(air->medium, UINT64_MAX - 1, &event))
		if (event.kind == MEDIUM_RECEIVED) {
			assert_int_equal(event.frame->meta.trace_id, 0);
			frame_free(event.frame);
		}
	assert_int_equal(air->log.count, 0);
}

static void each_rule_is_named(void **state)
{
	static const struct {
		struct medium_link link;
		enum drop reason;
	} rows[] = {
		{{.loss_ppm = 1000000}, DROP_AIR_LOSS},
		{{.out_of_range = true}, DROP_AIR_RANGE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct air *air;

		if (i)
			set_up(state);
		air = *state;
		assert_int_equal(medium_set_link(air->medium, air->a, air->b, &rows[i].link), 0);
		send_one(air, radio_addr(air->b));
		check_losses(air, air->b, rows[i].reason);
		if (i + 1 < sizeof(rows) / sizeof(rows[0]))
			tear_down(state);
	}
}

static void a_rate_above_that_of_the_link_is_named(void **state)
{
	struct air *air = *state;

	medium_set_link(air->medium, air->a, air->b, &(struct medium_link){.rate_kbps = 6000});
	assert_int_equal(medium_send(air->medium, air->a, numbered_frame(broadcast, air->a, 1), 54000, 0, MS), 0);
	run_medium(air->medium, air->stats, UINT64_MAX);
	assert_int_equal(air->log.count, 2);
	assert_int_equal(air->log.at[1].reason, DROP_AIR_RATE);
	assert_int_equal(air->log.at[1].radio, air->b);
}

static void a_lost_acknowledgement_is_named_at_the_sender(void **state)
{
	struct air *air = *state;

	medium_set_link(air->medium, air->b, air->a, &(struct medium_link){.out_of_range = true});
	send_one(air, radio_addr(air->b));
	check_losses(air, air->a, DROP_AIR_ACK);
	assert_int_equal(air->stats->received[air->b], MEDIUM_TRIES_MAX);
}

static void a_receiver_that_dozes_or_is_elsewhere_is_named(void **state)
{
	struct air *air = *state;

	medium_doze(air->medium, air->b, UINT64_MAX);
	send_one(air, broadcast);
	assert_int_equal(air->log.count, 2);
	assert_int_equal(air->log.at[1].reason, DROP_AIR_DOZE);
	assert_int_equal(air->log.at[1].radio, air->b);
	air->log.count = 0;
	medium_tune(air->medium, air->b, CH1);
	send_one(air, radio_addr(air->b));
	check_losses(air, air->b, DROP_AIR_CHANNEL);
}

static void an_unknown_receiver_is_named(void **state)
{
	static const uint8_t nobody[6] = {2, 0, 0, 0, 99, 99};
	struct air *air = *state;

	send_one(air, nobody);
	check_losses(air, air->a, DROP_AIR_NOBODY);
}

static void a_refused_frame_is_named(void **state)
{
	struct air *air = *state;
	unsigned last;

	medium_tune(air->medium, air->a, 0);
	assert_true(medium_send(air->medium, air->a, numbered_frame(broadcast, air->a, 1), 0, 0, MS) < 0);
	assert_int_equal(air->log.count, 1);
	assert_int_equal(air->log.at[0].reason, DROP_AIR_REFUSED);
	assert_true(air->log.at[0].sent);
	medium_tune(air->medium, air->a, CH36);
	for (unsigned i = 0; i < MEDIUM_QUEUE_MAX; i++)
		assert_int_equal(medium_send(air->medium, air->a, numbered_frame(broadcast, air->a, i), 0, 0, MS), 0);
	assert_true(medium_send(air->medium, air->a, numbered_frame(broadcast, air->a, 1), 0, 0, MS) < 0);
	last = air->log.count - 1;
	assert_int_equal(air->log.at[last].reason, DROP_RADIO_QUEUE);
}

static void too_many_delayed_frames_are_named(void **state)
{
	struct air *air = *state;
	struct medium_event event;
	bool found = false;

	medium_set_airtime(air->medium, 0);
	medium_set_link(air->medium, air->a, air->b, &(struct medium_link){.delay_ns = 1000 * 1000 * MS});
	for (unsigned i = 0; i < MEDIUM_DELAYED_MAX + 1; i++) {
		air->log.count = 0;
		assert_int_equal(medium_send(air->medium, air->a, numbered_frame(broadcast, air->a, i), 0, 0, MS + i),
				 0);
		while (medium_next_event(air->medium, MS + i, &event))
			frame_free(event.frame);
	}
	for (unsigned i = 0; i < air->log.count; i++)
		found |= air->log.at[i].reason == DROP_AIR_QUEUE && air->log.at[i].radio == air->b;
	assert_true(found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_transmission_is_observed_and_its_number_is_that_of_the_received_frame,
						set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_an_observer_a_received_frame_has_no_number, set_up, tear_down),
		cmocka_unit_test_setup_teardown(each_rule_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_rate_above_that_of_the_link_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_lost_acknowledgement_is_named_at_the_sender, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_receiver_that_dozes_or_is_elsewhere_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(an_unknown_receiver_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(a_refused_frame_is_named, set_up, tear_down),
		cmocka_unit_test_setup_teardown(too_many_delayed_frames_are_named, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
