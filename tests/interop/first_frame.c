/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * first_frame: a client of a station's control socket, in the emulated machine, that does what `wpa_cli -a` with a DHCP
 * client does, without the time that it takes to start them: with each CTRL-EVENT-CONNECTED it sends a frame at once.
 *
 *	usage: first_frame SOCKET INTERFACE TIMES
 *
 * It lets the station leave and come back, and writes "sent N running" or "sent N dormant" for each connection, or the
 * error of the kernel. The frame is a broadcast of ETH_P_802_EX1 with the number in its first byte. Exit code 1: the station
 * has not connected within ten seconds.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, PAUSE_MS = 300 };

static int connect_to(const char *path)
{
	struct sockaddr_un own = {.sun_family = AF_UNIX}, other = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);

	snprintf(own.sun_path, sizeof(own.sun_path), "/tmp/first_frame-%d", getpid());
	snprintf(other.sun_path, sizeof(other.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&own, sizeof(own)) ||
	    connect(fd, (struct sockaddr *)&other, sizeof(other)))
		return -1;
	return fd;
}

/* Reads until a message contains the text. Returns false when the station is silent for too long. */
static int await(int fd, const char *text)
{
	char message[4096];
	struct pollfd readable = {.fd = fd, .events = POLLIN};

	while (poll(&readable, 1, PATIENCE_MS) > 0) {
		ssize_t len = recv(fd, message, sizeof(message) - 1, 0);

		if (len < 0)
			return 0;
		message[len] = 0;
		if (strstr(message, text))
			return 1;
	}
	return 0;
}

static int command(int fd, const char *text)
{
	return send(fd, text, strlen(text), 0) > 0 && await(fd, "OK");
}

static void send_frame(int packets, const char *interface, int number)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = __builtin_bswap16(ETH_P_802_EX1),
				 .sll_ifindex = (int)if_nametoindex(interface),
				 .sll_halen = ETH_ALEN,
				 .sll_addr = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	unsigned char payload[46] = {(unsigned char)number};
	struct ifreq request = {0};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (sendto(packets, payload, sizeof(payload), 0, (struct sockaddr *)&to, sizeof(to)) < 0)
		printf("lost %d %s\n", number, strerror(errno));
	else if (!ioctl(packets, SIOCGIFFLAGS, &request))
		printf("sent %d %s\n", number, request.ifr_flags & IFF_RUNNING ? "running" : "dormant");
}

int main(int argc, char **argv)
{
	int fd = argc == 4 ? connect_to(argv[1]) : -1, packets = socket(AF_PACKET, SOCK_DGRAM, 0);

	if (fd < 0 || packets < 0 || !command(fd, "ATTACH"))
		return 64;
	for (int number = 1; number <= atoi(argv[3]); number++) {
		if (!command(fd, "DISCONNECT") || !command(fd, "RECONNECT") || !await(fd, "CTRL-EVENT-CONNECTED"))
			return 1;
		send_frame(packets, argv[2], number);
		poll(NULL, 0, PAUSE_MS);
	}
	return 0;
}
