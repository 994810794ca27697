/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The project's own configuration files, /etc/vifi/NAME.conf: one [SECTION], and lines KEY = VALUE (conf/opt.h). */
#ifndef VIFI_CONF_INI_FILE_H
#define VIFI_CONF_INI_FILE_H

#include "conf/opt.h"

#define INI_PATH_MAX 300

/* The path of a file: `name` itself if it contains a slash, otherwise /etc/vifi/NAME.conf. */
void ini_file_path(const char *name, char path[INI_PATH_MAX]);

/*
 * Sets the error for a file that cannot be read, and returns false. A name without a slash may be meant as a file of the present
 * folder: if there is one, the error says how to name it.
 */
bool ini_file_unreadable(const char *name, const char *path, int reason, struct error *error);

/*
 * Reads a file into `target`, which already holds the defaults. `name` is a path if it contains a slash, otherwise it
 * means /etc/vifi/NAME.conf. Returns false with the error "FILE:LINE: …" if the file cannot be read or a line is invalid.
 */
bool ini_file_read(const char *name, const char *section, const struct opt *options, void *target, struct error *error);

/* The same for the text of a file, which another process has read from `path`. */
bool ini_text_read(const char *text, const char *path, const char *section, const struct opt *options, void *target,
		   struct error *error);

#endif
