/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Offloads of an interface that must be done before its frames reach a packet socket. */
#ifndef VIFI_NETDEV_OFFLOAD_H
#define VIFI_NETDEV_OFFLOAD_H

/*
 * Makes the kernel itself cut what struct vnet_hdr cannot describe (tunnels, SCTP, lists of frames; UDP where it is too
 * old to tell, before Linux 6.2), before it hands frames to the interface.  TCP stays whole.  Returns 0 or a negative
 * errno; a driver without these offloads is success.
 */
int offload_limit_to_vnet(const char *name);

#endif
