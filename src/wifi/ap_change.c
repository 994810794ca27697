/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changes of the configuration while the access point runs. Only what is refused is undone, so what can be refused comes first:
 *
 *	1. networks that must make room go: their interface gets another address, or the radio has no room for more
 *	2. new networks come
 *	3. the others change
 *	4. networks that are not in the new configuration go
 */
#include "wifi/ap_adapter.h"

#include "base/mac.h"
#include "nl80211/ap/phy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOWHERE WIFI_NETWORKS_MAX

struct change {
	struct wifi *wifi;
	struct ap_adapter *adapter;
	struct crypto *crypto;
	const struct hostapd_conf *conf, *old_conf;
	struct ap_setup fresh; /* of `conf`, by its order */
	struct ap_setup setup; /* … by numbers */
	struct driver_ap_setup card;
	unsigned numbers[AP_BSS_MAX];                /* of each network of `conf`; NOWHERE: it is new */
	bool is_new[AP_BSS_MAX];                     /* … as it was at first */
	bool goes[WIFI_NETWORKS_MAX];                /* by number */
	bool goes_first[WIFI_NETWORKS_MAX];          /* … to make room */
	struct wifi_network gone[WIFI_NETWORKS_MAX]; /* … what it was */
};

unsigned wifi_network_number(const struct wifi *wifi, const char *interface)
{
	unsigned number = 0;

	while (number < wifi->count && strcmp(wifi->networks[number].interface, interface) != 0)
		number++;
	return number < wifi->count ? number : NOWHERE;
}

static size_t find_conf(const struct hostapd_conf *conf, const char *interface)
{
	size_t i = 0;

	while (i < conf->bss_count && strcmp(conf->bss[i].interface, interface) != 0)
		i++;
	return i;
}

/* ---- what changes ---- */

/* Must the radio start again? Returns the reason, or NULL. */
static const char *reason_to_restart(const struct ap_config *config, const struct ap_config *old)
{
	const struct hostapd_conf *a = &config->conf, *b = &old->conf;

	if (config->use_driver != old->use_driver || strcmp(a->bss[0].interface, b->bss[0].interface) != 0)
		return "the file names another radio";
	if (a->freq_mhz != b->freq_mhz || memcmp(&a->radio, &b->radio, sizeof(a->radio)))
		return "the radio's settings have changed";
	if (memcmp(a->bss[0].bssid, b->bss[0].bssid, 6))
		return "the address of the first network has changed";
	return NULL;
}

/* Finds the numbers of the networks that stay, and which ones go. */
static void compare(struct change *change)
{
	const struct wifi *wifi = change->wifi;

	for (unsigned number = 0; number < wifi->count; number++) {
		const char *interface = wifi->networks[number].interface;
		size_t i = find_conf(change->conf, interface), k = find_conf(change->old_conf, interface);

		change->goes[number] = *interface;
		if (!*interface || i == change->conf->bss_count)
			continue;
		if (k < change->old_conf->bss_count &&
		    mac_equal(change->conf->bss[i].bssid, change->old_conf->bss[k].bssid)) {
			change->numbers[i] = number;
			change->goes[number] = false;
		} else { /* its address is that of the network */
			change->goes_first[number] = true;
		}
	}
	for (size_t i = 0; i < change->conf->bss_count; i++)
		change->is_new[i] = change->numbers[i] == NOWHERE;
}

/* Is there no room for new networks beside all that there are? */
static void make_room(struct change *change)
{
	const struct driver *driver = change->wifi->driver;
	unsigned max = driver ? nl80211_ap_count_max(driver_wiphy(driver)) : AP_BSS_MAX, count = 0;

	for (unsigned number = 0; number < change->wifi->count; number++)
		count += change->wifi->networks[number].interface[0] && !change->goes_first[number];
	for (size_t i = 0; i < change->conf->bss_count; i++)
		count += change->is_new[i];
	for (unsigned number = 0; count > max && number < WIFI_NETWORKS_MAX; number++)
		change->goes_first[number] |= change->goes[number];
}

/* An address of the file that another network has: the medium, or the kernel, could not tell them apart. */
static bool check_address(const struct change *change, size_t entry, struct error *error)
{
	const struct wifi *wifi = change->wifi;
	const uint8_t *addr = change->conf->bss[entry].bssid;

	for (unsigned number = 0; number < wifi->count; number++)
		if (!mac_is_zero(addr) && mac_equal(wifi->networks[number].addr, addr))
			return error_set(error, false, "%s: %s has its bssid already; choose another one",
					 change->conf->bss[entry].interface, wifi->networks[number].interface);
	return true;
}

/* ---- steps ---- */

static void remove_network(struct change *change, unsigned number)
{
	struct ap_adapter *adapter = change->adapter;

	if (adapter->driver_ap)
		driver_ap_remove_network(adapter->driver_ap, number);
	else
		wifi_ap_command(change->wifi, &(struct ap_command){.kind = AP_COMMAND_REMOVE_BSS, .bss = number});
	wifi_remove_network(change->wifi, number);
}

static bool start_network(struct change *change, struct driver_ap_network *network, struct ap_bss_setup *bss,
			  unsigned number, struct error *error)
{
	struct ap_adapter *adapter = change->adapter;
	struct wifi *wifi = change->wifi;

	if (adapter->driver_ap) {
		if (driver_ap_add_network(adapter->driver_ap, number, network, bss, change->card.ciphers, error))
			return false;
		mac_copy(wifi->networks[number].addr, bss->bssid);
		return true;
	}
	mac_copy(bss->bssid, wifi->networks[number].addr);
	return wifi_ap_command(wifi, &(struct ap_command){.kind = AP_COMMAND_ADD_BSS, .bss = number, .setup = bss}) ||
	       error_set(error, false, "%s: cannot start while the access point moves to another channel",
			 network->interface);
}

/* Adds a network, to which `bss` belongs, with this vacant number. */
static bool add_network(struct change *change, struct driver_ap_network *network, struct ap_bss_setup *bss,
			unsigned number, struct error *error)
{
	struct wifi_network own = {{0}, {0}, {0}};

	memcpy(own.interface, network->interface, sizeof(own.interface));
	memcpy(own.bridge, network->bridge, sizeof(own.bridge));
	mac_copy(own.addr, network->bssid);
	if (!wifi_add_network(change->wifi, number, &own, change->crypto, error))
		return false;
	if (start_network(change, network, bss, number, error))
		return true;
	wifi_remove_network(change->wifi, number);
	return false;
}

static bool set_network(struct change *change, size_t entry, unsigned number, struct error *error)
{
	const struct driver_ap_network *network = &change->card.networks[entry];
	const struct ap_bss_setup *bss = &change->setup.bss[number], *old = &change->adapter->setup.bss[number];
	struct wifi *wifi = change->wifi;

	if (change->adapter->driver_ap) {
		if (driver_ap_set_network(change->adapter->driver_ap, number, network, bss, old, change->card.ciphers,
					  error))
			return false;
	} else if (!wifi_change_bridge(wifi, number, network->bridge, error)) {
		return false;
	} else if (!wifi_ap_command(wifi,
				    &(struct ap_command){.kind = AP_COMMAND_SET_BSS, .bss = number, .setup = bss})) {
		return error_set(error, false, "%s cannot change while it runs", network->interface);
	}
	return wifi_change_bridge(wifi, number, network->bridge, error);
}

/* ---- undo ---- */

static void unset_networks(struct change *change, size_t count)
{
	struct ap_setup *setup = &change->adapter->setup;
	struct driver_ap_setup card = wifi_ap_card_setup(change->old_conf, &change->fresh);
	struct error ignored;

	for (size_t i = 0; i < count; i++) {
		unsigned number = change->numbers[i];
		size_t k = find_conf(change->old_conf, change->conf->bss[i].interface);

		if (change->is_new[i])
			continue;
		if (change->adapter->driver_ap)
			driver_ap_set_network(change->adapter->driver_ap, number, &card.networks[k],
					      &setup->bss[number], &setup->bss[number], 0, &ignored);
		else
			wifi_ap_command(change->wifi, &(struct ap_command){.kind = AP_COMMAND_SET_BSS,
									   .bss = number,
									   .setup = &setup->bss[number]});
		wifi_change_bridge(change->wifi, number, card.networks[k].bridge, &ignored);
	}
}

/* The networks that went first come back, without their stations. */
static void bring_back(struct change *change)
{
	struct driver_ap_setup card = wifi_ap_card_setup(change->old_conf, &change->fresh);
	struct error error;

	for (unsigned number = 0; number < WIFI_NETWORKS_MAX; number++) {
		const char *interface = change->gone[number].interface;
		size_t k = find_conf(change->old_conf, interface);

		if (*interface && k < change->old_conf->bss_count &&
		    !add_network(change, &card.networks[k], &change->adapter->setup.bss[number], number, &error))
			wifi_log_printf(change->wifi->log, interface, "%s", error.text);
	}
}

/* Networks before `count` have been added, and those before `set_count` changed. */
static enum wifi_ap_change refuse(struct change *change, size_t count, size_t set_count)
{
	unset_networks(change, set_count);
	for (size_t i = 0; i < count; i++)
		if (change->is_new[i])
			remove_network(change, change->numbers[i]);
	bring_back(change);
	return WIFI_AP_REFUSED;
}

/* ---- all ---- */

static void remove_networks(struct change *change, const bool which[WIFI_NETWORKS_MAX])
{
	for (unsigned number = 0; number < WIFI_NETWORKS_MAX; number++) {
		if (!which[number] || !change->wifi->networks[number].interface[0])
			continue;
		change->gone[number] = change->wifi->networks[number];
		remove_network(change, number);
	}
}

static unsigned find_vacant(const struct wifi *wifi)
{
	unsigned number = 1; /* the first network stays */

	while (number < wifi->count && wifi->networks[number].interface[0])
		number++;
	return number;
}

/* Gives a new network its number, and its setup the place. */
static bool add_new(struct change *change, size_t entry, struct error *error)
{
	unsigned number = find_vacant(change->wifi);

	if (number == WIFI_NETWORKS_MAX)
		return error_set(error, false, "%s: a radio has at most %d networks",
				 change->conf->bss[entry].interface, WIFI_NETWORKS_MAX);
	change->numbers[entry] = number;
	change->setup.bss[number] = change->fresh.bss[entry];
	change->setup.bss[number].owe_transition_bss = 0; /* known when all have numbers */
	return check_address(change, entry, error) &&
	       add_network(change, &change->card.networks[entry], &change->setup.bss[number], number, error);
}

/* Other BSSs of the pairs of OWE have their numbers. */
static void place_setups(struct change *change)
{
	change->setup.bss_count = change->wifi->count;
	for (size_t i = 0; i < change->conf->bss_count; i++) {
		struct ap_bss_setup *bss = &change->setup.bss[change->numbers[i]];
		unsigned pair = change->fresh.bss[i].owe_transition_bss;

		*bss = change->fresh.bss[i];
		mac_copy(bss->bssid, change->wifi->networks[change->numbers[i]].addr);
		bss->owe_transition_bss = pair ? change->numbers[pair - 1] + 1 : 0;
	}
}

static enum wifi_ap_change apply(struct change *change, struct error *error)
{
	const struct hostapd_conf *conf = change->conf;
	struct ap_adapter *adapter = change->adapter;

	remove_networks(change, change->goes_first);
	for (size_t i = 0; i < conf->bss_count; i++)
		if (change->is_new[i] && !add_new(change, i, error))
			return refuse(change, i, 0);
	place_setups(change);
	for (size_t i = 0; i < conf->bss_count; i++)
		if (!set_network(change, i, change->numbers[i], error))
			return refuse(change, conf->bss_count, i);
	remove_networks(change, change->goes);
	change->setup.phy = adapter->setup.phy;
	change->setup.ft_store = adapter->setup.ft_store;
	change->setup.process = adapter->setup.process;
	change->setup.freq_mhz = adapter->setup.freq_mhz;
	change->setup.regulatory = adapter->setup.regulatory;
	adapter->setup = change->setup;
	return WIFI_AP_CHANGED;
}

static enum wifi_ap_change run(struct change *change, struct ap_config *config, struct error *error)
{
	for (size_t i = 0; i < AP_BSS_MAX; i++)
		change->numbers[i] = NOWHERE;
	if (!hostapd_conf_setup(&config->conf, change->crypto, &change->fresh, error))
		return WIFI_AP_REFUSED;
	change->setup = change->fresh;
	crypto_wipe(change->setup.bss, sizeof(change->setup.bss));
	change->card = wifi_ap_card_setup(&config->conf, &change->fresh);
	compare(change);
	make_room(change);
	return apply(change, error);
}

enum wifi_ap_change wifi_ap_reconfigure(struct wifi *wifi, struct ap_config *config, const struct ap_config *old,
					struct crypto *crypto, struct error *error)
{
	const char *reason = reason_to_restart(config, old);
	enum wifi_ap_change result;
	struct change *change;

	if (!reason && (!wifi->mlme || (wifi->driver && !driver_queue(wifi->driver))))
		reason =
			"it is not on the air"; /* the interface is down, or the radio switched off: there are no stations */
	if (reason) {
		error_set(error, 0, "%s", reason);
		return WIFI_AP_RESTART;
	}
	if (!wifi_is_joined(wifi)) {
		error_set(error, 0, "the medium at %s is not available; reload when it is back", wifi->air_socket);
		return WIFI_AP_REFUSED;
	}
	change = calloc(1, sizeof(*change));
	if (!change) {
		error_set(error, 0, "no memory");
		return WIFI_AP_REFUSED;
	}
	change->wifi = wifi;
	change->adapter = wifi->mlme;
	change->crypto = crypto;
	change->conf = &config->conf;
	change->old_conf = &old->conf;
	result = run(change, config, error);
	crypto_wipe(change, sizeof(*change));
	free(change);
	return result;
}
