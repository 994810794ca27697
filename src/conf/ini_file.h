/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The project's own configuration files, /etc/vifi/NAME.conf: one [SECTION], and lines KEY = VALUE (conf/opt.h). */
#ifndef VIFI_CONF_INI_FILE_H
#define VIFI_CONF_INI_FILE_H

#include "conf/opt.h"

/*
 * Reads a file into `target`, which already holds the defaults. `name` is a path if it contains a slash, otherwise it
 * means /etc/vifi/NAME.conf. Returns false with the error "FILE:LINE: …" if the file cannot be read or a line is invalid.
 */
bool ini_file_read(const char *name, const char *section, const struct opt *options, void *target, struct error *error);

#endif
