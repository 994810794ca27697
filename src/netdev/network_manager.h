/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef VIFI_NETDEV_NETWORK_MANAGER_H
#define VIFI_NETDEV_NETWORK_MANAGER_H

#include <stdbool.h>

/*
 * Whether NetworkManager manages the interface of this number. It registers for no frames, so the kernel does not tell. Its
 * word is the file that it has for each device; the file outlives it, so a process of its name must run in this network
 * namespace, too: another one has interfaces of its own, with the same numbers.
 */
bool network_manager_has(unsigned int ifindex);

#endif
