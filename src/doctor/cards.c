/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "doctor/doctor.h"

#include "driver/genl.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <dirent.h>

/* ---- nl80211 ---- */

/* Carries out the only request of the list, and frees it. `reply` is valid until the next request. */
static int ask(struct genl *genl, struct nl80211_requests *requests, struct nl80211_reply *reply)
{
	struct nl80211_request request;

	*reply = (struct nl80211_reply){.error = -ENOMEM, .explanation = "no memory"};
	if (nl80211_requests_take(requests, &request)) {
		genl_execute(genl, &request, reply);
		nl80211_request_free(&request);
	}
	nl80211_requests_free(requests);
	return reply->error;
}

static void read_wiphy(struct genl *genl, struct doctor_card *card)
{
	struct nl80211_requests requests = {0};
	struct nl80211_reply reply;

	nl80211_wiphy_query(&requests, card->interface.ifindex);
	if (ask(genl, &requests, &reply) == 0)
		for (size_t i = 0; i < reply.count; i++)
			nl80211_wiphy_merge(&card->wiphy, reply.messages[i]);
}

/* A radio with its own (self-managed) regulatory domain reports that one. */
static void read_country(struct genl *genl, struct doctor_card *card)
{
	struct nl80211_requests requests = {0};
	struct nl80211_event event;
	struct nl80211_reply reply;

	nl80211_put_u32(nl80211_requests_add(&requests, NL80211_CMD_GET_REG, 0), NL80211_ATTR_WIPHY, card->wiphy.index);
	if (ask(genl, &requests, &reply) == 0 && nl80211_reply_event(&reply, 0, &event))
		memcpy(card->country, event.country, sizeof(card->country));
}

static void read_power_save(struct genl *genl, struct doctor_card *card)
{
	struct nl80211_requests requests = {0};
	struct nl80211_event event;
	struct nl80211_reply reply;

	nl80211_requests_add(&requests, NL80211_CMD_GET_POWER_SAVE, card->interface.ifindex);
	if (ask(genl, &requests, &reply) == 0 && nl80211_reply_event(&reply, 0, &event) && event.has_power_save)
		card->power_save = event.power_save ? DOCTOR_POWER_SAVE_ON : DOCTOR_POWER_SAVE_OFF;
}

/* Returns 0 or a negative errno. An interface without a network device, as of P2P, is left out. */
static int read_interfaces(struct genl *genl, struct doctor_cards *cards)
{
	struct nl80211_requests requests = {0};
	struct nl80211_event event;
	struct nl80211_reply reply;

	nl80211_interface_query(&requests, 0);
	if (ask(genl, &requests, &reply) < 0)
		return reply.error;
	cards->list = calloc(reply.count + 1, sizeof(*cards->list));
	for (size_t i = 0; cards->list && i < reply.count; i++)
		if (nl80211_reply_event(&reply, i, &event) &&
		    nl80211_interface_read(&cards->list[cards->count].interface, &event) &&
		    cards->list[cards->count].interface.ifindex)
			cards->count++;
	return cards->list ? 0 : -ENOMEM;
}

/* ---- the network device ---- */

/* A driver may fill all of the text, without its end. */
static void copy_text(char *to, size_t size, const char from[ETHTOOL_FWVERS_LEN])
{
	size_t len = strnlen(from, ETHTOOL_FWVERS_LEN);

	if (!strncmp(from, "N/A", ETHTOOL_FWVERS_LEN))
		return;
	len = len < size ? len : size - 1;
	memcpy(to, from, len);
	to[len] = '\0';
}

static void read_device(int fd, struct doctor_card *card)
{
	struct ethtool_drvinfo info = {.cmd = ETHTOOL_GDRVINFO};
	union {
		struct ethtool_perm_addr head;
		uint8_t room[sizeof(struct ethtool_perm_addr) + 32];
	} permanent = {.head = {.cmd = ETHTOOL_GPERMADDR, .size = 32}};
	static const uint8_t none[6];
	struct ifreq ifr = {0};

	memcpy(ifr.ifr_name, card->interface.name, sizeof(ifr.ifr_name));
	if (ioctl(fd, SIOCGIFFLAGS, &ifr) == 0) {
		card->up = ifr.ifr_flags & IFF_UP;
		card->carrier = ifr.ifr_flags & IFF_RUNNING;
	}
	ifr.ifr_data = (void *)&info;
	if (ioctl(fd, SIOCETHTOOL, &ifr) == 0) {
		copy_text(card->driver, sizeof(card->driver), info.driver);
		copy_text(card->driver_version, sizeof(card->driver_version), info.version);
		copy_text(card->firmware, sizeof(card->firmware), info.fw_version);
		copy_text(card->bus, sizeof(card->bus), info.bus_info);
	}
	ifr.ifr_data = (void *)&permanent;
	if (ioctl(fd, SIOCETHTOOL, &ifr) == 0 && permanent.head.size == 6 &&
	    memcmp(permanent.head.data, none, 6) != 0) {
		card->has_permanent_addr = true;
		memcpy(card->permanent_addr, permanent.head.data, 6);
	}
}

/* ---- the switch ---- */

static bool read_flag(const char *radio, const char *folder, const char *name)
{
	char path[128];
	FILE *file;
	int value = 0;

	snprintf(path, sizeof(path), "/sys/class/ieee80211/%s/%.32s/%s", radio, folder, name);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fscanf(file, "%d", &value) != 1)
		value = 0;
	fclose(file);
	return value;
}

/* The radio's folder in sysfs has one for the switch, rfkill3. */
static void read_switch(struct doctor_card *card)
{
	char path[64];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/sys/class/ieee80211/%s", card->wiphy.name);
	folder = opendir(path);
	while (folder && (entry = readdir(folder)))
		if (!strncmp(entry->d_name, "rfkill", 6)) {
			card->rfkill_soft |= read_flag(card->wiphy.name, entry->d_name, "soft");
			card->rfkill_hard |= read_flag(card->wiphy.name, entry->d_name, "hard");
		}
	if (folder)
		closedir(folder);
}

int doctor_read_cards(struct doctor_cards *cards, struct error *error)
{
	struct genl *genl;
	int err, fd;

	*cards = (struct doctor_cards){0};
	genl = genl_open(&err, error);
	if (!genl)
		return err;
	err = read_interfaces(genl, cards);
	if (err < 0)
		error_set(error, err, "cannot list the wireless interfaces: %s", strerror(-err));
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	for (size_t i = 0; i < cards->count; i++) {
		read_wiphy(genl, &cards->list[i]);
		read_country(genl, &cards->list[i]);
		read_power_save(genl, &cards->list[i]);
		read_device(fd, &cards->list[i]);
		read_switch(&cards->list[i]);
		doctor_find_owners(&cards->list[i]);
	}
	if (fd >= 0)
		close(fd);
	genl_close(genl);
	return err;
}

void doctor_free_cards(struct doctor_cards *cards)
{
	free(cards->list);
	*cards = (struct doctor_cards){0};
}
