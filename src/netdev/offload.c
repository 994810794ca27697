/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/offload.h"

#include <errno.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

enum { FEATURES_MAX = 256, WORDS_MAX = FEATURES_MAX / 32 };

/* Names as in `ethtool -k`. */
static const char *const unsupported[] = {
	"tx-gre-segmentation",
	"tx-gre-csum-segmentation",
	"tx-ipxip4-segmentation",
	"tx-ipxip6-segmentation",
	"tx-udp_tnl-segmentation",
	"tx-udp_tnl-csum-segmentation",
	"tx-tunnel-remcsum-segmentation",
	"tx-gso-partial",
	"tx-sctp-segmentation",
	"tx-esp-segmentation",
	"tx-gso-list",
};

static int ethtool(int fd, const char *name, void *data)
{
	struct ifreq ifr = {.ifr_data = data};

	strncpy(ifr.ifr_name, name, sizeof(ifr.ifr_name) - 1);
	return ioctl(fd, SIOCETHTOOL, &ifr) < 0 ? -errno : 0;
}

/* Since 6.2 the kernel describes segmented UDP in the header. */
static bool describes_udp(void)
{
	struct utsname uts;
	int major = 0, minor = 0;

	return uname(&uts) == 0 && sscanf(uts.release, "%d.%d", &major, &minor) == 2 &&
	       (major > 6 || (major == 6 && minor >= 2));
}

static bool must_disable(const char *feature, bool udp)
{
	for (size_t i = 0; i < sizeof(unsupported) / sizeof(unsupported[0]); i++)
		if (!strncmp(feature, unsupported[i], ETH_GSTRING_LEN))
			return true;
	return udp && !strncmp(feature, "tx-udp-segmentation", ETH_GSTRING_LEN);
}

static int disable_features(int fd, const char *name, struct ethtool_gstrings *names)
{
	struct {
		struct ethtool_sfeatures head;
		struct ethtool_set_features_block block[WORDS_MAX];
	} set = {.head = {.cmd = ETHTOOL_SFEATURES, .size = (names->len + 31) / 32}};
	bool udp = !describes_udp();

	for (uint32_t i = 0; i < names->len; i++)
		if (must_disable((const char *)names->data + (size_t)i * ETH_GSTRING_LEN, udp))
			set.block[i / 32].valid |= 1u << i % 32;
	return ethtool(fd, name, &set);
}

int offload_limit_to_vnet(const char *name)
{
	struct ethtool_gstrings *names = calloc(1, sizeof(*names) + (size_t)FEATURES_MAX * ETH_GSTRING_LEN);
	struct {
		struct ethtool_sset_info head;
		uint32_t count;
	} size = {.head = {.cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ull << ETH_SS_FEATURES}};
	/* SIOCETHTOOL works on a socket of any family. */
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret = fd < 0 ? -errno : names ? 0 : -ENOMEM;

	if (ret == 0)
		ret = ethtool(fd, name, &size);
	if (ret == 0 && size.count > FEATURES_MAX)
		ret = -E2BIG;
	if (ret == 0) {
		names->cmd = ETHTOOL_GSTRINGS;
		names->string_set = ETH_SS_FEATURES;
		names->len = size.count;
		ret = ethtool(fd, name, names);
	}
	if (ret == 0)
		ret = disable_features(fd, name, names);
	if (fd >= 0)
		close(fd);
	free(names);
	return ret == -EOPNOTSUPP ? 0 : ret;
}
