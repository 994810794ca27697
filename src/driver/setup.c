/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens a driver, and prepares its interfaces. */
#include "driver/driver_state.h"

#include "base/mac.h"
#include "nl80211/error.h"
#include "nl80211/frame.h"
#include "nl80211/journal.h"
#include "wire/mgmt.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct driver *driver_open(const struct driver_owner *owner, int *err, struct error *error)
{
	struct driver *driver = calloc(1, sizeof(*driver));

	*err = -ENOMEM;
	if (!driver) {
		error_set(error, *err, "no memory");
		return NULL;
	}
	driver->owner = *owner;
	driver->packet_fd = driver->link_fd = driver->rfkill.fd = -1;
	driver->genl = genl_open(err, error);
	if (driver->genl && (*err = netdev_open(&driver->netdev)) < 0)
		error_set(error, *err, "cannot open a netlink socket: %s", strerror(-*err));
	if (driver->genl && *err == 0)
		return driver;
	driver_close(driver);
	return NULL;
}

static int request_four_address(struct driver *driver, const struct driver_interface *interface, bool on,
				struct error *error)
{
	struct nl80211_requests requests = {0};
	struct nl80211_request *request =
		nl80211_interface_set_type(&requests, interface->info.ifindex, interface->info.type);
	int ret;

	nl80211_put_u8(request, NL80211_ATTR_4ADDR, on);
	ret = driver_request(driver, &requests, NULL, error);
	nl80211_requests_free(&requests);
	return ret;
}

/* The type and the address can be changed only while the interface is down and no port of a bridge. */
static void restore_type(struct driver *driver, const struct driver_interface *interface)
{
	struct nl80211_requests requests = {0};
	struct error ignored;

	netdev_set_flags(driver->netdev, interface->info.ifindex, 0, IFF_UP);
	if (interface->info.type != interface->before.type)
		nl80211_interface_set_type(&requests, interface->info.ifindex, interface->before.type);
	if (requests.count)
		driver_request(driver, &requests, NULL, &ignored);
	nl80211_requests_free(&requests);
	if (!mac_equal(interface->info.addr, interface->before.addr))
		netdev_set_mac(driver->netdev, interface->info.ifindex, interface->before.addr);
	if (interface->was_up)
		netdev_set_flags(driver->netdev, interface->info.ifindex, IFF_UP, IFF_UP);
}

/*
 * The kernel deletes what a socket owns by itself, but at some time after the socket is closed: the next start would find the interface,
 * and lose it.
 */
static void delete_interface(struct driver *driver, int ifindex)
{
	struct nl80211_requests requests = {0};
	struct error ignored;

	nl80211_interface_delete(&requests, ifindex);
	driver_request(driver, &requests, NULL, &ignored);
	nl80211_requests_free(&requests);
}

/* The interface gets back what it had. */
static void restore(struct driver *driver, const struct driver_interface *interface)
{
	struct netdev_link link;
	struct error ignored;

	if (netdev_link_by_index(driver->netdev, interface->info.ifindex, &link) < 0)
		return;
	if (driver->mlme)
		netdev_reset_operstate(driver->netdev, interface->info.ifindex);
	if (interface->in_bridge)
		netdev_set_master(driver->netdev, interface->info.ifindex, 0);
	if (interface->created) {
		delete_interface(driver, interface->info.ifindex);
		return;
	}
	if (interface->info.type != interface->before.type || !mac_equal(interface->info.addr, interface->before.addr))
		restore_type(driver, interface);
	if (interface->info.four_addr != interface->before.four_addr)
		request_four_address(driver, interface, interface->before.four_addr, &ignored);
	if (!interface->was_up)
		netdev_set_flags(driver->netdev, interface->info.ifindex, 0, IFF_UP);
	if (interface->journalled)
		netdev_set_alias(driver->netdev, interface->info.ifindex, driver->mlme ? "" : interface->found_journal);
}

/* The start has failed: perhaps another process uses the interface, and the journal is its own. */
static void restore_found(struct driver *driver, struct driver_interface *interface)
{
	interface->before = interface->found;
	interface->was_up = interface->found_up;
	restore(driver, interface);
}

void driver_close(struct driver *driver)
{
	if (!driver)
		return;
	driver_ports_close(driver);
	driver_inject_close(driver);
	for (size_t i = 0; i < driver->interface_count; i++)
		if (!driver->interfaces[i].info.ifindex)
			continue; /* it was removed */
		else if (driver->mlme)
			restore(driver, &driver->interfaces[i]);
		else
			restore_found(driver, &driver->interfaces[i]);
	if (driver->ops && driver->mlme)
		driver->ops->free(driver->mlme);
	nl80211_requests_free(&driver->queue);
	genl_close(driver->genl);
	netdev_close(driver->netdev);
	if (driver->packet_fd >= 0)
		close(driver->packet_fd);
	if (driver->link_fd >= 0)
		close(driver->link_fd);
	rfkill_close(&driver->rfkill);
	driver->closed = true;
	if (!driver->closing)
		free(driver);
}

const struct nl80211_wiphy *driver_wiphy(const struct driver *driver)
{
	return &driver->wiphy;
}

const struct driver_interface *driver_interface(const struct driver *driver, size_t index)
{
	return &driver->interfaces[index];
}

/* The first interface gives its name to errors. */
static const char *place_name(const struct driver *driver)
{
	return driver->interface_count ? driver->interfaces[0].info.name : "nl80211";
}

int driver_request(struct driver *driver, struct nl80211_requests *requests, struct nl80211_event *event,
		   struct error *error)
{
	struct nl80211_request request;
	struct nl80211_reply reply = {.error = -ENOMEM, .explanation = "no memory"};

	if (!nl80211_requests_take(requests, &request))
		return error_set(error, -ENOMEM, "no memory");
	genl_execute(driver->genl, &request, &reply);
	if (event && !reply.error && !nl80211_reply_event(&reply, 0, event))
		reply = (struct nl80211_reply){.error = -EBADMSG, .explanation = "the answer is malformed"};
	if (reply.error)
		nl80211_error_set(error, place_name(driver), request.command, &reply);
	nl80211_request_free(&request);
	return reply.error;
}

int driver_read_wiphy(struct driver *driver, int ifindex, struct error *error)
{
	struct nl80211_requests requests = {0};
	struct nl80211_wiphy wiphy = {0};
	struct nl80211_request request;
	struct nl80211_reply reply;

	nl80211_wiphy_query(&requests, ifindex);
	if (!nl80211_requests_take(&requests, &request)) {
		nl80211_requests_free(&requests);
		return error_set(error, -ENOMEM, "no memory");
	}
	genl_execute(driver->genl, &request, &reply);
	for (size_t i = 0; i < reply.count; i++)
		nl80211_wiphy_merge(&wiphy, reply.messages[i]);
	nl80211_request_free(&request);
	nl80211_requests_free(&requests);
	if (reply.error)
		return nl80211_error_set(error, place_name(driver), NL80211_CMD_GET_WIPHY, &reply);
	if (!wiphy.present)
		return error_set(error, -ENODEV,
				 "%s: the kernel does not report its radio; is the driver still loaded?",
				 place_name(driver));
	driver->wiphy = wiphy;
	return 0;
}

/* ---- an interface ---- */

/* A process that was killed has left the interface as it used it: what it was before that counts. */
static void read_journal(struct driver_interface *interface, const struct netdev_link *link)
{
	struct nl80211_journal journal;

	if (!nl80211_journal_read(&journal, link->alias))
		return;
	interface->before.type = journal.type;
	interface->before.four_addr = journal.four_addr;
	interface->was_up = journal.up;
	if (mac_equal(link->mac, journal.now)) /* else another program has changed it since */
		mac_copy(interface->before.addr, journal.addr);
}

/* An alias of the user stays; then nobody can restore the interface after a kill. */
static void write_journal(struct driver *driver, struct driver_interface *interface)
{
	struct nl80211_journal journal = {
		.type = interface->before.type, .up = interface->was_up, .four_addr = interface->before.four_addr};
	char text[NL80211_JOURNAL_MAX];
	struct netdev_link link;

	if (netdev_link_by_index(driver->netdev, interface->info.ifindex, &link) < 0 ||
	    (link.alias[0] && !nl80211_journal_is_ours(link.alias)))
		return;
	mac_copy(journal.addr, interface->before.addr);
	mac_copy(journal.now, interface->info.addr);
	nl80211_journal_write(text, &journal);
	interface->journalled = netdev_set_alias(driver->netdev, interface->info.ifindex, text) == 0;
}

static int find_interface(struct driver *driver, const char *name, struct driver_interface *interface,
			  struct error *error)
{
	struct nl80211_requests requests = {0};
	struct nl80211_event event;
	struct netdev_link link;
	int ret = netdev_link_by_name(driver->netdev, name, &link);

	if (ret < 0)
		return error_set(error, ret, "%s: there is no such interface: %s; `ip link` lists the interfaces", name,
				 netdev_reason(driver->netdev, ret));
	interface->was_up = link.flags & IFF_UP;
	nl80211_interface_query(&requests, link.ifindex);
	ret = driver_request(driver, &requests, &event, error);
	nl80211_requests_free(&requests);
	if (ret < 0 || !nl80211_interface_read(&interface->info, &event))
		return error_set(error, -EOPNOTSUPP,
				 "%s is not a wireless interface of nl80211; `iw dev` lists those that are", name);
	interface->before = interface->found = interface->info;
	interface->found_up = interface->was_up;
	if (nl80211_journal_is_ours(link.alias))
		snprintf(interface->found_journal, sizeof(interface->found_journal), "%.127s", link.alias);
	read_journal(interface, &link);
	return 0;
}

static int set_up(struct driver *driver, const struct driver_interface *interface, struct error *error)
{
	int ret = netdev_set_flags(driver->netdev, interface->info.ifindex, IFF_UP, IFF_UP);

	if (interface == &driver->interfaces[0])
		driver->interface_up = ret == 0;
	if (ret == -ERFKILL && driver->rfkill.fd >= 0) {
		driver_log(driver, "%s",
			   "the radio is switched off (rfkill); waiting until it is on: run `rfkill unblock wifi`, or "
			   "use the radio switch of the machine");
		return 0;
	}
	if (ret == -ERFKILL)
		return error_set(error, ret,
				 "%s: the radio is switched off (rfkill): run `rfkill unblock wifi`, or use the radio "
				 "switch of the machine",
				 interface->info.name);
	if (ret < 0)
		return error_set(error, ret, "%s: cannot set the interface up: %s%s", interface->info.name,
				 netdev_reason(driver->netdev, ret),
				 ret == -EPERM      ? "; run vifi as root, or with CAP_NET_ADMIN"
				 : ret == -ENOTUNIQ ? "; another interface of this card has the same MAC address: set "
						      "a different one with bssid= or `ip link set NAME address`"
						    : "");
	return 0;
}

/*
 * A change of the type removes the registrations of all programs, so look before: hostapd, wpa_supplicant and an idle iwd
 * have registered for action frames. That for all of them is refused then, with EALREADY. Otherwise it is ours until the
 * change.
 */
int driver_refuse_other_program(struct driver *driver, const struct driver_interface *interface, struct error *error)
{
	struct nl80211_requests requests = {0};
	struct error found;
	int ret;

	nl80211_frame_register(&requests, interface->info.ifindex, MGMT_ACTION, NULL, 0);
	ret = driver_request(driver, &requests, NULL, &found);
	nl80211_requests_free(&requests);
	if (ret != -EALREADY) /* some drivers report no action frames */
		return 0;
	*error = found;
	return ret;
}

int driver_set_type(struct driver *driver, struct driver_interface *interface, uint32_t iftype, struct error *error)
{
	struct nl80211_requests requests = {0};
	int ret;

	nl80211_interface_set_type(&requests, interface->info.ifindex, iftype);
	ret = driver_request(driver, &requests, NULL, error);
	nl80211_requests_free(&requests);
	if (ret == 0)
		interface->info.type = iftype;
	return ret;
}

static int set_addr(struct driver *driver, struct driver_interface *interface, const uint8_t *addr, struct error *error)
{
	int ret;

	if (mac_equal(addr, interface->info.addr))
		return 0;
	ret = netdev_set_mac(driver->netdev, interface->info.ifindex, addr);
	if (ret < 0)
		return error_set(error, ret,
				 "%s: cannot set the MAC address: %s; omit it to use the address of the card",
				 interface->info.name, netdev_reason(driver->netdev, ret));
	mac_copy(interface->info.addr, addr);
	return 0;
}

/* Type and address can be changed only while the interface is down. */
static int configure(struct driver *driver, struct driver_interface *interface, uint32_t iftype, const uint8_t *addr,
		     struct error *error)
{
	bool change_type = interface->info.type != iftype;
	int ret = change_type ? driver_refuse_other_program(driver, interface, error) : 0;

	if (ret < 0)
		return ret;
	if (change_type || !mac_equal(addr, interface->info.addr))
		ret = netdev_set_flags(driver->netdev, interface->info.ifindex, 0, IFF_UP);
	if (ret < 0)
		return error_set(error, ret, "%s: cannot set the interface down: %s%s", interface->info.name,
				 netdev_reason(driver->netdev, ret),
				 ret == -EPERM ? "; run vifi as root, or with CAP_NET_ADMIN" : "");
	if (change_type)
		ret = driver_set_type(driver, interface, iftype, error);
	if (ret == 0)
		ret = set_addr(driver, interface, addr, error);
	write_journal(driver, interface);
	return ret == 0 ? set_up(driver, interface, error) : ret;
}

int driver_add_interface(struct driver *driver, const char *name, uint32_t iftype, const uint8_t *addr,
			 struct error *error)
{
	return driver_add_interface_as(driver, driver->interface_count, name, iftype, addr, error);
}

int driver_add_interface_as(struct driver *driver, size_t index, const char *name, uint32_t iftype, const uint8_t *addr,
			    struct error *error)
{
	struct driver_interface *interface = &driver->interfaces[index];
	int ret;

	if (index >= DRIVER_INTERFACES_MAX)
		return error_set(error, -E2BIG, "%s: more than %d interfaces", name, DRIVER_INTERFACES_MAX);
	*interface = (struct driver_interface){0};
	ret = find_interface(driver, name, interface, error);
	if (ret < 0)
		return ret;
	if (driver->interface_count <= index)
		driver->interface_count = index + 1;
	if (!index) {
		if (!driver->wiphy.present || driver->wiphy.index != interface->info.wiphy)
			ret = driver_read_wiphy(driver, interface->info.ifindex, error);
		rfkill_follow(&driver->rfkill, driver->wiphy.name);
	}
	if (ret == 0 && !(driver->wiphy.iftypes >> iftype & 1))
		ret = error_set(error, -EOPNOTSUPP,
				"%s: the driver cannot work as %s; `iw phy` lists its interface modes", name,
				nl80211_interface_type_name(iftype));
	return ret == 0 ? configure(driver, interface, iftype, addr ? addr : interface->before.addr, error) : ret;
}

void driver_remove_interface(struct driver *driver, size_t index)
{
	struct driver_interface *interface = &driver->interfaces[index];

	if (interface->info.ifindex)
		restore(driver, interface);
	*interface = (struct driver_interface){0};
}

int driver_create_interface(struct driver *driver, const char *name, uint32_t iftype, const uint8_t *addr,
			    bool *created, struct error *error)
{
	struct nl80211_requests requests = {0};
	struct netdev_link link;
	int ret;

	if (netdev_link_by_name(driver->netdev, name, &link) == 0)
		return 0;
	nl80211_interface_create(&requests, driver_wiphy(driver)->index, name, iftype, addr);
	ret = driver_request(driver, &requests, NULL, error);
	nl80211_requests_free(&requests);
	*created = ret == 0;
	return ret;
}

void driver_note_created(struct driver *driver, size_t index)
{
	driver->interfaces[index].created = true;
}

void driver_adopt_address(struct driver *driver, const uint8_t addr[6])
{
	struct driver_interface *interface = &driver->interfaces[0];

	mac_copy(interface->info.addr, addr);
	mac_copy(interface->before.addr, addr);
	write_journal(driver, interface);
}

int driver_change_address(struct driver *driver, int ifindex, const uint8_t addr[6])
{
	struct driver_interface *interface = &driver->interfaces[0];
	int up, ret = netdev_set_flags(driver->netdev, ifindex, 0, IFF_UP);

	if (ret < 0)
		return ret;
	ret = netdev_set_mac(driver->netdev, ifindex, addr);
	if (ret == 0) {
		mac_copy(interface->info.addr, addr);
		write_journal(driver, interface);
	}
	up = netdev_set_flags(driver->netdev, ifindex, IFF_UP, IFF_UP);
	if (up < 0) /* as by the rfkill switch: the new address counts all the same */
		driver_log(driver, "cannot set the interface up: %s", netdev_reason(driver->netdev, up));
	if (ret == 0)
		driver_note(driver, NOTE_ADDRESS, addr);
	return ret;
}

int driver_find_radio(struct driver *driver, const char *name, struct error *error)
{
	int ret = find_interface(driver, name, &driver->interfaces[0], error);

	return ret < 0 ? ret : driver_read_wiphy(driver, driver->interfaces[0].info.ifindex, error);
}

/* ---- 4-address mode ---- */

int driver_set_four_address(struct driver *driver, size_t index, struct error *error)
{
	struct driver_interface *interface = &driver->interfaces[index];
	int ret;

	if (interface->info.four_addr)
		return 0;
	ret = request_four_address(driver, interface, true, error);
	if (ret == -EOPNOTSUPP) /* the kernel does not say so before */
		return error_set(error, ret,
				 "%s: the driver has no 4-address mode, which a bridge port needs; use `vifi bridge up "
				 "%s` instead",
				 interface->info.name, interface->info.name);
	interface->info.four_addr = ret == 0;
	return ret;
}

void driver_note_four_address(struct driver *driver, size_t index, bool on)
{
	driver->interfaces[index].info.four_addr = on;
}

/* ---- bridges ---- */

static int create_bridge(struct driver *driver, const char *name, struct netdev_link *bridge)
{
	int ret = netdev_bridge_create(driver->netdev, name);

	if (ret == 0)
		ret = netdev_link_by_name(driver->netdev, name, bridge);
	if (ret == 0)
		ret = netdev_set_flags(driver->netdev, bridge->ifindex, IFF_UP, IFF_UP);
	if (ret == 0)
		driver_log(driver, "created the bridge %s; it remains after exit", name);
	return ret;
}

int driver_join_bridge(struct driver *driver, size_t index, const char *name, struct error *error)
{
	struct driver_interface *interface = &driver->interfaces[index];
	struct netdev_link bridge, link;
	int ret = netdev_link_by_name(driver->netdev, name, &bridge);

	if (ret == 0 && strcmp(bridge.kind, "bridge") != 0)
		return error_set(error, -EINVAL, "%s exists and is not a bridge; choose another name (bridge=)", name);
	if (ret < 0) {
		ret = create_bridge(driver, name, &bridge);
		interface->made_bridge = ret == 0;
	}
	if (ret < 0)
		return error_set(error, ret, "cannot create the bridge %s: %s", name,
				 netdev_reason(driver->netdev, ret));
	strcpy(interface->bridge, bridge.name);
	interface->bridge_ifindex = bridge.ifindex;
	if (netdev_link_by_index(driver->netdev, interface->info.ifindex, &link) == 0 && link.master == bridge.ifindex)
		return 0;
	ret = netdev_set_master(driver->netdev, interface->info.ifindex, bridge.ifindex);
	if (ret < 0)
		return error_set(error, ret, "cannot add %s to the bridge %s: %s", interface->info.name, name,
				 netdev_reason(driver->netdev, ret));
	interface->in_bridge = true;
	return 0;
}

int driver_set_bridge(struct driver *driver, size_t index, const char *name, struct error *error)
{
	struct driver_interface *interface = &driver->interfaces[index];
	int ret;

	if (*name)
		return driver_join_bridge(driver, index, name, error);
	interface->bridge[0] = '\0';
	if (!interface->in_bridge)
		return 0;
	ret = netdev_set_master(driver->netdev, interface->info.ifindex, 0);
	if (ret < 0)
		return error_set(error, ret, "cannot take %s out of its bridge: %s", interface->info.name,
				 netdev_reason(driver->netdev, ret));
	interface->in_bridge = false;
	return 0;
}

int driver_packet_interface(const struct driver_interface *interfaces, size_t count, int ifindex, const uint8_t dest[6])
{
	for (size_t i = 0; i < count; i++)
		if (interfaces[i].info.ifindex == ifindex)
			return ifindex;
	for (size_t i = 0; i < count; i++)
		if (mac_equal(interfaces[i].info.addr, dest))
			return interfaces[i].info.ifindex;
	return 0;
}

bool driver_uses_packets(const struct driver *driver)
{
	return driver->packet_fd >= 0;
}

int driver_open_packets(struct driver *driver, struct error *error)
{
	struct sockaddr_ll addr = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_PAE)};

	driver->packet_fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (driver->packet_fd >= 0 && bind(driver->packet_fd, (struct sockaddr *)&addr, sizeof(addr)) == 0)
		return 0;
	return error_set(error, -errno, "%s: cannot open a packet socket for EAPOL frames: %s; it needs CAP_NET_RAW",
			 place_name(driver), strerror(errno));
}
