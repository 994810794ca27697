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
#include "air/medium/protocol.h"
#include "radio/radio.h"

#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <poll.h>
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

struct pending {
	uint64_t cookie;
	uint32_t flags;
	struct tx_rate rates[RATES];
};

struct node {
	uint8_t hw[6]; /* by which the kernel and we speak of it */
	uint8_t addr[ADDRESSES][6];
	unsigned users[ADDRESSES]; /* of each address */
	size_t count;
	uint16_t freq_mhz;
	struct radio *air;
	struct pending pending[PENDING]; /* by the air's cookie */
	uint32_t cookie;
};

struct bridge {
	struct nl_sock *sock;
	int family;
	struct node *node;
	size_t count;
	bool failed;
};

/* ---- to the kernel ---- */

static struct nl_msg *message(const struct bridge *b, uint8_t command, size_t room)
{
	struct nl_msg *m = nlmsg_alloc_size(room + OVERHEAD);

	if (!m || !genlmsg_put(m, NL_AUTO_PORT, NL_AUTO_SEQ, b->family, 0, 0, command, 1)) {
		fprintf(stderr, "hwsim: no memory\n");
		exit(1);
	}
	return m;
}

/* The kernel has done it, or queued its refusal, when this returns. */
static void tell(struct bridge *b, struct nl_msg *m)
{
	int r = nl_send_auto(b->sock, m);

	nlmsg_free(m);
	if (r < 0) {
		fprintf(stderr, "hwsim: netlink: %s\n", nl_geterror(r));
		b->failed = true;
	}
}

static void deliver(struct bridge *b, const struct node *n, const struct frame *f)
{
	struct nl_msg *m = message(b, FRAME, f->len);
	size_t len = f->len < FRAME_LEAST ? FRAME_LEAST : f->len;
	uint8_t *bytes;

	nla_put(m, ADDR_RECEIVER, 6, n->hw);
	/* The kernel takes no frame below 24 bytes from a process, but a PS-Poll has 16; what is behind is not read. */
	bytes = nla_data(nla_reserve(m, FRAME_BYTES, (int)len));
	memset(bytes, 0, len);
	memcpy(bytes, f->data, f->len);
	nla_put_u32(m, RX_RATE, 0);
	nla_put_u32(m, SIGNAL, (uint32_t)(int32_t)f->meta.signal_dbm);
	nla_put_u32(m, FREQ, f->meta.freq_mhz);
	tell(b, m);
}

static void report(struct bridge *b, struct node *n, const struct radio_event *e)
{
	struct pending *p = &n->pending[e->cookie % PENDING];
	struct nl_msg *m = message(b, TX_INFO_FRAME, sizeof p->rates);

	p->rates[0].count = e->tries ? (uint8_t)e->tries : 1;
	for (int i = 1; i < RATES; i++)
		p->rates[i].index = -1;
	nla_put(m, ADDR_TRANSMITTER, 6, n->hw);
	nla_put_u32(m, FLAGS, p->flags | (e->acked ? STAT_ACK : 0));
	nla_put_u64(m, COOKIE, p->cookie);
	nla_put_u32(m, SIGNAL, (uint32_t)-30);
	nla_put(m, TX_INFO, sizeof p->rates, p->rates);
	tell(b, m);
}

/* ---- from the kernel ---- */

static struct node *node_of(const struct bridge *b, struct nlattr *addr)
{
	for (size_t i = 0; addr && nla_len(addr) == 6 && i < b->count; i++)
		if (!memcmp(b->node[i].hw, nla_data(addr), 6))
			return &b->node[i];
	return NULL;
}

static void tune(struct node *n, uint16_t freq_mhz)
{
	if (n->freq_mhz != freq_mhz && !n->air->ops->tune(n->air, freq_mhz))
		n->freq_mhz = freq_mhz;
}

static void sent(struct bridge *b, struct nlattr **at)
{
	struct node *n = node_of(b, at[ADDR_TRANSMITTER]);
	struct pending *p;
	struct radio_tx tx;

	if (!n || !at[FRAME_BYTES] || !at[COOKIE] || !at[FREQ])
		return;
	tune(n, (uint16_t)nla_get_u32(at[FREQ]));
	if (!++n->cookie)
		n->cookie = 1; /* 0 would ask for no status */
	p = &n->pending[n->cookie % PENDING];
	*p = (struct pending){.cookie = nla_get_u64(at[COOKIE]), .flags = at[FLAGS] ? nla_get_u32(at[FLAGS]) : 0};
	if (at[TX_INFO])
		nla_memcpy(p->rates, at[TX_INFO], sizeof p->rates);
	tx = (struct radio_tx){.frame = frame_from(nla_data(at[FRAME_BYTES]), (size_t)nla_len(at[FRAME_BYTES]), 0, 0),
			       .cookie = n->cookie};
	if (tx.frame)
		n->air->ops->send(n->air, &tx, 1);
}

/*
 * The radio acknowledges for the addresses of its interfaces that are up.  A scan adds the address that it probes with
 * and deletes it again, while the interface of the same address stays: so they are counted.
 */
static void address(struct bridge *b, struct nlattr **at, bool add)
{
	struct node *n = node_of(b, at[ADDR_TRANSMITTER]);
	uint8_t list[ADDRESSES][6];
	size_t i = 0, count = 0;

	if (!n || !at[ADDR_RECEIVER] || nla_len(at[ADDR_RECEIVER]) != 6)
		return;
	while (i < n->count && memcmp(n->addr[i], nla_data(at[ADDR_RECEIVER]), 6) != 0)
		i++;
	if (i == n->count && (!add || i == ADDRESSES))
		return;
	if (i == n->count)
		memcpy(n->addr[n->count++], nla_data(at[ADDR_RECEIVER]), 6);
	n->users[i] = add ? n->users[i] + 1 : n->users[i] - (n->users[i] > 0);
	for (i = 0; i < n->count; i++)
		if (n->users[i])
			memcpy(list[count++], n->addr[i], 6);
	if (n->air->ops->addresses(n->air, (const uint8_t(*)[6])list, count)) {
		fprintf(stderr, "hwsim: the air refuses an address\n");
		b->failed = true;
	}
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct bridge *b = arg;
	struct nlattr *at[LAST + 1];
	struct genlmsghdr *g = nlmsg_data(nlmsg_hdr(msg));

	if (nlmsg_hdr(msg)->nlmsg_type != b->family || genlmsg_parse(nlmsg_hdr(msg), 0, at, LAST, NULL) < 0)
		return NL_OK;
	if (g->cmd == FRAME)
		sent(b, at);
	else if (g->cmd == ADD_MAC_ADDR || g->cmd == DEL_MAC_ADDR)
		address(b, at, g->cmd == ADD_MAC_ADDR);
	return NL_OK;
}

/* NEW_RADIO is answered by the number of the radio, where an errno would stand. */
static int on_refusal(struct sockaddr_nl *from, struct nlmsgerr *e, void *arg)
{
	struct bridge *b = arg;
	const struct genlmsghdr *g = nlmsg_data(&e->msg);

	(void)from;
	if (e->error < 0 && (g->cmd == REGISTER || g->cmd == NEW_RADIO)) {
		fprintf(stderr, "hwsim: the kernel refuses command %u: %s\n", g->cmd, strerror(-e->error));
		b->failed = true;
	}
	return NL_SKIP;
}

static void from_kernel(struct bridge *b)
{
	int r;

	do
		r = nl_recvmsgs_default(b->sock);
	while (r >= 0);
	if (r != -NLE_AGAIN) {
		fprintf(stderr, "hwsim: netlink: %s\n", nl_geterror(r));
		b->failed = r != -NLE_NOMEM; /* that one says that frames are lost */
	}
}

static void from_air(struct bridge *b, struct node *n)
{
	struct radio_event events[RADIO_BATCH];
	int count = n->air->ops->receive(n->air, events);

	for (int i = 0; i < count; i++) {
		if (events[i].kind == RADIO_RECEIVED)
			deliver(b, n, events[i].frame);
		else if (events[i].kind == RADIO_STATUS)
			report(b, n, &events[i]);
		else
			b->failed = true;
		frame_free(events[i].frame);
	}
}

/* ---- the process ---- */

static void start_netlink(struct bridge *b)
{
	int receive = 8 << 20;

	b->sock = nl_socket_alloc();
	if (!b->sock || genl_connect(b->sock) < 0 || (b->family = genl_ctrl_resolve(b->sock, "MAC80211_HWSIM")) < 0) {
		fprintf(stderr, "hwsim: there is no MAC80211_HWSIM: modprobe mac80211_hwsim\n");
		exit(1);
	}
	nl_socket_disable_seq_check(b->sock);
	nl_socket_disable_auto_ack(b->sock);
	/* An emulated machine may keep us waiting while radios send; the limit for ordinary processes is too low. */
	setsockopt(nl_socket_get_fd(b->sock), SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof receive);
	nl_socket_set_msg_buf_size(b->sock, AIR_FRAME + OVERHEAD);
	nl_socket_set_nonblocking(b->sock);
	nl_socket_modify_cb(b->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, b);
	nl_socket_modify_err_cb(b->sock, NL_CB_CUSTOM, on_refusal, b);
	tell(b, message(b, REGISTER, 0));
}

static void add_radio(struct bridge *b, const char *air, const char *name)
{
	struct node *n = &b->node[b->count++];
	struct nl_msg *m = message(b, NEW_RADIO, strlen(name));
	struct why why;

	n->air = radio_air(air, name, &why);
	if (!n->air) {
		fprintf(stderr, "hwsim: %s\n", why.text);
		exit(1);
	}
	memcpy(n->hw, (uint8_t[]){2, 0, 0, 0, 0, (uint8_t)b->count}, 6);
	nla_put(m, PERM_ADDR, 6, n->hw);
	nla_put(m, RADIO_NAME, (int)strlen(name), name);
	nla_put_flag(m, NO_VIF);
	nla_put_flag(m, DESTROY_ON_CLOSE);
	tell(b, m);
}

int main(int argc, char **argv)
{
	static struct node nodes[RADIOS];
	struct bridge b = {.node = nodes};
	struct pollfd fds[RADIOS + 1];

	if (argc < 3 || argc - 2 > RADIOS) {
		fprintf(stderr, "usage: hwsim SOCKET NAME… (at most %d)\n", RADIOS);
		return 2;
	}
	start_netlink(&b);
	for (int i = 2; i < argc; i++)
		add_radio(&b, argv[1], argv[i]);
	from_kernel(&b);
	if (!b.failed)
		puts("hwsim: ready");
	fflush(stdout);
	fds[0] = (struct pollfd){.fd = nl_socket_get_fd(b.sock), .events = POLLIN};
	for (size_t i = 0; i < b.count; i++)
		fds[i + 1] = (struct pollfd){.fd = nodes[i].air->fd, .events = POLLIN};
	while (!b.failed && (poll(fds, b.count + 1, -1) >= 0 || errno == EINTR)) {
		from_kernel(&b);
		for (size_t i = 0; i < b.count; i++)
			if (fds[i + 1].revents)
				from_air(&b, &nodes[i]);
	}
	return 1;
}
