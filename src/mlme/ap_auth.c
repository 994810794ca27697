/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication (IEEE 802.11-2016 11.3.4): open system, also in networks that WEP protects; the lists of addresses;
 * and what is told to those who send more than their state allows (11.3.3).
 *
 * An authentication changes nothing for a station that is associated: what is behind it may be a forger, and the real
 * one goes on as before until somebody can also associate in its place.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

static bool lists(const struct ap_list *l, const uint8_t *addr)
{
	for (size_t i = 0; i < l->count; i++)
		if (mac_equal(l->addr[i], addr))
			return true;
	return false;
}

/* Deny comes before accept. */
bool ap_is_listed_out(const struct ap_bss *b, const uint8_t *addr)
{
	const struct ap_bss_setup *s = &b->setup;

	return lists(&s->deny, addr) || (s->accept_listed_only && !lists(&s->accept, addr));
}

static void answer(struct ap *a, struct ap_bss *b, const struct mgmt *m, uint16_t status)
{
	struct frame *f = mgmt_new(MGMT_AUTH, m->sa, b->setup.bssid, b->setup.bssid);

	if (f && (mgmt_put16(f, m->algorithm) || mgmt_put16(f, (uint16_t)(m->sequence + 1)) || mgmt_put16(f, status))) {
		frame_free(f);
		f = NULL;
	}
	ap_send_management(a, b, NULL, f, 0);
}

static uint16_t decide(struct ap *a, struct ap_bss *b, struct ap_sta *s, const struct mgmt *m)
{
	if (ap_is_listed_out(b, m->sa)) {
		ap_note(a, b, NOTE_REJECTED_LIST, m->sa, STATUS_UNSPECIFIED);
		return STATUS_UNSPECIFIED;
	}
	if (m->algorithm != AUTH_OPEN)
		return STATUS_AUTH_ALGORITHM;
	if (m->sequence != 1)
		return STATUS_AUTH_SEQUENCE;
	if (!(s && s->associated) && b->stations >= b->setup.max_stations) {
		ap_note(a, b, NOTE_REJECTED_FULL, m->sa, STATUS_AP_FULL);
		return STATUS_AP_FULL;
	}
	return STATUS_SUCCESS;
}

void ap_auth(struct ap *a, struct ap_bss *b, struct ap_sta *s, const struct mgmt *m)
{
	uint16_t status = decide(a, b, s, m);

	if (!status && !s) {
		s = ap_sta_new(a, b, m->sa);
		if (s)
			ap_note(a, b, NOTE_AUTHENTICATED, m->sa, 0);
		else
			status = STATUS_UNSPECIFIED;
	}
	if (!status && !s->associated) {
		s->since_ns = a->now_ns;
		ap_sta_schedule(a, s);
	}
	answer(a, b, m, status);
}

struct frame *ap_reason_frame(struct ap_bss *b, const uint8_t *to, enum mgmt_subtype subtype, uint16_t reason)
{
	struct frame *f = mgmt_new(subtype, to, b->setup.bssid, b->setup.bssid);

	if (f && mgmt_put16(f, reason)) {
		frame_free(f);
		return NULL;
	}
	return f;
}

/* A flood of frames that are wrong does not make us flood: a bucket of tokens, for all together. */
static bool may_answer(struct ap *a)
{
	uint64_t more = (a->now_ns - a->class_ns) / AP_CLASS_NS;

	a->class_ns += more * AP_CLASS_NS;
	a->class_tokens = more > AP_CLASS_BURST - a->class_tokens ? AP_CLASS_BURST : a->class_tokens + (unsigned)more;
	if (!a->class_tokens)
		return false;
	a->class_tokens--;
	return true;
}

/* Deauthentication for who is not authenticated, disassociation for who is but is not associated. */
void ap_class_error(struct ap *a, struct ap_bss *b, struct ap_sta *s, const uint8_t *addr, uint16_t reason)
{
	if (!may_answer(a))
		return;
	ap_send_management(a, b, NULL, ap_reason_frame(b, addr, s ? MGMT_DISASSOC : MGMT_DEAUTH, reason), 0);
}

void ap_return_action(struct ap *a, struct ap_bss *b, struct ap_sta *s, const struct mgmt *m)
{
	if (!mgmt_is_returned(m) || !may_answer(a))
		return;
	if (!s || !s->dozing)
		ap_send_management(a, b, s, mgmt_return(m), 0);
	else if (!s->mgmt_waits) /* what we have to say to it ourselves comes first */
		ap_power_keep_management(a, s, mgmt_return(m));
}
