/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/port_watch.h"

#include "base/mac.h"
#include "netdev/packet.h"
#include "why/wire_frame.h"
#include "wire/arp.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ip.h"
#include "wire/ndp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { NTP_PORT = 123, QUIC_PORT = 443 };

int port_watch_open(struct port_watch *watch, int ifindex)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_protocol = htons(0x0003), .sll_ifindex = ifindex};
	int ret;

	watch->count = watch->hop_count = 0;
	memset(watch->mac, 0, sizeof(watch->mac));
	memset(watch->gateways, 0, sizeof(watch->gateways));
	memset(watch->delivered, 0, sizeof(watch->delivered));
	memset(watch->wanted, 0, sizeof(watch->wanted));
	memset(watch->wanted6, 0, sizeof(watch->wanted6));
	watch->n_wanted6 = 0;
	watch->fd = packet_open(0);
	if (watch->fd < 0)
		return watch->fd;
	if (bind(watch->fd, (const struct sockaddr *)&at, sizeof(at)) == 0)
		return 0;
	ret = -errno;
	port_watch_close(watch);
	return ret;
}

static struct port_peer *find_peer(struct port_watch *watch, const struct port_peer *like)
{
	size_t size = like->ip6 ? 16 : 4;

	for (size_t i = 0; i < watch->count; i++) {
		struct port_peer *peer = &watch->peers[i];

		if (peer->ip6 == like->ip6 && peer->protocol == like->protocol && peer->dns == like->dns &&
		    !memcmp(peer->own, like->own, size) && !memcmp(peer->other, like->other, size))
			return peer;
	}
	return NULL;
}

/* Does the other end have to answer: an echo request, TCP, or a request by UDP to DNS, NTP or QUIC? */
static bool is_request(const uint8_t *message, const uint8_t *end, uint8_t protocol)
{
	if (end - message < UDP_SIZE)
		return false;
	switch (protocol) {
	case IPPROTO_TCP:
		return true;
	case IPPROTO_ICMP:
		return message[0] == ICMP_REQUEST;
	case IPPROTO_ICMPV6:
		return message[0] == ICMP6_REQUEST;
	case IPPROTO_UDP:
		return be16(message + 2) == DNS_PORT || be16(message + 2) == NTP_PORT || be16(message + 2) == QUIC_PORT;
	default:
		return false;
	}
}

/* An error is no answer; the questions of wire_probe() find its reason. */
static bool is_answer(const uint8_t *message, const uint8_t *end, uint8_t protocol)
{
	if (end - message < UDP_SIZE)
		return false;
	return protocol == IPPROTO_ICMP     ? message[0] == ICMP_REPLY
	       : protocol == IPPROTO_ICMPV6 ? message[0] == ICMP6_REPLY
					    : protocol == IPPROTO_TCP || protocol == IPPROTO_UDP;
}

/* The first ones are enough. */
static void note_sent(struct port_watch *watch, const struct port_peer *like)
{
	if (!find_peer(watch, like) && watch->count < PORT_WATCH_PEERS)
		watch->peers[watch->count++] = *like;
}

static void note_received(struct port_watch *watch, const struct port_peer *like)
{
	struct port_peer *peer = find_peer(watch, like);

	if (peer)
		peer->answered = true;
}

static void note_delivered(struct port_watch *watch, const struct port_peer *like, const uint8_t *message,
			   const uint8_t *end)
{
	uint8_t reply = like->ip6 ? ICMP6_REPLY : ICMP_REPLY, protocol = like->ip6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	if (like->protocol == protocol && end > message && message[0] == reply &&
	    !memcmp(like->other, watch->gateways[like->ip6], like->ip6 ? 16 : 4))
		watch->delivered[like->ip6] = true;
}

static void read_arp(struct port_watch *watch, const uint8_t *frame, size_t size)
{
	struct arp_ether_ip4 arp;

	if (size < ETHER_HLEN + sizeof(arp))
		return;
	memcpy(&arp, frame + ETHER_HLEN, sizeof(arp));
	if (be16(arp.op) == ARP_REQUEST)
		memcpy(watch->wanted, arp.tpa, 4);
}

/* The first ones are enough. */
static void note_hop(struct port_watch *watch, const uint8_t target[4], const uint8_t mac[6])
{
	for (size_t i = 0; i < watch->hop_count; i++)
		if (!memcmp(watch->hops[i].target, target, 4) && mac_equal(watch->hops[i].mac, mac))
			return;
	if (watch->hop_count == PORT_WATCH_HOPS)
		return;
	memcpy(watch->hops[watch->hop_count].target, target, 4);
	mac_copy(watch->hops[watch->hop_count++].mac, mac);
}

static void read_solicitation(struct port_watch *watch, const uint8_t *ip, const uint8_t *end)
{
	struct nd_msg nd;

	if (end - ip < IP6_SIZE + (int)sizeof(nd) || ip[6] != IPPROTO_ICMPV6)
		return;
	memcpy(&nd, ip + IP6_SIZE, sizeof(nd));
	if (nd.type == ND_NS)
		memcpy(watch->wanted6[watch->n_wanted6++ % PORT_WATCH_WANTED], nd.target, 16);
}

static void read_packet(struct port_watch *watch, bool to_guest, struct port_peer *like, const uint8_t *message,
			const uint8_t *end)
{
	if (to_guest ? !is_answer(message, end, like->protocol) : !is_request(message, end, like->protocol))
		return;
	like->dns = like->protocol == IPPROTO_UDP && be16(to_guest ? message : message + 2) == DNS_PORT;
	if (to_guest)
		note_received(watch, like);
	else
		note_sent(watch, like);
}

static void read_frame(struct port_watch *watch, bool to_guest, const uint8_t *frame, size_t size)
{
	const uint8_t *ip = frame + ETHER_HLEN, *end = frame + size;
	uint16_t type = size >= ETHER_HLEN ? be16(frame + 12) : 0;
	struct port_peer like = {.ip6 = type == ETHERTYPE_IP6};

	if (type == ETHERTYPE_ARP && !to_guest)
		read_arp(watch, frame, size);
	if (type == ETHERTYPE_IP6 && !to_guest)
		read_solicitation(watch, ip, end);
	if (type == ETHERTYPE_IP4 && end - ip >= IP4_SIZE && ip[16] < 224 && ip[12]) {
		like.protocol = ip[9];
		memcpy(to_guest ? like.other : like.own, ip + 12, 4);
		memcpy(to_guest ? like.own : like.other, ip + 16, 4);
		if (to_guest && mac_equal(frame, watch->mac))
			note_delivered(watch, &like, ip + 4 * (ip[0] & 15u), end);
		if (!to_guest && mac_equal(frame + 6, watch->mac))
			note_hop(watch, ip + 16, frame);
		read_packet(watch, to_guest, &like, ip + 4 * (ip[0] & 15u), end);
	} else if (type == ETHERTYPE_IP6 && end - ip >= IP6_SIZE && ip[24] != 0xff) {
		like.protocol = ip[6];
		memcpy(to_guest ? like.other : like.own, ip + 8, 16);
		memcpy(to_guest ? like.own : like.other, ip + 24, 16);
		if (to_guest && mac_equal(frame, watch->mac))
			note_delivered(watch, &like, ip + IP6_SIZE, end);
		if (!ip6_is_link_local(ip + 24) && !ip6_is_link_local(ip + 8))
			read_packet(watch, to_guest, &like, ip + IP6_SIZE, end);
	}
}

void port_watch_read(struct port_watch *watch)
{
	uint8_t frame[ETHER_HLEN + 128];
	struct sockaddr_ll from = {0};
	socklen_t from_size = sizeof(from);
	ssize_t size;

	if (watch->fd < 0)
		return;
	while ((size = recvfrom(watch->fd, frame, sizeof(frame), MSG_DONTWAIT, (struct sockaddr *)&from, &from_size)) >
	       0) {
		read_frame(watch, from.sll_pkttype == PACKET_OUTGOING, frame, (size_t)size);
		from_size = sizeof(from);
	}
}

bool port_watch_wait(struct port_watch *watch, int wait_ms)
{
	struct pollfd poll_fd = {.fd = watch->fd, .events = POLLIN};

	if (watch->fd < 0 || wait_ms <= 0 || poll(&poll_fd, 1, wait_ms) <= 0)
		return false;
	port_watch_read(watch);
	return true;
}

void port_watch_close(struct port_watch *watch)
{
	if (watch->fd >= 0)
		close(watch->fd);
	watch->fd = -1;
}
