/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A running BSS changes: its template, its parameters, its channel. */
#include "nl80211_ap_world.h"

#include <errno.h>

static const struct plane_channel channel_11 = {.freq_mhz = 2462, .width_mhz = 20, .center_mhz = 2462};

/* A template with further elements at its end. */
static struct frame *new_template(size_t *tim_offset, const void *elements, size_t len)
{
	struct frame_writer writer = frame_writer_begin(new_beacon(tim_offset));

	write_bytes(&writer, elements, len);
	return frame_writer_end(&writer);
}

static void update(struct world *world, const void *elements, size_t len)
{
	struct plane_action *action = act(world, PLANE_BSS_UPDATE, NULL);

	action->frame = new_template(&action->bss_update.tim_offset, elements, len);
	apply(world);
}

static void begin_switch(struct world *world)
{
	static const uint8_t csa[] = {EID_CSA, 3, 1, 11, 5, EID_ECSA, 4, 1, 81, 11, 5};
	struct plane_action *action = act(world, PLANE_BSS_SWITCH, NULL);
	struct plane_bss_switch *bss_switch = &action->bss_switch;

	action->frame = new_template(&bss_switch->tim_offset, csa, sizeof(csa));
	bss_switch->count_offsets[0] = (uint16_t)(action->frame->len - 7);
	bss_switch->count_offsets[1] = (uint16_t)(action->frame->len - 1);
	action->after = new_template(&bss_switch->after_tim_offset, (uint8_t[]){EID_DS, 1, 11}, 3);
	bss_switch->channel = channel_11;
	bss_switch->count = 5;
	bss_switch->block_tx = true;
	apply(world);
}

static void notify(struct world *world, uint8_t command)
{
	kernel_says(world, (struct nl80211_event){.command = command,
						  .freq_mhz = 2462,
						  .channel_width = NL80211_CHAN_WIDTH_20,
						  .center1_mhz = 2462});
}

static void an_update_has_the_new_template_and_its_parameters(void **state)
{
	static const uint8_t elements[] = {
		EID_ERP, 1, 0x07, EID_HT_OPERATION, 22, 1, 0, 0x13, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		0,       0, 0};
	struct world *world = *state;

	start_quietly(world);
	update(world, elements, sizeof(elements));
	take(world, NL80211_CMD_SET_BEACON);
	assert_false(world->request.owner_socket);
	assert_non_null(world->attrs[NL80211_ATTR_BEACON_HEAD]);
	assert_null(world->attrs[NL80211_ATTR_SSID]);
	assert_int_equal(nla_len(world->attrs[NL80211_ATTR_BEACON_TAIL]), 22 + 5 + sizeof(elements));
	take(world, NL80211_CMD_SET_BSS);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_BSS_CTS_PROT]), 1);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_BSS_SHORT_SLOT_TIME]), 1);
	assert_int_equal(attribute_u8(world->attrs[NL80211_ATTR_BSS_SHORT_PREAMBLE]), 0);
	assert_int_equal(attribute_u16(world->attrs[NL80211_ATTR_BSS_HT_OPMODE]), 0x13);
	no_more(world);
}

static void a_bss_off_the_air_is_not_updated(void **state)
{
	struct world *world = *state;

	update(world, "", 0);
	no_more(world);
}

static void a_switch_has_both_templates_and_the_counters(void **state)
{
	struct world *world = *state;
	const struct nlattr *offsets, *tail;
	struct nlattr *announcement;

	start_quietly(world);
	begin_switch(world);
	take(world, NL80211_CMD_CHANNEL_SWITCH);
	assert_u32(world->attrs[NL80211_ATTR_WIPHY_FREQ], 2462);
	assert_u32(world->attrs[NL80211_ATTR_CHANNEL_WIDTH], NL80211_CHAN_WIDTH_20);
	assert_u32(world->attrs[NL80211_ATTR_CENTER_FREQ1], 2462);
	assert_u32(world->attrs[NL80211_ATTR_CH_SWITCH_COUNT], 5);
	assert_non_null(world->attrs[NL80211_ATTR_CH_SWITCH_BLOCK_TX]);
	assert_non_null(world->attrs[NL80211_ATTR_BEACON_HEAD]);
	assert_int_equal(nla_len(world->attrs[NL80211_ATTR_BEACON_TAIL]), 22 + 5 + 3);
	announcement = world->attrs[NL80211_ATTR_CSA_IES];
	tail = nested_attribute(announcement, NL80211_ATTR_BEACON_TAIL);
	offsets = nested_attribute(announcement, NL80211_ATTR_CNTDWN_OFFS_BEACON);
	assert_non_null(nested_attribute(announcement, NL80211_ATTR_BEACON_HEAD));
	assert_non_null(tail);
	assert_non_null(offsets);
	assert_int_equal(nla_len(offsets), 4);
	/* The kernel refuses a counter that does not match. */
	for (size_t i = 0; i < 2; i++) {
		uint16_t offset;

		memcpy(&offset, (const uint8_t *)nla_data(offsets) + 2 * i, 2);
		assert_true(offset < nla_len(tail));
		assert_int_equal(((const uint8_t *)nla_data(tail))[offset], 5);
	}
	no_more(world);
}

static void the_end_of_a_switch_brings_the_new_channel(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	begin_switch(world);
	take(world, NL80211_CMD_CHANNEL_SWITCH);
	answer(world, (struct nl80211_reply){0});
	no_event(world);
	notify(world, NL80211_CMD_CH_SWITCH_STARTED_NOTIFY);
	next_event(world, PLANE_EVENT_BSS_SWITCH, &event);
	assert_int_equal(event.switch_status, PLANE_SWITCH_STARTED);
	notify(world, NL80211_CMD_CH_SWITCH_NOTIFY);
	next_event(world, PLANE_EVENT_BSS_SWITCH, &event);
	assert_int_equal(event.switch_status, PLANE_SWITCH_DONE);
	assert_int_equal(event.channel.freq_mhz, 2462);
	assert_int_equal(event.channel.width_mhz, 20);
	no_event(world);
	/* Frames go out on the new channel, and a restart has the new template. */
	act(world, PLANE_MANAGEMENT, sta_addr)->frame = new_reason_frame(MGMT_DISASSOC, sta_addr);
	apply(world);
	take(world, NL80211_CMD_FRAME);
	assert_u32(world->attrs[NL80211_ATTR_WIPHY_FREQ], 2462);
	/* What the kernel says twice changes nothing. */
	notify(world, NL80211_CMD_CH_SWITCH_NOTIFY);
	no_event(world);
}

static void a_refused_switch_is_reported_and_another_may_follow(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	begin_switch(world);
	take(world, NL80211_CMD_CHANNEL_SWITCH);
	answer(world, (struct nl80211_reply){.error = -EOPNOTSUPP});
	next_event(world, PLANE_EVENT_BSS_SWITCH, &event);
	assert_int_equal(event.switch_status, PLANE_SWITCH_FAILED);
	assert_int_equal(event.channel.freq_mhz, FREQ_MHZ);
	begin_switch(world);
	take(world, NL80211_CMD_CHANNEL_SWITCH);
	/* Only one at a time. */
	begin_switch(world);
	no_more(world);
	next_event(world, PLANE_EVENT_BSS_SWITCH, &event);
	assert_int_equal(event.switch_status, PLANE_SWITCH_FAILED);
}

/* Another program may move the BSS, and so may the driver. */
static void a_switch_that_nobody_asked_for_is_reported(void **state)
{
	struct world *world = *state;
	struct plane_event event;

	start_quietly(world);
	notify(world, NL80211_CMD_CH_SWITCH_NOTIFY);
	next_event(world, PLANE_EVENT_BSS_SWITCH, &event);
	assert_int_equal(event.switch_status, PLANE_SWITCH_DONE);
	assert_int_equal(event.channel.freq_mhz, 2462);
}

static void an_answer_during_a_switch_has_counters(void **state)
{
	static const uint16_t offsets[] = {28, 40};
	struct world *world = *state;
	struct plane_action *action;

	start_quietly(world);
	action = act(world, PLANE_MANAGEMENT, sta_addr);
	action->frame = new_reason_frame(MGMT_DISASSOC, sta_addr);
	action->management.count_offsets[0] = offsets[0];
	action->management.count_offsets[1] = offsets[1];
	apply(world);
	take(world, NL80211_CMD_FRAME);
	assert_bytes(world->attrs[NL80211_ATTR_CSA_C_OFFSETS_TX], offsets, sizeof(offsets));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_update_has_the_new_template_and_its_parameters),
		CASE(a_bss_off_the_air_is_not_updated),
		CASE(a_switch_has_both_templates_and_the_counters),
		CASE(the_end_of_a_switch_brings_the_new_channel),
		CASE(a_refused_switch_is_reported_and_another_may_follow),
		CASE(a_switch_that_nobody_asked_for_is_reported),
		CASE(an_answer_during_a_switch_has_counters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
