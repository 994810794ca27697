/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hwsim: connects radios of Linux's mac80211 to the medium of `vifi air`, so that hostapd, wpa_supplicant and the kernel
 * become peers of `vifi ap` and `vifi sta`.
 *
 *	  mac80211 ── mac80211_hwsim ──generic netlink── hwsim ──SOCK_SEQPACKET── vifi air
 *
 *	usage: hwsim SOCKET NAME…
 *
 * Each NAME becomes a wiphy of that name in this network namespace, without an interface, and a radio of the medium. The
 * first one has the address 02:00:00:00:00:01, the second …:02, and so on. A process can be the medium of the
 * mac80211_hwsim radios of its namespace, even after they move to another one: the kernel passes each transmitted frame
 * in a FRAME message and keeps it until a TX_INFO_FRAME message reports its TX status; a FRAME message to the kernel is
 * received by a radio. The kernel does not report the channel of a radio, only that of each transmitted frame, to which
 * the radio of the medium follows. So a radio receives nothing on a channel that it scans passively. The radios disappear
 * with the process.
 *
 * The program prints "hwsim: ready" when all radios exist.
 */
#include "air/client.h"

#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The ABI of mac80211_hwsim; no package contains the kernel's header. */
enum { REGISTER = 1, FRAME = 2, TX_INFO_FRAME = 3, NEW_RADIO = 4, ADD_MAC_ADDR = 7, DEL_MAC_ADDR = 8 };
enum {
	ADDR_RECEIVER = 1,
	ADDR_TRANSMITTER = 2,
	FRAME_BYTES = 3,
	FLAGS = 4,
	RX_RATE = 5,
	SIGNAL = 6,
	TX_INFO = 7,
	COOKIE = 8,
	DESTROY_ON_CLOSE = 16,
	RADIO_NAME = 17,
	NO_VIF = 18,
	FREQ = 19,
	PERM_ADDR = 22,
	LAST = 32, /* attributes of later kernels are ignored */
};
#define STAT_ACK 4u /* in FLAGS */

enum { RADIOS = 16, ADDRESSES = 16, PENDING = 1024, RATES = 4, FRAME_LEAST = 24, OVERHEAD = 256 };

struct tx_rate {
	int8_t index; /* -1: end of the list */
	uint8_t count;
};

struct hwsim_pending {
	uint64_t cookie;
	uint32_t flags;
	struct tx_rate rates[RATES];
};

struct hwsim;

struct hwsim_node {
	struct hwsim *hwsim;
	uint8_t hw[6]; /* identifies the radio in messages to and from the kernel */
	uint8_t addr[ADDRESSES][6];
	unsigned users[ADDRESSES]; /* users of each address */
	size_t count;
	uint16_t freq_mhz;
	struct radio *radio;
	struct hwsim_pending pending[PENDING]; /* by the cookie of the medium */
	uint32_t cookie;
};

struct hwsim {
	struct nl_sock *sock;
	int family;
	struct hwsim_node *node;
	size_t count, joined;
	bool failed;
	uv_loop_t loop;
	uv_poll_t poll; /* of the netlink socket */
};

/* ---- to the kernel ---- */

static struct nl_msg *new_message(const struct hwsim *hwsim, uint8_t command, size_t room)
{
	struct nl_msg *msg = nlmsg_alloc_size(room + OVERHEAD);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, hwsim->family, 0, 0, command, 1)) {
		fprintf(stderr, "hwsim: out of memory\n");
		exit(1);
	}
	return msg;
}

/* When this returns, the kernel has executed the command or queued an error message. */
static void send_message(struct hwsim *hwsim, struct nl_msg *msg)
{
	int ret = nl_send_auto(hwsim->sock, msg);

	nlmsg_free(msg);
	if (ret < 0) {
		fprintf(stderr, "hwsim: netlink: %s\n", nl_geterror(ret));
		hwsim->failed = true;
	}
}

static void deliver_frame(struct hwsim *hwsim, const struct hwsim_node *node, const struct frame *frame)
{
	struct nl_msg *msg = new_message(hwsim, FRAME, frame->len);
	size_t len = frame->len < FRAME_LEAST ? FRAME_LEAST : frame->len;
	uint8_t *bytes;

	nla_put(msg, ADDR_RECEIVER, 6, node->hw);
	/* The kernel refuses frames of less than 24 bytes, but a PS-Poll has 16; it does not read the padding. */
	bytes = nla_data(nla_reserve(msg, FRAME_BYTES, (int)len));
	memset(bytes, 0, len);
	memcpy(bytes, frame->data, frame->len);
	nla_put_u32(msg, RX_RATE, 0);
	nla_put_u32(msg, SIGNAL, (uint32_t)(int32_t)frame->meta.signal_dbm);
	nla_put_u32(msg, FREQ, frame->meta.freq_mhz);
	send_message(hwsim, msg);
}

static void report_tx_status(struct hwsim *hwsim, struct hwsim_node *node, const struct radio_event *event)
{
	struct hwsim_pending *pending = &node->pending[event->cookie % PENDING];
	struct nl_msg *msg = new_message(hwsim, TX_INFO_FRAME, sizeof(pending->rates));

	pending->rates[0].count = event->tries ? (uint8_t)event->tries : 1;
	for (int i = 1; i < RATES; i++)
		pending->rates[i].index = -1;
	nla_put(msg, ADDR_TRANSMITTER, 6, node->hw);
	nla_put_u32(msg, FLAGS, pending->flags | (event->acked ? STAT_ACK : 0));
	nla_put_u64(msg, COOKIE, pending->cookie);
	nla_put_u32(msg, SIGNAL, (uint32_t)-30);
	nla_put(msg, TX_INFO, sizeof(pending->rates), pending->rates);
	send_message(hwsim, msg);
}

/* ---- from the kernel ---- */

static struct hwsim_node *find_node(const struct hwsim *hwsim, struct nlattr *addr)
{
	for (size_t i = 0; addr && nla_len(addr) == 6 && i < hwsim->count; i++)
		if (!memcmp(hwsim->node[i].hw, nla_data(addr), 6))
			return &hwsim->node[i];
	return NULL;
}

static void tune_node(struct hwsim_node *node, uint16_t freq_mhz)
{
	if (node->freq_mhz != freq_mhz && !node->radio->ops->tune(node->radio, freq_mhz))
		node->freq_mhz = freq_mhz;
}

static void transmit_frame(struct hwsim *hwsim, struct nlattr **at)
{
	struct hwsim_node *node = find_node(hwsim, at[ADDR_TRANSMITTER]);
	struct hwsim_pending *pending;
	struct radio_tx tx;

	if (!node || !at[FRAME_BYTES] || !at[COOKIE] || !at[FREQ])
		return;
	tune_node(node, (uint16_t)nla_get_u32(at[FREQ]));
	if (!++node->cookie)
		node->cookie = 1; /* with 0 the medium reports no TX status */
	pending = &node->pending[node->cookie % PENDING];
	*pending = (struct hwsim_pending){.cookie = nla_get_u64(at[COOKIE]),
					  .flags = at[FLAGS] ? nla_get_u32(at[FLAGS]) : 0};
	if (at[TX_INFO])
		nla_memcpy(pending->rates, at[TX_INFO], sizeof(pending->rates));
	tx = (struct radio_tx){.frame = frame_from(nla_data(at[FRAME_BYTES]), (size_t)nla_len(at[FRAME_BYTES]), 0, 0),
			       .cookie = node->cookie};
	if (tx.frame)
		node->radio->ops->send(node->radio, &tx, 1);
}

/*
 * The radio acknowledges frames to the addresses of its interfaces that are up. A scan adds and deletes the address that
 * it probes with, which may be that of an interface, so addresses have a reference count.
 */
static void update_address(struct hwsim *hwsim, struct nlattr **at, bool add)
{
	struct hwsim_node *node = find_node(hwsim, at[ADDR_TRANSMITTER]);
	uint8_t list[ADDRESSES][6];
	size_t i = 0, count = 0;

	if (!node || !at[ADDR_RECEIVER] || nla_len(at[ADDR_RECEIVER]) != 6)
		return;
	while (i < node->count && memcmp(node->addr[i], nla_data(at[ADDR_RECEIVER]), 6) != 0)
		i++;
	if (i == node->count && (!add || i == ADDRESSES))
		return;
	if (i == node->count)
		memcpy(node->addr[node->count++], nla_data(at[ADDR_RECEIVER]), 6);
	node->users[i] = add ? node->users[i] + 1 : node->users[i] - (node->users[i] > 0);
	for (i = 0; i < node->count; i++)
		if (node->users[i])
			memcpy(list[count++], node->addr[i], 6);
	if (node->radio->ops->addresses(node->radio, (const uint8_t(*)[6])list, count)) {
		fprintf(stderr, "hwsim: the medium refused an address\n");
		hwsim->failed = true;
	}
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct hwsim *hwsim = arg;
	struct nlattr *at[LAST + 1];
	struct genlmsghdr *genl = nlmsg_data(nlmsg_hdr(msg));

	if (nlmsg_hdr(msg)->nlmsg_type != hwsim->family || genlmsg_parse(nlmsg_hdr(msg), 0, at, LAST, NULL) < 0)
		return NL_OK;
	if (genl->cmd == FRAME)
		transmit_frame(hwsim, at);
	else if (genl->cmd == ADD_MAC_ADDR || genl->cmd == DEL_MAC_ADDR)
		update_address(hwsim, at, genl->cmd == ADD_MAC_ADDR);
	return NL_OK;
}

/* The reply to NEW_RADIO has the number of the radio, a positive number, in the errno field. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *nlmsgerr, void *arg)
{
	struct hwsim *hwsim = arg;
	const struct genlmsghdr *genl = nlmsg_data(&nlmsgerr->msg);

	(void)from;
	if (nlmsgerr->error < 0 && (genl->cmd == REGISTER || genl->cmd == NEW_RADIO)) {
		fprintf(stderr, "hwsim: the kernel refused command %u: %s\n", genl->cmd, strerror(-nlmsgerr->error));
		hwsim->failed = true;
	}
	return NL_SKIP;
}

static void read_kernel(struct hwsim *hwsim)
{
	int ret;

	do
		ret = nl_recvmsgs_default(hwsim->sock);
	while (ret >= 0);
	if (ret != -NLE_AGAIN) {
		fprintf(stderr, "hwsim: netlink: %s\n", nl_geterror(ret));
		hwsim->failed = ret != -NLE_NOMEM; /* NLE_NOMEM: the socket's buffer was full and frames were lost */
	}
}

static void read_medium(struct hwsim *hwsim, struct hwsim_node *node)
{
	struct radio_event events[RADIO_BATCH];
	int count = node->radio->ops->receive(node->radio, events);

	for (int i = 0; i < count; i++) {
		switch (events[i].kind) {
		case RADIO_JOINED:
			if (++hwsim->joined == hwsim->count)
				puts("hwsim: ready");
			fflush(stdout);
			break;
		case RADIO_RECEIVED:
			deliver_frame(hwsim, node, events[i].frame);
			break;
		case RADIO_TX_STATUS:
			report_tx_status(hwsim, node, &events[i]);
			break;
		case RADIO_DROPPED:
			break;
		case RADIO_GONE:
			fprintf(stderr, "hwsim: %s\n", events[i].text);
			hwsim->failed = true;
			break;
		}
		frame_free(events[i].frame);
	}
}

/* ---- the process ---- */

static void start_netlink(struct hwsim *hwsim)
{
	int receive = 8 << 20;

	hwsim->sock = nl_socket_alloc();
	if (!hwsim->sock || genl_connect(hwsim->sock) < 0 ||
	    (hwsim->family = genl_ctrl_resolve(hwsim->sock, "MAC80211_HWSIM")) < 0) {
		fprintf(stderr, "hwsim: the kernel has no MAC80211_HWSIM; run \"modprobe mac80211_hwsim\"\n");
		exit(1);
	}
	nl_socket_disable_seq_check(hwsim->sock);
	nl_socket_disable_auto_ack(hwsim->sock);
	/* An emulated machine may stop this process while radios send; the limit of rmem_max is too low for that. */
	setsockopt(nl_socket_get_fd(hwsim->sock), SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof(receive));
	nl_socket_set_msg_buf_size(hwsim->sock, AIR_FRAME_MAX + OVERHEAD);
	nl_socket_set_nonblocking(hwsim->sock);
	nl_socket_modify_cb(hwsim->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, hwsim);
	nl_socket_modify_err_cb(hwsim->sock, NL_CB_CUSTOM, on_error, hwsim);
	send_message(hwsim, new_message(hwsim, REGISTER, 0));
}

static void stop_if_failed(struct hwsim *hwsim)
{
	if (hwsim->failed)
		uv_stop(&hwsim->loop);
}

static void on_radio_ready(void *user)
{
	struct hwsim_node *node = user;

	read_medium(node->hwsim, node);
	stop_if_failed(node->hwsim);
}

static void on_netlink_ready(uv_poll_t *poll, int status, int events)
{
	struct hwsim *hwsim = poll->data;

	(void)status;
	(void)events;
	read_kernel(hwsim);
	stop_if_failed(hwsim);
}

static void add_radio(struct hwsim *hwsim, const char *medium, const char *name)
{
	struct hwsim_node *node = &hwsim->node[hwsim->count++];
	struct nl_msg *msg = new_message(hwsim, NEW_RADIO, strlen(name));
	const struct radio_owner owner = {on_radio_ready, node};
	struct error error;

	node->hwsim = hwsim;
	node->radio = air_radio_open(&hwsim->loop, medium, name, owner, &error);
	if (!node->radio) {
		fprintf(stderr, "hwsim: %s\n", error.text);
		exit(1);
	}
	memcpy(node->hw, (uint8_t[]){2, 0, 0, 0, 0, (uint8_t)hwsim->count}, 6);
	nla_put(msg, PERM_ADDR, 6, node->hw);
	nla_put(msg, RADIO_NAME, (int)strlen(name), name);
	nla_put_flag(msg, NO_VIF);
	nla_put_flag(msg, DESTROY_ON_CLOSE);
	send_message(hwsim, msg);
}

int main(int argc, char **argv)
{
	static struct hwsim_node nodes[RADIOS];
	static struct hwsim hwsim = {.node = nodes};

	if (argc < 3 || argc - 2 > RADIOS) {
		fprintf(stderr, "usage: hwsim SOCKET NAME… (at most %d)\n", RADIOS);
		return 2;
	}
	start_netlink(&hwsim);
	if (uv_loop_init(&hwsim.loop) < 0 || uv_poll_init(&hwsim.loop, &hwsim.poll, nl_socket_get_fd(hwsim.sock)) < 0) {
		fprintf(stderr, "hwsim: cannot start the event loop\n");
		return 1;
	}
	hwsim.poll.data = &hwsim;
	for (int i = 2; i < argc; i++)
		add_radio(&hwsim, argv[1], argv[i]);
	read_kernel(&hwsim);
	uv_poll_start(&hwsim.poll, UV_READABLE, on_netlink_ready);
	if (!hwsim.failed)
		uv_run(&hwsim.loop, UV_RUN_DEFAULT);
	return 1;
}
