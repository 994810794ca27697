/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/host_probe.h"

#include "why/wire_frame.h"
#include "wire/be.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

/* The kernel computes the checksum of ICMPv6 only. */
static void put_request(uint8_t icmp[ICMP_SIZE], bool ip6, uint16_t id)
{
	uint32_t sum;

	memset(icmp, 0, ICMP_SIZE);
	icmp[0] = ip6 ? ICMP6_REQUEST : ICMP_REQUEST;
	put_be16(icmp + 4, id);
	sum = be16(icmp) + be16(icmp + 4);
	sum = (sum & 0xffff) + (sum >> 16);
	if (!ip6)
		put_be16(icmp + 2, (uint16_t)~sum);
}

static bool is_answer(const uint8_t *packet, size_t size, bool ip6, uint16_t id)
{
	size_t header = ip6 || !size ? 0 : 4 * (packet[0] & 15u); /* of IPv6 the socket delivers the message only */

	return size >= header + ICMP_SIZE && packet[header] == (ip6 ? ICMP6_REPLY : ICMP_REPLY) &&
	       be16(packet + header + 4) == id;
}

static int await_answer(int fd, bool ip6, uint16_t id, long long end)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
	uint8_t packet[256];

	for (;;) {
		long long left = end - wire_frame_now_ms();
		ssize_t size;

		while ((size = recv(fd, packet, sizeof(packet), MSG_DONTWAIT)) > 0)
			if (is_answer(packet, (size_t)size, ip6, id))
				return 1;
		if (left <= 0 || poll(&poll_fd, 1, (int)left) < 0)
			return 0;
	}
}

int host_probe(bool ip6, const uint8_t *address, int wait_ms, struct wait_budget *budget)
{
	struct sockaddr_in to4 = {.sin_family = AF_INET};
	struct sockaddr_in6 to6 = {.sin6_family = AF_INET6};
	uint8_t icmp[ICMP_SIZE];
	long long start = wire_frame_now_ms();
	uint16_t id;
	int fd, ret = 0;

	if (getrandom(&id, sizeof(id), 0) != sizeof(id))
		return -errno;
	fd = socket(ip6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_CLOEXEC, ip6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
	if (fd < 0)
		return -errno;
	memcpy(&to4.sin_addr, address, 4);
	memcpy(&to6.sin6_addr, address, ip6 ? 16 : 4);
	put_request(icmp, ip6, id);
	wait_ms = wait_budget_take(budget, wait_ms);
	for (int i = 0; i < 2 && ret == 0; i++) {
		ret = sendto(fd, icmp, sizeof(icmp), MSG_DONTWAIT,
			     ip6 ? (struct sockaddr *)&to6 : (struct sockaddr *)&to4,
			     ip6 ? sizeof(to6) : sizeof(to4)) < 0
			      ? -errno
			      : await_answer(fd, ip6, id, start + wait_ms * (i + 1) / 2);
	}
	wait_budget_give_back(budget, wait_ms, wire_frame_now_ms() - start);
	close(fd);
	return ret;
}
