/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "daemon/event_loop.h"

#include <errno.h>
#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#define GROUP (1u << 16)

struct reader {
	unsigned calls;
	bool lost, received;
};

static void on_readable(uv_poll_t *poll, int status, int events)
{
	struct reader *reader = poll->data;
	char bytes[16];
	ssize_t len;
	int fd;

	(void)events;
	event_loop_keep_polling(poll, status, on_readable);
	assert_int_equal(uv_fileno((uv_handle_t *)poll, &fd), 0);
	while ((len = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT)) >= 0)
		reader->received = true;
	reader->lost |= errno == ENOBUFS;
	reader->calls++;
}

static int open_netlink(unsigned groups)
{
	struct sockaddr_nl addr = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_USERSOCK);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	return fd;
}

/* Messages to the group; a hundred are more than its receiver has room for. */
static void multicast(int fd, unsigned count)
{
	struct sockaddr_nl group = {.nl_family = AF_NETLINK, .nl_groups = GROUP};
	char bytes[1024] = {0};

	while (count--)
		sendto(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&group, sizeof(group));
}

static void socket_with_lost_messages_is_polled_on(void **state)
{
	int sender = open_netlink(0), receiver = open_netlink(GROUP), size = 1;
	struct reader reader = {0};
	uv_loop_t loop;
	uv_poll_t poll = {.data = &reader};

	(void)state;
	assert_int_equal(setsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(uv_poll_init(&loop, &poll, receiver), 0);
	uv_poll_start(&poll, UV_READABLE, on_readable);
	multicast(sender, 100);
	for (int i = 0; i < 5; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_true(reader.lost);

	reader = (struct reader){0};
	for (int i = 0; i < 5; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_int_equal(reader.calls, 0); /* it does not spin */
	multicast(sender, 1);
	for (int i = 0; i < 5 && !reader.received; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	assert_true(reader.received);

	event_loop_close(&loop);
	close(sender);
	close(receiver);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(socket_with_lost_messages_is_polled_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
