/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/error.h"

#include <errno.h>
#include <stdio.h>

static const char *const commands[] = {
	[NL80211_CMD_GET_WIPHY] = "read the capabilities of the radio",
	[NL80211_CMD_SET_WIPHY] = "set the channel or the parameters of the radio",
	[NL80211_CMD_GET_INTERFACE] = "read the interface",
	[NL80211_CMD_SET_INTERFACE] = "change the type or the 4-address mode of the interface",
	[NL80211_CMD_NEW_INTERFACE] = "create an interface",
	[NL80211_CMD_DEL_INTERFACE] = "delete the interface",
	[NL80211_CMD_GET_KEY] = "read the packet number of a key",
	[NL80211_CMD_SET_KEY] = "set the default key",
	[NL80211_CMD_NEW_KEY] = "install a key",
	[NL80211_CMD_DEL_KEY] = "remove a key",
	[NL80211_CMD_SET_BEACON] = "change the beacon",
	[NL80211_CMD_START_AP] = "start the access point",
	[NL80211_CMD_STOP_AP] = "stop the access point",
	[NL80211_CMD_GET_STATION] = "read the counters of a station",
	[NL80211_CMD_SET_STATION] = "change a station",
	[NL80211_CMD_NEW_STATION] = "add a station",
	[NL80211_CMD_DEL_STATION] = "remove a station",
	[NL80211_CMD_SET_BSS] = "set the parameters of the network",
	[NL80211_CMD_GET_REG] = "read the regulatory domain",
	[NL80211_CMD_REQ_SET_REG] = "set the country",
	[NL80211_CMD_GET_SCAN] = "read the results of the scan",
	[NL80211_CMD_TRIGGER_SCAN] = "scan",
	[NL80211_CMD_ABORT_SCAN] = "end the scan",
	[NL80211_CMD_START_SCHED_SCAN] = "start scheduled scans",
	[NL80211_CMD_STOP_SCHED_SCAN] = "stop the scheduled scans",
	[NL80211_CMD_AUTHENTICATE] = "authenticate",
	[NL80211_CMD_ASSOCIATE] = "associate",
	[NL80211_CMD_DEAUTHENTICATE] = "deauthenticate",
	[NL80211_CMD_DISASSOCIATE] = "disassociate",
	[NL80211_CMD_CONNECT] = "connect",
	[NL80211_CMD_DISCONNECT] = "disconnect",
	[NL80211_CMD_REGISTER_FRAME] = "receive management frames",
	[NL80211_CMD_FRAME] = "send a management frame",
	[NL80211_CMD_REGISTER_BEACONS] = "receive the beacons of other networks",
	[NL80211_CMD_SET_REKEY_OFFLOAD] = "give the driver the keys for group rekeys",
	[NL80211_CMD_SET_POWER_SAVE] = "change the power save mode",
	[NL80211_CMD_GET_POWER_SAVE] = "read the power save mode",
	[NL80211_CMD_SET_CQM] = "watch the signal",
	[NL80211_CMD_CHANNEL_SWITCH] = "switch the channel",
	[NL80211_CMD_PROBE_CLIENT] = "probe a station",
	[NL80211_CMD_RADAR_DETECT] = "listen for radar",
	[NL80211_CMD_GET_SURVEY] = "read the channel survey",
	[NL80211_CMD_UNEXPECTED_FRAME] = "receive frames of unknown stations",
	[NL80211_CMD_CONTROL_PORT_FRAME] = "send an EAPOL frame",
	[NL80211_CMD_SET_MULTICAST_TO_UNICAST] = "send group frames as unicast frames",
};

const char *nl80211_command_text(uint8_t command)
{
	const char *text = command < sizeof(commands) / sizeof(commands[0]) ? commands[command] : NULL;

	return text ? text : "execute a command of nl80211";
}

/* Several programs cannot manage an interface at the same time. */
#define OTHER_PROGRAM                                                                                                \
	"another program manages the interface: stop hostapd, wpa_supplicant or iwd, or let NetworkManager release " \
	"it (`nmcli device set %s managed no`)"

/* The remedy, a format with the name of the interface; NULL: none is known. */
static const char *remedy(uint8_t command, int error)
{
	switch (-error) {
	case EPERM:
		return "run vifi as root, or with CAP_NET_ADMIN";
	case ENODEV:
		return "the interface %s was removed";
	case ENETDOWN:
		return "the interface is down: run `ip link set %s up`";
	case ERFKILL:
		return "the radio is switched off: run `rfkill unblock wifi`, or use the radio switch of the machine";
	case EALREADY:
		return OTHER_PROGRAM;
	case EBUSY:
		if (command == NL80211_CMD_START_AP)
			return "another interface of the card may use another channel or beacon interval";
		return command == NL80211_CMD_SET_INTERFACE
			       ? "the driver permits the change only while the interface is down: ip link set %s down"
			       : OTHER_PROGRAM;
	case EOPNOTSUPP:
		return "the driver of %s does not support it: `vifi sta --check` and `vifi ap --check` report what "
		       "this card can do";
	case EINVAL:
		if (command == NL80211_CMD_START_AP || command == NL80211_CMD_SET_WIPHY ||
		    command == NL80211_CMD_CHANNEL_SWITCH)
			return "the regulatory domain may forbid the channel: set country_code, and check `iw phy`";
		break;
	case EMSGSIZE:
		return "the message is too long: reduce the number of SSIDs or of vendor elements";
	}
	return NULL;
}

static int set_error(struct error *error, const char *interface, const char *what, const char *format,
		     const struct nl80211_reply *reply)
{
	char text[256] = "";

	if (format)
		snprintf(text, sizeof(text), format, interface);
	return error_set(error, reply->error, "%s: cannot %s: %s%s%s", interface, what,
			 reply->explanation ? reply->explanation : "the kernel gives no reason", format ? "; " : "",
			 text);
}

int nl80211_error_set(struct error *error, const char *interface, uint8_t command, const struct nl80211_reply *reply)
{
	return set_error(error, interface, nl80211_command_text(command), remedy(command, reply->error), reply);
}

int nl80211_request_error_set(struct error *error, const char *interface, const struct nl80211_request *request,
			      const struct nl80211_reply *reply)
{
	const char *what = NULL;

	switch (request->kind) {
	case NL80211_REQUEST_COMMAND:
		what = nl80211_command_text(request->command);
		break;
	case NL80211_REQUEST_OPERSTATE:
		what = request->up ? "permit data (operational state)" : "block data (operational state)";
		break;
	case NL80211_REQUEST_PORT:
		what = "prepare the interface of a VLAN or of a 4-address station";
		break;
	case NL80211_REQUEST_ADDRESS:
		what = "change the MAC address (mac_addr, preassoc_mac_addr), which stays unchanged";
		break;
	case NL80211_REQUEST_PACKET:
		what = "send an EAPOL frame through the packet socket";
		break;
	}
	return set_error(error, interface, what, remedy(request->command, reply->error), reply);
}
