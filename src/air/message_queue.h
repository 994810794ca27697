/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages that wait for the socket, at either end of a connection, in order. A zero struct is an empty queue.
 */
#ifndef VIFI_AIR_MESSAGE_QUEUE_H
#define VIFI_AIR_MESSAGE_QUEUE_H

#include "air/medium/protocol.h"
#include "base/frame.h"

struct queued_message {
	struct air_message message;
	struct frame *frame; /* holds the bytes of `message`; NULL: it has none */
};

struct message_queue {
	struct queued_message *items;
	size_t first, count, room; /* items[first … first + count) */
	size_t frames;             /* of them SEND or RECEIVED */
};

/*
 * Appends a message whose bytes are those of `frame`, or none if that is NULL. Takes the frame over. Returns 0, or
 * -ENOMEM after freeing it.
 */
int message_queue_add(struct message_queue *queue, const struct air_message *message, struct frame *frame);

/* Returns the message at `index`, counted from the first. */
struct queued_message *message_queue_at(struct message_queue *queue, size_t index);

/* Frees the first message. */
void message_queue_remove_first(struct message_queue *queue);

/*
 * Sends records to a SOCK_SEQPACKET socket without blocking. Returns 0 if all messages are sent; -EAGAIN if the socket is
 * full; another negative errno if the connection has failed.
 */
int message_queue_send(struct message_queue *queue, int fd);

void message_queue_free(struct message_queue *queue);

#endif
