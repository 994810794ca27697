/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi ap`: hostapd.conf, the access point of mlme/ap.h, and a radio. */
#include "wifi/wifi.h"

#include "base/mac.h"
#include "conf/hostapd_conf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct ap_machine {
	struct ap *ap;
	struct ap_setup setup;
	bool on_air;
};

/* ---- the machine ---- */

static void start(void *machine, uint64_t now, struct actions *out)
{
	struct ap_machine *m = machine;

	m->on_air = true;
	ap_start(m->ap, now, out);
}

static void stop(void *machine, uint64_t now, struct actions *out)
{
	struct ap_machine *m = machine;

	m->on_air = false;
	ap_stop(m->ap, now, out);
}

static void from_air(void *machine, struct frame **f, size_t n, uint64_t now, struct actions *out)
{
	ap_receive(((struct ap_machine *)machine)->ap, f, n, now, out);
}

static void from_host(void *machine, unsigned network, struct frame **f, size_t n, uint64_t now, struct actions *out)
{
	ap_send(((struct ap_machine *)machine)->ap, network, f, n, now, out);
}

static void status(void *machine, uint32_t cookie, bool acked, uint64_t now, struct actions *out)
{
	ap_status(((struct ap_machine *)machine)->ap, cookie, acked, now, out);
}

static uint64_t wake(const void *machine)
{
	return ap_wake(((const struct ap_machine *)machine)->ap);
}

static void tick(void *machine, uint64_t now, struct actions *out)
{
	ap_tick(((struct ap_machine *)machine)->ap, now, out);
}

/* An access point's interface has a carrier while it is on the air, with or without stations. */
static bool carrier(const void *machine, unsigned network)
{
	(void)network;
	return ((const struct ap_machine *)machine)->on_air;
}

static void show_station(const struct wifi *w, const struct ap_station *s, uint64_t now)
{
	char mac[MAC_TEXT];

	wifi_say(w->log, w->network[s->bss].interface,
		 "station %s: %s, %s%s%s%s%s%s, for %" PRIu64 " s, heard %" PRIu64 " s ago; received %" PRIu64
		 " frames, sent %" PRIu64 ", lost %" PRIu64,
		 mac_format(mac, s->addr), s->authorised ? "connected" : "associated", cipher_name(s->pairwise),
		 s->mfp ? ", protected management" : "", s->qos ? ", QoS" : "", s->dozing ? ", dozes" : "",
		 s->keyid[0] ? ", keyid " : "", s->keyid, (now - s->connected_ns) / 1000000000,
		 (now - s->heard_ns) / 1000000000, s->rx_frames, s->tx_frames, s->tx_lost);
}

static void show(const void *machine, const struct wifi *w, uint64_t now)
{
	const struct ap_machine *m = machine;
	struct ap_station s;
	char mac[MAC_TEXT];

	for (unsigned i = 0; i < m->setup.bss_count; i++)
		wifi_say(w->log, w->network[i].interface, "network %.*s, %s, on %u MHz", (int)m->setup.bss[i].ssid_len,
			 (const char *)m->setup.bss[i].ssid, mac_format(mac, m->setup.bss[i].bssid), m->setup.freq_mhz);
	for (size_t i = 0; ap_station(m->ap, i, &s); i++)
		if (s.bss < w->count)
			show_station(w, &s, now);
	wifi_say_drops(w->log, w->network[0].interface, ap_drops(m->ap));
}

static void release(void *machine)
{
	struct ap_machine *m = machine;

	ap_free(m->ap);
	crypto_wipe(m, sizeof *m);
	free(m);
}

static const struct wifi_ops ops = {start, stop, from_air, from_host, status, wake, tick, carrier, show, release};

/* ---- the program ---- */

static void *read_file(const char *file, const struct wifi_options *o, struct wifi_log *log, struct why *why)
{
	struct hostapd_conf *conf = calloc(1, sizeof *conf);
	bool ok = conf && hostapd_conf_load(conf, file, why);

	if (!conf) {
		why_set(why, 0, "no memory");
		return NULL;
	}
	for (size_t i = 0; ok && i < conf->remarks.count; i++)
		wifi_say(log, NULL, "%s", conf->remarks.list[i].text);
	if (ok && o->interface[0])
		memcpy(conf->bss[0].interface, o->interface, sizeof conf->bss[0].interface);
	if (ok)
		return conf;
	hostapd_conf_free(conf);
	free(conf);
	return NULL;
}

static void networks(void *read, struct wifi *w)
{
	const struct hostapd_conf *conf = read;

	w->count = (unsigned)conf->bss_count;
	for (unsigned i = 0; i < w->count; i++) {
		memcpy(w->network[i].interface, conf->bss[i].interface, sizeof w->network[i].interface);
		memcpy(w->network[i].bridge, conf->bss[i].bridge, sizeof w->network[i].bridge);
		memcpy(w->network[i].addr, conf->bss[i].bssid, 6);
	}
}

static bool machine(void *read, struct crypto *c, struct wifi *w, struct why *why)
{
	struct hostapd_conf *conf = read;
	struct ap_machine *m = calloc(1, sizeof *m);
	uint8_t seed[RANDOM_SEED];

	if (!m)
		return why_set(why, false, "no memory");
	if (!hostapd_conf_setup(conf, c, &m->setup, why)) {
		free(m);
		return false;
	}
	for (unsigned i = 0; i < w->count; i++)
		memcpy(m->setup.bss[i].bssid, w->network[i].addr, 6);
	if (getrandom(seed, sizeof seed, 0) == sizeof seed)
		m->ap = ap_new(c, &m->setup, seed);
	else
		why_set(why, 0, "there are no random numbers: %s", strerror(errno));
	crypto_wipe(seed, sizeof seed);
	if (!m->ap) {
		free(m);
		return why->text[0] ? false : why_set(why, false, "the access point cannot be made");
	}
	w->ops = &ops;
	w->machine = m;
	return true;
}

static void forget(void *read)
{
	hostapd_conf_free(read);
	free(read);
}

const struct wifi_program wifi_ap = {"vifi ap", read_file, networks, machine, forget};
