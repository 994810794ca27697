/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Carries out the actions of control (plane/plane.h). */
#include "nl80211/ap/state.h"

#include "base/mac.h"

static void query_station(struct nl80211_ap *plane, struct nlap_station *sta)
{
	nlap_request_to(plane, sta->bss, sta->entry.addr, NL80211_CMD_GET_STATION, PURPOSE_INACTIVITY);
}

/* An action about a station that we know. */
static void apply_to_station(struct nl80211_ap *plane, struct nlap_station *sta, const struct plane_action *action)
{
	switch (action->kind) {
	case PLANE_STATION_SET:
		nlap_station_set(plane, sta, &action->station);
		break;
	case PLANE_STATION_REMOVE:
		nlap_station_remove(plane, sta);
		break;
	case PLANE_STATION_PROBE:
		nlap_send_probe(plane, sta);
		break;
	case PLANE_STATION_QUERY:
		query_station(plane, sta);
		break;
	case PLANE_EAPOL:
		nlap_send_eapol(plane, action);
		break;
	case PLANE_BSS_START:
	case PLANE_BSS_UPDATE:
	case PLANE_BSS_SWITCH:
	case PLANE_BSS_STOP:
	case PLANE_VLAN_START:
	case PLANE_VLAN_STOP:
	case PLANE_STATION_WATCH: /* the kernel does not say which frames came under a key */
	case PLANE_STATION_ADD:
	case PLANE_KEY_INSTALL:
	case PLANE_KEY_EXPECT: /* it has one pairwise key per station */
	case PLANE_KEY_DEFAULT:
	case PLANE_KEY_REMOVE:
	case PLANE_MANAGEMENT:
	case PLANE_TUNE:
	case PLANE_LINK:
	case PLANE_AUTHENTICATE:
	case PLANE_REKEY_DATA:
	case PLANE_SCHEDULE:
	case PLANE_WATCH:
	case PLANE_ADDRESS:
	case PLANE_ASSOCIATE:
	case PLANE_SCAN:
	case PLANE_REPORT:
		break;
	}
}

static void apply_to_bss(struct nl80211_ap *plane, struct plane_action *action)
{
	switch (action->kind) {
	case PLANE_BSS_START:
		nlap_bss_start(plane, action->bss, action);
		break;
	case PLANE_BSS_UPDATE:
		nlap_bss_update(plane, action->bss, action);
		break;
	case PLANE_BSS_SWITCH:
		nlap_bss_switch(plane, action->bss, action);
		break;
	case PLANE_BSS_STOP:
		nlap_bss_stop(plane, action->bss);
		break;
	case PLANE_VLAN_START:
		nlap_vlan_start(plane, action->bss, action->vlan);
		break;
	case PLANE_VLAN_STOP:
		nlap_vlan_stop(plane, action->bss, action->vlan);
		break;
	case PLANE_STATION_ADD:
		nlap_station_add(plane, action->bss, action->addr);
		break;
	case PLANE_KEY_INSTALL:
		nlap_key_install(plane, action);
		break;
	case PLANE_KEY_DEFAULT:
		nlap_key_default(plane, action);
		break;
	case PLANE_KEY_REMOVE:
		nlap_key_remove(plane, action);
		break;
	case PLANE_MANAGEMENT:
		nlap_send_management(plane, action);
		break;
	case PLANE_STATION_PROBE:
	case PLANE_STATION_QUERY:
	case PLANE_STATION_WATCH:
	case PLANE_STATION_SET:
	case PLANE_STATION_REMOVE:
	case PLANE_KEY_EXPECT:
	case PLANE_EAPOL:
	case PLANE_TUNE: /* START_AP has the channel */
	case PLANE_LINK:
	case PLANE_AUTHENTICATE:
	case PLANE_REKEY_DATA:
	case PLANE_SCHEDULE:
	case PLANE_WATCH:
	case PLANE_ADDRESS:
	case PLANE_ASSOCIATE:
	case PLANE_SCAN:
	case PLANE_REPORT:
		break;
	}
}

void nl80211_ap_apply(struct nl80211_ap *plane, struct plane_actions *actions, uint64_t now_ns,
		      struct nl80211_requests *out)
{
	nlap_begin(plane, now_ns, out);
	for (size_t i = 0; i < actions->count; i++) {
		struct plane_action *action = &actions->list[i];
		struct nlap_station *sta;

		if (action->kind == PLANE_REPORT || action->bss >= plane->setup.bss_count ||
		    !plane->bss[action->bss].ifindex) /* it is vacant */
			continue;
		apply_to_bss(plane, action);
		sta = nlap_station_find(plane, action->bss, action->addr);
		if (sta)
			apply_to_station(plane, sta, action);
	}
}
