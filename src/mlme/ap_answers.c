/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers to strangers: to stations that are not associated, and to frames that anybody can forge in the name of one that
 * is. An answer to a station that does not exist is transmitted up to seven times, because nobody acknowledges it, so a
 * forger without keys could fill the queue of the radio. Therefore:
 *
 *	- Answers wait here, not in the queue of the radio, which holds at most AP_ANSWERS_IN_FLIGHT of them. An associated
 *	  station's frame waits for no more than these.
 *	- A token bucket limits the unacknowledged answers. An acknowledged one costs a sixteenth, unless it reports an
 *	  error: a station that causes errors without end is no newcomer.
 *	- The kinds of answers take turns. A kind has room for AP_ANSWERS_MAX, one for each address, for a short time.
 *	- A station that asks again, or that has acknowledged an answer, comes first: a flood has a new address in each
 *	  frame, an honest newcomer repeats its request.
 *
 * A request over a limit is dropped as DROP_ANSWER_LIMIT.
 */
#include "mlme/ap_state.h"

#include "base/mac.h"

#include <string.h>

#define TOKEN       16 /* units of the bucket: the cost of an unacknowledged answer */
#define BUCKET_MAX  (AP_ANSWER_BURST * TOKEN)
#define REFILL_NS   (SECOND / AP_ANSWER_RATE / TOKEN) /* for each unit */
#define REMEMBER_NS (2 * SECOND)                      /* a request is remembered for one to two times as long */
#define PROBE_NS    (100 * MS)                        /* longer than a scan stays on a channel */
#define RESPONSE_NS \
	SECOND /* lifetime of the other answers: then the station has asked again, with SAE after two seconds */

/* ---- repeated requests: two Bloom filters, the present one and the previous one ---- */

static uint64_t hash_request(const struct ap *ap, const struct ap_bss *bss, const uint8_t *addr)
{
	uint64_t mixed = (mac_to_u64(addr) ^ (uint64_t)bss->index << 56) + ap->table.hash_key;

	mixed = (mixed ^ mixed >> 30) * (ap->table.hash_key | 1);
	mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
	return mixed ^ mixed >> 31;
}

static bool filter_contains(const uint8_t *filter, uint64_t hash)
{
	unsigned first = hash & 0xffff, second = hash >> 16 & 0xffff;

	return (filter[first / 8] & 1u << first % 8) && (filter[second / 8] & 1u << second % 8);
}

/* Returns whether the station has asked within the last seconds, and remembers that it asks now. */
static bool remember_request(struct ap *ap, const struct ap_bss *bss, const uint8_t *addr)
{
	struct ap_answers *answers = &ap->answers;
	uint64_t hash = hash_request(ap, bss, addr);
	unsigned first = hash & 0xffff, second = hash >> 16 & 0xffff;
	bool repeated;

	if (ap->now_ns >= answers->filter_ns + REMEMBER_NS) {
		bool stale = ap->now_ns >= answers->filter_ns + 2 * REMEMBER_NS;

		answers->current_filter ^= 1;
		memset(answers->filters[answers->current_filter], 0, sizeof(*answers->filters));
		if (stale)
			memset(answers->filters[!answers->current_filter], 0, sizeof(*answers->filters));
		answers->filter_ns = ap->now_ns;
	}
	repeated = filter_contains(answers->filters[0], hash) || filter_contains(answers->filters[1], hash);
	answers->filters[answers->current_filter][first / 8] |= (uint8_t)(1u << first % 8);
	answers->filters[answers->current_filter][second / 8] |= (uint8_t)(1u << second % 8);
	return repeated;
}

/* ---- the bucket ---- */

static void refill_bucket(struct ap *ap)
{
	struct ap_answers *answers = &ap->answers;
	uint64_t units = (ap->now_ns - answers->refill_ns) / REFILL_NS;

	answers->refill_ns += units * REFILL_NS;
	answers->units = units > BUCKET_MAX - answers->units ? BUCKET_MAX : answers->units + (unsigned)units;
}

bool ap_answers_take(struct ap *ap, unsigned count)
{
	refill_bucket(ap);
	if (ap->answers.units < count * TOKEN)
		return false;
	ap->answers.units -= count * TOKEN;
	return true;
}

void ap_answers_refund(struct ap *ap, unsigned count)
{
	unsigned units = ap->answers.units + count * (TOKEN - 1);

	ap->answers.units = units < BUCKET_MAX ? units : BUCKET_MAX;
}

/* ---- the queues ---- */

static void remove_answer(struct ap_answer_queue *queue, size_t index)
{
	frame_free(queue->at[index].frame);
	queue->count--;
	memmove(queue->at + index, queue->at + index + 1, (queue->count - index) * sizeof(*queue->at));
}

static void drop_answer(struct ap *ap, struct ap_answer_queue *queue, size_t index)
{
	ap_drop(ap, DROP_ANSWER_LIMIT, queue->at[index].addr);
	remove_answer(queue, index);
}

static bool find_answer(const struct ap_answer_queue *queue, const struct ap_bss *bss, const uint8_t *addr,
			size_t *index)
{
	for (*index = 0; *index < queue->count; ++*index)
		if (queue->at[*index].bss == bss && mac_equal(queue->at[*index].addr, addr))
			return true;
	return false;
}

/* Makes room for one answer. A repeated request takes the place of the newest one that is not repeated. */
static bool make_room(struct ap *ap, struct ap_answer_queue *queue, bool repeated)
{
	size_t index = queue->count;

	if (queue->count < AP_ANSWERS_MAX)
		return true;
	while (repeated && index--)
		if (!queue->at[index].repeated) {
			drop_answer(ap, queue, index);
			return true;
		}
	return false;
}

static void expire_answers(struct ap *ap, enum ap_answer_kind kind)
{
	struct ap_answer_queue *queue = &ap->answers.queues[kind];
	uint64_t lifetime_ns = kind == AP_ANSWER_PROBE ? PROBE_NS : RESPONSE_NS;

	while (queue->count && ap->now_ns >= queue->at[0].queued_ns + lifetime_ns)
		drop_answer(ap, queue, 0);
}

static void queue_answer(struct ap *ap, enum ap_answer_kind kind, struct ap_bss *bss, struct frame *frame,
			 const uint16_t *count_offsets)
{
	struct ap_answer_queue *queue = &ap->answers.queues[kind];
	struct ap_answer answer = {.bss = bss,
				   .frame = frame,
				   .count_offsets = {count_offsets[0], count_offsets[1]},
				   .queued_ns = ap->now_ns};
	const struct ap_sta *sta;
	size_t index;

	if (!frame) {
		ap_drop(ap, DROP_NO_MEMORY, NULL);
		return;
	}
	mac_copy(answer.addr, frame->data + DOT11_OFF_ADDR1);
	sta = ap_sta_find(ap, bss, answer.addr);
	answer.repeated = remember_request(ap, bss, answer.addr) || (sta && sta->present);
	expire_answers(ap, kind);
	if (find_answer(queue, bss, answer.addr, &index)) { /* the newest answer replaces one that waits */
		frame_free(queue->at[index].frame);
		queue->at[index].frame = frame;
		memcpy(queue->at[index].count_offsets, answer.count_offsets, sizeof(answer.count_offsets));
		queue->at[index].repeated |= answer.repeated;
	} else if (make_room(ap, queue, answer.repeated)) {
		queue->at[queue->count++] = answer;
	} else {
		ap_drop(ap, DROP_ANSWER_LIMIT, answer.addr);
		frame_free(frame);
	}
}

void ap_answer(struct ap *ap, enum ap_answer_kind kind, struct ap_bss *bss, struct frame *frame)
{
	static const uint16_t none[2];

	queue_answer(ap, kind, bss, frame, none);
}

void ap_answer_probe(struct ap *ap, struct ap_bss *bss, const struct ap_beacon *response)
{
	queue_answer(ap, AP_ANSWER_PROBE, bss, response->frame, response->count_offsets);
}

void ap_answers_drop_probes(struct ap *ap)
{
	struct ap_answer_queue *queue = &ap->answers.queues[AP_ANSWER_PROBE];

	while (queue->count)
		remove_answer(queue, queue->count - 1);
}

void ap_answers_forget(struct ap *ap, const struct ap_bss *bss)
{
	for (unsigned kind = 0; kind < AP_ANSWER_KINDS; kind++)
		for (size_t i = ap->answers.queues[kind].count; i--;)
			if (ap->answers.queues[kind].at[i].bss == bss)
				remove_answer(&ap->answers.queues[kind], i);
}

/* ---- transmission ---- */

static struct ap_answer_in_flight *find_in_flight(struct ap_answers *answers, uint32_t cookie)
{
	for (size_t i = 0; i < AP_ANSWERS_IN_FLIGHT; i++)
		if (answers->in_flight[i].cookie == cookie)
			return &answers->in_flight[i];
	return NULL;
}

static uint32_t new_cookie(struct ap_answers *answers)
{
	answers->last_id = (answers->last_id + 1) & MAC_TABLE_HANDLE_MASK;
	return (uint32_t)AP_COOKIE_ANSWER << MAC_TABLE_HANDLE_BITS | answers->last_id;
}

static bool is_successful_auth(const struct frame *frame)
{
	const uint8_t *body = frame->data + DOT11_HDR_MIN;

	if (frame->len < DOT11_HDR_MIN + 6 || le16(body + 4))
		return false;
	return le16(body) == AUTH_OPEN || le16(body) == AUTH_FT ||
	       (le16(body) == AUTH_SAE && le16(body + 2) == SAE_CONFIRM);
}

/* A station is in state 2 from its authentication response on (11.3.4). */
static void authenticate(struct ap *ap, const struct ap_answer *answer)
{
	struct ap_sta *sta = ap_sta_find(ap, answer->bss, answer->addr);

	if (!is_successful_auth(answer->frame))
		return;
	if (!sta) {
		sta = ap_sta_new(ap, answer->bss, answer->addr);
		if (sta)
			ap_note(ap, answer->bss, NOTE_AUTHENTICATED, answer->addr, 0);
	} else if (!sta->associated) {
		sta->since_ns = ap->now_ns;
		ap_sta_schedule(ap, sta);
	}
}

static void transmit(struct ap *ap, enum ap_answer_kind kind, struct ap_answer *answer,
		     struct ap_answer_in_flight *in_flight)
{
	struct frame *frame = answer->frame;

	if (kind == AP_ANSWER_AUTH)
		authenticate(ap, answer);
	answer->frame = NULL;
	*in_flight = (struct ap_answer_in_flight){
		.cookie = new_cookie(&ap->answers), .kind = kind, .bss = answer->bss, .sent_ns = ap->now_ns};
	mac_copy(in_flight->addr, answer->addr);
	ap_send_management(
		ap, answer->bss, frame,
		(struct plane_management){.cookie = in_flight->cookie,
					  .bufferable = kind == AP_ANSWER_ERROR,
					  .yield = true, /* to a request of our own */
					  .with_tsf = kind == AP_ANSWER_PROBE,
					  .count_offsets = {answer->count_offsets[0], answer->count_offsets[1]}});
}

/* A repeated request first; else the oldest one. */
static size_t next_answer(const struct ap_answer_queue *queue)
{
	for (size_t i = 0; i < queue->count; i++)
		if (queue->at[i].repeated)
			return i;
	return 0;
}

/* Returns the kind whose turn it is, or AP_ANSWER_KINDS: no answer waits. */
static enum ap_answer_kind next_kind(struct ap *ap)
{
	struct ap_answers *answers = &ap->answers;

	for (unsigned i = 1; i <= AP_ANSWER_KINDS; i++) {
		enum ap_answer_kind kind = (answers->last_kind + i) % AP_ANSWER_KINDS;

		expire_answers(ap, kind);
		if (answers->queues[kind].count)
			return kind;
	}
	return AP_ANSWER_KINDS;
}

void ap_answers_send(struct ap *ap)
{
	struct ap_answers *answers = &ap->answers;
	struct ap_answer_in_flight *in_flight;
	enum ap_answer_kind kind;

	answers->due_ns = NEVER;
	for (size_t i = 0; i < AP_ANSWERS_IN_FLIGHT; i++)
		if (answers->in_flight[i].cookie && ap->now_ns >= answers->in_flight[i].sent_ns + TX_STATUS_NS)
			answers->in_flight[i].cookie = 0;
	while ((kind = next_kind(ap)) != AP_ANSWER_KINDS) {
		struct ap_answer_queue *queue = &answers->queues[kind];
		size_t index = next_answer(queue);

		in_flight = find_in_flight(answers, 0);
		if (!in_flight) {
			answers->due_ns = ap->now_ns + TX_STATUS_NS;
			return;
		}
		if (!ap_answers_take(ap, 1)) {
			answers->due_ns = ap->now_ns + TOKEN * REFILL_NS;
			return;
		}
		transmit(ap, kind, &queue->at[index], in_flight);
		remove_answer(queue, index);
		answers->last_kind = kind;
	}
}

void ap_answers_tx_status(struct ap *ap, uint32_t cookie, bool acked)
{
	struct ap_answer_in_flight *in_flight = find_in_flight(&ap->answers, cookie);
	struct ap_sta *sta = in_flight ? ap_sta_find(ap, in_flight->bss, in_flight->addr) : NULL;

	if (!in_flight)
		return;
	in_flight->cookie = 0;
	if (acked && in_flight->kind != AP_ANSWER_ERROR)
		ap_answers_refund(ap, 1);
	if (sta && acked) {
		sta->present = true;
		ap_sta_heard(ap, sta);
	} else if (sta && !sta->associated && !sta->present) {
		ap_sta_remove(ap, sta, REASON_INACTIVE); /* nobody has this address */
	}
}

void ap_answers_start(struct ap *ap)
{
	ap->answers.units = BUCKET_MAX;
	ap->answers.refill_ns = ap->answers.filter_ns = ap->now_ns;
	ap->answers.due_ns = NEVER;
}

void ap_answers_clear(struct ap *ap)
{
	for (unsigned kind = 0; kind < AP_ANSWER_KINDS; kind++)
		while (ap->answers.queues[kind].count)
			remove_answer(&ap->answers.queues[kind], ap->answers.queues[kind].count - 1);
	memset(ap->answers.in_flight, 0, sizeof(ap->answers.in_flight));
	ap->answers.due_ns = NEVER;
}
