/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parses a text as a hostapd.conf. */
#ifndef TESTS_UNIT_HOSTAPD_PARSE_H
#define TESTS_UNIT_HOSTAPD_PARSE_H

#include "unit.h"

#include "conf/hostapd_conf.h"

#define WPA2   "interface=wlan0\nssid=test\nwpa=2\nwpa_passphrase=biscotte\n"
#define BIT(c) (1u << CIPHER_##c)

static struct hostapd_conf conf;
static struct error error;

static bool parse(const char *text)
{
	hostapd_conf_free(&conf);
	return hostapd_conf_parse(&conf, text, "ap.conf", &error);
}

static struct hostapd_bss *first_bss(const char *text)
{
	if (!parse(text))
		fail_msg("%s", error.text);
	return &conf.bss[0];
}

static int tear_down(void **state)
{
	(void)state;
	hostapd_conf_free(&conf);
	return 0;
}

#endif
