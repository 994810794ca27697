#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What udhcpc does with a lease in the lab: the address and the route, nothing else on this machine.
case $1 in
deconfig) ip -4 addr flush dev "$interface" ;;
bound | renew)
	ip addr replace "$ip/${mask:-24}" brd + dev "$interface"
	[ -z "$router" ] || ip route replace default via "${router%% *}"
	;;
esac
