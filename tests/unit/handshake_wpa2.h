/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pair of ends that use WPA2 with CCMP, for each test of a group. */
#ifndef TESTS_UNIT_HANDSHAKE_WPA2_H
#define TESTS_UNIT_HANDSHAKE_WPA2_H

#include "handshake_pair.h"

#include "wire/be.h"
#include "wire/ieee80211.h"

#include <errno.h>

static const struct rsn_suite *const wpa2 = &suites[4];

static int set_up(void **state)
{
	*state = crypto_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	crypto_free(*state);
	return 0;
}

#endif
