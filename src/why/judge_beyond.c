/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateway does with packets that it should forward, and which machines beyond it answer. */
#include "why/judge_state.h"

#include "daemon/json_text.h"
#include "why/wire_frame.h"

#include <stdio.h>
#include <string.h>

/* ---- errors ---- */

/* A rule rejects: the codes for "prohibited", and that for a closed port, which rules of Linux use by default. */
static bool is_rejected(const struct wire_question *question)
{
	static const uint8_t codes4[] = {3, 9, 10, 13}, codes6[] = {1, 4, 5, 6};
	const uint8_t *codes = question->ip6 ? codes6 : codes4;

	if (!question->refused || question->error_type != (question->ip6 ? ICMP6_UNREACHABLE : ICMP_UNREACHABLE))
		return false;
	return memchr(codes, question->error_code, 4);
}

static bool has_exceeded(const struct wire_question *question)
{
	return question->refused && question->error_type == (question->ip6 ? ICMP6_EXCEEDED : ICMP_EXCEEDED);
}

/* RFC 792, RFC 4443, 3.1. */
static const char *words_of(const struct wire_question *question)
{
	static const char *const words4[] = {"network unreachable", "host unreachable", "protocol unreachable",
					     "port unreachable", "fragmentation needed"};
	static const char *const words6[] = {"no route", "administratively prohibited", "beyond the scope",
					     "address unreachable", "port unreachable"};
	size_t code = question->error_code;

	if (has_exceeded(question))
		return "time exceeded: its routes are a loop";
	if (question->ip6)
		return code < sizeof(words6) / sizeof(words6[0]) ? words6[code] : "rejected by a policy";
	return code < sizeof(words4) / sizeof(words4[0]) ? words4[code]
	       : is_rejected(question)                   ? "administratively prohibited"
							 : "unreachable";
}

/* ---- the gateway's firewall ---- */

static void add_firewall(struct judge *judge, const struct wire_names *names, const char *what,
			 const struct wire_question *question)
{
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	snprintf(sentence, sizeof(sentence), "The gateway %s treats the guest's address %s differently: it %s.",
		 names->gateway, names->address, what);
	snprintf(remedy, sizeof(remedy),
		 "Look at the gateway's firewall for %s (on Linux `nft list ruleset`, chains input and forward; "
		 "\"parental "
		 "control\", \"access control\" or \"blocked devices\" in a router), and at its routing rules (`ip "
		 "rule`).",
		 names->address);
	found = verdict_cause(&judge->verdict, "gateway_firewall", "fail", sentence, remedy);
	if (question && question->refused)
		verdict_evidence(found, "it answers with the ICMP error \"%s\"", words_of(question));
	else
		verdict_evidence(found, "the same packet of %s passes", names->host);
}

/* The guest's packets reach the gateway and its own come back; what differs is a rule. */
void rule_gateway_firewall(struct judge *judge)
{
	const struct why_wire *wire = judge->wire;
	bool echo = judge_has_answered(wire, WHY_ECHO_BY_GUEST), returned = judge_has_answered(wire, WHY_RETURNED),
	     forwarded = judge_has_answered(wire, WHY_FORWARDED);
	struct wire_names names;

	judge_name_addresses(&names, wire);
	if (!echo && judge_has_answered(wire, WHY_ECHO_BY_HOST) && returned && forwarded)
		add_firewall(judge, &names, "forwards the guest's packets, but does not answer its echo requests",
			     NULL);
	else if (echo && judge_is_silent(wire, WHY_RETURNED) && forwarded)
		add_firewall(judge, &names, "answers the guest, but does not forward its packets",
			     &wire->questions[WHY_RETURNED]);
	else if (echo && judge_is_silent(wire, WHY_FORWARDED) && returned)
		add_firewall(judge, &names, "answers the guest, but forwards no packets to it",
			     &wire->questions[WHY_FORWARDED]);
}

/* ---- beyond the gateway ---- */

static void add_refused(struct judge *judge, const struct wire_names *names, const struct wire_question *question)
{
	const struct why_wire *wire = judge->wire;
	char sentence[VERDICT_TEXT], by[INET6_ADDRSTRLEN];
	bool rejected = is_rejected(question);
	json_t *found;

	inet_ntop(wire->ip6 ? AF_INET6 : AF_INET, question->error_by, by, sizeof(by));
	snprintf(sentence, sizeof(sentence), "The router %s does not forward the guest's packets to %s: %s.", by,
		 names->peer, words_of(question));
	found = verdict_cause(
		&judge->verdict, rejected ? "gateway_firewall" : "gateway_unreachable", "fail", sentence,
		rejected ? "Look at the firewall of that router: on Linux `nft list ruleset`, chain forward."
			 : "That router has no route to it: is its own uplink (WAN) up, and does it have a default "
			   "route (`ip route`)?");
	verdict_evidence(found, "the guest sends to %s, and an echo request of %s to it got this error from %s",
			 names->peer, question == &wire->questions[WHY_PEER_BY_GUEST] ? names->address : names->host,
			 by);
	if (judge_has_answered(wire, WHY_PEER_BY_HOST))
		verdict_evidence(found, "%s answers this host (%s)", names->peer, names->host);
}

/* Nobody beyond the gateway answers, neither the guest nor this host. */
static void add_silent(struct judge *judge, const struct wire_names *names)
{
	const struct why_wire *wire = judge->wire;
	bool forwards = has_exceeded(&wire->questions[WHY_PEER_NEAR]);
	char sentence[VERDICT_TEXT];
	json_t *found;

	if (forwards)
		snprintf(sentence, sizeof(sentence),
			 "The guest gets no answer from %s, nor does this host, while the gateway %s answers: the "
			 "gateway's firewall drops the packets, its uplink (WAN) is down, or that machine is off.",
			 names->peer, names->gateway);
	else
		snprintf(sentence, sizeof(sentence),
			 "The gateway %s answers, but forwards no packets to %s, neither those of the guest nor those "
			 "of this host.",
			 names->gateway, names->peer);
	found = verdict_cause(
		&judge->verdict, forwards ? "beyond_silent" : "gateway_forward", forwards ? "warn" : "fail", sentence,
		forwards ? "At the gateway: does it reach that address itself (`ping`), and what do the rules "
			   "of its chain forward count (`nft list ruleset`)? A captive portal requires a login first: "
			   "open a web page."
			 : "Is that a router? On Linux `sysctl -w net.ipv4.ip_forward=1` (IPv6: "
			   "net.ipv6.conf.all.forwarding=1) lets it forward; or set the right default route. If it is "
			   "one: is its own uplink (WAN) up, and does it have a default route (`ip route`)?");
	verdict_evidence(found, "the guest sends to %s; echo requests of %s and of %s to it are unanswered",
			 names->peer, names->address, names->host);
	verdict_evidence(found, forwards ? "to a packet whose hop limit ends at the gateway it answers \"time "
					   "exceeded\": it tries to forward"
					 : "to a packet whose hop limit ends at the gateway it does not answer \"time "
					   "exceeded\" (a router limits the rate of such answers, so ask again after "
					   "some seconds)");
}

/* The question that a router has refused; NULL: none. It limits the rate of errors to one address (RFC 1812, 4.3.2.8). */
static const struct wire_question *refused_question(const struct why_wire *wire)
{
	static const enum why_question numbers[] = {WHY_PEER_BY_GUEST, WHY_PEER_BY_HOST, WHY_PEER_NEAR};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		const struct wire_question *question = &wire->questions[numbers[i]];

		if (question->refused && (numbers[i] != WHY_PEER_NEAR || !has_exceeded(question)))
			return question;
	}
	return NULL;
}

static void judge_peer(struct judge *judge, const struct wire_names *names)
{
	const struct why_wire *wire = judge->wire;
	const struct wire_question *refused = refused_question(wire);

	if (!wire->is_asked[WHY_PEER_BY_GUEST] || wire->peer_answered)
		return;
	if (judge_has_answered(wire, WHY_PEER_BY_GUEST))
		verdict_exclude(&judge->verdict, "machines beyond the gateway answer the guest's address");
	else if (refused)
		add_refused(judge, names, refused);
	else if (judge_has_answered(wire, WHY_PEER_BY_HOST))
		add_firewall(judge, names,
			     "forwards packets of this host to other networks, but not those of the guest", NULL);
	else
		add_silent(judge, names);
}

static void judge_dns(struct judge *judge, const struct wire_names *names)
{
	const struct why_wire *wire = judge->wire;
	const struct wire_question *question = &wire->questions[WHY_DNS_BY_GUEST];
	bool host = judge_has_answered(wire, WHY_DNS_BY_HOST);
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	if (!wire->is_asked[WHY_DNS_BY_GUEST] || question->answered || wire->dns_answered)
		return;
	snprintf(sentence, sizeof(sentence), "The DNS server %s does not answer %s%s: names cannot be resolved.",
		 names->dns, host ? "the guest's address " : "", host ? names->address : "the guest, nor this host");
	snprintf(remedy, sizeof(remedy),
		 "Start the DNS server there, or open UDP port 53 in its firewall; or give the guest another server "
		 "(`resolvectl dns`, /etc/resolv.conf). `dig @%s . NS` asks it.",
		 names->dns);
	found = verdict_cause(&judge->verdict, "dns_silent", "warn", sentence, remedy);
	if (question->refused)
		verdict_evidence(found, "a question of %s got the ICMP error \"%s\"", names->address,
				 words_of(question));
	else
		verdict_evidence(found, "three questions of %s for the root zone are unanswered%s", names->address,
				 host ? "; those of this host are answered" : "");
}

void rule_beyond(struct judge *judge)
{
	struct wire_names names;

	judge_name_addresses(&names, judge->wire);
	judge_peer(judge, &names);
	judge_dns(judge, &names);
}
