/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The configuration of `vifi ap`: ap.c runs it, ap_check.c describes it. */
#ifndef VIFI_WIFI_AP_CONFIG_H
#define VIFI_WIFI_AP_CONFIG_H

#include "conf/hostapd_edit.h"
#include "driver/ap.h"
#include "wifi/wifi.h"

struct ap_config {
	struct hostapd_conf conf;
	bool use_driver;
	struct hostapd_edit *edit; /* the text that it is from */
};

/*
 * Reads a text in the format of hostapd.conf, and the files that it names; `name` is that of the text in messages. Logs
 * warnings. `interface` (or NULL) replaces that of the first network. Returns NULL with an error.
 */
struct ap_config *wifi_ap_config_new(const char *text, const char *name, const char *interface,
				     const struct wifi_options *options, struct wifi_log *log, struct error *error);

/* The same for the text of an edit, whose lines are from files and commands. */
struct ap_config *wifi_ap_config_of_edit(const struct hostapd_edit *edit, const struct wifi_options *options,
					 struct wifi_log *log, struct error *error);
void wifi_ap_config_free(struct ap_config *config);

/* The functions of struct wifi_program. */
void *wifi_ap_read_config(const char *file, const struct wifi_options *options, struct wifi_log *log,
			  struct error *error);
void wifi_ap_set_networks(void *config, struct wifi *wifi);
enum wifi_result wifi_ap_create(void *config, struct crypto *crypto, struct wifi *wifi, struct error *error);

enum wifi_ap_change {
	WIFI_AP_CHANGED, /* it borrows from the new configuration instead of the old one */
	WIFI_AP_REFUSED, /* with an error: it goes on as before */
	WIFI_AP_RESTART, /* with the reason: it has to start again, with either configuration */
};

/*
 * Applies a configuration to the access point that runs. Networks are known by their interfaces: those that are only in one
 * of both come or go, and the others are not disturbed.
 */
enum wifi_ap_change wifi_ap_reconfigure(struct wifi *wifi, struct ap_config *config, const struct ap_config *old,
					struct crypto *crypto, struct error *error);

/* The number of a network in the radio; WIFI_NETWORKS_MAX: there is none. */
unsigned wifi_network_number(const struct wifi *wifi, const char *interface);

/*
 * Has the address lists of network `number` take effect after a change to those of its configuration, with which it runs.
 * Returns false if it goes on with those that it had, and still borrows them.
 */
bool wifi_ap_renew_lists(struct wifi *wifi, const struct hostapd_bss *from, unsigned number);

/* For the operator: as ap_run_command() and ap_station_info(). They return false while the access point does not run. */
bool wifi_ap_command(struct wifi *wifi, const struct ap_command *command);
int wifi_ap_switch_channel(struct wifi *wifi, const struct driver_ap_move *move, struct error *error);

/* driver_ap_simulate_radar() of driver/ap.h; false for a network on the medium, too. */
bool wifi_ap_simulate_radar(const struct wifi *wifi, uint32_t radar_event, const struct plane_channel *channel);
struct plane_channel wifi_ap_channel(const struct wifi *wifi); /* the present one; freq_mhz 0: it does not run */
const struct ap_phy *
wifi_ap_present_phy(const struct wifi *wifi); /* ap_present_phy() of mlme/ap.h; NULL on the medium */
struct ap_protection_info wifi_ap_protection(const struct wifi *wifi);
bool wifi_ap_station(struct wifi *wifi, size_t nth, struct ap_station_info *info);
void wifi_ap_update_counters(struct wifi *wifi);
const struct ap_setup *wifi_ap_setup(const struct wifi *wifi); /* what runs; NULL: nothing does */

/* What a card needs to know; `setup` is that of the same file. */
struct driver_ap_setup wifi_ap_card_setup(const struct hostapd_conf *conf, const struct ap_setup *setup);

/* `vifi ap --check`: prints what was understood of a file, and whether its card can do it. */
enum wifi_result wifi_ap_check(void *config, struct crypto *crypto, struct error *error);
bool wifi_ap_check_sockets(const void *config, struct error *error);

/* Warns of a ctrl_interface_group that does not exist: hostapd refuses it without a control socket, too. */
void wifi_ap_check_groups(struct hostapd_conf *conf, const char *name);

#endif
