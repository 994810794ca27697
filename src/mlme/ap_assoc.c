/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Association and reassociation (IEEE 802.11-2016 11.3.5).  First everything that the request says is looked at, and
 * nothing is changed; what comes of that is a status code, or the terms of the association.  Only then an association
 * that there was gives way; where its management frames are protected, not before SA Query has shown that nobody is
 * behind it any more (11.14): its station, if it is there, goes on undisturbed.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <string.h>

struct terms {
	struct rsn_suite suite; /* where the network is protected */
	struct rsn_element element;
	struct span bytes; /* of it */
	bool mfp, qos;
};

/* An RSN or WPA element that rsn_parse() refuses: is it of another version, or cut? */
static enum status_code why_refused(struct span element, bool wpa)
{
	size_t at = wpa ? 6 : 2;

	return element.len >= at + 2 && le16(element.bytes + at) != 1 ? STATUS_RSN_VERSION : STATUS_INVALID_ELEMENT;
}

/* Which of the two the request is for. */
static bool pick_element(const struct ap_bss *b, const struct mgmt *m, struct terms *t)
{
	if (b->rsn_len && m->rsn.bytes)
		t->bytes = m->rsn;
	else if (b->wpa_len && m->wpa.bytes)
		t->bytes = m->wpa;
	return t->bytes.bytes;
}

static bool is_one_of(uint32_t choice, uint32_t offered)
{
	return choice && !(choice & (choice - 1)) && (choice & offered);
}

static enum status_code check_pmf(const struct ap_bss *b, struct terms *t)
{
	const struct rsn_element *e = &t->element;
	bool capable = !e->wpa && (e->capabilities & RSN_MFPC), required = capable && (e->capabilities & RSN_MFPR);

	t->mfp = b->setup.pmf && capable;
	t->suite.management = t->mfp ? b->setup.group_mgmt : CIPHERS;
	if ((b->setup.pmf == 2 && !capable) || (required && !b->setup.pmf))
		return STATUS_POLICY;
	if (t->mfp && e->management != b->setup.group_mgmt)
		return STATUS_CIPHER_POLICY;
	/* TKIP cannot protect management frames. */
	return t->mfp && t->suite.pairwise == CIPHER_TKIP ? STATUS_POLICY : STATUS_SUCCESS;
}

static enum status_code check_suites(const struct ap *a, const struct ap_bss *b, const struct mgmt *m, struct terms *t)
{
	const struct ap_bss_setup *s = &b->setup;
	struct rsn_element *e = &t->element;
	enum status_code status;
	bool wpa;

	if (!pick_element(b, m, t))
		return STATUS_INVALID_ELEMENT;
	wpa = t->bytes.bytes[0] != EID_RSN;
	if (rsn_parse(e, t->bytes))
		return why_refused(t->bytes, wpa);
	if (e->group != s->group)
		return STATUS_GROUP_CIPHER;
	if (!is_one_of(e->pairwise, wpa ? s->wpa_pairwise : s->rsn_pairwise))
		return STATUS_PAIRWISE_CIPHER;
	if (!is_one_of(e->akms, wpa ? 1u << AKM_PSK : s->akms))
		return STATUS_AKM;
	t->suite = (struct rsn_suite){.wpa = wpa, .group = s->group};
	t->suite.pairwise = (enum cipher)__builtin_ctz(e->pairwise);
	t->suite.akm = (enum akm)__builtin_ctz(e->akms);
	status = check_pmf(b, t);
	if (!status && countermeasures_active(&b->countermeasures, a->now_ns) && countermeasures_concern(&t->suite))
		return STATUS_CIPHER_POLICY;
	return status;
}

static enum status_code check(const struct ap *a, const struct ap_bss *b, const struct ap_sta *s, const struct mgmt *m,
			      struct terms *t)
{
	*t = (struct terms){.suite.management = CIPHERS, .qos = b->setup.wmm && m->wmm};
	if (ap_is_listed_out(b, m->sa))
		return STATUS_UNSPECIFIED;
	if (!m->ssid.bytes || m->ssid.len != b->setup.ssid_len ||
	    memcmp(m->ssid.bytes, b->setup.ssid, b->setup.ssid_len) != 0)
		return STATUS_UNSPECIFIED;
	if (!(m->capability & CAPABILITY_ESS))
		return STATUS_CAPABILITIES;
	if (!ap_bss_has_basic_rates(a, m))
		return STATUS_RATES;
	if (!s->associated && b->stations >= b->setup.max_stations)
		return STATUS_AP_FULL;
	return b->protected ? check_suites(a, b, m, t) : STATUS_SUCCESS;
}

/* With status 30: when to come again, in TU (9.4.2.49). */
static bool put_comeback(struct frame *f, uint32_t tu)
{
	uint8_t body[5] = {3};

	put_le32(body + 1, tu);
	return !mgmt_put_element(f, EID_TIMEOUT_INTERVAL, body, sizeof body);
}

static void answer(struct ap *a, struct ap_sta *s, const struct mgmt *m, enum status_code status, uint32_t tu)
{
	struct ap_bss *b = s->bss;
	enum mgmt_subtype subtype = m->subtype == MGMT_ASSOC_REQUEST ? MGMT_ASSOC_RESPONSE : MGMT_REASSOC_RESPONSE;
	struct frame *f = mgmt_new(subtype, m->sa, b->setup.bssid, b->setup.bssid);
	bool ok = f && !mgmt_put16(f, ap_bss_capability(b)) && !mgmt_put16(f, (uint16_t)status) &&
		  !mgmt_put16(f, status ? 0 : 0xc000 | s->aid) && ap_bss_put_rates(a, f) &&
		  (status != STATUS_REFUSED_TEMPORARILY || put_comeback(f, tu)) &&
		  (status || !s->peer.qos || ap_bss_put_wmm(f));

	if (!ok) {
		frame_free(f);
		f = NULL;
	}
	ap_send_management(a, b, s, f, status ? 0 : ap_sta_cookie(s, AP_COOKIE_RESPONSE));
}

static void refuse(struct ap *a, struct ap_sta *s, const struct mgmt *m, enum status_code status)
{
	enum note n = status == STATUS_AP_FULL                 ? NOTE_REJECTED_FULL
		      : ap_is_listed_out(s->bss, s->peer.addr) ? NOTE_REJECTED_LIST
							       : NOTE_REJECTED;

	ap_note(a, s->bss, n, s->peer.addr, (uint16_t)status);
	answer(a, s, m, status, 0);
}

/* From here on the station is associated anew, whatever was before. */
static enum status_code agree(struct ap *a, struct ap_sta *s, const struct mgmt *m, const struct terms *t)
{
	struct ap_bss *b = s->bss;
	uint8_t addr[6];

	mac_copy(addr, s->peer.addr);
	if (s->associated)
		ap_sta_disassociate(a, s, REASON_UNSPECIFIED);
	if (ap_sta_associate(a, s))
		return STATUS_AP_FULL;
	peer_init(&s->peer, true, b->setup.bssid, addr, b->setup.bssid, &b->keys);
	s->peer.qos = t->qos;
	s->peer.mfp = t->mfp;
	s->peer.rsn = b->protected;
	s->peer.fragment = a->setup.fragment;
	s->listen = m->interval;
	s->heard_ns = a->now_ns;
	s->poll_ns = b->setup.max_inactivity_s ? a->now_ns + b->setup.max_inactivity_s * AP_SECOND : 0;
	if (!b->protected)
		return STATUS_SUCCESS;
	s->handshake_ns = a->now_ns + AP_RESPONSE_NS;
	return ap_keys_setup(a, s, &t->suite, t->bytes, t->element.pmkids) ? STATUS_UNSPECIFIED : STATUS_SUCCESS;
}

void ap_assoc(struct ap *a, struct ap_bss *b, struct ap_sta *s, const struct mgmt *m)
{
	struct terms t;
	enum status_code status = check(a, b, s, m, &t);

	if (status) {
		refuse(a, s, m, status);
		return;
	}
	if (s->associated && s->peer.mfp && s->auth.keyed && !s->query_failed) {
		answer(a, s, m, STATUS_REFUSED_TEMPORARILY, ap_query_begin(a, s));
		return;
	}
	status = agree(a, s, m, &t);
	if (status) {
		refuse(a, s, m, status);
		ap_sta_leave(a, s, REASON_UNSPECIFIED);
		return;
	}
	ap_note(a, b, NOTE_ASSOCIATED, s->peer.addr, 0);
	answer(a, s, m, STATUS_SUCCESS, 0);
	if (!b->protected)
		ap_keys_open_port(a, s);
	ap_sta_schedule(a, s);
}
