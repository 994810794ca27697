/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Group keys. A group rekey distributes the new keys to all stations before the access point transmits under them
 * (12.7.7): no station that answers loses a group frame. Meanwhile receivers hold both keys, under different key ids. A
 * station that joins meanwhile gets the new keys only, so AP_GROUP_SWITCH_NS bounds the wait for silent and dozing ones.
 */
#include "mlme/ap_state.h"

static struct rsn_suite group_suite(const struct ap_bss *bss)
{
	return (struct rsn_suite){.group = bss->setup.group,
				  .group_management = bss->setup.pmf ? bss->setup.group_mgmt : CIPHER_NONE};
}

static int set_group_key(struct ap *ap, struct ap_bss *bss, const struct rsn_key *key)
{
	struct key_params params = {.id = key->id, .authenticator = true};

	return key->len ? group_keys_set(&bss->group_keys, ap->crypto, key->cipher, key->bytes, key->len, params, false)
			: 0;
}

/* Installs new keys beside the old ones. */
static int generate_group_keys(struct ap *ap, struct ap_bss *bss)
{
	struct rsn_suite suite = group_suite(bss);
	struct rsn_group next = bss->group;
	uint8_t random[RSN_GROUP_RANDOM_LEN];
	int err = random_bytes(&ap->random, random, sizeof(random));

	if (!err) {
		rsn_group_rekey(&next, &suite, random);
		err = set_group_key(ap, bss, &next.gtk);
	}
	if (!err)
		err = set_group_key(ap, bss, &next.igtk);
	if (!err)
		bss->group = next;
	crypto_wipe(random, sizeof(random));
	crypto_wipe(&next, sizeof(next));
	return err;
}

/* Transmits under the newest keys and wipes the old ones. */
static void use_new_group_keys(struct ap_bss *bss)
{
	bss->group_switch_ns = NEVER;
	bss->group_keys.gtk_id = bss->group.gtk.id;
	bss->group_keys.igtk_id = bss->group.igtk.id;
	for (uint8_t id = 0; id < 4; id++)
		if (id != bss->group_keys.gtk_id)
			key_wipe(&bss->group_keys.gtk[id]);
	for (uint8_t id = 4; id < 6; id++)
		if (id != bss->group_keys.igtk_id)
			key_wipe(&bss->group_keys.igtk[id - 4]);
}

int ap_group_init(struct ap *ap, struct ap_bss *bss)
{
	struct key_params params = {0};
	int err;

	if (bss->setup.wep != CIPHER_NONE)
		return group_keys_set(&bss->group_keys, ap->crypto, bss->setup.wep, bss->setup.wep_key,
				      cipher_key_len(bss->setup.wep), params, true);
	if (!bss->protected)
		return 0;
	err = generate_group_keys(ap, bss);
	if (!err)
		use_new_group_keys(bss);
	return err;
}

void ap_group_update_rsc(struct ap_bss *bss)
{
	bss->group.gtk.rsc = PN_MAX - key_pn_remaining(&bss->group_keys.gtk[bss->group.gtk.id]);
	if (bss->group.igtk.len)
		bss->group.igtk.rsc = PN_MAX - key_pn_remaining(&bss->group_keys.igtk[bss->group.igtk.id - 4]);
}

bool ap_group_begin_rekey(struct ap *ap, struct ap_bss *bss)
{
	uint32_t interval_s = bss->setup.group_rekey_s;

	if (bss->group_switch_ns != NEVER || generate_group_keys(ap, bss)) {
		bss->group_rekey_ns = ap->now_ns + SECOND;
		return false;
	}
	bss->group_rekey_ns = interval_s ? ap->now_ns + interval_s * SECOND : NEVER;
	bss->group_switch_ns = ap->now_ns + AP_GROUP_SWITCH_NS;
	for (size_t i = 0; i < ap->associated_count; i++) {
		struct ap_sta *sta = ap->associated[i];

		if (sta->bss == bss && sta->peer.authorised && !sta->group_rekey_pending) {
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
	ap_flush(ap);
	use_new_group_keys(bss);
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
