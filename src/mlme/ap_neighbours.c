/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The access points that stations can move to, as Neighbor Report elements (9.4.2.36), and this one. */
#include "mlme/ap_ft.h"
#include "mlme/ap_measure.h"
#include "mlme/ap_state.h"

#include "base/array.h"
#include "base/mac.h"
#include "wire/measurement.h"

#include <stdlib.h>
#include <string.h>

/* BSSID Information (Figure 9-336). */
#define INFO_REACHABLE           0x0003
#define INFO_SECURITY            0x0004
#define INFO_SPECTRUM_MANAGEMENT 0x0010
#define INFO_QOS                 0x0020
#define INFO_MEASUREMENT         0x0080
#define INFO_MOBILITY_DOMAIN     0x0400
#define INFO_HT                  0x0800
#define INFO_VHT                 0x1000
#define INFO_HE                  0x4000

#define SUBELEMENT_WIDTH 6 /* wide bandwidth channel (9.4.2.36) */

struct modes {
	bool ht, vht, he;
};

bool ap_measures(const struct ap_bss *bss)
{
	return bss->setup.neighbour_report || bss->setup.beacon_report;
}

static struct modes modes_of(const struct ap_bss *bss)
{
	const struct ap_phy *phy = ap_bss_channel(bss).width_mhz ? &bss->ap->setup.phy : NULL;
	struct span rest = {phy ? phy->elements : NULL, phy ? phy->elements_len : 0};
	struct modes modes = {.ht = phy, .he = phy && element_find_extension(rest, EID_EXT_HE_CAPABILITIES).bytes};
	struct element element;

	while (element_next(&rest, &element))
		modes.vht |= element.id == EID_VHT_CAPABILITIES;
	return modes;
}

static uint8_t phy_type(const struct ap_bss *bss, const struct modes *modes)
{
	bool is_2ghz = freq_is_2ghz(bss->ap->setup.freq_mhz);

	if (modes->he || modes->vht || modes->ht)
		return modes->he ? PHY_HE : modes->vht ? PHY_VHT : PHY_HT;
	return !is_2ghz ? PHY_OFDM : bss->ap->setup.no_ofdm ? PHY_HRDSSS : PHY_ERP;
}

static uint32_t information(const struct ap_bss *bss, const struct modes *modes)
{
	const struct ap_bss_setup *setup = &bss->setup;

	return INFO_REACHABLE | (bss->protected || setup->wep != CIPHER_NONE ? INFO_SECURITY : 0) |
	       (ap_manages_spectrum(bss->ap) ? INFO_SPECTRUM_MANAGEMENT : 0) | (setup->wmm ? INFO_QOS : 0) |
	       (ap_measures(bss) ? INFO_MEASUREMENT : 0) | (ap_ft_is_offered(bss) ? INFO_MOBILITY_DOMAIN : 0) |
	       (modes->ht ? INFO_HT : 0) | (modes->vht ? INFO_VHT : 0) | (modes->he ? INFO_HE : 0);
}

static void describe_own(const struct ap_bss *bss, struct ap_neighbour *own)
{
	struct plane_channel channel = ap_bss_channel(bss);
	struct modes modes = modes_of(bss);
	uint8_t *pos = own->report;

	*own = (struct ap_neighbour){.ssid_len = bss->setup.ssid_len};
	mac_copy(own->bssid, bss->setup.bssid);
	memcpy(own->ssid, bss->setup.ssid, own->ssid_len);
	mac_copy(pos, bss->setup.bssid);
	put_le32(pos + MAC_LEN, information(bss, &modes));
	pos += MAC_LEN + 4;
	*pos++ = channel_operating_class(channel.freq_mhz, channel.width_mhz, channel.center_mhz);
	*pos++ = (uint8_t)freq_to_channel(channel.freq_mhz);
	*pos++ = phy_type(bss, &modes);
	if (channel.width_mhz >= 80) {
		*pos++ = SUBELEMENT_WIDTH;
		*pos++ = 3;
		*pos++ = 1;
		*pos++ = (uint8_t)freq_to_center_channel(channel_center(channel.freq_mhz, 80));
		*pos++ = channel.width_mhz > 80 ? (uint8_t)freq_to_center_channel(channel.center_mhz) : 0;
	}
	own->report_len = (size_t)(pos - own->report);
}

bool ap_neighbour_get(const struct ap_bss *bss, size_t nth, struct ap_neighbour *neighbour)
{
	if (nth > bss->neighbours.count)
		return false;
	if (nth)
		*neighbour = bss->neighbours.list[nth - 1];
	else
		describe_own(bss, neighbour);
	return true;
}

void ap_neighbours_free(struct ap_neighbours *neighbours)
{
	free(neighbours->list);
	*neighbours = (struct ap_neighbours){0};
}

/* ---- for the operator ---- */

static bool is_same(const struct ap_neighbour *entry, const uint8_t *bssid, struct span ssid)
{
	return mac_equal(entry->bssid, bssid) && (!ssid.bytes || span_equals(ssid, entry->ssid, entry->ssid_len));
}

static bool set_neighbour(struct ap *ap, struct ap_neighbours *neighbours, struct ap_neighbour *neighbour)
{
	neighbour->lci_ns = ap->now_ns;
	for (size_t i = 0; i < neighbours->count; i++)
		if (is_same(&neighbours->list[i], neighbour->bssid,
			    (struct span){neighbour->ssid, neighbour->ssid_len})) {
			neighbours->list[i] = *neighbour;
			return true;
		}
	if (neighbours->count >= AP_NEIGHBOURS_MAX ||
	    array_reserve(&neighbours->list, &neighbours->room, neighbours->count + 1, sizeof(*neighbours->list)))
		return false;
	neighbours->list[neighbours->count++] = *neighbour;
	return true;
}

static bool remove_neighbour(struct ap_neighbours *neighbours, const struct ap_neighbour *neighbour)
{
	struct span ssid = {neighbour->ssid_len ? neighbour->ssid : NULL, neighbour->ssid_len};
	size_t kept = 0, before = neighbours->count;

	for (size_t i = 0; i < before; i++)
		if (!is_same(&neighbours->list[i], neighbour->bssid, ssid))
			neighbours->list[kept++] = neighbours->list[i];
	neighbours->count = kept;
	return kept < before;
}

bool ap_neighbour_command(struct ap *ap, struct ap_bss *bss, const struct ap_command *command)
{
	bool own = mac_equal(command->neighbour->bssid, bss->setup.bssid); /* it describes itself */

	switch (command->kind) {
	case AP_COMMAND_GET_NEIGHBOUR:
		return bss->setup.neighbour_report && ap_neighbour_get(bss, command->nth, command->neighbour);
	case AP_COMMAND_SET_NEIGHBOUR:
		return own || set_neighbour(ap, &bss->neighbours, command->neighbour);
	case AP_COMMAND_REMOVE_NEIGHBOUR:
		return remove_neighbour(&bss->neighbours, command->neighbour);
	default:
		return false;
	}
}
