/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_DAEMON_LOCALE_H
#define VIFI_DAEMON_LOCALE_H

#include <stdbool.h>

/* Does the environment (LC_ALL, LC_CTYPE, LANG) ask for UTF-8? */
bool locale_is_utf8(void);

#endif
