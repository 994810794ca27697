/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/wire_probe.h"

#include "base/mac.h"
#include "macnat/model.h"
#include "netdev/packet.h"
#include "wire/arp.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ip.h"
#include "wire/neigh.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	ICMP_SIZE = 8,
	ICMP_REPLY = 0,
	ICMP_REQUEST = 8,
	IP4_SIZE = sizeof(struct ip4_hdr),
	FRAME_MAX = 9216,
	GRACE_MS = 60, /* for answers that are not awaited, and second ones from another MAC address */
	DONT_FRAGMENT = 0x4000,
	TTL = 64,
	NS_PER_MS = 1000000,
};

struct probe {
	struct wire_question *questions;
	size_t count;
	int send_fd, receive_fd;
	uint16_t id; /* of the echo requests; the number of the question is their sequence */
};

static long long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / NS_PER_MS;
}

/* ---- sending ---- */

static uint16_t checksum(const uint8_t *bytes, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static size_t put_icmp(uint8_t *frame, const struct wire_question *question, uint16_t id, uint16_t sequence)
{
	size_t size = question->size > IP4_SIZE + ICMP_SIZE ? question->size : IP4_SIZE + ICMP_SIZE;
	uint8_t *icmp = frame + ETHER_HLEN + IP4_SIZE;
	struct ip4_hdr ip = {.ver_ihl = 0x45, .ttl = TTL, .proto = IPPROTO_ICMP};

	memset(frame, 0, ETHER_HLEN + size);
	mac_copy(frame, question->mac);
	mac_copy(frame + 6, question->own_mac);
	put_be16(frame + 12, ETHERTYPE_IP4);
	put_be16(ip.len, (uint16_t)size);
	put_be16(ip.frag, DONT_FRAGMENT);
	memcpy(ip.src, question->source, 4);
	memcpy(ip.dst, question->target, 4);
	put_be16(ip.csum, checksum((const uint8_t *)&ip, sizeof(ip)));
	memcpy(frame + ETHER_HLEN, &ip, sizeof(ip));
	icmp[0] = question->kind == WIRE_ECHO ? ICMP_REQUEST : ICMP_REPLY;
	put_be16(icmp + 4, id);
	put_be16(icmp + 6, sequence);
	put_be16(icmp + 2, checksum(icmp, size - IP4_SIZE));
	return ETHER_HLEN + size;
}

static void send_all(const struct probe *probe)
{
	uint8_t frame[FRAME_MAX];

	for (size_t i = 0; i < probe->count; i++) {
		const struct wire_question *question = &probe->questions[i];
		struct neigh_ether ether;
		size_t size;

		if (question->answered || question->size > FRAME_MAX - ETHER_HLEN)
			continue;
		memcpy(ether.src, question->own_mac, 6);
		memset(ether.dst, 0xff, 6);
		if (!mac_is_zero(question->mac))
			mac_copy(ether.dst, question->mac);
		ether.vlan = 0;
		size = question->kind == WIRE_ARP ? neigh_arp_request(frame, &ether, question->source, question->target)
						  : put_icmp(frame, question, probe->id, (uint16_t)i);
		packet_send(probe->send_fd, question->ifindex, frame, size);
	}
}

/* ---- receiving ---- */

static void note_answer(struct wire_question *question, const uint8_t mac[6])
{
	if (!question->answered)
		mac_copy(question->by, mac);
	else if (!mac_equal(question->by, mac))
		mac_copy(question->also_by, mac);
	question->answered = true;
}

/* A reply with the MAC address of the asking interface is of an access point that answers for its stations. */
static void read_arp(struct probe *probe, int ifindex, const uint8_t *frame, size_t size)
{
	struct arp_ether_ip4 arp;

	if (size < ETHER_HLEN + sizeof(arp))
		return;
	memcpy(&arp, frame + ETHER_HLEN, sizeof(arp));
	if (be16(arp.htype) != ARP_ETHERNET || be16(arp.ptype) != ETHERTYPE_IP4 || be16(arp.op) != ARP_REPLY)
		return;
	for (size_t i = 0; i < probe->count; i++) {
		struct wire_question *question = &probe->questions[i];

		if (question->kind == WIRE_ARP && question->ifindex == ifindex &&
		    !memcmp(arp.spa, question->target, 4) && !memcmp(arp.tpa, question->source, 4) &&
		    !mac_equal(arp.sha, question->own_mac))
			note_answer(question, arp.sha);
	}
}

static void read_icmp(struct probe *probe, int ifindex, const uint8_t *frame, size_t size)
{
	struct wire_question *question;
	const uint8_t *icmp;
	struct ip4_hdr ip;
	size_t header;
	bool returned;

	if (size < ETHER_HLEN + sizeof(ip))
		return;
	memcpy(&ip, frame + ETHER_HLEN, sizeof(ip));
	header = 4 * (ip.ver_ihl & 15u);
	icmp = frame + ETHER_HLEN + header;
	if (header < sizeof(ip) || size < ETHER_HLEN + header + ICMP_SIZE || icmp[0] != ICMP_REPLY ||
	    be16(icmp + 4) != probe->id || be16(icmp + 6) >= probe->count)
		return;
	question = &probe->questions[be16(icmp + 6)];
	returned = question->kind == WIRE_RETURN;
	if (question->ifindex == ifindex && question->kind != WIRE_ARP &&
	    !memcmp(ip.src, returned ? question->source : question->target, 4) &&
	    !memcmp(ip.dst, returned ? question->target : question->source, 4))
		note_answer(question, frame + 6);
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
		else if (size >= ETHER_HLEN)
			read_icmp(probe, from.sll_ifindex, frame, (size_t)size);
		from_size = sizeof(from);
	}
}

static bool is_complete(const struct probe *probe)
{
	for (size_t i = 0; i < probe->count; i++)
		if (probe->questions[i].needed && !probe->questions[i].answered)
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
		long long left = end - now_ms();

		receive(probe); /* also after the end: this process may have waited for a processor since */
		if (left <= 0 || (!for_all && is_complete(probe)) || poll(&poll_fd, 1, (int)left) < 0)
			return;
	}
}

/* Of all interfaces, only ARP and ICMP. The kernel has removed the tag of a frame of a VLAN, which is another network. */
static int open_receiver(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 6),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_ARP, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP4, 0, 3),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETHER_HLEN + 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ETHER_HLEN + 128),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(0x0003)}; /* ETH_P_ALL */
	const int on = 1;
	int fd = packet_open(0), ret;

	if (fd < 0)
		return fd;
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof(on)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 &&
	    bind(fd, (const struct sockaddr *)&all, sizeof(all)) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

int wire_probe(struct wire_question *questions, size_t count, int wait_ms)
{
	struct probe probe = {.questions = questions, .count = count};
	long long start = now_ms();

	if (getrandom(&probe.id, sizeof(probe.id), 0) != sizeof(probe.id))
		return -errno;
	probe.send_fd = packet_open(MN_MARK);
	if (probe.send_fd < 0)
		return probe.send_fd;
	probe.receive_fd = open_receiver();
	if (probe.receive_fd < 0) {
		close(probe.send_fd);
		return probe.receive_fd;
	}
	send_all(&probe);
	wait_until(&probe, start + wait_ms / 2, false);
	if (!is_complete(&probe)) {
		send_all(&probe);
		wait_until(&probe, start + wait_ms, false);
	}
	if (has_others(&probe))
		wait_until(&probe, now_ms() + GRACE_MS, true);
	close(probe.send_fd);
	close(probe.receive_fd);
	return 0;
}
