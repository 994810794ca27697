/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radio/rate.h"

#include "base/mac.h"

enum { STEPS = 8, FIRST_STEP = 4, NEEDED_MIN = 10, NEEDED_MAX = 160, MANY_TRIES = 3 };

/* The two ladders have as many steps, so that a peer keeps its step on another band. */
static const uint32_t ladder_2ghz[STEPS] = {1000, 2000, 5500, 11000, 24000, 36000, 48000, 54000};
static const uint32_t ladder_5ghz[STEPS] = {6000, 9000, 12000, 18000, 24000, 36000, 48000, 54000};

static const uint32_t *ladder(uint16_t freq_mhz)
{
	return freq_mhz < 4000 ? ladder_2ghz : ladder_5ghz;
}

static struct rate_peer *place_of(struct rates *rates, const uint8_t addr[6])
{
	return &rates->peers[(addr[5] ^ addr[4] << 3 ^ addr[3]) % RATE_PEERS];
}

uint32_t rate_lowest(uint16_t freq_mhz)
{
	return ladder(freq_mhz)[0];
}

uint32_t rate_choose(struct rates *rates, const uint8_t addr[6], uint16_t freq_mhz)
{
	struct rate_peer *peer = place_of(rates, addr);

	if (!peer->known || !mac_equal(peer->addr, addr)) {
		*peer = (struct rate_peer){.known = true, .step = FIRST_STEP, .needed = NEEDED_MIN};
		mac_copy(peer->addr, addr);
	}
	return ladder(freq_mhz)[peer->step];
}

static void climb(struct rate_peer *peer)
{
	peer->good = 0;
	if (peer->step + 1 == STEPS)
		return;
	peer->step++;
	peer->climbed = true;
}

static void descend(struct rate_peer *peer)
{
	peer->needed = peer->climbed && peer->needed < NEEDED_MAX ? (uint16_t)(2 * peer->needed)
		       : peer->climbed                            ? NEEDED_MAX
								  : NEEDED_MIN;
	peer->good = 0;
	peer->climbed = false;
	if (peer->step)
		peer->step--;
}

void rate_report(struct rates *rates, const uint8_t addr[6], bool acked, unsigned tries)
{
	struct rate_peer *peer = place_of(rates, addr);

	if (!peer->known || !mac_equal(peer->addr, addr))
		return;
	if (!acked || tries >= MANY_TRIES) {
		descend(peer);
		return;
	}
	peer->climbed = false;
	if (tries == 1 && ++peer->good >= peer->needed)
		climb(peer);
}
