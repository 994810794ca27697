/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Files of our own, /etc/vifi/NAME.conf: one [SECTION], and lines KEY = VALUE of one table of options (conf/opt.h). */
#ifndef VIFI_CONF_INI_FILE_H
#define VIFI_CONF_INI_FILE_H

#include "conf/opt.h"

/*
 * Reads a file into `target`, in which the defaults are set already.  `name` with a slash is a path, otherwise it means
 * /etc/vifi/NAME.conf.  Returns false, with "FILE:LINE: what" in `why`, when it cannot be read or any line is wrong.
 */
bool ini_file_read(const char *name, const char *section, const struct opt *options, void *target, struct error *error);

#endif
