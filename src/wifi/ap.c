/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi ap`: the access point of softmac/ap/soft_ap.h, or that of driver/ap.h, configured by hostapd.conf. */
#include "wifi/ap_adapter.h"
#include "wifi/check.h"
#include "wifi/report.h"

#include "base/mac.h"
#include "daemon/clock.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* ---- the state machine ---- */

static void start(void *mlme, uint64_t now_ns, struct actions *out)
{
	struct ap_adapter *adapter = mlme;

	adapter->started = true;
	soft_ap_start(adapter->ap, now_ns, out);
}

static void stop(void *mlme, uint64_t now_ns, struct actions *out)
{
	struct ap_adapter *adapter = mlme;

	adapter->started = false;
	soft_ap_stop(adapter->ap, now_ns, out);
}

static void receive_frames(void *mlme, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out)
{
	soft_ap_receive(((struct ap_adapter *)mlme)->ap, frames, count, now_ns, out);
}

static void send_frames(void *mlme, unsigned network, struct frame **frames, size_t count, uint64_t now_ns,
			struct actions *out)
{
	soft_ap_send(((struct ap_adapter *)mlme)->ap, network, frames, count, now_ns, out);
}

static void report_tx_status(void *mlme, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out)
{
	soft_ap_tx_status(((struct ap_adapter *)mlme)->ap, cookie, acked, now_ns, out);
}

static uint64_t deadline(const void *mlme)
{
	return soft_ap_deadline(((const struct ap_adapter *)mlme)->ap);
}

static void tick(void *mlme, uint64_t now_ns, struct actions *out)
{
	soft_ap_tick(((struct ap_adapter *)mlme)->ap, now_ns, out);
}

/* The interface has a carrier while the network is on the air, with or without stations. */
static bool carrier(const void *mlme, unsigned network)
{
	(void)network;
	return ((const struct ap_adapter *)mlme)->started;
}

static void log_station(const struct wifi *wifi, const struct ap_station_info *info, uint64_t now_ns)
{
	char mac[MAC_TEXT_SIZE];

	wifi_log_printf(wifi->log, wifi->networks[info->bss].interface,
			"station %s: %s, %s%s%s%s%s%s, for %" PRIu64 " s, last frame %" PRIu64
			" s ago; received %" PRIu64 " frames, sent %" PRIu64 ", lost %" PRIu64,
			mac_format(mac, info->addr), info->authorised ? "connected" : "associated",
			cipher_name(info->pairwise), info->mfp ? ", management frame protection" : "",
			info->qos ? ", QoS" : "", info->dozing ? ", dozing" : "", info->keyid[0] ? ", keyid " : "",
			info->keyid, (now_ns - info->connected_ns) / 1000000000, (now_ns - info->heard_ns) / 1000000000,
			info->rx_frames, info->tx_frames, info->tx_lost);
}

static bool station_info(const struct ap_adapter *adapter, size_t nth, struct ap_station_info *info)
{
	return adapter->driver_ap ? driver_ap_station(adapter->driver_ap, nth, info)
				  : soft_ap_station_info(adapter->ap, nth, info);
}

static void log_status(const void *mlme, const struct wifi *wifi, uint64_t now_ns)
{
	const struct ap_adapter *adapter = mlme;
	struct ap_station_info info;
	struct plane_channel channel =
		adapter->driver_ap ? driver_ap_channel(adapter->driver_ap) : soft_ap_channel(adapter->ap);
	char mac[MAC_TEXT_SIZE];

	for (unsigned i = 0; i < adapter->setup.bss_count; i++)
		if (wifi->networks[i].interface[0])
			wifi_log_printf(wifi->log, wifi->networks[i].interface, "network %.*s, %s, on %u MHz",
					(int)adapter->setup.bss[i].ssid_len, (const char *)adapter->setup.bss[i].ssid,
					mac_format(mac, adapter->setup.bss[i].bssid), channel.freq_mhz);
	if (adapter->driver_ap)
		driver_ap_update_counters(adapter->driver_ap);
	for (size_t i = 0; station_info(adapter, i, &info); i++)
		if (info.bss < wifi->count)
			log_station(wifi, &info, now_ns);
}

static const uint64_t *drops(const void *mlme)
{
	return soft_ap_drops(((const struct ap_adapter *)mlme)->ap);
}

static void free_mlme(void *mlme)
{
	struct ap_adapter *adapter = mlme;

	soft_ap_free(adapter->ap);
	crypto_wipe(adapter, sizeof(*adapter));
	free(adapter);
}

static void set_recorder(void *mlme, struct trace_recorder *recorder)
{
	soft_ap_set_recorder(((struct ap_adapter *)mlme)->ap, recorder);
}

static const struct wifi_ops ops = {
	.kind = "ap",
	.set_recorder = set_recorder,
	.start = start,
	.stop = stop,
	.receive = receive_frames,
	.send = send_frames,
	.status = report_tx_status,
	.deadline = deadline,
	.tick = tick,
	.carrier = carrier,
	.log_status = log_status,
	.drops = drops,
	.report = wifi_report_ap,
	.free = free_mlme,
};

static const struct wifi_ops driver_ops = {
	.kind = "ap", .log_status = log_status, .report = wifi_report_ap, .free = free_mlme};

/* ---- the program ---- */

void wifi_ap_config_free(struct ap_config *config)
{
	if (!config)
		return;
	hostapd_conf_free(&config->conf);
	hostapd_edit_free(config->edit);
	free(config);
}

/* A card of that name decides for its driver, unless a medium is named. */
static bool wants_driver(const struct hostapd_conf *conf, const struct wifi_options *options)
{
	if (strcmp(options->air_socket, WIFI_AIR_SOCKET) != 0 || options->monitor[0] ||
	    !strcmp(conf->radio.driver, "air"))
		return false;
	return !strcmp(conf->radio.driver, "nl80211") || wifi_card_exists(conf->bss[0].interface);
}

/* The medium keeps its own addresses, so an interface that is given by name needs no card. */
static bool read_text(struct ap_config *config, const char *text, const char *name, const char *interface,
		      const struct wifi_options *options, struct error *error)
{
	if (!hostapd_conf_read(&config->conf, text, name, interface, error))
		return false;
	config->use_driver = wants_driver(&config->conf, options);
	if (!config->use_driver && !hostapd_conf_check_air(&config->conf, name, error))
		return false;
	config->edit = hostapd_edit_new(config->conf.bss[0].interface);
	if (!config->edit)
		return error_set(error, false, "no memory");
	return hostapd_edit_load(config->edit, text, name, config->conf.bss[0].interface, error);
}

static struct ap_config *config_new(const char *text, const char *name, const char *interface,
				    const struct hostapd_edit *origin, const struct wifi_options *options,
				    struct wifi_log *log, struct error *error)
{
	struct ap_config *config = calloc(1, sizeof(*config));
	bool ok;

	if (!config) {
		error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	ok = read_text(config, text, name, interface, options, error);
	wifi_ap_check_groups(&config->conf, name);
	for (size_t i = 0; origin && i < config->conf.warnings.count; i++)
		hostapd_edit_relocate(origin, &config->conf.warnings.list[i]);
	if (origin && !ok)
		hostapd_edit_relocate(origin, error);
	wifi_log_warnings(log, &config->conf.warnings, options);
	if (ok)
		return config;
	wifi_ap_config_free(config);
	return NULL;
}

struct ap_config *wifi_ap_config_new(const char *text, const char *name, const char *interface,
				     const struct wifi_options *options, struct wifi_log *log, struct error *error)
{
	return config_new(text, name, interface, NULL, options, log, error);
}

struct ap_config *wifi_ap_config_of_edit(const struct hostapd_edit *edit, const struct wifi_options *options,
					 struct wifi_log *log, struct error *error)
{
	char *text = hostapd_edit_text(edit);
	struct ap_config *config =
		text ? config_new(text, hostapd_edit_interface(edit, 0), NULL, edit, options, log, error) : NULL;

	if (!text)
		error_set(error, 0, "no memory");
	text_file_free(text);
	return config;
}

void *wifi_ap_read_config(const char *file, const struct wifi_options *options, struct wifi_log *log,
			  struct error *error)
{
	char *text = text_file_load(file, error);
	const char *interface = options->interface[0] ? options->interface : NULL;
	struct ap_config *config = text ? wifi_ap_config_new(text, file, interface, options, log, error) : NULL;

	text_file_free(text);
	return config;
}

void wifi_ap_set_networks(void *config, struct wifi *wifi)
{
	const struct ap_config *own = config;
	const struct hostapd_conf *conf = &own->conf;

	wifi->use_driver = own->use_driver;
	wifi->count = (unsigned)conf->bss_count;
	for (unsigned i = 0; i < wifi->count; i++) {
		memcpy(wifi->networks[i].interface, conf->bss[i].interface, sizeof(wifi->networks[i].interface));
		memcpy(wifi->networks[i].bridge, conf->bss[i].bridge, sizeof(wifi->networks[i].bridge));
		memcpy(wifi->networks[i].addr, conf->bss[i].bssid, 6);
	}
}

static int create_driver_ap(struct ap_adapter *adapter, const struct hostapd_conf *conf, struct crypto *crypto,
			    struct wifi *wifi, const uint8_t seed[RANDOM_SEED_LEN], struct error *error)
{
	struct driver_ap_setup card = wifi_ap_card_setup(conf, &adapter->setup);
	int err = 0;

	adapter->driver_ap = driver_ap_new(wifi->driver, &card, &adapter->setup, crypto, seed, &err, error);
	for (unsigned i = 0; i < wifi->count; i++)
		memcpy(wifi->networks[i].addr, card.networks[i].bssid, 6);
	return err;
}

static int create_ap(struct ap_adapter *adapter, const struct hostapd_conf *conf, struct crypto *crypto,
		     struct wifi *wifi, struct error *error)
{
	uint8_t seed[RANDOM_SEED_LEN];
	int err = 0;

	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return error_set(error, -EIO, "cannot get random numbers: %s", strerror(errno));
	if (wifi->driver)
		err = create_driver_ap(adapter, conf, crypto, wifi, seed, error);
	else
		adapter->ap = soft_ap_new(crypto, &adapter->setup, seed);
	crypto_wipe(seed, sizeof(seed));
	if (!wifi->driver && !adapter->ap)
		return error_set(error, -ENOMEM, "cannot create the access point: no memory");
	return err;
}

enum wifi_result wifi_ap_create(void *config, struct crypto *crypto, struct wifi *wifi, struct error *error)
{
	struct hostapd_conf *conf = &((struct ap_config *)config)->conf;
	struct ap_adapter *adapter = calloc(1, sizeof(*adapter));
	int err = -EINVAL;
	bool ok;

	if (!adapter) {
		error_set(error, -ENOMEM, "no memory");
		return WIFI_FAILED;
	}
	ok = hostapd_conf_setup(conf, crypto, &adapter->setup, error);
	for (unsigned i = 0; ok && i < wifi->count; i++)
		memcpy(adapter->setup.bss[i].bssid, wifi->networks[i].addr, 6);
	adapter->setup.ft_store = wifi->ft_store;
	adapter->setup.process = wifi->aps;
	if (ok)
		err = create_ap(adapter, conf, crypto, wifi, error);
	if (err) {
		crypto_wipe(adapter, sizeof(*adapter));
		free(adapter);
		return wifi_exit_code(err);
	}
	wifi->ops = wifi->driver ? &driver_ops : &ops;
	wifi->mlme = adapter;
	return WIFI_OK;
}

/* ---- while it runs ---- */

bool wifi_ap_command(struct wifi *wifi, const struct ap_command *command)
{
	struct ap_adapter *adapter = wifi->mlme;
	struct actions *out;
	bool done;

	if (!adapter)
		return false;
	if (adapter->driver_ap)
		return driver_ap_command(adapter->driver_ap, command);
	out = wifi_actions(wifi);
	if (!out)
		return false;
	done = soft_ap_command(adapter->ap, command, monotonic_ns(), out);
	wifi_apply(wifi);
	return done;
}

int wifi_ap_switch_channel(struct wifi *wifi, const struct driver_ap_move *move, struct error *error)
{
	const struct ap_channel_move target = {
		.freq_mhz = move->freq_mhz, .count = move->count, .block_tx = move->block_tx};
	struct ap_adapter *adapter = wifi->mlme;
	struct actions *out;
	int ret;

	if (adapter && adapter->driver_ap)
		return driver_ap_switch_channel(adapter->driver_ap, move, error);
	out = adapter ? wifi_actions(wifi) : NULL;
	if (!out)
		return error_set(error, -ENETDOWN, "the network is not on the air; enable it first");
	ret = soft_ap_switch_channel(adapter->ap, &target, monotonic_ns(), out, error);
	wifi_apply(wifi);
	return ret;
}

bool wifi_ap_simulate_radar(const struct wifi *wifi, uint32_t radar_event, const struct plane_channel *channel)
{
	const struct ap_adapter *adapter = wifi->mlme;

	return adapter && adapter->driver_ap && driver_ap_simulate_radar(adapter->driver_ap, radar_event, channel);
}

struct plane_channel wifi_ap_channel(const struct wifi *wifi)
{
	const struct ap_adapter *adapter = wifi->mlme;

	if (!adapter)
		return (struct plane_channel){0};
	return adapter->driver_ap ? driver_ap_channel(adapter->driver_ap) : soft_ap_channel(adapter->ap);
}

const struct ap_phy *wifi_ap_present_phy(const struct wifi *wifi)
{
	const struct ap_adapter *adapter = wifi->mlme;

	return adapter && adapter->driver_ap ? driver_ap_present_phy(adapter->driver_ap) : NULL;
}

struct ap_protection_info wifi_ap_protection(const struct wifi *wifi)
{
	const struct ap_adapter *adapter = wifi->mlme;

	if (!adapter)
		return (struct ap_protection_info){0};
	return adapter->driver_ap ? driver_ap_protection(adapter->driver_ap) : soft_ap_protection(adapter->ap);
}

bool wifi_ap_station(struct wifi *wifi, size_t nth, struct ap_station_info *info)
{
	return wifi->mlme && station_info(wifi->mlme, nth, info);
}

void wifi_ap_update_counters(struct wifi *wifi)
{
	struct ap_adapter *adapter = wifi->mlme;

	if (adapter && adapter->driver_ap)
		driver_ap_update_counters(adapter->driver_ap);
}

const struct ap_setup *wifi_ap_setup(const struct wifi *wifi)
{
	const struct ap_adapter *adapter = wifi->mlme;

	return adapter ? &adapter->setup : NULL;
}

bool wifi_ap_renew_lists(struct wifi *wifi, const struct hostapd_bss *from, unsigned bss)
{
	struct ap_adapter *adapter = wifi->mlme;
	struct ap_mac_list accept, deny;
	struct ap_bss_setup *setup;

	if (!adapter || bss >= adapter->setup.bss_count)
		return false;
	setup = &adapter->setup.bss[bss];
	accept = setup->accept;
	deny = setup->deny;
	setup->accept =
		(struct ap_mac_list){(const uint8_t(*)[6])from->accept.list, from->accept.vlans, from->accept.count};
	setup->deny = (struct ap_mac_list){(const uint8_t(*)[6])from->deny.list, NULL, from->deny.count};
	if (wifi_ap_command(wifi, &(struct ap_command){.kind = AP_COMMAND_SET_BSS, .bss = bss, .setup = setup}))
		return true;
	setup->accept = accept;
	setup->deny = deny;
	return false;
}
