/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of hostapd's clients for one network. */
#include "wifi/ap_hub_state.h"

#include "base/mac.h"
#include "ctrl/command.h"
#include "wifi/explain.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum command {
	COMMAND_SET,
	COMMAND_GET,
	COMMAND_ENABLE,
	COMMAND_DISABLE,
	COMMAND_RELOAD,
	COMMAND_RELOAD_BSS,
	COMMAND_UPDATE_BEACON,
	COMMAND_STOP_AP,
	COMMAND_STATUS,
	COMMAND_STATUS_DRIVER,
	COMMAND_DRIVER_FLAGS,
	COMMAND_GET_CONFIG,
	COMMAND_GET_CAPABILITY,
	COMMAND_MIB,
	COMMAND_STA,
	COMMAND_STA_FIRST,
	COMMAND_STA_NEXT,
	COMMAND_DEAUTHENTICATE,
	COMMAND_DISASSOCIATE,
	COMMAND_POLL_STA,
	COMMAND_ACCEPT_ACL,
	COMMAND_DENY_ACL,
	COMMAND_PMKSA,
	COMMAND_PMKSA_FLUSH,
	COMMAND_REKEY_GTK,
	COMMAND_REKEY_PTK,
	COMMAND_CHAN_SWITCH,
	COMMAND_RADAR,
	COMMAND_LOG_LEVEL,
	COMMAND_TRACK_STA_LIST,
	COMMAND_RELOG,
	COMMAND_NOTHING,
	COMMAND_UNSUPPORTED,
};

static const struct ctrl_verb verbs[] = {
	{"SET", COMMAND_SET},
	{"GET", COMMAND_GET},
	{"ENABLE", COMMAND_ENABLE},
	{"DISABLE", COMMAND_DISABLE},
	{"RELOAD", COMMAND_RELOAD},
	{"RELOAD_CONFIG", COMMAND_RELOAD},
	{"RELOAD_BSS", COMMAND_RELOAD_BSS},
	{"RELOAD_WPA_PSK", COMMAND_RELOAD_BSS},
	{"UPDATE_BEACON", COMMAND_UPDATE_BEACON},
	{"STOP_AP", COMMAND_STOP_AP},
	{"STATUS", COMMAND_STATUS},
	{"STATUS-DRIVER", COMMAND_STATUS_DRIVER},
	{"DRIVER_FLAGS", COMMAND_DRIVER_FLAGS},
	{"GET_CONFIG", COMMAND_GET_CONFIG},
	{"GET_CAPABILITY", COMMAND_GET_CAPABILITY},
	{"MIB", COMMAND_MIB},
	{"STA", COMMAND_STA},
	{"STA-FIRST", COMMAND_STA_FIRST},
	{"STA-NEXT", COMMAND_STA_NEXT},
	{"DEAUTHENTICATE", COMMAND_DEAUTHENTICATE},
	{"DISASSOCIATE", COMMAND_DISASSOCIATE},
	{"POLL_STA", COMMAND_POLL_STA},
	{"ACCEPT_ACL", COMMAND_ACCEPT_ACL},
	{"DENY_ACL", COMMAND_DENY_ACL},
	{"PMKSA", COMMAND_PMKSA},
	{"PMKSA_FLUSH", COMMAND_PMKSA_FLUSH},
	{"REKEY_GTK", COMMAND_REKEY_GTK},
	{"REKEY_PTK", COMMAND_REKEY_PTK},
	{"LOG_LEVEL", COMMAND_LOG_LEVEL},
	{"RELOG", COMMAND_RELOG},
	{"CHAN_SWITCH", COMMAND_CHAN_SWITCH},
	{"RADAR", COMMAND_RADAR},
	{"FLUSH", COMMAND_NOTHING},
	/* hostapd's, of protocols and tests that vifi does not have: FAIL is the answer that its clients know */
	{"RESEND_M1", COMMAND_UNSUPPORTED},
	{"RESEND_M3", COMMAND_UNSUPPORTED},
	{"RESEND_GROUP_M1", COMMAND_UNSUPPORTED},
	{"SET_KEY", COMMAND_UNSUPPORTED},
	{"RESET_PN", COMMAND_UNSUPPORTED},
	{"GET_KEY", COMMAND_UNSUPPORTED},
	{"PMKSA_ADD", COMMAND_UNSUPPORTED},
	{"NEW_STA", COMMAND_UNSUPPORTED},
	{"SA_QUERY", COMMAND_UNSUPPORTED},
	{"REQ_LCI", COMMAND_UNSUPPORTED},
	{"REQ_RANGE", COMMAND_UNSUPPORTED},
	{"SET_QOS_MAP_SET", COMMAND_UNSUPPORTED},
	{"SEND_QOS_MAP_CONF", COMMAND_UNSUPPORTED},
	{"MGMT_TX", COMMAND_UNSUPPORTED},
	{"MGMT_RX_PROCESS", COMMAND_UNSUPPORTED},
	{"EAPOL_RX", COMMAND_UNSUPPORTED},
	{"EAPOL_REAUTH", COMMAND_UNSUPPORTED},
	{"EAPOL_SET", COMMAND_UNSUPPORTED},
	{"DATA_TEST_CONFIG", COMMAND_UNSUPPORTED},
	{"DATA_TEST_TX", COMMAND_UNSUPPORTED},
	{"TEST_ALLOC_FAIL", COMMAND_UNSUPPORTED},
	{"GET_ALLOC_FAIL", COMMAND_UNSUPPORTED},
	{"TEST_FAIL", COMMAND_UNSUPPORTED},
	{"GET_FAIL", COMMAND_UNSUPPORTED},
	{"VENDOR", COMMAND_UNSUPPORTED},
	{"WPS_PIN", COMMAND_UNSUPPORTED},
	{"WPS_PBC", COMMAND_UNSUPPORTED},
	{"WPS_CANCEL", COMMAND_UNSUPPORTED},
	{"WPS_CONFIG", COMMAND_UNSUPPORTED},
	{"WPS_GET_STATUS", COMMAND_UNSUPPORTED},
	{"WPS_AP_PIN", COMMAND_UNSUPPORTED},
	{"WPS_CHECK_PIN", COMMAND_UNSUPPORTED},
	{"TRACK_STA_LIST", COMMAND_TRACK_STA_LIST},
	{"DRIVER_FLAGS2", COMMAND_UNSUPPORTED},
	{NULL, 0},
};

/* ---- settings ---- */

void ap_face_log_refusal(const struct ap_face *face, const char *command, const struct error *error)
{
	wifi_log_printf(face->radio->hub->host->log, face->interface, "%s failed: %s", command, error->text);
}

/* These take effect without RELOAD, as in hostapd: programs set them while the network runs. */
static bool is_applied_at_once(const char *key)
{
	static const char *const keys[] = {"accept_mac_file",
					   "deny_mac_file",
					   "macaddr_acl",
					   "max_num_sta",
					   "ap_max_inactivity",
					   "skip_inactivity_poll",
					   "sae_password",
					   "sae_groups",
					   "sae_anti_clogging_threshold",
					   "sae_sync",
					   "sae_confirm_immediate",
					   "disable_pmksa_caching",
					   "notify_mgmt_frames",
					   NULL};

	return text_list_has(keys, key);
}

/* With SAE alone no station has a PSK that a new passphrase would replace. */
static bool is_password_of_sae(const struct ap_face *face, const char *key)
{
	const struct ap_bss_setup *setup = ap_face_setup(face);

	return !strcmp(key, "wpa_passphrase") && setup && setup->akms && !(setup->akms & ~akm_set_sae());
}

static bool set_key(struct ap_face *face, char *args)
{
	struct ap_radio *radio = face->radio;
	char *value = ctrl_split(args);
	struct error error;
	unsigned bss = radio->begun_bss ? radio->begun_bss : face->bss;
	bool ok = hostapd_edit_set(radio->edit, bss, args, value, &error);

	if (ok && !strcmp(args, "bss")) {
		radio->begun_bss = (unsigned)hostapd_edit_count(radio->edit) - 1;
		ok = ap_radio_update_faces(radio, &error);
	}
	if (ok && !strcmp(args, "macaddr_acl") && !strcmp(value, "1") &&
	    !hostapd_edit_get(radio->edit, bss, "accept_mac_file"))
		return true; /* stations that are connected stay until there is a list: it is set next */
	if (ok && radio->state == AP_RADIO_ON && (is_applied_at_once(args) || is_password_of_sae(face, args)))
		ok = ap_radio_apply(radio, &error);
	if (!ok)
		ap_face_log_refusal(face, "SET", &error);
	return ok;
}

static void get_key(const struct ap_face *face, const char *key, struct ctrl_reply *reply)
{
	const char *value = hostapd_edit_get(face->radio->edit, face->bss, key);

	if (!strcmp(key, "version"))
		ctrl_put(reply, "vifi");
	else if (value && !ctrl_is_secret(key))
		ctrl_put(reply, "%s", value);
	else
		ctrl_ok(reply, false);
}

/* A reload frees the face whose network has gone: nothing may use it afterwards. */
static bool change(const struct ap_face *face, bool (*action)(struct ap_radio *, struct error *), const char *command)
{
	const struct ap_face copy = *face;
	struct error error;

	if (action(copy.radio, &error))
		return true;
	ap_face_log_refusal(&copy, command, &error);
	return false;
}

static bool has_word(const char *text, const char *word)
{
	const char *found = strstr(text, word);

	return found && (found == text || found[-1] == ' ') && strchr(" ", found[strlen(word)]);
}

/* [sec_channel_offset=1|-1] [center_freq1=MHZ] [bandwidth=MHZ] [blocktx] [ht] [vht] [he] */
static bool read_move_options(struct driver_ap_move *move, const char *options, struct error *error)
{
	uint32_t number, center = 0;

	move->block_tx = has_word(options, "blocktx");
	move->ac = has_word(options, "vht");
	move->ax = has_word(options, "he");
	move->has_modes = move->ac || move->ax || has_word(options, "ht");
	if (ctrl_option_number(options, "bandwidth", 160, &number))
		move->width_mhz = (uint16_t)number;
	if (ctrl_option_number(options, "center_freq1", UINT16_MAX, &center))
		move->center_mhz = (uint16_t)center;
	if (ctrl_option_number(options, "sec_channel_offset", 1, &number))
		move->secondary = (int)number;
	else if (has_word(options, "sec_channel_offset=-1"))
		move->secondary = -1;
	if (move->secondary && !move->width_mhz)
		move->width_mhz = 40;
	if (!move->width_mhz && move->has_modes)
		move->width_mhz = 20;
	if (ctrl_option_number(options, "center_freq2", UINT16_MAX, &number) && number)
		return error_set(error, false, "center_freq2: 80+80 MHz is not supported; use bandwidth=160");
	if (move->width_mhz <= 20 && (move->secondary || (center && center != move->freq_mhz)))
		return error_set(error, false,
				 "sec_channel_offset and center_freq1 describe a wider channel: set bandwidth");
	return true;
}

/* COUNT FREQUENCY, and options */
static bool switch_channel(struct ap_face *face, char *args)
{
	struct driver_ap_move move = {.count = 1};
	char *count, *freq, *options = args;
	uint32_t number, beacons;
	struct error error;
	bool ok;

	count = ctrl_next_word(&options);
	freq = ctrl_next_word(&options);
	ok = (count && freq && ctrl_number(count, UINT8_MAX, &beacons) && ctrl_number(freq, UINT16_MAX, &number)) ||
	     error_set(&error, false, "expected a count of at most 255 beacons, and a frequency in MHz");
	if (ok) {
		move.count = (uint8_t)(beacons ? beacons : 1);
		move.freq_mhz = (uint16_t)number;
		ok = read_move_options(&move, options, &error);
	}
	if (ok && wifi_ap_switch_channel(face->radio->wifi, &move, &error) == 0)
		return true;
	ap_face_log_refusal(face, "CHAN_SWITCH", &error);
	return false;
}

/* DETECTED|CAC-FINISHED|CAC-ABORTED|NOP-FINISHED|PRE-CAC-EXPIRED freq=MHZ [ht_enabled=1] [chan_width=NUMBER] [cf1=MHZ], to try what follows */
static bool simulate_radar(const struct ap_face *face, char *args)
{
	static const struct ctrl_verb events[] = {{"DETECTED", NL80211_RADAR_DETECTED},
						  {"CAC-FINISHED", NL80211_RADAR_CAC_FINISHED},
						  {"CAC-ABORTED", NL80211_RADAR_CAC_ABORTED},
						  {"NOP-FINISHED", NL80211_RADAR_NOP_FINISHED},
						  {"PRE-CAC-EXPIRED", NL80211_RADAR_PRE_CAC_EXPIRED},
						  {0}};
	static const uint16_t widths[] = {20, 20, 40, 80, 80, 160}; /* of chan_width */
	struct plane_channel channel = {.width_mhz = 20};
	const char *options = ctrl_split(args);
	int event = ctrl_find_verb(events, args);
	uint32_t number;

	if (event < 0 || !ctrl_option_number(options, "freq", UINT16_MAX, &number))
		return false;
	channel.freq_mhz = channel.center_mhz = (uint16_t)number;
	if (ctrl_option_number(options, "chan_width", sizeof(widths) / sizeof(*widths) - 1, &number))
		channel.width_mhz = widths[number];
	if (ctrl_option_number(options, "cf1", UINT16_MAX, &number))
		channel.center_mhz = (uint16_t)number;
	return wifi_ap_simulate_radar(face->radio->wifi, (uint32_t)event, &channel);
}

static bool run(struct ap_face *face, enum ap_command_kind kind)
{
	return wifi_ap_command(face->radio->wifi, &(struct ap_command){.kind = kind, .bss = ap_face_number(face)});
}

/* ---- stations ---- */

/* test=0: the frame alone, in the clear, as a forger would send it. */
static bool send_unprotected(const struct ap_face *face, const struct ap_command *command)
{
	const struct ap_bss_setup *setup = ap_face_setup(face);
	enum mgmt_subtype subtype = command->kind == AP_COMMAND_DISASSOCIATE ? MGMT_DISASSOC : MGMT_DEAUTH;
	struct frame_writer writer;
	struct error error = {{0}};
	struct frame *mpdu;
	int ret = -ENETDOWN;

	if (!setup || !face->radio->wifi->driver) {
		error_set(&error, 0, "test=0 needs a network on a Wi-Fi card");
		ap_face_log_refusal(face, "test=0", &error);
		return false;
	}
	writer = mgmt_begin(subtype, command->addr, setup->bssid, setup->bssid);
	write_le16(&writer, command->reason);
	mpdu = frame_writer_end(&writer);
	if (mpdu)
		ret = driver_inject(face->radio->wifi->driver, mpdu, &error);
	frame_free(mpdu);
	if (ret)
		ap_face_log_refusal(face, "test=0", &error);
	return !ret;
}

/* ADDRESS [reason=NUMBER] [tx=0] [test=0] */
static bool kick(struct ap_face *face, enum ap_command_kind kind, char *args, const char **reason)
{
	struct ap_command command = {.kind = kind, .bss = ap_face_number(face), .reason = REASON_AUTH_EXPIRED};
	uint32_t number;
	char *options;

	if (kind == AP_COMMAND_DISASSOCIATE)
		command.reason = REASON_DISASSOC_LEAVING;
	options = ctrl_split(args);
	if (!mac_parse(command.addr, args))
		return false;
	if (ctrl_option_number(options, "reason", UINT16_MAX, &number))
		command.reason = (uint16_t)number;
	if (ctrl_option_number(options, "test", 1, &number) && !number) {
		*reason = "the unprotected frame was not sent";
		return send_unprotected(face, &command);
	}
	command.silent = ctrl_option_number(options, "tx", 1, &number) && !number;
	return wifi_ap_command(face->radio->wifi, &command) || !command.silent;
}

static bool command_station(struct ap_face *face, enum ap_command_kind kind, char *args)
{
	struct ap_command command = {.kind = kind, .bss = ap_face_number(face)};

	ctrl_split(args);
	return mac_parse(command.addr, args) && wifi_ap_command(face->radio->wifi, &command);
}

/* ---- dispatch ---- */

/* Without arguments the present level; otherwise LEVEL [TIMESTAMPS]. Messages less verbose than DEBUG are logged at every level. */
static void set_log_level(struct ap_face *face, char *args, struct ctrl_reply *reply)
{
	static const char *const names[] = {"EXCESSIVE", "MSGDUMP", "DEBUG", "INFO", "WARNING", "ERROR"};
	struct wifi_log *log = face->radio->hub->host->log;
	const char *name = ctrl_next_word(&args), *timestamps = ctrl_next_word(&args);
	unsigned level = 0;

	if (!name) {
		level = log->debug > 1 ? 1 : log->debug ? 2 : log->quiet_level ? log->quiet_level : 3;
		ctrl_put(reply, "Current level: %s\nTimestamp: %d\n", log->debug > 2 ? names[0] : names[level],
			 log->timestamps);
		return;
	}
	while (level < sizeof(names) / sizeof(names[0]) && strcmp(name, names[level]) != 0)
		level++;
	ctrl_ok(reply, level < sizeof(names) / sizeof(names[0]));
	if (level == sizeof(names) / sizeof(names[0]))
		return;
	log->debug = level < 3 ? 3 - level : 0;
	log->quiet_level = level;
	if (timestamps)
		log->timestamps = *timestamps != '0';
}

static void handle_settings(struct ap_face *face, enum command command, char *args, struct ctrl_reply *reply)
{
	switch (command) {
	case COMMAND_SET:
		ctrl_ok(reply, set_key(face, args));
		break;
	case COMMAND_GET:
		get_key(face, args, reply);
		break;
	case COMMAND_ENABLE:
		ctrl_ok(reply, change(face, ap_radio_enable, "ENABLE"));
		break;
	case COMMAND_DISABLE:
		ctrl_ok(reply, face->radio->state != AP_RADIO_OFF);
		ap_radio_disable(face->radio);
		break;
	case COMMAND_RELOAD:
		ctrl_ok(reply, change(face, ap_radio_reload, "RELOAD"));
		break;
	case COMMAND_RELOAD_BSS:
	case COMMAND_UPDATE_BEACON:
		ctrl_ok(reply, face->radio->state != AP_RADIO_OFF && change(face, ap_radio_apply, "RELOAD_BSS"));
		break;
	case COMMAND_CHAN_SWITCH:
		ctrl_ok(reply, switch_channel(face, args));
		break;
	case COMMAND_RADAR:
		ctrl_ok(reply, simulate_radar(face, args));
		break;
	case COMMAND_UNSUPPORTED:
		ctrl_ok(reply, false);
		break;
	case COMMAND_RELOG:
		ctrl_ok(reply, wifi_log_reopen(face->radio->hub->host->log));
		break;
	case COMMAND_STOP_AP:
		ctrl_ok(reply, run(face, AP_COMMAND_STOP_BSS));
		break;
	case COMMAND_TRACK_STA_LIST:
		ap_face_show_sightings(face, reply);
		break;
	case COMMAND_LOG_LEVEL:
		set_log_level(face, args, reply);
		break;
	default:
		ctrl_ok(reply, true);
		break;
	}
}

/* Answers, and tells the log why not. */
static void conclude(const struct ap_face *face, const char *command, bool done, const char *reason,
		     struct ctrl_reply *reply)
{
	struct error error;

	if (!done) {
		error_set(&error, 0, "%s", reason);
		ap_face_log_refusal(face, command, &error);
	}
	ctrl_ok(reply, done);
}

static void handle_stations(struct ap_face *face, enum command command, char *args, struct ctrl_reply *reply)
{
	static const char no_station[] = "no station with this address is connected";
	const char *reason = no_station;
	bool done;

	switch (command) {
	case COMMAND_DEAUTHENTICATE:
		done = kick(face, AP_COMMAND_DEAUTHENTICATE, args, &reason);
		conclude(face, "DEAUTHENTICATE", done, reason, reply);
		break;
	case COMMAND_DISASSOCIATE:
		done = kick(face, AP_COMMAND_DISASSOCIATE, args, &reason);
		conclude(face, "DISASSOCIATE", done, reason, reply);
		break;
	case COMMAND_POLL_STA:
		conclude(face, "POLL_STA", command_station(face, AP_COMMAND_POLL, args), no_station, reply);
		break;
	case COMMAND_REKEY_PTK:
		conclude(face, "REKEY_PTK", command_station(face, AP_COMMAND_REKEY_PAIRWISE, args),
			 "no station with this address is connected with keys of WPA", reply);
		break;
	case COMMAND_REKEY_GTK:
		conclude(face, "REKEY_GTK", run(face, AP_COMMAND_REKEY_GROUP),
			 "the network has no WPA keys, or is not on the air", reply);
		break;
	case COMMAND_PMKSA_FLUSH:
		run(face, AP_COMMAND_FLUSH_PMKSA);
		ctrl_ok(reply, true);
		break;
	case COMMAND_ACCEPT_ACL:
	case COMMAND_DENY_ACL:
		if (!ap_face_handle_list(face, command == COMMAND_ACCEPT_ACL, args, reply))
			ctrl_ok(reply, false);
		break;
	default:
		break;
	}
}

static void handle_queries(struct ap_face *face, enum command command, char *args, struct ctrl_reply *reply)
{
	switch (command) {
	case COMMAND_STATUS:
		ap_face_show_status(face, reply);
		break;
	case COMMAND_STATUS_DRIVER:
		ap_face_show_driver(face, reply);
		break;
	case COMMAND_DRIVER_FLAGS:
		ap_face_show_driver_flags(face, reply);
		break;
	case COMMAND_GET_CONFIG:
		ap_face_show_config(face, reply);
		break;
	case COMMAND_STA:
		ap_face_show_station(face, args, reply);
		break;
	case COMMAND_STA_FIRST:
		ap_face_show_next_station(face, NULL, reply);
		break;
	case COMMAND_STA_NEXT:
		ap_face_show_next_station(face, args, reply);
		break;
	case COMMAND_MIB: /* of 802.1X and RADIUS, which are not there */
		if (*args && strcmp(args, "radius_server") != 0)
			ctrl_ok(reply, false);
		break;
	case COMMAND_PMKSA:
		break;
	default:
		ctrl_ok(reply, false);
		break;
	}
}

static void handle_command(void *user, char *line, struct ctrl_reply *reply)
{
	char *args = ctrl_split(line);
	int command = ctrl_find_verb(verbs, line);

	switch (command) {
	case -1:
		if (!ap_face_handle_measurement(user, line, args, reply))
			ctrl_answer(reply, "UNKNOWN COMMAND\n");
		break;
	case COMMAND_STATUS:
	case COMMAND_STATUS_DRIVER:
	case COMMAND_DRIVER_FLAGS:
	case COMMAND_GET_CONFIG:
	case COMMAND_GET_CAPABILITY:
	case COMMAND_STA:
	case COMMAND_STA_FIRST:
	case COMMAND_STA_NEXT:
	case COMMAND_MIB:
	case COMMAND_PMKSA:
		handle_queries(user, (enum command)command, args, reply);
		break;
	case COMMAND_DEAUTHENTICATE:
	case COMMAND_DISASSOCIATE:
	case COMMAND_POLL_STA:
	case COMMAND_REKEY_PTK:
	case COMMAND_REKEY_GTK:
	case COMMAND_PMKSA_FLUSH:
	case COMMAND_ACCEPT_ACL:
	case COMMAND_DENY_ACL:
		handle_stations(user, (enum command)command, args, reply);
		break;
	default:
		handle_settings(user, (enum command)command, args, reply);
		break;
	}
}

void ap_face_handle(void *user, char *line, struct ctrl_reply *reply)
{
	const struct ap_face *face = user;

	wifi_explain(face->radio->hub->host->log, handle_command, user, line, reply);
}
