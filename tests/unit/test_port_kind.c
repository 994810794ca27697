/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "bridge/policy/port_kind.h"

#include <string.h>

static void ends_of_guests_do_not_lead_out(void **state)
{
	static const struct {
		const char *kind;
		bool leads_out;
	} rows[] = {{"", true},      {"vlan", true}, {"bond", true},     {"vxlan", true},
		    {"veth", false}, {"tun", false}, {"macvtap", false}, {"bridge", false}};
	struct netdev_link link = {.ifindex = 5};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		strcpy(link.kind, rows[i].kind);
		assert_int_equal(port_leads_out(&link), rows[i].leads_out);
	}
	link.kind[0] = '\0';
	link.flags = IFF_LOOPBACK;
	assert_false(port_leads_out(&link));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(ends_of_guests_do_not_lead_out)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
