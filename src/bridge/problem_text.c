/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/problem_text.h"

#include "daemon/json_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

const char *problem_label(char text[PROBLEM_LABEL_SIZE], const char *name, const char *mac, const char *port)
{
	if (*name)
		snprintf(text, PROBLEM_LABEL_SIZE, "%.80s (%.20s on %.64s)", name, mac,
			 *port ? port : "an unknown port");
	else
		snprintf(text, PROBLEM_LABEL_SIZE, "%.20s on %.64s", mac, *port ? port : "an unknown port");
	return text;
}

const char *problem_label_of(char text[PROBLEM_LABEL_SIZE], const json_t *object)
{
	return problem_label(text, json_text(object, "name"), json_text(object, "mac"), json_text(object, "port"));
}

void problem_text_no_process(struct problem_text *text, const char *uplink, const char *bridge)
{
	snprintf(text->sentence, sizeof(text->sentence),
		 "No process serves %s. Translation continues in the kernel, but addresses of guests that have gone do "
		 "not expire, and vifi does not follow changes of the uplink.",
		 uplink);
	snprintf(text->remedy, sizeof(text->remedy),
		 "Run `vifi bridge up %s %s` to take over (or `systemctl restart vifi-bridge@NAME`), or `vifi bridge "
		 "down %s` to end translation.",
		 uplink, bridge, uplink);
}

void problem_text_silent_process(struct problem_text *text, const char *uplink, const char *bridge, const char *silence)
{
	snprintf(text->sentence, sizeof(text->sentence), "The process of %s does not answer: %.300s.", uplink, silence);
	snprintf(text->remedy, sizeof(text->remedy),
		 "Continue it if it is suspended (`kill -CONT PID`); otherwise end it with `kill -9 PID` and run `vifi "
		 "bridge up %s %s` (or `systemctl restart vifi-bridge@NAME`).",
		 uplink, bridge);
}

void problem_text_loop(struct problem_text *text, const char *port, const char *bridge, const char *uplink)
{
	snprintf(text->sentence, sizeof(text->sentence),
		 "%.64s, a port of %s, leads to the network of %s: the two paths form a loop, and vifi drops frames "
		 "from "
		 "that port.",
		 port, bridge, uplink);
	snprintf(text->remedy, sizeof(text->remedy), "Run `ip link set %.64s nomaster`.", port);
}

void problem_text_contest(struct problem_text *text, const json_t *binding, const char *guest, const char *mac,
			  const char *uplink)
{
	const char *address = json_text(binding, "address");
	bool pinned = json_lists(binding, "flags", "pin"); /* other guests are refused it without a contest */

	snprintf(text->sentence, sizeof(text->sentence), "%.64s of guest %s is contested: %s claims it, too.", address,
		 guest, pinned || json_lists(binding, "flags", "wire") ? "a station of the network" : "another guest");
	if (pinned)
		snprintf(text->remedy, sizeof(text->remedy),
			 "Change the address of the station, or that of the guest to which it is pinned.");
	else if (!strcmp(address, mac))
		snprintf(text->remedy, sizeof(text->remedy), "Give the guest another MAC address; vifi translates it.");
	else
		snprintf(
			text->remedy, sizeof(text->remedy),
			"Change one of the two addresses. `vifi bridge pin %s %.20s %.64s` reserves it for this guest.",
			uplink, mac, address);
}

void problem_text_conflict(struct problem_text *text, const json_t *event, const char *guest)
{
	snprintf(text->sentence, sizeof(text->sentence),
		 "Station %.20s of the network and guest %s both use the address %.64s (last %lld s ago).",
		 json_text(event, "mac"), guest, json_text(event, "address"), json_number(event, "seen_s"));
	snprintf(text->remedy, sizeof(text->remedy), "Change the address of one of them.");
}

void problem_text_clone(struct problem_text *text, const char *mac, const char *first, const char *second)
{
	snprintf(text->sentence, sizeof(text->sentence),
		 "MAC address %.20s is in use on two ports, %.64s and %.64s: a guest was cloned, or there is a loop. "
		 "Frames of the latter are dropped.",
		 mac, first, second);
	snprintf(
		text->remedy, sizeof(text->remedy),
		"Give one of the guests another MAC address (in libvirt delete the line <mac>, in Proxmox VE clear the "
		"field).");
}
