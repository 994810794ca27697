/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs a driver in the event loop. */
#include "driver/driver_state.h"

#include "base/mac.h"
#include "daemon/clock.h"
#include "daemon/event_loop.h"
#include "nl80211/error.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	EVENTS_PER_TURN = 256, /* then timers and signals have their turn */
	PACKETS_PER_TURN = 16,
	EAPOL_MAX = 2048,
	GOODBYE_MS = 200,
	NS_PER_MS = 1000000,
};

#define SUSPENDED_MIN_NS UINT64_C(1000000000)

/* ---- requests ---- */

static void log_failure(struct driver *driver, const struct nl80211_request *request, const struct nl80211_reply *reply)
{
	struct error error;

	nl80211_request_error_set(&error, driver->interfaces[0].info.name, request, reply);
	driver->owner.log(driver->owner.user, NULL, error.text);
}

static void on_wake_timer(uv_timer_t *timer);

static void arm_wake_timer(struct driver *driver)
{
	uint64_t wake_ns = driver->running ? driver->ops->deadline(driver->mlme) : UINT64_MAX, now_ns = monotonic_ns();

	if (driver->starting || genl_has_event(driver->genl))
		wake_ns = now_ns; /* in the next turn */
	if (wake_ns == UINT64_MAX || driver->stopping) {
		uv_timer_stop(&driver->wake_timer);
		return;
	}
	uv_update_time(driver->uv);
	uv_timer_start(&driver->wake_timer, on_wake_timer,
		       wake_ns > now_ns ? (wake_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS : 0, 0);
}

static int send_packet(struct driver *driver, const struct nl80211_request *request)
{
	const struct frame *frame = request->frame;
	struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = request->ifindex};

	return sendto(driver->packet_fd, frame->data, frame->len, 0, (struct sockaddr *)&to, sizeof(to)) < 0 ? -errno
													     : 0;
}

/* Carries out a request of rtnetlink or of the packet socket. */
static int execute_other(struct driver *driver, const struct nl80211_request *request)
{
	if (request->kind == NL80211_REQUEST_OPERSTATE) {
		driver->data_passes = request->up;
		driver->told_carrier = false;
		return netdev_set_operstate(driver->netdev, request->ifindex, request->up);
	}
	if (request->kind == NL80211_REQUEST_ADDRESS)
		return driver_change_address(driver, request->ifindex, request->addr);
	if (request->kind == NL80211_REQUEST_PORT)
		return driver_port_set(driver, request->ifindex, &request->port, request->up);
	if (driver->packet_fd < 0)
		return -ENOTCONN;
	return send_packet(driver, request);
}

/* ---- goodbyes ---- */

static void add_goodbye(struct driver *driver, const struct nl80211_reply *reply)
{
	struct driver_goodbyes *goodbyes = &driver->goodbyes;

	if (!reply->error && reply->has_cookie && goodbyes->count < DRIVER_GOODBYES_MAX)
		goodbyes->cookies[goodbyes->count++] = reply->cookie;
}

static void end_goodbye(struct driver *driver, uint64_t cookie)
{
	struct driver_goodbyes *goodbyes = &driver->goodbyes;

	for (size_t i = 0; i < goodbyes->count; i++)
		if (goodbyes->cookies[i] == cookie) {
			goodbyes->cookies[i] = goodbyes->cookies[--goodbyes->count];
			return;
		}
}

static bool handle_event(struct driver *driver);

/* Waits until the deauthentication frames are on the air: what follows would drop them. */
static void await_goodbyes(struct driver *driver)
{
	uint64_t now_ns = monotonic_ns(), end_ns = now_ns + (uint64_t)GOODBYE_MS * NS_PER_MS;
	struct pollfd events = {.fd = genl_event_fd(driver->genl), .events = POLLIN};

	for (; driver->goodbyes.count && now_ns < end_ns; now_ns = monotonic_ns()) {
		if (!genl_has_event(driver->genl))
			poll(&events, 1, (int)((end_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS));
		for (int i = 0; i < EVENTS_PER_TURN && handle_event(driver); i++)
			;
	}
	driver->goodbyes.count = 0;
}

static void execute(struct driver *driver, const struct nl80211_request *request)
{
	struct nl80211_requests urgent = {0};
	struct nl80211_reply reply = {0};

	if (request->after_goodbye)
		await_goodbyes(driver);
	if (request->kind == NL80211_REQUEST_COMMAND) {
		genl_execute(driver->genl, request, &reply);
		if (request->goodbye)
			add_goodbye(driver, &reply);
	} else {
		reply.error = execute_other(driver, request);
		reply.explanation = strerror(-reply.error);
	}
	driver_record_request(driver, request, &reply);
	if (!driver->ops->reply(driver->mlme, request, &reply, monotonic_ns(), &urgent) && reply.error)
		log_failure(driver, request, &reply);
	nl80211_requests_put_first(&driver->queue, &urgent);
	nl80211_requests_free(&urgent);
}

static void run_requests(struct driver *driver)
{
	struct nl80211_request request;

	while (nl80211_requests_take(&driver->queue, &request)) {
		execute(driver, &request);
		nl80211_request_free(&request);
	}
}

/* ---- events ---- */

/* The regulatory domain has changed: other channels may be allowed, and others not. */
static void handle_regulatory_change(struct driver *driver)
{
	struct error error;

	if (driver->interface_count && !driver->awaits_card &&
	    driver_read_wiphy(driver, driver->interfaces[0].info.ifindex, &error) < 0 && !driver->failed)
		driver_log(driver, "%s", error.text);
}

/* Reports the change. One of a radio (WIPHY_REG_CHANGE) is reported only if it is ours. */
static void report_regulatory_change(struct driver *driver, const struct nl80211_event *event)
{
	struct action report = {
		.note = NOTE_REGDOM, .initiator = (uint8_t)event->reg_initiator, .domain = event->reg_type};

	if (event->command == NL80211_CMD_WIPHY_REG_CHANGE && event->wiphy != driver->wiphy.index)
		return;
	if (event->reg_type == NL80211_REGDOM_TYPE_COUNTRY)
		snprintf(report.detail, sizeof(report.detail), "%.2s", event->country);
	driver_note_action(driver, &report);
}

/* Returns whether there was an event. */
static bool handle_event(struct driver *driver)
{
	struct nl80211_event event;
	bool lost;
	struct nlmsghdr *message = genl_next_event(driver->genl, &lost);

	if (lost)
		handle_regulatory_change(driver); /* its report may be among them */
	if (lost && driver->running)
		driver->ops->resync(driver->mlme, monotonic_ns(), &driver->queue);
	if (!message || !nl80211_event_parse(&event, message))
		return message;
	if (event.command == NL80211_CMD_REG_CHANGE || event.command == NL80211_CMD_WIPHY_REG_CHANGE) {
		handle_regulatory_change(driver);
		report_regulatory_change(driver, &event);
	}
	if (event.command == NL80211_CMD_FRAME_TX_STATUS && event.has_cookie)
		end_goodbye(driver, event.cookie);
	driver_record_event(driver, &event);
	if (driver->running)
		driver->ops->event(driver->mlme, &event, monotonic_ns(), &driver->queue);
	driver_record_end(driver);
	return true;
}

/* A suspension stops the clock of the timers, so only a comparison of clocks shows it. */
static void check_suspension(struct driver *driver)
{
	uint64_t before_ns = driver->suspended_ns, slept_ns;

	driver->suspended_ns = suspended_ns();
	slept_ns = driver->suspended_ns > before_ns ? driver->suspended_ns - before_ns : 0;
	if (slept_ns < SUSPENDED_MIN_NS || !driver->running || !driver->ops->resumed)
		return;
	driver_log(driver, "the machine was suspended for %u s; checking the connection",
		   (unsigned)(slept_ns / 1000 / NS_PER_MS));
	driver->ops->resumed(driver->mlme, slept_ns, monotonic_ns(), &driver->queue);
}

/* Carries out the requests, and handles the events that came meanwhile. */
static void work(struct driver *driver)
{
	check_suspension(driver);
	run_requests(driver);
	for (int i = 0; i < EVENTS_PER_TURN && handle_event(driver); i++)
		run_requests(driver);
	run_requests(driver);
	arm_wake_timer(driver);
}

static void on_events(uv_poll_t *poll, int status, int events)
{
	(void)events;
	event_loop_keep_polling(poll, status, on_events);
	work(poll->data);
}

static void pass_packet(struct driver *driver, int ifindex, const uint8_t *bytes, size_t len)
{
	struct frame *frame = len >= MAC_LEN ? frame_from(bytes, len, 0, 0) : NULL;

	ifindex = frame ? driver_packet_interface(driver->interfaces, driver->interface_count, ifindex, bytes) : 0;
	if (ifindex)
		driver_record_packet(driver, ifindex, frame);
	if (ifindex)
		driver->ops->packet(driver->mlme, ifindex, frame, monotonic_ns(), &driver->queue);
	driver_record_end(driver);
	frame_free(frame);
}

static void on_packets(uv_poll_t *poll, int status, int events)
{
	struct driver *driver = poll->data;
	uint8_t bytes[EAPOL_MAX];

	(void)events;
	event_loop_keep_polling(poll, status, on_packets);
	for (int i = 0; i < PACKETS_PER_TURN; i++) {
		struct sockaddr_ll from = {0};
		socklen_t from_len = sizeof(from);
		ssize_t len = recvfrom(driver->packet_fd, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&from,
				       &from_len);

		if (len <= 0)
			break;
		pass_packet(driver, from.sll_ifindex, bytes, (size_t)len);
	}
	work(driver);
}

static void start_mlme(struct driver *driver)
{
	driver->running = true;
	driver->starting = false;
	driver->ops->start(driver->mlme, monotonic_ns(), &driver->queue);
	work(driver);
	driver->has_started = true;
}

static void on_wake_timer(uv_timer_t *timer)
{
	struct driver *driver = timer->data;

	if (driver->starting)
		start_mlme(driver);
	else if (driver->running)
		driver->ops->tick(driver->mlme, monotonic_ns(), &driver->queue);
	work(driver);
}

/* ---- the interface goes down and up ---- */

static void stop_mlme(struct driver *driver)
{
	driver->starting = false;
	if (!driver->running)
		return;
	driver->ops->stop(driver->mlme, monotonic_ns(), &driver->queue);
	run_requests(driver);
	driver->running = false;
	arm_wake_timer(driver);
}

static void handle_down(struct driver *driver)
{
	driver->interface_up = driver->data_passes = false;
	stop_mlme(driver);
	driver_note(driver, NOTE_INTERFACE_DOWN, (const uint8_t[6]){0});
}

static void on_card_timer(uv_timer_t *timer);

static void await_card(struct driver *driver)
{
	driver_await_card(driver);
	uv_timer_start(&driver->card_timer, on_card_timer, DRIVER_CARD_LOOK_MS, DRIVER_CARD_LOOK_MS);
}

static void handle_removed(struct driver *driver, const struct driver_interface *interface)
{
	if (interface == &driver->interfaces[0])
		driver_log(driver, "%s", "the interface was removed");
	else
		driver_log(driver, "the interface %s was removed", interface->info.name);
	stop_mlme(driver);
	if (interface == &driver->interfaces[0] && driver->ops->adopt_card && !interface->created) {
		await_card(driver);
		return;
	}
	driver->failed = true;
	uv_stop(driver->uv);
}

/* An access point: its stations know the address that it had at the start. It can be set only while it is down. */
static void restore_address(struct driver *driver)
{
	const struct nl80211_interface *interface = &driver->interfaces[0].info;
	int ret = netdev_set_flags(driver->netdev, interface->ifindex, 0, IFF_UP);

	if (ret == 0)
		ret = netdev_set_mac(driver->netdev, interface->ifindex, interface->addr);
	if (ret == 0)
		ret = netdev_set_flags(driver->netdev, interface->ifindex, IFF_UP, IFF_UP);
	if (ret == 0)
		driver_log(driver, "%s",
			   "another program changed the MAC address; vifi has restored it. Restart vifi to use another "
			   "address");
	else
		driver_log(driver,
			   "another program changed the MAC address, and vifi cannot restore it: %s; restart vifi",
			   netdev_reason(driver->netdev, ret));
}

/* A station: the operator wants another address, also after the end. */
static void adopt_address(struct driver *driver, const uint8_t *addr)
{
	driver->interface_up = driver->data_passes = false;
	stop_mlme(driver);
	driver_adopt_address(driver, addr);
	driver->ops->address(driver->mlme, addr);
	driver_note(driver, NOTE_ADDRESS, addr);
}

static void handle_up(struct driver *driver)
{
	driver->interface_up = true;
	driver_note(driver, NOTE_INTERFACE_UP, (const uint8_t[6]){0});
	start_mlme(driver);
}

/*
 * A program that takes the interface for its own, and then gives up, stops the network on its way. The kernel reports the end of a
 * network only if it was not asked for, but the carrier always goes.
 */
static void follow_carrier(struct driver *driver, struct driver_interface *interface, const struct netdev_link *link)
{
	const struct nl80211_event stopped = {
		.command = NL80211_CMD_STOP_AP, .has_ifindex = true, .ifindex = link->ifindex};
	bool had_carrier = interface->carrier;

	interface->carrier = link->flags & IFF_LOWER_UP;
	if (!had_carrier || interface->carrier || !(link->flags & IFF_UP) || !driver->running ||
	    interface->info.type != NL80211_IFTYPE_AP)
		return;
	driver->ops->event(driver->mlme, &stopped, monotonic_ns(), &driver->queue);
	work(driver);
}

/* It must be there: a network without its interface cannot start. Returns 0, or a negative errno. */
static int look_at(struct driver *driver, struct driver_interface *interface, struct netdev_link *link)
{
	int ret = interface->info.ifindex ? netdev_link_by_index(driver->netdev, interface->info.ifindex, link)
					  : -ENOENT; /* a vacant number */

	if (ret == 0)
		follow_carrier(driver, interface, link);
	if (ret == -ENODEV)
		handle_removed(driver, interface);
	return ret;
}

static bool others_are_there(struct driver *driver)
{
	struct netdev_link link;

	for (size_t i = 1; i < driver->interface_count; i++)
		if (look_at(driver, &driver->interfaces[i], &link) == -ENODEV)
			return false;
	return true;
}

static void check_link(struct driver *driver)
{
	struct netdev_link link;
	int ret = look_at(driver, &driver->interfaces[0], &link);
	bool up = ret == 0 && link.flags & IFF_UP, in_use = up && driver->data_passes && link.flags & IFF_LOWER_UP;

	if (ret == -ENODEV || !others_are_there(driver))
		return;
	if (ret == 0 && driver->interface_up && !up) {
		handle_down(driver);
	} else if (up && !in_use && driver->ops->adopt_card && driver_is_taken(driver)) {
		stop_mlme(driver);
		await_card(driver);
	} else if (up && !mac_equal(link.mac, driver->interfaces[0].info.addr)) {
		if (!driver->ops->address) {
			restore_address(driver);
			return;
		}
		adopt_address(driver, link.mac);
		handle_up(driver);
	} else if (up && !driver->interface_up) {
		handle_up(driver);
	} else if (in_use && !link.carrier) {
		/* The driver has reported the association later than we have opened the port. */
		netdev_set_operstate(driver->netdev, link.ifindex, true);
	} else if (in_use && !driver->told_carrier && driver->ops->carrier) {
		driver->told_carrier = true;
		driver->ops->carrier(driver->mlme, monotonic_ns(), &driver->queue);
		work(driver);
	}
}

/*
 * An interface that the switch has set down must be set up again. The kernel sets it down first, and reports the switch
 * then.
 */
static void on_rfkill(uv_poll_t *poll, int status, int events)
{
	struct driver *driver = poll->data;
	bool was_off = driver->rfkill.off;

	(void)status;
	(void)events;
	rfkill_read(&driver->rfkill);
	if (!was_off && driver->rfkill.off)
		driver_log(driver, "%s", "the radio was switched off (rfkill); waiting until it is on again");
	if (was_off && !driver->rfkill.off && !driver->failed && !driver->awaits_card)
		netdev_set_flags(driver->netdev, driver->interfaces[0].info.ifindex, IFF_UP, IFF_UP);
}

static void on_link_change(uv_poll_t *poll, int status, int events)
{
	struct driver *driver = poll->data;

	(void)events;
	event_loop_keep_polling(poll, status, on_link_change);
	if (!netdev_watch_drain(driver->link_fd) || driver->failed || driver->awaits_card)
		return;
	check_link(driver);
	if (!driver->failed && !driver->awaits_card)
		driver_follow_bridges(driver);
}

/* ---- start and stop ---- */

static void init_poll(struct driver *driver, uv_poll_t *poll, int fd, uv_poll_cb callback)
{
	uv_poll_init(driver->uv, poll, fd);
	poll->data = driver;
	uv_poll_start(poll, UV_READABLE, callback);
}

/* Sockets that only some cards need: also a card that comes later. */
static void poll_card(struct driver *driver)
{
	if (driver->packet_fd >= 0 && !driver->polls_packets)
		init_poll(driver, &driver->packet_poll, driver->packet_fd, on_packets);
	driver->polls_packets = driver->packet_fd >= 0;
	if (driver->rfkill.fd >= 0 && !driver->polls_rfkill)
		init_poll(driver, &driver->rfkill_poll, driver->rfkill.fd, on_rfkill);
	driver->polls_rfkill = driver->rfkill.fd >= 0;
}

static void on_card_timer(uv_timer_t *timer)
{
	struct driver *driver = timer->data;

	driver_look_for_card(driver);
	if (driver->awaits_card)
		return;
	uv_timer_stop(timer);
	poll_card(driver);
	driver_log(driver, "%s", "the interface is back");
	if (driver->interface_up) /* else the radio is switched off */
		handle_up(driver);
}

void driver_attach(struct driver *driver, const struct driver_mlme *ops, void *mlme)
{
	driver->ops = ops;
	driver->mlme = mlme;
}

bool driver_awaits_card(const struct driver *driver)
{
	return driver->awaits_card;
}

bool driver_start(struct driver *driver, uv_loop_t *uv, struct error *error)
{
	driver->uv = uv;
	driver->suspended_ns = suspended_ns();
	driver->link_fd = netdev_watch_links_open();
	if (driver->link_fd < 0)
		return error_set(error, false, "cannot watch the interfaces: %s", strerror(-driver->link_fd));
	uv_timer_init(uv, &driver->wake_timer);
	driver->wake_timer.data = driver;
	init_poll(driver, &driver->event_poll, genl_event_fd(driver->genl), on_events);
	init_poll(driver, &driver->link_poll, driver->link_fd, on_link_change);
	uv_timer_init(uv, &driver->card_timer);
	driver->card_timer.data = driver;
	if (driver->awaits_card)
		uv_timer_start(&driver->card_timer, on_card_timer, DRIVER_CARD_LOOK_MS, DRIVER_CARD_LOOK_MS);
	poll_card(driver);
	driver->handles = true;
	/* In the loop: the process has confined itself before it parses the first frame. */
	driver->starting = driver->interface_up;
	driver->waits = !driver->interface_up;
	arm_wake_timer(driver);
	return true;
}

static void on_handle_closed(uv_handle_t *handle)
{
	struct driver *driver = handle->data;

	if (!--driver->closing && driver->closed)
		free(driver);
}

static void close_handle(struct driver *driver, uv_handle_t *handle)
{
	driver->closing++;
	uv_close(handle, on_handle_closed);
}

void driver_stop(struct driver *driver)
{
	if (!driver->handles)
		return;
	driver->stopping = true;
	stop_mlme(driver);
	driver->handles = false;
	close_handle(driver, (uv_handle_t *)&driver->wake_timer);
	close_handle(driver, (uv_handle_t *)&driver->card_timer);
	close_handle(driver, (uv_handle_t *)&driver->event_poll);
	close_handle(driver, (uv_handle_t *)&driver->link_poll);
	if (driver->polls_packets)
		close_handle(driver, (uv_handle_t *)&driver->packet_poll);
	if (driver->polls_rfkill)
		close_handle(driver, (uv_handle_t *)&driver->rfkill_poll);
}

int driver_start_result(const struct driver *driver, struct error *error)
{
	if (driver->failed)
		return error_set(error, -ENODEV, "%s: the interface was removed", driver->interfaces[0].info.name);
	if (!driver->has_started)
		return driver->waits; /* rfkill may last */
	return driver->ops->start_result && driver->ops->start_result(driver->mlme, error) < 0 ? -EIO : 1;
}

struct nl80211_requests *driver_queue(struct driver *driver)
{
	return driver->running ? &driver->queue : NULL;
}

void driver_work(struct driver *driver)
{
	if (driver->running)
		work(driver);
}

bool driver_failed(const struct driver *driver)
{
	return driver->failed;
}
