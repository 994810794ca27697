/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "wire/be.h"
#include "wire/ether.h"

#define TAG_LEN         4
#define MACS_LEN        12 /* the addresses before the tag */
#define HEADROOM        16 /* for an inserted tag */
#define SLOT_SIZE       2048u
#define SLOTS_PER_BLOCK 32u
#define BLOCK_SIZE      (SLOTS_PER_BLOCK * SLOT_SIZE) /* one allocation of the kernel */
#define LARGE_SIZE      (68u * 1024)                  /* 64 KiB, the headers, and a tag */
#define RECEIVE_BUFFER  (16 * 1024 * 1024)            /* bytes of queued long frames */
#define SEND_BUFFER     (8 * 1024 * 1024)             /* bytes queued for sending by one socket */
#define WHOLE_FRAME     0x40000                       /* the filter keeps the whole frame */

static int set_option(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* Classic BPF, which every kernel supports. Frames that this process sends itself have the mark. */
static int set_filter(int fd, const struct ring_options *options)
{
	enum { ACCEPT = 11, DROP = 12 }; /* indexes of the last two instructions; a jump counts from its successor */
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_MARK)),
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, options->ignored_mask ? options->ignored_mask : UINT32_MAX),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, options->ignored_mark, DROP - 3, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, ACCEPT - 5),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, ACCEPT - 7, 0),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, DROP - 9, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IPV6, DROP - 10, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_ARP, DROP - 11, 0),
		BPF_STMT(BPF_RET | BPF_K, WHOLE_FRAME),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};

	if (!options->ignored_mark)
		return 0;
	if (!options->ignore_outgoing_ip) /* accept every frame without the mark */
		program[3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, WHOLE_FRAME);
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0 ? -errno : 0;
}

static int map_ring(struct ring *ring, uint32_t slots)
{
	uint32_t blocks = slots / SLOTS_PER_BLOCK;
	struct tpacket_req req = {
		.tp_block_size = BLOCK_SIZE,
		.tp_block_nr = blocks,
		.tp_frame_size = SLOT_SIZE,
		.tp_frame_nr = blocks * SLOTS_PER_BLOCK,
	};

	if (setsockopt(ring->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) < 0)
		return -errno;
	ring->size = (size_t)blocks * BLOCK_SIZE;
	ring->slots = req.tp_frame_nr;
	ring->memory = mmap(NULL, ring->size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, 0);
	if (ring->memory == MAP_FAILED) {
		ring->memory = NULL;
		return -errno;
	}
	ring->large = malloc((size_t)RING_BATCH * LARGE_SIZE);
	return ring->large ? 0 : -ENOMEM;
}

int ring_open(struct ring *ring, int ifindex, const struct ring_options *options)
{
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};
	int size = RECEIVE_BUFFER, err;

	memset(ring, 0, sizeof(*ring));
	ring->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (ring->fd < 0)
		return -errno;
	/* The kernel requires this order: the version and the header before the ring, the ring before frames arrive. */
	if ((err = set_option(ring->fd, PACKET_VERSION, TPACKET_V2)) ||
	    (err = set_option(ring->fd, PACKET_VNET_HDR, 1)) ||
	    (err = set_option(ring->fd, PACKET_RESERVE, HEADROOM)) || (err = set_filter(ring->fd, options)) ||
	    (err = map_ring(ring, options->slots)))
		goto err;
	if ((err = set_option(ring->fd, PACKET_COPY_THRESH, 1)))
		goto err;
	if (setsockopt(ring->fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(ring->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (options->ignore_outgoing && (err = set_option(ring->fd, PACKET_IGNORE_OUTGOING, 1)))
		goto err;
	if (bind(ring->fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		err = -errno;
		goto err;
	}
	return 0;
err:
	ring_close(ring);
	return err;
}

void ring_close(struct ring *ring)
{
	if (ring->memory)
		munmap(ring->memory, ring->size);
	if (ring->fd >= 0)
		close(ring->fd);
	free(ring->large);
	ring->memory = ring->large = NULL;
	ring->fd = -1;
}

static struct tpacket2_hdr *slot_at(const struct ring *ring, uint32_t slot_index)
{
	return (struct tpacket2_hdr *)(void *)(ring->memory + (size_t)(slot_index / SLOTS_PER_BLOCK) * BLOCK_SIZE +
					       (size_t)(slot_index % SLOTS_PER_BLOCK) * SLOT_SIZE);
}

/* The frame was longer than its slot: the complete frame is in the socket's queue, in the order of the slots. */
static void fetch_large(struct ring *ring, struct ring_frame *frame)
{
	uint8_t *to = ring->large + (size_t)(ring->held - 1) * LARGE_SIZE + HEADROOM;
	ssize_t len = recv(ring->fd, to, LARGE_SIZE - HEADROOM, MSG_DONTWAIT | MSG_TRUNC);

	if (len < (ssize_t)sizeof(*frame->vnet) || len > (ssize_t)(LARGE_SIZE - HEADROOM))
		return;
	frame->vnet = (struct vnet_hdr *)(void *)to;
	frame->data = to + sizeof(*frame->vnet);
	frame->len = (uint32_t)len - (uint32_t)sizeof(*frame->vnet);
	frame->room = LARGE_SIZE - HEADROOM - (uint32_t)len;
	frame->truncated = false;
}

bool ring_take(struct ring *ring, struct ring_frame *frame)
{
	struct tpacket2_hdr *hdr = slot_at(ring, ring->next);
	const struct sockaddr_ll *from = (const void *)((uint8_t *)hdr + TPACKET_ALIGN(sizeof(*hdr)));
	uint32_t status = __atomic_load_n(&hdr->tp_status, __ATOMIC_ACQUIRE);

	if (!(status & TP_STATUS_USER) || ring->held == RING_BATCH)
		return false;
	ring->next = (ring->next + 1) % ring->slots;
	ring->held++;
	frame->data = (uint8_t *)hdr + hdr->tp_mac;
	frame->vnet = (struct vnet_hdr *)(void *)(frame->data - sizeof(*frame->vnet));
	frame->len = hdr->tp_snaplen;
	frame->room = SLOT_SIZE - hdr->tp_mac - hdr->tp_snaplen;
	frame->truncated = hdr->tp_snaplen < hdr->tp_len;
	frame->tci = status & TP_STATUS_VLAN_VALID ? 0x10000u | hdr->tp_vlan_tci : 0;
	frame->tpid = status & TP_STATUS_VLAN_TPID_VALID ? hdr->tp_vlan_tpid : ETHERTYPE_VLAN;
	frame->outgoing = from->sll_pkttype == PACKET_OUTGOING;
	frame->tag_inserted = false;
	if (status & TP_STATUS_COPY)
		fetch_large(ring, frame);
	return true;
}

void ring_release(struct ring *ring)
{
	uint32_t slot_index = (ring->next + ring->slots - ring->held) % ring->slots;

	for (; ring->held; ring->held--, slot_index = (slot_index + 1) % ring->slots)
		__atomic_store_n(&slot_at(ring, slot_index)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

uint32_t ring_dropped(struct ring *ring)
{
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof(stats);

	return getsockopt(ring->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0 ? 0 : stats.tp_drops;
}

/* Moves the addresses and the header before them by the length of a tag. */
static void shift_header(struct ring_frame *frame, int by)
{
	uint8_t *start = (uint8_t *)frame->vnet;

	memmove(start + by, start, sizeof(*frame->vnet) + MACS_LEN);
	frame->vnet = (struct vnet_hdr *)(void *)(start + by);
	frame->data += by;
	frame->len = (uint32_t)((int)frame->len - by);
	vnet_shift_offsets(frame->vnet, -by);
}

void ring_insert_tag(struct ring_frame *frame)
{
	if (!frame->tci || frame->tag_inserted || frame->len < MACS_LEN)
		return;
	shift_header(frame, -TAG_LEN);
	put_be16(frame->data + MACS_LEN, frame->tpid);
	put_be16(frame->data + MACS_LEN + 2, (uint16_t)frame->tci);
	frame->tag_inserted = true;
}

void ring_remove_tag(struct ring_frame *frame)
{
	if (!frame->tag_inserted)
		return;
	shift_header(frame, TAG_LEN);
	frame->tag_inserted = false;
}

/* ---- out ---- */

int ring_out_open(struct ring_out *out, int ifindex, uint32_t mark)
{
	struct sockaddr_ll address = {.sll_family = AF_PACKET, .sll_ifindex = ifindex};
	int size = SEND_BUFFER, err;

	memset(out, 0, sizeof(*out));
	/* Protocol 0: the socket receives nothing. */
	out->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (out->fd < 0)
		return -errno;
	err = set_option(out->fd, PACKET_VNET_HDR, 1);
	if (!err && mark && setsockopt(out->fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		err = -errno;
	if (!err && bind(out->fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		err = -errno;
	/* SO_SNDBUFFORCE exceeds the limit of the system; without the privilege the limit is enough. */
	if (setsockopt(out->fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size)) < 0)
		(void)setsockopt(out->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	if (err)
		ring_out_close(out);
	return err;
}

void ring_out_close(struct ring_out *out)
{
	if (out->fd >= 0)
		close(out->fd);
	out->fd = -1;
}

void ring_out_add(struct ring_out *out, struct ring_frame *frame)
{
	if (out->fd < 0)
		return;
	if (out->count == RING_BATCH)
		ring_out_flush(out);
	out->frames[out->count] = frame->vnet;
	out->lengths[out->count++] = (uint32_t)sizeof(*frame->vnet) + frame->len;
}

void ring_out_flush(struct ring_out *out)
{
	struct mmsghdr messages[RING_BATCH];
	struct iovec parts[RING_BATCH];
	uint32_t done = 0;

	for (uint32_t i = 0; i < out->count; i++) {
		parts[i] = (struct iovec){out->frames[i], out->lengths[i]};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
	}
	while (done < out->count) {
		int sent = sendmmsg(out->fd, messages + done, out->count - done, MSG_DONTWAIT);

		if (sent <= 0 && errno == EAGAIN) { /* the queue is full */
			out->failed += out->count - done;
			break;
		}
		if (sent <= 0) { /* the kernel refused the first one: count it, try the next */
			out->failed++;
			sent = 1;
		}
		done += (uint32_t)sent;
	}
	out->count = 0;
}
