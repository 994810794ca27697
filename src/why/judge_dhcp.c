/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Causes that follow from a guest's own DHCP requests and the answers to them, which vifi notes as they pass
 * (bridge/report_binding.c). Only a NAK shows what a server decided; its silence has several causes, so the sentence
 * says no more than what was seen.
 */
#include "why/judge_state.h"

#include "base/mac.h"
#include "bridge/problems.h"
#include "daemon/json_text.h"

#include <stdio.h>
#include <string.h>

/* What the DHCP transactions of the last five minutes tell. */
struct exchanges {
	unsigned asked;            /* transactions of the guest */
	bool astray, nak, offered; /* among the answers to it */
	const char *server;        /* that answered it; NULL: none */
	long long asked_s;         /* how long ago it asked first */
	const char *other_server;  /* that answered another guest; NULL: none */
	const char *other;         /* the MAC address of that guest */
	long long other_s;         /* and how long ago */
};

/* The transaction of the last answer for the uplink's own MAC address, as the address of a binding; empty: none came. */
static const char *host_transaction(const json_t *report)
{
	json_t *port;
	size_t i;

	json_array_foreach(json_object_get(report, "ports"), i, port)
	{
		if (*json_text(port, "host_xid"))
			return json_text(port, "host_xid");
	}
	return "";
}

/* `host`: of host_transaction(). */
static void read_exchange(struct exchanges *seen, const json_t *binding, const char *mac, const char *host)
{
	const json_t *dhcp = json_object_get(binding, "dhcp");
	const char *answer = json_text(dhcp, "answer"), *server = json_text(dhcp, "server");
	long long answered_s = json_number(dhcp, "answered_s");

	if (strcmp(json_text(binding, "family"), "dhcp_xid") != 0)
		return;
	if (!strcmp(json_text(binding, "mac"), mac)) {
		seen->asked++;
		if (json_number(binding, "age_s") > seen->asked_s)
			seen->asked_s = json_number(binding, "age_s");
		seen->nak |= !strcmp(answer, "nak");
		seen->offered |= *answer && strcmp(answer, "nak") != 0;
		seen->server = *server ? server : seen->server;
		seen->astray |=
			*host && !strncmp(json_text(binding, "address"), host, strlen(host)); /* "0x611f3805@MAC" */
	} else if (*server && (!seen->other_server || answered_s < seen->other_s)) {
		seen->other_server = server;
		seen->other = json_text(binding, "mac");
		seen->other_s = answered_s;
	}
}

static struct exchanges read_exchanges(const struct why_facts *facts)
{
	const char *host = host_transaction(facts->report);
	struct exchanges seen = {0};
	json_t *binding;
	size_t i;

	json_array_foreach(json_object_get(facts->report, "bindings"), i, binding)
	{
		read_exchange(&seen, binding, facts->mac, host);
	}
	return seen;
}

/* RFC 3927 and fe80::/10: an address of every network, which tells nothing, and no server gives. */
static bool is_link_local(const char *address)
{
	return !strncmp(address, "169.254.", 8) || !strncmp(address, "fe80:", 5);
}

/* An address of one of the uplink's networks. */
bool judge_has_address(const json_t *guest)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(guest, "addresses"), i, address)
	{
		if (!is_link_local(json_text(address, "address")) &&
		    !json_is_false(json_object_get(address, "in_network")))
			return true;
	}
	return false;
}

static json_t *fail(struct judge *judge, const char *id, const char *sentence, const char *remedy)
{
	return verdict_cause(&judge->verdict, id, "fail", sentence, remedy);
}

/* The server answers, and the guest has no lease. */
static json_t *judge_answered(struct judge *judge, const struct exchanges *seen)
{
	char sentence[VERDICT_TEXT];
	json_t *found;

	if (seen->nak) {
		snprintf(sentence, sizeof(sentence),
			 "The DHCP server %s refuses the address that the guest asks for (NAK).", seen->server);
		found = fail(judge, "lease_refused", sentence,
			     "Let the guest release its old lease (`dhclient -r`, `networkctl renew eth0`). If the "
			     "server refuses again, its log says why: it has no free address, or gives only one lease "
			     "per MAC address.");
		verdict_evidence(found, "the server's last answer to %s was a NAK", judge->facts->mac);
		return found;
	}
	snprintf(sentence, sizeof(sentence),
		 "The DHCP server %s offers the guest an address, but the exchange does not end with a lease.",
		 seen->server);
	found = fail(judge, "lease_unfinished", sentence,
		     "Check the DHCP client in the guest, and whether the guest's firewall drops UDP port 68.");
	verdict_evidence(found, "answers from %s were delivered to %s", seen->server, judge->facts->mac);
	return found;
}

static json_t *judge_unanswered(struct judge *judge, const struct exchanges *seen)
{
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	if (seen->astray) {
		snprintf(remedy, sizeof(remedy),
			 "Set `rewrite-chaddr = yes` (`vifi bridge up --rewrite-chaddr %s %s`): the guest's requests "
			 "then carry the uplink's MAC address and the guest's own client identifier.",
			 facts->uplink, facts->bridge);
		found = fail(judge, "dhcp_astray",
			     "DHCP answers arrive, but not for this guest: they contain the uplink's MAC address as "
			     "the client's.",
			     remedy);
		verdict_evidence(found, "an answer to the guest's transaction has the uplink's MAC address in chaddr; "
					"the access point or the server has put it there");
		return found;
	}
	if (seen->other_server && !facts->dhcp_port_closed) {
		snprintf(sentence, sizeof(sentence),
			 "The DHCP server %s answers other guests but not this one: its pool is exhausted, or it gives "
			 "only one lease per MAC address.",
			 seen->other_server);
		found = fail(judge, "pool_exhausted", sentence,
			     "Enlarge the server's pool or shorten its leases. If it distinguishes clients only by "
			     "client identifier, use `vifi bridge up --rewrite-chaddr`. Otherwise configure a static "
			     "address in the guest.");
		verdict_evidence(found, "it answered %s %lld s ago, and never answered %s", seen->other, seen->other_s,
				 facts->mac);
		verdict_evidence(
			found, "this is inferred from the server's silence: DHCP servers do not report an empty pool");
		return found;
	}
	found = fail(judge, "no_lease", "The guest asks for an address by DHCP, but no server answers.",
		     "Check that a DHCP server runs in the network; `tcpdump -ni UPLINK port 67` shows what arrives. "
		     "Otherwise configure a static address in the guest.");
	if (facts->dhcp_port_closed)
		verdict_evidence(found, "%s, which answered before, has closed its UDP port 67: the server has ended",
				 seen->other_server);
	return found;
}

static void judge_no_address(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	json_t *found =
		verdict_cause(&judge->verdict, "no_address", "fail",
			      "The guest has no address of the network, and does not ask for one.",
			      "Start a DHCP client in the guest, or give it an address of the uplink's network.");

	verdict_evidence(found, "no DHCP request from %s in the last five minutes", facts->mac);
}

void rule_lease(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	struct exchanges seen;
	json_t *found;

	if (!facts->mac[0] || !facts->report)
		return;
	if (judge_has_address(facts->guest)) {
		verdict_exclude(&judge->verdict, "the guest has an address of the network");
		return;
	}
	seen = read_exchanges(facts);
	if (!seen.asked) {
		if (facts->guest && !verdict_has(&judge->verdict, "ra_absent") &&
		    !verdict_has(&judge->verdict, "multicast_filtered"))
			judge_no_address(judge);
		return;
	}
	if (facts->own_server[0]) {
		found = fail(
			judge, "dhcp_server",
			"This host runs a DHCP server for the bridge, and the guest has no address of the network.",
			"Stop that server, or use another bridge for the guests: the uplink's network has its own "
			"server.");
		verdict_evidence(found, "%s", facts->own_server);
	} else {
		found = seen.nak || seen.offered ? judge_answered(judge, &seen) : judge_unanswered(judge, &seen);
	}
	verdict_evidence(found, "%u DHCP transaction%s of %s ended without a lease", seen.asked,
			 seen.asked == 1 ? "" : "s", facts->mac);
}

bool why_dhcp_asked(const struct why_facts *facts)
{
	return facts->mac[0] && facts->report && read_exchanges(facts).asked;
}

const char *why_dhcp_server(const struct why_facts *facts)
{
	return read_exchanges(facts).other_server;
}

/* ---- two servers ---- */

/* An address that is leased, and not of the uplink's networks; NULL: the guest has none. */
static const char *foreign_lease(const struct why_facts *facts)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		if (!strcmp(json_text(address, "family"), "ip4") && json_lists(address, "flags", "dhcp") &&
		    json_is_false(json_object_get(address, "in_network")))
			return json_text(address, "address");
	}
	return NULL;
}

const char *why_foreign_server(const struct why_facts *facts)
{
	return facts->report && foreign_lease(facts) ? read_exchanges(facts).server : NULL;
}

/* Returns whether the guest's foreign lease came from a server on this network: then the uplink has not moved. */
bool judge_two_servers(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const char *server = why_foreign_server(facts), *lease = foreign_lease(facts);
	const struct exchanges seen = read_exchanges(facts);
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], networks[200], mac[MAC_TEXT_SIZE];
	json_t *found;

	if (!server || !lease || !facts->server.answered)
		return false;
	mac_format(mac, facts->server.by);
	bridge_problems_networks(facts->report, networks, sizeof(networks));
	snprintf(sentence, sizeof(sentence),
		 "The DHCP server %s on the network gave the guest %s, which is not of the uplink's networks (%s): two "
		 "servers disagree.",
		 server, lease, networks);
	snprintf(remedy, sizeof(remedy),
		 "Find the server with the MAC address %s, and stop it or correct its range; `tcpdump -eni %s udp src "
		 "port 67` shows who answers. Then renew the lease in the guest.",
		 mac, facts->uplink);
	found = fail(judge, "two_servers", sentence, remedy);
	verdict_evidence(found, "%s answers ARP requests for %s on %s", mac, server, facts->uplink);
	if (seen.other_server && strcmp(seen.other_server, server) != 0)
		verdict_evidence(found, "the server %s answered the guest %s %lld s ago", seen.other_server, seen.other,
				 seen.other_s);
	return true;
}

/* ---- VLANs ---- */

/* An address of a VLAN whose guest asks there in vain, and for which nothing has ever come. The wire is not asked in VLANs. */
void rule_vlan_silent(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		const char *text = json_text(address, "address");
		long long vlan = json_number(address, "vlan");

		if (!vlan || !*json_text(address, "asked") || json_number(address, "in_packets") ||
		    json_is_integer(json_object_get(address, "in_s")))
			continue;
		snprintf(sentence, sizeof(sentence),
			 "The guest gets no answer for %s in VLAN %lld: the access point or a switch behind it drops "
			 "tagged "
			 "frames, or the machine that it asks for is off.",
			 text, vlan);
		snprintf(remedy, sizeof(remedy),
			 "Carry VLAN %lld as tagged at the access point and at each switch; or use the guest's network "
			 "untagged. `tcpdump -eni %s vlan %lld` shows what comes.",
			 vlan, facts->uplink, vlan);
		verdict_evidence(verdict_cause(&judge->verdict, "vlan_silent", "warn", sentence, remedy),
				 "its ARP request for %s left with the tag, and nothing has come for %s",
				 json_text(address, "asked"), text);
		return;
	}
}

/* ---- servers among the guests ---- */

/* How many of its services were router advertisements, which rule_router() judges? The process may have started later. */
static long long count_advertisements(const struct judge *judge, const char *port)
{
	long long count = 0;
	json_t *router;
	size_t i;

	json_array_foreach(json_object_get(judge->facts->report, "routers"), i, router)
	{
		if (json_is_true(json_object_get(router, "guest")) && !strcmp(json_text(router, "port"), port))
			count += json_number(router, "count");
	}
	return count;
}

/* Another port whose guest sent other router advertisements, or DHCP answers; NULL: none. */
static const json_t *serving_port(const struct judge *judge)
{
	json_t *port;
	size_t i;

	json_array_foreach(json_object_get(judge->facts->report, "ports"), i, port)
	{
		const char *name = json_text(port, "port");

		if (*name && strcmp(name, judge->facts->port.name) != 0 &&
		    json_number(json_object_get(port, "drops"), "guest_service") > count_advertisements(judge, name))
			return port;
	}
	return NULL;
}

enum lease_doubt { LEASE_NONE, LEASE_PERHAPS, LEASE_ROGUE };

/* What the address of a guest that asked by DHCP says of another server. */
static enum lease_doubt doubt_of(const struct why_facts *facts, const json_t *address, const struct exchanges *seen,
				 bool served)
{
	bool later = !seen->server && json_number(address, "age_s") <= seen->asked_s;

	if (strcmp(json_text(address, "family"), "ip4") != 0 || json_lists(address, "flags", "dhcp") ||
	    json_lists(address, "flags", "pin") || is_link_local(json_text(address, "address")))
		return LEASE_NONE;
	if (bridge_problems_elsewhere(facts->report, facts->guest, address))
		return LEASE_ROGUE;
	if (json_is_false(json_object_get(address, "in_network")))
		return LEASE_NONE;
	if (served)
		return LEASE_ROGUE;
	return later ? LEASE_PERHAPS : LEASE_NONE;
}

/*
 * An IPv4 address of a guest that asked by DHCP which no server behind the uplink gave: of another network; or of this one,
 * if a guest is known to serve. Perhaps also one that was first used after the question, which no answer of the uplink
 * followed: an answer to a guest that stays on the bridge is not seen, and neither is an address that is set by hand.
 */
static enum lease_doubt unknown_lease(const struct why_facts *facts, bool served, const char **lease)
{
	struct exchanges seen = read_exchanges(facts);
	enum lease_doubt worst = LEASE_NONE;
	json_t *address;
	size_t i;

	if (!facts->guest || !seen.asked)
		return LEASE_NONE;
	json_array_foreach(json_object_get(facts->guest, "addresses"), i, address)
	{
		enum lease_doubt doubt = doubt_of(facts, address, &seen, served);

		if (doubt <= worst)
			continue;
		worst = doubt;
		*lease = json_text(address, "address");
	}
	return worst;
}

static void add_rogue(struct judge *judge, const json_t *port, enum lease_doubt doubt, const char *lease)
{
	const char *name = json_text(port, "port");
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	if (port)
		snprintf(sentence, sizeof(sentence),
			 "The guest on %s answers the other guests as a DHCP server or router.", name);
	else if (doubt == LEASE_PERHAPS)
		snprintf(sentence, sizeof(sentence),
			 "The address %s of the guest does not come from a server of the network: a DHCP server among "
			 "the guests assigned it, or it was configured manually.",
			 lease);
	else
		snprintf(sentence, sizeof(sentence),
			 "The guest got the address %s from a DHCP server among the guests, not from the one of the "
			 "network.",
			 lease);
	if (port)
		snprintf(remedy, sizeof(remedy),
			 "Stop that service in the guest, or use `vifi bridge up --guest-services=drop`; `ip link set "
			 "%s down` disconnects the guest that runs it.",
			 name);
	else
		snprintf(remedy, sizeof(remedy),
			 "Find it by its MAC address with `tcpdump -eni %s udp src port 67`, and stop it; "
			 "`guest-services = drop` keeps such answers away from the other guests.",
			 judge->facts->bridge);
	found = verdict_cause(&judge->verdict, "rogue_server", doubt == LEASE_ROGUE ? "fail" : "warn", sentence,
			      remedy);
	if (port)
		verdict_evidence(found,
				 "vifi has kept %lld router advertisements or DHCP answers of %s off the network",
				 json_number(json_object_get(port, "drops"), "guest_service"), name);
	if (lease)
		verdict_evidence(found,
				 "the guest asked by DHCP, and uses %s, which no answer from the uplink has assigned",
				 lease);
}

void rule_rogue(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const json_t *port = serving_port(judge);
	const char *lease = NULL;
	enum lease_doubt doubt = unknown_lease(facts, port, &lease);
	json_t *found;

	if (doubt == LEASE_ROGUE && facts->own_server[0]) {
		found = fail(judge, "dhcp_server",
			     "This host runs a DHCP server for the bridge, which gave the guest an address of another "
			     "network.",
			     "Stop that server, or use another bridge for the guests: the uplink's network has its own "
			     "server. Then renew the lease in the guest.");
		verdict_evidence(found, "%s", facts->own_server);
		verdict_evidence(found, "the guest has %s", lease);
	} else if (lease || port) {
		add_rogue(judge, port, doubt, lease);
	} else if (facts->report) {
		verdict_exclude(&judge->verdict, "no other guest answers DHCP requests");
	}
}

/* ---- IPv6 ---- */

static bool has_global_ip6(const json_t *guest)
{
	json_t *address;
	size_t i;

	json_array_foreach(json_object_get(guest, "addresses"), i, address)
	{
		if (!strcmp(json_text(address, "family"), "ip6") && !is_link_local(json_text(address, "address")))
			return true;
	}
	return false;
}

/*
 * Does the guest speak IPv6, and the network have a router for it? It sends from its link-local address once that has passed
 * duplicate address detection (RFC 4862, 5.4.2). The detection alone shows no IPv6: it is under way, has failed, or the guest
 * has turned IPv6 off since.
 */
static bool expects_advertisement(const struct why_facts *facts)
{
	bool speaks = false, router = false;
	json_t *binding;
	size_t i;

	json_array_foreach(json_object_get(facts->report, "bindings"), i, binding)
	{
		const char *family = json_text(binding, "family"), *kind = json_text(binding, "kind");

		if (strcmp(family, "ip6") != 0)
			continue;
		speaks |= !strcmp(kind, "guest") && !strcmp(json_text(binding, "mac"), facts->mac);
		router |= !strcmp(kind, "gateway");
	}
	return speaks && router;
}

/*
 * Does the access point keep group frames from the uplink? A bridge that has just started has received none, either. So the
 * gateway must answer this host, and its answer to all nodes must not arrive. It sends that one first, and a busy machine
 * delays both.
 */
static bool is_multicast_filtered(const struct why_facts *facts)
{
	const json_t *counts = json_object_get(facts->report, "counts");
	const struct why_wire *wire = &facts->wires[1];

	return !json_number(counts, "flood") && json_number(counts, "in") && judge_is_silent(wire, WHY_MULTICAST) &&
	       judge_has_answered(wire, WHY_GATEWAY_BY_HOST);
}

/* An obstacle if the guest has no address at all and could have one by this only; else IPv6 alone is missing. */
void rule_advertisement(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const json_t *counts = json_object_get(facts->report, "counts");
	bool filtered = is_multicast_filtered(facts), alone;
	json_t *found;

	if (!facts->mac[0] || facts->host.ra_in != 0 || has_global_ip6(facts->guest) || !expects_advertisement(facts))
		return;
	alone = !judge_has_address(facts->guest) && (filtered || !read_exchanges(facts).asked);
	if (filtered)
		found = verdict_cause(&judge->verdict, "multicast_filtered", alone ? "fail" : "warn",
				      "The access point delivers no multicast: the uplink has received no group frame.",
				      "Turn off \"multicast filtering\", \"IGMP snooping\" or \"client isolation\" in "
				      "the access point, or give the guest fixed addresses and routes.");
	else
		found = verdict_cause(&judge->verdict, "ra_absent", alone ? "fail" : "warn",
				      "No router advertisement arrives: the guest gets no IPv6 address of the network.",
				      "Check whether the router sends them (`rdisc6 UPLINK`). Otherwise configure a "
				      "static IPv6 address and route in the guest.");
	verdict_evidence(found, "router advertisements received by %s: 0; frames to groups: %lld, to guests: %lld",
			 facts->uplink, json_number(counts, "flood"), json_number(counts, "in"));
	verdict_evidence(found, "the guest uses IPv6 but has only a link-local address; this host has an IPv6 router");
}
