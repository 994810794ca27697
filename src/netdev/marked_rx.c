/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/marked_rx.h"

#include "wire/ether.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef SO_RCVMARK
#define SO_RCVMARK 75 /* Linux 5.19; Debian 12's headers have it, musl's may not */
#endif

#define HEADROOM   16 /* for an inserted tag */
#define FRAME_SIZE (68u * 1024)
#define QUEUE_SIZE (1024 * 1024) /* bytes; a forger that fills it loses only its own frames */

static int set_option(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

static int set_filter(int fd, uint32_t mark, uint32_t mask)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_MARK)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mark, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0x40000),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0 ? -errno : 0;
}

int marked_rx_open(struct marked_rx *rx, int ifindex, uint32_t mark, uint32_t mask)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};
	int err;

	*rx = (struct marked_rx){.fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
	if (rx->fd < 0)
		return -errno;
	rx->memory = malloc(FRAME_SIZE);
	err = rx->memory ? 0 : -ENOMEM;
	if (!err)
		err = set_option(rx->fd, SOL_SOCKET, SO_RCVMARK, 1);
	if (!err)
		err = set_option(rx->fd, SOL_PACKET, PACKET_VNET_HDR, 1);
	if (!err)
		err = set_option(rx->fd, SOL_PACKET, PACKET_AUXDATA, 1);
	if (!err)
		err = set_option(rx->fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	if (!err)
		err = set_filter(rx->fd, mark, mask);
	if (!err && set_option(rx->fd, SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_SIZE) < 0)
		(void)set_option(rx->fd, SOL_SOCKET, SO_RCVBUF, QUEUE_SIZE);
	if (!err && bind(rx->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err = -errno;
	if (err)
		marked_rx_close(rx);
	return err;
}

void marked_rx_close(struct marked_rx *rx)
{
	if (rx->fd >= 0)
		close(rx->fd);
	free(rx->memory);
	*rx = (struct marked_rx){.fd = -1};
}

static void read_control(struct msghdr *message, struct ring_frame *frame, uint32_t *mark)
{
	struct tpacket_auxdata aux;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_MARK)
			memcpy(mark, CMSG_DATA(part), sizeof(*mark));
		if (part->cmsg_level != SOL_PACKET || part->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(part), sizeof(aux));
		if (aux.tp_status & TP_STATUS_VLAN_VALID)
			frame->tci = 0x10000u | aux.tp_vlan_tci;
		if (aux.tp_status & TP_STATUS_VLAN_TPID_VALID)
			frame->tpid = aux.tp_vlan_tpid;
	}
}

bool marked_rx_take(struct marked_rx *rx, struct ring_frame *frame, uint32_t *mark)
{
	uint8_t *to = rx->memory + HEADROOM;
	struct iovec part = {to, FRAME_SIZE - HEADROOM};
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(struct tpacket_auxdata)) + CMSG_SPACE(sizeof(uint32_t))];
	} control;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	ssize_t len = recvmsg(rx->fd, &message, MSG_DONTWAIT);

	if (len < (ssize_t)sizeof(*frame->vnet))
		return false;
	*frame = (struct ring_frame){
		.vnet = (struct vnet_hdr *)(void *)to,
		.data = to + sizeof(*frame->vnet),
		.len = (uint32_t)len - (uint32_t)sizeof(*frame->vnet),
		.room = FRAME_SIZE - HEADROOM - (uint32_t)len,
		.truncated = message.msg_flags & MSG_TRUNC,
		.tpid = ETHERTYPE_VLAN,
	};
	*mark = 0;
	read_control(&message, frame, mark);
	return true;
}

uint32_t marked_rx_dropped(struct marked_rx *rx)
{
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof(stats);

	return getsockopt(rx->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0 ? 0 : stats.tp_drops;
}
