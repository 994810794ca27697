/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "air/message_queue.h"

#include "base/array.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static bool is_frame(const struct air_message *message)
{
	return message->kind == AIR_SEND || message->kind == AIR_RECEIVED;
}

/* Makes room for one more message: at the front if at least half of the array is free there, so that moving is cheap. */
static int make_room(struct message_queue *queue)
{
	if (queue->first + queue->count < queue->room)
		return 0;
	if (queue->first < queue->count || !queue->first)
		return array_reserve(&queue->items, &queue->room, queue->first + queue->count + 1,
				     sizeof(*queue->items));
	memmove(queue->items, queue->items + queue->first, queue->count * sizeof(*queue->items));
	queue->first = 0;
	return 0;
}

int message_queue_add(struct message_queue *queue, const struct air_message *message, struct frame *frame)
{
	struct queued_message *item;

	if (make_room(queue)) {
		frame_free(frame);
		return -ENOMEM;
	}
	item = &queue->items[queue->first + queue->count++];
	item->message = *message;
	item->message.bytes = frame ? frame->data : NULL;
	item->message.len = frame ? frame->len : 0;
	item->frame = frame;
	queue->frames += is_frame(message);
	return 0;
}

struct queued_message *message_queue_at(struct message_queue *queue, size_t index)
{
	return &queue->items[queue->first + index];
}

void message_queue_remove_first(struct message_queue *queue)
{
	struct queued_message *item = &queue->items[queue->first];

	queue->frames -= is_frame(&item->message);
	frame_free(item->frame);
	queue->count--;
	queue->first = queue->count ? queue->first + 1 : 0;
}

/* Sends one record. Returns the number of messages in it, or a negative errno. */
static int send_record(struct message_queue *queue, int fd)
{
	struct air_record record;
	struct msghdr msg = {.msg_iov = record.iov};

	record.count = record.bytes = 0;
	while (record.count < queue->count && air_record_add(&record, &message_queue_at(queue, record.count)->message))
		;
	if (!record.count)
		return -EMSGSIZE;
	msg.msg_iovlen = 2 * record.count;
	return sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : (int)record.count;
}

int message_queue_send(struct message_queue *queue, int fd)
{
	while (queue->count) {
		int sent = send_record(queue, fd);

		if (sent < 0 && sent != -EINTR)
			return sent;
		for (; sent > 0; sent--)
			message_queue_remove_first(queue);
	}
	return 0;
}

void message_queue_free(struct message_queue *queue)
{
	while (queue->count)
		message_queue_remove_first(queue);
	free(queue->items);
	*queue = (struct message_queue){0};
}
