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

#define TAG        4
#define MACS       12 /* what stands before the tag */
#define HEADROOM   16 /* for a tag that is put in */
#define SLOT       2048u
#define PER_BLOCK  32u
#define BLOCK      (PER_BLOCK * SLOT) /* what the kernel allocates at once */
#define LARGE      (68u * 1024)       /* 64 KiB, its headers, and room for a tag */
#define RECEIVE    (16 * 1024 * 1024) /* bytes of long frames that wait */
#define SEND_QUEUE (8 * 1024 * 1024)  /* bytes on their way out of one socket */
#define WHOLE      0x40000            /* a filter's "all of it" */

static int set(int fd, int option, int value)
{
	return setsockopt(fd, SOL_PACKET, option, &value, sizeof(value)) < 0 ? -errno : 0;
}

/* Classic BPF, which every kernel has. The frames that we put onto an interface ourselves bear the mark. */
static int set_filter(int fd, const struct ring_options *o)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_MARK)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, o->ignored_mark, 5, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PACKET_OUTGOING, 0, 2),
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, WHOLE),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = {sizeof(program) / sizeof(program[0]), program};

	if (!o->ignored_mark)
		return 0;
	if (!o->ignore_outgoing_unicast) /* every frame without the mark */
		program[2] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, WHOLE);
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) < 0 ? -errno : 0;
}

static int map_ring(struct ring *r, uint32_t frames)
{
	uint32_t blocks = frames / PER_BLOCK;
	struct tpacket_req req = {
		.tp_block_size = BLOCK,
		.tp_block_nr = blocks,
		.tp_frame_size = SLOT,
		.tp_frame_nr = blocks * PER_BLOCK,
	};

	if (setsockopt(r->fd, SOL_PACKET, PACKET_RX_RING, &req, sizeof(req)) < 0)
		return -errno;
	r->size = (size_t)blocks * BLOCK;
	r->frames = req.tp_frame_nr;
	r->memory = mmap(NULL, r->size, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd, 0);
	if (r->memory == MAP_FAILED) {
		r->memory = NULL;
		return -errno;
	}
	r->large = malloc((size_t)RING_BATCH * LARGE);
	return r->large ? 0 : -ENOMEM;
}

int ring_open(struct ring *r, int ifindex, const struct ring_options *o)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = ifindex,
	};
	int room = RECEIVE, e;

	memset(r, 0, sizeof(*r));
	r->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (r->fd < 0)
		return -errno;
	/* The order is the kernel's: the version and the header before the ring, the ring before frames arrive. */
	if ((e = set(r->fd, PACKET_VERSION, TPACKET_V2)) || (e = set(r->fd, PACKET_VNET_HDR, 1)) ||
	    (e = set(r->fd, PACKET_RESERVE, HEADROOM)) || (e = set_filter(r->fd, o)) || (e = map_ring(r, o->frames)))
		goto err;
	if ((e = set(r->fd, PACKET_COPY_THRESH, 1)))
		goto err;
	if (setsockopt(r->fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) < 0)
		(void)setsockopt(r->fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (o->ignore_outgoing && (e = set(r->fd, PACKET_IGNORE_OUTGOING, 1)))
		goto err;
	if (bind(r->fd, (struct sockaddr *)&at, sizeof(at)) < 0) {
		e = -errno;
		goto err;
	}
	return 0;
err:
	ring_close(r);
	return e;
}

void ring_close(struct ring *r)
{
	if (r->memory)
		munmap(r->memory, r->size);
	if (r->fd >= 0)
		close(r->fd);
	free(r->large);
	r->memory = r->large = NULL;
	r->fd = -1;
}

static struct tpacket2_hdr *slot(const struct ring *r, uint32_t n)
{
	return (struct tpacket2_hdr *)(void *)(r->memory + (size_t)(n / PER_BLOCK) * BLOCK +
					       (size_t)(n % PER_BLOCK) * SLOT);
}

/* The frame was longer than its slot: the whole of it waits in the socket's queue, in the order of the slots. */
static void fetch(struct ring *r, struct ring_frame *f)
{
	uint8_t *to = r->large + (size_t)(r->held - 1) * LARGE + HEADROOM;
	ssize_t n = recv(r->fd, to, LARGE - HEADROOM, MSG_DONTWAIT | MSG_TRUNC);

	if (n < (ssize_t)sizeof(*f->vnet) || n > (ssize_t)(LARGE - HEADROOM))
		return;
	f->vnet = (struct vnet_hdr *)(void *)to;
	f->data = to + sizeof(*f->vnet);
	f->len = (uint32_t)n - (uint32_t)sizeof(*f->vnet);
	f->truncated = false;
}

bool ring_take(struct ring *r, struct ring_frame *f)
{
	struct tpacket2_hdr *h = slot(r, r->next);
	const struct sockaddr_ll *from = (const void *)((uint8_t *)h + TPACKET_ALIGN(sizeof(*h)));
	uint32_t status = __atomic_load_n(&h->tp_status, __ATOMIC_ACQUIRE);

	if (!(status & TP_STATUS_USER) || r->held == RING_BATCH)
		return false;
	r->next = (r->next + 1) % r->frames;
	r->held++;
	f->data = (uint8_t *)h + h->tp_mac;
	f->vnet = (struct vnet_hdr *)(void *)(f->data - sizeof(*f->vnet));
	f->len = h->tp_snaplen;
	f->truncated = h->tp_snaplen < h->tp_len;
	f->tci = status & TP_STATUS_VLAN_VALID ? 0x10000u | h->tp_vlan_tci : 0;
	f->tpid = status & TP_STATUS_VLAN_TPID_VALID ? h->tp_vlan_tpid : ETHERTYPE_VLAN;
	f->outgoing = from->sll_pkttype == PACKET_OUTGOING;
	f->tagged_now = false;
	if (status & TP_STATUS_COPY)
		fetch(r, f);
	return true;
}

void ring_release(struct ring *r)
{
	uint32_t n = (r->next + r->frames - r->held) % r->frames;

	for (; r->held; r->held--, n = (n + 1) % r->frames)
		__atomic_store_n(&slot(r, n)->tp_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
}

uint32_t ring_lost(struct ring *r)
{
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof(stats);

	return getsockopt(r->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) < 0 ? 0 : stats.tp_drops;
}

/* Moves the addresses, and the header before them, by four bytes. */
static void shift(struct ring_frame *f, int by)
{
	uint8_t *start = (uint8_t *)f->vnet;

	memmove(start + by, start, sizeof(*f->vnet) + MACS);
	f->vnet = (struct vnet_hdr *)(void *)(start + by);
	f->data += by;
	f->len = (uint32_t)((int)f->len - by);
	vnet_shift(f->vnet, -by);
}

void ring_tag(struct ring_frame *f)
{
	if (!f->tci || f->tagged_now || f->len < MACS)
		return;
	shift(f, -TAG);
	put_be16(f->data + MACS, f->tpid);
	put_be16(f->data + MACS + 2, (uint16_t)f->tci);
	f->tagged_now = true;
}

void ring_untag(struct ring_frame *f)
{
	if (!f->tagged_now)
		return;
	shift(f, TAG);
	f->tagged_now = false;
}

/* ---- out ---- */

int ring_out_open(struct ring_out *o, int ifindex, uint32_t mark)
{
	struct sockaddr_ll at = {.sll_family = AF_PACKET, .sll_ifindex = ifindex};
	int room = SEND_QUEUE, e;

	memset(o, 0, sizeof(*o));
	/* Protocol 0: nothing is received. */
	o->fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (o->fd < 0)
		return -errno;
	e = set(o->fd, PACKET_VNET_HDR, 1);
	if (!e && mark && setsockopt(o->fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) < 0)
		e = -errno;
	if (!e && bind(o->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		e = -errno;
	/* More than a process may ask for by itself; what it is given otherwise does too. */
	if (setsockopt(o->fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		(void)setsockopt(o->fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	if (e)
		ring_out_close(o);
	return e;
}

void ring_out_close(struct ring_out *o)
{
	if (o->fd >= 0)
		close(o->fd);
	o->fd = -1;
}

void ring_out_add(struct ring_out *o, struct ring_frame *f)
{
	if (o->fd < 0)
		return;
	if (o->count == RING_BATCH)
		ring_out_flush(o);
	o->frame[o->count] = f->vnet;
	o->length[o->count++] = (uint32_t)sizeof(*f->vnet) + f->len;
}

void ring_out_flush(struct ring_out *o)
{
	struct mmsghdr messages[RING_BATCH];
	struct iovec parts[RING_BATCH];
	uint32_t done = 0;

	for (uint32_t i = 0; i < o->count; i++) {
		parts[i] = (struct iovec){o->frame[i], o->length[i]};
		messages[i] = (struct mmsghdr){.msg_hdr = {.msg_iov = &parts[i], .msg_iovlen = 1}};
	}
	while (done < o->count) {
		int n = sendmmsg(o->fd, messages + done, o->count - done, MSG_DONTWAIT);

		if (n <= 0 && errno == EAGAIN) { /* no room for any */
			o->failed += o->count - done;
			break;
		}
		if (n <= 0) { /* the first of them was refused: it is lost, the next is tried */
			o->failed++;
			n = 1;
		}
		done += (uint32_t)n;
	}
	o->count = 0;
}
