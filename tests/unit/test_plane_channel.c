/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What control of an access point wants of any plane when its channel or its beacons change. */
#include "unit.h"

#include "base/mac.h"
#include "mlme/ap.h"
#include "mlme/time.h"

#include <errno.h>

static const uint8_t bssid[6] = {2, 0, 0, 0, 1, 0};

/* HT capabilities, HT operation, VHT operation: channel 36, 80 MHz. */
static const uint8_t elements_80[] = {
	EID_HT_CAPABILITIES, 2, 2, 0, EID_HT_OPERATION, 4, 36, 5, 0, 0, EID_VHT_OPERATION, 5, 1, 42, 0, 0, 0};

struct radio {
	struct crypto *crypto;
	struct ap *ap;
	struct plane_actions out;
	uint64_t now_ns;
};

static void set_phy(struct ap_phy *phy, uint16_t width_mhz, uint16_t center_mhz)
{
	phy->width_mhz = width_mhz;
	phy->center_mhz = center_mhz;
	memcpy(phy->elements, elements_80, sizeof(elements_80));
	phy->elements_len = sizeof(elements_80);
}

static struct radio *radio_on(const struct plane_capabilities *plane, unsigned bss_count)
{
	static const uint8_t seed[RANDOM_SEED_LEN] = {7};
	struct ap_setup setup = {.freq_mhz = 5180, .beacon_tu = 100, .dtim_period = 2, .bss_count = bss_count};
	struct radio *radio = calloc(1, sizeof(*radio));

	set_phy(&setup.phy, 80, 5210);
	for (unsigned i = 0; i < bss_count; i++) {
		memcpy(setup.bss[i].bssid, bssid, 6);
		setup.bss[i].bssid[5] = (uint8_t)i;
		memcpy(setup.bss[i].ssid, "home", 4);
		setup.bss[i].ssid_len = 4;
		setup.bss[i].wep = CIPHER_NONE;
		setup.bss[i].wmm = true;
	}
	radio->crypto = crypto_new();
	radio->ap = ap_new(radio->crypto, &setup, plane, seed);
	assert_non_null(radio->ap);
	radio->now_ns = 10 * SECOND;
	ap_start(radio->ap, radio->now_ns, &radio->out);
	plane_actions_clear(&radio->out);
	return radio;
}

static struct radio *radio_new(unsigned bss_count)
{
	return radio_on(&(struct plane_capabilities){.early_stations = true}, bss_count);
}

static void radio_free(struct radio *radio)
{
	ap_free(radio->ap);
	plane_actions_free(&radio->out);
	crypto_free(radio->crypto);
	free(radio);
}

static int begin(struct radio *radio, uint16_t freq_mhz, uint16_t width_mhz, uint16_t center_mhz)
{
	struct ap_channel_move move = {.freq_mhz = freq_mhz, .count = 4, .block_tx = true};
	struct error error;

	if (width_mhz)
		set_phy(&move.phy, width_mhz, center_mhz);
	return ap_switch_channel(radio->ap, &move, radio->now_ns, &radio->out, &error);
}

static const struct plane_action *find(const struct radio *radio, enum plane_action_kind kind, unsigned bss)
{
	for (size_t i = 0; i < radio->out.count; i++)
		if (radio->out.list[i].kind == kind && radio->out.list[i].bss == bss)
			return &radio->out.list[i];
	return NULL;
}

static unsigned notes(const struct radio *radio, enum note note)
{
	unsigned count = 0;

	for (size_t i = 0; i < radio->out.count; i++)
		count += radio->out.list[i].kind == PLANE_REPORT && radio->out.list[i].report.kind == ACTION_NOTE &&
			 radio->out.list[i].report.note == note;
	return count;
}

static void report(struct radio *radio, unsigned bss, enum plane_switch_status status, struct plane_channel channel)
{
	struct plane_event event = {
		.kind = PLANE_EVENT_BSS_SWITCH, .bss = bss, .switch_status = status, .channel = channel};

	plane_actions_clear(&radio->out);
	ap_event(radio->ap, &event, radio->now_ns, &radio->out);
}

/* The body of an element of a template; empty: there is none. */
static struct span element_of(const struct frame *frame, uint8_t id)
{
	struct element element;
	struct mgmt mgmt;

	assert_int_equal(mgmt_parse(&mgmt, frame->data, frame->len), NOT_DROPPED);
	while (element_next(&mgmt.body, &element))
		if (element.id == id)
			return element.body;
	return (struct span){0};
}

static const struct plane_channel channel_149 = {.freq_mhz = 5745, .width_mhz = 80, .center_mhz = 5775};

static void a_move_names_the_new_channel_in_every_way(void **state)
{
	static const uint8_t csa[] = {1, 149, 4}, ecsa[] = {1, 128, 149, 4}, offset = 1,
			     wrapper[] = {EID_WIDE_SWITCH, 3, 1, 155, 0};
	struct radio *radio = radio_new(2);

	(void)state;
	assert_int_equal(begin(radio, 5745, 80, 5775), 0);
	assert_int_equal(notes(radio, NOTE_SWITCHING), 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct plane_action *action = find(radio, PLANE_BSS_SWITCH, i);
		const struct plane_bss_switch *bss_switch = &action->bss_switch;

		assert_non_null(action);
		assert_memory_equal(&bss_switch->channel, &channel_149, sizeof(channel_149));
		assert_int_equal(bss_switch->count, 4);
		assert_true(bss_switch->block_tx);
		assert_true(span_equals(element_of(action->frame, EID_CSA), csa, sizeof(csa)));
		assert_true(span_equals(element_of(action->frame, EID_ECSA), ecsa, sizeof(ecsa)));
		assert_true(span_equals(element_of(action->frame, EID_SECONDARY_CHANNEL), &offset, 1));
		assert_true(span_equals(element_of(action->frame, EID_SWITCH_WRAPPER), wrapper, sizeof(wrapper)));
		for (size_t k = 0; k < 2; k++)
			assert_int_equal(action->frame->data[bss_switch->count_offsets[k]], 4);
		assert_null(element_of(action->after, EID_CSA).bytes);
	}
	assert_true(ap_is_switching(radio->ap));
	assert_int_equal(ap_channel(radio->ap).freq_mhz, 5180);
	radio_free(radio);
}

static void widths_have_their_own_announcements(void **state)
{
	static const uint8_t below = 3, ecsa_40[] = {1, 117, 40, 4}, wrapper_160[] = {EID_WIDE_SWITCH, 3, 1, 58, 50};
	struct radio *radio = radio_new(1);
	const struct frame *frame;

	(void)state;
	assert_int_equal(begin(radio, 5200, 40, 5190), 0);
	frame = find(radio, PLANE_BSS_SWITCH, 0)->frame;
	assert_true(span_equals(element_of(frame, EID_SECONDARY_CHANNEL), &below, 1));
	assert_true(span_equals(element_of(frame, EID_ECSA), ecsa_40, sizeof(ecsa_40)));
	assert_null(element_of(frame, EID_SWITCH_WRAPPER).bytes);
	radio_free(radio);
	radio = radio_new(1);
	assert_int_equal(begin(radio, 5300, 160, 5250), 0);
	frame = find(radio, PLANE_BSS_SWITCH, 0)->frame;
	assert_true(span_equals(element_of(frame, EID_SWITCH_WRAPPER), wrapper_160, sizeof(wrapper_160)));
	radio_free(radio);
}

static void control_believes_the_move_when_the_plane_reports_it(void **state)
{
	struct radio *radio = radio_new(2);

	(void)state;
	begin(radio, 5745, 80, 5775);
	report(radio, 0, PLANE_SWITCH_STARTED, channel_149);
	assert_int_equal(ap_channel(radio->ap).freq_mhz, 5180);
	report(radio, 0, PLANE_SWITCH_DONE, channel_149);
	assert_int_equal(ap_channel(radio->ap).freq_mhz, 5745);
	assert_int_equal(notes(radio, NOTE_SWITCHED), 1);
	assert_true(ap_is_switching(radio->ap));
	report(radio, 1, PLANE_SWITCH_DONE, channel_149);
	assert_false(ap_is_switching(radio->ap));
	assert_null(find(radio, PLANE_BSS_UPDATE, 0)); /* the plane has the right template */
	radio_free(radio);
}

static void a_move_that_fails_leaves_the_network_where_it_is(void **state)
{
	static const struct plane_channel here = {.freq_mhz = 5180, .width_mhz = 80, .center_mhz = 5210};
	struct radio *radio = radio_new(1);

	(void)state;
	begin(radio, 5745, 80, 5775);
	report(radio, 0, PLANE_SWITCH_FAILED, here);
	assert_int_equal(notes(radio, NOTE_SWITCH_FAILED), 1);
	assert_int_equal(ap_channel(radio->ap).freq_mhz, 5180);
	assert_false(ap_is_switching(radio->ap));
	assert_int_equal(begin(radio, 5745, 80, 5775), 0);
	radio_free(radio);
}

/* After a radar it must not stay there: the driver stops all networks. */
static void a_network_that_stays_behind_is_remembered(void **state)
{
	struct radio *radio = radio_new(2);

	(void)state;
	begin(radio, 5745, 80, 5775);
	report(radio, 0, PLANE_SWITCH_DONE, channel_149);
	assert_false(ap_switch_failed(radio->ap));
	report(radio, 1, PLANE_SWITCH_FAILED, channel_149);
	assert_false(ap_is_switching(radio->ap));
	assert_int_equal(ap_channel(radio->ap).freq_mhz, 5745);
	assert_true(ap_switch_failed(radio->ap));
	assert_int_equal(begin(radio, 5180, 80, 5210), 0);
	assert_false(ap_switch_failed(radio->ap));
	radio_free(radio);
}

static void a_plane_that_is_silent_has_not_moved(void **state)
{
	struct radio *radio = radio_new(2);

	(void)state;
	begin(radio, 5745, 80, 5775);
	plane_actions_clear(&radio->out);
	radio->now_ns = ap_deadline(radio->ap);
	assert_true(radio->now_ns >= 12 * SECOND);
	ap_tick(radio->ap, radio->now_ns, &radio->out);
	assert_int_equal(notes(radio, NOTE_SWITCH_FAILED), 2);
	assert_false(ap_is_switching(radio->ap));
	/* What it says later is news. */
	report(radio, 0, PLANE_SWITCH_DONE, channel_149);
	assert_int_equal(ap_channel(radio->ap).freq_mhz, 5745);
	radio_free(radio);
}

static void beacons_follow_a_driver_that_moves_by_itself(void **state)
{
	static const struct plane_channel channel_161 = {.freq_mhz = 5805, .width_mhz = 40, .center_mhz = 5795};
	struct radio *radio = radio_new(1);
	const struct plane_action *update;
	struct span body;

	(void)state;
	report(radio, 0, PLANE_SWITCH_DONE, channel_161);
	update = find(radio, PLANE_BSS_UPDATE, 0);
	assert_non_null(update);
	assert_memory_equal(&update->bss_update.channel, &channel_161, sizeof(channel_161));
	body = element_of(update->frame, EID_HT_OPERATION);
	assert_int_equal(body.bytes[0], 161);
	assert_int_equal(body.bytes[1], HT_ANY_WIDTH | HT_SECONDARY_BELOW);
	body = element_of(update->frame, EID_VHT_OPERATION);
	assert_int_equal(body.bytes[0] | body.bytes[1] | body.bytes[2], 0);
	assert_int_equal(notes(radio, NOTE_SWITCHED), 1);
	radio_free(radio);
}

/* The kernel refuses other templates during a switch. */
static void beacons_do_not_change_during_a_move(void **state)
{
	static const uint8_t other[6] = {2, 0, 0, 0, 7, 7};
	struct radio *radio = radio_new(1);
	struct frame_writer writer = mgmt_begin(MGMT_BEACON, other, other, other);
	struct plane_event event = {.kind = PLANE_EVENT_NEIGHBOUR};

	(void)state;
	write_le64(&writer, 0);
	write_le32(&writer, 100);
	event.frame = frame_writer_end(&writer); /* without 802.11n */
	begin(radio, 5200, 80, 5210);
	plane_actions_clear(&radio->out);
	ap_event(radio->ap, &event, radio->now_ns, &radio->out);
	assert_null(find(radio, PLANE_BSS_UPDATE, 0));
	report(radio, 0, PLANE_SWITCH_FAILED, (struct plane_channel){.freq_mhz = 5180});
	assert_non_null(find(radio, PLANE_BSS_UPDATE, 0));
	frame_free(event.frame);
	radio_free(radio);
}

static void channels_have_their_centres_and_classes(void **state)
{
	static const struct {
		uint16_t freq_mhz, width_mhz, center_mhz;
		uint8_t class;
	} rows[] = {{5180, 40, 5190, 116}, {5200, 40, 5190, 117},  {5260, 20, 0, 118},     {5280, 40, 5270, 120},
		    {5500, 80, 5530, 128}, {5720, 40, 5710, 123},  {5745, 20, 0, 125},     {5825, 20, 0, 125},
		    {5765, 40, 5755, 127}, {5180, 160, 5250, 129}, {5885, 80, 5855, 128},  {5975, 20, 0, 131},
		    {5975, 40, 5965, 132}, {5975, 80, 5985, 133},  {6135, 160, 6185, 134}, {5935, 20, 0, 136}};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		if (rows[i].center_mhz)
			assert_int_equal(channel_center(rows[i].freq_mhz, rows[i].width_mhz), rows[i].center_mhz);
		assert_int_equal(channel_operating_class(rows[i].freq_mhz, rows[i].width_mhz, rows[i].center_mhz),
				 rows[i].class);
	}
	assert_int_equal(channel_operating_class(2412, 0, 0), 81);
	assert_int_equal(channel_operating_class(2412, 40, 2422), 83);
	assert_int_equal(channel_operating_class(2462, 40, 2452), 84);
	assert_int_equal(channel_operating_class(2484, 20, 2484), 82);
	assert_int_equal(channel_operating_class(2413, 20, 2413), 0);
	assert_int_equal(channel_center(5745, 160), 5815);
	assert_int_equal(channel_center(5720, 160), 0); /* channels 100 to 144 hold one of 160 MHz */
	assert_int_equal(channel_center(2412, 40), 0);
	assert_int_equal(channel_center(7115, 40), 0); /* the last channel of 6 GHz has no neighbour */
	assert_int_equal(channel_center(5935, 40), 0);
}

/* On the same primary channel, where the plane can. A network without 802.11n has no width to change: that is a switch. */
static void the_width_alone_changes_without_an_announcement(void **state)
{
	static const uint8_t csa[] = {1, 36, 4};
	const struct plane_capabilities plane = {.early_stations = true, .changes_width = true};
	struct radio *radio = radio_on(&plane, 2);

	(void)state;
	assert_int_equal(begin(radio, 5180, 40, 5190), 0);
	assert_false(ap_is_switching(radio->ap));
	assert_int_equal(notes(radio, NOTE_SWITCHED), 2);
	for (unsigned i = 0; i < 2; i++) {
		const struct plane_action *action = find(radio, PLANE_BSS_UPDATE, i);

		assert_null(find(radio, PLANE_BSS_SWITCH, i));
		assert_non_null(action);
		assert_int_equal(action->bss_update.channel.width_mhz, 40);
		assert_int_equal(action->bss_update.channel.center_mhz, 5190);
		assert_null(element_of(action->frame, EID_CSA).bytes);
	}
	assert_int_equal(ap_channel(radio->ap).width_mhz, 40);
	plane_actions_clear(&radio->out);
	assert_int_equal(begin(radio, 5180, 0, 0), 0);
	assert_non_null(find(radio, PLANE_BSS_SWITCH, 0));
	assert_true(span_equals(element_of(find(radio, PLANE_BSS_SWITCH, 0)->frame, EID_CSA), csa, sizeof(csa)));
	radio_free(radio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_move_names_the_new_channel_in_every_way),
		cmocka_unit_test(widths_have_their_own_announcements),
		cmocka_unit_test(control_believes_the_move_when_the_plane_reports_it),
		cmocka_unit_test(a_move_that_fails_leaves_the_network_where_it_is),
		cmocka_unit_test(a_network_that_stays_behind_is_remembered),
		cmocka_unit_test(a_plane_that_is_silent_has_not_moved),
		cmocka_unit_test(beacons_follow_a_driver_that_moves_by_itself),
		cmocka_unit_test(beacons_do_not_change_during_a_move),
		cmocka_unit_test(channels_have_their_centres_and_classes),
		cmocka_unit_test(the_width_alone_changes_without_an_announcement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
