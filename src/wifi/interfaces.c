/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wifi/recorder.h"
#include "wifi/wifi.h"

#include "air/client.h"
#include "base/mac.h"
#include "crypto/digest.h"
#include "daemon/privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MTU = 1500 };

/* Returns the length of the machine's id; 0: it has none. */
static size_t read_machine_id(char *id, size_t size)
{
	FILE *file = fopen("/etc/machine-id", "re");
	size_t len;

	if (!file)
		return 0;
	len = fread(id, 1, size, file);
	fclose(file);
	return len;
}

/*
 * Derives a locally administered address from the interface's name, the machine and the network namespace: it stays the
 * same across restarts, and two hosts on one medium differ.
 */
static void derive_address(struct crypto *crypto, const char *interface, uint8_t addr[6])
{
	char machine_id[64];
	struct stat ns = {0};
	struct piece pieces[] = {{machine_id, read_machine_id(machine_id, sizeof(machine_id) - 1)},
				 {&ns.st_ino, sizeof(ns.st_ino)},
				 {interface, strlen(interface)}};

	stat("/proc/self/ns/net", &ns);
	if (digest(crypto, DIGEST_HMAC_SHA256, "vifi address", 12, pieces, 3, addr, 6) != 0)
		memset(addr, 0x5a, 6);
	addr[0] = (uint8_t)((addr[0] & 0xfc) | 2); /* locally administered, unicast */
}

/* The card answers to the address of the monitor interface. */
static enum wifi_result open_monitor(struct wifi *wifi, struct error *error)
{
	struct wifi_network *network = &wifi->networks[0];
	int err;

	wifi->monitor = monitor_open(wifi->monitor_name, &err, error);
	if (!wifi->monitor)
		return wifi_exit_code(err);
	if (mac_is_zero(network->addr))
		mac_copy(network->addr, monitor_addr(wifi->monitor));
	else if (!mac_equal(network->addr, monitor_addr(wifi->monitor)))
		wifi_log_printf(wifi->log, network->interface,
				"its address differs from that of %s: frames to it are acknowledged only if another "
				"interface of the card has this address and is up",
				wifi->monitor_name);
	return WIFI_OK;
}

enum wifi_result wifi_open_interface(struct wifi *wifi, unsigned number, struct crypto *crypto, struct error *error)
{
	struct wifi_network *network = &wifi->networks[number];
	struct tap_setup setup = {.name = network->interface,
				  .mtu = MTU,
				  .bridge = network->bridge,
				  .headroom = WIFI_HEADROOM,
				  .tailroom = WIFI_TAILROOM};
	int err;

	if (mac_is_zero(network->addr))
		derive_address(crypto, network->interface, network->addr);
	memcpy(setup.addr, network->addr, 6);
	wifi->taps[number] = tap_open(&setup, &err, error);
	if (!wifi->taps[number])
		return wifi_exit_code(err);
	if (tap_made_bridge(wifi->taps[number]))
		wifi_log_printf(wifi->log, network->interface, "created the bridge %s; it remains after exit",
				network->bridge);
	return WIFI_OK;
}

/*
 * Is there a medium to join? Asked before the first interface is created: a service that is started again until its medium or
 * its card is there must not take the name of the card for a moment each time. The user perhaps expected a card: the
 * error says why it is none.
 */
static bool has_medium(const struct wifi *wifi, struct error *error)
{
	struct error reason;
	int fd;

	if (wifi->monitor || !wifi->count || wifi->taps[0])
		return true;
	if (!privilege_has(CAP_NET_ADMIN)) /* wifi_open_interface() fails, too, and names what is missing */
		return true;
	fd = air_connect(wifi->air_socket, &reason);
	if (fd >= 0)
		close(fd);
	return fd >= 0 || error_set(error, 0,
				    "%.300s (%s is not a Wi-Fi card, so its radio joins a virtual medium; `iw dev` "
				    "lists the cards)",
				    reason.text, wifi->networks[0].interface);
}

enum wifi_result wifi_open_interfaces(struct wifi *wifi, struct crypto *crypto, struct error *error)
{
	if (!wifi->history)
		wifi->history = history_new();
	if (wifi->use_driver)
		return wifi_card_open(wifi, error);
	if (wifi->monitor_name[0] && !wifi->monitor) {
		enum wifi_result result = open_monitor(wifi, error);

		if (result != WIFI_OK)
			return result;
	}
	if (!has_medium(wifi, error))
		return WIFI_FAILED;
	for (unsigned i = 0; i < wifi->count; i++) {
		enum wifi_result result = wifi->taps[i] /* of an earlier start */
						  ? WIFI_OK
						  : wifi_open_interface(wifi, i, crypto, error);

		if (result != WIFI_OK)
			return result;
	}
	return WIFI_OK;
}

void wifi_discard_interfaces(struct wifi *wifi)
{
	wifi_recorder_close(wifi);
	history_free(wifi->history);
	wifi->history = NULL;
	for (unsigned i = 0; i < wifi->count; i++) {
		tap_discard(wifi->taps[i]);
		wifi->taps[i] = NULL;
	}
}

void wifi_close_interfaces(struct wifi *wifi)
{
	wifi_recorder_close(wifi);
	monitor_close(wifi->monitor);
	wifi->monitor = NULL;
	history_free(wifi->history);
	wifi->history = NULL;
	for (unsigned i = 0; i < wifi->count; i++) {
		tap_close(wifi->taps[i]);
		wifi->taps[i] = NULL;
	}
}
