/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The radio on a monitor interface. */
#include "radio/monitor_state.h"

#include "base/array.h"
#include "base/mac.h"
#include "daemon/clock.h"
#include "radio/rate.h"
#include "radio/tx_ledger.h"
#include "wire/ieee80211.h"
#include "wire/le.h"
#include "wire/radiotap.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	PACKET_MAX = 2400, /* with radiotap header, and FCS */
	MPDU_MIN = 10,     /* ACK and CTS */
	HEADER_LEN = 24,   /* of a data or management frame */
	FCS_LEN = 4,
	ADDRESSES_MAX = 8,
	RETRIES = 6, /* the short retry limit of 802.11, less the first try */
	HEADROOM = 32,
	TAILROOM = 16,
	NS_PER_MS = 1000000,
};

enum { TYPE_MASK = 0x0c, TYPE_MANAGEMENT = 0x00, TYPE_DATA = 0x08, BEACON = 0x80 };

struct monitor_radio {
	struct radio radio; /* first member */
	struct radio_owner owner;
	struct monitor *monitor;
	uv_poll_t poll;
	uv_idle_t idle;
	uv_timer_t timer;
	unsigned handles; /* that are not closed */
	bool blocked;     /* the socket has no room */
	bool everything;  /* frames to other receivers, too */
	bool gone, gone_reported;
	char gone_text[96];
	uint16_t freq_mhz;
	uint8_t addr[ADDRESSES_MAX][6];
	size_t addr_count;
	struct rates rates;
	struct tx_ledger ledger;
	struct radio_event *pending; /* pending[pending_at … pending_count) */
	size_t pending_at, pending_count, pending_room;
};

static struct monitor_radio *to_monitor_radio(const struct radio *radio)
{
	return (struct monitor_radio *)radio;
}

/* ---- events that wait here ---- */

/* Without memory the event is lost: its sender times out. */
static void queue_event(struct monitor_radio *own, const struct radio_event *event)
{
	if (!array_reserve(&own->pending, &own->pending_room, own->pending_count + 1, sizeof(*own->pending)))
		own->pending[own->pending_count++] = *event;
}

static void on_idle(uv_idle_t *idle)
{
	struct monitor_radio *own = idle->data;

	own->owner.ready(own->owner.user);
}

static void update_idle(struct monitor_radio *own)
{
	if (own->pending_count || (own->gone && !own->gone_reported))
		uv_idle_start(&own->idle, on_idle);
	else
		uv_idle_stop(&own->idle);
}

static void queue_status(struct monitor_radio *own, uint32_t cookie, bool acked, unsigned tries)
{
	if (cookie)
		queue_event(own, &(struct radio_event){
					 .kind = RADIO_TX_STATUS, .cookie = cookie, .acked = acked, .tries = tries});
}

static void report_loss(struct monitor_radio *own, uint32_t cookie, enum drop drop)
{
	if (cookie)
		queue_status(own, cookie, false, 0);
	else
		queue_event(own, &(struct radio_event){.kind = RADIO_DROPPED, .drop = drop});
}

static void on_timer(uv_timer_t *timer);

static void arm_timer(struct monitor_radio *own)
{
	uint64_t due_ns = tx_ledger_deadline(&own->ledger), now_ns = monotonic_ns();

	if (due_ns == UINT64_MAX || own->gone) {
		uv_timer_stop(&own->timer);
		return;
	}
	uv_timer_start(&own->timer, on_timer, due_ns > now_ns ? (due_ns - now_ns) / NS_PER_MS + 1 : 0, 0);
}

/* The driver has not returned these frames in time. */
static void on_timer(uv_timer_t *timer)
{
	struct monitor_radio *own = timer->data;
	struct tx_entry entry;
	bool acked;

	while (tx_ledger_expire(&own->ledger, monotonic_ns(), &entry, &acked))
		queue_status(own, entry.cookie, acked, 1);
	arm_timer(own);
	update_idle(own);
}

static void lose_interface(struct monitor_radio *own)
{
	if (own->gone)
		return;
	own->gone = true;
	snprintf(own->gone_text, sizeof(own->gone_text), "lost the monitor interface %s: it is down",
		 own->monitor->info.name);
	uv_poll_stop(&own->poll);
	arm_timer(own);
	update_idle(own);
}

/* ---- sending ---- */

static void on_poll(uv_poll_t *poll, int status, int events);

static void set_blocked(struct monitor_radio *own, bool blocked)
{
	if (own->gone || blocked == own->blocked)
		return;
	own->blocked = blocked;
	uv_poll_start(&own->poll, UV_READABLE | (blocked ? UV_WRITABLE : 0), on_poll);
}

static bool is_eapol(const struct frame *frame)
{
	static const uint8_t llc[] = {0xaa, 0xaa, 0x03, 0x00, 0x00, 0x00, 0x88, 0x8e};
	size_t at = HEADER_LEN + (frame->data[0] & 0x80 ? 2 : 0);

	return frame->len >= at + sizeof(llc) && !memcmp(frame->data + at, llc, sizeof(llc));
}

static bool is_plain_data(const struct frame *frame)
{
	return (frame->data[0] & TYPE_MASK) == TYPE_DATA && !(frame->data[4] & 1) && !is_eapol(frame);
}

/* Returns 0 or a negative errno. */
static int inject(struct monitor_radio *own, const struct frame *frame)
{
	uint16_t freq = own->freq_mhz;
	uint32_t rate_kbps = is_plain_data(frame) ? rate_choose(&own->rates, frame->data + 4, freq) : rate_lowest(freq);
	uint8_t header[RADIOTAP_LEN_MAX];
	struct iovec parts[] = {{header, radiotap_write_injection(header, rate_kbps, RETRIES)},
				{(void *)frame->data, frame->len}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};

	return sendmsg(own->monitor->fd, &message, MSG_DONTWAIT) < 0 ? -errno : 0;
}

/* Control frames, which are PS-Poll here, have no sequence number and get no status. */
static void note_sent(struct monitor_radio *own, const struct radio_tx *tx)
{
	const struct frame *frame = tx->frame;
	bool numbered = (frame->data[0] & TYPE_MASK) != 0x04 && frame->len >= HEADER_LEN;

	if (frame->data[0] == BEACON && !tx->cookie)
		return;
	if (!numbered)
		queue_status(own, tx->cookie, true, 1);
	else if (!tx_ledger_add(&own->ledger, frame->data, tx->cookie, monotonic_ns()))
		report_loss(own, tx->cookie, DROP_RADIO_QUEUE);
}

static int send_one(struct monitor_radio *own, const struct radio_tx *tx)
{
	int ret = -ENETDOWN;

	if (tx->frame->len < MPDU_MIN || tx->frame->len > PACKET_MAX - RADIOTAP_LEN_MAX) {
		report_loss(own, tx->cookie, DROP_MTU);
		return -EMSGSIZE;
	}
	if (!own->gone)
		ret = inject(own, tx->frame);
	if (ret == 0)
		note_sent(own, tx);
	else if (ret == -ENETDOWN || ret == -ENXIO || ret == -ENODEV)
		lose_interface(own);
	else
		set_blocked(own, true);
	if (ret < 0)
		report_loss(own, tx->cookie, own->gone ? DROP_RADIO_GONE : DROP_RADIO_QUEUE);
	return ret;
}

static int monitor_send(struct radio *radio, struct radio_tx *tx, size_t count)
{
	struct monitor_radio *own = to_monitor_radio(radio);
	int result = 0;

	for (size_t i = 0; i < count; i++) {
		if (send_one(own, &tx[i]) < 0)
			result = -ENOBUFS;
		frame_free(tx[i].frame);
	}
	arm_timer(own);
	update_idle(own);
	return own->gone ? -ENETDOWN : result;
}

static size_t monitor_room(const struct radio *radio)
{
	const struct monitor_radio *own = to_monitor_radio(radio);
	size_t left = LEDGER_ROOM - own->ledger.count;

	return own->blocked || own->gone ? 0 : left < RADIO_BATCH ? left : RADIO_BATCH;
}

/* ---- requests ---- */

static int tune(struct radio *radio, uint16_t freq_mhz)
{
	struct monitor_radio *own = to_monitor_radio(radio);
	int ret = monitor_tune(own->monitor, freq_mhz);

	if (ret == 0)
		own->freq_mhz = freq_mhz;
	return ret;
}

static int set_addresses(struct radio *radio, const uint8_t (*addr)[6], size_t count)
{
	struct monitor_radio *own = to_monitor_radio(radio);

	if (count > ADDRESSES_MAX)
		return -EINVAL;
	memcpy(own->addr, addr, 6 * count);
	own->addr_count = count;
	return 0;
}

/* A monitor interface cannot doze: the station saves no power, and misses nothing. */
static int doze(struct radio *radio, uint64_t until_ns)
{
	(void)radio;
	(void)until_ns;
	return 0;
}

static int receive_everything(struct radio *radio, bool on)
{
	to_monitor_radio(radio)->everything = on;
	return 0;
}

/* ---- receiving ---- */

static bool is_own(const struct monitor_radio *own, const uint8_t addr[6])
{
	for (size_t i = 0; i < own->addr_count; i++)
		if (mac_equal(own->addr[i], addr))
			return true;
	return false;
}

/* One of our frames comes back. */
static bool take_status(struct monitor_radio *own, const struct radiotap_frame *tap, const uint8_t *mpdu, size_t len,
			struct radio_event *event)
{
	struct tx_entry entry;

	if (len < HEADER_LEN || !tx_ledger_match(&own->ledger, mpdu, &entry))
		return false;
	if ((mpdu[0] & TYPE_MASK) == TYPE_DATA && !(mpdu[4] & 1))
		rate_report(&own->rates, mpdu + 4, tap->acked, tap->retries + 1);
	*event = (struct radio_event){
		.kind = RADIO_TX_STATUS, .cookie = entry.cookie, .acked = tap->acked, .tries = tap->retries + 1};
	return entry.cookie;
}

/* `cut`: the frame is longer than the buffer. */
static bool take_frame(struct monitor_radio *own, const struct radiotap_frame *tap, const uint8_t *mpdu, size_t len,
		       bool cut, struct radio_event *event)
{
	struct frame *frame;

	if (tap->fcs_bad || len < MPDU_MIN || (len >= 16 && is_own(own, mpdu + 10)))
		return false;
	if (!own->everything && !(mpdu[4] & 1) && !is_own(own, mpdu + 4))
		return false;
	frame = cut ? NULL : frame_from(mpdu, len, HEADROOM, TAILROOM);
	if (!frame) {
		*event = (struct radio_event){.kind = RADIO_DROPPED, .drop = cut ? DROP_TRUNCATED : DROP_NO_MEMORY};
		return true;
	}
	frame->meta = (struct frame_meta){.time_ns = monotonic_ns(),
					  .freq_mhz = tap->freq_mhz ? tap->freq_mhz : own->freq_mhz,
					  .signal_dbm = tap->signal_dbm,
					  .rate_kbps = tap->rate_kbps};
	*event = (struct radio_event){.kind = RADIO_RECEIVED, .frame = frame, .tries = 1};
	return true;
}

/* Returns whether the packet makes an event. */
static bool read_packet(struct monitor_radio *own, const uint8_t *bytes, size_t len, struct radio_event *event)
{
	struct radiotap_frame tap;
	const uint8_t *mpdu;
	bool cut = len > PACKET_MAX;

	len = cut ? PACKET_MAX : len;
	if (!radiotap_read(&tap, bytes, len))
		return false;
	mpdu = bytes + tap.len;
	len -= tap.len;
	if (tap.has_fcs)
		len = len > FCS_LEN ? len - FCS_LEN : 0;
	return tap.sent ? take_status(own, &tap, mpdu, len, event) : take_frame(own, &tap, mpdu, len, cut, event);
}

/* Returns the length of the packet, of which the buffer holds the first PACKET_MAX bytes, or a negative errno. */
static ssize_t receive_packet(struct monitor_radio *own, uint8_t *bytes)
{
	struct sockaddr_ll from;
	socklen_t from_len = sizeof(from);
	ssize_t len;

	do
		len = recvfrom(own->monitor->fd, bytes, PACKET_MAX, MSG_DONTWAIT | MSG_TRUNC, (struct sockaddr *)&from,
			       &from_len);
	while ((len < 0 && errno == EINTR) || (len >= 0 && from.sll_pkttype == PACKET_OUTGOING));
	return len < 0 ? -errno : len;
}

static int take_pending(struct monitor_radio *own, struct radio_event *events)
{
	int count = 0;

	while (count < RADIO_BATCH && own->pending_at < own->pending_count)
		events[count++] = own->pending[own->pending_at++];
	if (own->pending_at == own->pending_count)
		own->pending_at = own->pending_count = 0;
	return count;
}

static int monitor_receive(struct radio *radio, struct radio_event *events)
{
	struct monitor_radio *own = to_monitor_radio(radio);
	uint8_t bytes[PACKET_MAX];
	int count = take_pending(own, events);

	while (count < RADIO_BATCH && !own->gone) {
		ssize_t len = receive_packet(own, bytes);

		if (len == -ENETDOWN || len == -ENXIO || len == -ENODEV)
			lose_interface(own);
		if (len < 0)
			break;
		count += read_packet(own, bytes, (size_t)len, &events[count]);
	}
	if (count < RADIO_BATCH && own->gone && !own->gone_reported && !own->pending_count) {
		events[count++] = (struct radio_event){.kind = RADIO_GONE, .code = -ENETDOWN, .text = own->gone_text};
		own->gone_reported = true;
	}
	arm_timer(own);
	update_idle(own);
	return count;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct monitor_radio *own = poll->data;

	if (status < 0)
		lose_interface(own);
	if (events & UV_WRITABLE)
		set_blocked(own, false);
	own->owner.ready(own->owner.user);
}

static void monitor_wait(struct radio *radio, int timeout_ms)
{
	struct monitor_radio *own = to_monitor_radio(radio);
	struct pollfd fd = {.fd = own->monitor->fd, .events = POLLIN};

	if (!own->gone && !own->pending_count)
		poll(&fd, 1, timeout_ms);
}

/* ---- beginning and end ---- */

static void on_closed(uv_handle_t *handle)
{
	struct monitor_radio *own = handle->data;

	if (--own->handles == 0)
		free(own);
}

static void close_radio(struct radio *radio)
{
	struct monitor_radio *own = to_monitor_radio(radio);

	uv_close((uv_handle_t *)&own->poll, on_closed);
	uv_close((uv_handle_t *)&own->idle, on_closed);
	uv_close((uv_handle_t *)&own->timer, on_closed);
	free(own->pending);
	own->pending = NULL;
}

static const struct radio_ops monitor_radio_ops = {
	.tune = tune,
	.addresses = set_addresses,
	.doze = doze,
	.monitor = receive_everything,
	.send = monitor_send,
	.room = monitor_room,
	.receive = monitor_receive,
	.wait = monitor_wait,
	.close = close_radio,
};

struct radio *monitor_radio_open(uv_loop_t *loop, struct monitor *monitor, struct radio_owner owner,
				 struct error *error)
{
	struct monitor_radio *own = monitor_is_up(monitor) ? calloc(1, sizeof(*own)) : NULL;

	if (!own || uv_poll_init(loop, &own->poll, monitor->fd) < 0) {
		error_set(error, -ENETDOWN, "the monitor interface %s is down; set it up: ip link set %s up",
			  monitor->info.name, monitor->info.name);
		free(own);
		return NULL;
	}
	own->radio.ops = &monitor_radio_ops;
	own->owner = owner;
	own->monitor = monitor;
	uv_idle_init(loop, &own->idle);
	uv_timer_init(loop, &own->timer);
	own->poll.data = own->idle.data = own->timer.data = own;
	own->handles = 3;
	uv_poll_start(&own->poll, UV_READABLE, on_poll);
	queue_event(own, &(struct radio_event){.kind = RADIO_JOINED});
	update_idle(own);
	return &own->radio;
}
