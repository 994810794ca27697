/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/wire_frame.h"

#include "base/mac.h"
#include "netdev/packet.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ip.h"
#include "wire/neigh.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { DONT_FRAGMENT = 0x4000, TTL = 64, NS_PER_MS = 1000000 };

long long wire_frame_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / NS_PER_MS;
}

static uint16_t checksum(uint32_t sum, const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		sum += i & 1 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put_ip4(uint8_t *at, const struct wire_question *question, size_t size)
{
	struct ip4_hdr ip = {.ver_ihl = 0x45, .ttl = question->ttl ? question->ttl : TTL};

	ip.proto = question->kind == WIRE_DNS ? IPPROTO_UDP : IPPROTO_ICMP;
	put_be16(ip.len, (uint16_t)size);
	put_be16(ip.frag, DONT_FRAGMENT);
	memcpy(ip.src, question->source, 4);
	memcpy(ip.dst, question->target, 4);
	put_be16(ip.csum, checksum(0, (const uint8_t *)&ip, sizeof(ip)));
	memcpy(at, &ip, sizeof(ip));
}

static void put_ip6(uint8_t *at, const struct wire_question *question, size_t size)
{
	at[0] = 0x60;
	put_be16(at + 4, (uint16_t)(size - IP6_SIZE));
	at[6] = question->kind == WIRE_DNS ? IPPROTO_UDP : IPPROTO_ICMPV6;
	at[7] = question->ttl ? question->ttl : TTL;
	memcpy(at + 8, question->source, 16);
	memcpy(at + 24, question->target, 16);
}

static void put_ip(uint8_t *frame, const struct wire_question *question, size_t size)
{
	memset(frame, 0, ETHER_HLEN + size);
	mac_copy(frame, question->mac);
	mac_copy(frame + 6, question->own_mac);
	put_be16(frame + 12, question->ip6 ? ETHERTYPE_IP6 : ETHERTYPE_IP4);
	if (question->ip6)
		put_ip6(frame + ETHER_HLEN, question, size);
	else
		put_ip4(frame + ETHER_HLEN, question, size);
}

/* A query for the name servers of the root zone, with recursion desired. IPv6 needs the checksum (RFC 8200, 8.1). */
static size_t put_dns(uint8_t *frame, const struct wire_question *question, uint16_t id, uint16_t sequence)
{
	enum { TYPE_NS = 2, CLASS_IN = 1, QUESTION_SIZE = 5 };
	size_t header = question->ip6 ? IP6_SIZE : IP4_SIZE, length = UDP_SIZE + DNS_HEADER_SIZE + QUESTION_SIZE;
	uint8_t *udp = frame + ETHER_HLEN + header, *dns = udp + UDP_SIZE;

	put_ip(frame, question, header + length);
	put_be16(udp, wire_frame_port(id));
	put_be16(udp + 2, DNS_PORT);
	put_be16(udp + 4, (uint16_t)length);
	put_be16(dns, sequence);
	dns[2] = 1;
	dns[5] = 1;
	put_be16(dns + DNS_HEADER_SIZE + 1, TYPE_NS);
	put_be16(dns + DNS_HEADER_SIZE + 3, CLASS_IN);
	if (question->ip6)
		put_be16(udp + 6, checksum((uint32_t)length + IPPROTO_UDP, udp - 32, 32 + length));
	return ETHER_HLEN + header + length;
}

static size_t put_icmp(uint8_t *frame, const struct wire_question *question, uint16_t id, uint16_t sequence)
{
	size_t header = question->ip6 ? IP6_SIZE : IP4_SIZE;
	size_t size = question->size > header + ICMP_SIZE ? question->size : header + ICMP_SIZE;
	uint8_t *icmp = frame + ETHER_HLEN + header;
	bool request = question->kind == WIRE_ECHO;
	uint32_t pseudo = 0; /* header, which ICMPv6 covers, too: the addresses are those before the message */

	put_ip(frame, question, size);
	if (question->ip6) {
		pseudo = (uint32_t)(size - header) + IPPROTO_ICMPV6;
		icmp[0] = request ? ICMP6_REQUEST : ICMP6_REPLY;
	} else {
		icmp[0] = request ? ICMP_REQUEST : ICMP_REPLY;
	}
	put_be16(icmp + 4, id);
	put_be16(icmp + 6, sequence);
	if (question->ip6)
		put_be16(icmp + 2, checksum(pseudo, icmp - 32, 32 + size - header));
	else
		put_be16(icmp + 2, checksum(0, icmp, size - header));
	return ETHER_HLEN + size;
}

static size_t put_neighbour(uint8_t *frame, const struct wire_question *question)
{
	static const uint8_t none[16];
	struct neigh_ether ether = {.vlan = 0};

	memcpy(ether.src, question->own_mac, 6);
	memset(ether.dst, 0xff, 6);
	if (!mac_is_zero(question->mac))
		mac_copy(ether.dst, question->mac);
	if (!question->ip6)
		return neigh_arp_request(frame, &ether, question->source, question->target);
	if (!memcmp(question->source, none, 16))
		return neigh_ns_probe(frame, &ether, question->target);
	if (!mac_is_zero(question->mac))
		return neigh_ns_unicast(frame, &ether, question->source, question->target);
	return neigh_ns_multicast(frame, &ether, question->source, question->target);
}

size_t wire_frame_put(uint8_t frame[WIRE_FRAME_MAX], const struct wire_question *question, uint16_t id,
		      uint16_t sequence)
{
	return question->kind == WIRE_ARP   ? put_neighbour(frame, question)
	       : question->kind == WIRE_DNS ? put_dns(frame, question, id, sequence)
					    : put_icmp(frame, question, id, sequence);
}

int wire_frame_receiver(bool outgoing)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 15),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_ARP, 12, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP6, 6, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETHERTYPE_IP4, 0, 11),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETHER_HLEN + 9),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMP, 8, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 8),
		BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, ETHER_HLEN),
		BPF_JUMP(BPF_JMP | BPF_JA, 3, 0, 0),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, ETHER_HLEN + 6),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_ICMPV6, 3, 0),
		BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, IP6_SIZE),
		BPF_STMT(BPF_LD | BPF_H | BPF_IND, ETHER_HLEN),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DNS_PORT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, ETHER_HLEN + 128),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(0x0003)}; /* ETH_P_ALL */
	const int ignore = !outgoing;
	int fd = packet_open(0), ret;

	if (fd < 0)
		return fd;
	if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &ignore, sizeof(ignore)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) == 0 &&
	    bind(fd, (const struct sockaddr *)&all, sizeof(all)) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}
