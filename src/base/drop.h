/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The reasons for which vifi drops a frame.
 *
 * Every stage of every data path returns an `enum drop`; NOT_DROPPED is zero. The eBPF programs count by the same
 * numbers, `vifi bridge show` prints the sentences, captures carry them as comments. A row is
 *
 *   X(IDENTIFIER, "name", LAYER, WHO, "what happened, one sentence", "what the operator can do")
 *
 * LAYER is where the cause lies, WHO the machine where it can be fixed: DROP_LAYER_LIST and DROP_MENDER_LIST.
 *
 * Names appear in JSON, metrics and tests and keep their meaning. Numbers can change between versions, and the loader
 * compares an ABI number; new rows go to the end of their group.
 */
#ifndef VIFI_BASE_DROP_H
#define VIFI_BASE_DROP_H

/* clang-format off */
#define DROP_LAYER_LIST(X) \
	X(ETHERNET,   "ethernet") \
	X(ARP,        "arp") \
	X(ADDRESS,    "address")    /* who has which IP address */ \
	X(IP4,        "ip4") \
	X(IP6,        "ip6")        /* with neighbour discovery */ \
	X(DHCP,       "dhcp")       /* with other services */ \
	X(WIFI,       "wifi")       /* IEEE 802.11: frames, links */ \
	X(PROTECTION, "protection") /* ciphers and packet numbers */ \
	X(HANDSHAKE,  "handshake") \
	X(PROGRAM,    "program")    /* the program vifi, or this machine */

#define DROP_MENDER_LIST(X) \
	X(GUEST,   "guest") \
	X(HOST,    "host")         /* where vifi runs */ \
	X(AP,      "access point") \
	X(STATION, "station")      /* the other end of a link */ \
	X(RADIO,   "radio")        /* the channel; often nothing is wrong */ \
	X(SENDER,  "sender")       /* the machine that sent the frame */

#define DROP_LIST(X) \
	/* Ethernet */ \
	X(TRUNCATED,        "truncated", ETHERNET, SENDER, "The frame is shorter than its headers say.", "The driver of the sender is broken, or it forges frames; `vifi trace --drops` shows its address.") \
	X(MTU,              "mtu", ETHERNET, GUEST, "The frame is longer than the outgoing interface can carry.", "Give the guest's interface the MTU of the uplink.") \
	X(VLAN,             "vlan", ETHERNET, HOST, "The frame carries a VLAN tag that this uplink is not configured to carry.", "List the VLAN in `vlans =` of the configuration, or untag the bridge port.") \
	X(VLAN_NESTED,      "vlan_nested", ETHERNET, HOST, "The frame carries more than one VLAN tag.", "Nested tags do not cross a Wi-Fi client link; terminate one of them on this host.") \
	X(BAD_SOURCE,       "bad_source", ETHERNET, GUEST, "The Ethernet source is not a unicast address.", "Check the guest's interface: the source address of a frame must be unicast.") \
	X(LINK_CONTROL,     "link_control", ETHERNET, GUEST, "A link-local protocol (EAPOL, TDLS, LLDP, 01:80:c2:00:00:0X) never crosses the uplink.", "No action needed: guests must not take part in the protocols of the host's Wi-Fi link.") \
	X(RARP,             "rarp", ETHERNET, GUEST, "A reverse ARP announcement tells a bridge the port of a guest; it has no meaning beyond the uplink.", "No action needed: the bridge has learned from it.") \
	/* ARP */ \
	X(ARP_MALFORMED,    "arp_malformed", ARP, SENDER, "The ARP frame is not for IPv4 over Ethernet, or has an invalid length or operation.", "The driver of the sender is broken, or it forges frames; `vifi trace --drops` shows its address.") \
	X(ARP_SENDER,       "arp_sender", ARP, GUEST, "The sender hardware address of the ARP frame is not the guest's own, or is invalid.", "The guest answers for another machine, of which vifi has seen no frame on the guest's port; let that machine send one first.") \
	X(PROXY_CLAIM,      "proxy_claim", ARP, AP, "A neighbour on the uplink announced an address with the MAC address of the uplink or of a guest; guests must not learn that.", "No action needed if the access point does proxy ARP or proxy ND; otherwise a neighbour forges announcements.") \
	/* claims and learning */ \
	X(CLAIM_HOST,       "claim_host", ADDRESS, GUEST, "A guest used an address of this host.", "Give the guest another address.") \
	X(CLAIM_GATEWAY,    "claim_gateway", ADDRESS, GUEST, "A guest used the default gateway's address.", "Give the guest another address, or pin this one if the guest really is the gateway.") \
	X(CLAIM_PINNED,     "claim_pinned", ADDRESS, HOST, "A guest used an address that is pinned to another guest.", "Remove the pin with `vifi bridge forget`, or give the guest another address.") \
	X(CLAIM_TAKEN,      "claim_taken", ADDRESS, GUEST, "A guest used an address that belongs to another guest, which still answers for it.", "Give one of the two guests another address. If they are two interfaces of one guest in one subnet, set the sysctls `net.ipv4.conf.all.arp_ignore=1` and `net.ipv4.conf.all.arp_announce=2` in the guest.") \
	X(CLAIM_STATION,    "claim_station", ADDRESS, GUEST, "A guest used the address of another station on the network.", "Give the guest another address. A guest can take the address over when the station no longer answers.") \
	X(CLAIM_ROUTED,     "claim_routed", ADDRESS, GUEST, "A guest used an address of a network that this host routes elsewhere.", "Give the guest an address of the uplink's network, or pin this one.") \
	X(SOURCE_GUARD,     "source_guard", ADDRESS, GUEST, "A guest sent a packet whose source address belongs to another port or to a station.", "Two guests share an address: change one, or set `source-guard = no` to forward such packets.") \
	X(CLAIM_INVALID,    "claim_invalid", ADDRESS, GUEST, "A guest used a source address that is never valid (multicast, broadcast, loopback).", "Correct the address in the guest.") \
	X(HOST_TWICE,       "host_twice", ARP, HOST, "This host also answered through the bridge for an address that it has on the uplink.", "No action needed: the answer on the uplink counts. `sysctl net.ipv4.conf.BRIDGE.arp_ignore=1` stops the other one.") \
	X(LEARN_RATE,       "learn_rate", ADDRESS, HOST, "The machines behind a port used new addresses faster than its limit; this one was not learned.", "Raise `learn-burst` and `learn-rate` if the port really has that many machines; otherwise find out why the guest uses so many addresses.") \
	X(LEARN_FULL,       "learn_full", ADDRESS, HOST, "The bridge has more than 1018 ports with guests, or the kernel is out of memory; the address was not learned.", "Spread the guests over several bridges, each with an uplink.") \
	X(UPLINK_MAC,       "uplink_mac", ETHERNET, GUEST, "A guest sent a frame with the MAC address of the uplink, which belongs to this host.", "Give the guest's interface its own MAC address; vifi translates it. If the port leads to the uplink's own network, take it out of the bridge.") \
	/* IPv4 */ \
	X(IP4_MALFORMED,    "ip4_malformed", IP4, SENDER, "The version or length of the IPv4 header is invalid.", "The driver of the sender is broken, or it forges frames; `vifi trace --drops` shows its address.") \
	X(IP4_CHECKSUM,     "ip4_checksum", IP4, SENDER, "The IPv4 header's checksum is wrong.", "Check the sender, and interfaces on the path for broken checksum offload.") \
	X(DHCP_FORGED,      "dhcp_forged", DHCP, GUEST, "A guest released or declined an address that is not its own, used the MAC address of the uplink or of another guest as client address, or sent a request that servers may interpret differently.", "Look for a program in the guest that forges DHCP messages.") \
	X(GUEST_SERVICE,    "guest_service", DHCP, GUEST, "A guest sent a router advertisement, Redirect or DHCP server message, which reaches other guests only.", "Set `guest-services = all` if the guest really serves the network.") \
	X(HOST_SERVICE,     "host_service", DHCP, HOST, "This host's own DHCP server or router advertisement daemon sent a message towards the network.", "Let that daemon serve another bridge or interface; the uplink's network has its own server.") \
	X(DHCP_IDENTITY,    "dhcp_identity", DHCP, GUEST, "With `rewrite-chaddr`, vifi could not tell a DHCP request from those of other guests: it is fragmented, malformed or fills the MTU, or another guest has just used the same transaction ID.", "Let the guest's DHCP client send a client identifier (option 61). If two guests chose the same transaction ID, the next try succeeds.") \
	X(DHCP_CHECKSUM,    "dhcp_checksum", DHCP, SENDER, "The UDP checksum of a DHCP message is wrong.", "Check the sender, and interfaces on the path for broken checksum offload.") \
	/* IPv6 */ \
	X(IP6_MALFORMED,    "ip6_malformed", IP6, SENDER, "The IPv6 header or one of its extension headers is invalid.", "The driver of the sender is broken, or it forges frames; `vifi trace --drops` shows its address.") \
	X(IP6_HEADERS,      "ip6_headers", IP6, SENDER, "The packet has more IPv6 extension headers than any real packet.", "Check the sender: long header chains evade filters.") \
	X(ND_MALFORMED,     "nd_malformed", IP6, SENDER, "The neighbour discovery message is too short, or its code is not 0.", "The driver of the sender is broken, or it forges frames; `vifi trace --drops` shows its address.") \
	X(ND_HOP_LIMIT,     "nd_hop_limit", IP6, SENDER, "The hop limit of the neighbour discovery message is not 255: it comes from another link.", "Check the sender: the message was forged by a machine on another link.") \
	X(ND_FRAGMENT,      "nd_fragment", IP6, SENDER, "The neighbour discovery message is fragmented, which RFC 6980 forbids.", "The driver of the sender is broken, or it forges frames; `vifi trace --drops` shows its address.") \
	X(ND_OPTION,        "nd_option", IP6, SENDER, "A neighbour discovery option has length 0 or extends beyond the message.", "The driver of the sender is broken, or it forges frames; `vifi trace --drops` shows its address.") \
	X(ND_CHECKSUM,      "nd_checksum", IP6, SENDER, "The ICMPv6 checksum of a neighbour discovery message is wrong.", "Check the sender, and interfaces on the path for broken checksum offload.") \
	X(ND_SENDER,        "nd_sender", IP6, GUEST, "A link-layer address option holds an address that is not the sending guest's own.", "The guest answers for another machine, of which vifi has seen no frame on the guest's port; let that machine send one first.") \
	X(ND_SIGNED,        "nd_signed", IP6, GUEST, "The message is signed (SEND, RFC 3971), so its link-layer address cannot be translated.", "Switch SEND off in the guest, or route instead of bridging.") \
	/* other */ \
	X(REFLECTION,       "reflection", ETHERNET, AP, "The access point sent our own frame back.", "No action needed: access points do this with broadcasts.") \
	X(GUEST_ON_WIRE,    "guest_on_wire", ETHERNET, HOST, "A frame from the uplink has the source address of a guest that is alive behind the bridge.", "Look for a loop between the bridge and the network, a clone of the guest, or a forger.") \
	X(NO_OWNER,         "no_owner", ETHERNET, HOST, "The frame's protocol has no IP addresses, and no guest has sent frames of this protocol.", "Name the guest that shall get it: `vifi bridge pin UPLINK MAC ethertype:0x88b5`.") \
	X(UNKNOWN_ADDRESS,  "unknown_address", ADDRESS, HOST, "A packet for the uplink's MAC address has a destination IP address that belongs neither to this host nor to a known guest; vifi delivered it to this host.", "No action needed if it stops: vifi has asked the guests for the address. Otherwise check the guest's address, or pin it with `vifi bridge pin`.") \
	X(FOREIGN_SOURCE,   "foreign_source", ETHERNET, HOST, "A program on this host sent a frame whose source address is not the uplink's.", "Find the sending program (`tcpdump -nei UPLINK`). If another program has made the uplink a bridge port, take it out of that bridge.") \
	X(INTERNAL,         "internal", PROGRAM, HOST, "A rule could not be applied to the frame; this is a defect of vifi.", "Report it, with the frame: `vifi trace --drops -w FILE` records it.") \
	X(QUEUE,            "queue", PROGRAM, HOST, "The user-space engine had no room in a queue, the interface was down, or a packet socket cannot describe the frame (a tunnel's segments).", "Too much traffic for one process: use the eBPF engine if the kernel allows it.") \
	X(LOOP,             "loop", ETHERNET, HOST, "A port of the bridge leads to the uplink's own network: vifi drops its frames, and group frames that return through the uplink.", "`bridge link` lists the ports: take the Ethernet port out of the bridge (`ip link set PORT nomaster`).") \
	X(RETURNED,         "returned", ADDRESS, HOST, "The packet is for a network that belongs to no known guest, and this host would send it back to the router it came from.", "Pin the network (10.9.0.0/24) to the guest that routes it, with `vifi bridge pin`.") \
	X(HOST_REDIRECT,    "host_redirect", IP6, HOST, "This host forwards packets, and sent a Redirect towards the network that could contain a guest's own MAC address.", "No action needed: this host forwards the sender's packets.") \
	/* IEEE 802.11: protected frames */ \
	X(FRAME_TYPE,       "frame_type", WIFI, SENDER, "The type or version of the 802.11 frame is not valid here.", "Check the sender, or whether the capture holds 802.11 frames.") \
	X(NO_MEMORY,        "no_memory", PROGRAM, HOST, "The machine was out of memory for the frame's headers and cipher.", "Find the program that uses up the memory of this machine.") \
	X(NO_KEY,           "no_key", PROTECTION, STATION, "The frame is protected by a key that is not installed here.", "No action needed if it stops with the next rekey; otherwise reconnect the station.") \
	X(UNPROTECTED,      "unprotected", PROTECTION, STATION, "The frame is unencrypted although a key is installed for its sender.", "The frame is forged, or the station has lost its keys: reconnect the station.") \
	X(CIPHER_HEADER,    "cipher_header", PROTECTION, SENDER, "The cipher header of the frame does not match the negotiated cipher.", "Check the sender: it does not use the negotiated cipher.") \
	X(REPLAY,           "replay", PROTECTION, RADIO, "The packet number of the frame is not higher than the last one received.", "No action needed if it is rare, as after a lost acknowledgement; otherwise look for a replay attack.") \
	X(MPDU_MIC,         "mpdu_mic", PROTECTION, STATION, "The MIC of the frame is wrong: forged, damaged, or protected with another key.", "Reconnect the station; if it continues, look for an attacker that forges frames.") \
	X(MPDU_ICV,         "mpdu_icv", PROTECTION, STATION, "The ICV of a WEP or TKIP frame is wrong: damaged, or protected with another key.", "Compare the keys at both ends, or better use CCMP.") \
	X(MICHAEL,          "michael", PROTECTION, SENDER, "The Michael MIC of a TKIP frame is wrong: the frame is forged.", "A second failure within a minute stops TKIP for a minute; use CCMP.") \
	X(MME,              "mme", PROTECTION, AP, "A group management frame lacks the element that authenticates it.", "The frame is forged, or the access point does not protect its group management frames.") \
	X(PN_EXHAUSTED,     "pn_exhausted", PROTECTION, HOST, "All packet numbers of the key have been used, so the key can protect no further frame.", "No action needed: both ends negotiate a new key.") \
	X(CIPHER_FAILED,    "cipher_failed", PROGRAM, HOST, "The cipher failed in libcrypto.", "Check the installation of OpenSSL: RC4 needs its legacy provider.") \
	/* IEEE 802.11: key handshakes */ \
	X(RSNE_MALFORMED,   "rsne_malformed", HANDSHAKE, SENDER, "The RSN or WPA element is truncated, or its version is unknown.", "The driver of the sender is broken, or it forges frames; `vifi trace --drops` shows its address.") \
	X(EAPOL_MALFORMED,  "eapol_malformed", HANDSHAKE, SENDER, "The EAPOL-Key frame is truncated, or its lengths contradict each other.", "The driver of the sender is broken, or it forges frames; `vifi trace --drops` shows its address.") \
	X(EAPOL_SUITE,      "eapol_suite", HANDSHAKE, SENDER, "The EAPOL-Key frame uses a cipher suite or AKM other than the negotiated one.", "Check the sender: it may be a downgrade attack.") \
	X(EAPOL_UNEXPECTED, "eapol_unexpected", HANDSHAKE, RADIO, "The EAPOL-Key frame is not valid in this state of the handshake.", "No action needed if it is rare: a message was late or duplicated.") \
	X(EAPOL_REPLAY,     "eapol_replay", HANDSHAKE, RADIO, "The replay counter of the EAPOL-Key frame is not valid in this state of the handshake.", "No action needed if it is rare: a message was late or duplicated.") \
	X(EAPOL_MIC,        "eapol_mic", HANDSHAKE, STATION, "The MIC of the EAPOL-Key frame is wrong: the passphrases differ, or it is forged.", "Compare the passphrase at both ends.") \
	X(EAPOL_KEY_DATA,   "eapol_key_data", HANDSHAKE, AP, "The EAPOL-Key frame lacks keys that it must carry.", "Update the firmware of the access point: its key handshake is incomplete.") \
	X(EAPOL_RSNE,       "eapol_rsne", HANDSHAKE, AP, "The RSN element in the handshake differs from that of the beacon or association request.", "Beacons or association requests were forged, or the access point was reconfigured.") \
	/* IEEE 802.11: links */ \
	X(ADDRESSES,        "addresses", WIFI, SENDER, "The addresses or the direction of the frame do not belong to its link.", "Check the sender: the frame belongs to another network, or is forged.") \
	X(FOUR_ADDRESSES,   "four_addresses", WIFI, AP, "The frame has four addresses, but 4-address mode (WDS) is not in use with its sender.", "Set `wds_sta=1` at the access point if the station is a bridge for other machines; otherwise disable 4-address mode (WDS) at the other end.") \
	X(PORT_CLOSED,      "port_closed", HANDSHAKE, STATION, "The station is not authorised yet, and until then only EAPOL frames pass.", "No action needed if it ends with the handshake; otherwise compare the passphrase at both ends.") \
	X(EAPOL_FOREIGN,    "eapol_foreign", HANDSHAKE, SENDER, "The EAPOL frame is not between a station and its own access point.", "Check the sender: handshakes are never forwarded.") \
	X(DUPLICATE,        "duplicate", WIFI, RADIO, "The frame is a retry of one that was already received.", "No action needed: the acknowledgement was lost.") \
	X(FRAGMENT_REFUSED, "fragment_refused", WIFI, SENDER, "The fragment is not acceptable: it is part of a group frame, a management frame or an A-MSDU, or it is unencrypted although a key is installed.", "Check the sender: it may be a fragmentation attack.") \
	X(FRAGMENT_ORDER,   "fragment_order", WIFI, RADIO, "The fragment does not continue those received before it.", "No action needed if it is rare: a fragment was lost.") \
	X(FRAGMENT_MIXED,   "fragment_mixed", WIFI, SENDER, "The fragments of one frame differ in their key or their addresses.", "Check the sender: it may be a fragmentation attack.") \
	X(FRAGMENT_PN,      "fragment_pn", WIFI, SENDER, "The packet numbers of the fragments of one frame are not consecutive.", "Check the sender: it may be a fragmentation attack.") \
	X(AMSDU,            "amsdu", WIFI, SENDER, "The A-MSDU is truncated, its lengths contradict each other, or it has a group address.", "The driver of the sender is broken, or it forges frames; `vifi trace --drops` shows its address.") \
	X(AMSDU_LLC,        "amsdu_llc", WIFI, SENDER, "The A-MSDU begins like an ordinary MSDU: its A-MSDU bit is forged.", "Look for the attacker: this is an aggregation attack.") \
	X(AMSDU_ADDRESS,    "amsdu_address", WIFI, SENDER, "A subframe of an A-MSDU has an address that is not its sender's or receiver's.", "Check the sender: it uses the address of another station.") \
	X(DOZE_FULL,        "doze_full", WIFI, STATION, "The power-save queue of a dozing station was full.", "A dozing station cannot take this much traffic: disable power save there.") \
	X(DOZE_LATE,        "doze_late", WIFI, STATION, "A dozing station did not fetch the frame in time.", "Check whether the station is still there.") \
	X(NOT_CONNECTED,    "not_connected", WIFI, HOST, "The station had no connection, and the frame had waited too long for one.", "No action needed if it stops; otherwise read what the station's log says about its networks.") \
	X(MGMT_UNEXPECTED,  "mgmt_unexpected", WIFI, SENDER, "The management frame is not valid in this state, or not from this sender.", "No action needed if it is rare: a frame was late; otherwise check the sender.") \
	/* IEEE 802.11: the ends of a link */ \
	X(RADIO_QUEUE,      "radio_queue", PROGRAM, HOST, "The transmit queue of the radio was full.", "The medium cannot keep up: `vifi air show` shows its load.") \
	X(RADIO_GONE,       "radio_gone", PROGRAM, HOST, "The radio had not joined the medium, or had lost it.", "Start `vifi air`; the radio joins again by itself.") \
	X(TAP_REFUSED,      "tap_refused", PROGRAM, HOST, "The network interface did not accept the frame: it is down, or its queue is full.", "Set the interface up: `ip link set dev NAME up`.") \
	/* IEEE 802.11: an access point */ \
	X(OTHER_BSS,        "other_bss", WIFI, RADIO, "The frame belongs to another network, or is of a type that only access points send.", "No action needed: other networks use the same channel.") \
	X(FOREIGN_TRANSMITTER, "foreign_transmitter", WIFI, SENDER, "The transmitter address of the frame is a group address, zero, or the address of this access point.", "Look for an attacker, or for another access point with the same address.") \
	X(NOT_AUTHENTICATED, "not_authenticated", WIFI, STATION, "The sender of the frame is not authenticated here.", "No action needed: the deauthentication sent in reply makes the station authenticate again.") \
	X(NOT_ASSOCIATED,   "not_associated", WIFI, STATION, "The sender of the frame is not associated here.", "No action needed: the disassociation sent in reply makes the station associate again.") \
	X(NO_STATION,       "no_station", WIFI, HOST, "No associated station has the destination address of the frame.", "No action needed: a bridge floods frames for unknown destinations.") \
	X(ISOLATED,         "isolated", WIFI, AP, "The frame is from one station to another, which `ap_isolate` forbids.", "Remove `ap_isolate` from the configuration if stations should reach one another.") \
	X(ANSWER_LIMIT,     "answer_limit", WIFI, SENDER, "A request from a station that is not associated was not answered: too many arrived, or the answers were not acknowledged.", "No action needed if it is rare: the station asks again. Otherwise look for a flood of forged requests.") \
	X(GROUP_UNICAST,    "group_unicast", WIFI, SENDER, "The group frame carries a unicast IP packet: a member of the network forged it with the group key (the Hole 196 attack).", "Look for the attacker among the stations of the network; `ap_isolate` does not stop this.") \
	X(SAE_INVALID,      "sae_invalid", HANDSHAKE, SENDER, "An SAE commit has an invalid scalar, element or list of rejected groups.", "Look for the attacker: this is an invalid-curve or a downgrade attack.") \
	X(SAE_REFLECTION,   "sae_reflection", HANDSHAKE, SENDER, "An SAE commit that this end sent came back to it.", "Look for the attacker: this is a reflection attack.") \
	X(SAE_CONFIRM,      "sae_confirm", HANDSHAKE, STATION, "An SAE confirm is wrong: the passwords differ, or it is forged.", "Compare the password (and its identifier) at both ends.") \
	X(FT_MIC,           "ft_mic", HANDSHAKE, SENDER, "A reassociation response of a fast BSS transition, or a message between key holders, is not authentic or a replay.", "Compare r0kh and r1kh at both access points; otherwise look for an attacker that forges frames.") \
	X(OCI,              "oci", HANDSHAKE, SENDER, "The frame names an operating channel other than ours, or none (operating channel validation).", "Look for an attacker that relays frames between channels. If there is none, the peer implements ocv incorrectly: set ocv=2 or ocv=0.") \
	/* a capture */ \
	X(CAPTURE_CUT,      "capture_cut", PROGRAM, HOST, "The capture holds only the beginning of the frame.", "Capture whole frames: `tcpdump -s 0`.") \
	/* the medium of `vifi air` */ \
	X(AIR_LOSS,         "air_loss", WIFI, RADIO, "A rule for the two radios lost the transmission (`loss=`).", "`vifi air show` lists the rules, `vifi air rule` changes them.") \
	X(AIR_RANGE,        "air_range", WIFI, RADIO, "A rule puts the receiver out of the sender's range (`deaf=yes`).", "`vifi air show` lists the rules, `vifi air rule` changes them.") \
	X(AIR_RATE,         "air_rate", WIFI, RADIO, "The transmission is faster than a rule for the two radios permits (`rate=`).", "`vifi air show` lists the rules; a sender falls back to lower rates by itself.") \
	X(AIR_ACK,          "air_ack", WIFI, RADIO, "The frame arrived, but a rule lost its acknowledgement: `loss=` or `deaf=yes` in the opposite direction, or `duplicate=`.", "No action needed: the sender repeats the frame, and the receiver drops the duplicate.") \
	X(AIR_DOZE,         "air_doze", WIFI, STATION, "The receiver dozed when the transmission began.", "No action needed if it is rare; otherwise check the receiver's power save settings.") \
	X(AIR_CHANNEL,      "air_channel", WIFI, STATION, "The receiver is tuned to another channel.", "No action needed while it scans; otherwise compare the channels with `vifi air show`.") \
	X(AIR_NOBODY,       "air_nobody", WIFI, SENDER, "No radio on the medium has the receiver address of the frame.", "No action needed if the receiver has just left; `vifi air show` lists the addresses.") \
	X(AIR_RETRIES,      "air_retries", WIFI, RADIO, "No transmission of the frame was acknowledged, so the sender gave up.", "The events before this one say why each transmission failed.") \
	X(AIR_REFUSED,      "air_refused", WIFI, SENDER, "The medium refused the frame: it is too short, its rate is too low, or its radio is tuned to no channel.", "Check the program that sends it; `vifi air show` lists the radios and their channels.") \
	X(AIR_QUEUE,        "air_queue", PROGRAM, HOST, "The receiving process did not read its frames fast enough, or too many were delayed by a rule.", "The machine is overloaded: look at `dropped` in `vifi air show`.") \
	/* a card of the kernel */ \
	X(CARD_REFUSED,     "card_refused", PROGRAM, HOST, "The kernel or the card's driver refused the frame.", "The log of vifi has the reason; `vifi doctor` checks the card.") \
	X(CARD_UNACKED,     "card_unacked", WIFI, STATION, "The card sent the frame, but it was not acknowledged.", "No action needed if it is rare: the receiver is out of range, dozes, or has left.")

enum drop {
	NOT_DROPPED = 0,
#define X(id, name, layer, mender, sentence, hint) DROP_##id,
	DROP_LIST(X)
#undef X
	DROP_COUNT,                  /* NOT_DROPPED included */
	DROP_WIFI = DROP_FRAME_TYPE, /* from here on reasons of IEEE 802.11, which a bridge does not have */
};
/* clang-format on */

#ifndef __bpf__
enum drop_layer {
#define X(id, name) DROP_LAYER_##id,
	DROP_LAYER_LIST(X)
#undef X
};

enum drop_mender {
#define X(id, name) DROP_MENDER_##id,
	DROP_MENDER_LIST(X)
#undef X
};

/*
 * Where the cause of a reason lies, and the machine where it can be fixed. An invalid number has "program" and "host".
 */
enum drop_layer drop_layer(enum drop drop);
enum drop_mender drop_mender(enum drop drop);
const char *drop_layer_name(enum drop_layer layer);
const char *drop_mender_name(enum drop_mender mender);

/*
 * Each returns a text about a reason, never NULL. The name is "none" for NOT_DROPPED and "unknown" for an invalid
 * number.
 */
const char *drop_name(enum drop drop);
const char *drop_sentence(enum drop drop);
const char *drop_hint(enum drop drop);

/* Returns the reason that has this name, or NOT_DROPPED if this version knows no such reason. */
enum drop drop_named(const char *name);
#endif

#endif
