/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/dfs.h"

#include "wire/mgmt.h"

#include <inttypes.h>
#include <stdio.h>

#define SECOND      UINT64_C(1000000000)
#define MS          UINT64_C(1000000)
#define NEVER       NL80211_DFS_NEVER
#define ABORT_NS    (1 * SECOND)  /* after CAC_ABORTED a radar may be reported as its reason */
#define REFUSED_NS  (10 * SECOND) /* before the next attempt */
#define LATE_NS     (10 * SECOND) /* CAC_FINISHED is later than this: it was lost */
#define PROGRESS_NS (15 * SECOND)
#define LONG_CAC_NS (120 * SECOND)

/* ---- steps ---- */

static struct nl80211_dfs_step *add(struct nl80211_dfs_steps *out, enum nl80211_dfs_kind kind,
				    const struct plane_channel *channel)
{
	struct nl80211_dfs_step *step =
		&out->list[out->count < NL80211_DFS_STEPS ? out->count++ : NL80211_DFS_STEPS - 1];

	*step = (struct nl80211_dfs_step){.kind = kind, .channel = *channel};
	return step;
}

static void note(struct nl80211_dfs_steps *out, enum nl80211_dfs_note note, const struct plane_channel *channel,
		 uint64_t remaining_ns)
{
	struct nl80211_dfs_step *step = add(out, NL80211_DFS_NOTE, channel);

	step->note = note;
	step->remaining_ns = remaining_ns;
}

/* ---- channels ---- */

static struct nl80211_dfs_part *find_part(struct nl80211_dfs *dfs, uint16_t freq_mhz)
{
	for (size_t i = 0; i < dfs->part_count; i++)
		if (dfs->parts[i].freq_mhz == freq_mhz)
			return &dfs->parts[i];
	return NULL;
}

struct state {
	bool radar;       /* a part needs radar detection */
	bool available;   /* all of these were listened to */
	bool unavailable; /* radar was detected on one */
	uint32_t cac_ms;
};

static struct state state_of(const struct nl80211_dfs *dfs, const struct plane_channel *channel, uint64_t now_ns)
{
	struct state state = {.available = true};
	uint16_t freqs[NL80211_AP_PARTS_MAX];
	size_t count = nl80211_ap_channel_parts(channel, freqs);

	for (size_t i = 0; i < count; i++) {
		const struct nl80211_dfs_part *part = find_part((struct nl80211_dfs *)dfs, freqs[i]);

		if (!part)
			continue;
		state.radar = true;
		state.available &= part->available;
		state.unavailable |= part->unavailable_ns > now_ns;
		state.cac_ms = part->cac_ms > state.cac_ms ? part->cac_ms : state.cac_ms;
	}
	return state;
}

bool nl80211_dfs_may_use(const struct nl80211_dfs *dfs, const struct plane_channel *channel, uint64_t now_ns)
{
	struct state state = state_of(dfs, channel, now_ns);

	return !state.unavailable && state.available;
}

bool nl80211_dfs_may_listen(const struct nl80211_dfs *dfs, const struct plane_channel *channel, uint64_t now_ns)
{
	return !state_of(dfs, channel, now_ns).unavailable;
}

/* How early a candidate comes: 0 is the best; -1: not now. */
static int rank(const struct nl80211_dfs *dfs, const struct plane_channel *channel, bool may_listen, uint64_t now_ns)
{
	struct state state = state_of(dfs, channel, now_ns);

	if (state.unavailable)
		return -1;
	if (!state.radar)
		return 0;
	if (state.available)
		return 1;
	return may_listen ? 2 : -1;
}

/* The best candidates of one width; of equals, one by chance. */
static bool choose_of_width(const struct nl80211_dfs *dfs, uint16_t width_mhz, bool may_listen, uint64_t now_ns,
			    struct plane_channel *chosen)
{
	const struct nl80211_ap_candidates *candidates = &dfs->candidates;
	int best = -1;
	uint32_t equals = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		const struct plane_channel *channel = &candidates->list[i].channel;
		int place = channel->width_mhz == width_mhz ? rank(dfs, channel, may_listen, now_ns) : -1;

		if (place < 0 || (best >= 0 && place > best))
			continue;
		equals = place == best ? equals + 1 : 1;
		best = place;
		if (equals == 1 || !random_below(dfs->random, equals))
			*chosen = *channel;
	}
	return best >= 0;
}

/* The candidates are sorted by falling width. */
static bool choose(const struct nl80211_dfs *dfs, bool may_listen, uint64_t now_ns, struct plane_channel *chosen)
{
	const struct nl80211_ap_candidates *candidates = &dfs->candidates;

	for (size_t i = 0; i < candidates->count; i++)
		if (!i || candidates->list[i].channel.width_mhz != candidates->list[i - 1].channel.width_mhz)
			if (choose_of_width(dfs, candidates->list[i].channel.width_mhz, may_listen, now_ns, chosen))
				return true;
	return false;
}

static uint64_t first_free_ns(const struct nl80211_dfs *dfs)
{
	uint64_t first_ns = NEVER;

	for (size_t i = 0; i < dfs->part_count; i++)
		if (dfs->parts[i].unavailable_ns && dfs->parts[i].unavailable_ns < first_ns)
			first_ns = dfs->parts[i].unavailable_ns;
	return first_ns;
}

/* ---- phases ---- */

static void operate(struct nl80211_dfs *dfs, struct nl80211_dfs_steps *out)
{
	dfs->phase = NL80211_DFS_OPERATING;
	dfs->cac_end_ns = dfs->note_ns = dfs->retry_ns = NEVER;
	add(out, NL80211_DFS_OPERATE, &dfs->channel);
}

static void set_next_note(struct nl80211_dfs *dfs, uint64_t now_ns)
{
	uint64_t remaining_ns = dfs->cac_end_ns - now_ns,
		 step_ns = remaining_ns > LONG_CAC_NS ? 4 * PROGRESS_NS : PROGRESS_NS;

	dfs->note_ns = remaining_ns > step_ns ? now_ns + step_ns : NEVER;
}

static void listen(struct nl80211_dfs *dfs, uint64_t now_ns, struct nl80211_dfs_steps *out)
{
	uint64_t cac_ns = state_of(dfs, &dfs->channel, now_ns).cac_ms * MS;

	dfs->phase = NL80211_DFS_LISTENING;
	dfs->cac_end_ns = now_ns + cac_ns;
	dfs->retry_ns = dfs->cac_end_ns + LATE_NS;
	set_next_note(dfs, now_ns);
	note(out, NL80211_DFS_NOTE_LISTENING, &dfs->channel, cac_ns);
	add(out, NL80211_DFS_LISTEN, &dfs->channel);
}

static void wait_for_channel(struct nl80211_dfs *dfs, uint64_t now_ns, struct nl80211_dfs_steps *out)
{
	uint64_t first_ns = first_free_ns(dfs);

	dfs->phase = NL80211_DFS_WAITING;
	dfs->cac_end_ns = dfs->note_ns = NEVER;
	dfs->retry_ns = first_ns == NEVER || first_ns < now_ns ? now_ns + REFUSED_NS : first_ns;
	note(out, NL80211_DFS_NOTE_NO_CHANNEL, &dfs->channel, dfs->retry_ns - now_ns);
}

static void use(struct nl80211_dfs *dfs, const struct plane_channel *channel, uint64_t now_ns,
		struct nl80211_dfs_steps *out)
{
	struct state state = state_of(dfs, channel, now_ns);

	dfs->channel = *channel;
	if (!state.radar || state.available) {
		operate(dfs, out);
	} else if (dfs->offload) {
		note(out, NL80211_DFS_NOTE_DRIVER_LISTENS, channel, state.cac_ms * MS);
		operate(dfs, out);
	} else {
		listen(dfs, now_ns, out);
	}
}

/* The networks are not on the air. */
static void choose_and_use(struct nl80211_dfs *dfs, uint64_t now_ns, struct nl80211_dfs_steps *out)
{
	struct plane_channel chosen;

	if (!choose(dfs, true, now_ns, &chosen)) {
		wait_for_channel(dfs, now_ns, out);
		return;
	}
	note(out, NL80211_DFS_NOTE_MOVING, &chosen, 0);
	use(dfs, &chosen, now_ns, out);
}

/* ---- events ---- */

static void add_part(struct nl80211_dfs *dfs, const struct nl80211_channel *channel, uint64_t now_ns)
{
	bool unavailable = channel->dfs_state == NL80211_DFS_UNAVAILABLE;

	if (!channel->radar || dfs->part_count == NL80211_CHANNELS_MAX)
		return;
	dfs->parts[dfs->part_count++] =
		(struct nl80211_dfs_part){.freq_mhz = channel->freq_mhz,
					  .available = channel->dfs_state == NL80211_DFS_AVAILABLE,
					  .unavailable_ns = unavailable ? now_ns + DFS_NOP_NS : 0,
					  .cac_ms = channel->cac_ms};
}

void nl80211_dfs_init(struct nl80211_dfs *dfs, const struct nl80211_wiphy *wiphy, struct random *random,
		      uint64_t now_ns)
{
	*dfs = (struct nl80211_dfs){.offload = nl80211_ap_offloads_dfs(wiphy),
				    .cac_end_ns = NEVER,
				    .note_ns = NEVER,
				    .retry_ns = NEVER,
				    .random = random};
	for (size_t band = 0; band < NL80211_WIPHY_BANDS; band++)
		for (size_t i = 0; i < wiphy->bands[band].channel_count; i++)
			add_part(dfs, &wiphy->bands[band].channels[i], now_ns);
}

void nl80211_dfs_begin(struct nl80211_dfs *dfs, const struct plane_channel *wanted, uint64_t now_ns,
		       struct nl80211_dfs_steps *out)
{
	dfs->channel = *wanted;
	if (state_of(dfs, wanted, now_ns).unavailable && !dfs->offload)
		choose_and_use(dfs, now_ns, out);
	else
		use(dfs, wanted, now_ns, out);
}

void nl80211_dfs_end(struct nl80211_dfs *dfs)
{
	dfs->phase = NL80211_DFS_IDLE;
	dfs->cac_end_ns = dfs->note_ns = dfs->retry_ns = NEVER;
}

void nl80211_dfs_moved(struct nl80211_dfs *dfs, const struct plane_channel *channel)
{
	if (dfs->phase == NL80211_DFS_OPERATING)
		dfs->channel = *channel;
}

/* Marks the parts of a channel. */
static void mark(struct nl80211_dfs *dfs, const struct plane_channel *channel, bool available, uint64_t unavailable_ns)
{
	uint16_t freqs[NL80211_AP_PARTS_MAX];
	size_t count = nl80211_ap_channel_parts(channel, freqs);

	for (size_t i = 0; i < count; i++) {
		struct nl80211_dfs_part *part = find_part(dfs, freqs[i]);

		if (!part)
			continue;
		part->available = available;
		part->unavailable_ns = unavailable_ns;
	}
}

/* The closing transmissions of a switch are allowed (EN 301 893: 1 s in 10 s); else the channel is left at once. */
static void leave(struct nl80211_dfs *dfs, uint64_t now_ns, struct nl80211_dfs_steps *out)
{
	struct plane_channel chosen;

	if (choose(dfs, false, now_ns, &chosen)) {
		dfs->channel = chosen;
		note(out, NL80211_DFS_NOTE_MOVING, &chosen, 0);
		add(out, NL80211_DFS_MOVE, &chosen);
		return;
	}
	add(out, NL80211_DFS_STOP, &dfs->channel);
	choose_and_use(dfs, now_ns, out);
}

static void handle_radar(struct nl80211_dfs *dfs, const struct plane_channel *channel, uint64_t now_ns,
			 struct nl80211_dfs_steps *out)
{
	bool concerns = nl80211_ap_channel_overlaps(channel, &dfs->channel);

	mark(dfs, channel, false, now_ns + DFS_NOP_NS);
	note(out, NL80211_DFS_NOTE_RADAR, channel, DFS_NOP_NS);
	if (dfs->offload || !concerns || !state_of(dfs, &dfs->channel, now_ns).unavailable)
		return;
	if (dfs->phase == NL80211_DFS_LISTENING)
		choose_and_use(dfs, now_ns, out);
	else if (dfs->phase == NL80211_DFS_OPERATING)
		leave(dfs, now_ns, out);
}

static void handle_clear(struct nl80211_dfs *dfs, const struct plane_channel *channel, uint64_t now_ns,
			 struct nl80211_dfs_steps *out)
{
	mark(dfs, channel, true, 0);
	if (dfs->phase != NL80211_DFS_LISTENING || !nl80211_dfs_may_use(dfs, &dfs->channel, now_ns))
		return;
	note(out, NL80211_DFS_NOTE_CLEAR, &dfs->channel, 0);
	operate(dfs, out);
}

/* A report of radar may follow. Without one, the check is repeated. */
static void handle_aborted(struct nl80211_dfs *dfs, const struct plane_channel *channel, uint64_t now_ns,
			   struct nl80211_dfs_steps *out)
{
	if (dfs->phase != NL80211_DFS_LISTENING || !nl80211_ap_channel_overlaps(channel, &dfs->channel))
		return;
	note(out, NL80211_DFS_NOTE_ABORTED, &dfs->channel, 0);
	dfs->note_ns = NEVER;
	dfs->retry_ns = now_ns + ABORT_NS;
}

static void handle_nop_over(struct nl80211_dfs *dfs, const struct plane_channel *channel, uint64_t now_ns,
			    struct nl80211_dfs_steps *out)
{
	mark(dfs, channel, false, 0);
	note(out, NL80211_DFS_NOTE_NOP_OVER, channel, 0);
	if (dfs->phase == NL80211_DFS_WAITING)
		choose_and_use(dfs, now_ns, out);
}

void nl80211_dfs_event(struct nl80211_dfs *dfs, enum nl80211_radar_event event, const struct plane_channel *channel,
		       uint64_t now_ns, struct nl80211_dfs_steps *out)
{
	switch (event) {
	case NL80211_RADAR_DETECTED:
		handle_radar(dfs, channel, now_ns, out);
		break;
	case NL80211_RADAR_CAC_FINISHED:
		handle_clear(dfs, channel, now_ns, out);
		break;
	case NL80211_RADAR_CAC_ABORTED:
		handle_aborted(dfs, channel, now_ns, out);
		break;
	case NL80211_RADAR_NOP_FINISHED:
		handle_nop_over(dfs, channel, now_ns, out);
		break;
	case NL80211_RADAR_PRE_CAC_EXPIRED:
		mark(dfs, channel, false, 0);
		note(out, NL80211_DFS_NOTE_EXPIRED, channel, 0);
		break;
	case NL80211_RADAR_CAC_STARTED:
		break;
	}
}

/* Another channel may do, such as one that the driver can listen to. The refused one is left alone for a while. */
void nl80211_dfs_refused(struct nl80211_dfs *dfs, uint64_t now_ns, struct nl80211_dfs_steps *out)
{
	if (dfs->phase != NL80211_DFS_LISTENING)
		return;
	mark(dfs, &dfs->channel, false, now_ns + REFUSED_NS);
	choose_and_use(dfs, now_ns, out);
}

/* ---- time ---- */

uint64_t nl80211_dfs_deadline(const struct nl80211_dfs *dfs)
{
	return dfs->note_ns < dfs->retry_ns ? dfs->note_ns : dfs->retry_ns;
}

/* NOP_FINISHED should have come: the period is over by our own clock, too. */
static void expire_nop(struct nl80211_dfs *dfs, uint64_t now_ns)
{
	for (size_t i = 0; i < dfs->part_count; i++)
		if (dfs->parts[i].unavailable_ns <= now_ns)
			dfs->parts[i].unavailable_ns = 0;
}

void nl80211_dfs_tick(struct nl80211_dfs *dfs, uint64_t now_ns, struct nl80211_dfs_steps *out)
{
	expire_nop(dfs, now_ns);
	if (dfs->phase == NL80211_DFS_LISTENING && now_ns >= dfs->retry_ns) {
		listen(dfs, now_ns, out);
	} else if (dfs->phase == NL80211_DFS_LISTENING && now_ns >= dfs->note_ns) {
		note(out, NL80211_DFS_NOTE_PROGRESS, &dfs->channel, dfs->cac_end_ns - now_ns);
		set_next_note(dfs, now_ns);
	} else if (dfs->phase == NL80211_DFS_WAITING && now_ns >= dfs->retry_ns) {
		choose_and_use(dfs, now_ns, out);
	}
}

/* ---- the log ---- */

const char *nl80211_dfs_note_text(const struct nl80211_dfs_step *step, char text[NL80211_DFS_TEXT])
{
	uint64_t seconds = (step->remaining_ns + SECOND - 1) / SECOND;
	char name[NL80211_AP_CHANNEL_TEXT];

	nl80211_ap_channel_text(&step->channel, name);
	switch (step->note) {
	case NL80211_DFS_NOTE_LISTENING:
		snprintf(text, NL80211_DFS_TEXT, "%s: listening for radar for %" PRIu64 " s before the network starts",
			 name, seconds);
		break;
	case NL80211_DFS_NOTE_PROGRESS:
		snprintf(text, NL80211_DFS_TEXT, "%s: listening for radar, %" PRIu64 " s remain", name, seconds);
		break;
	case NL80211_DFS_NOTE_CLEAR:
		snprintf(text, NL80211_DFS_TEXT, "%s: no radar; the channel may be used", name);
		break;
	case NL80211_DFS_NOTE_ABORTED:
		snprintf(text, NL80211_DFS_TEXT, "%s: the kernel has aborted listening for radar", name);
		break;
	case NL80211_DFS_NOTE_RADAR:
		snprintf(text, NL80211_DFS_TEXT, "radar detected on %s: it may not be used for %" PRIu64 " minutes",
			 name, seconds / 60);
		break;
	case NL80211_DFS_NOTE_MOVING:
		snprintf(text, NL80211_DFS_TEXT, "choosing a channel: %s, free of radar", name);
		break;
	case NL80211_DFS_NOTE_NO_CHANNEL:
		snprintf(text, NL80211_DFS_TEXT,
			 "no channel may be used at present, because of radar or because the driver does not listen "
			 "there; "
			 "the next "
			 "attempt follows in %" PRIu64 " s; extend chanlist, or remove it",
			 seconds);
		break;
	case NL80211_DFS_NOTE_NOP_OVER:
		snprintf(text, NL80211_DFS_TEXT,
			 "%s: 30 minutes have passed since radar was detected; the channel may be used again", name);
		break;
	case NL80211_DFS_NOTE_EXPIRED:
		snprintf(text, NL80211_DFS_TEXT,
			 "%s: radar may have appeared while the channel was not in use; it needs radar detection "
			 "before its next use",
			 name);
		break;
	case NL80211_DFS_NOTE_DRIVER_LISTENS:
		snprintf(text, NL80211_DFS_TEXT,
			 "%s: the driver listens for radar by itself, for %" PRIu64
			 " s, before the network is on the air",
			 name, seconds);
		break;
	}
	return text;
}
