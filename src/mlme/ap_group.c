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

static int generate_group_keys(struct ap *ap, struct ap_bss *bss)
{
	struct rsn_suite suite = group_suite(bss);
	uint8_t random[RSN_GROUP_RANDOM_LEN];
	int err = random_bytes(&ap->random, random, sizeof(random));

	if (!err) {
		bss->previous_group = bss->group;
		rsn_group_rekey(&bss->group, &suite, random);
		bss->gtk_pn = bss->igtk_pn = 0;
	}
	crypto_wipe(random, sizeof(random));
	return err;
}

/* Has the plane install the newest keys beside the old ones. */
static void install_group_keys(struct ap *ap, struct ap_bss *bss)
{
	ap_act_key(ap, PLANE_KEY_INSTALL, bss, NULL, &bss->group.gtk);
	if (bss->group.igtk.len)
		ap_act_key(ap, PLANE_KEY_INSTALL, bss, NULL, &bss->group.igtk);
}

static void use_key(struct ap *ap, struct ap_bss *bss, const struct rsn_key *key, const struct rsn_key *previous)
{
	struct plane_action *action = key->len ? ap_act(ap, PLANE_KEY_DEFAULT, bss, NULL) : NULL;

	if (action)
		action->key = (struct plane_key){.group = true, .id = key->id};
	action = previous->len ? ap_act(ap, PLANE_KEY_REMOVE, bss, NULL) : NULL;
	if (action)
		action->key = (struct plane_key){.group = true, .id = previous->id};
}

/* Has the plane transmit under the newest keys and remove the old ones. */
static void use_new_group_keys(struct ap *ap, struct ap_bss *bss)
{
	bss->group_switch_ns = NEVER;
	use_key(ap, bss, &bss->group.gtk, &bss->previous_group.gtk);
	use_key(ap, bss, &bss->group.igtk, &bss->previous_group.igtk);
	crypto_wipe(&bss->previous_group, sizeof(bss->previous_group));
}

static void install_wep_key(struct ap *ap, struct ap_bss *bss)
{
	struct rsn_key key = {.cipher = bss->setup.wep, .len = (uint8_t)cipher_key_len(bss->setup.wep)};

	memcpy(key.bytes, bss->setup.wep_key, key.len);
	ap_act_key(ap, PLANE_KEY_INSTALL, bss, NULL, &key);
	use_key(ap, bss, &key, &(struct rsn_key){0});
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
	crypto_wipe(&bss->previous_group, sizeof(bss->previous_group)); /* the plane has removed them */
	install_group_keys(ap, bss);
	use_new_group_keys(ap, bss);
	return 0;
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
	crypto_wipe(&bss->previous_group, sizeof(bss->previous_group));
}

void ap_group_update_rsc(struct ap_bss *bss)
{
	bss->group.gtk.rsc = bss->gtk_pn;
	if (bss->group.igtk.len)
		bss->group.igtk.rsc = bss->igtk_pn;
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
