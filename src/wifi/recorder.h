/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder of a radio in user space (trace/recorder.h): its file, which is created before the process confines itself, and
 * the requests of the readers, which are words in that file.
 */
#ifndef VIFI_WIFI_RECORDER_H
#define VIFI_WIFI_RECORDER_H

struct sandbox;
struct trace_recorder;
struct wifi;
struct wifi_recorder;

/*
 * At the start of a radio: creates the file, or goes on with that of an earlier start, because a confined process can create none.
 * Without a file the radio works all the same.
 */
void wifi_recorder_start(struct wifi *wifi);
void wifi_recorder_update_names(struct wifi *wifi); /* a network has come */

/* The state machine is about to be freed; the file stays for the next start. */
void wifi_recorder_pause(struct wifi *wifi);

/* Removes the file. */
void wifi_recorder_close(struct wifi *wifi);

/* Permits the removal of the file at the end. */
void wifi_recorder_confine(struct sandbox *sandbox);

/* Before each event that the radio handles: follows the requests of readers and the clock. */
void wifi_recorder_update(struct wifi *wifi);

/* The same for a driver, whose `user` is the struct wifi. Returns the recorder, or NULL. */
struct trace_recorder *wifi_recorder_now(void *user);

#endif
