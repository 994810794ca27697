/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/frame.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/frame_writer.h"
#include "wire/ieee80211.h"

struct nl80211_request *nl80211_frame_send(struct nl80211_requests *requests, int ifindex, const struct frame *frame,
					   const struct nl80211_frame_options *options)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_FRAME, ifindex);

	if (options->freq_mhz)
		nl80211_put_u32(request, NL80211_ATTR_WIPHY_FREQ, options->freq_mhz);
	if (options->no_ack_wait)
		nl80211_put_flag(request, NL80211_ATTR_DONT_WAIT_FOR_ACK);
	if (options->no_cck)
		nl80211_put_flag(request, NL80211_ATTR_TX_NO_CCK_RATE);
	if (options->off_channel)
		nl80211_put_flag(request, NL80211_ATTR_OFFCHANNEL_TX_OK);
	if (options->duration_ms)
		nl80211_put_u32(request, NL80211_ATTR_DURATION, options->duration_ms);
	nl80211_put_bytes(request, NL80211_ATTR_FRAME, frame->data, frame->len);
	return request;
}

struct nl80211_request *nl80211_frame_register(struct nl80211_requests *requests, int ifindex, uint16_t type,
					       const void *match, size_t match_len)
{
	struct nl80211_request *request = nl80211_requests_add(requests, NL80211_CMD_REGISTER_FRAME, ifindex);

	if (request)
		request->owner_socket = true;
	nl80211_put_u16(request, NL80211_ATTR_FRAME_TYPE, type);
	nl80211_put_bytes(request, NL80211_ATTR_FRAME_MATCH, match, match_len);
	return request;
}

struct nl80211_request *nl80211_frame_send_eapol(struct nl80211_requests *requests, int ifindex,
						 const struct frame *frame, bool clear)
{
	const struct ether_hdr *header = (const void *)frame->data;
	struct nl80211_request *request;

	if (frame->len < sizeof(*header))
		return NULL;
	request = nl80211_requests_add(requests, NL80211_CMD_CONTROL_PORT_FRAME, ifindex);
	nl80211_put_bytes(request, NL80211_ATTR_MAC, header->dst, MAC_LEN);
	nl80211_put_u16(request, NL80211_ATTR_CONTROL_PORT_ETHERTYPE, be16(header->type));
	if (clear)
		nl80211_put_flag(request, NL80211_ATTR_CONTROL_PORT_NO_ENCRYPT);
	nl80211_put_bytes(request, NL80211_ATTR_FRAME, frame->data + sizeof(*header), frame->len - sizeof(*header));
	return request;
}

struct frame *nl80211_frame_read(const struct nl80211_event *event)
{
	struct frame *frame =
		event->frame.len >= DOT11_HDR_MIN ? frame_from(event->frame.bytes, event->frame.len, 0, 0) : NULL;
	uint8_t *bytes = frame ? frame_make_writable(frame) : NULL;

	if (!bytes) {
		frame_free(frame);
		return NULL;
	}
	put_le16(bytes, le16(bytes) & ~FC_PROTECTED);
	frame->meta.freq_mhz = event->freq_mhz;
	frame->meta.signal_dbm = event->signal_dbm;
	return frame;
}

struct frame *nl80211_frame_read_eapol(const struct nl80211_event *event, const uint8_t addr[6])
{
	struct frame_writer writer;

	if (!event->mac || !event->frame.bytes)
		return NULL;
	writer = frame_writer_begin(frame_new(0, 0, ETHER_HLEN + event->frame.len));
	write_bytes(&writer, addr, MAC_LEN);
	write_bytes(&writer, event->mac, MAC_LEN);
	write_be16(&writer, event->ethertype);
	write_bytes(&writer, event->frame.bytes, event->frame.len);
	return frame_writer_end(&writer);
}
