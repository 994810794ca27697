/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of a recorder's ring (trace/ring.h): a file in /run/vifi, COOKIE-KIND-NAME.trace, that the recording process and
 * its readers map. It outlives the process, so that the last frames before a crash can be read. Mode 0600: frames are as
 * private as the network they are from.
 */
#ifndef VIFI_DAEMON_TRACE_FILE_H
#define VIFI_DAEMON_TRACE_FILE_H

#include "base/error.h"
#include "trace/ring.h"

#include <stdbool.h>
#include <sys/types.h>

#define TRACE_PATH_SIZE 128
#define TRACE_LEFT_MAX  16 /* files of processes that were killed, at most */
#define TRACE_KIND_SIZE 8  /* "bridge", "ap", "sta", "air" */

/* The writer's end. {.fd = -1} is closed. */
struct trace_file {
	int fd;
	char path[TRACE_PATH_SIZE]; /* empty: it could not be created */
	void *memory;
	size_t len;
	struct trace_ring ring; /* valid while `memory` is */
	void *watch;            /* the first page, where readers ask; NULL: not mapped */
};

/*
 * Creates the file for a ring of `size` bytes, without memory for its records. A file of that size is used again, with what
 * it holds. Returns 0, or a negative errno with an error.
 */
int trace_file_create(struct trace_file *file, const char *kind, const char *name, size_t size, struct error *error);

/*
 * The name of a recorder that belongs to a socket: "air" for /run/vifi/air, "tmp:x:air" for /tmp/x/air. Of a path that is too
 * long, or has a colon, it is the end, with a number that depends on the whole path.
 */
void trace_name_of_path(char name[TRACE_NAME_SIZE], const char *path);

/*
 * Takes the memory, so that no write can fail later, and begins. The ring is complete at all times (trace_ring_set_complete());
 * a writer whose events come to it with a delay says otherwise. Returns 0, or a negative errno with an error.
 */
int trace_file_start(struct trace_file *file, struct error *error);

/*
 * Maps what readers write to ask for a recording, for trace_file_wanted(), without memory for the records. Returns 0 or a
 * negative errno.
 */
int trace_file_watch(struct trace_file *file);

/* What readers ask for at time `now` (ns, CLOCK_MONOTONIC). */
enum trace_mode trace_file_wanted(const struct trace_file *file, uint64_t now);

/* Unmaps and closes; the file stays for readers. */
void trace_file_close(struct trace_file *file);

/* Removes the file of a process that was killed. */
void trace_file_discard(const char *kind, const char *name);

/*
 * Closes and removes the file, when its process ends as it should. A confined process needs the right to remove files of
 * RUNTIME_FOLDER.
 */
void trace_file_remove(struct trace_file *file);

/*
 * ---- readers ----
 *
 * They do not map the file: its owner, whom they need not trust, could shorten it under them. They read a copy of it.
 */

struct trace_source {
	char kind[TRACE_KIND_SIZE], name[TRACE_NAME_SIZE];
	int fd;
	void *memory;    /* the copy, for trace_reader_init() */
	size_t len;      /* of the file when it was opened */
	uint64_t copied; /* records until this position are in the copy */
};

/* Opens one ring for reading. Returns 0; -ENOENT: there is none; or another negative errno with an error. */
int trace_source_open(struct trace_source *source, const char *kind, const char *name, struct error *error);
void trace_source_close(struct trace_source *source);

/* Takes memory for the copy of a file that is open, `fd` and `len`, and copies it. Returns 0 or a negative errno. */
int trace_source_load(struct trace_source *source);

/*
 * Copies what is new. A record that was overwritten meanwhile is behind the tail of the copy. Returns 1 if there are new records,
 * 0 if there are none, or a negative errno; -EIO: the file is shorter than it was.
 */
int trace_source_refresh(struct trace_source *source);

/* Does the process that created the ring live? Its file stays. */
bool trace_source_is_written(const struct trace_source *source);

/* Lists the rings of this network namespace, at most `room`, without opening them. Returns their number. */
size_t trace_sources(struct trace_source *list, size_t room);

/*
 * Asks the process to record for `seconds`, unless it does so anyway. For `ap`, `sta` and `air`; a bridge is asked by its
 * control socket. Returns 0 or a negative errno.
 */
int trace_source_ask(const struct trace_source *source, enum trace_mode mode, unsigned seconds);

/* Is it asked for at least that now, by whichever reader? One that ends withdraws the request of all others. */
bool trace_source_is_asked(const struct trace_source *source, enum trace_mode mode);

#endif
