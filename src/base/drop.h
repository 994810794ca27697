/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one list of reasons why vifi does not deliver a frame.
 *
 * Every stage of every data path returns an `enum drop`; NOT_DROPPED is zero.
 * The eBPF programs count by the same numbers, `vifi bridge show` prints the
 * sentences, traces carry them as comments. A row is
 *
 *   X(IDENTIFIER, "name", "what happened, one sentence", "what the operator can do")
 *
 * The name is what appears in JSON, metrics and tests; it never changes its
 * meaning. New rows go to the end of their group: numbers are not kept across
 * versions (the loader compares an ABI number), names are.
 */
#ifndef VIFI_BASE_DROP_H
#define VIFI_BASE_DROP_H

/* clang-format off */
#define DROP_LIST(X) \
	/* shape */ \
	X(TRUNCATED,        "truncated",         "The frame ends before its own headers say it does.", "Look at the sender: a broken driver, or a forged frame.") \
	X(MTU,              "mtu",               "The frame is longer than the interface it should leave by can carry.", "Give the guest's interface the MTU of the uplink.") \
	X(VLAN,             "vlan",              "The frame carries a VLAN tag that this uplink is not configured to carry.", "List the VLAN in `vlans =` of the configuration, or untag the bridge port.") \
	X(VLAN_NESTED,      "vlan_nested",       "The frame carries more than one VLAN tag.", "Nested tags do not cross a Wi-Fi client link; terminate one of them on this host.") \
	X(BAD_SOURCE,       "bad_source",        "The Ethernet source is not a unicast address.", "Look at the guest's interface: no station has such an address.") \
	X(LINK_CONTROL,     "link_control",      "A protocol that belongs to one link (EAPOL, TDLS, LLDP, 01:80:c2:00:00:0X) never crosses the uplink.", "Nothing: a guest must not speak for the host's Wi-Fi link.") \
	X(RARP,             "rarp",              "A reverse ARP announcement told the bridge where a guest is; it means nothing beyond the uplink.", "Nothing: the bridge has learned from it.") \
	/* ARP */ \
	X(ARP_MALFORMED,    "arp_malformed",     "The ARP frame is not one for IPv4 over Ethernet, or has lengths or an operation that do not fit.", "Look at the sender.") \
	X(ARP_SENDER,       "arp_sender",        "The ARP frame names a hardware address that is not the sending guest's own, or is none.", "The guest speaks for a machine that is not known behind this uplink; let that machine send a frame itself first.") \
	X(PROXY_CLAIM,      "proxy_claim",       "A neighbour on the uplink said that an address is at the uplink's own MAC address; guests must not hear that.", "Nothing; the access point does proxy ARP or proxy ND.") \
	/* claims */ \
	X(CLAIM_HOST,       "claim_host",        "A guest used an address of this host.", "Give the guest another address.") \
	X(CLAIM_GATEWAY,    "claim_gateway",     "A guest used the default gateway's address.", "Give the guest another address; pin it if it really is the gateway.") \
	X(CLAIM_PINNED,     "claim_pinned",      "A guest used an address that is pinned to another guest.", "`vifi bridge forget` the pin, or give the guest another address.") \
	X(CLAIM_TAKEN,      "claim_taken",       "A guest used an address that another guest holds and still answers for.", "Two guests have the same address: change one. A move is accepted when the owner falls silent.") \
	X(CLAIM_INVALID,    "claim_invalid",     "A guest used a source address that no machine can have (multicast, broadcast, loopback).", "Look at the guest.") \
	X(HOST_TWICE,       "host_twice",        "This host answered through the bridge, too, for an address that it has on the uplink.", "Nothing: its answer by the uplink counts. `sysctl net.ipv4.conf.BRIDGE.arp_ignore=1` ends it.") \
	X(LEARN_RATE,       "learn_rate",        "A guest made up new addresses faster than its limit; this one was not learned.", "Look for a scan or flood in the guest; raise `learn-rate` if it is honest.") \
	X(LEARN_FULL,       "learn_full",        "The table of ports or bindings is full; the address was not learned.", "`vifi bridge show` tells who holds what; `forget` what is stale.") \
	/* IPv4 */ \
	X(IP4_MALFORMED,    "ip4_malformed",     "The IPv4 header's version or length is wrong.", "Look at the sender.") \
	X(IP4_CHECKSUM,     "ip4_checksum",      "The IPv4 header's checksum is wrong.", "Look at the sender, or at an interface with broken checksum offload.") \
	X(DHCP_CHECKSUM,    "dhcp_checksum",     "The UDP checksum of a DHCP message is wrong.", "Look at the sender, or at an interface with broken checksum offload.") \
	/* IPv6 */ \
	X(IP6_MALFORMED,    "ip6_malformed",     "The IPv6 header or one of its extension headers is wrong.", "Look at the sender.") \
	X(IP6_HEADERS,      "ip6_headers",       "There are more IPv6 extension headers than any real packet has.", "Look at the sender: this is how filters are evaded.") \
	X(ND_MALFORMED,     "nd_malformed",      "The neighbour discovery message is too short or has a code other than 0.", "Look at the sender.") \
	X(ND_HOP_LIMIT,     "nd_hop_limit",      "The neighbour discovery message has a hop limit other than 255: it did not start on this link.", "Look at the sender: somebody off the link forges it.") \
	X(ND_FRAGMENT,      "nd_fragment",       "The neighbour discovery message is fragmented, which RFC 6980 forbids.", "Look at the sender.") \
	X(ND_OPTION,        "nd_option",         "A neighbour discovery option has length 0 or runs past the end.", "Look at the sender.") \
	X(ND_CHECKSUM,      "nd_checksum",       "The ICMPv6 checksum of a neighbour discovery message is wrong.", "Look at the sender, or at an interface with broken checksum offload.") \
	X(ND_SENDER,        "nd_sender",         "A link-layer address option names an address that is not the sending guest's own.", "The guest speaks for a machine that is not known behind this uplink; let that machine send a frame itself first.") \
	X(ND_SIGNED,        "nd_signed",         "The message is signed (SEND, RFC 3971), so its link-layer address cannot be translated.", "Switch SEND off in the guest, or route instead of bridging.") \
	/* the rest */ \
	X(REFLECTION,       "reflection",        "The access point sent back a frame of our own.", "Nothing: access points do this with broadcasts.") \
	X(GUEST_ON_WIRE,    "guest_on_wire",     "A frame from the uplink bears the source address of a guest that is alive behind it.", "A loop between the bridge and the network, a clone of the guest, or a forger.") \
	X(NO_OWNER,         "no_owner",          "A frame for this station of a protocol without IP addresses fits no guest that spoke it.", "`vifi bridge pin` the ethertype to a guest.") \
	X(FOREIGN_SOURCE,   "foreign_source",    "Somebody on this host sent a frame with a source address other than the uplink's.", "Find the sender (`tcpdump -i`), or take the interface out of whatever uses it as a bridge port.") \
	X(INTERNAL,         "internal",          "A rule could not be applied to the frame; this is a defect of vifi.", "Please report it with a capture of the frame.") \
	X(QUEUE,            "queue",             "The user-space engine found no room for the frame in a queue, the interface was down, or it was a tunnel's segments, which a packet socket cannot describe.", "Too much traffic for one process: use the eBPF engine where the kernel lets you.") \
	/* IEEE 802.11: protected frames */ \
	X(FRAME_TYPE,       "frame_type",        "The 802.11 frame is of a type or version that nobody expects here.", "Look at the sender, or at a capture that holds something else.") \
	X(NO_MEMORY,        "no_memory",         "There was no memory for the headers and codes of the frame.", "Look for what uses up this machine's memory.") \
	X(NO_KEY,           "no_key",            "The frame is protected by a key that is not installed here.", "Nothing if it passes with the next rekeying; else let the station associate again.") \
	X(UNPROTECTED,      "unprotected",       "The frame is in the clear, but its sender and we have a key.", "A forger, or a station that lost its keys: let it associate again.") \
	X(CIPHER_HEADER,    "cipher_header",     "The cipher header of the frame is not that of the cipher in use.", "Look at the sender: it uses another cipher than it agreed to.") \
	X(REPLAY,           "replay",            "The packet number of the frame is not above the last one.", "Nothing if it is rare, as after a lost acknowledgement; else somebody replays frames.") \
	X(MPDU_MIC,         "mpdu_mic",          "The MIC of the frame is wrong: forged, damaged, or sealed with another key.", "Let the station associate again; if it goes on, look for a forger.") \
	X(MPDU_ICV,         "mpdu_icv",          "The ICV of a WEP or TKIP frame is wrong: damaged, or sealed with another key.", "Compare the keys at both ends; better, use CCMP.") \
	X(MICHAEL,          "michael",           "The Michael code of a TKIP frame is wrong: somebody forges frames.", "A second one within a minute stops TKIP for a minute; use CCMP.") \
	X(MME,              "mme",               "A group management frame lacks the element that proves who sent it.", "A forger, or an access point without protected management frames.") \
	X(PN_EXHAUSTED,     "pn_exhausted",      "All packet numbers of the key are used up; it must never be used again.", "Nothing: both ends negotiate a new key.") \
	X(CIPHER_FAILED,    "cipher_failed",     "The library could not carry out the cipher.", "Look at the installation of OpenSSL: RC4 needs its legacy provider.") \
	/* IEEE 802.11: key handshakes */ \
	X(RSNE_MALFORMED,   "rsne_malformed",    "The RSN or WPA element is cut short, or of a version that nobody knows.", "Look at the sender.") \
	X(EAPOL_MALFORMED,  "eapol_malformed",   "The EAPOL-Key frame is cut short, or its lengths do not fit.", "Look at the sender.") \
	X(EAPOL_SUITE,      "eapol_suite",       "The EAPOL-Key frame speaks for another protection than was agreed to.", "Look at the sender: somebody may try to talk the link down.") \
	X(EAPOL_UNEXPECTED, "eapol_unexpected",  "The EAPOL-Key frame is no message that can come now.", "Nothing if it is rare: a message was late, or came twice.") \
	X(EAPOL_REPLAY,     "eapol_replay",      "The replay counter of the EAPOL-Key frame is none that can come now.", "Nothing if it is rare: a message was late, or came twice.") \
	X(EAPOL_MIC,        "eapol_mic",         "The MIC of the EAPOL-Key frame is wrong: the passphrases differ, or it is forged.", "Compare the passphrase at both ends.") \
	X(EAPOL_KEY_DATA,   "eapol_key_data",    "The EAPOL-Key frame does not carry the keys that it should.", "Look at the access point.") \
	X(EAPOL_RSNE,       "eapol_rsne",        "The RSN element in the handshake is not the one that was seen before.", "Somebody forges beacons or association requests, or the access point has changed.") \
	/* IEEE 802.11: links */ \
	X(ADDRESSES,        "addresses",         "The addresses or the direction of the frame are not those of its link.", "Look at the sender: a frame of another network, or a forged one.") \
	X(FOUR_ADDRESSES,   "four_addresses",    "The frame has four addresses, which only links between access points use.", "Switch 4-address mode (WDS) off at the other end.") \
	X(PORT_CLOSED,      "port_closed",       "Only EAPOL may pass until the station is authorised.", "Nothing if it ends with the handshake; else compare the passphrase at both ends.") \
	X(EAPOL_FOREIGN,    "eapol_foreign",     "An EAPOL frame that is not between a station and its own access point.", "Look at the sender: handshakes are never forwarded.") \
	X(DUPLICATE,        "duplicate",         "The frame is a retry of one that had arrived.", "Nothing: its acknowledgement was lost.") \
	X(FRAGMENT_REFUSED, "fragment_refused",  "A fragment of what is never fragmented: a group frame, a management frame, an A-MSDU, or in the clear where there is a key.", "Look at the sender: somebody may try a fragmentation attack.") \
	X(FRAGMENT_ORDER,   "fragment_order",    "The fragment does not follow those that arrived before it.", "Nothing if it is rare: a fragment was lost.") \
	X(FRAGMENT_MIXED,   "fragment_mixed",    "The fragments of one frame differ in their key or in their addresses.", "Look at the sender: somebody may try a fragmentation attack.") \
	X(FRAGMENT_PN,      "fragment_pn",       "The packet numbers of the fragments of one frame do not follow one another.", "Look at the sender: somebody may try a fragmentation attack.") \
	X(AMSDU,            "amsdu",             "The A-MSDU is cut short, or its lengths do not fit, or it goes to a group.", "Look at the sender.") \
	X(AMSDU_LLC,        "amsdu_llc",         "The A-MSDU begins as an ordinary frame does: its A-MSDU bit is forged.", "Look for a forger: this is an aggregation attack.") \
	X(AMSDU_ADDRESS,    "amsdu_address",     "A part of an A-MSDU bears an address that is not its sender's or receiver's.", "Look at the sender: it speaks for somebody else.") \
	X(DOZE_FULL,        "doze_full",         "There was no room to keep the frame for a dozing station.", "Too much traffic for a station that sleeps: switch power save off there.") \
	X(DOZE_LATE,        "doze_late",         "The frame was kept for a dozing station, which did not ask for it in time.", "Look whether the station is still there.") \
	X(NOT_CONNECTED,    "not_connected",     "There was no connection, and the frame could not wait for one any longer.", "Nothing if it passes; else look at what the station says of its networks.") \
	X(MGMT_UNEXPECTED,  "mgmt_unexpected",   "A management frame that cannot come now, or not from there.", "Nothing if it is rare: a frame was late; else look at the sender.") \
	/* IEEE 802.11: an access point */ \
	X(OTHER_BSS,        "other_bss",         "The frame is for another network, or what only access points send.", "Nothing: others are on the same channel.") \
	X(FOREIGN_TRANSMITTER, "foreign_transmitter", "The transmitter address of the frame is a group address, zero, or our own.", "Look for a forger, or for another access point with the same address.") \
	X(NOT_AUTHENTICATED, "not_authenticated", "The sender of the frame is not authenticated here.", "Nothing: it is told so, and will begin anew.") \
	X(NOT_ASSOCIATED,   "not_associated",    "The sender of the frame is not associated here.", "Nothing: it is told so, and will associate again.") \
	X(NO_STATION,       "no_station",        "No associated station has the destination address of the frame.", "Nothing: a bridge sends everywhere what it has no port for.") \
	X(ISOLATED,         "isolated",          "The frame is from one station to another, which `ap_isolate` forbids.", "Take `ap_isolate` out of the configuration if stations should reach one another.")

enum drop {
	NOT_DROPPED = 0,
#define X(id, name, sentence, hint) DROP_##id,
	DROP_LIST(X)
#undef X
	DROP_COUNT /* how many numbers there are, NOT_DROPPED included */
};
/* clang-format on */

#ifndef __bpf__
/* Returns the row of a reason; "none" for NOT_DROPPED, "unknown" beyond the list. Never NULL. */
const char *drop_name(enum drop drop);
const char *drop_sentence(enum drop drop);
const char *drop_hint(enum drop drop);
#endif

#endif
