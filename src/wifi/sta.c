/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi sta`: wpa_supplicant.conf, the station of mlme/sta.h, and a radio. */
#include "wifi/wifi.h"

#include "base/mac.h"
#include "conf/wpa_conf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct sta_machine {
	struct sta *sta;
	struct sta_setup setup;
};

struct sta_read {
	struct wpa_conf conf;
	char interface[16];
	uint8_t addr[6];
};

/* ---- the machine ---- */

static void start(void *machine, uint64_t now, struct actions *out)
{
	sta_start(((struct sta_machine *)machine)->sta, now, out);
}

static void stop(void *machine, uint64_t now, struct actions *out)
{
	sta_stop(((struct sta_machine *)machine)->sta, now, out);
}

static void from_air(void *machine, struct frame **f, size_t n, uint64_t now, struct actions *out)
{
	sta_receive(((struct sta_machine *)machine)->sta, f, n, now, out);
}

static void from_host(void *machine, unsigned network, struct frame **f, size_t n, uint64_t now, struct actions *out)
{
	(void)network;
	sta_send(((struct sta_machine *)machine)->sta, f, n, now, out);
}

static void status(void *machine, uint32_t cookie, bool acked, uint64_t now, struct actions *out)
{
	sta_status(((struct sta_machine *)machine)->sta, cookie, acked, now, out);
}

static uint64_t wake(const void *machine)
{
	return sta_wake(((const struct sta_machine *)machine)->sta);
}

static void tick(void *machine, uint64_t now, struct actions *out)
{
	sta_tick(((struct sta_machine *)machine)->sta, now, out);
}

static bool carrier(const void *machine, unsigned network)
{
	struct sta_view v;

	(void)network;
	sta_view(((const struct sta_machine *)machine)->sta, &v);
	return v.state == STA_CONNECTED;
}

static void show(const void *machine, const struct wifi *w, uint64_t now)
{
	static const char *const states[] = {
		[STA_STOPPED] = "is stopped",
		[STA_SCANNING] = "looks for networks",
		[STA_AUTHENTICATING] = "authenticates",
		[STA_ASSOCIATING] = "associates",
		[STA_HANDSHAKE] = "agrees on keys",
		[STA_CONNECTED] = "is connected",
		[STA_WAITING] = "waits before it looks again",
	};
	const struct sta_machine *m = machine;
	const char *interface = w->network[0].interface;
	struct sta_view v;
	char mac[MAC_TEXT];

	sta_view(m->sta, &v);
	wifi_say(w->log, interface, "the station %s", states[v.state]);
	if (v.state == STA_CONNECTED && v.network < m->setup.network_count) {
		const struct sta_network *n = &m->setup.networks[v.network];

		wifi_say(w->log, interface,
			 "network %.*s, %s, on %u MHz, %d dBm, %s (group: %s)%s%s, for %" PRIu64 " s; received %" PRIu64
			 " frames, sent %" PRIu64 ", lost %" PRIu64,
			 (int)n->ssid_len, (const char *)n->ssid, mac_format(mac, v.bssid), v.freq_mhz, v.signal_dbm,
			 cipher_name(v.pairwise), cipher_name(v.group), v.mfp ? ", protected management" : "",
			 v.qos ? ", QoS" : "", (now - v.connected_ns) / 1000000000, v.rx_frames, v.tx_frames,
			 v.tx_lost);
	}
	wifi_say_drops(w->log, interface, sta_drops(m->sta));
}

static void release(void *machine)
{
	struct sta_machine *m = machine;

	sta_free(m->sta);
	free(m);
}

static const struct wifi_ops ops = {start, stop, from_air, from_host, status, wake, tick, carrier, show, release};

/* ---- the program ---- */

static void *read_file(const char *file, const struct wifi_options *o, struct wifi_log *log, struct why *why)
{
	struct sta_read *r = calloc(1, sizeof *r);
	bool ok = r && wpa_conf_load(&r->conf, file, why);

	if (!r) {
		why_set(why, 0, "no memory");
		return NULL;
	}
	for (size_t i = 0; i < r->conf.remarks.count; i++)
		wifi_say(log, NULL, "%s", r->conf.remarks.list[i].text);
	memcpy(r->interface, o->interface, sizeof r->interface);
	memcpy(r->addr, o->addr, sizeof r->addr);
	if (ok)
		return r;
	wpa_conf_free(&r->conf);
	free(r);
	return NULL;
}

static void networks(void *read, struct wifi *w)
{
	const struct sta_read *r = read;

	w->count = 1;
	memcpy(w->network[0].interface, r->interface, sizeof r->interface);
	memcpy(w->network[0].addr, r->addr, sizeof r->addr);
}

static bool machine(void *read, struct crypto *c, struct wifi *w, struct why *why)
{
	struct sta_read *r = read;
	struct sta_machine *m = calloc(1, sizeof *m);
	uint8_t seed[RANDOM_SEED];

	if (!m)
		return why_set(why, false, "no memory");
	if (!wpa_conf_setup(&r->conf, c, &m->setup, why)) {
		free(m);
		return false;
	}
	memcpy(m->setup.addr, w->network[0].addr, 6);
	if (getrandom(seed, sizeof seed, 0) == sizeof seed)
		m->sta = sta_new(c, &m->setup, seed);
	else
		why_set(why, 0, "there are no random numbers: %s", strerror(errno));
	crypto_wipe(seed, sizeof seed);
	if (!m->sta) {
		free(m);
		return why->text[0] ? false : why_set(why, false, "the station cannot be made: no memory");
	}
	w->ops = &ops;
	w->machine = m;
	return true;
}

static void forget(void *read)
{
	struct sta_read *r = read;

	wpa_conf_free(&r->conf);
	free(r);
}

const struct wifi_program wifi_sta = {"vifi sta", read_file, networks, machine, forget};
