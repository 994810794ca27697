/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VLANs. The VLAN of a station is that of its entry in the list of accepted addresses, or that of the passphrase with which
 * it completes the handshake, which has precedence; with fast BSS transition it is that of its first association. The plane gives each VLAN an interface; its group frames are protected
 * by a group key that only its stations get, so that they cannot read those of others.
 *
 * A station with 4-address mode is a bridge: the addresses behind it are in the frames. The plane gives it an interface,
 * too.
 */
#include "mlme/ap_state.h"

#include "base/array.h"
#include "base/mac.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* Returns false without memory. */
static bool add(struct ap_bss *bss, const struct ap_vlan *setup)
{
	struct ap_vlan_group *vlan = calloc(1, sizeof(*vlan));

	if (!vlan || array_reserve(&bss->vlans, &bss->vlan_room, bss->vlan_count + 1, sizeof(*bss->vlans))) {
		free(vlan);
		return false;
	}
	vlan->setup = *setup;
	bss->vlans[bss->vlan_count++] = vlan;
	return true;
}

static void clear(struct ap_bss *bss)
{
	bss->vlans = NULL;
	bss->vlan_count = bss->vlan_room = 0;
}

int ap_vlan_init(struct ap_bss *bss)
{
	clear(bss);
	for (size_t i = 0; i < bss->setup.vlan_count; i++)
		if (!add(bss, &bss->setup.vlans[i]))
			return -ENOMEM;
	return 0;
}

void ap_vlan_wipe(struct ap_bss *bss)
{
	for (size_t i = 0; i < bss->vlan_count; i++) {
		crypto_wipe(bss->vlans[i], sizeof(*bss->vlans[i]));
		free(bss->vlans[i]);
	}
	free(bss->vlans);
	clear(bss);
}

static void start(struct ap *ap, struct ap_bss *bss, struct ap_vlan_group *vlan)
{
	struct plane_action *action = ap_act(ap, PLANE_VLAN_START, bss, NULL);

	if (!action)
		return;
	action->vlan = vlan->setup.id;
	vlan->started = ap_group_start_vlan(ap, bss, vlan);
	if (!vlan->started)
		ap_drop(ap, DROP_CIPHER_FAILED, bss->setup.bssid);
}

static void stop(struct ap *ap, const struct ap_bss *bss, struct ap_vlan_group *vlan)
{
	struct plane_action *action = ap_act(ap, PLANE_VLAN_STOP, bss, NULL);

	if (action)
		action->vlan = vlan->setup.id;
	vlan->started = false;
}

struct ap_vlan_group *ap_vlan_find(const struct ap_bss *bss, uint16_t id)
{
	for (size_t i = 0; id && i < bss->vlan_count; i++)
		if (bss->vlans[i]->setup.id == id)
			return bss->vlans[i];
	return NULL;
}

bool ap_vlan_provide(struct ap_bss *bss, uint16_t id)
{
	bool made = ap_vlan_find(bss, id);

	if (!made && bss->setup.any_vlan)
		made = add(bss, &(struct ap_vlan){.id = id});
	return made;
}

/* The VLANs that stations have brought here go on as long as the BSS may have them. */
static bool add_others(struct ap_bss *bss, const struct ap_bss *old)
{
	for (size_t i = 0; bss->setup.any_vlan && i < old->vlan_count; i++) {
		const struct ap_vlan_group *group = old->vlans[i];

		if (group->station_count && !ap_vlan_find(bss, group->setup.id) &&
		    !add(bss, &(struct ap_vlan){.id = group->setup.id}))
			return false;
	}
	return true;
}

int ap_vlan_take_over(struct ap_bss *bss, const struct ap_bss *old)
{
	if (ap_vlan_init(bss) || !add_others(bss, old)) {
		ap_vlan_wipe(bss);
		bss->vlans = old->vlans;
		bss->vlan_count = old->vlan_count;
		bss->vlan_room = old->vlan_room;
		return -ENOMEM;
	}
	for (size_t i = 0; i < bss->vlan_count; i++) {
		struct ap_vlan_group *group = ap_vlan_find(old, bss->vlans[i]->setup.id);

		if (!group)
			continue;
		group->setup = bss->vlans[i]->setup;
		free(bss->vlans[i]);
		bss->vlans[i] = group;
	}
	return 0;
}

void ap_vlan_end_others(struct ap *ap, struct ap_bss *bss, struct ap_bss *old)
{
	for (size_t i = 0; i < old->vlan_count; i++) {
		struct ap_vlan_group *group = old->vlans[i];
		bool stays = ap_vlan_find(bss, group->setup.id) == group;

		if (group->started && !group->station_count && !(stays && group->setup.permanent))
			stop(ap, bss, group);
		if (stays)
			continue;
		crypto_wipe(group, sizeof(*group));
		free(group);
	}
	free(old->vlans);
	clear(old);
	for (size_t i = 0; ap->started && i < bss->vlan_count; i++)
		if (bss->vlans[i]->setup.permanent && !bss->vlans[i]->started)
			start(ap, bss, bss->vlans[i]);
}

void ap_vlan_start_permanent(struct ap *ap, struct ap_bss *bss)
{
	for (size_t i = 0; i < bss->vlan_count; i++) {
		bss->vlans[i]->started = false; /* the plane has removed it with the BSS */
		if (bss->vlans[i]->setup.permanent)
			start(ap, bss, bss->vlans[i]);
	}
}

void ap_vlan_leave(struct ap *ap, struct ap_sta *sta)
{
	struct ap_vlan_group *vlan = sta->vlan;

	sta->vlan = NULL;
	if (vlan && !--vlan->station_count && !vlan->setup.permanent && vlan->started)
		stop(ap, sta->bss, vlan);
}

void ap_vlan_join(struct ap *ap, struct ap_sta *sta, uint16_t id)
{
	struct ap_vlan_group *vlan = ap_vlan_find(sta->bss, id);

	if (vlan == sta->vlan)
		return;
	ap_vlan_leave(ap, sta);
	sta->vlan = vlan;
	if (!vlan)
		return;
	vlan->station_count++;
	if (!vlan->started)
		start(ap, sta->bss, vlan);
}

uint16_t ap_vlan_listed(const struct ap_bss *bss, const uint8_t *addr)
{
	const struct ap_mac_list *list = &bss->setup.accept;

	for (size_t i = 0; list->vlans && i < list->count; i++)
		if (mac_equal(list->addrs[i], addr))
			return list->vlans[i];
	return 0;
}

/*
 * A bridge sends a Null frame with four addresses right after its association, before there are keys. A driver does not tell
 * that frame from a later one, which anyone can forge, and which would cut off a station that is no bridge: with management
 * frame protection, only an authentic frame counts once the port is open.
 */
static bool may_be_forged(const struct ap_sta *sta, bool protected)
{
	return sta->mfp && sta->authorised && !protected;
}

void ap_sta_use_four_addresses(struct ap *ap, struct ap_sta *sta, bool protected)
{
	struct action *note;

	if (!sta->four_address && may_be_forged(sta, protected)) {
		if (!sta->four_address_late)
			ap_note(ap, sta->bss, NOTE_FOUR_ADDRESS_LATE, sta->entry.addr, 0);
		sta->four_address_late = true;
		return;
	}

	if (sta->four_address || sta->four_address_refused)
		return;
	sta->four_address = sta->bss->setup.four_address;
	sta->four_address_refused = !sta->four_address;
	note = ap_note(ap, sta->bss, sta->four_address ? NOTE_FOUR_ADDRESS : NOTE_FOUR_ADDRESS_REFUSED, sta->entry.addr,
		       0);
	if (!sta->four_address)
		return;
	if (note)
		snprintf(note->detail, sizeof(note->detail), "sta%u", sta->aid);
	ap_act_station(ap, sta);
}
