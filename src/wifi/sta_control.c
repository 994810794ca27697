/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The control socket of a station: connects ctrl/sta/wpas.h to the station, the file and the clients. */
#include "wifi/sta_adapter.h"

#include "ctrl/event.h"
#include "daemon/atomic_file.h"
#include "daemon/clock.h"
#include "nl80211/driver_flags.h"
#include "wifi/explain.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { NS_PER_MS = 1000000 };

static struct sta_adapter *adapter_of(void *user)
{
	return user;
}

static enum sta_answer request(void *user, const struct sta_request *wanted)
{
	struct sta_adapter *adapter = adapter_of(user);
	struct actions unused = {0}, *out;
	enum sta_answer answer;

	if (adapter->driver_sta)
		return driver_sta_request(adapter->driver_sta, wanted, monotonic_ns());
	out = wifi_actions(adapter->wifi);
	answer = soft_sta_request(adapter->sta, wanted, monotonic_ns(), out ? out : &unused);
	if (out)
		wifi_apply(adapter->wifi);
	actions_free(&unused);
	return answer;
}

static const struct sta *control(void *user)
{
	struct sta_adapter *adapter = adapter_of(user);

	return adapter->driver_sta ? driver_sta_control(adapter->driver_sta) : soft_sta_control(adapter->sta);
}

static void info(void *user, struct sta_info *out)
{
	struct sta_adapter *adapter = adapter_of(user);

	if (adapter->driver_sta)
		driver_sta_info(adapter->driver_sta, out);
	else
		soft_sta_info(adapter->sta, out);
}

static void event(void *user, int level, const char *text)
{
	struct sta_adapter *adapter = adapter_of(user);

	if (adapter->server)
		ctrl_server_send(adapter->server, level, text);
	if (adapter->on_event)
		adapter->on_event(adapter->global, adapter->wpas.interface, level, text);
}

static bool save(void *user, const char *text, struct error *error)
{
	struct sta_adapter *adapter = adapter_of(user);
	int ret;

	if (!adapter->file[0])
		return error_set(error, false, "SAVE_CONFIG: vifi sta was started without a file");
	ret = atomic_file_write(adapter->file, text, strlen(text));
	adapter->file_is_old &= ret != 0;
	return ret == 0 ||
	       error_set(error, false, "SAVE_CONFIG: cannot write %.200s: %s", adapter->file, strerror(-ret));
}

static char *load(void *user, struct error *error)
{
	struct sta_adapter *adapter = adapter_of(user);

	if (adapter->file_is_old) {
		error_set(
			error, -ESTALE,
			"%.200s is older than what `vifi sta reload --config FILE` has brought, as `systemctl reload` "
			"does: use that again",
			adapter->file);
		return NULL;
	}
	if (adapter->file[0])
		return text_file_load(adapter->file, error);
	error_set(error, -ENOENT, "RECONFIGURE: vifi sta was started without a file");
	return NULL;
}

static void set_country(void *user, const char *country)
{
	struct sta_adapter *adapter = adapter_of(user);

	if (adapter->wifi->driver)
		driver_sta_set_country(adapter->wifi->driver, country);
}

/* Over the medium --power-save decides, at the start. */
static bool set_power_save(void *user, bool on)
{
	struct sta_adapter *adapter = adapter_of(user);

	return adapter->driver_sta ? driver_sta_set_power_save(adapter->driver_sta, on)
				   : on == adapter->setup.power_save;
}

static bool ip_address(void *user, char text[16])
{
	struct sta_adapter *adapter = adapter_of(user);
	struct ifreq query = {0};
	struct sockaddr_in address;

	memcpy(query.ifr_name, adapter->wpas.interface, IFNAMSIZ);
	if (adapter->inet_fd < 0 || ioctl(adapter->inet_fd, SIOCGIFADDR, &query) < 0)
		return false;
	memcpy(&address, &query.ifr_addr, sizeof(address));
	return inet_ntop(AF_INET, &address.sin_addr, text, 16);
}

static void log_text(void *user, const char *text)
{
	struct sta_adapter *adapter = adapter_of(user);

	wifi_log_printf(adapter->wifi->log, adapter->wpas.interface, "%s", text);
}

static void log_detail(void *user, bool set, uint32_t *debug, bool *timestamps)
{
	struct wifi_log *log = adapter_of(user)->wifi->log;

	if (set) {
		log->debug = *debug;
		log->timestamps = *timestamps;
	}
	*debug = log->debug;
	*timestamps = log->timestamps;
}

static bool reopen_log(void *user)
{
	return wifi_log_reopen(adapter_of(user)->wifi->log);
}

static void terminate(void *user)
{
	struct sta_adapter *adapter = adapter_of(user);

	if (adapter->on_terminate)
		adapter->on_terminate(adapter->global);
	else
		raise(SIGTERM);
}

static uint64_t now_ns(void *user)
{
	(void)user;
	return monotonic_ns();
}

/* ---- the timer of what ends by itself ---- */

static void on_timer(uv_timer_t *timer);

static void arm_timer(struct sta_adapter *adapter)
{
	uint64_t due_ns = wpas_deadline(&adapter->wpas), now = monotonic_ns();

	if (!adapter->timer)
		return;
	if (due_ns == UINT64_MAX) {
		uv_timer_stop(adapter->timer);
		return;
	}
	uv_update_time(adapter->timer->loop);
	uv_timer_start(adapter->timer, on_timer, due_ns > now ? (due_ns - now + NS_PER_MS - 1) / NS_PER_MS : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct sta_adapter *adapter = timer->data;

	wpas_tick(&adapter->wpas, monotonic_ns());
	arm_timer(adapter);
}

static void on_timer_closed(uv_handle_t *handle)
{
	free(handle);
}

/* Without memory, reservations of the radio last until they are ended. */
static void open_timer(struct sta_adapter *adapter, uv_loop_t *loop)
{
	adapter->timer = calloc(1, sizeof(*adapter->timer));
	if (!adapter->timer)
		return;
	uv_timer_init(loop, adapter->timer);
	adapter->timer->data = adapter;
}

static void close_timer(struct sta_adapter *adapter)
{
	if (adapter->timer)
		uv_close((uv_handle_t *)adapter->timer, on_timer_closed);
	adapter->timer = NULL;
}

static void handle_command(void *user, char *command, struct ctrl_reply *reply)
{
	wpas_command(&adapter_of(user)->wpas, command, reply);
}

void sta_control_command(void *user, char *command, struct ctrl_reply *reply)
{
	struct sta_adapter *adapter = user;

	wifi_explain(adapter->wifi->log, handle_command, adapter, command, reply);
	arm_timer(adapter);
}

void sta_control_note(void *user, const char *interface, const struct action *note)
{
	struct sta_adapter *adapter = user;

	(void)interface;
	if (note->note == NOTE_INTERFACE_UP) /* perhaps of another card */
		sta_control_describe(adapter);
	wpas_note(&adapter->wpas, note);
	arm_timer(adapter);
}

bool sta_control_init(struct sta_adapter *adapter, const struct sta_config *config, struct crypto *crypto,
		      struct error *error)
{
	const struct wpas_owner owner = {.request = request,
					 .control = control,
					 .info = info,
					 .event = event,
					 .save = save,
					 .load = load,
					 .set_country = set_country,
					 .set_power_save = set_power_save,
					 .ip_address = ip_address,
					 .log = log_text,
					 .log_detail = log_detail,
					 .reopen_log = reopen_log,
					 .terminate = terminate,
					 .now_ns = now_ns,
					 .user = adapter};
	struct wpas *wpas = &adapter->wpas;

	adapter->inet_fd = -1;
	memcpy(adapter->file, config->file, sizeof(adapter->file));
	if (!wpas_init(wpas, &owner, crypto, config->text ? config->text : "", error))
		return false;
	memcpy(wpas->interface, config->interface, sizeof(wpas->interface));
	return true;
}

void sta_control_describe(struct sta_adapter *adapter)
{
	const struct wifi *wifi = adapter->wifi;

	memcpy(adapter->wpas.addr, wifi->networks[0].addr, 6);
	snprintf(adapter->wpas.radio, sizeof(adapter->wpas.radio), "%s", wifi->radio_name);
	if (!wifi->driver)
		return;
	memcpy(adapter->wpas.addr, driver_interface(wifi->driver, 0)->info.addr, 6);
	adapter->wpas.ifindex = driver_interface(wifi->driver, 0)->info.ifindex;
	snprintf(adapter->wpas.radio, sizeof(adapter->wpas.radio), "%.31s", driver_wiphy(wifi->driver)->name);
	if (driver_awaits_card(wifi->driver))
		return;
	adapter->wpas.ciphers = driver_wiphy(wifi->driver)->ciphers;
	adapter->wpas.driver_flags = nl80211_driver_flags(driver_wiphy(wifi->driver));
	adapter->wpas.rrm_flags = nl80211_rrm_flags(driver_wiphy(wifi->driver));
}

bool sta_control_open(struct sta_adapter *adapter, const struct sta_config *config, uv_loop_t *loop,
		      struct error *error)
{
	const char *value = wpa_store_get_global(&adapter->wpas.store, "ctrl_interface"),
		   *group = wpa_store_get_global(&adapter->wpas.store, "ctrl_interface_group");
	struct ctrl_server_setup setup = {
		.name = adapter->wpas.interface, .handle = sta_control_command, .user = adapter};
	char folder[CTRL_PATH_MAX];
	int err;

	open_timer(adapter, loop);
	adapter->inet_fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (config->ctrl_interface[0])
		value = config->ctrl_interface;
	if (!value)
		return true;
	if (!ctrl_server_parse(value, group ? group : "", folder, sizeof(folder), &setup, error))
		return false;
	adapter->server = ctrl_server_open(loop, &setup, &err, error);
	return adapter->server;
}

void sta_control_close(struct sta_adapter *adapter)
{
	if (adapter->server)
		wpas_event(&adapter->wpas, "CTRL-EVENT-TERMINATING ");
	close_timer(adapter);
	ctrl_server_close(adapter->server);
	adapter->server = NULL;
	if (adapter->inet_fd >= 0)
		close(adapter->inet_fd);
	adapter->inet_fd = -1;
}
