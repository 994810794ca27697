/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hwsim: radios of Linux's mac80211 on a virtual air, so that hostapd, wpa_supplicant and the kernel are peers of
 * `vifi ap` and `vifi sta`.
 *
 *	  mac80211 ── mac80211_hwsim ──generic netlink── hwsim ──SOCK_SEQPACKET── vifi air
 *
 *	usage: hwsim SOCKET NAME…
 *
 * Each NAME becomes a wiphy of that name in this network namespace, without an interface, and a radio of the air.  The
 * first has the address 02:00:00:00:00:01, the second …:02, and so on.  mac80211_hwsim lets a process be the medium of
 * the radios of its namespace, wherever they are moved to later: frames that a radio sends come as FRAME, and wait in
 * the kernel until TX_INFO_FRAME tells what became of them; FRAME towards the kernel is received by a radio.  The
 * kernel does not tell what a radio listens to, but says with each frame where it was sent; the air's radio follows, so
 * it is deaf on a channel on which a scan only listens.  The radios go with the process.
 *
 * "hwsim: ready" on the standard output says that all are there.
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

/* The kernel keeps this ABI in a header of its own, which no package has. */
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
	LAST = 32, /* what later kernels say behind that is of no interest */
};
#define STAT_ACK 4u /* in FLAGS */

enum { RADIOS = 16, ADDRESSES = 16, PENDING = 1024, RATES = 4, FRAME_LEAST = 24, OVERHEAD = 256 };

struct tx_rate {
	int8_t index; /* -1: this one and what follows is of no use */
	uint8_t count;
};

struct hwsim_pending {
	uint64_t cookie;
	uint32_t flags;
	struct tx_rate rates[RATES];
};

struct hwsim_bridge;

struct hwsim_node {
	struct hwsim_bridge *bridge;
	uint8_t hw[6]; /* by which the kernel and we speak of it */
	uint8_t addr[ADDRESSES][6];
	unsigned users[ADDRESSES]; /* of each address */
	size_t count;
	uint16_t freq_mhz;
	struct radio *air;
	struct hwsim_pending pending[PENDING]; /* by the air's cookie */
	uint32_t cookie;
};

struct hwsim_bridge {
	struct nl_sock *sock;
	int family;
	struct hwsim_node *node;
	size_t count, joined;
	bool failed;
	uv_loop_t loop;
	uv_poll_t poll; /* of the netlink socket */
};

/* ---- to the kernel ---- */

static struct nl_msg *new_message(const struct hwsim_bridge *bridge, uint8_t command, size_t room)
{
	struct nl_msg *msg = nlmsg_alloc_size(room + OVERHEAD);

	if (!msg || !genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, bridge->family, 0, 0, command, 1)) {
		fprintf(stderr, "hwsim: no memory\n");
		exit(1);
	}
	return msg;
}

/* The kernel has done it, or queued its refusal, when this returns. */
static void send_message(struct hwsim_bridge *bridge, struct nl_msg *msg)
{
	int ret = nl_send_auto(bridge->sock, msg);

	nlmsg_free(msg);
	if (ret < 0) {
		fprintf(stderr, "hwsim: netlink: %s\n", nl_geterror(ret));
		bridge->failed = true;
	}
}

static void deliver_frame(struct hwsim_bridge *bridge, const struct hwsim_node *node, const struct frame *frame)
{
	struct nl_msg *msg = new_message(bridge, FRAME, frame->len);
	size_t len = frame->len < FRAME_LEAST ? FRAME_LEAST : frame->len;
	uint8_t *bytes;

	nla_put(msg, ADDR_RECEIVER, 6, node->hw);
	/* The kernel takes no frame below 24 bytes from a process, but a PS-Poll has 16; what is behind is not read. */
	bytes = nla_data(nla_reserve(msg, FRAME_BYTES, (int)len));
	memset(bytes, 0, len);
	memcpy(bytes, frame->data, frame->len);
	nla_put_u32(msg, RX_RATE, 0);
	nla_put_u32(msg, SIGNAL, (uint32_t)(int32_t)frame->meta.signal_dbm);
	nla_put_u32(msg, FREQ, frame->meta.freq_mhz);
	send_message(bridge, msg);
}

static void report_tx_status(struct hwsim_bridge *bridge, struct hwsim_node *node,
			     const struct radio_event *radio_event)
{
	struct hwsim_pending *pending = &node->pending[radio_event->cookie % PENDING];
	struct nl_msg *msg = new_message(bridge, TX_INFO_FRAME, sizeof pending->rates);

	pending->rates[0].count = radio_event->tries ? (uint8_t)radio_event->tries : 1;
	for (int i = 1; i < RATES; i++)
		pending->rates[i].index = -1;
	nla_put(msg, ADDR_TRANSMITTER, 6, node->hw);
	nla_put_u32(msg, FLAGS, pending->flags | (radio_event->acked ? STAT_ACK : 0));
	nla_put_u64(msg, COOKIE, pending->cookie);
	nla_put_u32(msg, SIGNAL, (uint32_t)-30);
	nla_put(msg, TX_INFO, sizeof pending->rates, pending->rates);
	send_message(bridge, msg);
}

/* ---- from the kernel ---- */

static struct hwsim_node *find_node(const struct hwsim_bridge *bridge, struct nlattr *addr)
{
	for (size_t i = 0; addr && nla_len(addr) == 6 && i < bridge->count; i++)
		if (!memcmp(bridge->node[i].hw, nla_data(addr), 6))
			return &bridge->node[i];
	return NULL;
}

static void tune_node(struct hwsim_node *node, uint16_t freq_mhz)
{
	if (node->freq_mhz != freq_mhz && !node->air->ops->tune(node->air, freq_mhz))
		node->freq_mhz = freq_mhz;
}

static void transmit_frame(struct hwsim_bridge *bridge, struct nlattr **at)
{
	struct hwsim_node *node = find_node(bridge, at[ADDR_TRANSMITTER]);
	struct hwsim_pending *pending;
	struct radio_tx tx;

	if (!node || !at[FRAME_BYTES] || !at[COOKIE] || !at[FREQ])
		return;
	tune_node(node, (uint16_t)nla_get_u32(at[FREQ]));
	if (!++node->cookie)
		node->cookie = 1; /* 0 would ask for no status */
	pending = &node->pending[node->cookie % PENDING];
	*pending = (struct hwsim_pending){.cookie = nla_get_u64(at[COOKIE]),
					  .flags = at[FLAGS] ? nla_get_u32(at[FLAGS]) : 0};
	if (at[TX_INFO])
		nla_memcpy(pending->rates, at[TX_INFO], sizeof pending->rates);
	tx = (struct radio_tx){.frame = frame_from(nla_data(at[FRAME_BYTES]), (size_t)nla_len(at[FRAME_BYTES]), 0, 0),
			       .cookie = node->cookie};
	if (tx.frame)
		node->air->ops->send(node->air, &tx, 1);
}

/*
 * The radio acknowledges for the addresses of its interfaces that are up.  A scan adds the address that it probes with
 * and deletes it again, while the interface of the same address stays: so they are counted.
 */
static void update_address(struct hwsim_bridge *bridge, struct nlattr **at, bool add)
{
	struct hwsim_node *node = find_node(bridge, at[ADDR_TRANSMITTER]);
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
	if (node->air->ops->addresses(node->air, (const uint8_t(*)[6])list, count)) {
		fprintf(stderr, "hwsim: the air refuses an address\n");
		bridge->failed = true;
	}
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct hwsim_bridge *bridge = arg;
	struct nlattr *at[LAST + 1];
	struct genlmsghdr *genl = nlmsg_data(nlmsg_hdr(msg));

	if (nlmsg_hdr(msg)->nlmsg_type != bridge->family || genlmsg_parse(nlmsg_hdr(msg), 0, at, LAST, NULL) < 0)
		return NL_OK;
	if (genl->cmd == FRAME)
		transmit_frame(bridge, at);
	else if (genl->cmd == ADD_MAC_ADDR || genl->cmd == DEL_MAC_ADDR)
		update_address(bridge, at, genl->cmd == ADD_MAC_ADDR);
	return NL_OK;
}

/* NEW_RADIO is answered by the number of the radio, where an errno would stand. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *nlmsgerr, void *arg)
{
	struct hwsim_bridge *bridge = arg;
	const struct genlmsghdr *genl = nlmsg_data(&nlmsgerr->msg);

	(void)from;
	if (nlmsgerr->error < 0 && (genl->cmd == REGISTER || genl->cmd == NEW_RADIO)) {
		fprintf(stderr, "hwsim: the kernel refuses command %u: %s\n", genl->cmd, strerror(-nlmsgerr->error));
		bridge->failed = true;
	}
	return NL_SKIP;
}

static void read_kernel(struct hwsim_bridge *bridge)
{
	int ret;

	do
		ret = nl_recvmsgs_default(bridge->sock);
	while (ret >= 0);
	if (ret != -NLE_AGAIN) {
		fprintf(stderr, "hwsim: netlink: %s\n", nl_geterror(ret));
		bridge->failed = ret != -NLE_NOMEM; /* that one says that frames are lost */
	}
}

static void read_medium(struct hwsim_bridge *bridge, struct hwsim_node *node)
{
	struct radio_event events[RADIO_BATCH];
	int count = node->air->ops->receive(node->air, events);

	for (int i = 0; i < count; i++) {
		switch (events[i].kind) {
		case RADIO_JOINED:
			if (++bridge->joined == bridge->count)
				puts("hwsim: ready");
			fflush(stdout);
			break;
		case RADIO_RECEIVED:
			deliver_frame(bridge, node, events[i].frame);
			break;
		case RADIO_TX_STATUS:
			report_tx_status(bridge, node, &events[i]);
			break;
		case RADIO_DROPPED:
			break;
		case RADIO_GONE:
			fprintf(stderr, "hwsim: %s\n", events[i].text);
			bridge->failed = true;
			break;
		}
		frame_free(events[i].frame);
	}
}

/* ---- the process ---- */

static void start_netlink(struct hwsim_bridge *bridge)
{
	int receive = 8 << 20;

	bridge->sock = nl_socket_alloc();
	if (!bridge->sock || genl_connect(bridge->sock) < 0 ||
	    (bridge->family = genl_ctrl_resolve(bridge->sock, "MAC80211_HWSIM")) < 0) {
		fprintf(stderr, "hwsim: there is no MAC80211_HWSIM: modprobe mac80211_hwsim\n");
		exit(1);
	}
	nl_socket_disable_seq_check(bridge->sock);
	nl_socket_disable_auto_ack(bridge->sock);
	/* An emulated machine may keep us waiting while radios send; the limit for ordinary processes is too low. */
	setsockopt(nl_socket_get_fd(bridge->sock), SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof receive);
	nl_socket_set_msg_buf_size(bridge->sock, AIR_FRAME_MAX + OVERHEAD);
	nl_socket_set_nonblocking(bridge->sock);
	nl_socket_modify_cb(bridge->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, bridge);
	nl_socket_modify_err_cb(bridge->sock, NL_CB_CUSTOM, on_error, bridge);
	send_message(bridge, new_message(bridge, REGISTER, 0));
}

static void stop_if_failed(struct hwsim_bridge *bridge)
{
	if (bridge->failed)
		uv_stop(&bridge->loop);
}

static void on_radio_ready(void *user)
{
	struct hwsim_node *node = user;

	read_medium(node->bridge, node);
	stop_if_failed(node->bridge);
}

static void on_netlink_ready(uv_poll_t *poll, int status, int events)
{
	struct hwsim_bridge *bridge = poll->data;

	(void)status;
	(void)events;
	read_kernel(bridge);
	stop_if_failed(bridge);
}

static void add_radio(struct hwsim_bridge *bridge, const char *air, const char *name)
{
	struct hwsim_node *node = &bridge->node[bridge->count++];
	struct nl_msg *msg = new_message(bridge, NEW_RADIO, strlen(name));
	const struct radio_owner owner = {on_radio_ready, node};
	struct error error;

	node->bridge = bridge;
	node->air = air_radio_open(&bridge->loop, air, name, owner, &error);
	if (!node->air) {
		fprintf(stderr, "hwsim: %s\n", error.text);
		exit(1);
	}
	memcpy(node->hw, (uint8_t[]){2, 0, 0, 0, 0, (uint8_t)bridge->count}, 6);
	nla_put(msg, PERM_ADDR, 6, node->hw);
	nla_put(msg, RADIO_NAME, (int)strlen(name), name);
	nla_put_flag(msg, NO_VIF);
	nla_put_flag(msg, DESTROY_ON_CLOSE);
	send_message(bridge, msg);
}

int main(int argc, char **argv)
{
	static struct hwsim_node nodes[RADIOS];
	static struct hwsim_bridge bridge = {.node = nodes};

	if (argc < 3 || argc - 2 > RADIOS) {
		fprintf(stderr, "usage: hwsim SOCKET NAME… (at most %d)\n", RADIOS);
		return 2;
	}
	start_netlink(&bridge);
	if (uv_loop_init(&bridge.loop) < 0 ||
	    uv_poll_init(&bridge.loop, &bridge.poll, nl_socket_get_fd(bridge.sock)) < 0) {
		fprintf(stderr, "hwsim: cannot start the event loop\n");
		return 1;
	}
	bridge.poll.data = &bridge;
	for (int i = 2; i < argc; i++)
		add_radio(&bridge, argv[1], argv[i]);
	read_kernel(&bridge);
	uv_poll_start(&bridge.poll, UV_READABLE, on_netlink_ready);
	if (!bridge.failed)
		uv_run(&bridge.loop, UV_RUN_DEFAULT);
	return 1;
}
