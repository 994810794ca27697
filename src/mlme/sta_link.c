/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the access point still there, and does it still know us?
 *
 *	no beacon for a while       a Null frame asks; without acknowledgement, several times, it is gone.  A radio that
 *	                            acknowledges but has stopped to beacon is given some more time
 *	nothing said for a while    a Null frame says that we are here, before the access point asks or gives us up
 *	a beacon of another kind    (its clock jumped, its protection changed: it was restarted, or somebody forges): it
 *	                            is asked, and who has forgotten us says so.  A beacon alone ends no link
 *	goodbye without protection  where PMF is in force: SA Query (11.14).  Only silence ends the link
 */
#include "mlme/sta_state.h"

#include "base/mac.h"

#include <string.h>

#define LOSS_BEACONS  7 /* chances to hear one */
#define LOSS_MIN_NS   (1 * SECOND)
#define LOSS_PATIENCE 4 /* times that, while it acknowledges */
#define KEEPALIVE_NS  (60 * SECOND)
#define FATE_NS       (2 * SECOND) /* until the radio has told the fate of a frame */
#define POLL_AGAIN_NS (200 * MS)
#define UNHEARD_MAX   5
#define LOST_MAX      5
#define SUSPECT_NS    (5 * SECOND)
#define CLOCK_JUMP_US INT64_C(1000000)
#define QUERY_NS      (201 * TU) /* dot11AssociationSAQueryRetryTimeout */
#define QUERY_MAX_NS  (1000 * TU)

uint64_t sta_link_loss_ns(const struct sta *s)
{
	unsigned listen = s->setup.power_save ? s->setup.listen_interval : 1, dtim = s->power.dtim_period;
	uint64_t ns;

	if (listen > dtim && dtim)
		listen = dtim;
	ns = (uint64_t)LOSS_BEACONS * s->link.interval_ns * (listen ? listen : 1);
	return ns > LOSS_MIN_NS ? ns : LOSS_MIN_NS;
}

static void arm(struct sta *s)
{
	uint64_t silent = s->link.heard_ns + sta_link_loss_ns(s), quiet = s->link.spoken_ns + KEEPALIVE_NS;
	uint64_t soon = s->now_ns + LOSS_MIN_NS / 2;

	silent = silent > soon ? silent : soon;
	s->due[TIMER_LINK] = silent < quiet ? silent : quiet;
}

static void set_interval(struct sta *s, uint16_t interval)
{
	s->link.interval_ns = (interval ? interval : 100) * TU;
}

void sta_link_begin(struct sta *s)
{
	s->link = (struct sta_link){.heard_ns = s->now_ns, .spoken_ns = s->now_ns, .signal16 = s->ap.signal_dbm * 16};
	set_interval(s, s->ap.interval);
	arm(s);
}

/* It does not answer any more. */
static void gone(struct sta *s, struct actions *out)
{
	sta_note(s, NOTE_SILENT, 0, out);
	sta_lost(s, REASON_INACTIVE, true, out);
}

static void poll(struct sta *s, struct actions *out)
{
	s->link.polling = true;
	s->due[TIMER_LINK] = s->now_ns + FATE_NS;
	sta_send_null(s, COOKIE_POLL, sta_power_bit(s), out);
}

static void unheard(struct sta *s, struct actions *out)
{
	s->link.polling = false;
	if (++s->link.unheard >= UNHEARD_MAX)
		gone(s, out);
	else
		s->due[TIMER_LINK] = s->now_ns + sta_jitter(s, POLL_AGAIN_NS);
}

void sta_link_timer(struct sta *s, struct actions *out)
{
	if (s->state != STA_CONNECTED)
		return;
	if (s->link.polling)
		unheard(s, out);
	else if (s->roam.step != ROAM_IDLE || sta_switch_quiet(s))
		s->due[TIMER_LINK] = s->now_ns + POLL_AGAIN_NS;
	else if (s->now_ns - s->link.heard_ns >= LOSS_PATIENCE * sta_link_loss_ns(s))
		gone(s, out);
	else
		poll(s, out);
}

void sta_link_status(struct sta *s, bool was_poll, bool acked, struct actions *out)
{
	struct sta_link *l = &s->link;

	if (acked) {
		l->spoken_ns = s->now_ns;
		l->unheard = l->lost = 0;
		l->polling = l->polling && !was_poll;
		if (!l->polling)
			arm(s);
	} else if (was_poll) {
		unheard(s, out);
	} else if (++l->lost >= LOST_MAX && !l->polling && s->roam.step == ROAM_IDLE) {
		l->lost = 0;
		poll(s, out);
	}
}

void sta_link_ask(struct sta *s, struct actions *out)
{
	if (!s->link.polling && s->roam.step == ROAM_IDLE && !sta_switch_quiet(s))
		poll(s, out);
}

void sta_link_suspect(struct sta *s, struct actions *out)
{
	if (s->link.suspect_ns && s->now_ns - s->link.suspect_ns < SUSPECT_NS)
		return;
	s->link.suspect_ns = s->now_ns;
	if (s->peer.mfp)
		sta_sa_query(s, out);
	else
		sta_link_ask(s, out);
}

static bool same(struct span a, const uint8_t *b, size_t len)
{
	return a.len == len && (!len || memcmp(a.bytes, b, len) == 0);
}

/* Is it what our access point would not send? */
static bool is_suspicious(const struct sta *s, const struct mgmt *m)
{
	const struct sta_link *l = &s->link;
	int64_t passed = (int64_t)(s->now_ns - l->beacon_ns) / 1000, jump = (int64_t)(m->tsf - l->tsf) - passed;

	if (l->beacon_ns && (jump > CLOCK_JUMP_US || jump < -CLOCK_JUMP_US))
		return true;
	return !same(m->rsn, s->ap.rsn, s->ap.rsn_len) || !same(m->wpa, s->ap.wpa, s->ap.wpa_len);
}

void sta_link_beacon(struct sta *s, const struct mgmt *m, const struct frame_meta *meta, struct actions *out)
{
	struct sta_link *l = &s->link;
	bool suspicious = is_suspicious(s, m);

	l->heard_ns = s->now_ns;
	l->beacon_ns = s->now_ns;
	l->tsf = m->tsf;
	l->signal16 += (meta->signal_dbm * 16 - l->signal16) / 4;
	set_interval(s, m->interval);
	if (!l->polling)
		arm(s);
	if (m->subtype == MGMT_BEACON)
		sta_power_beacon(s, m, out);
	if (suspicious)
		sta_link_suspect(s, out);
	else
		sta_switch_beacon(s, m, meta->freq_mhz, out);
}

static void send_query(struct sta *s, uint8_t action, const uint8_t id[2], struct actions *out)
{
	struct frame *f = mgmt_new(MGMT_ACTION, s->ap.bssid, s->setup.addr, s->ap.bssid);
	uint8_t body[4] = {ACTION_CATEGORY_SA_QUERY, action, id[0], id[1]};

	if (f && mgmt_put(f, body, sizeof body)) {
		frame_free(f);
		f = NULL;
	}
	sta_power_active(s, out);
	sta_send_management(s, f, COOKIE_DATA, out);
}

static void ask(struct sta *s, struct actions *out)
{
	uint8_t id[2];

	put_le16(id, s->link.query);
	s->due[TIMER_SA_QUERY] = s->now_ns + QUERY_NS;
	send_query(s, SA_QUERY_REQUEST, id, out);
}

void sta_sa_query(struct sta *s, struct actions *out)
{
	if (s->state != STA_CONNECTED || !s->peer.mfp || s->link.query_since_ns)
		return;
	s->link.query_since_ns = s->now_ns;
	random_bytes(&s->random, &s->link.query, sizeof s->link.query);
	sta_note(s, NOTE_SA_QUERY, 0, out);
	ask(s, out);
}

void sta_sa_query_timer(struct sta *s, struct actions *out)
{
	if (s->state != STA_CONNECTED || !s->link.query_since_ns)
		return;
	if (s->now_ns - s->link.query_since_ns < QUERY_MAX_NS)
		ask(s, out);
	else
		sta_lost(s, REASON_CLASS_3, false, out);
}

/* A protected one, from our access point. */
void sta_sa_query_frame(struct sta *s, const struct mgmt *m, struct actions *out)
{
	if (m->body.len < 2) {
		sta_drop(s, DROP_TRUNCATED, m->sa, out);
	} else if (m->action == SA_QUERY_REQUEST) {
		send_query(s, SA_QUERY_RESPONSE, m->body.bytes, out);
	} else if (m->action == SA_QUERY_RESPONSE && s->link.query_since_ns && le16(m->body.bytes) == s->link.query) {
		s->link.query_since_ns = 0;
		s->due[TIMER_SA_QUERY] = NEVER;
	} else {
		sta_drop(s, DROP_MGMT_UNEXPECTED, m->sa, out);
	}
}
