/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names of virtual machines, by the tap device of a guest.
 *
 * The process that has a tap device open is the hypervisor: /proc/PID/fdinfo names the device, and the command line of QEMU the
 * machine, which is the domain of libvirt. Only who may use a device can have it open, so that no other user can name a guest.
 */
#ifndef VIFI_BRIDGE_MACHINES_H
#define VIFI_BRIDGE_MACHINES_H

#include <jansson.h>

/*
 * Sets `machine` of the guests of a report (bridge/report.h), where it is found, and `name`: the machine's, because the operator
 * has given it, except where several guests are behind one tap device and have names of their own. Without the privilege to look
 * into other processes it finds nothing.
 */
void bridge_machines_apply(json_t *report);

#endif
