/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/request.h"

#include "base/array.h"

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>

/* A beacon with its probe response, or a scan of all channels, fits. */
#define MESSAGE_SIZE 16384

static bool make_room(struct nl80211_requests *requests)
{
	return array_reserve(&requests->list, &requests->room, requests->count + 1, sizeof(*requests->list)) == 0;
}

static struct nl80211_request *append(struct nl80211_requests *requests, enum nl80211_request_kind kind, int ifindex)
{
	struct nl80211_request *request;

	if (!make_room(requests)) {
		requests->lost = true;
		return NULL;
	}
	request = &requests->list[requests->count++];
	*request = (struct nl80211_request){.kind = kind, .ifindex = ifindex};
	return request;
}

/* The type of the message is the number of the family, which only the kernel knows: the sender fills it in. */
static struct nl_msg *new_message(uint8_t command)
{
	struct genlmsghdr header = {.cmd = command};
	struct nl_msg *message = nlmsg_alloc_size(MESSAGE_SIZE);

	if (message && (!nlmsg_put(message, 0, 0, NLMSG_MIN_TYPE, 0, 0) ||
			nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO) < 0)) {
		nlmsg_free(message);
		return NULL;
	}
	return message;
}

struct nl80211_request *nl80211_requests_add(struct nl80211_requests *requests, uint8_t command, int ifindex)
{
	struct nl80211_request *request = append(requests, NL80211_REQUEST_COMMAND, ifindex);

	if (!request)
		return NULL;
	request->command = command;
	request->message = new_message(command);
	if (!request->message) {
		requests->count--;
		requests->lost = true;
		return NULL;
	}
	if (ifindex)
		nl80211_put_u32(request, NL80211_ATTR_IFINDEX, (uint32_t)ifindex);
	return request;
}

struct nl80211_request *nl80211_requests_add_operstate(struct nl80211_requests *requests, int ifindex, bool up)
{
	struct nl80211_request *request = append(requests, NL80211_REQUEST_OPERSTATE, ifindex);

	if (request)
		request->up = up;
	return request;
}

struct nl80211_request *nl80211_requests_add_packet(struct nl80211_requests *requests, int ifindex, struct frame *frame)
{
	struct nl80211_request *request = append(requests, NL80211_REQUEST_PACKET, ifindex);

	if (request)
		request->frame = frame;
	else
		frame_free(frame);
	return request;
}

struct nl80211_request *nl80211_requests_add_address(struct nl80211_requests *requests, int ifindex,
						     const uint8_t addr[6])
{
	struct nl80211_request *request = append(requests, NL80211_REQUEST_ADDRESS, ifindex);

	if (request)
		memcpy(request->addr, addr, 6);
	return request;
}

struct nl80211_request *nl80211_requests_add_port(struct nl80211_requests *requests, int ifindex,
						  const struct nl80211_port *port, bool up)
{
	struct nl80211_request *request = append(requests, NL80211_REQUEST_PORT, ifindex);

	if (request) {
		request->port = *port;
		request->up = up;
	}
	return request;
}

bool nl80211_requests_take(struct nl80211_requests *requests, struct nl80211_request *request)
{
	if (!requests->count)
		return false;
	*request = requests->list[0];
	requests->count--;
	memmove(requests->list, requests->list + 1, requests->count * sizeof(*requests->list));
	return true;
}

void nl80211_requests_drop_last(struct nl80211_requests *requests)
{
	if (requests->count)
		nl80211_request_free(&requests->list[--requests->count]);
}

void nl80211_requests_put_first(struct nl80211_requests *requests, struct nl80211_requests *urgent)
{
	struct nl80211_request request;

	requests->lost |= urgent->lost;
	for (size_t place = 0; nl80211_requests_take(urgent, &request); place++) {
		if (!make_room(requests)) {
			requests->lost = true;
			nl80211_request_free(&request);
			continue;
		}
		memmove(requests->list + place + 1, requests->list + place,
			(requests->count - place) * sizeof(*requests->list));
		requests->list[place] = request;
		requests->count++;
	}
	urgent->lost = false;
}

void nl80211_request_free(struct nl80211_request *request)
{
	if (request->message) {
		struct nlmsghdr *header = nlmsg_hdr(request->message);

		explicit_bzero(nlmsg_data(header), (size_t)nlmsg_datalen(header));
		nlmsg_free(request->message);
	}
	frame_free(request->frame);
	*request = (struct nl80211_request){0};
}

void nl80211_requests_clear(struct nl80211_requests *requests)
{
	for (size_t i = 0; i < requests->count; i++)
		nl80211_request_free(&requests->list[i]);
	requests->count = 0;
	requests->lost = false;
}

void nl80211_requests_free(struct nl80211_requests *requests)
{
	nl80211_requests_clear(requests);
	free(requests->list);
	*requests = (struct nl80211_requests){0};
}

/* ---- attributes ---- */

void nl80211_put_bytes(struct nl80211_request *request, int attribute, const void *bytes, size_t len)
{
	if (request && (len > MESSAGE_SIZE || nla_put(request->message, attribute, (int)len, bytes) < 0))
		request->too_long = true;
}

void nl80211_put_u8(struct nl80211_request *request, int attribute, uint8_t value)
{
	nl80211_put_bytes(request, attribute, &value, sizeof(value));
}

void nl80211_put_u16(struct nl80211_request *request, int attribute, uint16_t value)
{
	nl80211_put_bytes(request, attribute, &value, sizeof(value));
}

void nl80211_put_u32(struct nl80211_request *request, int attribute, uint32_t value)
{
	nl80211_put_bytes(request, attribute, &value, sizeof(value));
}

void nl80211_put_flag(struct nl80211_request *request, int attribute)
{
	nl80211_put_bytes(request, attribute, NULL, 0);
}

struct nlattr *nl80211_nest_begin(struct nl80211_request *request, int attribute)
{
	struct nlattr *nest = request ? nla_nest_start(request->message, attribute) : NULL;

	if (request && !nest)
		request->too_long = true;
	return nest;
}

void nl80211_nest_end(struct nl80211_request *request, struct nlattr *nest)
{
	if (nest && nla_nest_end_keep_empty(request->message, nest) < 0)
		request->too_long = true;
}

/* ---- replies ---- */

bool nl80211_reply_event(const struct nl80211_reply *reply, size_t index, struct nl80211_event *event)
{
	return index < reply->count && nl80211_event_parse(event, reply->messages[index]);
}
