/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/daemon.h"

#include "air/daemon_state.h"
#include "daemon/notify.h"

#include <errno.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

enum {
	CLIENTS = 4096,
	OTHER_FILES = 32, /* that are open besides the clients' */
	ACCEPTS_AT_ONCE = 16,
	FLUSH_MS = 500,  /* a capture on disk is never older than that */
	STEP_NS = 50000, /* what happens within it is looked at together */
};

uint64_t air_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* ---- driving the medium ---- */

static void capture(struct air *a, const struct medium_event *e)
{
	int r = a->file ? air_file_write(a->file, e->frame, e->tries) : 0;

	frame_free(e->frame);
	if (r < 0) {
		fprintf(stderr, "vifi air: %s: %s; the capture ends here, the air goes on\n", a->conf->capture,
			strerror(-r));
		air_file_close(a->file);
		a->file = NULL;
	}
}

static void dispatch(struct air *a, struct medium_event *e)
{
	struct air_client *c = map_get(&a->by_id, e->radio);

	if (c)
		air_client_event(c, e);
	else if (e->frame)
		capture(a, e);
}

static void set_clock(struct air *a, uint64_t now)
{
	uint64_t at = medium_wake(a->medium);
	struct itimerspec when = {0};

	if (at != UINT64_MAX) {
		at = at > now + STEP_NS ? at : now + STEP_NS;
		when.it_value = (struct timespec){(time_t)(at / NS_PER_S), (long)(at % NS_PER_S)};
	}
	timerfd_settime(a->clock_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

void air_touch(struct air_client *c)
{
	if (c->touched)
		return;
	c->touched = true;
	c->next_touched = c->air->touched;
	c->air->touched = c;
}

void air_pump(struct air *a)
{
	uint64_t now = air_now();
	struct medium_event e;

	if (a->rules_changed)
		air_rules_for_all(a);
	while (medium_next(a->medium, now, &e))
		dispatch(a, &e);
	/* Who was not read on may be now: not each frame has a status that would tell. */
	for (struct air_client *c = a->paused ? a->clients : NULL; c; c = c->next)
		if (!(c->events & UV_READABLE))
			air_touch(c);
	while (a->touched) {
		struct air_client *c = a->touched;

		a->touched = c->next_touched;
		c->touched = false;
		air_client_settle(c);
		if (c->gone)
			air_client_close(c);
	}
	set_clock(a, now);
}

static void on_clock(uv_poll_t *p, int status, int events)
{
	struct air *a = p->data;
	uint64_t times;

	(void)status;
	(void)events;
	if (read(a->clock_fd, &times, sizeof times) == sizeof times)
		air_pump(a);
}

static void on_listener(uv_poll_t *p, int status, int events)
{
	struct air *a = p->data;
	int fd;

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPTS_AT_ONCE; i++) {
		fd = accept4(a->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		air_client_new(a, fd);
	}
}

static void on_flush(uv_timer_t *t)
{
	struct air *a = t->data;

	if (a->file && air_file_flush(a->file) < 0) {
		fprintf(stderr, "vifi air: %s: %s; the capture ends here, the air goes on\n", a->conf->capture,
			strerror(errno));
		air_file_close(a->file);
		a->file = NULL;
	}
}

static void on_signal(uv_signal_t *s, int number)
{
	struct air *a = s->data;

	(void)number;
	uv_stop(&a->loop);
}

/* ---- beginning and end ---- */

/* Somebody answers behind it?  A socket that nobody listens to any more is taken away. */
static bool held(const char *path, const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool answers = fd >= 0 && !connect(fd, (const struct sockaddr *)un, sizeof *un);

	if (fd >= 0 && !answers && errno == ECONNREFUSED)
		unlink(path);
	if (fd >= 0)
		close(fd);
	return answers;
}

static int listen_at(const char *path, bool *in_use, struct why *why)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char folder[sizeof un.sun_path];
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), r;
	mode_t mask;

	if (strlen(path) >= sizeof un.sun_path)
		r = -ENAMETOOLONG;
	else
		r = fd < 0 ? -errno : 0;
	if (!r) {
		strcpy(un.sun_path, path);
		strcpy(folder, path);
		mkdir(dirname(folder), 0755); /* /run/vifi, after a start of the machine */
		*in_use = held(path, &un);
		mask = umask(0117);
		if (*in_use)
			r = -EADDRINUSE;
		else if (bind(fd, (struct sockaddr *)&un, sizeof un) < 0 || listen(fd, 128) < 0)
			r = -errno;
		umask(mask);
	}
	if (!r)
		return fd;
	if (fd >= 0)
		close(fd);
	if (*in_use)
		return why_set(why, r, "%.108s: another `vifi air` serves it", path);
	return why_set(why, r, "%.108s: %s", path, strerror(-r));
}

/* How many clients there may be: as many as files may be open, but for a few. */
static size_t most_clients(void)
{
	struct rlimit files;

	if (getrlimit(RLIMIT_NOFILE, &files))
		return 256;
	files.rlim_cur = files.rlim_max < CLIENTS + OTHER_FILES ? files.rlim_max : CLIENTS + OTHER_FILES;
	setrlimit(RLIMIT_NOFILE, &files);
	return files.rlim_cur > 2 * OTHER_FILES ? files.rlim_cur - OTHER_FILES : OTHER_FILES;
}

static uint64_t seed_of(const struct air_conf *conf)
{
	uint64_t seed = conf->seed;

	/* Dice that need not be secret: what there is without entropy will do. */
	if (!seed && getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
		seed = air_now();
	return seed;
}

static bool start(struct air *a, struct why *why)
{
	a->medium = medium_new(seed_of(a->conf));
	a->clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!a->medium || a->clock_fd < 0 || uv_poll_init(&a->loop, &a->listener, a->listen_fd) < 0 ||
	    uv_poll_init(&a->loop, &a->clock, a->clock_fd) < 0)
		return why_set(why, false, "the loop cannot be started");
	medium_airtime(a->medium, a->conf->airtime);
	if (a->conf->capture[0]) {
		a->file = air_file_open(a->conf->capture, why);
		a->ear = medium_join(a->medium);
		if (!a->file)
			return false;
		if (!a->ear || medium_monitor(a->medium, a->ear, true))
			return why_set(why, false, "no memory");
	}
	uv_timer_init(&a->loop, &a->flush);
	uv_signal_init(&a->loop, &a->term);
	uv_signal_init(&a->loop, &a->interrupt);
	a->listener.data = a->clock.data = a->flush.data = a->term.data = a->interrupt.data = a;
	uv_poll_start(&a->listener, UV_READABLE, on_listener);
	uv_poll_start(&a->clock, UV_READABLE, on_clock);
	uv_timer_start(&a->flush, on_flush, FLUSH_MS, FLUSH_MS);
	uv_signal_start(&a->term, on_signal, SIGTERM);
	uv_signal_start(&a->interrupt, on_signal, SIGINT);
	return true;
}

struct air *air_open(const struct air_conf *conf, bool *in_use, struct why *why)
{
	struct air *a = calloc(1, sizeof *a);

	*in_use = false;
	if (!a || uv_loop_init(&a->loop) < 0) {
		free(a);
		why_set(why, -ENOMEM, "no memory");
		return NULL;
	}
	a->conf = conf;
	a->rules = conf->rules;
	a->clock_fd = -1;
	a->most = most_clients();
	a->listen_fd = listen_at(conf->socket, in_use, why);
	if (a->listen_fd < 0 || !start(a, why)) {
		air_close(a);
		return NULL;
	}
	air_rules_for_all(a);
	return a;
}

void air_run(struct air *a)
{
	notify("READY=1");
	uv_run(&a->loop, UV_RUN_DEFAULT);
	notify("STOPPING=1");
}

static void close_handle(uv_handle_t *h, void *unused)
{
	(void)unused;
	if (!uv_is_closing(h))
		uv_close(h, NULL);
}

int air_close(struct air *a)
{
	int r;

	while (a->clients)
		air_client_close(a->clients);
	uv_walk(&a->loop, close_handle, NULL);
	uv_run(&a->loop, UV_RUN_DEFAULT);
	uv_loop_close(&a->loop);
	if (a->listen_fd >= 0) {
		unlink(a->conf->socket);
		close(a->listen_fd);
	}
	if (a->clock_fd >= 0)
		close(a->clock_fd);
	r = air_file_close(a->file);
	map_free(&a->by_id);
	medium_free(a->medium);
	free(a);
	return r;
}
