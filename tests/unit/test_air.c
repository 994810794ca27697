/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The client of `vifi air`, against a scripted server. */
#include "unit.h"

#include "air/client.h"
#include "wire/le.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The server's end of the socket, and the loop of the client. */
struct fake_daemon {
	char folder[64], path[96];
	int listener, fd;
	uv_loop_t loop;
	unsigned ready; /* calls of the owner */
	uint8_t got[AIR_RECORD_MAX];
	ssize_t len;
	struct radio_event events[RADIO_BATCH];
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

static void on_ready(void *user)
{
	((struct fake_daemon *)user)->ready++;
}

/* Runs the client's loop for one turn. Returns whether it called the owner. */
static bool is_ready(struct fake_daemon *fake)
{
	fake->ready = 0;
	uv_run(&fake->loop, UV_RUN_NOWAIT);
	return fake->ready > 0;
}

static int receive_events(struct fake_daemon *fake, struct radio *radio)
{
	return radio->ops->receive(radio, fake->events);
}

/* Reads the next record of the client. Returns false if there is none. */
static bool read_record(struct fake_daemon *fake)
{
	fake->len = recv(fake->fd, fake->got, sizeof(fake->got), MSG_DONTWAIT);
	return fake->len > 0;
}

static struct air_message first_message(struct fake_daemon *fake)
{
	struct air_message message;
	size_t at = 0;

	assert_int_equal(air_message_read(fake->got, (size_t)fake->len, &at, &message), 1);
	return message;
}

static struct fake_daemon *fake_daemon_new(void)
{
	struct fake_daemon *fake = calloc(1, sizeof(*fake));
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	strcpy(fake->folder, "/tmp/vifi-test-XXXXXX");
	assert_non_null(mkdtemp(fake->folder));
	snprintf(fake->path, sizeof(fake->path), "%s/air", fake->folder);
	strcpy(un.sun_path, fake->path);
	fake->fd = -1;
	fake->listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(bind(fake->listener, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fake->listener, 8), 0);
	assert_int_equal(uv_loop_init(&fake->loop), 0);
	return fake;
}

static void fake_daemon_free(struct fake_daemon *fake, struct radio *radio)
{
	if (radio)
		radio->ops->close(radio);
	uv_run(&fake->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&fake->loop), 0);
	if (fake->fd >= 0)
		close(fake->fd);
	close(fake->listener);
	unlink(fake->path);
	rmdir(fake->folder);
	free(fake);
}

/* Opens the radio; the fake air has read its HELLO. */
static struct radio *open_radio(struct fake_daemon *fake)
{
	const struct radio_owner owner = {on_ready, fake};
	struct error error;
	struct radio *radio = air_radio_open(&fake->loop, fake->path, "sta1", owner, &error);

	assert_non_null(radio);
	fake->fd = accept(fake->listener, NULL, NULL);
	assert_true(read_record(fake));
	return radio;
}

static struct radio *join_medium(struct fake_daemon *fake)
{
	struct radio *radio = open_radio(fake);

	send_message(fake, &(struct air_message){.kind = AIR_WELCOME, .version = AIR_VERSION, .radio = 1});
	assert_true(is_ready(fake));
	assert_int_equal(receive_events(fake, radio), 1);
	assert_int_equal(fake->events[0].kind, RADIO_JOINED);
	return radio;
}

static struct radio_tx tx_frame(uint32_t cookie, size_t len)
{
	return (struct radio_tx){.frame = frame_new(0, len, 0), .cookie = cookie, .freq_mhz = 5180};
}

/* Sends frames until the client has no room. Returns the cookie of the one that found none. */
static uint32_t fill_queue(struct radio *radio)
{
	uint32_t cookie = 0;
	int result = 0;

	while (!result && cookie < 100000) {
		struct radio_tx tx = tx_frame(++cookie, 1500);

		result = radio->ops->send(radio, &tx, 1);
	}
	assert_int_equal(result, -ENOBUFS);
	assert_int_equal(radio->ops->room(radio), 0);
	return cookie;
}

static void client_joins_medium(void **state)
{
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = open_radio(fake);
	struct air_message message = first_message(fake);

	(void)state;
	assert_int_equal(message.kind, AIR_HELLO);
	assert_int_equal(message.magic, AIR_MAGIC);
	assert_memory_equal(message.bytes, "sta1", 4);
	assert_int_equal(receive_events(fake, radio), 0);
	fake_daemon_free(fake, radio);
}

/* RADIO_JOINED follows the answers to all requests that were made before. */
static void join_includes_earlier_requests(void **state)
{
	static const uint8_t addr[1][6] = {{2, 0, 0, 0, 0, 1}};
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = open_radio(fake);

	(void)state;
	assert_int_equal(radio->ops->addresses(radio, addr, 1), 0);
	assert_int_equal(radio->ops->monitor(radio, true), 0);
	send_message(fake, &(struct air_message){.kind = AIR_WELCOME, .version = AIR_VERSION, .radio = 1});
	send_message(fake, &(struct air_message){.kind = AIR_DONE});
	assert_int_equal(receive_events(fake, radio), 0);
	send_message(fake, &(struct air_message){.kind = AIR_DONE});
	assert_int_equal(receive_events(fake, radio), 1);
	assert_int_equal(fake->events[0].kind, RADIO_JOINED);
	assert_int_equal(radio->ops->monitor(radio, false), 0);
	send_message(fake, &(struct air_message){.kind = AIR_DONE});
	assert_int_equal(receive_events(fake, radio), 0);
	fake_daemon_free(fake, radio);
}

static void refused_join_reports_reason(void **state)
{
	static const char no[] = "no room here";
	struct fake_daemon *fake = fake_daemon_new();
	const struct radio_owner owner = {on_ready, fake};
	struct radio *radio = open_radio(fake);
	struct error error = {{0}};
	char path[200];

	(void)state;
	send_message(fake,
		     &(struct air_message){
			     .kind = AIR_ERROR, .code = EPERM, .bytes = (const uint8_t *)no, .len = sizeof(no) - 1});
	assert_int_equal(receive_events(fake, radio), 1);
	assert_int_equal(fake->events[0].kind, RADIO_GONE);
	assert_int_equal(fake->events[0].code, -EPERM);
	assert_non_null(strstr(fake->events[0].text, "cannot join the medium"));
	assert_non_null(strstr(fake->events[0].text, no));
	assert_null(air_radio_open(&fake->loop, fake->path, "", owner, &error));
	assert_non_null(strstr(error.text, "invalid radio name"));
	assert_null(air_radio_open(&fake->loop, "/nowhere/air", "sta1", owner, &error));
	assert_non_null(strstr(error.text, "no vifi air is listening on /nowhere/air; start it with `vifi air`"));
	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_null(air_radio_open(&fake->loop, path, "sta1", owner, &error));
	assert_non_null(strstr(error.text, "at most"));
	fake_daemon_free(fake, radio);
}

/* A refused request ends the radio: its owner could not go on without it. */
static void refused_address_ends_radio(void **state)
{
	static const uint8_t addr[1][6] = {{2, 0, 0, 0, 0, 1}}, mpdu[30] = {8};
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);

	(void)state;
	assert_int_equal(radio->ops->addresses(radio, addr, 1), 0);
	assert_true(read_record(fake));
	assert_memory_equal(first_message(fake).bytes, addr, 6);
	send_message(fake, &(struct air_message){.kind = AIR_RECEIVED,
						 .time_ns = 7,
						 .signal_dbm = -60,
						 .tries = 2,
						 .bytes = mpdu,
						 .len = sizeof(mpdu)});
	send_message(fake, &(struct air_message){.kind = AIR_ERROR, .code = EADDRINUSE});
	assert_true(is_ready(fake));
	assert_int_equal(receive_events(fake, radio), 2);
	assert_int_equal(fake->events[0].kind, RADIO_RECEIVED);
	assert_int_equal(fake->events[0].tries, 2);
	assert_int_equal(fake->events[0].frame->meta.signal_dbm, -60);
	assert_int_equal(fake->events[0].frame->len, sizeof(mpdu));
	frame_free(fake->events[0].frame);
	assert_int_equal(fake->events[1].kind, RADIO_GONE);
	assert_int_equal(fake->events[1].code, -EADDRINUSE);
	assert_false(is_ready(fake));
	fake_daemon_free(fake, radio);
}

/* While the server does not read, the queue fills, and the next frame fails at once. Queued frames arrive later. */
static void full_socket_fails_transmission(void **state)
{
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);
	struct radio_tx without_cookie = tx_frame(0, 1500);
	uint32_t lost = fill_queue(radio), sent = 0;

	(void)state;
	assert_int_equal(radio->ops->send(radio, &without_cookie, 1), -ENOBUFS);
	assert_true(is_ready(fake));
	assert_int_equal(receive_events(fake, radio), 2);
	assert_int_equal(fake->events[0].kind, RADIO_TX_STATUS);
	assert_int_equal(fake->events[0].cookie, lost);
	assert_false(fake->events[0].acked);
	assert_int_equal(fake->events[1].kind, RADIO_DROPPED);
	assert_int_equal(fake->events[1].drop, DROP_RADIO_QUEUE);
	while (read_record(fake)) {
		struct air_message message;
		size_t at = 0;

		while (air_message_read(fake->got, (size_t)fake->len, &at, &message) > 0) {
			assert_int_equal(message.kind, AIR_SEND);
			assert_int_equal(message.cookie, ++sent);
		}
		is_ready(fake); /* sends the queued frames */
	}
	assert_int_equal(sent, lost - 1);
	assert_int_equal(radio->ops->room(radio), 1024);
	assert_int_equal(receive_events(fake, radio), 0);
	fake_daemon_free(fake, radio);
}

/* A server that does not read blocks no request, and requests and frames keep their order. */
static void requests_keep_their_order_without_blocking(void **state)
{
	static const uint8_t addr[1][6] = {{2, 0, 0, 0, 0, 1}};
	static const enum air_message_kind expected[] = {AIR_TUNE, AIR_DOZE, AIR_ADDRESSES, AIR_MONITOR};
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);
	uint32_t lost = fill_queue(radio), sent = 0;
	size_t requests = 0;

	(void)state;
	for (uint16_t i = 0; i < 5000;
	     i++) { /* a scan continues while the server does not read: the queue stays bounded */
		assert_int_equal(radio->ops->tune(radio, (uint16_t)(2412 + i)), 0);
		assert_int_equal(radio->ops->doze(radio, i), 0);
	}
	assert_int_equal(radio->ops->addresses(radio, addr, 1), 0);
	assert_int_equal(radio->ops->monitor(radio, true), 0);
	while (read_record(fake)) {
		struct air_message message;
		size_t at = 0;

		while (air_message_read(fake->got, (size_t)fake->len, &at, &message) > 0) {
			if (message.kind == AIR_SEND) {
				assert_int_equal(requests, 0);
				sent++;
				continue;
			}
			assert_int_equal(message.kind, expected[requests++]);
			if (message.kind == AIR_TUNE)
				assert_int_equal(message.freq_mhz, 2412 + 4999);
		}
		is_ready(fake);
	}
	assert_int_equal(sent, lost - 1);
	assert_int_equal(requests, COUNT(expected));
	fake_daemon_free(fake, radio);
}

static void unsendable_frame_gets_tx_status(void **state)
{
	struct radio_tx tx[] = {tx_frame(1, AIR_FRAME_MAX + 1), tx_frame(2, 0), tx_frame(0, 0), tx_frame(3, 100)};
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);

	(void)state;
	assert_int_equal(radio->ops->send(radio, tx, COUNT(tx)), -ENOBUFS);
	assert_int_equal(receive_events(fake, radio), 3);
	assert_int_equal(fake->events[0].cookie, 1);
	assert_int_equal(fake->events[1].cookie, 2);
	assert_int_equal(fake->events[2].kind, RADIO_DROPPED);
	assert_int_equal(fake->events[2].drop, DROP_TRUNCATED);
	fake_daemon_free(fake, radio);
}

static void lost_medium_is_reported_once(void **state)
{
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);
	struct radio_tx tx = tx_frame(9, 100);

	(void)state;
	send_message(fake, &(struct air_message){.kind = AIR_STATUS, .cookie = 5, .on = 1, .tries = 1});
	close(fake->fd);
	fake->fd = -1;
	assert_true(is_ready(fake));
	assert_int_equal(receive_events(fake, radio), 2);
	assert_int_equal(fake->events[0].kind, RADIO_TX_STATUS);
	assert_true(fake->events[0].acked);
	assert_int_equal(fake->events[1].kind, RADIO_GONE);
	assert_non_null(strstr(fake->events[1].text, "lost the medium"));
	assert_false(is_ready(fake));
	assert_int_equal(receive_events(fake, radio), 0);
	assert_int_equal(radio->ops->send(radio, &tx, 1), -ENETDOWN);
	assert_int_equal(receive_events(fake, radio), 1);
	assert_int_equal(fake->events[0].cookie, 9);
	assert_int_equal(radio->ops->tune(radio, 5180), -ENETDOWN);
	fake_daemon_free(fake, radio);
}

/* Frames that are queued when the connection is lost get a TX status, too. */
static void waiting_frames_of_lost_medium_are_reported(void **state)
{
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);
	uint32_t lost = fill_queue(radio), last = 0;
	unsigned statuses = 0;
	bool gone = false;
	int count;

	(void)state;
	shutdown(fake->fd, SHUT_RDWR);
	while (!gone && is_ready(fake)) {
		count = receive_events(fake, radio);
		for (int i = 0; i < count; i++) {
			gone |= fake->events[i].kind == RADIO_GONE;
			statuses += fake->events[i].kind == RADIO_TX_STATUS;
			if (fake->events[i].kind == RADIO_TX_STATUS)
				last = fake->events[i].cookie;
		}
	}
	assert_true(gone);
	assert_int_equal(statuses, 1024 + 1); /* the queued frames, and the one that did not fit */
	assert_int_equal(last, lost - 1);
	fake_daemon_free(fake, radio);
}

static void malformed_record_closes_medium(void **state)
{
	struct fake_daemon *fake = fake_daemon_new();
	struct radio *radio = join_medium(fake);

	(void)state;
	assert_true(send(fake->fd, "\xff\xff\xff\xff\xff", 5, 0) == 5);
	assert_int_equal(receive_events(fake, radio), 1);
	assert_int_equal(fake->events[0].kind, RADIO_GONE);
	fake_daemon_free(fake, radio);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(client_joins_medium),
		cmocka_unit_test(join_includes_earlier_requests),
		cmocka_unit_test(refused_join_reports_reason),
		cmocka_unit_test(refused_address_ends_radio),
		cmocka_unit_test(full_socket_fails_transmission),
		cmocka_unit_test(requests_keep_their_order_without_blocking),
		cmocka_unit_test(unsendable_frame_gets_tx_status),
		cmocka_unit_test(lost_medium_is_reported_once),
		cmocka_unit_test(waiting_frames_of_lost_medium_are_reported),
		cmocka_unit_test(malformed_record_closes_medium),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
