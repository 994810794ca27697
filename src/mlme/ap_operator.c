/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the operator may want of the access point while it runs, and what he may see. */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <string.h>

static struct ap_sta *associated(struct ap *a, unsigned bss, const uint8_t *addr)
{
	struct ap_sta *s = bss < a->setup.bss_count ? ap_sta_find(a, &a->bss[bss], addr) : NULL;

	return s && s->associated ? s : NULL;
}

bool ap_deauthenticate(struct ap *a, unsigned bss, const uint8_t addr[6], uint16_t reason, uint64_t now_ns,
		       struct actions *out)
{
	struct ap_sta *s = bss < a->setup.bss_count ? ap_sta_find(a, &a->bss[bss], addr) : NULL;

	if (!s)
		return false;
	ap_begin(a, now_ns, out);
	ap_sta_expel(a, s, MGMT_DEAUTH, reason);
	ap_end(a);
	return true;
}

bool ap_disassociate(struct ap *a, unsigned bss, const uint8_t addr[6], uint16_t reason, uint64_t now_ns,
		     struct actions *out)
{
	struct ap_sta *s = associated(a, bss, addr);

	if (!s)
		return false;
	ap_begin(a, now_ns, out);
	ap_sta_expel(a, s, MGMT_DISASSOC, reason);
	ap_end(a);
	return true;
}

bool ap_poll(struct ap *a, unsigned bss, const uint8_t addr[6], uint64_t now_ns, struct actions *out)
{
	struct ap_sta *s = associated(a, bss, addr);

	if (!s)
		return false;
	ap_begin(a, now_ns, out);
	if (!s->polls)
		ap_poll_begin(a, s);
	ap_end(a);
	return true;
}

void ap_rekey_group(struct ap *a, unsigned bss, uint64_t now_ns, struct actions *out)
{
	ap_begin(a, now_ns, out);
	if (bss < a->setup.bss_count && a->bss[bss].protected)
		ap_keys_group(a, &a->bss[bss]);
	ap_end(a);
}

void ap_set_lists(struct ap *a, unsigned bss, bool accept_listed_only, struct ap_list accept, struct ap_list deny,
		  uint64_t now_ns, struct actions *out)
{
	struct ap_bss *b = &a->bss[bss];

	ap_begin(a, now_ns, out);
	b->setup.accept_listed_only = accept_listed_only;
	b->setup.accept = accept;
	b->setup.deny = deny;
	/* From the end: who is expelled gives its place to the last one, which has been looked at. */
	for (size_t i = a->associated_count; i--;)
		if (a->associated[i]->bss == b && ap_is_listed_out(b, a->associated[i]->peer.addr))
			ap_sta_expel(a, a->associated[i], MGMT_DEAUTH, REASON_UNSPECIFIED);
	ap_end(a);
}

/* ---- what there is to see ---- */

static void show(const struct ap_sta *s, struct ap_station *v)
{
	const struct ap_bss *b = s->bss;

	*v = (struct ap_station){.bss = b->index,
				 .aid = s->aid,
				 .authorised = s->peer.authorised,
				 .dozing = s->dozing,
				 .qos = s->peer.qos,
				 .mfp = s->peer.mfp,
				 .pairwise = b->protected ? s->auth.setup.suite.pairwise : b->setup.wep,
				 .connected_ns = s->since_ns,
				 .heard_ns = s->heard_ns,
				 .rx_frames = s->rx_frames,
				 .rx_bytes = s->rx_bytes,
				 .tx_frames = s->tx_frames,
				 .tx_bytes = s->tx_bytes,
				 .tx_lost = s->tx_lost,
				 .signal_dbm = s->signal_dbm};
	mac_copy(v->addr, s->peer.addr);
	if (b->protected && s->auth.authorised)
		memcpy(v->keyid, ap_keys_id(s), sizeof v->keyid);
}

bool ap_station(const struct ap *a, size_t i, struct ap_station *s)
{
	if (i >= a->associated_count)
		return false;
	show(a->associated[i], s);
	return true;
}

bool ap_station_of(const struct ap *a, unsigned bss, const uint8_t addr[6], struct ap_station *s)
{
	const struct ap_sta *found = bss < a->setup.bss_count ? ap_sta_find(a, &a->bss[bss], addr) : NULL;

	if (!found || !found->associated)
		return false;
	show(found, s);
	return true;
}

const uint64_t *ap_drops(const struct ap *a)
{
	return a->drops;
}

size_t ap_station_size(void)
{
	return sizeof(struct ap_sta);
}
