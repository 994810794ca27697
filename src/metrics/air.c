/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics/metrics.h"

#include <string.h>

static const struct {
	const char *name, *type, *member;
	double unit; /* the value of one unit of the member */
	const char *help;
} families[] = {
	{"vifi_air_radio_frequency_hertz", "gauge", "freq_mhz", 1e6, "The channel of a radio."},
	{"vifi_air_radio_queue_frames", "gauge", "waiting", 1, "Frames that wait for the medium."},
	{"vifi_air_radio_sent_frames_total", "counter", "sent", 1, "Frames that a radio has sent."},
	{"vifi_air_radio_transmissions_total", "counter", "transmissions", 1, "Transmissions, with retries."},
	{"vifi_air_radio_acknowledged_frames_total", "counter", "acked", 1, "Frames that were acknowledged."},
	{"vifi_air_radio_lost_frames_total", "counter", "failed", 1, "Frames that nobody acknowledged."},
	{"vifi_air_radio_received_frames_total", "counter", "received", 1, "Frames that a radio has received."},
	{"vifi_air_radio_received_bytes_total", "counter", "received_bytes", 1, "Bytes that a radio has received."},
	{"vifi_air_radio_airtime_seconds_total", "counter", "airtime_ms", 1e-3,
	 "Time for which a radio has occupied the medium."},
};

static void label_radio(struct exposition *text, const json_t *radio)
{
	const char *name = json_string_value(json_object_get(radio, "name"));

	exposition_label(text, "radio", name ? name : "");
}

static void add_drops(struct exposition *text, const json_t *radios)
{
	const json_t *radio;
	const char *reason;
	json_t *value;
	size_t i;

	exposition_family(text, "vifi_air_radio_dropped_frames_total", "counter", "Frames that the medium dropped.");
	json_array_foreach(radios, i, radio)
	{
		json_object_foreach(json_object_get(radio, "drops"), reason, value)
		{
			label_radio(text, radio);
			exposition_label(text, "reason", reason);
			exposition_value(text, json_number_value(value));
		}
	}
}

void metrics_add_air(struct exposition *text, const json_t *status)
{
	const json_t *radios = json_object_get(status, "radios"), *radio;
	size_t i;

	exposition_family(text, "vifi_air_radios", "gauge", "Radios on the medium.");
	exposition_value(text, (double)json_array_size(radios));
	for (size_t f = 0; f < sizeof(families) / sizeof(families[0]); f++) {
		exposition_family(text, families[f].name, families[f].type, families[f].help);
		json_array_foreach(radios, i, radio)
		{
			label_radio(text, radio);
			exposition_value(text, json_number_value(json_object_get(radio, families[f].member)) *
						       families[f].unit);
		}
	}
	add_drops(text, radios);
}
