/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/policy/advertisement.h"

#include "base/mac.h"
#include "wire/be.h"
#include "wire/ether.h"
#include "wire/ip.h"
#include "wire/ndp.h"

#include <string.h>

enum {
	RA_SIZE = 16,
	OPT_PREFIX = 3,
	OPT_PREFIX_SIZE = 32,
	PREFIX_AUTONOMOUS = 0x40,
};

/* RFC 4861, 4.6.2. A prefix that is no more preferred is none for new addresses. */
static void read_prefix(struct advertisement *advertisement, const uint8_t option[OPT_PREFIX_SIZE])
{
	static const uint8_t none[4];
	struct advertised_prefix *prefix;

	if (!(option[3] & PREFIX_AUTONOMOUS) || !memcmp(option + 8, none, 4) || option[2] > 128 ||
	    ip6_is_link_local(option + 16) || advertisement->n_prefixes == ADVERTISED_PREFIXES)
		return;
	prefix = &advertisement->prefixes[advertisement->n_prefixes++];
	prefix->length = option[2];
	memcpy(prefix->addr, option + 16, 16);
}

bool advertisement_read(struct advertisement *advertisement, const uint8_t *frame, size_t size)
{
	const uint8_t *ip = frame + ETHER_HLEN, *icmp = ip + sizeof(struct ip6_hdr), *option = icmp + RA_SIZE,
		      *end = frame + size;

	*advertisement = (struct advertisement){0};
	if (size < ETHER_HLEN + sizeof(struct ip6_hdr) + RA_SIZE || be16(frame + 12) != ETHERTYPE_IP6)
		return false;
	if (ip[6] != IPPROTO_N_ICMP6 || ip[7] != 255 || !ip6_is_link_local(ip + 8) || icmp[0] != ND_RA || icmp[1])
		return false;
	mac_copy(advertisement->source, frame + 6);
	mac_copy(advertisement->mac, frame + 6);
	memcpy(advertisement->router, ip + 8, 16);
	advertisement->lifetime_s = be16(icmp + 6);
	/* The value 2 is reserved, and means medium (RFC 4191, 2.1). */
	advertisement->preference = (icmp[5] & 0x18) == 0x08 ? 1 : (icmp[5] & 0x18) == 0x18 ? -1 : 0;
	for (; end - option >= 8; option += 8 * option[1]) {
		if (!option[1] || end - option < 8 * option[1])
			break; /* the end may be padding of Ethernet, or was cut off */
		if (option[0] == ND_OPT_SLLA && option[1] == 1)
			mac_copy(advertisement->mac, option + 2);
		else if (option[0] == OPT_PREFIX && option[1] == OPT_PREFIX_SIZE / 8)
			read_prefix(advertisement, option);
	}
	return true;
}
