/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a packet socket cannot do: stop a frame.  A packet socket gets copies; the originals go on, a guest's into this
 * host's stack, which, where it forwards, would send them on again, and this host's for a guest onto the air.  An
 * nftables table of the family netdev stops them where tc and eBPF would, and needs neither:
 *
 *   ingress of the uplink   drops what is for a guest, and what an access point reflects; packet sockets have had it
 *   egress of the uplink    drops what has a foreign source; sends what is for a guest straight into the bridge
 *   ingress of the veth     drops everything: what comes from the bridge is for our socket alone
 *
 * The addresses of the guests are three sets that follow the bindings; the rules never change.  The table is owned
 * (flags owner): it is gone with the descriptor of this object, so also when the process is killed, and `nft flush
 * ruleset` of others does not touch it.
 *
 * Needs CONFIG_NF_TABLES_NETDEV and Linux 5.12; the egress part CONFIG_NETFILTER_EGRESS and Linux 5.16.
 */
#ifndef VIFI_NETDEV_NFT_GUARD_H
#define VIFI_NETDEV_NFT_GUARD_H

#include <stdbool.h>
#include <stdint.h>

struct nft_guard;

enum nft_guard_set { NFT_GUARD_MAC, NFT_GUARD_IP4, NFT_GUARD_IP6 }; /* the guests' addresses of each kind */

/*
 * Makes the table.  mac: W; mark: of the frames that are to pass into this host's stack, and lose the mark there.
 * Returns NULL where the kernel or the library cannot do it: everything works but what is said above.  Used by one
 * thread at a time.
 */
struct nft_guard *nft_guard_new(const char *uplink, const char *veth, const uint8_t mac[6], uint32_t mark);
void nft_guard_free(struct nft_guard *guard);

/* Whether the egress of the uplink is fenced too. */
bool nft_guard_has_egress(const struct nft_guard *guard);

/* How many frames with a foreign source the egress has dropped. May be called by any thread; NULL is fine. */
uint64_t nft_guard_foreign_drops(const struct nft_guard *guard);

/* Changes are gathered, and made by nft_guard_commit() in one transaction. W as set here replaces the former. */
void nft_guard_set_uplink_mac(struct nft_guard *guard, const uint8_t mac[6]);
void nft_guard_set_guest(struct nft_guard *guard, enum nft_guard_set set, const uint8_t *address, bool guest);
void nft_guard_clear(struct nft_guard *guard); /* no guests at all */
int nft_guard_commit(struct nft_guard *guard); /* 0; -1 where the kernel refused: nothing has changed */

#endif
