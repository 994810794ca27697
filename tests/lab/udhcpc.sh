#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Applies a lease of udhcpc in the lab: sets the address and the route, and touches no file of the system.
case $1 in
deconfig) ip -4 addr flush dev "$interface" ;;
bound | renew)
	ip addr replace "$ip/${mask:-24}" brd + dev "$interface"
	[ -z "$router" ] || ip route replace default via "${router%% *}"
	;;
esac
