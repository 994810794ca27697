/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `vifi ap` as a process. */
#include "wifi/ap_config.h"
#include "wifi/ap_hub.h"
#include "wifi/check.h"

static void free_config(void *config)
{
	wifi_ap_config_free(config);
}

const struct wifi_program wifi_ap_program = {
	.name = "vifi ap",
	.stock_name = "hostapd",
	.read_config = wifi_ap_read_config,
	.set_networks = wifi_ap_set_networks,
	.create_mlme = wifi_ap_create,
	.free_config = free_config,
	.check = wifi_ap_check,
	.check_sockets = wifi_ap_check_sockets,
	.describe = wifi_ap_describe,
	.open_control = ap_hub_open,
	.confine_control = ap_hub_confine,
	.control_ready = ap_hub_ready,
	.reload = ap_hub_reload,
	.reload_text = ap_hub_reload_text,
	.radio = ap_hub_radio,
	.control_failed = ap_hub_handle_failures,
	.close_control = ap_hub_close,
};
