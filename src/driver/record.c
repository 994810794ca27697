/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver/record.h"

#include "base/mac.h"
#include "driver/driver_state.h"
#include "nl80211/frame.h"
#include "wire/ether.h"
#include "wire/frame_writer.h"
#include "wire/ieee80211.h"

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdio.h>

static struct trace_recorder *recorder_of(struct driver *driver)
{
	struct trace_recorder *recorder = driver->owner.recorder ? driver->owner.recorder(driver->owner.user) : NULL;

	return trace_is_on(recorder) ? recorder : NULL;
}

static const struct nl80211_interface *find_interface(const struct driver *driver, int ifindex)
{
	for (size_t i = 0; i < driver->interface_count; i++)
		if (driver->interfaces[i].info.ifindex == ifindex)
			return &driver->interfaces[i].info;
	return driver->interface_count ? &driver->interfaces[0].info : NULL; /* an event of the whole radio */
}

/* Frames of both kinds are at one place, but a file has one kind for each interface. */
static void name_hop(struct trace_recorder *recorder, const struct nl80211_interface *interface,
		     const struct trace_event *event)
{
	char name[TRACE_NAME_SIZE];

	if (trace_ring_has_name(&recorder->ring, event))
		return;
	snprintf(name, sizeof(name), "%s %s", event->link == TRACE_WIFI ? "card" : "eapol", interface->name);
	trace_ring_name(&recorder->ring, event, name);
}

/* Notes a frame, which has its id already, or gets one. `event` has direction, destinations, link and reason. */
static void note(struct driver *driver, struct trace_recorder *recorder, int ifindex, struct trace_event event,
		 struct frame *frame)
{
	const struct nl80211_interface *interface = find_interface(driver, ifindex);

	if (!interface || !frame)
		return;
	if (!frame->meta.trace_id)
		trace_begin(recorder, frame);
	event.hop = TRACE_HOP_CARD;
	event.ifindex = (uint32_t)interface->ifindex;
	name_hop(recorder, interface, &event);
	trace_note(recorder, &event, frame);
}

/* ---- the frames that the card reports on ---- */

static void remember(struct driver *driver, uint64_t cookie, uint64_t id)
{
	driver->recorded[driver->recorded_next++ % DRIVER_RECORDED_MAX] =
		(struct driver_recorded){.cookie = cookie, .id = id};
}

/* The id of the frame of this cookie; 0: it was sent before the recorder was on. */
static uint64_t id_of(const struct driver *driver, uint64_t cookie)
{
	for (size_t i = 0; i < DRIVER_RECORDED_MAX; i++)
		if (driver->recorded[i].id && driver->recorded[i].cookie == cookie)
			return driver->recorded[i].id;
	return 0;
}

/* ---- events ---- */

static struct frame *make_eapol(const uint8_t *to, const uint8_t *from, uint16_t type, const void *bytes, size_t len)
{
	struct frame_writer writer = frame_writer_begin(frame_new(0, 0, ETHER_HLEN + len));

	write_bytes(&writer, to, MAC_LEN);
	write_bytes(&writer, from, MAC_LEN);
	write_be16(&writer, type);
	write_bytes(&writer, bytes, len);
	return frame_writer_end(&writer);
}

static bool is_status(const struct nl80211_event *event)
{
	return event->command == NL80211_CMD_FRAME_TX_STATUS ||
	       event->command == NL80211_CMD_CONTROL_PORT_FRAME_TX_STATUS;
}

static bool is_eapol(const struct nl80211_event *event)
{
	return event->command == NL80211_CMD_CONTROL_PORT_FRAME ||
	       event->command == NL80211_CMD_CONTROL_PORT_FRAME_TX_STATUS;
}

/* What the event is about; NULL: no frame. The status of an EAPOL frame holds its payload alone, from us to `mac`. */
static struct frame *frame_of(const struct nl80211_event *event, const struct nl80211_interface *interface)
{
	if (!is_eapol(event))
		return nl80211_frame_read(event);
	if (!event->mac || !event->frame.bytes)
		return NULL;
	return is_status(event)
		       ? make_eapol(event->mac, interface->addr, ETHERTYPE_EAPOL, event->frame.bytes, event->frame.len)
		       : nl80211_frame_read_eapol(event, interface->addr);
}

void driver_record_event(struct driver *driver, const struct nl80211_event *event)
{
	struct trace_recorder *recorder = recorder_of(driver);
	const struct nl80211_interface *interface = find_interface(driver, event->ifindex);
	struct frame *frame = recorder && interface ? frame_of(event, interface) : NULL;
	struct trace_event noted = {
		.direction = TRACE_IN, .to = TRACE_ARRIVED, .link = is_eapol(event) ? TRACE_ETHERNET : TRACE_WIFI};

	if (!frame)
		return;
	if (is_status(event)) {
		frame->meta.trace_id = id_of(driver, event->cookie);
		noted.direction = TRACE_OUT;
		noted.reason = event->acked ? NOT_DROPPED : DROP_CARD_UNACKED;
	} else if (!is_eapol(event) && mac_equal(frame->data + DOT11_OFF_ADDR2, interface->addr)) {
		noted.direction = TRACE_OUT; /* a deauthentication that the kernel has sent */
	}
	if (noted.reason)
		noted.to = 0;
	note(driver, recorder, event->ifindex, noted, frame);
	driver->record_id = noted.direction == TRACE_IN ? frame->meta.trace_id : 0;
	frame_free(frame);
}

void driver_record_end(struct driver *driver)
{
	driver->record_id = 0;
}

/* ---- requests ---- */

/* Makes the frame of a request; NULL: it has none. */
static struct frame *frame_of_request(const struct driver *driver, const struct nl80211_request *request)
{
	const struct nl80211_interface *interface = find_interface(driver, request->ifindex);
	const struct nlattr *frame, *to, *type;

	if (!request->message || !interface)
		return NULL;
	frame = nlmsg_find_attr(nlmsg_hdr(request->message), GENL_HDRLEN, NL80211_ATTR_FRAME);
	if (!frame || nla_len(frame) < 0)
		return NULL;
	if (request->command == NL80211_CMD_FRAME)
		return frame_from(nla_data(frame), (size_t)nla_len(frame), 0, 0);
	to = nlmsg_find_attr(nlmsg_hdr(request->message), GENL_HDRLEN, NL80211_ATTR_MAC);
	type = nlmsg_find_attr(nlmsg_hdr(request->message), GENL_HDRLEN, NL80211_ATTR_CONTROL_PORT_ETHERTYPE);
	if (request->command != NL80211_CMD_CONTROL_PORT_FRAME || !to || nla_len(to) != MAC_LEN || !type)
		return NULL;
	return make_eapol(nla_data(to), interface->addr, nla_get_u16(type), nla_data(frame), (size_t)nla_len(frame));
}

void driver_record_request(struct driver *driver, const struct nl80211_request *request,
			   const struct nl80211_reply *reply)
{
	struct trace_recorder *recorder;
	bool is_packet = request->kind == NL80211_REQUEST_PACKET;
	struct trace_event noted = {.direction = TRACE_OUT,
				    .to = reply->error ? 0 : TRACE_TO_AIR,
				    .reason = reply->error ? DROP_CARD_REFUSED : NOT_DROPPED};
	struct frame *frame;

	if (!is_packet && request->command != NL80211_CMD_FRAME && request->command != NL80211_CMD_CONTROL_PORT_FRAME)
		return;
	recorder = recorder_of(driver);
	if (!recorder)
		return;
	noted.link = !is_packet && request->command == NL80211_CMD_FRAME ? TRACE_WIFI : TRACE_ETHERNET;
	frame = is_packet ? frame_clone(request->frame) : frame_of_request(driver, request);
	if (!frame)
		return;
	frame->meta.trace_id = 0; /* a journey of its own */
	note(driver, recorder, request->ifindex, noted, frame);
	if (reply->has_cookie && !reply->error)
		remember(driver, reply->cookie, frame->meta.trace_id);
	frame_free(frame);
}

void driver_record_packet(struct driver *driver, int ifindex, struct frame *frame)
{
	struct trace_recorder *recorder = recorder_of(driver);
	const struct trace_event noted = {.direction = TRACE_IN, .to = TRACE_ARRIVED, .link = TRACE_ETHERNET};

	if (!recorder)
		return;
	note(driver, recorder, ifindex, noted, frame);
	driver->record_id = frame->meta.trace_id;
}

void driver_record_drop(struct driver *driver, enum drop reason)
{
	struct trace_recorder *recorder = recorder_of(driver);

	if (recorder)
		trace_note_drop(recorder, driver->record_id, reason, TRACE_HOP_CARD);
}
