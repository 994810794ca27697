/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Access points and stations. As with bridges, the families are the outer loop. */
#include "metrics/metrics.h"

#include "daemon/json_text.h"

#include <string.h>

static void label(struct exposition *text, const char *name, const json_t *json, const char *key)
{
	exposition_label(text, name, json_text(json, key));
}

enum kind {
	NETWORK,       /* 1 for each network of an access point, with what it is as labels */
	STATIONS,      /* the number of stations of each network that are connected */
	STATION,       /* a member of each station of an access point */
	STATION_DROPS, /* drops of each connected station, by reason */
	CHANNEL,       /* of an access point */
	CONNECTED,     /* is a station? */
	LINK_INFO,     /* 1, with the network that a station is connected to as labels */
	LINK,          /* a member of the connection of a station */
	JOINED,
	DROPPED, /* of the radio of either */
};

struct family {
	const char *name, *type;
	enum kind kind;
	const char *role, *member;
	double unit; /* the value of one unit of the member */
	const char *help;
};

static const struct family families[] = {
	{"vifi_ap_info", "gauge", NETWORK, "ap", "", 1, "A network of an access point."},
	{"vifi_ap_medium_joined", "gauge", JOINED, "ap", "", 1, "Whether the radio is on its medium."},
	{"vifi_ap_frequency_hertz", "gauge", CHANNEL, "ap", "freq_mhz", 1e6, "The channel of an access point."},
	{"vifi_ap_stations", "gauge", STATIONS, "ap", "", 1, "Stations that are connected."},
	{"vifi_ap_station_connected_seconds", "gauge", STATION, "ap", "connected_s", 1,
	 "Time since a station has associated."},
	{"vifi_ap_station_inactive_seconds", "gauge", STATION, "ap", "heard_age_s", 1,
	 "Time since a station was last heard."},
	{"vifi_ap_station_signal_dbm", "gauge", STATION, "ap", "signal_dbm", 1,
	 "Signal of the last frame of a station."},
	{"vifi_ap_station_receive_frames_total", "counter", STATION, "ap", "rx_frames", 1, "Frames from a station."},
	{"vifi_ap_station_receive_bytes_total", "counter", STATION, "ap", "rx_bytes", 1, "Bytes from a station."},
	{"vifi_ap_station_transmit_frames_total", "counter", STATION, "ap", "tx_frames", 1, "Frames to a station."},
	{"vifi_ap_station_transmit_bytes_total", "counter", STATION, "ap", "tx_bytes", 1, "Bytes to a station."},
	{"vifi_ap_station_lost_frames_total", "counter", STATION, "ap", "tx_lost", 1,
	 "Frames to a station that it has not acknowledged."},
	{"vifi_ap_station_dropped_frames_total", "counter", STATION_DROPS, "ap", "", 1,
	 "Frames from or to a connected station that were dropped."},
	{"vifi_ap_dropped_frames_total", "counter", DROPPED, "ap", "", 1, "Frames that an access point dropped."},
	{"vifi_sta_medium_joined", "gauge", JOINED, "sta", "", 1, "Whether the radio is on its medium."},
	{"vifi_sta_connected", "gauge", CONNECTED, "sta", "", 1, "Whether a station is connected."},
	{"vifi_sta_info", "gauge", LINK_INFO, "sta", "", 1, "The network that a station is connected to."},
	{"vifi_sta_frequency_hertz", "gauge", LINK, "sta", "freq_mhz", 1e6, "The channel of a station."},
	{"vifi_sta_signal_dbm", "gauge", LINK, "sta", "signal_dbm", 1, "Signal of the access point."},
	{"vifi_sta_connected_seconds", "gauge", LINK, "sta", "connected_s", 1, "Time since a station has connected."},
	{"vifi_sta_receive_frames_total", "counter", LINK, "sta", "rx_frames", 1, "Frames from the access point."},
	{"vifi_sta_receive_bytes_total", "counter", LINK, "sta", "rx_bytes", 1, "Bytes from the access point."},
	{"vifi_sta_transmit_frames_total", "counter", LINK, "sta", "tx_frames", 1, "Frames to the access point."},
	{"vifi_sta_transmit_bytes_total", "counter", LINK, "sta", "tx_bytes", 1, "Bytes to the access point."},
	{"vifi_sta_lost_frames_total", "counter", LINK, "sta", "tx_lost", 1,
	 "Frames that the access point has not acknowledged."},
	{"vifi_sta_dropped_frames_total", "counter", DROPPED, "sta", "", 1, "Frames that a station dropped."},
};

static void add_networks(struct exposition *text, const json_t *radio)
{
	const json_t *network;
	size_t i;

	json_array_foreach(json_object_get(radio, "networks"), i, network)
	{
		label(text, "interface", network, "interface");
		label(text, "bssid", network, "bssid");
		label(text, "ssid", network, "ssid");
		label(text, "bridge", network, "bridge");
		label(text, "medium", radio, "medium");
		exposition_value(text, 1);
	}
}

/* Anybody can associate in any name, so only those who hold keys are series of their own. */
static bool is_connected(const json_t *station)
{
	return json_is_true(json_object_get(station, "authorised"));
}

static void add_station_counts(struct exposition *text, const json_t *radio)
{
	const json_t *network, *station;
	size_t i, k;

	json_array_foreach(json_object_get(radio, "networks"), i, network)
	{
		unsigned count = 0;

		json_array_foreach(json_object_get(radio, "stations"), k, station)
		{
			count += is_connected(station) &&
				 !strcmp(json_text(station, "interface"), json_text(network, "interface"));
		}
		label(text, "interface", network, "interface");
		exposition_value(text, count);
	}
}

static void add_stations(struct exposition *text, const struct family *family, const json_t *radio)
{
	const json_t *station;
	size_t i;

	json_array_foreach(json_object_get(radio, "stations"), i, station)
	{
		const json_t *value = json_object_get(station, family->member);

		if (!json_is_number(value) || !is_connected(station))
			continue;
		label(text, "interface", station, "interface");
		label(text, "station", station, "address");
		exposition_value(text, json_number_value(value) * family->unit);
	}
}

static bool is_station(const json_t *radio, const json_t *peer)
{
	const json_t *station;
	size_t i;

	json_array_foreach(json_object_get(radio, "stations"), i, station)
	{
		if (is_connected(station) && !strcmp(json_text(station, "address"), json_text(peer, "address")) &&
		    !strcmp(json_text(station, "interface"), json_text(peer, "interface")))
			return true;
	}
	return false;
}

static void add_station_drops(struct exposition *text, const json_t *radio)
{
	const json_t *peer;
	const char *reason;
	json_t *value;
	size_t i;

	json_array_foreach(json_object_get(radio, "peers"), i, peer)
	{
		if (!is_station(radio, peer))
			continue;
		json_object_foreach(json_object_get(peer, "drops"), reason, value)
		{
			label(text, "interface", peer, "interface");
			label(text, "station", peer, "address");
			exposition_label(text, "reason", reason);
			exposition_value(text, json_number_value(value));
		}
	}
}

static void add_drops(struct exposition *text, const json_t *radio)
{
	const char *reason;
	json_t *value;

	json_object_foreach(json_object_get(radio, "drops"), reason, value)
	{
		label(text, "interface", radio, "interface");
		exposition_label(text, "reason", reason);
		exposition_value(text, json_number_value(value));
	}
}

static void add_value(struct exposition *text, const json_t *radio, double value)
{
	label(text, "interface", radio, "interface");
	exposition_value(text, value);
}

static void add_samples(struct exposition *text, const struct family *family, const json_t *radio)
{
	const json_t *link = json_object_get(radio, "link"), *value;

	switch (family->kind) {
	case NETWORK:
		add_networks(text, radio);
		return;
	case STATIONS:
		add_station_counts(text, radio);
		return;
	case STATION:
		add_stations(text, family, radio);
		return;
	case STATION_DROPS:
		add_station_drops(text, radio);
		return;
	case CHANNEL:
		value = json_object_get(radio, family->member);
		add_value(text, radio, json_number_value(value) * family->unit);
		return;
	case CONNECTED:
		add_value(text, radio, json_is_object(link));
		return;
	case LINK_INFO:
		if (!json_is_object(link))
			return;
		label(text, "bssid", link, "bssid");
		label(text, "ssid", link, "ssid");
		label(text, "medium", radio, "medium");
		add_value(text, radio, 1);
		return;
	case LINK:
		value = json_object_get(link, family->member);
		if (json_is_number(value))
			add_value(text, radio, json_number_value(value) * family->unit);
		return;
	case JOINED:
		add_value(text, radio, json_is_true(json_object_get(radio, "joined")));
		return;
	case DROPPED:
		add_drops(text, radio);
		return;
	}
}

static bool has_role(const json_t *reports, const char *role)
{
	const json_t *report;
	size_t i;

	json_array_foreach(reports, i, report)
	{
		if (!strcmp(json_text(report, "role"), role))
			return true;
	}
	return false;
}

void metrics_add_wifi(struct exposition *text, const json_t *reports)
{
	const json_t *report, *radio;
	size_t i, k;

	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		if (!has_role(reports, families[f].role))
			continue;
		exposition_family(text, families[f].name, families[f].type, families[f].help);
		json_array_foreach(reports, i, report)
		{
			if (strcmp(json_text(report, "role"), families[f].role) != 0)
				continue;
			json_array_foreach(json_object_get(report, "radios"), k, radio)
				add_samples(text, &families[f], radio);
		}
	}
}
