/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi sta`: the station of softmac/sta/soft_sta.h, or that of driver/sta.h, configured by wpa_supplicant.conf. */
#include "wifi/check.h"
#include "wifi/report.h"
#include "wifi/sta_adapter.h"
#include "wifi/sta_check.h"

#include "base/mac.h"
#include "base/text.h"
#include "ctrl/server/server.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define LISTEN_INTERVAL 10 /* beacon intervals, about a second; a shorter DTIM period decides */

/* ---- the state machine ---- */

static void start(void *mlme, uint64_t now_ns, struct actions *out)
{
	soft_sta_start(((struct sta_adapter *)mlme)->sta, now_ns, out);
}

static void stop(void *mlme, uint64_t now_ns, struct actions *out)
{
	soft_sta_stop(((struct sta_adapter *)mlme)->sta, now_ns, out);
}

static void receive_frames(void *mlme, struct frame **frames, size_t count, uint64_t now_ns, struct actions *out)
{
	soft_sta_receive(((struct sta_adapter *)mlme)->sta, frames, count, now_ns, out);
}

static void send_frames(void *mlme, unsigned network, struct frame **frames, size_t count, uint64_t now_ns,
			struct actions *out)
{
	(void)network;
	soft_sta_send(((struct sta_adapter *)mlme)->sta, frames, count, now_ns, out);
}

static void report_tx_status(void *mlme, uint32_t cookie, bool acked, uint64_t now_ns, struct actions *out)
{
	soft_sta_tx_status(((struct sta_adapter *)mlme)->sta, cookie, acked, now_ns, out);
}

static uint64_t deadline(const void *mlme)
{
	return soft_sta_deadline(((const struct sta_adapter *)mlme)->sta);
}

static void tick(void *mlme, uint64_t now_ns, struct actions *out)
{
	soft_sta_tick(((struct sta_adapter *)mlme)->sta, now_ns, out);
}

static bool carrier(const void *mlme, unsigned network)
{
	struct sta_info info;

	(void)network;
	soft_sta_info(((const struct sta_adapter *)mlme)->sta, &info);
	return info.state == STA_CONNECTED;
}

static void log_status(const void *mlme, const struct wifi *wifi, uint64_t now_ns)
{
	static const char *const states[] = {
		[STA_STOPPED] = "stopped",
		[STA_SCANNING] = "scanning",
		[STA_AUTHENTICATING] = "authenticating",
		[STA_ASSOCIATING] = "associating",
		[STA_HANDSHAKE] = "in the 4-way handshake",
		[STA_CONNECTED] = "connected",
		[STA_BACKOFF] = "waiting before the next scan",
		[STA_IDLE] = "idle: no network is enabled, or the station was disconnected by a command",
	};
	const struct sta_adapter *adapter = mlme;
	const char *interface = wifi->networks[0].interface;
	struct sta_info info;
	char mac[MAC_TEXT_SIZE], ssid[SSID_TEXT];

	if (adapter->driver_sta)
		driver_sta_info(adapter->driver_sta, &info);
	else
		soft_sta_info(adapter->sta, &info);
	wifi_log_printf(wifi->log, interface, "station: %s", states[info.state]);
	if (info.state == STA_CONNECTED) {
		wifi_log_printf(wifi->log, interface,
				"network %s, %s, on %u MHz, %d dBm, %s (group: %s)%s%s, for %" PRIu64
				" s; received %" PRIu64 " frames, sent %" PRIu64 ", lost %" PRIu64,
				ssid_format(ssid, sizeof(ssid), info.ssid, info.ssid_len), mac_format(mac, info.bssid),
				info.freq_mhz, info.signal_dbm, cipher_name(info.pairwise), cipher_name(info.group),
				info.mfp ? ", management frame protection" : "", info.qos ? ", QoS" : "",
				(now_ns - info.connected_ns) / 1000000000, info.rx_frames, info.tx_frames,
				info.tx_lost);
	}
}

static const uint64_t *drops(const void *mlme)
{
	return soft_sta_drops(((const struct sta_adapter *)mlme)->sta);
}

static void free_mlme(void *mlme)
{
	struct sta_adapter *adapter = mlme;

	soft_sta_free(adapter->sta);
	wpas_free(&adapter->wpas);
	crypto_wipe(adapter, sizeof(*adapter));
	free(adapter);
}

static void set_recorder(void *mlme, struct trace_recorder *recorder)
{
	soft_sta_set_recorder(((struct sta_adapter *)mlme)->sta, recorder);
}

static const struct wifi_ops ops = {
	.kind = "sta",
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
	.report = wifi_report_sta,
	.free = free_mlme,
};

static const struct wifi_ops driver_ops = {
	.kind = "sta", .log_status = log_status, .report = wifi_report_sta, .free = free_mlme};

/* ---- the program ---- */

/* Which radio? If the interface exists and is Wi-Fi, or will, its driver, unless the user names a medium. */
static bool choose_driver(const struct wifi_options *options, bool *use_driver, struct error *error)
{
	bool medium_named = strcmp(options->air_socket, WIFI_AIR_SOCKET) != 0 || options->monitor[0];

	if (options->driver[0] && !strstr(options->driver, "nl80211") && strcmp(options->driver, "air") != 0)
		return error_set(
			error, false,
			"driver `%s` is not supported: -D nl80211 is for Wi-Fi cards, -D air for the medium of "
			"vifi air",
			options->driver);
	*use_driver = options->driver[0] ? strcmp(options->driver, "air") != 0
					 : !medium_named && (options->wait || wifi_card_exists(options->interface));
	return true;
}

static void free_config(void *config)
{
	struct sta_config *conf = config;

	wpa_conf_free(&conf->wpa);
	text_file_free(conf->text);
	free(conf);
}

/* Without a file, networks come by the control socket. */
static bool load_file(struct sta_config *conf, const char *file, struct error *error)
{
	char resolved[PATH_MAX];

	conf->text = *file ? text_file_load(file, error) : strdup("");
	if (!conf->text)
		return false;
	/* The process may change its folder, and may not search that of the file. */
	if (*file && realpath(file, resolved) && strlen(resolved) < sizeof(conf->file))
		memcpy(conf->file, resolved, strlen(resolved) + 1);
	return wpa_conf_parse(&conf->wpa, conf->text, *file ? file : "the empty configuration", error);
}

static void *read_config(const char *file, const struct wifi_options *options, struct wifi_log *log,
			 struct error *error)
{
	struct sta_config *conf = calloc(1, sizeof(*conf));
	bool ok;

	if (!conf) {
		error_set(error, -ENOMEM, "no memory");
		return NULL;
	}
	ok = load_file(conf, file, error);
	wifi_log_warnings(log, &conf->wpa.warnings, options);
	memcpy(conf->interface, options->interface, sizeof(conf->interface));
	memcpy(conf->ctrl_interface, options->ctrl_interface, sizeof(options->ctrl_interface));
	memcpy(conf->bridge, options->bridge, sizeof(conf->bridge));
	memcpy(conf->radio_of, options->radio_of, sizeof(conf->radio_of));
	memcpy(conf->addr, options->addr, sizeof(conf->addr));
	conf->power_save = options->power_save;
	conf->wait = options->wait;
	if (ok && choose_driver(options, &conf->use_driver, error))
		return conf;
	free_config(conf);
	return NULL;
}

static void set_networks(void *config, struct wifi *wifi)
{
	const struct sta_config *conf = config;

	wifi->count = 1;
	wifi->use_driver = conf->use_driver;
	memcpy(wifi->networks[0].interface, conf->interface, sizeof(conf->interface));
	memcpy(wifi->networks[0].bridge, conf->bridge, sizeof(conf->bridge));
	memcpy(wifi->networks[0].addr, conf->addr, sizeof(conf->addr));
}

/* From the start on, also before the first network: the card's own address does not appear. */
static enum driver_address first_address(const struct wpa_global *global)
{
	return (enum driver_address)(global->mac_addr ? global->mac_addr : global->preassoc_mac_addr);
}

static int create_driver_sta(struct sta_adapter *adapter, const struct sta_config *conf, struct crypto *crypto,
			     struct wifi *wifi, const uint8_t seed[RANDOM_SEED_LEN], struct error *error)
{
	const struct wifi_network *network = &wifi->networks[0];
	int err;
	const struct driver_sta_card card = {.interface = network->interface,
					     .radio_of = conf->radio_of,
					     .bridge = network->bridge,
					     .addr = mac_is_zero(network->addr) ? NULL : network->addr,
					     .random_address = first_address(&conf->wpa.global),
					     .power_save = conf->power_save - WIFI_POWER_SAVE_OFF,
					     .wait = conf->wait};

	adapter->driver_sta = driver_sta_new(wifi->driver, &card, &adapter->setup, crypto, seed, &err, error);
	return err;
}

static int create_sta(struct sta_adapter *adapter, const struct sta_config *conf, struct crypto *crypto,
		      struct wifi *wifi, struct error *error)
{
	uint8_t seed[RANDOM_SEED_LEN];
	int err = 0;

	if (getrandom(seed, sizeof(seed), 0) != sizeof(seed))
		return error_set(error, -EIO, "cannot get random numbers: %s", strerror(errno));
	if (wifi->driver)
		err = create_driver_sta(adapter, conf, crypto, wifi, seed, error);
	else
		adapter->sta = soft_sta_new(crypto, &adapter->setup, seed);
	crypto_wipe(seed, sizeof(seed));
	if (!wifi->driver && !adapter->sta)
		return error_set(error, -ENOMEM, "cannot create the station: no memory");
	return err;
}

/* The control socket keeps networks that cannot be used; a file that has one is refused. */
static bool all_usable(const struct sta_adapter *adapter, struct error *error)
{
	const struct wpa_store *store = &adapter->wpas.store;
	const struct wpa_store_network *network = NULL;

	while ((network = wpa_store_next(store, network)))
		if (network->complete && !network->usable)
			return error_set(error, false, "%s", network->why);
	return true;
}

/* The networks are those that the control socket can change; their keys are derived once, there. */
static int set_up(struct sta_adapter *adapter, struct sta_config *conf, struct crypto *crypto, struct wifi *wifi,
		  struct error *error)
{
	wpa_conf_scan_setup(&conf->wpa, &adapter->setup);
	wpa_conf_forget_networks(&conf->wpa);
	if (!sta_control_init(adapter, conf, crypto, error) || !all_usable(adapter, error))
		return -EINVAL;
	memcpy(adapter->setup.addr, wifi->networks[0].addr, 6);
	adapter->setup.four_address = wifi->networks[0].bridge[0];
	adapter->setup.power_save = conf->power_save == WIFI_POWER_SAVE_ON;
	adapter->setup.listen_interval = adapter->setup.power_save ? LISTEN_INTERVAL : 0;
	adapter->setup.networks = wpas_networks(&adapter->wpas, &adapter->setup.network_count);
	return create_sta(adapter, conf, crypto, wifi, error);
}

static enum wifi_result create_mlme(void *config, struct crypto *crypto, struct wifi *wifi, struct error *error)
{
	struct sta_config *conf = config;
	struct sta_adapter *adapter = calloc(1, sizeof(*adapter));
	int err;

	if (!adapter) {
		error_set(error, -ENOMEM, "no memory");
		return WIFI_FAILED;
	}
	adapter->wifi = wifi;
	err = set_up(adapter, conf, crypto, wifi, error);
	if (err) {
		free_mlme(adapter);
		return wifi_exit_code(err);
	}
	sta_control_describe(adapter);
	if (wifi->driver && conf->wpa.global.country[0])
		driver_sta_set_country(wifi->driver, conf->wpa.global.country);
	wifi->ops = wifi->driver ? &driver_ops : &ops;
	wifi->mlme = adapter;
	wifi->on_note = sta_control_note;
	wifi->owner = adapter;
	return WIFI_OK;
}

static enum wifi_result check(void *config, struct crypto *crypto, struct error *error)
{
	struct sta_config *conf = config;
	struct sta_setup setup;

	if (!wpa_conf_setup(&conf->wpa, crypto, &setup, error))
		return WIFI_USAGE;
	return wifi_sta_check(&setup, conf->interface, conf->use_driver, error);
}

static bool check_sockets(const void *config, struct error *error)
{
	const struct wpa_global *global = &((const struct sta_config *)config)->wpa.global;
	struct ctrl_server_setup setup = {0};
	char folder[CTRL_PATH_MAX];

	return !global->ctrl_interface[0] || ctrl_server_parse(global->ctrl_interface, global->ctrl_interface_group,
							       folder, sizeof(folder), &setup, error);
}

const struct wifi_program wifi_sta_program = {
	.name = "vifi sta",
	.stock_name = "wpa_supplicant",
	.read_config = read_config,
	.set_networks = set_networks,
	.create_mlme = create_mlme,
	.free_config = free_config,
	.open_control = sta_hub_open,
	.confine_control = sta_hub_confine,
	.control_ready = sta_hub_ready,
	.reload = sta_hub_reload,
	.reload_text = sta_hub_reload_text,
	.radio = sta_hub_radio,
	.control_failed = sta_hub_failed,
	.close_control = sta_hub_close,
	.check = check,
	.check_sockets = check_sockets,
	.describe = wifi_sta_describe,
};
