/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace/summary.h"

#include "base/mac.h"
#include "trace/hop.h"
#include "wire/arp.h"
#include "wire/be.h"
#include "wire/codes.h"
#include "wire/dhcp4.h"
#include "wire/ether.h"
#include "wire/ieee80211.h"
#include "wire/ip.h"
#include "wire/ndp.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { PROTO_ICMP = 1, PROTO_TCP = 6, TCP_HLEN = 20, ADDRESS_SIZE = 40 };

/* What is left of the frame, and the line so far. */
struct cursor {
	const uint8_t *bytes;
	size_t len;
	char *text;
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void say(struct cursor *cursor, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(cursor->text + cursor->used, TRACE_SUMMARY_SIZE - cursor->used, format, args);
	va_end(args);
	if (len > 0)
		cursor->used += (size_t)len;
	if (cursor->used >= TRACE_SUMMARY_SIZE)
		cursor->used = TRACE_SUMMARY_SIZE - 1;
}

/* Goes on after `len` bytes. Returns those bytes, or NULL if the capture ends before. */
static const uint8_t *take(struct cursor *cursor, size_t len)
{
	const uint8_t *at = cursor->bytes;

	if (len > cursor->len)
		return NULL;
	cursor->bytes += len;
	cursor->len -= len;
	return at;
}

static const char *format_ip4(char text[ADDRESS_SIZE], const uint8_t *addr)
{
	snprintf(text, ADDRESS_SIZE, "%u.%u.%u.%u", addr[0], addr[1], addr[2], addr[3]);
	return text;
}

/* The first of the longest runs of zeros is written "::" (RFC 5952, 4.2). */
static const char *format_ip6(char text[ADDRESS_SIZE], const uint8_t *addr)
{
	int start = -1, best = 1, len = 0;

	for (int i = 0; i < 8; i++) {
		int run = 0;

		while (i + run < 8 && be16(addr + 2 * (i + run)) == 0)
			run++;
		if (run > best) {
			best = run;
			start = i;
		}
	}
	for (int i = 0; i < 8; i++) {
		if (i == start) {
			len += snprintf(text + len, ADDRESS_SIZE - (size_t)len, "::");
			i += best - 1;
			continue;
		}
		len += snprintf(text + len, ADDRESS_SIZE - (size_t)len, "%s%x", i && i != start + best ? ":" : "",
				be16(addr + 2 * i));
	}
	return text;
}

static void say_dhcp(struct cursor *cursor)
{
	static const char *const types[] = {"",    "DISCOVER", "OFFER",   "REQUEST", "DECLINE",
					    "ACK", "NAK",      "RELEASE", "INFORM"};
	const uint8_t *fixed = take(cursor, DHCP4_OFF_OPTS);

	say(cursor, " DHCP");
	if (!fixed || be32(fixed + DHCP4_OFF_COOKIE) != DHCP4_COOKIE)
		return;
	while (cursor->len >= 2 && cursor->bytes[0] != DHCP4_OPT_END) {
		uint8_t code = cursor->bytes[0], len = code == DHCP4_OPT_PAD ? 0 : cursor->bytes[1];
		const uint8_t *option = take(cursor, code == DHCP4_OPT_PAD ? 1 : 2u + len);

		if (!option)
			return;
		if (code == DHCP4_OPT_TYPE && len == 1 && option[2] < sizeof(types) / sizeof(types[0])) {
			say(cursor, " %s", types[option[2]]);
			return;
		}
	}
}

static void say_udp(struct cursor *cursor)
{
	const uint8_t *header = take(cursor, sizeof(struct udp_hdr));
	uint16_t from = header ? be16(header) : 0, to = header ? be16(header + 2) : 0;

	if (!header)
		return;
	if (to == DHCP4_SERVER_PORT || to == DHCP4_CLIENT_PORT)
		say_dhcp(cursor);
	else if (to == 547 || to == 546)
		say(cursor, " DHCPv6");
	else if (to == 53 || from == 53)
		say(cursor, " DNS %s", to == 53 ? "query" : "answer");
	else
		say(cursor, " UDP %u > %u", from, to);
}

static void say_tcp(struct cursor *cursor)
{
	static const char letters[] = "FSRP.U"; /* the flags from bit 0 on; the dot is ACK */
	const uint8_t *header = take(cursor, TCP_HLEN);
	char flags[sizeof(letters)];
	size_t count = 0;

	if (!header)
		return;
	for (size_t i = 0; i < sizeof(letters) - 1; i++)
		if (header[13] & 1u << i)
			flags[count++] = letters[i];
	flags[count] = '\0';
	say(cursor, " TCP %u > %u [%s] seq %u", be16(header), be16(header + 2), flags, be32(header + 4));
}

static void say_icmp6(struct cursor *cursor)
{
	const uint8_t *message = cursor->bytes;
	char target[ADDRESS_SIZE];
	const char *name;

	if (cursor->len < 4)
		return;
	switch (message[0]) {
	case ND_RS:
		say(cursor, " router solicitation");
		return;
	case ND_RA:
		say(cursor, " router advertisement");
		return;
	case ND_NS:
	case ND_NA:
		name = message[0] == ND_NS ? "solicitation" : "advertisement";
		if (cursor->len >= sizeof(struct nd_msg))
			say(cursor, " neighbour %s of %s", name, format_ip6(target, message + 8));
		return;
	case 128:
	case 129:
		say(cursor, " echo %s", message[0] == 128 ? "request" : "reply");
		return;
	default:
		say(cursor, " ICMPv6 type %u", message[0]);
	}
}

static void say_transport(struct cursor *cursor, uint8_t proto)
{
	switch (proto) {
	case PROTO_TCP:
		say_tcp(cursor);
		return;
	case IPPROTO_N_UDP:
		say_udp(cursor);
		return;
	case PROTO_ICMP:
		if (cursor->len)
			say(cursor, " %s",
			    cursor->bytes[0] == 8   ? "echo request"
			    : cursor->bytes[0] == 0 ? "echo reply"
						    : "ICMP");
		return;
	case IPPROTO_N_ICMP6:
		say_icmp6(cursor);
		return;
	default:
		say(cursor, " protocol %u", proto);
	}
}

static void say_ip4(struct cursor *cursor)
{
	char src[ADDRESS_SIZE], dst[ADDRESS_SIZE];
	const uint8_t *header = cursor->bytes;
	size_t len = cursor->len ? (size_t)(header[0] & 15) * 4 : 0;

	if (cursor->len < sizeof(struct ip4_hdr) || len < sizeof(struct ip4_hdr) || !take(cursor, len))
		return;
	say(cursor, "%s > %s", format_ip4(src, header + 12), format_ip4(dst, header + 16));
	if (be16(header + 6) & IP4_FRAG_OFFSET)
		say(cursor, " fragment");
	else
		say_transport(cursor, header[9]);
}

static void say_ip6(struct cursor *cursor)
{
	const uint8_t *header = take(cursor, sizeof(struct ip6_hdr));
	char src[ADDRESS_SIZE], dst[ADDRESS_SIZE];
	uint8_t next;

	if (!header)
		return;
	say(cursor, "%s > %s", format_ip6(src, header + 8), format_ip6(dst, header + 24));
	next = header[6];
	if (next == IPPROTO_N_HOPOPTS && cursor->len >= 8) { /* multicast listener reports */
		size_t len = 8 * (1 + (size_t)cursor->bytes[1]);

		next = cursor->bytes[0];
		if (!take(cursor, len))
			return;
	}
	say_transport(cursor, next);
}

static void say_arp(struct cursor *cursor)
{
	const uint8_t *arp = take(cursor, sizeof(struct arp_ether_ip4));
	char from[ADDRESS_SIZE], to[ADDRESS_SIZE], mac[MAC_TEXT_SIZE];

	say(cursor, "ARP ");
	if (!arp)
		return;
	format_ip4(from, arp + ARP_OFF_SPA);
	format_ip4(to, arp + ARP_OFF_THA + 6);
	if (be16(arp + 6) == ARP_REPLY)
		say(cursor, "%s is at %s", from, mac_format(mac, arp + ARP_OFF_SHA));
	else
		say(cursor, "who has %s, asks %s", to, from);
}

static void say_eapol(struct cursor *cursor)
{
	enum { PAIRWISE = 0x0008, INSTALL = 0x0040, ACK = 0x0080, MIC = 0x0100, SECURE = 0x0200 };
	const uint8_t *header = take(cursor, 4);
	uint16_t info;

	say(cursor, "EAPOL");
	if (!header || header[1] != 3 || cursor->len < 3)
		return;
	info = be16(cursor->bytes + 1);
	if (!(info & PAIRWISE))
		say(cursor, " group key message %d", info & ACK ? 1 : 2);
	else if (info & ACK)
		say(cursor, " key message %d", info & MIC ? 3 : 1);
	else
		say(cursor, " key message %d", info & SECURE ? 4 : 2);
}

static void say_protocol(struct cursor *cursor, uint16_t type)
{
	switch (type) {
	case ETHERTYPE_IP4:
		say_ip4(cursor);
		return;
	case ETHERTYPE_IP6:
		say_ip6(cursor);
		return;
	case ETHERTYPE_ARP:
		say_arp(cursor);
		return;
	case ETHERTYPE_EAPOL:
		say_eapol(cursor);
		return;
	default:
		say(cursor, "ethertype 0x%04x", type);
	}
}

static void say_ethernet(struct cursor *cursor, uint32_t tci)
{
	const uint8_t *header = take(cursor, ETHER_HLEN);
	char src[MAC_TEXT_SIZE], dst[MAC_TEXT_SIZE];
	uint16_t type;

	if (!header)
		return;
	say(cursor, "%s > %s ", mac_format(src, header + 6), mac_format(dst, header));
	type = be16(header + 12);
	if (tci)
		say(cursor, "VLAN %u ", tci & 0xfff);
	if (type == ETHERTYPE_VLAN && (header = take(cursor, ETHER_VLAN_HLEN))) {
		say(cursor, "VLAN %u ", be16(header) & 0xfff);
		type = be16(header + 2);
	}
	say_protocol(cursor, type);
}

static void say_wifi(struct cursor *cursor)
{
	char from[MAC_TEXT_SIZE], to[MAC_TEXT_SIZE];
	const uint8_t *header = cursor->bytes;
	uint16_t fc = cursor->len >= 2 ? le16(header) : 0;
	size_t len = dot11_hdr_len(fc);

	if (cursor->len < 24 || !take(cursor, len))
		return;
	say(cursor, "%s > %s ", mac_format(from, header + DOT11_OFF_ADDR2), mac_format(to, header + DOT11_OFF_ADDR1));
	if (dot11_is_management(fc)) {
		say(cursor, "%s", dot11_management_name(fc));
	} else if (!dot11_is_data(fc)) {
		say(cursor, "control %u", (fc & FC_SUBTYPE) >> 4);
	} else if (fc & FC_NULL) {
		say(cursor, "null%s", fc & FC_PM ? ", dozing" : "");
	} else if (!(fc & FC_PROTECTED) && take(cursor, SNAP_OFF_TYPE) && cursor->len >= 2) {
		uint16_t type = be16(cursor->bytes);

		take(cursor, 2);
		say_protocol(cursor, type);
	} else {
		say(cursor, "data");
	}
	say(cursor, "%s%s", fc & FC_PROTECTED ? ", protected" : "", fc & FC_RETRY ? ", retry" : "");
}

const char *trace_summary(char text[TRACE_SUMMARY_SIZE], const struct trace_event *event, const uint8_t *bytes)
{
	struct cursor cursor = {.bytes = bytes, .len = event->captured, .text = text};

	text[0] = '\0';
	if (event->link == TRACE_RADIOTAP)
		take(&cursor, trace_radiotap_len(event, bytes));
	if (event->link != TRACE_ETHERNET)
		say_wifi(&cursor);
	else
		say_ethernet(&cursor, event->tci);
	return text;
}
