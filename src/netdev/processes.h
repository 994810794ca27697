/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of this network namespace, by their names (/proc). A name is the process's own word. */
#ifndef VIFI_NETDEV_PROCESSES_H
#define VIFI_NETDEV_PROCESSES_H

#include <stddef.h>

#define PROCESS_NAME_SIZE 16

/* Reads the name of the process with this number, as the kernel keeps it; empty: the process has ended. */
void netdev_process_name(const char *pid, char name[PROCESS_NAME_SIZE]);

/*
 * Returns which of the names belong to a process in the network namespace of this one: bit i for names[i], at most 32. A process
 * whose namespace this process may not read counts as one of this namespace.
 */
unsigned netdev_running(const char *const names[], size_t count);

#endif
