/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other programs of vifi, which are apart because of the libraries that they need. */
#ifndef VIFI_CLI_BECOME_H
#define VIFI_CLI_BECOME_H

#include "base/error.h"

/*
 * Replaces this process by another program of vifi: the one beside the program that runs, as in a build folder, or the
 * installed one. argv ends with NULL; argv[0] becomes its name. Returns only on failure, with an error.
 */
void become(const char *program, char *const *argv, struct error *error);

#endif
