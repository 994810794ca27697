/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Group keys. A group rekey distributes the new keys to all stations before the access point transmits under them
 * (12.7.7): no station that answers loses a group frame. Meanwhile receivers hold both keys, under different key ids. A
 * station that joins meanwhile gets the new keys only, so AP_GROUP_SWITCH_NS bounds the wait for silent and dozing ones.
 */
#include "mlme/ap_state.h"

#include <string.h>

static struct rsn_suite group_suite(const struct ap_bss *bss)
{
	return (struct rsn_suite){.group = bss->setup.group,
				  .group_management = bss->setup.pmf ? bss->setup.group_mgmt : CIPHER_NONE};
}

static int generate_vlan_key(struct ap *ap, struct ap_bss *bss, struct ap_vlan_group *vlan)
{
	struct rsn_suite suite = {.group = bss->setup.group, .group_management = CIPHER_NONE};
	uint8_t random[RSN_GROUP_RANDOM_LEN];
	int err = random_bytes(&ap->random, random, sizeof(random));

	if (!err) {
		vlan->previous_group = vlan->group;
		rsn_group_rekey(&vlan->group, &suite, random);
		vlan->group.igtk = bss->group.igtk;
		vlan->group.bigtk = bss->group.bigtk;
		vlan->group.generation = bss->group.generation;
		vlan->gtk_pn = 0;
	}
	crypto_wipe(random, sizeof(random));
	return err;
}

static int generate_group_keys(struct ap *ap, struct ap_bss *bss)
{
	struct rsn_suite suite = group_suite(bss);
	uint8_t random[RSN_GROUP_RANDOM_LEN];
	int err = random_bytes(&ap->random, random, sizeof(random));

	if (!err) {
		bss->previous_group = bss->group;
		bss->group.protects_beacons = ap_bss_protects_beacons(bss);
		rsn_group_rekey(&bss->group, &suite, random);
		bss->gtk_pn = bss->igtk_pn = bss->bigtk_pn = 0;
	}
	for (size_t i = 0; !err && i < bss->vlan_count; i++)
		err = generate_vlan_key(ap, bss, bss->vlans[i]);
	crypto_wipe(random, sizeof(random));
	return err;
}

static void install_vlan_key(struct ap *ap, struct ap_bss *bss, struct ap_vlan_group *vlan)
{
	if (ap_act_key(ap, PLANE_KEY_INSTALL, bss, NULL, &vlan->group.gtk))
		ap->out->list[ap->out->count - 1].key.vlan = vlan->setup.id;
}

/* Has the plane install the newest keys beside the old ones. */
static void install_group_keys(struct ap *ap, struct ap_bss *bss)
{
	for (size_t i = 0; i < bss->vlan_count; i++)
		if (bss->vlans[i]->started)
			install_vlan_key(ap, bss, bss->vlans[i]);
	ap_act_key(ap, PLANE_KEY_INSTALL, bss, NULL, &bss->group.gtk);
	if (bss->group.igtk.len)
		ap_act_key(ap, PLANE_KEY_INSTALL, bss, NULL, &bss->group.igtk);
	if (bss->group.bigtk.len)
		ap_act_key(ap, PLANE_KEY_INSTALL, bss, NULL, &bss->group.bigtk);
}

static void use_key(struct ap *ap, struct ap_bss *bss, uint16_t vlan, const struct rsn_key *key,
		    const struct rsn_key *previous)
{
	struct plane_action *action = key->len ? ap_act(ap, PLANE_KEY_DEFAULT, bss, NULL) : NULL;

	if (action)
		action->key = (struct plane_key){.group = true, .vlan = vlan, .id = key->id};
	action = previous->len ? ap_act(ap, PLANE_KEY_REMOVE, bss, NULL) : NULL;
	if (action)
		action->key = (struct plane_key){.group = true, .vlan = vlan, .id = previous->id};
}

static void forget_previous_keys(struct ap_bss *bss)
{
	crypto_wipe(&bss->previous_group, sizeof(bss->previous_group));
	for (size_t i = 0; i < bss->vlan_count; i++)
		crypto_wipe(&bss->vlans[i]->previous_group, sizeof(bss->vlans[i]->previous_group));
}

/* Has the plane transmit under the newest keys and remove the old ones. */
static void use_new_group_keys(struct ap *ap, struct ap_bss *bss)
{
	bss->group_switch_ns = NEVER;
	use_key(ap, bss, 0, &bss->group.gtk, &bss->previous_group.gtk);
	use_key(ap, bss, 0, &bss->group.igtk, &bss->previous_group.igtk);
	use_key(ap, bss, 0, &bss->group.bigtk, &bss->previous_group.bigtk);
	for (size_t i = 0; i < bss->vlan_count; i++)
		if (bss->vlans[i]->started)
			use_key(ap, bss, bss->vlans[i]->setup.id, &bss->vlans[i]->group.gtk,
				&bss->vlans[i]->previous_group.gtk);
	forget_previous_keys(bss);
}

/* The plane begins with packet number 0: under the key of an earlier start, numbers would be used twice. */
bool ap_group_start_vlan(struct ap *ap, struct ap_bss *bss, struct ap_vlan_group *vlan)
{
	if (!bss->protected)
		return true;
	if (generate_vlan_key(ap, bss, vlan))
		return false;
	vlan->group.gtk.id = bss->group.gtk.id;
	install_vlan_key(ap, bss, vlan);
	use_key(ap, bss, vlan->setup.id, &vlan->group.gtk, &(struct rsn_key){0});
	crypto_wipe(&vlan->previous_group, sizeof(vlan->previous_group)); /* nobody has it */
	return true;
}

static void install_wep_key(struct ap *ap, struct ap_bss *bss)
{
	struct rsn_key key = {.cipher = bss->setup.wep, .len = (uint8_t)cipher_key_len(bss->setup.wep)};

	memcpy(key.bytes, bss->setup.wep_key, key.len);
	ap_act_key(ap, PLANE_KEY_INSTALL, bss, NULL, &key);
	use_key(ap, bss, 0, &key, &(struct rsn_key){0});
	crypto_wipe(&key, sizeof(key));
}

int ap_group_init(struct ap *ap, struct ap_bss *bss)
{
	bss->group_is_fresh = true;
	return bss->protected ? generate_group_keys(ap, bss) : 0;
}

int ap_group_start(struct ap *ap, struct ap_bss *bss)
{
	int err = 0;

	if (bss->setup.wep != CIPHER_NONE)
		install_wep_key(ap, bss);
	if (!bss->protected)
		return 0;
	if (!bss->group_is_fresh)
		err = generate_group_keys(ap, bss);
	if (err)
		return err;
	bss->group_is_fresh = false;
	forget_previous_keys(bss); /* the plane has removed them */
	install_group_keys(ap, bss);
	use_new_group_keys(ap, bss);
	return 0;
}

/* A VLAN that was started meanwhile has only its new key. */
static void restore_vlan_key(const struct ap_bss *bss, struct ap_vlan_group *vlan)
{
	if (vlan->previous_group.gtk.len)
		vlan->group = vlan->previous_group;
	vlan->group.igtk = bss->group.igtk;
	vlan->group.bigtk = bss->group.bigtk;
	vlan->group.generation = bss->group.generation;
}

/* The present keys, under which the plane goes on sending, are those of the handshakes again. */
void ap_group_abort(struct ap *ap, struct ap_bss *bss)
{
	unsigned generation = bss->group.generation;

	bss->group_rekey_ns = ap->now_ns + SECOND;
	if (bss->group_switch_ns == NEVER || !bss->previous_group.gtk.len)
		return;
	bss->group_switch_ns = NEVER;
	bss->group_pending_count = 0;
	for (size_t i = 0; i < ap->associated_count; i++)
		if (ap->associated[i]->bss == bss)
			ap->associated[i]->group_rekey_pending = false;
	bss->group = bss->previous_group;
	bss->group.generation = generation + 1;
	for (size_t i = 0; i < bss->vlan_count; i++)
		restore_vlan_key(bss, bss->vlans[i]);
	forget_previous_keys(bss);
}

void ap_group_update_rsc(struct ap_bss *bss)
{
	bss->group.gtk.rsc = bss->gtk_pn;
	if (bss->group.igtk.len)
		bss->group.igtk.rsc = bss->igtk_pn;
	if (bss->group.bigtk.len)
		bss->group.bigtk.rsc = bss->bigtk_pn;
	for (size_t i = 0; i < bss->vlan_count; i++) {
		bss->vlans[i]->group.gtk.rsc = bss->vlans[i]->gtk_pn;
		bss->vlans[i]->group.igtk.rsc = bss->group.igtk.rsc;
		bss->vlans[i]->group.bigtk.rsc = bss->group.bigtk.rsc;
	}
}

bool ap_group_begin_rekey(struct ap *ap, struct ap_bss *bss)
{
	uint32_t interval_s = bss->setup.group_rekey_s;

	if (bss->group_switch_ns != NEVER || generate_group_keys(ap, bss)) {
		bss->group_rekey_ns = ap->now_ns + SECOND;
		return false;
	}
	install_group_keys(ap, bss);
	bss->group_rekey_ns = interval_s ? ap->now_ns + interval_s * SECOND : NEVER;
	bss->group_switch_ns = ap->now_ns + AP_GROUP_SWITCH_NS;
	for (size_t i = 0; i < ap->associated_count; i++) {
		struct ap_sta *sta = ap->associated[i];

		if (sta->bss == bss && sta->authorised && !sta->group_rekey_pending) {
			sta->group_rekey_pending = true;
			bss->group_pending_count++;
		}
	}
	if (!bss->group_pending_count)
		ap_group_switch(ap, bss);
	return true;
}

void ap_group_switch(struct ap *ap, struct ap_bss *bss)
{
	use_new_group_keys(ap, bss);
	ap_note(ap, bss, NOTE_GROUP_REKEYED, bss->setup.bssid, 0);
}

void ap_group_delivered(struct ap *ap, struct ap_sta *sta)
{
	struct ap_bss *bss = sta->bss;

	if (!sta->group_rekey_pending)
		return;
	sta->group_rekey_pending = false;
	if (!--bss->group_pending_count && bss->group_switch_ns != NEVER)
		ap_group_switch(ap, bss);
}
