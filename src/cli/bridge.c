/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "conf/bridge_conf.h"

static const struct command commands[] = {
	{"up", cmd_bridge_up, &bridge_up_command},
	{"down", cmd_bridge_down, &bridge_down_command},
	{"reload", cmd_bridge_reload, &bridge_reload_command},
	{"show", cmd_bridge_show, &bridge_show_command},
	{"pin", cmd_bridge_pin, &bridge_pin_command},
	{"forget", cmd_bridge_forget, &bridge_forget_command},
	{"check", cmd_bridge_check, &bridge_check_command},
	{0},
};

static const struct opt_command *const page_commands[] = {
	&bridge_up_command,  &bridge_down_command,   &bridge_reload_command, &bridge_show_command,
	&bridge_pin_command, &bridge_forget_command, &bridge_check_command,  NULL};

static const struct opt_section sections[] = {
	{"USER-SPACE ENGINE",
	 "*--engine=user* translates in this process, with the same rules and offloads. It needs nftables of the "
	 "netdev family (Linux 5.12; the egress hook needs 5.16) to keep frames of guests out of a forwarding host and "
	 "foreign addresses off the air, and u32, mirred and /dev/net/tun so that guests and this host reach each "
	 "other. *up* reports what is missing and runs without it. If the process is killed, guests are cut off until "
	 "it runs again; the host keeps its network."},
	{"OUTPUT OF SHOW",
	 "A row is a guest: a MAC address at a port. ADDRESS is its most useful address, MORE ADDRESSES are the "
	 "others, link-local ones last; where there is no room, \\+2 is their number. An address with ! needs "
	 "attention: another machine claims it, too, or it does not belong to the network of the uplink; a sentence "
	 "below the table explains which. "
	 "SEEN is the time since the last frame of the guest, LEASE the time until its DHCP lease "
	 "ends, or _pinned_. On a narrow "
	 "terminal, or with COLUMNS set to a number, columns are left out: the least important "
	 "first, never half of a row.\n\n"
	 "NAME is the QEMU virtual machine or libvirt domain that has the tap device open. Otherwise it is the name "
	 "that the guest sends in DHCP requests (options 12 and 81); vifi knows it after the first request that it "
	 "sees, and keeps it across a restart.\n\n"
	 "OUT counts the bytes of packets that the guest sent to the network or to this host, IN those of frames from "
	 "the uplink that were delivered to it, Ethernet headers included. Neither counts ARP of the guest, copies of "
	 "group frames, frames between guests and from this host, or the frame by which an address is learned. Large "
	 "frames that the interface segments later have fewer headers "
	 "than on the air. Counters "
	 "begin when the address is "
	 "learned; those of expired addresses stay in the sum of the guest while the process runs. "
	 "OUT/s and IN/s are bits per "
	 "second, with *--watch* since the last refresh, otherwise over the last five seconds.\n\n"
	 "*--watch* takes the whole terminal, and restores it at the end: q or Ctrl-C quits, space and b turn pages, j "
	 "and k scroll. If standard output is not a terminal, each refresh prints a block of lines.\n\n"
	 "*-j* prints the same as JSON: _guests_ with their _addresses_, _totals_, _link_ (the state "
	 "of the uplink), _problems_ "
	 "and _dropped_ (with sentence and remedy), and the tables: _bindings_, _ports_, _counts_, "
	 "_drops_. It is an object for one "
	 "UPLINK, otherwise a list; with *--watch* each line is one. "
	 "_/usr/share/vifi/show.schema.json_ (JSON Schema) describes "
	 "it. Names and meanings stay; members may be added."},
	{"LIMITS",
	 "Guests cannot use 802.1X towards the access point: EAPOL frames belong to the link of the host.\n\n"
	 "DHCP messages keep the guest's MAC address in chaddr, because servers tell clients apart by it. Some access "
	 "points refuse such requests; *--rewrite-chaddr* is for them. It changes chaddr in all messages of a lease, "
	 "and "
	 "adds a client identifier (option 61, from the guest's MAC address) where the guest sends none, which it "
	 "hides in "
	 "the answers (RFC 6842). A request that cannot get one, because it is fragmented, malformed or fills the MTU, "
	 "is "
	 "dropped as dhcp\\_identity, and so is one with a transaction ID that another guest has just used. "
	 "Switching it on or off gives all guests new identities, and so new leases.\n\n"
	 "A bridge with a DHCP server of this host, such as libvirt's virbr0, is refused unless *allow-dhcp-server* is "
	 "set. "
	 "Its answers and router advertisements never leave by the uplink, and are counted as host\\_service.\n\n"
	 "Rules of the host's firewall that match the bridge as input interface do not see the frames that guests send "
	 "to the uplink's addresses: these arrive on the uplink, with the guest's MAC address as source. Match both "
	 "interfaces, and guests by ether saddr or ip saddr. *vifi bridge check* finds such rules.\n\n"
	 "With *--engine=user* before Linux 5.19, or without `fwd` and `dup` of nftables, frames that a guest forges "
	 "reach "
	 "its siblings and cost them packets, and are charged to the port of the forged address.\n\n"
	 "Signed neighbour discovery messages (SEND, RFC 3971) are dropped and counted as nd\\_signed.\n\n"
	 "Access points with client isolation keep guests from other stations, as they keep the host from them.\n\n"
	 "VLAN-tagged frames are dropped and counted as vlan unless *vlans* lists the VLAN. Most access points accept "
	 "no "
	 "tagged frames.\n\n"
	 "Behind a guest that routes for other machines, such a machine is reachable only after it has sent a packet "
	 "itself, unless its network is pinned to the guest (*pin*).\n\n"
	 "A program that sends with PACKET\\_QDISC\\_BYPASS bypasses traffic control, and with it the egress guard, "
	 "the "
	 "program on the uplink that drops frames with a foreign source address.\n\n"
	 "If vifi was killed and the uplink gets another MAC address, the egress guard drops the frames of the guests, "
	 "which still have the old one, until *up* runs again or *down* removes the programs. The systemd unit "
	 "restarts "
	 "vifi.\n\n"
	 "After a firewall rule is added, frames may bypass the bridge, and with it the rule, for up to three seconds; "
	 "*shortcut = off* prevents this."},
	{"SERVICE",
	 "The unit _vifi-bridge@NAME_ runs *up --wait --keep* with /etc/vifi/NAME.conf.\n\n"
	 "*--wait*: the service becomes ready even if the uplink is missing, and *systemctl status* shows what it "
	 "waits for. "
	 "The bridge exists in the meantime. When the uplink disappears, the process keeps the guests' addresses, and "
	 "continues when an interface has the uplink's name, or is the same card by its permanent MAC address; so does "
	 "the next start. "
	 "With "
	 "*uplink-mac* only the card with this address is the uplink, whatever its name. It also continues with a "
	 "bridge that another program has deleted and created again. The user-space engine ends with its uplink, and "
	 "waits after its restart.\n\n"
	 "*--keep*: SIGTERM leaves everything in place and the programs attached, and saves the bindings. The next "
	 "*up* replaces the programs one by one around the same tables; a version with other tables first fills these "
	 "from the saved bindings. It reverts the changes that a killed process made for another bridge, or for "
	 "another uplink of the same bridge. SIGINT and *down* revert everything; the unit sends SIGINT for a stop "
	 "that is not part of a restart."},
	{"SIGNALS",
	 "*SIGINT*\n\tStop, and revert all changes.\n\n"
	 "*SIGTERM*\n\tStop, and revert all changes; with *--keep*, stop and leave them.\n\n"
	 "*SIGHUP*\n\tRead the file of *--config* again, like *reload*. The process may read the file that it "
	 "was started with, not one that has replaced it. Without a file: stop, because a terminal was closed."},
	{"EXIT STATUS",
	 "The same for all commands:\n\n"
	 "*0*\n\tSuccess.\n\n"
	 "*1*\n\tFailure; standard error has the reason. No guest matches the operand. *check* has found an "
	 "obstacle.\n\n"
	 "*2*\n\tThe command line or the configuration is invalid; nothing was changed.\n\n"
	 "*3*\n\tA privilege or a kernel feature is missing; nothing was changed. *show* needs none while a process "
	 "serves the uplink.\n\n"
	 "*4*\n\tAnother process already serves this uplink, or no process serves it; this takes precedence over 3."},
	{"FILES", "_/etc/vifi/NAME.conf_\n\tThe configuration for *systemctl enable --now vifi-bridge@NAME*.\n\n"
		  "_/run/vifi_\n\tHolds the saved bindings and the control sockets.\n\n"
		  "_/usr/share/vifi/show.schema.json_\n\tThe JSON of *show -j*; below /usr/local without a package."},
	{"PRIVILEGES",
	 "*up* needs root, or CAP\\_NET\\_ADMIN, CAP\\_NET\\_RAW and, with eBPF, CAP\\_SYS\\_ADMIN to "
	 "start. When it serves, root becomes the user vifi or, where that user does not exist, an unused one of "
	 "65520 to 65533, and keeps CAP\\_NET\\_ADMIN "
	 "and, with eBPF, CAP\\_BPF. Landlock limits it to _/run/vifi_, the folder of *state*, its configuration and "
	 "_/proc/sys/net_; seccomp to an allow-list of "
	 "system calls. It reports what the kernel does not support. A folder of *state* that exists "
	 "must be writable for that user."},
	{"EXAMPLES", "Check this machine, then serve the guests of br0:\n\n"
		     "```\nvifi bridge check wlan0 br0\nvifi bridge up wlan0 br0\n```\n\n"
		     "The same at each boot, by *vifi setup*(8), or with /etc/vifi/home.conf:\n\n"
		     "```\n[bridge]\nuplink = wlan0\nbridge = br0\n```\n\n"
		     "and systemd:\n\n"
		     "```\nsystemctl enable --now vifi-bridge@home\n```"},
	{"SEE ALSO", "*vifi*(8), *vifi-air*(8), *vifi-ap*(8), *vifi-decrypt*(8), *vifi-doctor*(8), *vifi-metrics*(8), "
		     "*vifi-setup*(8), *vifi-sta*(8), *vifi-top*(8), *vifi-trace*(8), *vifi-why*(8), *bridge*(8), "
		     "*tc*(8), *bpftool*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-bridge",
	.section = 8,
	.summary = "connect the guests of a bridge to the network through a Wi-Fi client interface",
	.description = "A Wi-Fi client may send frames only from its own MAC address. `vifi bridge` writes this "
		       "address into the frames that guests send through the uplink, in the kernel. It delivers frames "
		       "from the network to the guest that owns their IP address, or, for other protocols, to the "
		       "guest that the frame identifies otherwise.",
	.commands = page_commands,
	.keys = bridge_conf_options,
	.keys_description = "/etc/vifi/NAME.conf, read by `vifi bridge up -c NAME`. Keys belong in the section "
			    "[bridge]. Options of the command line take precedence over the file.",
	.sections = sections,
};

const struct command_group bridge_group = {
	.name = "vifi bridge",
	.commands = commands,
	.page = &page,
};

int cmd_bridge(int argc, char **argv)
{
	return command_run(&bridge_group, argc, argv);
}
