/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/hwsim.h"

#include "air/client.h"
#include "air/hwsim_kernel.h"
#include "base/mac.h"
#include "daemon/event_loop.h"
#include "daemon/notify.h"
#include "daemon/sandbox.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	ADDRESSES_MAX = 32, /* of one radio, as the medium; the kernel's interfaces and scans use fewer */
	PENDING = 1024,     /* transmissions of one radio without TX status; it is the room of the medium's client */
	RETRY_MIN_MS = 200, /* before the first attempt to join again; doubles up to RETRY_MAX_MS */
	RETRY_MAX_MS = 5000,
};

struct hwsim_radio {
	struct hwsim *hwsim;
	const char *name;
	uint8_t kernel_addr[6]; /* identifies the radio in messages to and from the kernel */
	uint8_t addr[ADDRESSES_MAX][6];
	unsigned users[ADDRESSES_MAX]; /* of each address */
	size_t addr_count;
	uint16_t freq_mhz;
	struct radio *radio; /* NULL between two attempts to join the medium again */
	bool joined;
	uv_timer_t retry_timer;
	unsigned retry_ms;
	struct hwsim_status pending[PENDING]; /* by the cookie of the medium */
	bool waits[PENDING];                  /* for its TX status */
	uint32_t cookie;                      /* the last one */
};

struct hwsim {
	uv_loop_t loop;
	uv_poll_t kernel_poll;
	uv_signal_t sigterm, sigint;
	struct hwsim_kernel *kernel;
	const char *socket; /* of the medium */
	unsigned overflows; /* of the kernel's socket */
	size_t count, joined;
	bool opened; /* the caller has the result of hwsim_open() */
	int code;    /* 0, or a negative errno with `error` */
	struct error error;
	struct hwsim_radio radios[];
};

bool hwsim_name_valid(const char *name)
{
	return air_name_valid((const uint8_t *)name, strlen(name)) && !strchr(name, '/') && name[0] != '.';
}

/* Ends the loop with the first error. */
static void fail(struct hwsim *hwsim, int code, const char *text)
{
	if (!hwsim->code)
		hwsim->code = error_set(&hwsim->error, code, "%s", text);
	uv_stop(&hwsim->loop);
}

static void check_kernel(struct hwsim *hwsim, int ret)
{
	struct error error;

	if (!ret)
		return;
	error_set(&error, ret, "cannot reach the kernel's simulated radios: %s", strerror(-ret));
	fail(hwsim, ret, error.text);
}

/* ---- from the kernel to the medium ---- */

static struct hwsim_radio *find_radio(struct hwsim *hwsim, const uint8_t *kernel_addr)
{
	for (size_t i = 0; i < hwsim->count; i++)
		if (mac_equal(hwsim->radios[i].kernel_addr, kernel_addr))
			return &hwsim->radios[i];
	return NULL;
}

static void follow_channel(struct hwsim_radio *radio, uint16_t freq_mhz)
{
	if (!radio->radio)
		radio->freq_mhz = freq_mhz; /* for the next attempt to join */
	else if (radio->freq_mhz != freq_mhz && !radio->radio->ops->tune(radio->radio, freq_mhz))
		radio->freq_mhz = freq_mhz;
}

static void report(struct hwsim_radio *radio, const struct hwsim_status *status, bool acked, unsigned tries)
{
	struct hwsim *hwsim = radio->hwsim;

	check_kernel(hwsim, hwsim_kernel_report(hwsim->kernel, radio->kernel_addr, status, acked, tries));
}

static void report_pending(struct hwsim_radio *radio, uint32_t cookie, bool acked, unsigned tries)
{
	if (radio->waits[cookie % PENDING])
		report(radio, &radio->pending[cookie % PENDING], acked, tries);
	radio->waits[cookie % PENDING] = false;
}

/* Radios of the namespace that another process made have the same medium in the kernel; their frames are lost. */
static void on_transmit(void *user, const uint8_t *kernel_addr, const struct hwsim_transmission *transmission)
{
	struct hwsim_radio *radio = find_radio(user, kernel_addr);
	struct radio_tx tx;

	if (!radio)
		return;
	follow_channel(radio, transmission->freq_mhz);
	if (!radio->radio) {
		report(radio, &transmission->status, false, 0);
		return;
	}
	if (!++radio->cookie)
		radio->cookie = 1; /* with 0 the medium reports no TX status */
	radio->pending[radio->cookie % PENDING] = transmission->status;
	radio->waits[radio->cookie % PENDING] = true;
	tx = (struct radio_tx){.frame = frame_from(transmission->frame, transmission->len, 0, 0),
			       .cookie = radio->cookie};
	if (tx.frame)
		radio->radio->ops->send(radio->radio, &tx, 1); /* RADIO_TX_STATUS reports a loss */
	else
		report_pending(radio, radio->cookie, false, 0);
}

/* A failure ends with RADIO_GONE. */
static void pass_addresses(struct hwsim_radio *radio)
{
	radio->radio->ops->addresses(radio->radio, (const uint8_t(*)[6])radio->addr, radio->addr_count);
}

/*
 * The radio acknowledges frames to the addresses of its interfaces that are up. A scan begins and ends the use of the
 * address that it probes with, which may be that of an interface, so addresses have a reference count.
 */
static void on_address(void *user, const uint8_t *kernel_addr, const uint8_t *addr, bool begins)
{
	struct hwsim_radio *radio = find_radio(user, kernel_addr);
	size_t i = 0, last;

	if (!radio)
		return;
	while (i < radio->addr_count && !mac_equal(radio->addr[i], addr))
		i++;
	if (i == radio->addr_count && (!begins || i == ADDRESSES_MAX))
		return;
	if (i == radio->addr_count) {
		memcpy(radio->addr[radio->addr_count++], addr, 6);
		radio->users[i] = 0;
	}
	radio->users[i] += begins ? 1 : -1u;
	if (!radio->users[i]) {
		last = --radio->addr_count;
		memcpy(radio->addr[i], radio->addr[last], 6);
		radio->users[i] = radio->users[last];
	}
	if (radio->radio)
		pass_addresses(radio);
}

static void on_kernel_ready(uv_poll_t *poll, int status, int events)
{
	struct hwsim *hwsim = poll->data;
	unsigned overflows = hwsim->overflows;

	(void)events;
	event_loop_keep_polling(poll, status, on_kernel_ready);
	check_kernel(hwsim, hwsim_kernel_read(hwsim->kernel, &hwsim->overflows));
	if (!overflows && hwsim->overflows)
		fprintf(stderr,
			"vifi air hwsim: the radios transmit faster than this process reads; frames are lost\n");
}

/* ---- from the medium to the kernel ---- */

static void on_radio_ready(void *user);
static void on_retry_timer(uv_timer_t *timer);

static void handle_joined(struct hwsim_radio *radio)
{
	struct hwsim *hwsim = radio->hwsim;

	radio->joined = true;
	radio->retry_ms = RETRY_MIN_MS;
	if (hwsim->opened)
		fprintf(stderr, "vifi air hwsim: %s: rejoined the medium at %s\n", radio->name, hwsim->socket);
	else if (++hwsim->joined == hwsim->count)
		uv_stop(&hwsim->loop);
}

static void retry_later(struct hwsim_radio *radio)
{
	uv_timer_start(&radio->retry_timer, on_retry_timer, radio->retry_ms, 0);
	radio->retry_ms = 2 * radio->retry_ms < RETRY_MAX_MS ? 2 * radio->retry_ms : RETRY_MAX_MS;
}

/* The kernel's radio stays, and transmits in vain, until the medium is back. */
static void lose_medium(struct hwsim_radio *radio, const char *text)
{
	if (radio->joined)
		fprintf(stderr, "vifi air hwsim: %s: %s; trying to rejoin\n", radio->name, text);
	radio->joined = false;
	radio->radio->ops->close(radio->radio);
	radio->radio = NULL;
	for (uint32_t i = 0; i < PENDING; i++)
		report_pending(radio, i, false, 0);
	retry_later(radio);
}

static int join_medium(struct hwsim_radio *radio, struct error *error)
{
	const struct radio_owner owner = {on_radio_ready, radio};

	radio->radio = air_radio_open(&radio->hwsim->loop, radio->hwsim->socket, radio->name, owner, error);
	return radio->radio ? 0 : -ENOTCONN;
}

static void on_retry_timer(uv_timer_t *timer)
{
	struct hwsim_radio *radio = timer->data;
	struct error ignored; /* the medium is not there yet */

	if (join_medium(radio, &ignored)) {
		retry_later(radio);
		return;
	}
	pass_addresses(radio);
	if (radio->freq_mhz)
		radio->radio->ops->tune(radio->radio, radio->freq_mhz);
}

static void handle_event(struct hwsim_radio *radio, struct radio_event *event)
{
	struct hwsim *hwsim = radio->hwsim;

	switch (event->kind) {
	case RADIO_JOINED:
		handle_joined(radio);
		break;
	case RADIO_RECEIVED:
		check_kernel(hwsim, hwsim_kernel_deliver(hwsim->kernel, radio->kernel_addr, event->frame));
		break;
	case RADIO_TX_STATUS:
		report_pending(radio, event->cookie, event->acked, event->tries);
		break;
	case RADIO_DROPPED:
		break;
	case RADIO_GONE:
		if (hwsim->opened)
			lose_medium(radio, event->text);
		else
			fail(hwsim, -ENOTCONN, event->text);
		break;
	}
	frame_free(event->frame);
}

static void on_radio_ready(void *user)
{
	struct hwsim_radio *radio = user;
	struct radio_event events[RADIO_BATCH];
	int count = radio->radio->ops->receive(radio->radio, events);

	for (int i = 0; i < count; i++)
		handle_event(radio, &events[i]);
}

/* ---- start and stop ---- */

static void on_signal(uv_signal_t *signal, int signum)
{
	(void)signum;
	uv_stop(signal->loop);
}

static int start_loop(struct hwsim *hwsim)
{
	int ret = uv_poll_init(&hwsim->loop, &hwsim->kernel_poll, hwsim_kernel_fd(hwsim->kernel));

	if (ret < 0)
		return error_set(&hwsim->error, ret, "cannot start the event loop: %s", strerror(-ret));
	uv_signal_init(&hwsim->loop, &hwsim->sigterm);
	uv_signal_init(&hwsim->loop, &hwsim->sigint);
	hwsim->kernel_poll.data = hwsim;
	uv_poll_start(&hwsim->kernel_poll, UV_READABLE, on_kernel_ready);
	return 0;
}

/* The address `index` after `first`; only the last three bytes count, so that the others stay those of a vendor. */
static void address_after(uint8_t *addr, const uint8_t *first, size_t index)
{
	uint32_t low = ((uint32_t)first[3] << 16 | (uint32_t)first[4] << 8 | first[5]) + (uint32_t)index;

	memcpy(addr, first, 3);
	addr[3] = (uint8_t)(low >> 16);
	addr[4] = (uint8_t)(low >> 8);
	addr[5] = (uint8_t)low;
}

/*
 * A locally administered address that depends on the name alone (FNV-1a): the kernel accepts two radios of one address,
 * but confuses them, and the names of a medium's radios differ.
 */
static void address_of_name(uint8_t *addr, const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	addr[0] = 2;
	for (int i = 1; i < 6; i++)
		addr[i] = (uint8_t)(hash >> 8 * i);
}

static int add_radio(struct hwsim *hwsim, const struct hwsim_options *options)
{
	struct hwsim_radio *radio = &hwsim->radios[hwsim->count];

	radio->hwsim = hwsim;
	radio->name = options->names[hwsim->count];
	if (mac_is_zero(options->addr))
		address_of_name(radio->kernel_addr, radio->name);
	else
		address_after(radio->kernel_addr, options->addr, hwsim->count);
	radio->retry_ms = RETRY_MIN_MS;
	if (join_medium(radio, &hwsim->error))
		return -ENOTCONN;
	uv_timer_init(&hwsim->loop, &radio->retry_timer);
	radio->retry_timer.data = radio;
	hwsim->count++;
	return hwsim_kernel_add_radio(hwsim->kernel, radio->name, radio->kernel_addr, options->interfaces,
				      &hwsim->error);
}

/* The medium comes last, so that it sees no radios that the kernel refuses; the names of all radios must be free there. */
static int start(struct hwsim *hwsim, const struct hwsim_options *options)
{
	const struct hwsim_handler handler = {on_transmit, on_address, hwsim};
	int ret = 0;

	hwsim->socket = options->socket;
	hwsim->kernel = hwsim_kernel_open(&handler, &ret, &hwsim->error);
	if (!ret)
		ret = start_loop(hwsim);
	while (!ret && hwsim->count < options->count)
		ret = add_radio(hwsim, options);
	if (ret)
		return ret;
	uv_run(&hwsim->loop, UV_RUN_DEFAULT); /* until all radios have joined, or one cannot */
	hwsim->opened = true;
	return hwsim->code;
}

struct hwsim *hwsim_open(const struct hwsim_options *options, int *code, struct error *error)
{
	struct hwsim *hwsim = calloc(1, sizeof(*hwsim) + options->count * sizeof(hwsim->radios[0]));

	if (!hwsim || uv_loop_init(&hwsim->loop) < 0) {
		free(hwsim);
		*code = error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	*code = start(hwsim, options);
	if (!*code)
		return hwsim;
	*error = hwsim->error;
	hwsim_close(hwsim);
	return NULL;
}

/* Only registering as a medium and adding radios need a capability. Unix sockets are for a medium that comes back. */
int hwsim_confine(struct error *error)
{
	const struct sandbox sandbox = {.calls = SANDBOX_UNIX};

	return sandbox_enter(&sandbox, error);
}

int hwsim_run(struct hwsim *hwsim, struct error *error)
{
	uv_signal_start(&hwsim->sigterm, on_signal, SIGTERM);
	uv_signal_start(&hwsim->sigint, on_signal, SIGINT);
	notify("READY=1");
	if (!hwsim->code)
		uv_run(&hwsim->loop, UV_RUN_DEFAULT);
	notify("STOPPING=1");
	if (hwsim->code)
		*error = hwsim->error;
	return hwsim->code;
}

static void close_handle(uv_handle_t *handle, void *user)
{
	(void)user;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void hwsim_close(struct hwsim *hwsim)
{
	for (size_t i = 0; i < hwsim->count; i++)
		if (hwsim->radios[i].radio)
			hwsim->radios[i].radio->ops->close(hwsim->radios[i].radio);
	uv_walk(&hwsim->loop, close_handle, NULL);
	uv_run(&hwsim->loop, UV_RUN_DEFAULT);
	uv_loop_close(&hwsim->loop);
	hwsim_kernel_close(hwsim->kernel);
	free(hwsim);
}
