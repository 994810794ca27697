/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request is executed within sendmsg(), and its answer is in the socket by then. FRAME and TX_INFO_FRAME are sent
 * without a request for an answer: the kernel answers those that it refuses, and frames for a radio that just
 * disappeared or changed its channel are no failure.
 */
#include "air/hwsim_kernel.h"

#include "air/medium/protocol.h"

#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* The ABI of mac80211_hwsim (drivers/net/wireless/virtual/mac80211_hwsim.h), which no package installs as a header. */
enum hwsim_command {
	REGISTER = 1,
	FRAME = 2,
	TX_INFO_FRAME = 3,
	NEW_RADIO = 4,
	GET_RADIO = 6,
	ADD_MAC_ADDR = 7,
	DEL_MAC_ADDR = 8,
};

enum hwsim_attribute {
	ADDR_RECEIVER = 1,
	ADDR_TRANSMITTER = 2,
	FRAME_BYTES = 3,
	FLAGS = 4,
	RX_RATE = 5,
	SIGNAL = 6,
	TX_INFO = 7,
	COOKIE = 8,
	RADIO_ID = 10,
	DESTROY_ON_CLOSE = 16,
	RADIO_NAME = 17,
	NO_VIF = 18,
	FREQ = 19,
	PERM_ADDR = 22,
	ATTRIBUTES_MAX = 32, /* those of later kernels are ignored */
};

#define STAT_ACK 4u /* in FLAGS */

enum {
	FRAME_LEAST = 24,       /* bytes of the shortest frame that the kernel takes */
	MESSAGE_OVERHEAD = 256, /* headers and attributes beside the frame */
	RECEIVE_BUFFER =
		8
		<< 20, /* bytes: the process may be stopped while radios send; the limit of rmem_max is too low for that */
	SIGNAL_OF_STATUS_DBM = -30, /* of the acknowledgement; drivers report one, nothing uses it */
};

struct hwsim_kernel {
	struct nl_sock *sock;
	int family;
	struct hwsim_handler handler;
	int answer;    /* of the last request: a negative errno, or the number of a new radio */
	char name[64]; /* of the radio that GET_RADIO found */
};

/* ---- to the kernel ---- */

static struct nl_msg *new_message(const struct hwsim_kernel *kernel, uint8_t command, size_t room)
{
	struct nl_msg *msg = nlmsg_alloc_size(room + MESSAGE_OVERHEAD);

	if (msg && genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, kernel->family, 0, 0, command, 1))
		return msg;
	nlmsg_free(msg);
	return NULL;
}

static int send_message(struct hwsim_kernel *kernel, struct nl_msg *msg)
{
	int ret = nl_send_auto(kernel->sock, msg);

	nlmsg_free(msg);
	if (ret >= 0)
		return 0;
	return ret == -NLE_NOMEM ? -ENOMEM : -EIO;
}

/* Sends a request and reads its answer. Returns a negative errno, or what the kernel answered: 0 if nothing. */
static int request(struct hwsim_kernel *kernel, struct nl_msg *msg)
{
	unsigned overflows = 0;
	int ret;

	if (!msg)
		return -ENOMEM;
	kernel->answer = 0;
	ret = send_message(kernel, msg);
	if (!ret)
		ret = hwsim_kernel_read(kernel, &overflows);
	return ret ? ret : kernel->answer;
}

/* The index of the highest bit rate that does not exceed a rate, in mac80211_hwsim's table for the band. */
static uint32_t rate_index(uint32_t rate_kbps, uint16_t freq_mhz)
{
	static const uint32_t rates_kbps[] = {1000,  2000,  5500,  11000, 6000,  9000,
					      12000, 18000, 24000, 36000, 48000, 54000};
	enum { RATES = sizeof(rates_kbps) / sizeof(rates_kbps[0]), OFDM = 4 };
	uint32_t first = freq_mhz > 3000 ? OFDM : 0, best = first;

	for (uint32_t i = first; i < RATES; i++)
		if (rates_kbps[i] <= rate_kbps && rates_kbps[i] >= rates_kbps[best])
			best = i;
	return best - first;
}

int hwsim_kernel_deliver(struct hwsim_kernel *kernel, const uint8_t radio[6], const struct frame *frame)
{
	struct nl_msg *msg = new_message(kernel, FRAME, frame->len);
	size_t len = frame->len < FRAME_LEAST ? FRAME_LEAST : frame->len;
	struct nlattr *attr;

	if (!msg)
		return -ENOMEM;
	nla_put(msg, ADDR_RECEIVER, 6, radio);
	/* A PS-Poll has 16 bytes: the kernel reads the padding to 24 bytes no further. */
	attr = nla_reserve(msg, FRAME_BYTES, (int)len);
	memset(nla_data(attr), 0, len);
	memcpy(nla_data(attr), frame->data, frame->len);
	nla_put_u32(msg, RX_RATE, rate_index(frame->meta.rate_kbps, frame->meta.freq_mhz));
	nla_put_u32(msg, SIGNAL, (uint32_t)(int32_t)frame->meta.signal_dbm);
	nla_put_u32(msg, FREQ, frame->meta.freq_mhz);
	return send_message(kernel, msg);
}

int hwsim_kernel_report(struct hwsim_kernel *kernel, const uint8_t radio[6], const struct hwsim_status *status,
			bool acked, unsigned tries)
{
	struct hwsim_status reported = *status;
	struct nl_msg *msg = new_message(kernel, TX_INFO_FRAME, 0);

	if (!msg)
		return -ENOMEM;
	reported.rates[0].count = tries ? (uint8_t)tries : 1;
	for (int i = 1; i < HWSIM_RATES; i++)
		reported.rates[i].index = -1;
	nla_put(msg, ADDR_TRANSMITTER, 6, radio);
	nla_put_u32(msg, FLAGS, reported.flags | (acked ? STAT_ACK : 0));
	nla_put_u64(msg, COOKIE, reported.cookie);
	nla_put_u32(msg, SIGNAL, (uint32_t)SIGNAL_OF_STATUS_DBM);
	nla_put(msg, TX_INFO, sizeof(reported.rates), reported.rates);
	return send_message(kernel, msg);
}

/* ---- from the kernel ---- */

static const uint8_t *address_in(const struct nlattr *attr)
{
	return attr && nla_len(attr) == 6 ? nla_data(attr) : NULL;
}

static void handle_frame(struct hwsim_kernel *kernel, struct nlattr **attrs)
{
	const uint8_t *radio = address_in(attrs[ADDR_TRANSMITTER]);
	struct hwsim_transmission transmission = {0};

	if (!radio || !attrs[FRAME_BYTES] || !attrs[COOKIE] || !attrs[FREQ])
		return;
	transmission.frame = nla_data(attrs[FRAME_BYTES]);
	transmission.len = (size_t)nla_len(attrs[FRAME_BYTES]);
	transmission.freq_mhz = (uint16_t)nla_get_u32(attrs[FREQ]);
	transmission.status.cookie = nla_get_u64(attrs[COOKIE]);
	if (attrs[FLAGS])
		transmission.status.flags = nla_get_u32(attrs[FLAGS]);
	if (attrs[TX_INFO])
		nla_memcpy(transmission.status.rates, attrs[TX_INFO], sizeof(transmission.status.rates));
	kernel->handler.transmit(kernel->handler.user, radio, &transmission);
}

static int on_message(struct nl_msg *msg, void *arg)
{
	struct hwsim_kernel *kernel = arg;
	struct nlattr *attrs[ATTRIBUTES_MAX + 1];
	const struct genlmsghdr *header = nlmsg_data(nlmsg_hdr(msg));

	if (nlmsg_hdr(msg)->nlmsg_type != kernel->family ||
	    genlmsg_parse(nlmsg_hdr(msg), 0, attrs, ATTRIBUTES_MAX, NULL) < 0)
		return NL_OK;
	if (header->cmd == FRAME)
		handle_frame(kernel, attrs);
	else if (header->cmd == GET_RADIO && attrs[RADIO_NAME])
		nla_strlcpy(kernel->name, attrs[RADIO_NAME], sizeof(kernel->name));
	else if ((header->cmd == ADD_MAC_ADDR || header->cmd == DEL_MAC_ADDR) && address_in(attrs[ADDR_TRANSMITTER]) &&
		 address_in(attrs[ADDR_RECEIVER]))
		kernel->handler.address(kernel->handler.user, address_in(attrs[ADDR_TRANSMITTER]),
					address_in(attrs[ADDR_RECEIVER]), header->cmd == ADD_MAC_ADDR);
	return NL_OK;
}

/* The reply to NEW_RADIO has the number of the radio, which may be positive, in the errno field. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *nlmsgerr, void *arg)
{
	struct hwsim_kernel *kernel = arg;
	const struct genlmsghdr *header = nlmsg_data(&nlmsgerr->msg);

	(void)from;
	if (header->cmd != FRAME && header->cmd != TX_INFO_FRAME)
		kernel->answer = nlmsgerr->error;
	return NL_SKIP;
}

int hwsim_kernel_read(struct hwsim_kernel *kernel, unsigned *overflows)
{
	int ret;

	do {
		ret = nl_recvmsgs_default(kernel->sock);
		if (ret == -NLE_NOMEM) /* ENOBUFS */
			++*overflows;
	} while (ret >= 0 || ret == -NLE_NOMEM);
	return ret == -NLE_AGAIN ? 0 : -EIO;
}

int hwsim_kernel_fd(const struct hwsim_kernel *kernel)
{
	return nl_socket_get_fd(kernel->sock);
}

/* ---- set-up ---- */

static int connect_kernel(struct hwsim_kernel *kernel, struct error *error)
{
	int receive = RECEIVE_BUFFER;

	kernel->sock = nl_socket_alloc();
	if (!kernel->sock || genl_connect(kernel->sock) < 0)
		return error_set(error, -EIO, "cannot open a netlink socket");
	kernel->family = genl_ctrl_resolve(kernel->sock, "MAC80211_HWSIM");
	if (kernel->family < 0)
		return error_set(error, -EOPNOTSUPP,
				 "the kernel has no simulated radios; load them with \"modprobe mac80211_hwsim "
				 "radios=0\"");
	nl_socket_disable_seq_check(kernel->sock);
	nl_socket_disable_auto_ack(kernel->sock);
	/* Without CAP_NET_ADMIN the default remains; registering fails then anyway. */
	(void)setsockopt(nl_socket_get_fd(kernel->sock), SOL_SOCKET, SO_RCVBUFFORCE, &receive, sizeof(receive));
	nl_socket_set_msg_buf_size(kernel->sock, AIR_FRAME_MAX + MESSAGE_OVERHEAD);
	nl_socket_set_nonblocking(kernel->sock);
	nl_socket_modify_cb(kernel->sock, NL_CB_VALID, NL_CB_CUSTOM, on_message, kernel);
	nl_socket_modify_err_cb(kernel->sock, NL_CB_CUSTOM, on_error, kernel);
	return 0;
}

static int register_medium(struct hwsim_kernel *kernel, struct error *error)
{
	int ret = request(kernel, new_message(kernel, REGISTER, 0));

	if (ret == -EBUSY)
		return error_set(error, ret,
				 "another program is already the medium of the simulated radios in this network "
				 "namespace; stop it, or use another network namespace (ip netns exec)");
	if (ret == -EPERM)
		return error_set(error, ret,
				 "acting as the medium of simulated radios needs CAP_NET_ADMIN; run vifi as root");
	return ret < 0 ? error_set(error, ret, "the kernel refuses a medium for its simulated radios: %s",
				   strerror(-ret))
		       : 0;
}

struct hwsim_kernel *hwsim_kernel_open(const struct hwsim_handler *handler, int *code, struct error *error)
{
	struct hwsim_kernel *kernel = calloc(1, sizeof(*kernel));

	if (!kernel) {
		*code = error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	kernel->handler = *handler;
	*code = connect_kernel(kernel, error);
	if (!*code)
		*code = register_medium(kernel, error);
	if (!*code)
		return kernel;
	hwsim_kernel_close(kernel);
	return NULL;
}

void hwsim_kernel_close(struct hwsim_kernel *kernel)
{
	if (!kernel)
		return;
	nl_socket_free(kernel->sock);
	free(kernel);
}

/* If a wiphy has the name already, also in another network namespace, the kernel takes another name. */
static int check_name(struct hwsim_kernel *kernel, const char *name, int id, struct error *error)
{
	struct nl_msg *msg = new_message(kernel, GET_RADIO, 0);

	if (msg)
		nla_put_u32(msg, RADIO_ID, (uint32_t)id);
	kernel->name[0] = '\0';
	if (request(kernel, msg) < 0 || !strcmp(kernel->name, name) || !kernel->name[0])
		return 0;
	return error_set(error, -EEXIST,
			 "a radio (wiphy) %s already exists; choose another name, or stop the program that created it",
			 name);
}

int hwsim_kernel_add_radio(struct hwsim_kernel *kernel, const char *name, const uint8_t addr[6], bool with_interface,
			   struct error *error)
{
	struct nl_msg *msg = new_message(kernel, NEW_RADIO, strlen(name));
	int ret;

	if (msg) {
		nla_put(msg, PERM_ADDR, 6, addr);
		nla_put(msg, RADIO_NAME, (int)strlen(name), name);
		nla_put_flag(msg, DESTROY_ON_CLOSE);
		if (!with_interface)
			nla_put_flag(msg, NO_VIF);
	}
	ret = request(kernel, msg);
	if (ret < 0)
		return error_set(error, ret, "the kernel cannot create the radio %s: %s", name, strerror(-ret));
	return check_name(kernel, name, ret, error);
}
