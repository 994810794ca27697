/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "why/firewall_state.h"

#include "daemon/json_text.h"
#include "netdev/nft_ruleset.h"
#include "wire/ip.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

void firewall_write_key(char key[FIREWALL_KEY], const json_t *of, const char *name)
{
	snprintf(key, FIREWALL_KEY, "%s %s %s", json_text(of, "family"), json_text(of, "table"), name);
}

/* A test of one plain value; *known: false if the value is none that this test reads. */
typedef bool value_test(const struct firewall_walk *walk, const json_t *value, const char *arg, bool *known);

/* ---- values ---- */

static bool is_interface(const struct firewall_walk *walk, const json_t *value, const char *interface, bool *known)
{
	(void)walk;
	*known = json_is_string(value);
	return *known && nft_name_matches(json_string_value(value), interface);
}

static bool is_mac(const struct firewall_walk *walk, const json_t *value, const char *unused, bool *known)
{
	(void)unused;
	*known = json_is_string(value);
	return *known && !strcasecmp(json_string_value(value), walk->guest->mac);
}

/* Is an address of the guest in a range, a network, or the same? */
static bool has_address(const struct firewall_guest *guest, int family, const uint8_t *first, const uint8_t *last,
			unsigned bits)
{
	json_t *address;
	uint8_t own[16];
	size_t size = family == AF_INET ? 4 : 16, i;

	json_array_foreach(guest->addresses, i, address)
	{
		if (inet_pton(family, json_text(address, "address"), own) != 1)
			continue;
		if (last ? memcmp(own, first, size) >= 0 && memcmp(own, last, size) <= 0
			 : ip_prefix_equal(own, first, (uint8_t)bits))
			return true;
	}
	return false;
}

static int parse_address(const char *text, uint8_t address[16])
{
	return inet_pton(AF_INET, text, address) == 1    ? AF_INET
	       : inet_pton(AF_INET6, text, address) == 1 ? AF_INET6
							 : 0;
}

static bool is_address(const struct firewall_walk *walk, const json_t *value, const char *unused, bool *known)
{
	const json_t *prefix = json_object_get(value, "prefix"), *range = json_object_get(value, "range");
	const char *text = json_is_string(value) ? json_string_value(value)
			   : prefix              ? json_text(prefix, "addr")
			   : range               ? json_string_value(json_array_get(range, 0))
						 : NULL;
	const char *end = range ? json_string_value(json_array_get(range, 1)) : NULL;
	uint8_t first[16], last[16];
	int family = text ? parse_address(text, first) : 0;
	unsigned bits = family == AF_INET ? 32 : 128;

	(void)unused;
	*known = family && (!range || (end && parse_address(end, last) == family));
	if (!*known)
		return false;
	if (prefix && json_number(prefix, "len") <= bits)
		bits = (unsigned)json_number(prefix, "len");
	return has_address(walk->guest, family, first, range ? last : NULL, bits);
}

static bool is_text(const struct firewall_walk *walk, const json_t *value, const char *text, bool *known)
{
	(void)walk;
	*known = json_is_string(value);
	return *known && !strcmp(json_string_value(value), text);
}

static bool is_dhcp_port(const struct firewall_walk *walk, const json_t *value, const char *to_server, bool *known)
{
	(void)walk;
	*known = json_is_integer(value);
	return *known && json_integer_value(value) == (*to_server ? 67 : 68);
}

static bool is_solicitation(const struct firewall_walk *walk, const json_t *value, const char *unused, bool *known)
{
	(void)walk;
	(void)unused;
	*known = json_is_string(value) || json_is_integer(value);
	return (json_is_string(value) && (!strcmp(json_string_value(value), "nd-neighbor-solicit") ||
					  !strcmp(json_string_value(value), "nd-neighbor-advert"))) ||
	       json_integer_value(value) == 135 || json_integer_value(value) == 136;
}

/* The value of an element of a set: itself, or with options, as a timeout. */
static const json_t *element_value(const json_t *element)
{
	const json_t *options = json_object_get(element, "elem");

	return options ? json_object_get(options, "val") : element;
}

/* The elements that `right` names: of a set in place or a named one; NULL: it is a value. */
static const json_t *elements_of(const struct firewall_walk *walk, const json_t *right)
{
	char key[FIREWALL_KEY];

	if (json_is_string(right) && json_string_value(right)[0] == '@') {
		firewall_write_key(key, walk->base, json_string_value(right) + 1);
		return json_object_get(walk->sets, key);
	}
	return json_is_array(right) ? right : json_object_get(right, "set");
}

/* Does a value, or one of a set, fit? */
static bool fits(const struct firewall_walk *walk, const json_t *right, value_test *test, const char *arg, bool *known)
{
	const json_t *set = elements_of(walk, right);
	bool any = false, one;
	json_t *element;
	size_t i;

	if (!set)
		return test(walk, right, arg, known);
	*known = json_is_array(set);
	json_array_foreach(set, i, element)
	{
		any |= test(walk, element_value(element), arg, &one);
		*known &= one;
	}
	return any;
}

/* ---- what is compared ---- */

static enum firewall_truth truth_of(bool fit, bool known)
{
	return fit ? FIREWALL_ALWAYS : known ? FIREWALL_NEVER : FIREWALL_MAYBE;
}

static enum firewall_truth test_value(const struct firewall_walk *walk, const json_t *right, value_test *test,
				      const char *arg)
{
	bool known, fit = fits(walk, right, test, arg, &known);

	return truth_of(fit, known);
}

static enum firewall_truth match_interface(const struct firewall_walk *walk, const json_t *right, const char *interface,
					   bool *specific)
{
	enum firewall_truth truth;

	if (!interface || !*interface)
		return FIREWALL_MAYBE;
	truth = test_value(walk, right, is_interface, interface);
	*specific |= truth == FIREWALL_ALWAYS && !strcmp(interface, walk->guest->port);
	return truth;
}

/* The protocol above Ethernet, as nftables names it; NULL: of any. */
static const char *ethertype_of(enum firewall_class class)
{
	switch (class) {
	case FIREWALL_ARP:
		return "arp";
	case FIREWALL_IP4:
	case FIREWALL_DHCP:
	case FIREWALL_NEW4:
		return "ip";
	case FIREWALL_IP6:
	case FIREWALL_ND:
	case FIREWALL_NEW6:
		return "ip6";
	case FIREWALL_ANY:
		break;
	}
	return NULL;
}

static enum firewall_truth match_ethertype(const struct firewall_walk *walk, const json_t *right)
{
	const char *type = ethertype_of(walk->class);

	return type ? test_value(walk, right, is_text, type) : FIREWALL_MAYBE;
}

/* The protocol above IP. */
static enum firewall_truth match_protocol(const struct firewall_walk *walk, const json_t *right)
{
	switch (walk->class) {
	case FIREWALL_DHCP:
		return test_value(walk, right, is_text, "udp");
	case FIREWALL_ND:
		return test_value(walk, right, is_text, "ipv6-icmp");
	case FIREWALL_ARP:
		return FIREWALL_NEVER;
	case FIREWALL_NEW4:
	case FIREWALL_NEW6:
		return test_value(walk, right, is_text, "tcp");
	case FIREWALL_IP4:
	case FIREWALL_IP6:
	case FIREWALL_ANY:
		break;
	}
	return FIREWALL_MAYBE;
}

static enum firewall_truth match_meta(const struct firewall_walk *walk, const char *key, const json_t *right,
				      bool *specific)
{
	if (!strcmp(key, "iifname") || !strcmp(key, "iif"))
		return match_interface(walk, right, walk->input, specific);
	if (!strcmp(key, "oifname") || !strcmp(key, "oif"))
		return match_interface(walk, right, walk->output, specific);
	if (!strcmp(key, "ibrname") || !strcmp(key, "obrname"))
		return test_value(walk, right, is_interface, walk->guest->bridge);
	if (!strcmp(key, "protocol"))
		return match_ethertype(walk, right);
	if (!strcmp(key, "l4proto"))
		return match_protocol(walk, right);
	if (!strcmp(key, "pkttype") && walk->class == FIREWALL_ARP)
		return test_value(walk, right, is_text, "broadcast");
	return FIREWALL_MAYBE;
}

/* Can frames of this class have such a header? nftables checks that before it compares. */
static bool has_header(enum firewall_class class, const char *protocol)
{
	const char *type = ethertype_of(class);

	if (!type || !strcmp(protocol, "ether") || !strcmp(protocol, "th"))
		return true;
	if (!strcmp(protocol, "ip") || !strcmp(protocol, "ip6") || !strcmp(protocol, "arp"))
		return !strcmp(protocol, type);
	if (firewall_is_new(class))
		return !strcmp(protocol, "tcp");
	if (!strcmp(protocol, "udp"))
		return class != FIREWALL_ARP && class != FIREWALL_ND;
	if (!strcmp(protocol, "icmpv6"))
		return class == FIREWALL_IP6 || class == FIREWALL_ND;
	return class == FIREWALL_IP4 || class == FIREWALL_IP6;
}

/* An address in a header: of the guest's end, or of the other one. */
static enum firewall_truth match_address(const struct firewall_walk *walk, const json_t *right, const char *protocol,
					 const char *field, bool *specific)
{
	bool source = !strncmp(field, "saddr", 5);
	bool is_ether = !strcmp(protocol, "ether") || !strcmp(field + 5, " ether");
	enum firewall_truth truth;

	if (is_ether && (!walk->guest->mac[0] || walk->translated))
		return FIREWALL_MAYBE;
	if (source != walk->from && is_ether && walk->class == FIREWALL_ARP &&
	    test_value(walk, right, is_text, "ff:ff:ff:ff:ff:ff") == FIREWALL_ALWAYS)
		return FIREWALL_ALWAYS; /* ARP requests */
	if (source != walk->from)
		return json_is_string(right) && json_string_value(right)[0] != '@' ? FIREWALL_OTHER_END
										   : FIREWALL_MAYBE;
	if (walk->class == FIREWALL_DHCP && !is_ether)
		return FIREWALL_MAYBE; /* 0.0.0.0 */
	truth = test_value(walk, right, is_ether ? is_mac : is_address, NULL);
	*specific |= truth == FIREWALL_ALWAYS;
	return truth;
}

static enum firewall_truth match_payload(const struct firewall_walk *walk, const json_t *payload, const json_t *right,
					 bool *specific)
{
	const char *protocol = json_text(payload, "protocol"), *field = json_text(payload, "field");

	if (!has_header(walk->class, protocol))
		return FIREWALL_NEVER;
	if (!strncmp(field, "saddr", 5) || !strncmp(field, "daddr", 5))
		return match_address(walk, right, protocol, field, specific);
	if (!strcmp(protocol, "ether") && !strcmp(field, "type"))
		return match_ethertype(walk, right);
	if (!strcmp(field, "protocol") || !strcmp(field, "nexthdr"))
		return match_protocol(walk, right);
	if (walk->class == FIREWALL_DHCP && (!strcmp(field, "dport") || !strcmp(field, "sport")))
		return test_value(walk, right, is_dhcp_port, walk->from == !strcmp(field, "dport") ? "server" : "");
	if (walk->class == FIREWALL_ND && !strcmp(protocol, "icmpv6") && !strcmp(field, "type"))
		return test_value(walk, right, is_solicitation, NULL);
	return FIREWALL_MAYBE;
}

/* Connection tracking: only of the first packet of a connection is it known what it says. */
static enum firewall_truth match_ct(const struct firewall_walk *walk, const char *key, const json_t *right)
{
	if (!firewall_is_new(walk->class))
		return FIREWALL_MAYBE;
	if (!strcmp(key, "state"))
		return test_value(walk, right, is_text, "new");
	return !strcmp(key, "status") ? test_value(walk, right, is_text, "none") : FIREWALL_MAYBE;
}

/* Several values at once: all must fit. */
static enum firewall_truth match_all(const struct firewall_walk *walk, const json_t *parts, const json_t *value,
				     bool *specific)
{
	const json_t *values = json_object_get(value, "concat");
	enum firewall_truth worst = FIREWALL_ALWAYS;
	json_t *part;
	size_t i;

	json_array_foreach(parts, i, part)
	{
		enum firewall_truth one = firewall_equals(walk, part, json_array_get(values, i), specific);

		worst = one < worst ? one : worst;
	}
	return worst;
}

static enum firewall_truth match_concat(const struct firewall_walk *walk, const json_t *parts, const json_t *right,
					bool *specific)
{
	const json_t *set = elements_of(walk, right);
	enum firewall_truth best = FIREWALL_NEVER;
	json_t *element;
	size_t i;

	if (!set)
		return match_all(walk, parts, right, specific);
	json_array_foreach(set, i, element)
	{
		bool one_specific = false;
		enum firewall_truth one = match_all(walk, parts, element_value(element), &one_specific);

		if (one == FIREWALL_ALWAYS)
			*specific |= one_specific;
		best = one > best ? one : best;
	}
	return best;
}

enum firewall_truth firewall_equals(const struct firewall_walk *walk, const json_t *left, const json_t *right,
				    bool *specific)
{
	const json_t *payload = json_object_get(left, "payload"), *meta = json_object_get(left, "meta"),
		     *concat = json_object_get(left, "concat"), *ct = json_object_get(left, "ct");

	if (concat)
		return match_concat(walk, concat, right, specific);
	if (meta)
		return match_meta(walk, json_text(meta, "key"), right, specific);
	if (ct)
		return match_ct(walk, json_text(ct, "key"), right);
	return payload ? match_payload(walk, payload, right, specific) : FIREWALL_MAYBE;
}

enum firewall_truth firewall_match(const struct firewall_walk *walk, const json_t *match, bool *specific)
{
	bool differs = !strcmp(json_text(match, "op"), "!="), named = false;
	const char *op = json_text(match, "op");
	enum firewall_truth truth;

	if (*op && strcmp(op, "==") != 0 && strcmp(op, "in") != 0 && !differs)
		return FIREWALL_MAYBE;
	truth = firewall_equals(walk, json_object_get(match, "left"), json_object_get(match, "right"), &named);
	*specific |= named;
	if (!differs || truth == FIREWALL_MAYBE)
		return truth;
	if (truth == FIREWALL_OTHER_END)
		return FIREWALL_MAYBE;
	return truth == FIREWALL_ALWAYS ? FIREWALL_NEVER : FIREWALL_ALWAYS;
}
