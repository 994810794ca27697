/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A station on a link that an attacker reaches, too. */
#ifndef TESTS_UNIT_STA_ATTACK_H
#define TESTS_UNIT_STA_ATTACK_H

#include "fake_ap.h"

static struct world world;

/* With PMF: "required" at both ends. */
static void start_pmf_link(void)
{
	world_init(&world);
	world.ap[0].suite.group_management = CIPHER_BIP_CMAC_128;
	world.ap[0].mfpr = true;
	world.nets[0].pmf = 2;
}

#endif
