/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When and by whom frames are forged: campaigns of 8 to 40 s at a bounded rate, and silence between them. */
#include "judge.h"

#include <string.h>

static void choose_campaign(struct forger *forger, uint64_t start)
{
	struct campaign *campaign = &forger->campaign;
	static const uint32_t rates[] = {1, 3, 10, 30, 100, 200};
	uint32_t kinds = 1 + rng_below(&forger->rng, 3);

	memset(campaign, 0, sizeof(*campaign));
	campaign->start = start;
	campaign->end = start + (8 + rng_below(&forger->rng, 32)) * SECOND;
	campaign->interval = SECOND / rates[rng_below(&forger->rng, 6)];
	while (kinds--)
		campaign->kinds |= 1u << rng_below(&forger->rng, FORGE_KINDS);
	if (rng_chance(&forger->rng, 15))
		campaign->kinds = (1u << FORGE_KINDS) - 1;
	do
		campaign->sources = rng_below(&forger->rng, 1u << (FORGER_PORTS + 1));
	while (!campaign->sources);
	campaign->victim = (enum party_id)rng_below(&forger->rng, PARTIES);
	campaign->focus = rng_chance(&forger->rng, 60) ? 40 + rng_below(&forger->rng, 60) : 0;
	campaign->answers = rng_chance(&forger->rng, 40) ? 30 + rng_below(&forger->rng, 71) : 0;
	forger->next = start;
}

void forger_init(struct forger *forger, uint64_t seed, uint64_t first_start)
{
	forger->rng.state = seed ^ 0x0123456789abcdefull;
	choose_campaign(forger, first_start);
}

bool forger_is_active(const struct network *net)
{
	return net->now >= net->forger.campaign.start && net->now <= net->forger.campaign.end;
}

uint64_t forger_next(const struct network *net)
{
	return net->forger.next;
}

static unsigned choose_bit(struct rng *rng, uint32_t set)
{
	unsigned bit;

	do
		bit = rng_below(rng, 32);
	while (!(set >> bit & 1));
	return bit;
}

static bool is_allowed(const struct forger *forger, uint64_t number)
{
	return !forger->allowed || forger->allowed[number / 8] >> number % 8 & 1;
}

static void send_forged(struct network *net, unsigned place, const struct raw_frame *frame, uint64_t delay)
{
	struct forger *forger = &net->forger;
	struct forged_frame *sent = &forger->sent[forger->n_sent++ % FORGED_KEPT];

	sent->number = forger->count - 1;
	sent->time = net->now + delay;
	sent->place = place;
	sent->frame.len = frame->len < FRAME_STORED ? frame->len : FRAME_STORED;
	memcpy(sent->frame.bytes, frame->bytes, sent->frame.len);
	net->last_forged = net->now + delay;
	net->tally.forged++;
	network_send(net, forgers[place].side, forgers[place].port, frame, delay, true, false);
}

void forger_step(struct network *net)
{
	struct forger *forger = &net->forger;
	struct campaign *campaign = &forger->campaign;
	static struct raw_frame frame;
	unsigned place;

	if (net->now > campaign->end) {
		net->tally.campaigns++;
		choose_campaign(forger, net->now + (9 + rng_below(&forger->rng, 5)) * SECOND);
		net->newcomers_since = net->next_newcomer = net->now;
		return;
	}
	place = choose_bit(&forger->rng, campaign->sources);
	forge_frame(net, place, (enum forge_kind)choose_bit(&forger->rng, campaign->kinds), &frame);
	if (is_allowed(forger, forger->count++))
		send_forged(net, place, &frame, 0);
	forger->next = net->now + campaign->interval / 2 + campaign->interval / 1000 * rng_below(&forger->rng, 1000);
}

/* Forgers that answer claim every address that anyone asks for. */
void forger_see(struct network *net, unsigned place, const struct stored_frame *frame)
{
	struct parsed parsed = parse_frame(frame->bytes, frame->len);
	const uint8_t *mac = forgers[place].mac;
	struct campaign *campaign = &net->forger.campaign;
	static struct raw_frame answer;
	struct nd_spec nd = {.type = NA, .flags = 0x60, .tlla = mac};
	bool arp = parsed.type == 0x0806 && parsed.l3_len >= 28 && get16(parsed.l3 + 6) == 1;
	bool ns = is_nd(&parsed) && parsed.l4[0] == NS && parsed.l4_len >= 24;
	uint32_t hash = frame_hash(frame->bytes, frame->len) ^ (uint32_t)(net->now / MS) * 2654435761u;

	if ((!arp && !ns) || !campaign->answers || !net->forger.count ||
	    !is_allowed(&net->forger, net->forger.count - 1) || !forger_is_active(net) ||
	    !(campaign->sources >> place & 1) || !memcmp(frame->bytes + 6, mac, 6) ||
	    (hash >> 8) % 100 >= campaign->answers)
		return;
	if (arp) {
		put_arp(&answer, parsed.l3 + 8, mac, 2, mac, parsed.l3 + 24, parsed.l3 + 8, parsed.l3 + 14);
	} else {
		bool dad = !memcmp(parsed.l3 + 8, ip6_zero, 16);

		nd.target = parsed.l4 + 8;
		put_nd(&answer, dad ? mac_all_nodes : frame->bytes + 6, mac, nd.target,
		       dad ? ip6_all_nodes : parsed.l3 + 8, &nd);
	}
	send_forged(net, place, &answer, MS / 50 + hash % 1000 * (MS / 500));
}
