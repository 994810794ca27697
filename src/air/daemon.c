/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/daemon.h"

#include "air/daemon_state.h"
#include "daemon/clock.h"
#include "daemon/event_loop.h"
#include "daemon/notify.h"
#include "daemon/runtime.h"
#include "daemon/sandbox.h"

#include <errno.h>
#include <jansson.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	CLIENTS_MAX = 4096,
	RESERVED_FILES = 32, /* besides those of the clients */
	ACCEPTS_PER_TURN = 16,
	FLUSH_MS = 500, /* the age of the capture file, at most */
};

/* ---- events ---- */

static void on_listener(uv_poll_t *poll, int status, int events)
{
	struct air_daemon *air = poll->data;
	int fd;

	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
		fd = accept4(air->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		air_client_new(air, fd);
	}
}

static void on_flush(uv_timer_t *timer)
{
	air_daemon_flush_capture(timer->data);
	air_daemon_expire_clients(timer->data);
}

static void on_signal(uv_signal_t *signal, int signum)
{
	(void)signum;
	uv_stop(signal->loop);
}

/* ---- start and stop ---- */

/* Raises the limit of open files, and returns how many clients fit into it. */
static size_t raise_client_limit(void)
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

	/* The seed need not be secret: without entropy the time will do. */
	if (!seed && getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = monotonic_ns();
	return seed;
}

static int open_capture(struct air_daemon *air, struct error *error)
{
	if (!air->conf->capture[0])
		return 0;
	air->capture = capture_file_open(air->conf->capture, error);
	if (!air->capture)
		return -EIO;
	air->monitor = medium_join(air->medium);
	if (!air->monitor || medium_set_monitor(air->medium, air->monitor, true))
		return error_set(error, -ENOMEM, "no memory");
	return 0;
}

static int start(struct air_daemon *air, struct error *error)
{
	int ret;

	air->medium = medium_new(choose_seed(air->conf));
	if (!air->medium)
		return error_set(error, -ENOMEM, "no memory");
	medium_set_airtime(air->medium, air->conf->airtime);
	ret = open_capture(air, error);
	if (ret)
		return ret;
	air->recorder = air_recorder_open(air->conf);
	ret = air_daemon_start_clock(air);
	if (ret == 0)
		ret = uv_poll_init(&air->loop, &air->listen_poll, air->socket.fd);
	if (ret < 0)
		return error_set(error, ret, "cannot start the event loop: %s", strerror(-ret));
	uv_timer_init(&air->loop, &air->flush_timer);
	uv_signal_init(&air->loop, &air->sigterm);
	uv_signal_init(&air->loop, &air->sigint);
	air->listen_poll.data = air->flush_timer.data = air;
	uv_poll_start(&air->listen_poll, UV_READABLE, on_listener);
	uv_timer_start(&air->flush_timer, on_flush, FLUSH_MS, FLUSH_MS);
	uv_signal_start(&air->sigterm, on_signal, SIGTERM);
	uv_signal_start(&air->sigint, on_signal, SIGINT);
	air_daemon_apply_all_rules(air);
	return 0;
}

struct air_daemon *air_daemon_open(const struct air_conf *conf, bool *in_use, struct error *error)
{
	struct air_daemon *air = calloc(1, sizeof(*air));
	int ret;

	*in_use = false;
	if (!air || uv_loop_init(&air->loop) < 0) {
		free(air);
		error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	air->conf = conf;
	air->rules = conf->rules;
	air->clock_fd = -1;
	air->client_limit = raise_client_limit();
	ret = air_socket_open(&air->socket, conf->socket, error);
	*in_use = ret == -EADDRINUSE;
	if (!ret)
		ret = start(air, error);
	if (!ret)
		return air;
	air_daemon_close(air);
	return NULL;
}

int air_daemon_confine(const struct air_conf *conf, struct error *error)
{
	char folder[sizeof(conf->socket)];
	struct sandbox sandbox = {.calls = SANDBOX_UNIX | SANDBOX_ACCEPT};

	strcpy(folder, conf->socket);
	sandbox_permit_removal(&sandbox, dirname(folder));
	sandbox_permit_removal(&sandbox, RUNTIME_FOLDER); /* the recorder's file */
	json_object_seed(0);                              /* reads /dev/urandom */
	return sandbox_enter(&sandbox, error);
}

void air_daemon_run(struct air_daemon *air)
{
	notify("READY=1");
	uv_run(&air->loop, UV_RUN_DEFAULT);
	notify("STOPPING=1");
}

int air_daemon_close(struct air_daemon *air)
{
	int ret;

	while (air->clients)
		air_client_close(air->clients);
	event_loop_close(&air->loop);
	air_socket_close(&air->socket);
	if (air->clock_fd >= 0)
		close(air->clock_fd);
	ret = capture_file_close(air->capture);
	air_recorder_close(air->recorder);
	medium_free(air->medium);
	free(air);
	return ret;
}
