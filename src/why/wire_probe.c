/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/wire_probe.h"

#include "why/wire_frame.h"

#include "base/mac.h"
#include "macnat/model.h"
#include "netdev/packet.h"
#include "wire/arp.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ip.h"
#include "wire/ndp.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	GRACE_MS = 40, /* for answers that are not awaited, and second ones from another MAC address */
};

struct probe {
	struct wire_question *questions;
	size_t count;
	int send_fd, receive_fd;
	uint16_t id; /* of the echo requests; the number of the question is their sequence */
};

/* ---- sending ---- */

static bool is_target_known(const struct probe *probe, const struct wire_question *late)
{
	for (size_t i = 0; i < probe->count; i++) {
		const struct wire_question *question = &probe->questions[i];

		if (question->ip6 == late->ip6 && !memcmp(question->target, late->target, late->ip6 ? 16 : 4) &&
		    (question->answered || question->refused))
			return true;
	}
	return false;
}

static bool is_open(const struct probe *probe, const struct wire_question *question)
{
	return !question->answered && !question->refused && !question->heard &&
	       !(question->late && is_target_known(probe, question));
}

static void send_all(const struct probe *probe, bool repeated)
{
	uint8_t frame[WIRE_FRAME_MAX];

	for (size_t i = 0; i < probe->count; i++) {
		const struct wire_question *question = &probe->questions[i];
		size_t size;

		if (!is_open(probe, question) || (question->late && !repeated) ||
		    question->size > WIRE_FRAME_MAX - ETHER_HLEN)
			continue;
		size = wire_frame_put(frame, question, probe->id, (uint16_t)i);
		packet_send(probe->send_fd, question->ifindex, frame, size);
	}
}

/* ---- receiving ---- */

static void note_answer(struct wire_question *question, const uint8_t mac[6], const uint8_t *frame)
{
	if (!question->answered) {
		mac_copy(question->by, mac);
		mac_copy(question->to, frame);
	} else if (!mac_equal(question->by, mac)) {
		mac_copy(question->also_by, mac);
	}
	question->answered = true;
}

/* A machine that asks for the sender of our packet is in the network, even if its answer does not arrive. */
static void note_heard(struct probe *probe, int ifindex, const struct arp_ether_ip4 *arp)
{
	for (size_t i = 0; i < probe->count; i++) {
		struct wire_question *question = &probe->questions[i];

		if (question->kind != WIRE_ECHO || question->ip6 || question->ifindex != ifindex ||
		    memcmp(arp->spa, question->target, 4) != 0 || mac_equal(arp->sha, question->own_mac))
			continue;
		question->heard = true;
		mac_copy(question->heard_mac, arp->sha);
	}
}

/* A reply with the MAC address of the asking interface is of an access point that answers for its stations. */
static void read_arp(struct probe *probe, int ifindex, const uint8_t *frame, size_t size)
{
	struct arp_ether_ip4 arp;

	if (size < ETHER_HLEN + sizeof(arp))
		return;
	memcpy(&arp, frame + ETHER_HLEN, sizeof(arp));
	if (be16(arp.htype) != ARP_ETHERNET || be16(arp.ptype) != ETHERTYPE_IP4)
		return;
	note_heard(probe, ifindex, &arp);
	if (be16(arp.op) != ARP_REPLY)
		return;
	for (size_t i = 0; i < probe->count; i++) {
		struct wire_question *question = &probe->questions[i];

		if (question->kind == WIRE_ARP && !question->ip6 && question->ifindex == ifindex &&
		    !memcmp(arp.spa, question->target, 4) && !memcmp(arp.tpa, question->source, 4) &&
		    !mac_equal(arp.sha, question->own_mac))
			note_answer(question, arp.sha, frame);
	}
}

/* The link-layer address of a neighbour advertisement; without the option, which a unicast answer may lack, its sender. */
static const uint8_t *advertised_mac(const uint8_t *frame, size_t size)
{
	const uint8_t *option = frame + ETHER_HLEN + IP6_SIZE + sizeof(struct nd_msg);

	return size >= (size_t)(option - frame) + sizeof(struct nd_opt) && option[0] == ND_OPT_TLLA && option[1] == 1
		       ? option + 2
		       : frame + 6;
}

/* An advertisement that answers a probe goes to all nodes (RFC 4861, 7.2.4). */
static void read_advertisement(struct probe *probe, int ifindex, const uint8_t *frame, size_t size)
{
	static const uint8_t none[16];
	const uint8_t *ip = frame + ETHER_HLEN, *mac = advertised_mac(frame, size);
	struct nd_msg nd;

	if (size < ETHER_HLEN + IP6_SIZE + sizeof(nd) || ip[7] != 255)
		return;
	memcpy(&nd, ip + IP6_SIZE, sizeof(nd));
	for (size_t i = 0; i < probe->count; i++) {
		struct wire_question *question = &probe->questions[i];
		bool is_probe = !memcmp(question->source, none, 16);

		if (question->kind == WIRE_ARP && question->ip6 && question->ifindex == ifindex &&
		    !memcmp(nd.target, question->target, 16) &&
		    (is_probe ? ip[24] == 0xff : !memcmp(ip + 24, question->source, 16)) &&
		    !mac_equal(mac, question->own_mac))
			note_answer(question, mac, frame);
	}
}

/* ---- errors ---- */

static bool is_error(bool ip6, uint8_t type)
{
	return ip6 ? type == ICMP6_UNREACHABLE || type == ICMP6_EXCEEDED
		   : type == ICMP_UNREACHABLE || type == ICMP_EXCEEDED;
}

/* Which question an error quotes (RFC 792, RFC 4443): `quoted` is a packet, with `size` bytes of it. NULL: none. */
static struct wire_question *quoted_question(struct probe *probe, bool ip6, const uint8_t *quoted, size_t size)
{
	size_t header = ip6 ? IP6_SIZE : size ? 4 * (quoted[0] & 15u) : 0, count = ip6 ? 16 : 4;
	const uint8_t *message = quoted + header;
	struct wire_question *question;

	if (header < (ip6 ? IP6_SIZE : IP4_SIZE) || size < header + ICMP_SIZE)
		return NULL;
	for (size_t i = 0; i < probe->count; i++) {
		bool dns = probe->questions[i].kind == WIRE_DNS;

		question = &probe->questions[i];
		if (question->ip6 == ip6 && !memcmp(quoted + (ip6 ? 8 : 12), question->source, count) &&
		    !memcmp(quoted + (ip6 ? 24 : 16), question->target, count) && question->kind != WIRE_ARP &&
		    (dns ? be16(message) == wire_frame_port(probe->id)
			 : be16(message + 4) == probe->id && be16(message + 6) == i))
			return question;
	}
	return NULL;
}

static void read_error(struct probe *probe, bool ip6, const uint8_t *source, const uint8_t *icmp, size_t size)
{
	struct wire_question *question =
		size > ICMP_SIZE ? quoted_question(probe, ip6, icmp + ICMP_SIZE, size - ICMP_SIZE) : NULL;

	if (!question || question->refused)
		return;
	question->refused = true;
	question->error_type = icmp[0];
	question->error_code = icmp[1];
	memcpy(question->error_by, source, ip6 ? 16 : 4);
}

/* ---- packets ---- */

static void read_dns(struct probe *probe, int ifindex, const uint8_t *frame, const uint8_t *source, const uint8_t *udp,
		     size_t size, bool ip6)
{
	struct wire_question *question;
	size_t number;

	if (size < UDP_SIZE + DNS_HEADER_SIZE || be16(udp) != DNS_PORT || be16(udp + 2) != wire_frame_port(probe->id))
		return;
	number = be16(udp + UDP_SIZE);
	question = number < probe->count ? &probe->questions[number] : NULL;
	if (question && question->kind == WIRE_DNS && question->ip6 == ip6 && question->ifindex == ifindex &&
	    !memcmp(source, question->target, ip6 ? 16 : 4))
		note_answer(question, frame + 6, frame);
}

/* `ip6`: of the packet; its addresses and its message. */
static void read_echo(struct probe *probe, int ifindex, const uint8_t *frame, bool ip6, const uint8_t *source,
		      const uint8_t *target, const uint8_t *icmp)
{
	struct wire_question *question;
	size_t size = ip6 ? 16 : 4;
	bool returned;

	if (icmp[0] != (ip6 ? ICMP6_REPLY : ICMP_REPLY) || be16(icmp + 4) != probe->id ||
	    be16(icmp + 6) >= probe->count)
		return;
	question = &probe->questions[be16(icmp + 6)];
	returned = question->kind == WIRE_RETURN;
	if (returned && mac_equal(frame + 6, question->own_mac))
		return; /* the access point has sent our own frame back */
	if (question->ifindex == ifindex && question->kind != WIRE_ARP && question->kind != WIRE_DNS &&
	    question->ip6 == ip6 && !memcmp(source, returned ? question->source : question->target, size) &&
	    !memcmp(target, returned ? question->target : question->source, size))
		note_answer(question, frame + 6, frame);
}

static void read_ip4(struct probe *probe, int ifindex, const uint8_t *frame, size_t size)
{
	const uint8_t *message;
	struct ip4_hdr ip;
	size_t header;

	if (size < ETHER_HLEN + sizeof(ip))
		return;
	memcpy(&ip, frame + ETHER_HLEN, sizeof(ip));
	header = 4 * (ip.ver_ihl & 15u);
	if (header < sizeof(ip) || size < ETHER_HLEN + header + ICMP_SIZE)
		return;
	message = frame + ETHER_HLEN + header;
	if (ip.proto == IPPROTO_UDP)
		read_dns(probe, ifindex, frame, ip.src, message, size - ETHER_HLEN - header, false);
	else if (is_error(false, message[0]))
		read_error(probe, false, ip.src, message, size - ETHER_HLEN - header);
	else
		read_echo(probe, ifindex, frame, false, ip.src, ip.dst, message);
}

static void read_ip6(struct probe *probe, int ifindex, const uint8_t *frame, size_t size)
{
	const uint8_t *ip = frame + ETHER_HLEN, *icmp = ip + IP6_SIZE;

	if (size < ETHER_HLEN + IP6_SIZE + ICMP_SIZE || (ip[6] != IPPROTO_ICMPV6 && ip[6] != IPPROTO_UDP))
		return;
	if (ip[6] == IPPROTO_UDP)
		read_dns(probe, ifindex, frame, ip + 8, icmp, size - ETHER_HLEN - IP6_SIZE, true);
	else if (icmp[0] == ND_NA)
		read_advertisement(probe, ifindex, frame, size);
	else if (is_error(true, icmp[0]))
		read_error(probe, true, ip + 8, icmp, size - ETHER_HLEN - IP6_SIZE);
	else
		read_echo(probe, ifindex, frame, true, ip + 8, ip + 24, icmp);
}

static void receive(struct probe *probe)
{
	uint8_t frame[ETHER_HLEN + 128];
	struct sockaddr_ll from;
	socklen_t from_size = sizeof(from);
	ssize_t size;

	while ((size = recvfrom(probe->receive_fd, frame, sizeof(frame), MSG_DONTWAIT, (struct sockaddr *)&from,
				&from_size)) > 0) {
		if (size >= ETHER_HLEN && be16(frame + 12) == ETHERTYPE_ARP)
			read_arp(probe, from.sll_ifindex, frame, (size_t)size);
		else if (size >= ETHER_HLEN && be16(frame + 12) == ETHERTYPE_IP6)
			read_ip6(probe, from.sll_ifindex, frame, (size_t)size);
		else if (size >= ETHER_HLEN)
			read_ip4(probe, from.sll_ifindex, frame, (size_t)size);
		from_size = sizeof(from);
	}
}

static bool is_complete(const struct probe *probe)
{
	for (size_t i = 0; i < probe->count; i++)
		if (probe->questions[i].needed && is_open(probe, &probe->questions[i]))
			return false;
	return true;
}

/* Are there questions whose answers nobody expects? */
static bool has_others(const struct probe *probe)
{
	for (size_t i = 0; i < probe->count; i++)
		if (!probe->questions[i].needed)
			return true;
	return false;
}

static void wait_until(struct probe *probe, long long end, bool for_all)
{
	struct pollfd poll_fd = {.fd = probe->receive_fd, .events = POLLIN};

	for (;;) {
		long long left = end - wire_frame_now_ms();

		receive(probe); /* also after the end: this process may have waited for a processor since */
		if (left <= 0 || (!for_all && is_complete(probe)) || poll(&poll_fd, 1, (int)left) < 0)
			return;
	}
}

int wire_probe(struct wire_question *questions, size_t count, int wait_ms, struct wait_budget *budget)
{
	struct probe probe = {.questions = questions, .count = count};
	long long start = wire_frame_now_ms();
	int granted = wait_budget_take(budget, wait_ms + GRACE_MS);

	wait_ms = granted > GRACE_MS ? granted - GRACE_MS : 0;

	if (getrandom(&probe.id, sizeof(probe.id), 0) != sizeof(probe.id))
		return -errno;
	probe.send_fd = packet_open(MN_MARK);
	if (probe.send_fd < 0)
		return probe.send_fd;
	probe.receive_fd = wire_frame_receiver(false);
	if (probe.receive_fd < 0) {
		close(probe.send_fd);
		return probe.receive_fd;
	}
	send_all(&probe, false);
	wait_until(&probe, start + wait_ms / 2, false);
	for (int quarter = 3; quarter <= 4 && !is_complete(&probe); quarter++) {
		send_all(&probe, true);
		wait_until(&probe, start + wait_ms * quarter / 4, false);
	}
	if (has_others(&probe))
		wait_until(&probe, wire_frame_now_ms() + GRACE_MS, true);
	wait_budget_give_back(budget, granted, wire_frame_now_ms() - start);
	close(probe.send_fd);
	close(probe.receive_fd);
	return 0;
}
