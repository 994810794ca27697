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
struct fake {
	char folder[64], path[96];
	int listener, fd;
	struct air_message answer; /* to the next thing that is asked */
	struct air_message before; /* what else comes first; kind 0: nothing */
	pthread_t thread;
	uint8_t got[AIR_RECORD];
	ssize_t len;
};

static size_t put(uint8_t *record, const struct air_message *m)
{
	size_t len = air_write(record, m);

	assert_true(len > 0);
	if (m->len)
		memcpy(record + len, m->bytes, m->len);
	return len + m->len;
}

static void tell(struct fake *f, const struct air_message *m)
{
	static uint8_t record[AIR_RECORD];

	assert_true(send(f->fd, record, put(record, m), MSG_NOSIGNAL) > 0);
}

/* Answers one question. */
static void *answer(void *user)
{
	struct fake *f = user;

	if (f->fd < 0)
		f->fd = accept(f->listener, NULL, NULL);
	f->len = recv(f->fd, f->got, sizeof f->got, 0);
	if (f->before.kind)
		tell(f, &f->before);
	tell(f, &f->answer);
	return NULL;
}

static void will_answer(struct fake *f, struct air_message m)
{
	f->answer = m;
	assert_int_equal(pthread_create(&f->thread, NULL, answer, f), 0);
}

static void answered(struct fake *f)
{
	pthread_join(f->thread, NULL);
}

static struct fake *fake_new(void)
{
	struct fake *f = calloc(1, sizeof *f);
	struct sockaddr_un un = {.sun_family = AF_UNIX};

	strcpy(f->folder, "/tmp/vifi-test-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	snprintf(f->path, sizeof f->path, "%s/air", f->folder);
	strcpy(un.sun_path, f->path);
	f->fd = -1;
	f->listener = socket(AF_UNIX, SOCK_SEQPACKET, 0);
	assert_int_equal(bind(f->listener, (struct sockaddr *)&un, sizeof un), 0);
	assert_int_equal(listen(f->listener, 8), 0);
	return f;
}

static void fake_free(struct fake *f)
{
	if (f->fd >= 0)
		close(f->fd);
	close(f->listener);
	unlink(f->path);
	rmdir(f->folder);
	free(f);
}

static struct radio *join(struct fake *f)
{
	struct radio *r;
	struct why why = {{0}};

	will_answer(f, (struct air_message){.kind = AIR_WELCOME, .version = AIR_VERSION, .radio = 1});
	r = radio_air(f->path, "sta1", &why);
	answered(f);
	assert_non_null(r);
	return r;
}

static bool readable(const struct radio *r)
{
	struct pollfd p = {.fd = r->fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

static struct radio_tx one(uint32_t cookie, size_t len)
{
	return (struct radio_tx){.frame = frame_new(0, len, 0), .cookie = cookie, .freq_mhz = 5180};
}

static void joining(void **state)
{
	struct fake *f = fake_new();
	struct radio *r = join(f);
	struct air_message m;
	size_t at = 0;

	(void)state;
	assert_int_equal(air_read(f->got, (size_t)f->len, &at, &m), 1);
	assert_int_equal(m.kind, AIR_HELLO);
	assert_int_equal(m.magic, AIR_MAGIC);
	assert_memory_equal(m.bytes, "sta1", 4);
	r->ops->close(r);
	fake_free(f);
}

static void who_may_not_join_is_told_why(void **state)
{
	static const char no[] = "no room here";
	struct fake *f = fake_new();
	struct why why = {{0}};
	char path[200];

	(void)state;
	will_answer(f, (struct air_message){
			       .kind = AIR_ERROR, .code = EPERM, .bytes = (const uint8_t *)no, .len = sizeof no - 1});
	assert_null(radio_air(f->path, "sta1", &why));
	answered(f);
	assert_non_null(strstr(why.text, no));
	assert_null(radio_air(f->path, "", &why));
	assert_non_null(strstr(why.text, "is no name"));
	assert_null(radio_air("/nowhere/air", "sta1", &why));
	assert_non_null(strstr(why.text, "start `vifi air` first"));
	memset(path, 'a', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	assert_null(radio_air(path, "sta1", &why));
	assert_non_null(strstr(why.text, "at most"));
	fake_free(f);
}

/* What comes while an answer is waited for is not lost, and the descriptor tells that it is there. */
static void events_that_come_early(void **state)
{
	static const uint8_t addr[1][6] = {{2, 0, 0, 0, 0, 1}}, mpdu[30] = {8};
	struct radio_event e[RADIO_BATCH];
	struct fake *f = fake_new();
	struct radio *r = join(f);

	(void)state;
	f->before = (struct air_message){
		.kind = AIR_RECEIVED, .time_ns = 7, .signal_dbm = -60, .tries = 2, .bytes = mpdu, .len = sizeof mpdu};
	will_answer(f, (struct air_message){.kind = AIR_DONE});
	assert_int_equal(r->ops->addresses(r, addr, 1), 0);
	answered(f);
	assert_true(readable(r));
	assert_int_equal(r->ops->receive(r, e), 1);
	assert_int_equal(e[0].kind, RADIO_RECEIVED);
	assert_int_equal(e[0].tries, 2);
	assert_int_equal(e[0].frame->meta.signal_dbm, -60);
	assert_int_equal(e[0].frame->len, sizeof mpdu);
	frame_free(e[0].frame);
	assert_false(readable(r));
	f->before.kind = 0;
	will_answer(f, (struct air_message){.kind = AIR_ERROR, .code = EADDRINUSE});
	assert_int_equal(r->ops->addresses(r, addr, 1), -EADDRINUSE);
	answered(f);
	r->ops->close(r);
	fake_free(f);
}

/* Nobody reads: frames wait, then the room is used up, and what finds none has its fate at once.  Then it all goes. */
static void no_room(void **state)
{
	struct radio_event e[RADIO_BATCH];
	struct fake *f = fake_new();
	struct radio *r = join(f);
	static uint8_t record[AIR_RECORD];
	uint32_t cookie = 0, lost = 0, sent = 0, expected = 1;
	int result = 0;

	(void)state;
	while (!result && cookie < 100000) {
		struct radio_tx tx = one(++cookie, 1500);

		result = r->ops->send(r, &tx, 1);
	}
	assert_int_equal(result, -ENOBUFS);
	assert_int_equal(r->ops->room(r), 0);
	assert_true(readable(r));
	assert_int_equal(r->ops->receive(r, e), 1);
	assert_int_equal(e[0].kind, RADIO_STATUS);
	assert_int_equal(e[0].cookie, cookie);
	assert_false(e[0].acked);
	lost = cookie;
	/* The air reads again: what waited comes, in order, whenever the client is looked at. */
	for (;;) {
		ssize_t n = recv(f->fd, record, sizeof record, MSG_DONTWAIT);
		struct air_message m;
		size_t at = 0;

		if (n < 0 && !readable(r))
			break;
		if (n < 0)
			assert_int_equal(r->ops->receive(r, e), 0);
		while (n > 0 && air_read(record, (size_t)n, &at, &m) > 0) {
			assert_int_equal(m.kind, AIR_SEND);
			assert_int_equal(m.cookie, expected++);
			sent++;
		}
	}
	assert_int_equal(sent, lost - 1);
	assert_int_equal(r->ops->room(r), 1024);
	r->ops->close(r);
	fake_free(f);
}

static void what_cannot_be_sent_has_a_fate(void **state)
{
	struct radio_event e[RADIO_BATCH];
	struct radio_tx tx[] = {one(1, AIR_FRAME + 1), one(2, 0), one(0, 0), one(3, 100)};
	struct fake *f = fake_new();
	struct radio *r = join(f);

	(void)state;
	assert_int_equal(r->ops->send(r, tx, COUNT(tx)), -ENOBUFS);
	assert_int_equal(r->ops->receive(r, e), 2);
	assert_int_equal(e[0].cookie, 1);
	assert_int_equal(e[1].cookie, 2);
	r->ops->close(r);
	fake_free(f);
}

static void the_air_goes_once(void **state)
{
	struct radio_event e[RADIO_BATCH];
	struct fake *f = fake_new();
	struct radio *r = join(f);
	struct radio_tx tx = one(9, 100);

	(void)state;
	tell(f, &(struct air_message){.kind = AIR_STATUS, .cookie = 5, .on = 1, .tries = 1});
	close(f->fd);
	f->fd = -1;
	assert_true(readable(r));
	assert_int_equal(r->ops->receive(r, e), 2);
	assert_int_equal(e[0].kind, RADIO_STATUS);
	assert_true(e[0].acked);
	assert_int_equal(e[1].kind, RADIO_GONE);
	assert_false(readable(r));
	assert_int_equal(r->ops->receive(r, e), 0);
	assert_int_equal(r->ops->send(r, &tx, 1), -ENETDOWN);
	assert_int_equal(r->ops->receive(r, e), 1);
	assert_int_equal(e[0].cookie, 9);
	assert_int_equal(r->ops->tune(r, 5180), -ENETDOWN);
	r->ops->close(r);
	fake_free(f);
}

/* An air that does not keep to the protocol is none. */
static void nonsense_is_the_end(void **state)
{
	struct radio_event e[RADIO_BATCH];
	struct fake *f = fake_new();
	struct radio *r = join(f);

	(void)state;
	assert_true(send(f->fd, "\xff\xff\xff\xff\xff", 5, 0) == 5);
	assert_int_equal(r->ops->receive(r, e), 1);
	assert_int_equal(e[0].kind, RADIO_GONE);
	r->ops->close(r);
	fake_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(joining),
		cmocka_unit_test(who_may_not_join_is_told_why),
		cmocka_unit_test(events_that_come_early),
		cmocka_unit_test(no_room),
		cmocka_unit_test(what_cannot_be_sent_has_a_fate),
		cmocka_unit_test(the_air_goes_once),
		cmocka_unit_test(nonsense_is_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
