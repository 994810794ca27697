/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offloads of an interface that the kernel must complete before its frames reach a packet socket. */
#ifndef VIFI_NETDEV_OFFLOAD_H
#define VIFI_NETDEV_OFFLOAD_H

/*
 * Disables the segmentation offloads that struct vnet_hdr cannot describe (tunnels, SCTP, frame lists; UDP before Linux
 * 6.2), so that the kernel segments such frames before the interface gets them. TCP stays whole. Returns 0 or a
 * negative errno; a driver without these offloads is success.
 */
int offload_limit_to_vnet(const char *name);

#endif
