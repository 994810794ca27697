/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * load: the rate of small UDP packets, counted at the receiver, and their round trip times.
 *
 *	load receive PORT SECONDS        prints {"packets", "seconds", "best"} of the received packets; "best" is the rate
 *	                                 of the best tenth of all slices of 5 ms, in which no other load disturbed
 *	load send ADDRESS PORT SECONDS   prints {"packets", "seconds", "cpu_seconds", "median_ns"} of the sent packets; on veth
 *	                                 pairs the sender's processor time is the whole cost of a packet; "median_ns" is that of
 *	                                 the median batch of 64 packets
 *	load echo PORT SECONDS           returns each packet to its sender
 *	load ping ADDRESS PORT SECONDS   prints {"trips", "p10_us", "median_us", "p99_us", "lost"}
 *
 * With 18 bytes of payload the Ethernet frame has the minimum length, 64 bytes with its FCS. Receivers poll without
 * sleeping: otherwise the figure would include the scheduler and the wake-up by the sender. Every mode ends after
 * SECONDS. -c CPU, before the mode, pins the process to a CPU.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAYLOAD     18
#define BATCH       64
#define TRIPS_MAX   2000000
#define SLICES      20000
#define SLICE_NS    5000000ull
#define BATCHES_MAX 200000
#define LOST_NS     20000000ull /* a packet without an answer by then is lost */

struct load_batch {
	struct mmsghdr messages[BATCH];
	struct iovec iov[BATCH];
	uint8_t data[BATCH][PAYLOAD];
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static uint64_t now_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static int fail(const char *what)
{
	fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
	return 1;
}

static void batch_init(struct load_batch *batch)
{
	memset(batch, 0, sizeof(*batch));
	for (int i = 0; i < BATCH; i++) {
		batch->iov[i] = (struct iovec){batch->data[i], PAYLOAD};
		batch->messages[i].msg_hdr.msg_iov = &batch->iov[i];
		batch->messages[i].msg_hdr.msg_iovlen = 1;
	}
}

static int open_socket(const char *address, const char *port, bool connected)
{
	struct sockaddr_in socket_address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;

	if (fd < 0)
		return -1;
	if (address && inet_pton(AF_INET, address, &socket_address.sin_addr) != 1) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	if (connected ? connect(fd, (struct sockaddr *)&socket_address, sizeof(socket_address))
		      : bind(fd, (struct sockaddr *)&socket_address, sizeof(socket_address))) {
		close(fd);
		return -1;
	}
	return fd;
}

static int compare_u32(const void *left, const void *right)
{
	uint32_t left_value = *(const uint32_t *)left, right_value = *(const uint32_t *)right;

	return left_value < right_value ? -1 : left_value > right_value;
}

/* Measures from the first to the last packet, so that sender and receiver need not start at the same time. */
static int receive(int fd, uint64_t limit)
{
	uint64_t end = now_ns() + limit, first = 0, last = 0, received = 0, slice = 0, slices;
	static uint32_t counts[SLICES];
	struct load_batch batch;

	batch_init(&batch);
	while (now_ns() < end) {
		int ret = recvmmsg(fd, batch.messages, BATCH, MSG_DONTWAIT, NULL);

		if (ret <= 0)
			continue;
		last = now_ns();
		if (!first) {
			first = last;
			continue;
		}
		received += (unsigned)ret;
		slice = (last - first) / SLICE_NS;
		if (slice < SLICES)
			counts[slice] += (unsigned)ret;
	}
	slices = slice < SLICES ? slice : SLICES; /* without the incomplete last slice */
	qsort(counts, slices, sizeof(*counts), compare_u32);
	printf("{\"packets\": %llu, \"seconds\": %.6f, \"best\": %.0f}\n", (unsigned long long)received,
	       (double)(last - first) / 1e9, slices ? counts[slices * 9 / 10] * (1e9 / SLICE_NS) : 0);
	return 0;
}

static int send_all(int fd, uint64_t limit)
{
	uint64_t start = now_ns(), end = start + limit, sent_count = 0, now, cpu, cpu_before = 0;
	static uint32_t costs[BATCHES_MAX]; /* processor time of each batch, ns */
	uint32_t count = 0;
	struct load_batch batch;

	batch_init(&batch);
	while ((now = now_ns()) < end) {
		int ret = sendmmsg(fd, batch.messages, BATCH, 0);

		cpu = clock_ns(CLOCK_PROCESS_CPUTIME_ID);
		if (ret == BATCH && cpu_before && count < BATCHES_MAX)
			costs[count++] = (uint32_t)(cpu - cpu_before);
		cpu_before = cpu;
		if (ret > 0)
			sent_count += (unsigned)ret;
		else if (errno != ENOBUFS && errno != ECONNREFUSED && errno != EAGAIN)
			return fail("sendmmsg");
	}
	qsort(costs, count, sizeof(*costs), compare_u32);
	printf("{\"packets\": %llu, \"seconds\": %.6f, \"cpu_seconds\": %.6f, \"median_ns\": %.1f}\n",
	       (unsigned long long)sent_count, (double)(now - start) / 1e9,
	       (double)clock_ns(CLOCK_PROCESS_CPUTIME_ID) / 1e9, count ? (double)costs[count / 2] / BATCH : 0);
	return 0;
}

static int echo(int fd, uint64_t limit)
{
	uint64_t end = now_ns() + limit;
	uint8_t data[PAYLOAD];
	struct sockaddr_in from;

	while (now_ns() < end) {
		socklen_t len = sizeof(from);
		ssize_t received = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT, (struct sockaddr *)&from, &len);

		if (received > 0)
			sendto(fd, data, (size_t)received, MSG_DONTWAIT, (struct sockaddr *)&from, len);
	}
	return 0;
}

/* Returns the nanoseconds of one round trip, or 0 if the packet is lost. */
static uint32_t round_trip(int fd, uint32_t number)
{
	uint8_t data[PAYLOAD] = {0};
	uint64_t begun = now_ns(), now;
	uint32_t answer;

	memcpy(data, &number, sizeof(number));
	if (send(fd, data, sizeof(data), 0) < 0)
		return 0;
	do {
		ssize_t len = recv(fd, data, sizeof(data), MSG_DONTWAIT);

		now = now_ns();
		memcpy(&answer, data, sizeof(answer));
		if (len == PAYLOAD && answer == number)
			return (uint32_t)(now - begun);
	} while (now - begun < LOST_NS);
	return 0;
}

static int ping(int fd, uint64_t limit)
{
	uint32_t *ns = calloc(TRIPS_MAX, sizeof(*ns)), answers = 0, number = 0;
	uint64_t end = now_ns() + limit, lost = 0;

	if (!ns)
		return fail("memory");
	while (now_ns() < end && answers < TRIPS_MAX) {
		uint32_t trip_ns = round_trip(fd, ++number);

		if (trip_ns)
			ns[answers++] = trip_ns;
		else
			lost++;
	}
	qsort(ns, answers, sizeof(*ns), compare_u32);
	printf("{\"trips\": %u, \"p10_us\": %.3f, \"median_us\": %.3f, \"p99_us\": %.3f, \"lost\": %llu}\n", answers,
	       answers ? ns[answers / 10] / 1e3 : 0, answers ? ns[answers / 2] / 1e3 : 0,
	       answers ? ns[(uint64_t)answers * 99 / 100] / 1e3 : 0, (unsigned long long)lost);
	free(ns);
	return answers ? 0 : 1;
}

static void pin_to_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		fail("cannot pin to the CPU"); /* not fatal: the machine may have fewer CPUs */
}

static int run_mode(int argc, char **argv)
{
	bool connected = argc == 4;
	uint64_t limit = (uint64_t)(atof(argv[argc - 1]) * 1e9);
	int fd = open_socket(connected ? argv[1] : NULL, argv[connected ? 2 : 1], connected);

	if (fd < 0)
		return fail("socket");
	if (!strcmp(argv[0], "receive"))
		return receive(fd, limit);
	if (!strcmp(argv[0], "echo"))
		return echo(fd, limit);
	return !strcmp(argv[0], "send") ? send_all(fd, limit) : ping(fd, limit);
}

int main(int argc, char **argv)
{
	int opt;
	bool connected;

	while ((opt = getopt(argc, argv, "+c:")) == 'c')
		pin_to_cpu(atoi(optarg));
	argc -= optind;
	argv += optind;
	connected = argc > 0 && (!strcmp(argv[0], "send") || !strcmp(argv[0], "ping"));
	if (opt != -1 || argc != (connected ? 4 : 3) ||
	    (!connected && strcmp(argv[0], "receive") != 0 && strcmp(argv[0], "echo") != 0)) {
		fprintf(stderr, "usage: load [-c CPU] receive|echo PORT SECONDS\n"
				"       load [-c CPU] send|ping ADDRESS PORT SECONDS\n");
		return 2;
	}
	return run_mode(argc, argv);
}
