/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules of this host's firewall do to the guest's frames, and to packets between it and this host. */
#include "why/judge_state.h"

#include "daemon/json_text.h"
#include "why/firewall.h"

#include <stdio.h>
#include <string.h>

static void describe_hit(const struct firewall_hit *hit, char text[VERDICT_TEXT])
{
	if (hit->handle < 0)
		snprintf(text, VERDICT_TEXT, "table %s %s, chain %s, its policy", hit->family, hit->table, hit->chain);
	else
		snprintf(text, VERDICT_TEXT, "table %s %s, chain %s, rule with handle %lld", hit->family, hit->table,
			 hit->chain, hit->handle);
}

static void firewall_remedy(const struct firewall_hit *hit, char text[VERDICT_TEXT])
{
	if (hit->handle < 0)
		snprintf(text, VERDICT_TEXT, "Run `nft chain %s %s %s '{ policy accept ; }'`.", hit->family, hit->table,
			 hit->chain);
	else
		snprintf(text, VERDICT_TEXT,
			 "Run `nft delete rule %s %s %s handle %lld`; `nft -a list chain %s %s %s` shows it.",
			 hit->family, hit->table, hit->chain, hit->handle, hit->family, hit->table, hit->chain);
}

static const char *words_of(enum firewall_class class)
{
	switch (class) {
	case FIREWALL_ARP:
		return "ARP frames";
	case FIREWALL_IP4:
		return "IPv4 packets";
	case FIREWALL_ND:
		return "neighbour discovery";
	case FIREWALL_IP6:
		return "IPv6 packets";
	case FIREWALL_DHCP:
		return "DHCP messages";
	case FIREWALL_NEW4:
		return "new connections by IPv4";
	case FIREWALL_NEW6:
		return "new connections by IPv6";
	case FIREWALL_ANY:
		break;
	}
	return "frames";
}

static void judge_legacy(struct judge *judge)
{
	const struct iptables_legacy_drop *drop = &judge->facts->host.legacy_drop;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT];
	json_t *found;

	snprintf(sentence, sizeof(sentence),
		 "The firewall of this host drops packets to or from the guest: iptables-legacy, table %s, %s%s.",
		 drop->table, drop->chain ? "chain " : "a chain of its own", drop->chain ? drop->chain : "");
	if (drop->chain && !strcmp(drop->table, "filter"))
		snprintf(remedy, sizeof(remedy), "Run `iptables-legacy -D %s %u`.", drop->chain, drop->number);
	else if (drop->chain)
		snprintf(remedy, sizeof(remedy), "Run `iptables-legacy -t %s -D %s %u`.", drop->table, drop->chain,
			 drop->number);
	else
		snprintf(remedy, sizeof(remedy),
			 "`iptables-legacy -t %s -vnL` shows the rule; run `iptables-legacy -t %s -D CHAIN NUMBER`.",
			 drop->table, drop->table);
	found = verdict_cause(&judge->verdict, "firewall", drop->names_guest ? "fail" : "warn", sentence, remedy);
	verdict_evidence(found, "the rule has dropped %llu packets", (unsigned long long)drop->packets);
	verdict_evidence(found, "br_netfilter passes the frames of %s to it", judge->facts->bridge);
}

static struct firewall_guest guest_of(const struct why_facts *facts)
{
	return (struct firewall_guest){.port = facts->port.name,
				       .bridge = facts->bridge,
				       .uplink_port = facts->host.uplink_port,
				       .uplink = facts->uplink,
				       .mac = facts->mac,
				       .addresses = json_object_get(facts->guest, "addresses")};
}

static bool find_rule(const struct judge *judge, struct firewall_hit *hit)
{
	const struct why_facts *facts = judge->facts;
	struct firewall_guest guest = guest_of(facts);

	guest.ip_too = facts->host.nf_call;
	guest.lost = judge_path_is_broken(facts, true) || judge_path_is_broken(facts, false);
	return firewall_find(hit, facts->host.firewall, &guest);
}

bool judge_translates(const struct judge *judge)
{
	struct firewall_hit hit;

	return judge->facts->port.name[0] && judge->facts->host.firewall && find_rule(judge, &hit) && hit.translates;
}

void rule_firewall(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], where[VERDICT_TEXT];
	struct firewall_hit hit;
	json_t *found;
	bool broken;

	if (facts->host.has_legacy_drop) {
		judge_legacy(judge);
		return;
	}
	if (!facts->port.name[0] || !facts->host.firewall)
		return;
	if (!find_rule(judge, &hit)) {
		verdict_exclude(&judge->verdict, "no rule of nftables is known to drop the guest's frames");
		return;
	}
	describe_hit(&hit, where);
	firewall_remedy(&hit, remedy);
	snprintf(sentence, sizeof(sentence), "The firewall of this host %s%s %s%s %s the guest: %.300s.",
		 hit.assumed ? "probably " : "", hit.verb, hit.certain || hit.assumed ? "" : "some ",
		 words_of(hit.class), hit.from ? "of" : "for", where);
	broken = judge_path_is_broken(facts, hit.from);
	found = verdict_cause(&judge->verdict, "firewall",
			      hit.certain || broken || (hit.specific && hit.count > 0) ? "fail"
			      : hit.assumed && hit.count <= 0                          ? "note"
										       : "warn",
			      sentence, remedy);
	if (broken)
		verdict_evidence(found, "a test frame on the guest's path was lost on this host");
	if (hit.assumed)
		verdict_evidence(found, "no earlier rule accepts them, unless a rule of iptables does so by their "
					"connection state (NEW)");
	if (hit.count >= 0)
		verdict_evidence(found, "the rule has dropped %lld packets", hit.count);
	else
		verdict_evidence(found, "`nft -a list chain %s %s %s`; the rule has no counter", hit.family, hit.table,
				 hit.chain);
	if (strcmp(hit.family, "bridge") != 0 && strcmp(hit.family, "netdev") != 0)
		verdict_evidence(found, "br_netfilter passes the frames of %s to it", facts->bridge);
}

/* The rule is found by what it says; without one it remains that the echo request or its answer is lost. */
void rule_host_firewall(struct judge *judge)
{
	const struct why_facts *facts = judge->facts;
	const struct why_wire *wire = judge->wire;
	struct firewall_guest guest = guest_of(facts);
	const char *address = json_text(wire->asked, "address");
	char sentence[VERDICT_TEXT], remedy[VERDICT_TEXT], where[VERDICT_TEXT];
	struct firewall_hit hit;
	json_t *found;

	if (!wire->host_asked || wire->host_reaches || wire->route_error || wire->route_by[0])
		return;
	guest.to_host = true;
	if (facts->host.ip_firewall && firewall_find(&hit, facts->host.ip_firewall, &guest)) {
		describe_hit(&hit, where);
		firewall_remedy(&hit, remedy);
		snprintf(sentence, sizeof(sentence),
			 "The firewall of this host drops %spackets between this host and the guest: %.300s. The "
			 "network reaches the guest.",
			 hit.certain ? "" : "some ", where);
		found = verdict_cause(&judge->verdict, "host_firewall", "warn", sentence, remedy);
		if (hit.count >= 0)
			verdict_evidence(found, "the rule has dropped %lld packets", hit.count);
	} else {
		snprintf(sentence, sizeof(sentence),
			 "This host and the guest's address %s do not reach each other. The network reaches the guest.",
			 address);
		found = verdict_cause(&judge->verdict, "host_path", "warn", sentence,
				      "Check how this host handles its own packets: `nft list ruleset`, `iptables-save "
				      "-c` (INPUT, OUTPUT), `sysctl net.ipv4.conf.all.rp_filter`, `ip rule show`.");
	}
	verdict_evidence(found, "`ping %s` from this host gets no answer; the guest answers at its port %s", address,
			 facts->port.name);
}
