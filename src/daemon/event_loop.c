/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/event_loop.h"

#include <stddef.h>

static void close_handle(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void event_loop_close(uv_loop_t *loop)
{
	uv_walk(loop, close_handle, NULL);
	uv_run(loop, UV_RUN_DEFAULT); /* a handle is closed in the next iteration */
	uv_loop_close(loop);
}

bool event_loop_watch(uv_loop_t *loop, uv_poll_t *poll, int fd, uv_poll_cb callback, void *data)
{
	if (uv_poll_init(loop, poll, fd) < 0)
		return false;
	poll->data = data;
	return uv_poll_start(poll, UV_READABLE, callback) == 0;
}

void event_loop_keep_polling(uv_poll_t *poll, int status, uv_poll_cb callback)
{
	if (status < 0)
		uv_poll_start(poll, UV_READABLE, callback);
}
