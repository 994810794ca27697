#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Applies a lease of dhclient in the lab: sets the address and the route, and touches no file of the system.
case $reason in
BOUND | RENEW | REBIND | REBOOT)
	ip addr replace "$new_ip_address/$new_subnet_mask" brd + dev "$interface"
	[ -z "$new_routers" ] || ip route replace default via "${new_routers%% *}"
	;;
BOUND6 | RENEW6 | REBIND6)
	ip addr replace "$new_ip6_address/128" dev "$interface"
	;;
EXPIRE | FAIL | STOP | RELEASE)
	[ -z "$old_ip_address" ] || ip addr del "$old_ip_address/$old_subnet_mask" dev "$interface"
	;;
EXPIRE6 | STOP6 | RELEASE6)
	[ -z "$old_ip6_address" ] || ip addr del "$old_ip6_address/128" dev "$interface"
	;;
esac
exit 0
