/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One thread: libmicrohttpd has an epoll descriptor, which is polled beside that of the signals. The process
 * continues as the service user, without a capability: the processes of vifi answer for their tables. Names of virtual machines, for which
 * /proc of other users must be read, are missing then; those from DHCP are there.
 */
#include "metricsd/server.h"

#include "daemon/runtime.h"
#include "daemon/sandbox.h"
#include "metrics/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { CONNECTIONS_MAX = 8, CONNECTION_TIMEOUT_S = 10 };

static enum MHD_Result respond(struct MHD_Connection *connection, unsigned code, char *body, size_t len,
			       enum MHD_ResponseMemoryMode mode, const char *type)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(len, body, mode);
	enum MHD_Result result = MHD_NO;

	if (response && MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type) == MHD_YES)
		result = MHD_queue_response(connection, code, response);
	if (response)
		MHD_destroy_response(response);
	else if (mode == MHD_RESPMEM_MUST_FREE)
		free(body);
	return result;
}

static enum MHD_Result respond_text(struct MHD_Connection *connection, unsigned code, const char *body)
{
	return respond(connection, code, (char *)(uintptr_t)body, strlen(body), MHD_RESPMEM_PERSISTENT, "text/plain");
}

static enum MHD_Result answer(void *air_socket, struct MHD_Connection *connection, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_size, void **request)
{
	struct exposition text = {0};

	(void)version;
	(void)upload;
	(void)request;
	if (*upload_size)
		return MHD_NO;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return respond_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (strcmp(url, "/metrics") != 0)
		return respond_text(connection, MHD_HTTP_NOT_FOUND, "the metrics are at /metrics\n");
	metrics_collect(&text, air_socket);
	if (text.failed) {
		exposition_free(&text);
		return respond_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "no memory\n");
	}
	return respond(connection, MHD_HTTP_OK, text.bytes, text.len, MHD_RESPMEM_MUST_FREE,
		       "text/plain; version=0.0.4; charset=utf-8");
}

static int confine(struct error *error)
{
	static const struct sandbox sandbox = {
		.calls = SANDBOX_FILES | SANDBOX_UNIX | SANDBOX_ACCEPT | SANDBOX_NETLINK,
		.paths = {{RUNTIME_FOLDER, SANDBOX_READ}, {"/proc", SANDBOX_READ}, {"/sys", SANDBOX_READ}, {NULL, 0}},
	};

	return sandbox_enter(&sandbox, error);
}

/* The signals that end the process are read from a descriptor. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void run(struct MHD_Daemon *daemon, int signals)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd fds[] = {{.fd = info->epoll_fd, .events = POLLIN}, {.fd = signals, .events = POLLIN}};

	while (!fds[1].revents) {
		MHD_UNSIGNED_LONG_LONG timeout = 0;
		bool has_timeout = MHD_get_timeout(daemon, &timeout) == MHD_YES;

		if (poll(fds, 2, has_timeout ? (int)timeout : -1) < 0 && errno != EINTR)
			break;
		MHD_run(daemon);
	}
}

int metrics_serve(uint16_t port, const char *air_socket, void (*ready)(void), struct error *error)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int signals = open_signals(), err = 0;
	struct MHD_Daemon *daemon =
		MHD_start_daemon(MHD_USE_EPOLL, port, NULL, NULL, answer, (void *)(uintptr_t)air_socket,
				 MHD_OPTION_SOCK_ADDR, &addr, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
				 MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_TIMEOUT_S, MHD_OPTION_END);

	if (!daemon || signals < 0) {
		err = error_set(error, errno ? -errno : -EADDRINUSE,
				"cannot listen at 127.0.0.1:%u: %s; another program may use the port", port,
				strerror(errno ? errno : EADDRINUSE));
	} else {
		if (confine(error) < 0)
			fprintf(stderr, "vifi metrics: not fully confined: %s\n", error->text);
		ready();
		run(daemon, signals);
	}
	if (daemon)
		MHD_stop_daemon(daemon);
	if (signals >= 0)
		close(signals);
	return daemon && signals >= 0 ? 0 : err;
}
