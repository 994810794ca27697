/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctrl/sta/wpas.h"

#include "ctrl/command.h"

#include <string.h>

static wpas_handler accept_command, refuse, test_events, reopen_log, terminate, interface_name;

/* Commands of features that there are none of: nothing remains to be done. */
static void accept_command(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)wpas;
	(void)arguments;
	ctrl_ok(reply, true);
}

/* Commands of features that there are none of, which ask for something. */
static void refuse(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)wpas;
	(void)arguments;
	ctrl_ok(reply, false);
}

/* So many events, for clients that test their end of the socket. */
static void test_events(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	uint32_t count;
	bool ok = ctrl_number(arguments, 1000, &count);

	for (uint32_t i = 1; ok && i <= count; i++)
		wpas_event(wpas, "TEST-EVENT-MESSAGE %u/%u", i, count);
	ctrl_ok(reply, ok);
}

static void reopen_log(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	ctrl_ok(reply, wpas->owner.reopen_log(wpas->owner.user));
}

static void terminate(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	ctrl_ok(reply, true);
	wpas->owner.terminate(wpas->owner.user);
}

static void interface_name(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	(void)arguments;
	ctrl_put(reply, "%s", wpas->interface);
}

static const struct command {
	const char *verb;
	wpas_handler *handle;
} commands[] = {
	{"ADD_NETWORK", wpas_add_network},
	{"SET_NETWORK", wpas_set_network},
	{"GET_NETWORK", wpas_get_network},
	{"REMOVE_NETWORK", wpas_remove_network},
	{"LIST_NETWORKS", wpas_list_networks},
	{"DUP_NETWORK", wpas_dup_network},
	{"SAVE_CONFIG", wpas_save_config},
	{"RECONFIGURE", wpas_reconfigure_command},
	{"SELECT_NETWORK", wpas_select_network},
	{"ENABLE_NETWORK", wpas_enable_network},
	{"DISABLE_NETWORK", wpas_disable_network},
	{"DISCONNECT", wpas_disconnect},
	{"RECONNECT", wpas_reconnect},
	{"REASSOCIATE", wpas_reassociate},
	{"REATTACH", wpas_reattach},
	{"ROAM", wpas_roam},
	{"FT_DS", wpas_ft_ds},
	{"BSSID_IGNORE", wpas_bssid_ignore},
	{"BLACKLIST", wpas_bssid_ignore},
	{"FLUSH", wpas_flush},
	{"SCAN", wpas_scan},
	{"ABORT_SCAN", wpas_abort_scan},
	{"SCAN_RESULTS", wpas_scan_results},
	{"BSS", wpas_bss},
	{"BSS_FLUSH", wpas_bss_flush},
	{"STATUS", wpas_status},
	{"STATUS-DRIVER", wpas_driver_status},
	{"STATUS-VERBOSE", wpas_status},
	{"STATUS-NO_EVENTS", wpas_status},
	{"STATUS-WPS", wpas_status},
	{"SIGNAL_POLL", wpas_signal_poll},
	{"PKTCNT_POLL", wpas_packet_counters},
	{"MIB", wpas_mib},
	{"PMKSA", wpas_pmksa},
	{"PMKSA_FLUSH", wpas_pmksa_flush},
	{"PMKSA_GET", wpas_pmksa_get},
	{"PMKSA_ADD", wpas_pmksa_add},
	{"DRIVER_FLAGS", wpas_driver_flags},
	{"SET", wpas_set},
	{"GET", wpas_get},
	{"DUMP", wpas_dump},
	{"GET_CAPABILITY", wpas_get_capability},
	{"LOG_LEVEL", wpas_log_level},
	{"RADIO_WORK", wpas_radio_work},
	{"VENDOR_ELEM_ADD", wpas_vendor_elem_add},
	{"VENDOR_ELEM_GET", wpas_vendor_elem_get},
	{"VENDOR_ELEM_REMOVE", wpas_vendor_elem_remove},
	{"MAC_RAND_SCAN", wpas_random_address},
	{"BSS_EXPIRE_AGE", wpas_expire_age},
	{"BSS_EXPIRE_COUNT", wpas_expire_count},
	{"AP_SCAN", wpas_ap_scan},
	{"AUTOSCAN", wpas_autoscan},
	{"SCAN_INTERVAL", wpas_scan_interval},
	{"SIGNAL_MONITOR", wpas_signal_monitor},
	{"WNM_BSS_QUERY", wpas_transition_query},
	{"NEIGHBOR_REP_REQUEST", wpas_neighbour_request},
	{"WNM_SLEEP", wpas_sleep},
	{"IFNAME", interface_name},
	{"P2P_FLUSH", accept_command},
	{"P2P_STOP_FIND", accept_command},
	{"WPS_CANCEL", accept_command},
	{"REMOVE_CRED", accept_command},
	{"RELOG", reopen_log},
	{"SUSPEND", wpas_disconnect},
	{"RESUME", wpas_resume},
	{"MGMT_TX_DONE", accept_command},
	{"MGMT_TX", refuse},
	{"VENDOR", refuse},
	{"EAPOL_RX", refuse},
	{"NFC_REPORT_HANDOVER", refuse},
	{"WPS_PBC", refuse},
	{"WPS_PIN", refuse},
	{"WPS_REG", refuse},
	{"WPS_NFC", refuse},
	{"WPS_ER_START", refuse},
	{"P2P_FIND", refuse},
	{"TDLS_DISCOVER", refuse},
	{"TDLS_SETUP", refuse},
	{"TDLS_TEARDOWN", refuse},
	{"IBSS_RSN", refuse},
	{"ADD_CRED", refuse},
	{"SET_CRED", refuse},
	{"GET_CRED", refuse},
	{"FETCH_ANQP", refuse},
	{"ANQP_GET", refuse},
	{"GAS_REQUEST", refuse},
	{"HS20_ANQP_GET", refuse},
	{"HS20_ICON_REQUEST", refuse},
	{"INTERWORKING_SELECT", refuse},
	{"INTERWORKING_CONNECT", refuse},
	{"PREAUTH", refuse},
	{"GET_PREF_FREQ_LIST", refuse},
	{"TDLS_CHAN_SWITCH", refuse},
	{"TDLS_CANCEL_CHAN_SWITCH", refuse},
	{"TDLS_LINK_STATUS", refuse},
	{"WMM_AC_ADDTS", refuse},
	{"WMM_AC_DELTS", refuse},
	{"WPS_NFC_TAG_READ", refuse},
	{"WPS_NFC_TOKEN", refuse},
	{"WPS_NFC_CONFIG_TOKEN", refuse},
	{"NFC_GET_HANDOVER_REQ", refuse},
	{"NFC_GET_HANDOVER_SEL", refuse},
	{"COLOC_INTF_REPORT", refuse},
	{"DSCP_QUERY", refuse},
	{"DSCP_RESP", refuse},
	{"MSCS", refuse},
	{"SCS", refuse},
	{"MESH_GROUP_ADD", refuse},
	{"MESH_GROUP_REMOVE", refuse},
	{"MESH_INTERFACE_ADD", refuse},
	{"MESH_PEER_ADD", refuse},
	{"MESH_PEER_REMOVE", refuse},
	{"P2P_GROUP_ADD", refuse},
	{"STOP_FETCH_ANQP", accept_command},
	{"ERP_FLUSH", accept_command},
	{"EVENT_TEST", test_events},
	{"TERMINATE", terminate},
};

void wpas_command(struct wpas *wpas, char *command, struct ctrl_reply *reply)
{
	char *arguments;

	if (!strncmp(command, "CTRL-RSP-", 9)) {
		wpas_respond(wpas, command + 9, reply);
		return;
	}
	arguments = ctrl_split(command);
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(commands[i].verb, command)) {
			commands[i].handle(wpas, arguments, reply);
			return;
		}
	ctrl_answer(reply, "UNKNOWN COMMAND\n");
}
