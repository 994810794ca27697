/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/judge_state.h"

#include "base/drop.h"
#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>

enum { RECENT_S = 600, LATELY_S = 60 };

const json_t *judge_port_row(const struct judge *judge)
{
	json_t *port;
	size_t i;

	json_array_foreach(json_object_get(judge->facts->report, "ports"), i, port)
	{
		if (judge->facts->port.name[0] && !strcmp(json_text(port, "port"), judge->facts->port.name))
			return port;
	}
	return NULL;
}

bool judge_is_address_of_network(const struct why_facts *facts)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		if (json_is_true(json_object_get(address, "in_network")) &&
		    !strcmp(json_text(address, "address"), facts->asked))
			return true;
	}
	return false;
}

/* ---- refused addresses ---- */

/* The virtual MAC addresses of VRRP and CARP (RFC 5798, 7.3). */
static bool is_virtual_mac(const char *mac)
{
	return !strncmp(mac, "00:00:5e:00:01:", 15) || !strncmp(mac, "00:00:5e:00:02:", 15);
}

static const char *refusal_id(const json_t *event, enum drop reason)
{
	if (is_virtual_mac(json_text(event, "owner")) && reason != DROP_CLAIM_PINNED)
		return "virtual_mac";
	switch (reason) {
	case DROP_CLAIM_PINNED:
		return "pinned_address";
	case DROP_CLAIM_HOST:
		return "host_address";
	case DROP_CLAIM_GATEWAY:
		return "gateway_address";
	case DROP_CLAIM_STATION:
		return "station_address";
	case DROP_CLAIM_ROUTED:
		return "foreign_address";
	default:
		return "refused";
	}
}

static void add_refusal(struct judge *judge, const json_t *event, enum drop reason)
{
	const char *address = json_text(event, "address"), *owner = json_text(event, "owner"),
		   *port = json_text(event, "owner_port"), *id = refusal_id(event, reason);
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	bool pinned = reason == DROP_CLAIM_PINNED;
	json_t *found;

	if (!strcmp(id, "virtual_mac"))
		snprintf(sentence, sizeof(sentence),
			 "The guest may not use %s: it belongs to the virtual router with the MAC address %s (VRRP or "
			 "CARP).",
			 address, owner);
	else
		snprintf(sentence, sizeof(sentence), "The guest may not use %s: %s", address, drop_sentence(reason));
	if (pinned && *owner)
		snprintf(remedy, sizeof(remedy),
			 "Give the guest another address, or remove a wrong pin with `vifi bridge forget %s %s`.",
			 judge->facts->uplink, address);
	else
		snprintf(remedy, sizeof(remedy), "%s", drop_hint(reason));
	found = verdict_cause(&judge->verdict, id, "fail", sentence, remedy);
	verdict_evidence(found, "refused %lld times on %s, last %lld s ago (%s)", json_number(event, "count"),
			 json_text(event, "port"), json_number(event, "seen_s"), drop_name(reason));
	if (*owner)
		verdict_evidence(found, "%s belongs to %s%s%s", address, owner, *port ? " on " : "", port);
}

/* Has the guest got the address since the refusal? */
static bool has_got(const json_t *guest, const json_t *event)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(guest, "addresses"), i, address)
	{
		if (!strcmp(json_text(address, "address"), json_text(event, "address")) &&
		    json_number(address, "age_s") <= json_number(event, "seen_s"))
			return true;
	}
	return false;
}

/* Is the question about an address that the guest has, in the network, and the refusal about another one, which it has given up? */
static bool is_about_another(const struct judge *judge, const json_t *event)
{
	return json_number(event, "seen_s") > LATELY_S &&
	       strcmp(judge->facts->asked, json_text(event, "address")) != 0 &&
	       judge_is_address_of_network(judge->facts);
}

/* Does a refusal concern this guest: by its MAC address, or by the address that was asked for at its port? */
static bool concerns(const struct judge *judge, const json_t *event)
{
	const struct why_facts *facts = judge->facts;

	if (json_number(event, "seen_s") > RECENT_S || strcmp(json_text(event, "event"), "refused") != 0 ||
	    json_is_true(json_object_get(event, "is_mac")) || is_about_another(judge, event))
		return false;
	if (facts->mac[0])
		return !strcmp(json_text(event, "mac"), facts->mac) && !has_got(facts->guest, event);
	if (!strcmp(json_text(event, "address"), facts->asked)) /* nobody else has it */
		return !facts->guest;
	return facts->port.name[0] && !strcmp(json_text(event, "port"), facts->port.name);
}

void rule_refused(struct judge *judge)
{
	json_t *event;
	size_t i;
	bool any = false;

	json_array_foreach(json_object_get(judge->facts->report, "events"), i, event)
	{
		enum drop reason = drop_named(json_text(event, "reason"));

		if (!reason || !concerns(judge, event) || (reason == DROP_CLAIM_HOST && judge_translates(judge)) ||
		    verdict_has(&judge->verdict, refusal_id(event, reason)))
			continue;
		add_refusal(judge, event, reason);
		any = true;
	}
	if (!any && judge->facts->report && (judge->facts->guest || judge->facts->port.exists))
		verdict_exclude(&judge->verdict, "vifi has refused the guest no address recently");
}

/* ---- addresses that another guest has now ---- */

/* Has the guest an address of the same family, other than a link-local one? Then it has moved on. */
static bool has_other(const json_t *guest, bool ip6)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(guest, "addresses"), i, address)
	{
		const char *text = json_text(address, "address");

		if (strncmp(text, "fe80:", 5) != 0 && (strchr(text, ':') != NULL) == ip6)
			return true;
	}
	return false;
}

/* Another guest has taken an address that this one left unanswered when it was asked for it. */
void rule_taken(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *event, *found;
	size_t i;

	json_array_foreach(json_object_get(facts->report, "events"), i, event)
	{
		const char *address = json_text(event, "address"), *mac = json_text(event, "mac"),
			   *port = json_text(event, "port");
		bool is_virtual = is_virtual_mac(mac);

		if (strcmp(json_text(event, "event"), "taken") != 0 || json_number(event, "seen_s") > RECENT_S ||
		    !facts->mac[0] || strcmp(json_text(event, "owner"), facts->mac) != 0 || !strcmp(mac, facts->mac) ||
		    (!is_virtual && !strcmp(port, json_text(event, "owner_port"))) ||
		    has_other(facts->guest, strchr(address, ':')))
			continue;
		snprintf(sentence, sizeof(sentence), "%s on %s has taken the guest's address %s%s.", mac, port, address,
			 is_virtual ? ": it is the MAC address of a virtual router (VRRP or CARP)" : "");
		snprintf(remedy, sizeof(remedy),
			 "Change one of the two addresses. `vifi bridge pin %s %s %s` reserves it for this guest.",
			 facts->uplink, facts->mac, address);
		found = verdict_cause(&judge->verdict, is_virtual ? "virtual_mac" : "taken", "fail", sentence, remedy);
		verdict_evidence(found, "vifi asked the guest %lld s ago, and it did not answer for %s",
				 json_number(event, "seen_s"), address);
		return;
	}
}

/* A station of the network has won the address that is asked for, or the guest's only one (rule 29). */
void rule_lost(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *event;
	size_t i;

	json_array_foreach(json_object_get(facts->report, "events"), i, event)
	{
		const char *address = json_text(event, "address"), *owner = json_text(event, "owner"),
			   *mac = json_text(event, "mac");
		bool is_asked = facts->no_guest && !strcmp(address, facts->asked);

		if (strcmp(json_text(event, "event"), "station") != 0 || json_number(event, "seen_s") > RECENT_S ||
		    verdict_has(&judge->verdict, "contest") ||
		    !(is_asked ||
		      (facts->mac[0] && !strcmp(owner, facts->mac) && !has_other(facts->guest, strchr(address, ':')))))
			continue;
		snprintf(sentence, sizeof(sentence),
			 "The station %s of the network uses the address %s, as the guest %s did.", mac, address,
			 owner);
		snprintf(remedy, sizeof(remedy),
			 "Give the guest another address, or let it use DHCP. Otherwise change the address of %s, and "
			 "run `vifi bridge forget %s %s`.",
			 mac, facts->uplink, address);
		verdict_evidence(verdict_cause(&judge->verdict, "contest", "fail", sentence, remedy),
				 "%s claimed it %lld s ago, soon after the guest began to use it", mac,
				 json_number(event, "seen_s"));
	}
}

/* ---- limits ---- */

void rule_limits(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const json_t *port = judge_port_row(judge), *limits = json_object_get(facts->report, "limits");
	char sentence[VERDICT_TEXT];

	if (json_number(port, "limited")) {
		snprintf(sentence, sizeof(sentence),
			 "New addresses appeared behind %s faster than the learning rate of a port allows: %lld frames "
			 "were dropped.",
			 facts->port.name, json_number(port, "limited"));
		verdict_evidence(
			verdict_cause(
				&judge->verdict, "learn_rate", "warn", sentence,
				"Look for a scan or a broadcast storm in the guest; otherwise raise `learn-rate` and "
				"`learn-burst` in the configuration, and run `systemctl reload vifi-bridge@NAME`."),
			"%s: learn_rate %lld per second, learn_burst %lld", facts->port.name,
			json_number(limits, "learn_rate"), json_number(limits, "learn_burst"));
	}
	if (json_number(port, "evicted")) {
		snprintf(sentence, sizeof(sentence),
			 "More addresses are in use behind %s than a port may have: %lld bindings were evicted.",
			 facts->port.name, json_number(port, "evicted"));
		verdict_evidence(
			verdict_cause(&judge->verdict, "port_cap", "warn", sentence,
				      "Raise `port-cap` in the configuration, or find the program in the guest "
				      "that uses so many addresses."),
			"%s has %lld bindings, port_cap is %lld", facts->port.name, json_number(port, "bindings"),
			json_number(limits, "port_cap"));
	}
}
