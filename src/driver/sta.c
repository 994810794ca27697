/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "driver/sta.h"

#include "base/mac.h"
#include "daemon/clock.h"
#include "driver/card.h"
#include "driver/four_address.h"
#include "driver/driver_state.h"
#include "nl80211/sta/sta.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

struct driver_sta {
	struct driver *driver;
	struct sta *control;
	struct nl80211_sta *plane;
	struct plane_actions actions;
	struct driver_four_address four_address;
	bool of_network; /* … a network has asked for it */
	struct driver_sta_card card;
	struct sta_setup setup;                 /* as the configuration has it; its networks may be others by now: */
	const struct sta_network *all_networks; /* borrowed */
	struct sta_network *networks;           /* without the ciphers that the radio lacks */
	size_t network_count;
};

/* ---- control and plane ---- */

/* For lack of memory an action is missing: the association must not outlive that of control. */
static void end_unknown_association(struct driver_sta *sta, struct nl80211_requests *out)
{
	struct sta_info info;

	sta_info(sta->control, &info);
	if (!info.aid)
		nl80211_sta_end_association(sta->plane, out);
}

/* In 4-address mode nothing comes back from an access point that does not accept it. */
static void watch_four_address(struct driver_sta *sta, uint64_t now_ns)
{
	struct driver_four_address *watch = &sta->four_address;
	struct netdev_link link;
	struct sta_info info;

	if (nl80211_sta_has_four_address(sta->plane) != sta->of_network) {
		sta->of_network = !sta->of_network;
		driver_note_four_address(sta->driver, 0, sta->of_network);
	}
	if (!driver_interface(sta->driver, 0)->info.four_addr)
		return;
	sta_info(sta->control, &info);
	if (!driver_four_address_is_due(watch, info.state == STA_CONNECTED, now_ns) ||
	    netdev_link_by_index(sta->driver->netdev, driver_interface(sta->driver, 0)->info.ifindex, &link) < 0)
		return;
	if (driver_four_address_update(watch, link.rx_packets, link.tx_packets, now_ns))
		driver_note(sta->driver, NOTE_FOUR_ADDRESS_DENIED, info.bssid);
}

/* Passes actions to the plane, and its events to control, until nothing is left. */
static void drain(struct driver_sta *sta, uint64_t now_ns, struct nl80211_requests *out)
{
	struct plane_event event;
	bool lost = false;

	do {
		lost |= sta->actions.lost;
		driver_report(sta->driver, &sta->actions);
		nl80211_sta_apply(sta->plane, &sta->actions, now_ns, out);
		plane_actions_clear(&sta->actions);
		driver_report(sta->driver, nl80211_sta_reports(sta->plane));
		plane_actions_clear(nl80211_sta_reports(sta->plane));
		if (!nl80211_sta_take_event(sta->plane, &event))
			break;
		sta_event(sta->control, &event, now_ns, &sta->actions);
		plane_event_release(&event);
	} while (true);
	if (lost)
		end_unknown_association(sta, out);
	watch_four_address(sta, now_ns);
}

static void start(void *mlme, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_sta *sta = mlme;

	nl80211_sta_begin(sta->plane, out);
	sta_start(sta->control, now_ns, &sta->actions);
	drain(sta, now_ns, out);
}

static void stop(void *mlme, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_sta *sta = mlme;

	sta_stop(sta->control, now_ns, &sta->actions);
	drain(sta, now_ns, out);
}

static void adopt_address(void *mlme, const uint8_t addr[6])
{
	struct driver_sta *sta = mlme;

	sta_adopt_address(sta->control, addr);
	nl80211_sta_adopt_address(sta->plane, addr);
}

static void handle_event(void *mlme, const struct nl80211_event *event, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_sta *sta = mlme;

	nl80211_sta_event(sta->plane, event, now_ns, out);
	drain(sta, now_ns, out);
}

static bool handle_reply(void *mlme, const struct nl80211_request *request, const struct nl80211_reply *reply,
			 uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_sta *sta = mlme;
	bool expected;

	if (request->command == NL80211_CMD_GET_SCAN)
		nl80211_sta_set_suspended(sta->plane, suspended_ns());
	expected = nl80211_sta_reply(sta->plane, request, reply, now_ns, out);
	drain(sta, now_ns, out);
	return expected;
}

static void handle_packet(void *mlme, int ifindex, const struct frame *frame, uint64_t now_ns,
			  struct nl80211_requests *out)
{
	struct driver_sta *sta = mlme;

	(void)ifindex;
	nl80211_sta_packet(sta->plane, frame);
	drain(sta, now_ns, out);
}

static void handle_carrier(void *mlme, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_sta *sta = mlme;

	nl80211_sta_port_opened(sta->plane);
	drain(sta, now_ns, out);
}

static void resync(void *mlme, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_sta *sta = mlme;

	nl80211_sta_resync(sta->plane, out);
	drain(sta, now_ns, out);
}

static void resumed(void *mlme, uint64_t slept_ns, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_sta *sta = mlme;

	nl80211_sta_resync(sta->plane, out); /* most drivers end the association before the machine sleeps */
	sta_resume(sta->control, slept_ns, now_ns, &sta->actions);
	drain(sta, now_ns, out);
}

static uint64_t deadline(const void *mlme)
{
	const struct driver_sta *sta = mlme;
	uint64_t control = sta_deadline(sta->control), plane = nl80211_sta_deadline(sta->plane),
		 first = control < plane ? control : plane, watch = driver_four_address_deadline(&sta->four_address);

	return first < watch ? first : watch;
}

static void tick(void *mlme, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_sta *sta = mlme;

	if (sta_deadline(sta->control) <= now_ns)
		sta_tick(sta->control, now_ns, &sta->actions);
	drain(sta, now_ns, out);
	nl80211_sta_tick(sta->plane, now_ns, out);
	drain(sta, now_ns, out);
}

static void free_networks(struct sta_network *networks, size_t count)
{
	if (networks)
		crypto_wipe(networks, count * sizeof(*networks));
	free(networks);
}

static void free_sta(void *mlme)
{
	struct driver_sta *sta = mlme;

	if (!sta)
		return;
	sta_free(sta->control);
	nl80211_sta_free(sta->plane);
	plane_actions_free(&sta->actions);
	free_networks(sta->networks, sta->network_count);
	free(sta);
}

/* ---- creation ---- */

/* Removes the channels that the radio lacks. Those that it may not use now, another country may allow. */
static bool limit_channels(struct sta_setup *setup, const struct nl80211_wiphy *wiphy)
{
	size_t count = 0;

	for (size_t i = 0; i < STA_CHANNELS_MAX && setup->freqs[i]; i++)
		if (nl80211_wiphy_channel(wiphy, setup->freqs[i]))
			setup->freqs[count++] = setup->freqs[i];
	if (count < STA_CHANNELS_MAX)
		setup->freqs[count] = 0;
	return count;
}

/*
 * Removes the ciphers that the radio lacks, so that another one is chosen where the access point has several. Management
 * frames need a cipher of their own. Fast BSS transition needs an SME of ours: one of the driver's may neither pass on the
 * elements of its AKMs nor, when it roams, those of the next access point. They remain where the network has no others.
 */
void driver_sta_limit_network(struct sta_network *network, const struct nl80211_wiphy *wiphy)
{
	network->pairwise &= wiphy->ciphers;
	network->group &= wiphy->ciphers;
	network->group_mgmt &= wiphy->ciphers;
	/* A driver with an SME of its own would need external authentication, which vifi does not have. */
	if (!nl80211_wiphy_has_sme(wiphy))
		network->akms &= ~akm_set_sae();
	if (!nl80211_wiphy_has_sme(wiphy) && (network->akms & ~akm_set_ft()))
		network->akms &= ~akm_set_ft();
	if (!(wiphy->ciphers & 1u << CIPHER_BIP_CMAC_128) && network->pmf == 1)
		network->pmf = 0;
}

/* Copies networks without what the radio cannot do, if there is one. */
static void copy_limited(const struct driver_sta *sta, struct sta_network *to, const struct sta_network *from,
			 size_t count)
{
	const struct nl80211_wiphy *wiphy = driver_wiphy(sta->driver);

	for (size_t i = 0; i < count; i++) {
		to[i] = from[i];
		if (wiphy->present)
			driver_sta_limit_network(&to[i], wiphy);
	}
}

/* The same in memory of its own, which free_networks() wipes. NULL: no memory. */
static struct sta_network *limited_networks(const struct driver_sta *sta, const struct sta_network *list, size_t count)
{
	struct sta_network *limited = calloc(count + 1, sizeof(*limited));

	if (limited)
		copy_limited(sta, limited, list, count);
	return limited;
}

/* Another program that manages the interface has registered before us. */
static int register_frames(struct driver_sta *sta, struct error *error)
{
	struct nl80211_requests requests = {0};
	int ret = 0;

	nl80211_sta_register(sta->plane, &requests);
	while (ret == 0 && requests.count)
		ret = driver_request(sta->driver, &requests, NULL, error);
	nl80211_requests_free(&requests);
	return ret;
}

/* A bridge forwards frames of other hosts, so each frame must have their address beside that of the radio. */
static int join_bridge(struct driver *driver, const char *bridge, struct error *error)
{
	int ret = bridge[0] ? driver_set_four_address(driver, 0, error) : 0;

	return ret == 0 && bridge[0] ? driver_join_bridge(driver, 0, bridge, error) : ret;
}

/* A locally administered address for another interface of a radio: always the same one for its name. */
static void derive_address(const uint8_t radio[MAC_LEN], const char *name, uint8_t addr[MAC_LEN])
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * 16777619u;
	mac_copy(addr, radio);
	addr[0] = (uint8_t)((addr[0] | 2) & ~1);
	for (int i = 2; i < MAC_LEN; i++, hash >>= 8)
		addr[i] ^= (uint8_t)hash;
}

/* The program deletes it at its end, and the kernel if the program is killed. */
static int create_interface(struct driver *driver, const struct driver_sta_card *card, bool *created,
			    struct error *error)
{
	uint8_t addr[MAC_LEN];
	int ret = driver_find_radio(driver, card->radio_of, error);

	if (ret < 0)
		return ret;
	derive_address(driver_interface(driver, 0)->before.addr, card->interface, addr);
	return driver_create_interface(driver, card->interface, NL80211_IFTYPE_STATION, card->addr ? card->addr : addr,
				       created, error);
}

/* At the end the interface gets its own address back. */
static int add_interface(struct driver *driver, const struct driver_sta_card *card, struct error *error)
{
	uint8_t addr[MAC_LEN], random[MAC_LEN];
	int ret;

	if (card->addr || card->random_address == DRIVER_OWN_ADDRESS)
		return driver_add_interface_as(driver, 0, card->interface, NL80211_IFTYPE_STATION, card->addr, error);
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return error_set(error, -EIO, "cannot get random numbers: %s", strerror(errno));
	ret = driver_find_radio(driver, card->interface, error);
	if (ret < 0)
		return ret;
	mac_copy(addr, driver_interface(driver, 0)->before.addr);
	mac_randomise(addr, random, card->random_address == DRIVER_RANDOM_OF_VENDOR);
	return driver_add_interface_as(driver, 0, card->interface, NL80211_IFTYPE_STATION, addr, error);
}

/* The interface is as it shall be: control and plane get the radio. The networks are those of the present configuration. */
static int set_radio(struct driver_sta *sta, struct error *error)
{
	const struct driver_interface *interface = driver_interface(sta->driver, 0);
	const struct nl80211_wiphy *wiphy = driver_wiphy(sta->driver);
	struct nl80211_sta_setup setup = {
		.ifindex = interface->info.ifindex, .wiphy = wiphy, .power_save = sta->card.power_save};
	struct plane_capabilities capabilities = nl80211_sta_capabilities(wiphy);
	struct sta_setup own = sta->setup;
	struct nl80211_sta *plane;

	if (!limit_channels(&own, wiphy) && sta->setup.freqs[0])
		return error_set(
			error, -EINVAL,
			"%s: the radio has none of the channels of freq_list; `iw phy` lists those that it has",
			sta->card.interface);
	mac_copy(setup.addr, interface->info.addr);
	plane = nl80211_sta_new(&setup);
	if (!plane)
		return error_set(error, -ENOMEM, "cannot create the station: no memory");
	nl80211_sta_free(sta->plane);
	sta->plane = plane;
	sta->of_network = false;
	sta->four_address = (struct driver_four_address){0};
	copy_limited(sta, sta->networks, sta->all_networks, sta->network_count);
	own.ext_capab_len = wiphy->ext_capab_len < sizeof(own.ext_capab) ? wiphy->ext_capab_len : 0;
	memcpy(own.ext_capab, wiphy->ext_capab, own.ext_capab_len);
	mac_copy(own.addr, interface->info.addr);
	mac_copy(own.own_addr, sta->card.addr ? sta->card.addr : interface->before.addr);
	sta_set_radio(sta->control, &own, &capabilities);
	return 0;
}

static int prepare_interface(struct driver_sta *sta, struct error *error)
{
	bool created = false;
	int ret = sta->card.radio_of[0] ? create_interface(sta->driver, &sta->card, &created, error) : 0;

	if (ret == 0)
		ret = add_interface(sta->driver, &sta->card, error);
	if (created)
		driver_note_created(sta->driver, 0);
	return ret == 0 ? join_bridge(sta->driver, sta->card.bridge, error) : ret;
}

static int adopt_card(void *mlme, struct error *error)
{
	struct driver_sta *sta = mlme;
	int ret = driver_refuse_network_manager(sta->driver->netdev, sta->card.interface, error);

	if (ret == 0)
		ret = prepare_interface(sta, error);
	if (ret == 0)
		ret = set_radio(sta, error);
	if (ret == 0)
		ret = register_frames(sta, error);
	if (ret == 0 && !nl80211_sta_has_control_port(sta->plane) && !driver_uses_packets(sta->driver))
		ret = driver_open_packets(sta->driver, error);
	return ret;
}

/* Control, without a radio as yet. Returns 0 or a negative errno. */
static int create(struct driver_sta *sta, struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN])
{
	const struct plane_capabilities none = {0};
	struct sta_setup own = sta->setup;

	sta->all_networks = own.networks;
	sta->network_count = own.network_count;
	own.networks = sta->networks = limited_networks(sta, own.networks, own.network_count);
	if (sta->networks)
		sta->control = sta_new(crypto, &own, &none, seed);
	return sta->control ? 0 : -ENOMEM;
}

static const struct driver_mlme ops = {
	.start = start,
	.stop = stop,
	.event = handle_event,
	.reply = handle_reply,
	.packet = handle_packet,
	.resync = resync,
	.resumed = resumed,
	.carrier = handle_carrier,
	.address = adopt_address,
	.adopt_card = adopt_card,
	.deadline = deadline,
	.tick = tick,
	.free = free_sta,
};

/* A missing card may be plugged in later; any other failure is an error of the start. */
static int find_card(struct driver_sta *sta, struct error *error)
{
	int ret = adopt_card(sta, error);

	if (ret != -ENODEV || !sta->card.wait)
		return ret;
	driver_await_interface(sta->driver, sta->card.interface);
	return 0;
}

struct driver_sta *driver_sta_new(struct driver *driver, const struct driver_sta_card *card,
				  const struct sta_setup *setup, struct crypto *crypto,
				  const uint8_t seed[RANDOM_SEED_LEN], int *err, struct error *error)
{
	struct driver_sta *sta = calloc(1, sizeof(*sta));

	*err = -ENOMEM;
	if (sta) {
		*sta = (struct driver_sta){.driver = driver, .card = *card, .setup = *setup};
		*err = create(sta, crypto, seed);
	}
	if (*err < 0)
		error_set(error, *err, "cannot create the station: no memory");
	else
		*err = find_card(sta, error);
	if (*err < 0) {
		free_sta(sta);
		return NULL;
	}
	driver_attach(driver, &ops, sta);
	return sta;
}

/* ---- requests ---- */

static enum sta_answer request_control(struct driver_sta *sta, const struct sta_request *request, uint64_t now_ns)
{
	struct nl80211_requests *out = driver_queue(sta->driver);
	enum sta_answer answer = sta_request(sta->control, request, now_ns, &sta->actions);

	if (out)
		drain(sta, now_ns, out);
	else
		plane_actions_clear(&sta->actions);
	return answer;
}

/* The old networks stay until control has the new ones. */
static enum sta_answer replace_networks(struct driver_sta *sta, const struct sta_request *request, uint64_t now_ns)
{
	size_t count = request->networks.count;
	struct sta_network *networks = limited_networks(sta, request->networks.list, count);
	struct sta_request limited = *request;
	enum sta_answer answer = STA_ANSWER_FULL;

	limited.networks.list = networks;
	if (networks)
		answer = request_control(sta, &limited, now_ns);
	if (answer == STA_ANSWER_FULL) {
		free_networks(networks, count);
		return answer;
	}
	free_networks(sta->networks, sta->network_count);
	sta->networks = networks;
	sta->all_networks = request->networks.list;
	sta->network_count = count;
	return answer;
}

enum sta_answer driver_sta_request(struct driver_sta *sta, const struct sta_request *request, uint64_t now_ns)
{
	enum sta_answer answer = request->kind == STA_REQUEST_NETWORKS ? replace_networks(sta, request, now_ns)
								       : request_control(sta, request, now_ns);

	driver_work(sta->driver);
	return answer;
}

const struct sta *driver_sta_control(const struct driver_sta *sta)
{
	return sta->control;
}

static void ask_for_channel(const struct driver_sta *sta, struct sta_info *info)
{
	struct nl80211_requests requests = {0};
	struct nl80211_event event;
	struct error ignored;

	nl80211_interface_query(&requests, driver_interface(sta->driver, 0)->info.ifindex);
	if (driver_request(sta->driver, &requests, &event, &ignored) == 0 && event.freq_mhz) {
		info->knows_width = true;
		info->width_mhz = nl80211_width_mhz(event.channel_width);
		info->center_mhz = event.center1_mhz;
		info->center_2_mhz = event.center2_mhz;
	}
	nl80211_requests_free(&requests);
}

void driver_sta_info(const struct driver_sta *sta, struct sta_info *info)
{
	struct nl80211_requests requests = {0};
	struct nl80211_request *request;
	struct nl80211_event event;
	struct error ignored;

	sta_info(sta->control, info);
	if (info->state != STA_CONNECTED)
		return;
	request = nl80211_requests_add(&requests, NL80211_CMD_GET_STATION,
				       driver_interface(sta->driver, 0)->info.ifindex);
	nl80211_put_bytes(request, NL80211_ATTR_MAC, info->bssid, MAC_LEN);
	if (driver_request(sta->driver, &requests, &event, &ignored) == 0 && event.station.present) {
		info->rx_frames = event.station.rx_frames;
		info->rx_bytes = event.station.rx_bytes;
		info->tx_frames = event.station.tx_frames;
		info->tx_bytes = event.station.tx_bytes;
		info->tx_lost = event.station.tx_failed;
		info->tx_kbps = event.station.tx_kbps;
		info->beacon_dbm = event.station.beacon_dbm;
		info->signal_dbm = event.station.has_signal ? event.station.signal_dbm : info->signal_dbm;
	}
	nl80211_requests_free(&requests);
	ask_for_channel(sta, info);
}

bool driver_sta_set_power_save(struct driver_sta *sta, bool on)
{
	struct nl80211_requests requests = {0};
	struct nl80211_request *request = nl80211_requests_add(&requests, NL80211_CMD_SET_POWER_SAVE,
							       driver_interface(sta->driver, 0)->info.ifindex);
	struct error error;
	int ret;

	nl80211_put_u32(request, NL80211_ATTR_PS_STATE, on ? NL80211_PS_ENABLED : NL80211_PS_DISABLED);
	ret = driver_request(sta->driver, &requests, NULL, &error);
	if (ret < 0)
		driver_log(sta->driver, "%s", error.text);
	nl80211_requests_free(&requests);
	return ret == 0;
}

void driver_sta_set_country(struct driver *driver, const char *country)
{
	struct nl80211_requests requests = {0};
	struct nl80211_request *request = nl80211_requests_add(&requests, NL80211_CMD_REQ_SET_REG, 0);
	struct error error;

	nl80211_put_bytes(request, NL80211_ATTR_REG_ALPHA2, country, strlen(country) + 1);
	if (driver_request(driver, &requests, NULL, &error) < 0)
		driver_log(driver, "%s", error.text);
	nl80211_requests_free(&requests);
}
