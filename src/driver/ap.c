/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Control and plane of an access point as a state machine of the driver. */
#include "driver/ap_state.h"

#include "base/mac.h"
#include "daemon/clock.h"
#include "nl80211/ap/subbands.h"
#include "nl80211/error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { TICKS_MAX = 4 };
#define RETRY_NS UINT64_C(2000000000)

static const char *interface_of(const struct driver_ap *ap, unsigned number)
{
	return ap->setup.networks[number < ap->setup.count ? number : 0].interface;
}

/* ---- control and plane ---- */

/* For lack of memory an action or a request is missing: no station keeps more than control grants it. */
static void revoke_unknown(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	struct ap_station_info info;
	uint8_t addr[6];
	unsigned bss;
	size_t count = 0;

	while (nl80211_ap_station(ap->plane, count, &bss, addr))
		count++;
	while (count--) /* a removed station gives its place to the last one */
		if (nl80211_ap_station(ap->plane, count, &bss, addr)) {
			bool known = ap_station_info_of(ap->control, bss, addr, &info);

			if (!known || !info.authorised)
				nl80211_ap_revoke(ap->plane, bss, addr, known, now_ns, out);
		}
}

void driver_ap_apply(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	bool lost = ap->actions.lost || out->lost;

	driver_report(ap->driver, &ap->actions);
	nl80211_ap_apply(ap->plane, &ap->actions, now_ns, out);
	plane_actions_clear(&ap->actions);
	if (lost || out->lost)
		revoke_unknown(ap, now_ns, out);
	out->lost = false;
}

/* Reports the frames that the plane has dropped, and has control see its events, until there are no more. */
static void drain(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	struct plane_event event;
	bool any = false;

	driver_report(ap->driver, nl80211_ap_reports(ap->plane));
	plane_actions_clear(nl80211_ap_reports(ap->plane));
	while (nl80211_ap_take_event(ap->plane, &event)) {
		any = true;
		if (event.kind == PLANE_EVENT_BSS_STARTED)
			ap->reason.text[0] = '\0';
		ap_event(ap->control, &event, now_ns, &ap->actions);
		driver_ap_apply(ap, now_ns, out);
	}
	if (!any)
		return;
	ap_send_answers(ap->control, now_ns, &ap->actions);
	driver_ap_apply(ap, now_ns, out);
}

/* The same refusal comes every two seconds, perhaps for hours. */
static void retry_later(struct driver_ap *ap, const char *interface, const struct error *error, uint64_t now_ns)
{
	if (strcmp(error->text, ap->reason.text) != 0)
		ap->driver->owner.log(ap->driver->owner.user, interface, error->text);
	ap->reason = *error;
	ap->retry_ns = now_ns + RETRY_NS;
}

/* A network is not on the air. At the first start that is the end; later the cause may pass. */
static void handle_failure(struct driver_ap *ap, const struct nl80211_ap_failure *failure, uint64_t now_ns)
{
	const struct nl80211_reply reply = {.error = failure->error, .explanation = failure->explanation};
	const char *interface = interface_of(ap, failure->bss);
	struct error error;

	if (failure->command)
		nl80211_error_set(&error, interface, failure->command, &reply);
	else
		error_set(&error, -ENETDOWN,
			  "the kernel or another program has stopped the network; it starts again when the interface "
			  "is up");
	if (failure->bss + 1 == ap->trial) {
		ap->refusal = failure->command ? failure->error : -ENETDOWN;
		ap->reason = error;
		return;
	}
	if (!ap->driver->has_started && !ap->driver->waits) {
		ap->failure = failure->command ? failure->error : -ENETDOWN;
		ap->reason = error;
		return;
	}
	retry_later(ap, failure->command ? NULL : interface, &error, now_ns);
}

static void check_failure(struct driver_ap *ap, uint64_t now_ns)
{
	struct nl80211_ap_failure failure;

	if (nl80211_ap_failed(ap->plane, &failure))
		handle_failure(ap, &failure, now_ns);
}

/* ---- the state machine of the driver ---- */

/* At the first start they have just been prepared. */
static bool has_interfaces(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	struct error error;

	for (unsigned i = 0; ap->driver->has_started && i < ap->setup.count; i++) {
		int ret = driver_reclaim_interface(ap->driver, i, &error);

		if (ret > 0)
			nl80211_ap_register(ap->plane, i, out);
		if (ret >= 0)
			continue;
		retry_later(ap, interface_of(ap, i), &error, now_ns);
		return false;
	}
	return true;
}

static void start(void *mlme, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_ap *ap = mlme;

	ap->retry_ns = UINT64_MAX;
	if (has_interfaces(ap, now_ns, out))
		driver_ap_spectrum_begin(ap, now_ns, out);
}

static void stop(void *mlme, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_ap *ap = mlme;

	ap->retry_ns = UINT64_MAX;
	driver_ap_spectrum_end(ap, now_ns, out);
}

static void handle_event(void *mlme, const struct nl80211_event *event, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_ap *ap = mlme;

	nl80211_ap_event(ap->plane, event, now_ns, out);
	drain(ap, now_ns, out);
	driver_ap_spectrum_event(ap, event, now_ns, out);
	check_failure(ap, now_ns);
}

static void run_timers(struct driver_ap *ap, uint64_t now_ns, struct nl80211_requests *out)
{
	ap->tick_waits = false;
	/* What an action leads to may be due at once, too. */
	for (int i = 0; i < TICKS_MAX && now_ns >= ap_deadline(ap->control); i++) {
		ap_tick(ap->control, now_ns, &ap->actions);
		driver_ap_apply(ap, now_ns, out);
		drain(ap, now_ns, out);
	}
	driver_ap_spectrum_check_move(ap, now_ns, out);
}

static bool handle_reply(void *mlme, const struct nl80211_request *request, const struct nl80211_reply *reply,
			 uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_ap *ap = mlme;
	bool expected;

	if (driver_ap_spectrum_reply(ap, request, reply, now_ns, out))
		return true;
	expected = nl80211_ap_reply(ap->plane, request, reply, now_ns, out);
	drain(ap, now_ns, out);
	driver_ap_spectrum_check_move(ap, now_ns, out);
	if (ap->tick_waits && !nl80211_ap_is_refreshing(ap->plane))
		run_timers(ap, now_ns, out);
	check_failure(ap, now_ns);
	return expected;
}

static void handle_packet(void *mlme, int ifindex, const struct frame *frame, uint64_t now_ns,
			  struct nl80211_requests *out)
{
	struct driver_ap *ap = mlme;

	nl80211_ap_packet(ap->plane, ifindex, frame, now_ns, out);
	drain(ap, now_ns, out);
}

/* Nothing to ask for again: stations and timers repeat the events that were lost. */
static void resync(void *mlme, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_ap *ap = mlme;

	(void)now_ns;
	(void)out;
	driver_log(ap->driver, "%s",
		   "the kernel has dropped events because this process did not read them fast enough");
}

static uint64_t deadline(const void *mlme)
{
	const struct driver_ap *ap = mlme;
	uint64_t control_ns = ap_deadline(ap->control), plane_ns = nl80211_ap_deadline(ap->plane),
		 channel_ns = driver_ap_spectrum_deadline(ap), first_ns = control_ns < plane_ns ? control_ns : plane_ns;

	first_ns = first_ns < channel_ns ? first_ns : channel_ns;
	return first_ns < ap->retry_ns ? first_ns : ap->retry_ns;
}

static void tick(void *mlme, uint64_t now_ns, struct nl80211_requests *out)
{
	struct driver_ap *ap = mlme;

	if (now_ns >= ap->retry_ns) {
		stop(ap, now_ns, out);
		start(ap, now_ns, out);
		return;
	}
	if (now_ns >= driver_ap_spectrum_deadline(ap))
		driver_ap_spectrum_tick(ap, now_ns, out);
	nl80211_ap_tick(ap->plane, now_ns, out);
	if (now_ns < ap_deadline(ap->control))
		return;
	nl80211_ap_refresh(ap->plane, now_ns, out);
	ap->tick_waits = nl80211_ap_is_refreshing(ap->plane);
	if (!ap->tick_waits)
		run_timers(ap, now_ns, out);
}

static void free_ap(void *mlme)
{
	struct driver_ap *ap = mlme;

	if (!ap)
		return;
	ap_free(ap->control);
	nl80211_ap_free(ap->plane);
	plane_actions_free(&ap->actions);
	free(ap);
}

static int start_result(const void *mlme, struct error *error)
{
	const struct driver_ap *ap = mlme;

	if (ap->failure)
		*error = ap->reason;
	return ap->failure;
}

static const struct driver_mlme ops = {
	.start = start,
	.stop = stop,
	.event = handle_event,
	.reply = handle_reply,
	.packet = handle_packet,
	.resync = resync,
	.deadline = deadline,
	.tick = tick,
	.free = free_ap,
	.start_result = start_result,
};

/* ---- creation ---- */

static struct nl80211_ap *new_plane(const struct driver_ap *ap)
{
	struct nl80211_ap_setup setup = {.wiphy = driver_wiphy(ap->driver),
					 .rts_threshold = ap->setup.rts_threshold,
					 .beacon_rate = ap->setup.beacon_rate,
					 .bss_color = (uint8_t)(ap->setup.phy.ax ? ap->setup.phy.he.bss_color : 0),
					 .partial_color = ap->setup.phy.he.partial_color,
					 .bss_count = ap->setup.count};
	uint64_t hash_key;

	memcpy(setup.queues, ap->setup.queues, sizeof(setup.queues));
	if (ap->setup.phy.ax)
		setup.reuse = ap->setup.phy.he.reuse;
	if (getrandom(&hash_key, sizeof(hash_key), 0) != sizeof(hash_key))
		return NULL;
	for (unsigned i = 0; i < setup.bss_count; i++) {
		setup.bss[i].ifindex = driver_interface(ap->driver, i)->info.ifindex;
		mac_copy(setup.bss[i].bssid, ap->setup.networks[i].bssid);
		setup.bss[i].ports = ap->setup.networks[i].ports;
		memcpy(setup.bss[i].ports.interface, ap->setup.networks[i].interface, IFNAMSIZ);
	}
	return nl80211_ap_new(&setup, hash_key);
}

/* What beacons say about the regulatory domain. */
static void set_regulatory(struct ap_regulatory *to, const struct nl80211_wiphy *wiphy,
			   const struct driver_ap_setup *setup, const struct driver_ap_plan *plan)
{
	struct nl80211_ap_subband subbands[AP_SUBBANDS_MAX];

	to->subband_count = nl80211_ap_subbands(wiphy, plan->channel.freq_mhz, subbands, AP_SUBBANDS_MAX);
	for (size_t i = 0; i < to->subband_count; i++)
		to->subbands[i] =
			(struct ap_subband){subbands[i].first_channel, subbands[i].count, subbands[i].max_power_dbm};
	to->class_count = nl80211_ap_operating_classes(wiphy, to->classes, AP_CLASSES_MAX);
	to->spectrum_management = setup->announces_spectrum;
	to->has_power_constraint = setup->power_constraint_db >= 0;
	to->power_constraint_db = (uint8_t)setup->power_constraint_db;
}

static struct driver_ap *create(struct driver *driver, const struct driver_ap_setup *setup,
				const struct driver_ap_plan *plan, const struct ap_setup *ap_setup,
				struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN])
{
	struct plane_capabilities capabilities = nl80211_ap_capabilities(driver_wiphy(driver));
	struct driver_ap *ap = calloc(1, sizeof(*ap));
	uint8_t seeds[2][RANDOM_SEED_LEN];

	if (!ap)
		return NULL;
	ap->driver = driver;
	ap->setup = *setup;
	ap->plan = *plan;
	ap->retry_ns = UINT64_MAX;
	ap->beacon_tu = ap_setup->beacon_tu;
	if (!random_split(crypto, seed, seeds)) {
		random_init(&ap->random, crypto, seeds[1]);
		ap->control = ap_new(crypto, ap_setup, &capabilities, seeds[0]);
	}
	crypto_wipe(seeds, sizeof(seeds));
	ap->plane = new_plane(ap);
	driver_ap_spectrum_init(ap, monotonic_ns());
	if (ap->control && ap->plane)
		return ap;
	free_ap(ap);
	return NULL;
}

int driver_ap_register(struct driver_ap *ap, unsigned first, unsigned count, struct error *error)
{
	struct nl80211_requests requests = {0};
	int err = 0;

	for (unsigned i = 0; i < count; i++)
		nl80211_ap_register(ap->plane, first + i, &requests);
	while (!err && requests.count) {
		uint8_t command = requests.list[0].command;
		bool optional = command == NL80211_CMD_UNEXPECTED_FRAME || command == NL80211_CMD_REGISTER_BEACONS;

		err = driver_request(ap->driver, &requests, NULL, error);
		err = optional ? 0 : err;
	}
	nl80211_requests_free(&requests);
	return err;
}

struct driver_ap *driver_ap_new(struct driver *driver, struct driver_ap_setup *setup, struct ap_setup *ap_setup,
				struct crypto *crypto, const uint8_t seed[RANDOM_SEED_LEN], int *err,
				struct error *error)
{
	struct driver_ap *ap = NULL;
	struct driver_ap_plan plan;

	*err = driver_ap_check(driver, setup, false, &plan, error);
	if (!*err)
		*err = driver_ap_take_interfaces(driver, setup, error);
	if (*err)
		return NULL;
	driver_ap_copy_phy(&ap_setup->phy, &plan.phy);
	ap_setup->freq_mhz = plan.channel.freq_mhz;
	set_regulatory(&ap_setup->regulatory, driver_wiphy(driver), setup, &plan);
	for (unsigned i = 0; i < setup->count; i++)
		mac_copy(ap_setup->bss[i].bssid, setup->networks[i].bssid);
	ap = create(driver, setup, &plan, ap_setup, crypto, seed);
	if (!ap)
		*err = error_set(error, -ENOMEM, "cannot create the access point: no memory");
	else
		*err = driver_ap_register(ap, 0, setup->count, error);
	if (!*err && !nl80211_ap_has_control_port(ap->plane))
		*err = driver_open_packets(driver, error);
	if (*err) {
		free_ap(ap);
		return NULL;
	}
	driver_attach(driver, &ops, ap);
	return ap;
}

/* ---- the operator ---- */

bool driver_ap_command(struct driver_ap *ap, const struct ap_command *command)
{
	struct nl80211_requests *out = driver_queue(ap->driver);
	uint64_t now_ns = monotonic_ns();
	bool done;

	if (!out)
		return false;
	done = ap_run_command(ap->control, command, now_ns, &ap->actions);
	driver_ap_apply(ap, now_ns, out);
	drain(ap, now_ns, out);
	driver_work(ap->driver);
	check_failure(ap, monotonic_ns());
	return done;
}

void driver_ap_update_counters(struct driver_ap *ap)
{
	struct nl80211_requests requests = {0};
	struct nl80211_request request;
	struct nl80211_reply reply;
	uint64_t now_ns = monotonic_ns();

	nl80211_ap_query_counters(ap->plane, now_ns, &requests);
	while (nl80211_requests_take(&requests, &request)) {
		genl_execute(ap->driver->genl, &request, &reply);
		nl80211_ap_reply(ap->plane, &request, &reply, now_ns, &requests);
		nl80211_request_free(&request);
	}
	nl80211_requests_free(&requests);
}

bool driver_ap_station(const struct driver_ap *ap, size_t nth, struct ap_station_info *info)
{
	struct nl80211_ap_counters counters;

	if (!ap_station_info(ap->control, nth, info))
		return false;
	if (nl80211_ap_counters(ap->plane, info->bss, info->addr, &counters)) {
		info->heard_ns = counters.heard_ns > info->heard_ns ? counters.heard_ns : info->heard_ns;
		info->rx_frames = counters.rx_frames;
		info->rx_bytes = counters.rx_bytes;
		info->tx_frames = counters.tx_frames;
		info->tx_bytes = counters.tx_bytes;
		info->tx_lost = counters.tx_lost;
		info->signal_dbm = counters.signal_dbm;
	}
	return true;
}
