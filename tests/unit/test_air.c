/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client of the air, with an air that does what a test tells it to. */
#include "unit.h"

#include "air/client.h"
#include "radio/radio.h"
#include "wire/le.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The other end. */
struct fake_daemon {
	char folder[64], path[96];
	int listener, fd;
	struct air_message answer;        /* to the next thing that is asked */
	struct air_message earlier_event; /* what else comes first; kind 0: nothing */
	pthread_t thread;
	uint8_t got[AIR_RECORD_MAX];
	ssize_t len;
};

static size_t write_record(uint8_t *record, const struct air_message *message)
{
	size_t len = air_message_write(record, message);

	assert_true(len > 0);
	if (message->len)
		memcpy(record + len, message->bytes, message->len);
	return len + message->len;
}

static void send_message(struct fake_daemon *fake, const struct air_message *message)
{
	static uint8_t record[AIR_RECORD_MAX];

	assert_true(send(fake->fd, record, write_record(record, message), MSG_NOSIGNAL) > 0);
}

/* Answers one question. */
static void *answer_request(void *user)
{
	struct fake_daemon *fake = user;

	if (fake->fd < 0)
		fake->fd = accept(fake->listener, NULL, NULL);
	fake->len = recv(fake->fd, fake->got, sizeof fake->got, 0);
	if (fake->earlier_event.kind)
		send_message(fake, &fake->earlier_event);
	send_message(fake, &fake->answer);
	return NULL;
}

static void start_answer(struct fake_daemon *fake, struct air_message message)
{
	fake->answer = message;
	assert_int_equal(pthread_create(&fake->thread, NULL, answer_request, fake), 0);
}

static void wait_for_answer(struct fake_daemon *fake)
{
	pthread_join(fake->thread, NULL);
}

static struct fake_daemon *fake_daemon_new(void)
{
	struct fake_daemon *fake = calloc(1, sizeof *fake);
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	strcpy(fake->folder, "/tmp/vifi-test-XXXXXX");
	assert_non_null(mkdtemp(fake->folder));
	snprintf(fake->path, sizeof fake->path, "%s/air", fake->folder);
	strcpy(un.sun_path, fake->path);
	fake->fd = -1;
	fake->listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(bind(fake->listener, (struct sockaddr *)&un, sizeof un), 0);
	assert_int_equal(listen(fake->listener, 8), 0);
	return fake;
}

static void fake_daemon_free(struct fake_daemon *fake)
{
	if (fake->fd >= 0)
		close(fake->fd);
	close(fake->listener);
	unlink(fake->path);
	rmdir(fake->folder);
	free(fake);
}

static struct radio *join_medium(struct fake_daemon *fake)
{
	struct radio *radio;
	struct error error = {{0}};

	start_answer(fake, (struct air_message){.kind = AIR_WELCOME, .version = AIR_VERSION, .radio = 1});
	radio = radio_open_air(fake->path, "sta1", &error);
	wait_for_answer(fake);
	assert_non_null(radio);
	return radio;
}

static bool is_readable(const struct radio *radio)
{
	struct pollfd pollfd = {.fd = radio->fd, .events = POLLIN};

	return poll(&pollfd, 1, 0) > 0;
}

static struct radio_tx tx_frame(uint32_t cookie, size_t len)
{
	return (struct radio_tx){.frame = frame_new(0, len, 0), .cookie = cookie, .freq_mhz = 5180};
}

static void client_joins_medium(void **state)
{
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);
	struct air_message message;
	size_t at = 0;

	(void)state;
	assert_int_equal(air_message_read(fake->got, (size_t)fake->len, &at, &message), 1);
	assert_int_equal(message.kind, AIR_HELLO);
	assert_int_equal(message.magic, AIR_MAGIC);
	assert_memory_equal(message.bytes, "sta1", 4);
	radio->ops->close(radio);
	fake_daemon_free(fake);
}

static void refused_join_reports_reason(void **state)
{
	static const char no[] = "no room here";
	struct fake_daemon *fake = fake_daemon_new();
	struct error error = {{0}};
	char path[200];

	(void)state;
	start_answer(fake,
		     (struct air_message){
			     .kind = AIR_ERROR, .code = EPERM, .bytes = (const uint8_t *)no, .len = sizeof no - 1});
	assert_null(radio_open_air(fake->path, "sta1", &error));
	wait_for_answer(fake);
	assert_non_null(strstr(error.text, no));
	assert_null(radio_open_air(fake->path, "", &error));
	assert_non_null(strstr(error.text, "is no name"));
	assert_null(radio_open_air("/nowhere/air", "sta1", &error));
	assert_non_null(strstr(error.text, "start `vifi air` first"));
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_null(radio_open_air(path, "sta1", &error));
	assert_non_null(strstr(error.text, "at most"));
	fake_daemon_free(fake);
}

/* What comes while an answer is waited for is not lost, and the descriptor tells that it is there. */
static void event_before_answer_is_kept(void **state)
{
	static const uint8_t addr[1][6] = {{2, 0, 0, 0, 0, 1}}, mpdu[30] = {8};
	struct radio_event radio_events[RADIO_BATCH];
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);

	(void)state;
	fake->earlier_event = (struct air_message){
		.kind = AIR_RECEIVED, .time_ns = 7, .signal_dbm = -60, .tries = 2, .bytes = mpdu, .len = sizeof mpdu};
	start_answer(fake, (struct air_message){.kind = AIR_DONE});
	assert_int_equal(radio->ops->addresses(radio, addr, 1), 0);
	wait_for_answer(fake);
	assert_true(is_readable(radio));
	assert_int_equal(radio->ops->receive(radio, radio_events), 1);
	assert_int_equal(radio_events[0].kind, RADIO_RECEIVED);
	assert_int_equal(radio_events[0].tries, 2);
	assert_int_equal(radio_events[0].frame->meta.signal_dbm, -60);
	assert_int_equal(radio_events[0].frame->len, sizeof mpdu);
	frame_free(radio_events[0].frame);
	assert_false(is_readable(radio));
	fake->earlier_event.kind = 0;
	start_answer(fake, (struct air_message){.kind = AIR_ERROR, .code = EADDRINUSE});
	assert_int_equal(radio->ops->addresses(radio, addr, 1), -EADDRINUSE);
	wait_for_answer(fake);
	radio->ops->close(radio);
	fake_daemon_free(fake);
}

/* Nobody reads: frames wait, then the room is used up, and what finds none has its fate at once.  Then it all goes. */
static void full_socket_fails_transmission(void **state)
{
	struct radio_event radio_events[RADIO_BATCH];
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);
	static uint8_t record[AIR_RECORD_MAX];
	uint32_t cookie = 0, lost = 0, sent = 0, expected = 1;
	int result = 0;

	(void)state;
	while (!result && cookie < 100000) {
		struct radio_tx tx = tx_frame(++cookie, 1500);

		result = radio->ops->send(radio, &tx, 1);
	}
	assert_int_equal(result, -ENOBUFS);
	assert_int_equal(radio->ops->room(radio), 0);
	assert_true(is_readable(radio));
	assert_int_equal(radio->ops->receive(radio, radio_events), 1);
	assert_int_equal(radio_events[0].kind, RADIO_TX_STATUS);
	assert_int_equal(radio_events[0].cookie, cookie);
	assert_false(radio_events[0].acked);
	lost = cookie;
	/* The air reads again: what waited comes, in order, whenever the client is looked at. */
	for (;;) {
		ssize_t len = recv(fake->fd, record, sizeof record, MSG_DONTWAIT);
		struct air_message message;
		size_t at = 0;

		if (len < 0 && !is_readable(radio))
			break;
		if (len < 0)
			assert_int_equal(radio->ops->receive(radio, radio_events), 0);
		while (len > 0 && air_message_read(record, (size_t)len, &at, &message) > 0) {
			assert_int_equal(message.kind, AIR_SEND);
			assert_int_equal(message.cookie, expected++);
			sent++;
		}
	}
	assert_int_equal(sent, lost - 1);
	assert_int_equal(radio->ops->room(radio), 1024);
	radio->ops->close(radio);
	fake_daemon_free(fake);
}

static void unsendable_frame_gets_tx_status(void **state)
{
	struct radio_event radio_events[RADIO_BATCH];
	struct radio_tx tx[] = {tx_frame(1, AIR_FRAME_MAX + 1), tx_frame(2, 0), tx_frame(0, 0), tx_frame(3, 100)};
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);

	(void)state;
	assert_int_equal(radio->ops->send(radio, tx, COUNT(tx)), -ENOBUFS);
	assert_int_equal(radio->ops->receive(radio, radio_events), 2);
	assert_int_equal(radio_events[0].cookie, 1);
	assert_int_equal(radio_events[1].cookie, 2);
	radio->ops->close(radio);
	fake_daemon_free(fake);
}

static void lost_medium_is_reported_once(void **state)
{
	struct radio_event radio_events[RADIO_BATCH];
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);
	struct radio_tx tx = tx_frame(9, 100);

	(void)state;
	send_message(fake, &(struct air_message){.kind = AIR_STATUS, .cookie = 5, .on = 1, .tries = 1});
	close(fake->fd);
	fake->fd = -1;
	assert_true(is_readable(radio));
	assert_int_equal(radio->ops->receive(radio, radio_events), 2);
	assert_int_equal(radio_events[0].kind, RADIO_TX_STATUS);
	assert_true(radio_events[0].acked);
	assert_int_equal(radio_events[1].kind, RADIO_GONE);
	assert_false(is_readable(radio));
	assert_int_equal(radio->ops->receive(radio, radio_events), 0);
	assert_int_equal(radio->ops->send(radio, &tx, 1), -ENETDOWN);
	assert_int_equal(radio->ops->receive(radio, radio_events), 1);
	assert_int_equal(radio_events[0].cookie, 9);
	assert_int_equal(radio->ops->tune(radio, 5180), -ENETDOWN);
	radio->ops->close(radio);
	fake_daemon_free(fake);
}

/* An air that does not keep to the protocol is none. */
static void malformed_record_closes_medium(void **state)
{
	struct radio_event radio_events[RADIO_BATCH];
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);

	(void)state;
	assert_true(send(fake->fd, "\xff\xff\xff\xff\xff", 5, 0) == 5);
	assert_int_equal(radio->ops->receive(radio, radio_events), 1);
	assert_int_equal(radio_events[0].kind, RADIO_GONE);
	radio->ops->close(radio);
	fake_daemon_free(fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_joins_medium),
		cmocka_unit_test(refused_join_reports_reason),
		cmocka_unit_test(event_before_answer_is_kept),
		cmocka_unit_test(full_socket_fails_transmission),
		cmocka_unit_test(unsendable_frame_gets_tx_status),
		cmocka_unit_test(lost_medium_is_reported_once),
		cmocka_unit_test(malformed_record_closes_medium),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
