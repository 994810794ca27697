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
	CLIENTS_MAX = 4096,
	RESERVED_FILES = 32, /* that are open besides the clients' */
	ACCEPTS_PER_TURN = 16,
	FLUSH_MS = 500,        /* a capture on disk is never older than that */
	CLOCK_STEP_NS = 50000, /* what happens within it is looked at together */
};

uint64_t air_daemon_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

/* ---- driving the medium ---- */

static void write_capture(struct air_daemon *air, const struct medium_event *event)
{
	int ret = air->capture ? capture_file_write(air->capture, event->frame, event->tries) : 0;

	frame_free(event->frame);
	if (ret < 0) {
		fprintf(stderr, "vifi air: %s: %s; the capture ends here, the air goes on\n", air->conf->capture,
			strerror(-ret));
		capture_file_close(air->capture);
		air->capture = NULL;
	}
}

static void dispatch_event(struct air_daemon *air, struct medium_event *event)
{
	struct air_client *client;

	HASH_FIND(hh, air->radios, &event->radio, sizeof(event->radio), client);
	if (client)
		air_client_event(client, event);
	else if (event->frame)
		write_capture(air, event);
}

static void arm_clock(struct air_daemon *air, uint64_t now_ns)
{
	uint64_t wake_ns = medium_deadline(air->medium);
	struct itimerspec timer = {0};

	if (wake_ns != UINT64_MAX) {
		wake_ns = wake_ns > now_ns + CLOCK_STEP_NS ? wake_ns : now_ns + CLOCK_STEP_NS;
		timer.it_value = (struct timespec){(time_t)(wake_ns / NS_PER_S), (long)(wake_ns % NS_PER_S)};
	}
	timerfd_settime(air->clock_fd, TFD_TIMER_ABSTIME, &timer, NULL);
}

void air_client_mark_dirty(struct air_client *client)
{
	if (client->dirty)
		return;
	client->dirty = true;
	client->next_dirty = client->air->dirty_clients;
	client->air->dirty_clients = client;
}

void air_daemon_process(struct air_daemon *air)
{
	uint64_t now_ns = air_daemon_now_ns();
	struct medium_event event;

	if (air->rules_changed)
		air_daemon_apply_all_rules(air);
	while (medium_next_event(air->medium, now_ns, &event))
		dispatch_event(air, &event);
	/* Who was not read on may be now: not each frame has a status that would tell. */
	for (struct air_client *client = air->paused_clients ? air->clients : NULL; client; client = client->next)
		if (!(client->poll_events & UV_READABLE))
			air_client_mark_dirty(client);
	while (air->dirty_clients) {
		struct air_client *client = air->dirty_clients;

		air->dirty_clients = client->next_dirty;
		client->dirty = false;
		air_client_flush(client);
		if (client->gone)
			air_client_close(client);
	}
	arm_clock(air, now_ns);
}

static void on_clock(uv_poll_t *poll, int status, int events)
{
	struct air_daemon *air = poll->data;
	uint64_t expirations;

	(void)status;
	(void)events;
	if (read(air->clock_fd, &expirations, sizeof expirations) == sizeof expirations)
		air_daemon_process(air);
}

static void on_listener(uv_poll_t *poll, int status, int events)
{
	struct air_daemon *air = poll->data;
	int fd;

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		fd = accept4(air->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		air_client_new(air, fd);
	}
}

static void on_flush(uv_timer_t *timer)
{
	struct air_daemon *air = timer->data;

	if (air->capture && capture_file_flush(air->capture) < 0) {
		fprintf(stderr, "vifi air: %s: %s; the capture ends here, the air goes on\n", air->conf->capture,
			strerror(errno));
		capture_file_close(air->capture);
		air->capture = NULL;
	}
}

static void on_signal(uv_signal_t *signal, int signum)
{
	struct air_daemon *air = signal->data;

	(void)signum;
	uv_stop(&air->loop);
}

/* ---- beginning and end ---- */

/* Somebody answers behind it?  A socket that nobody listens to any more is taken away. */
static bool socket_in_use(const char *path, const struct sockaddr_un *un)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	bool in_use = fd >= 0 && !connect(fd, (const struct sockaddr *)un, sizeof *un);

	if (fd >= 0 && !in_use && errno == ECONNREFUSED)
		unlink(path);
	if (fd >= 0)
		close(fd);
	return in_use;
}

static int listen_on(const char *path, bool *in_use, struct error *error)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	char folder[sizeof un.sun_path];
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), ret;
	mode_t mask;

	if (strlen(path) >= sizeof un.sun_path)
		ret = -ENAMETOOLONG;
	else
		ret = fd < 0 ? -errno : 0;
	if (!ret) {
		strcpy(un.sun_path, path);
		strcpy(folder, path);
		mkdir(dirname(folder), 0755); /* /run/vifi, after a start of the machine */
		*in_use = socket_in_use(path, &un);
		mask = umask(0117);
		if (*in_use)
			ret = -EADDRINUSE;
		else if (bind(fd, (struct sockaddr *)&un, sizeof un) < 0 || listen(fd, 128) < 0)
			ret = -errno;
		umask(mask);
	}
	if (!ret)
		return fd;
	if (fd >= 0)
		close(fd);
	if (*in_use)
		return error_set(error, ret, "%.108s: another `vifi air` serves it", path);
	return error_set(error, ret, "%.108s: %s", path, strerror(-ret));
}

/* How many clients there may be: as many as files may be open, but for a few. */
static size_t client_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return 256;
	limit.rlim_cur = limit.rlim_max < CLIENTS_MAX + RESERVED_FILES ? limit.rlim_max : CLIENTS_MAX + RESERVED_FILES;
	setrlimit(RLIMIT_NOFILE, &limit);
	return limit.rlim_cur > 2 * RESERVED_FILES ? limit.rlim_cur - RESERVED_FILES : RESERVED_FILES;
}

static uint64_t choose_seed(const struct air_conf *conf)
{
	uint64_t seed = conf->seed;

	/* Dice that need not be secret: what there is without entropy will do. */
	if (!seed && getrandom(&seed, sizeof seed, GRND_NONBLOCK) != sizeof seed)
		seed = air_daemon_now_ns();
	return seed;
}

static bool start_loop(struct air_daemon *air, struct error *error)
{
	air->medium = medium_new(choose_seed(air->conf));
	air->clock_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (!air->medium || air->clock_fd < 0 || uv_poll_init(&air->loop, &air->listen_poll, air->listen_fd) < 0 ||
	    uv_poll_init(&air->loop, &air->clock_poll, air->clock_fd) < 0)
		return error_set(error, false, "the loop cannot be started");
	medium_set_airtime(air->medium, air->conf->airtime);
	if (air->conf->capture[0]) {
		air->capture = capture_file_open(air->conf->capture, error);
		air->monitor = medium_join(air->medium);
		if (!air->capture)
			return false;
		if (!air->monitor || medium_set_monitor(air->medium, air->monitor, true))
			return error_set(error, false, "no memory");
	}
	uv_timer_init(&air->loop, &air->flush_timer);
	uv_signal_init(&air->loop, &air->sigterm);
	uv_signal_init(&air->loop, &air->sigint);
	air->listen_poll.data = air->clock_poll.data = air->flush_timer.data = air->sigterm.data = air->sigint.data =
		air;
	uv_poll_start(&air->listen_poll, UV_READABLE, on_listener);
	uv_poll_start(&air->clock_poll, UV_READABLE, on_clock);
	uv_timer_start(&air->flush_timer, on_flush, FLUSH_MS, FLUSH_MS);
	uv_signal_start(&air->sigterm, on_signal, SIGTERM);
	uv_signal_start(&air->sigint, on_signal, SIGINT);
	return true;
}

struct air_daemon *air_daemon_open(const struct air_conf *conf, bool *in_use, struct error *error)
{
	struct air_daemon *air = calloc(1, sizeof *air);

	*in_use = false;
	if (!air || uv_loop_init(&air->loop) < 0) {
		free(air);
		error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	air->conf = conf;
	air->rules = conf->rules;
	air->clock_fd = -1;
	air->client_limit = client_limit();
	air->listen_fd = listen_on(conf->socket, in_use, error);
	if (air->listen_fd < 0 || !start_loop(air, error)) {
		air_daemon_close(air);
		return NULL;
	}
	air_daemon_apply_all_rules(air);
	return air;
}

void air_daemon_run(struct air_daemon *air)
{
	notify("READY=1");
	uv_run(&air->loop, UV_RUN_DEFAULT);
	notify("STOPPING=1");
}

static void close_handle(uv_handle_t *handle, void *user)
{
	(void)user;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

int air_daemon_close(struct air_daemon *air)
{
	int ret;

	while (air->clients)
		air_client_close(air->clients);
	uv_walk(&air->loop, close_handle, NULL);
	uv_run(&air->loop, UV_RUN_DEFAULT);
	uv_loop_close(&air->loop);
	if (air->listen_fd >= 0) {
		unlink(air->conf->socket);
		close(air->listen_fd);
	}
	if (air->clock_fd >= 0)
		close(air->clock_fd);
	ret = capture_file_close(air->capture);
	medium_free(air->medium);
	free(air);
	return ret;
}
