/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/config.h"

#include "base/mac.h"

#include <string.h>

void bridge_fill_config(struct bridge *bridge)
{
	const struct bridge_conf *conf = bridge->conf;
	struct mn_config *config = &bridge->config;

	*config = (struct mn_config){
		.abi = MN_ABI,
		.uplink = (uint32_t)bridge->uplink.ifindex,
		.veth_port = (uint32_t)bridge->port.ifindex,
		.mtu = (uint32_t)bridge->uplink.mtu,
		.silence_ns = conf->silent_s * MN_NS_PER_SEC,
		.learn_interval_ns = conf->learn_rate ? MN_NS_PER_SEC / conf->learn_rate : 0,
		.port_cap = conf->port_cap,
		.flags = (conf->rewrite_chaddr ? MN_CONFIG_CHADDR : 0) |
			 (conf->source_guard ? MN_CONFIG_SOURCE_GUARD : 0) |
			 (bridge->user_engine ? MN_CONFIG_GUESSED_PORT : 0),
		.takeover = (uint16_t)conf->takeover,
		.guest_services = (uint32_t)conf->guest_services,
		.loop_port = config->loop_port, /* stays over a reload */
		.recorder = config->recorder,   /* likewise */
		.port_mtu = config->port_mtu,   /* likewise */
	};
	config->learn_credit_ns = config->learn_interval_ns * (conf->learn_burst ? conf->learn_burst : conf->port_cap);
	mac_copy(config->uplink_mac, bridge->uplink.mac);
	memcpy(config->vlans, conf->vlans, sizeof(config->vlans));
	config->vlans[0] |= 1; /* a tag of VLAN 0 has a priority only: the frame is untagged (IEEE 802.1Q-2018, 9.6) */
}
