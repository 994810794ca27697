/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Neighbour solicitations and advertisements. */
#ifndef TESTS_UNIT_RULES_ND_H
#define TESTS_UNIT_RULES_ND_H

#include "fixture.h"

enum { IP = 14, ICMP = 54, RS_OPT = ICMP + 8, RA_OPT = ICMP + 16, OPT = ICMP + 24, REDIRECT_OPT = ICMP + 40 };

/* A solicitation for target to its solicited-node group. */
static void solicit(struct harness *harness, const uint8_t *src, const uint8_t *sip, const uint8_t *target,
		    const uint8_t *slla)
{
	uint8_t group[16], mac[6];

	solicited_node(group, target);
	group_of_ip6(mac, group);
	put_nd(&harness->frame, mac, src, sip, group, &(struct nd_spec){.type = NS, .target = target, .slla = slla});
}

static void advertise(struct harness *harness, const uint8_t *dst, const uint8_t *src, const uint8_t *sip,
		      const uint8_t *dip, uint8_t flags, const uint8_t *target, const uint8_t *tlla)
{
	put_nd(&harness->frame, dst, src, sip, dip,
	       &(struct nd_spec){.type = NA, .flags = flags, .target = target, .tlla = tlla});
}

#define assert_icmp_ok(t) assert_int_equal(checksums(&(t)->frame), CSUM_ICMP6_OK)

#endif
