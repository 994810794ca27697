/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/path_probe.h"

#include "base/mac.h"
#include "macnat/model.h"
#include "netdev/packet.h"
#include "why/wire_frame.h"
#include "wire/arp.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ip.h"
#include "wire/ndp.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

struct path {
	struct path_probe *probes;
	size_t count;
	int send_fd, receive_fd;
	uint16_t id; /* of the echo requests; the number of the probe is their sequence */
};

static bool is_complete(const struct path *path)
{
	for (size_t i = 0; i < path->count; i++)
		if (!path->probes[i].left)
			return false;
	return true;
}

static void send_all(const struct path *path)
{
	uint8_t frame[WIRE_FRAME_MAX];

	for (size_t i = 0; i < path->count; i++) {
		const struct wire_question *question = &path->probes[i].question;
		size_t size = wire_frame_put(frame, question, path->id, (uint16_t)i);

		if (!path->probes[i].left)
			packet_send(path->send_fd, question->ifindex, frame, size);
	}
}

/* A frame of a probe, or the answer to it, at an interface. */
static void note(struct path_probe *probe, const struct sockaddr_ll *from, bool answer)
{
	bool sent = from->sll_pkttype == PACKET_OUTGOING;

	if (!answer)
		probe->delivered |= sent && from->sll_ifindex == probe->port;
	else if (from->sll_ifindex == probe->port)
		probe->answered |= !sent;
	else
		probe->left |= sent && from->sll_ifindex == probe->uplink;
}

static void read_arp(struct path *path, const struct sockaddr_ll *from, const uint8_t *frame, size_t size)
{
	struct arp_ether_ip4 arp;

	if (size < ETHER_HLEN + sizeof(arp))
		return;
	memcpy(&arp, frame + ETHER_HLEN, sizeof(arp));
	for (size_t i = 0; i < path->count; i++) {
		const struct wire_question *question = &path->probes[i].question;
		bool request = be16(arp.op) == ARP_REQUEST;

		if (question->kind == WIRE_ARP && !question->ip6 &&
		    !memcmp(request ? arp.tpa : arp.spa, question->target, 4) &&
		    !memcmp(request ? arp.spa : arp.tpa, question->source, 4))
			note(&path->probes[i], from, !request);
	}
}

static void read_neighbour(struct path *path, const struct sockaddr_ll *from, const uint8_t *ip, uint8_t type)
{
	const uint8_t *target = ip + IP6_SIZE + 8, *asking = type == ND_NS ? ip + 8 : ip + 24;

	for (size_t i = 0; i < path->count; i++) {
		const struct wire_question *question = &path->probes[i].question;

		if (question->kind == WIRE_ARP && question->ip6 && !memcmp(target, question->target, 16) &&
		    !memcmp(asking, question->source, 16))
			note(&path->probes[i], from, type == ND_NA);
	}
}

/* A frame with another destination has been changed on its way, and the bridge sends it to all ports. */
static void read_echo(struct path *path, const struct sockaddr_ll *from, const uint8_t *frame, const uint8_t *icmp,
		      bool ip6)
{
	uint16_t sequence = be16(icmp + 6);
	bool answer = icmp[0] == (ip6 ? ICMP6_REPLY : ICMP_REPLY);

	if (be16(icmp + 4) == path->id && sequence < path->count && path->probes[sequence].question.ip6 == ip6 &&
	    path->probes[sequence].question.kind == WIRE_ECHO &&
	    (answer || mac_equal(frame, path->probes[sequence].question.mac)))
		note(&path->probes[sequence], from, answer);
}

static void read_frame(struct path *path, const struct sockaddr_ll *from, const uint8_t *frame, size_t size)
{
	const uint8_t *ip = frame + ETHER_HLEN;
	uint16_t type = size >= ETHER_HLEN ? be16(frame + 12) : 0;
	size_t header = type == ETHERTYPE_IP4 && size > ETHER_HLEN ? 4 * (ip[0] & 15u) : 0;

	if (type == ETHERTYPE_ARP)
		read_arp(path, from, frame, size);
	else if (type == ETHERTYPE_IP4 && header >= IP4_SIZE && size >= ETHER_HLEN + header + ICMP_SIZE &&
		 ip[9] == IPPROTO_ICMP)
		read_echo(path, from, frame, ip + header, false);
	else if (type == ETHERTYPE_IP6 && size >= ETHER_HLEN + IP6_SIZE + sizeof(struct nd_msg) &&
		 (ip[IP6_SIZE] == ND_NS || ip[IP6_SIZE] == ND_NA))
		read_neighbour(path, from, ip, ip[IP6_SIZE]);
	else if (type == ETHERTYPE_IP6 && size >= ETHER_HLEN + IP6_SIZE + ICMP_SIZE)
		read_echo(path, from, frame, ip + IP6_SIZE, true);
}

static void receive(struct path *path)
{
	uint8_t frame[ETHER_HLEN + 128];
	struct sockaddr_ll from;
	socklen_t from_size = sizeof(from);
	ssize_t size;

	while ((size = recvfrom(path->receive_fd, frame, sizeof(frame), MSG_DONTWAIT, (struct sockaddr *)&from,
				&from_size)) > 0) {
		read_frame(path, &from, frame, (size_t)size);
		from_size = sizeof(from);
	}
}

static void wait_until(struct path *path, long long end)
{
	struct pollfd poll_fd = {.fd = path->receive_fd, .events = POLLIN};

	for (;;) {
		long long left = end - wire_frame_now_ms();

		receive(path); /* also after the end: this process may have waited for a processor since */
		if (left <= 0 || is_complete(path) || poll(&poll_fd, 1, (int)left) < 0)
			return;
	}
}

int path_probe(struct path_probe *probes, size_t count, int wait_ms, struct wait_budget *budget)
{
	struct path path = {.probes = probes, .count = count};
	long long start = wire_frame_now_ms();

	wait_ms = wait_budget_take(budget, wait_ms);

	if (getrandom(&path.id, sizeof(path.id), 0) != sizeof(path.id))
		return -errno;
	path.send_fd = packet_open(MN_MARK);
	if (path.send_fd < 0)
		return path.send_fd;
	path.receive_fd = wire_frame_receiver(true);
	if (path.receive_fd < 0) {
		close(path.send_fd);
		return path.receive_fd;
	}
	send_all(&path);
	wait_until(&path, start + wait_ms / 2);
	if (!is_complete(&path)) {
		send_all(&path);
		wait_until(&path, start + wait_ms);
	}
	wait_budget_give_back(budget, wait_ms, wire_frame_now_ms() - start);
	close(path.send_fd);
	close(path.receive_fd);
	return 0;
}
