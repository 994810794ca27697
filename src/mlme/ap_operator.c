/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands and queries of the operator while the access point runs. */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <string.h>

static struct ap_sta *find_station(const struct ap *ap, unsigned bss_index, const uint8_t *addr)
{
	return bss_index < ap->setup.bss_count ? ap_sta_find(ap, &ap->bss[bss_index], addr) : NULL;
}

static struct ap_sta *find_associated(const struct ap *ap, unsigned bss_index, const uint8_t *addr)
{
	struct ap_sta *sta = find_station(ap, bss_index, addr);

	return sta && sta->associated ? sta : NULL;
}

bool ap_deauthenticate(struct ap *ap, unsigned bss_index, const uint8_t addr[6], uint16_t reason, uint64_t now_ns,
		       struct plane_actions *out)
{
	struct ap_sta *sta = find_station(ap, bss_index, addr);

	if (!sta)
		return false;
	ap_begin(ap, now_ns, out);
	ap_sta_kick(ap, sta, MGMT_DEAUTH, reason);
	ap_end(ap);
	return true;
}

bool ap_disassociate(struct ap *ap, unsigned bss_index, const uint8_t addr[6], uint16_t reason, uint64_t now_ns,
		     struct plane_actions *out)
{
	struct ap_sta *sta = find_associated(ap, bss_index, addr);

	if (!sta)
		return false;
	ap_begin(ap, now_ns, out);
	ap_sta_kick(ap, sta, MGMT_DISASSOC, reason);
	ap_end(ap);
	return true;
}

bool ap_poll(struct ap *ap, unsigned bss_index, const uint8_t addr[6], uint64_t now_ns, struct plane_actions *out)
{
	struct ap_sta *sta = find_associated(ap, bss_index, addr);

	if (!sta)
		return false;
	ap_begin(ap, now_ns, out);
	if (!sta->unacked_polls)
		ap_poll_begin(ap, sta);
	ap_end(ap);
	return true;
}

void ap_rekey_group(struct ap *ap, unsigned bss_index, uint64_t now_ns, struct plane_actions *out)
{
	ap_begin(ap, now_ns, out);
	if (bss_index < ap->setup.bss_count && ap->bss[bss_index].protected)
		ap_keys_rekey_group(ap, &ap->bss[bss_index]);
	ap_end(ap);
}

void ap_set_acl(struct ap *ap, unsigned bss_index, bool accept_listed_only, struct ap_mac_list accept,
		struct ap_mac_list deny, uint64_t now_ns, struct plane_actions *out)
{
	struct ap_bss *bss = &ap->bss[bss_index];

	ap_begin(ap, now_ns, out);
	bss->setup.accept_listed_only = accept_listed_only;
	bss->setup.accept = accept;
	bss->setup.deny = deny;
	/* Backwards: a kicked station gives its place to the last one. */
	for (size_t i = ap->associated_count; i--;)
		if (ap->associated[i]->bss == bss && ap_acl_denies(bss, ap->associated[i]->entry.addr))
			ap_sta_kick(ap, ap->associated[i], MGMT_DEAUTH, REASON_UNSPECIFIED);
	ap_end(ap);
}

/* ---- queries ---- */

static void fill_info(const struct ap_sta *sta, struct ap_station_info *info)
{
	const struct ap_bss *bss = sta->bss;

	*info = (struct ap_station_info){.bss = bss->index,
					 .aid = sta->aid,
					 .authorised = sta->authorised,
					 .dozing = sta->dozing,
					 .qos = sta->qos,
					 .mfp = sta->mfp,
					 .four_address = sta->four_address,
					 .vlan = ap_vlan_id(sta),
					 .pairwise = bss->protected ? sta->auth.setup.suite.pairwise : bss->setup.wep,
					 .akm = bss->protected ? sta->auth.setup.suite.akm : AKM_NONE,
					 .wpa = bss->protected && sta->auth.setup.suite.wpa,
					 .listen_interval = sta->listen_interval,
					 .request = sta->request,
					 .sae_group = sta->sae_group,
					 .connected_ns = sta->since_ns,
					 .heard_ns = sta->heard_ns};
	mac_copy(info->addr, sta->entry.addr);
	memcpy(info->sae_rejected, sta->sae_rejected, sizeof(info->sae_rejected));
	if (bss->protected && sta->auth.authorised)
		memcpy(info->keyid, ap_keys_keyid(sta), sizeof(info->keyid));
}

bool ap_station_info(const struct ap *ap, size_t nth, struct ap_station_info *info)
{
	if (nth >= ap->associated_count)
		return false;
	fill_info(ap->associated[nth], info);
	return true;
}

bool ap_station_info_of(const struct ap *ap, unsigned bss_index, const uint8_t addr[6], struct ap_station_info *info)
{
	const struct ap_sta *sta = find_associated(ap, bss_index, addr);

	if (!sta)
		return false;
	fill_info(sta, info);
	return true;
}

size_t ap_station_size(void)
{
	return sizeof(struct ap_sta);
}
