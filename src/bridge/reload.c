/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/reload.h"

#include "bridge/config.h"
#include "conf/ini_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int apply(struct bridge *bridge, const struct bridge_conf *conf, char changed[CONF_CHANGE_TEXT],
		 unsigned *carrier_actions, struct error *error)
{
	const char *key = conf_change_refused(bridge->conf, conf, bridge->user_engine);
	int count;

	if (key)
		return error_set(error, -EINVAL,
				 "`%s` cannot change while vifi runs, so nothing was changed; `systemctl restart` "
				 "applies the file",
				 key);
	count = (int)conf_change_list(bridge->conf, conf, changed);
	*bridge->conf_storage = *conf;
	bridge_fill_config(bridge);
	*carrier_actions = carrier_set_policy(&bridge->carrier, (enum carrier_policy)conf->carrier);
	return count;
}

int bridge_reload(struct bridge *bridge, const char *text, char changed[CONF_CHANGE_TEXT], unsigned *carrier_actions,
		  struct error *error)
{
	struct bridge_conf *conf = calloc(1, sizeof(*conf));
	int ret = -EINVAL;

	*carrier_actions = 0;
	if (!conf)
		return error_set(error, -ENOMEM, "out of memory");
	if (bridge_conf_assemble(conf, bridge->command_line, text, error)) {
		/* The start has taken the uplink of the default route, which may have changed since. */
		if (!conf->uplink[0])
			memcpy(conf->uplink, bridge->conf->uplink, sizeof(conf->uplink));
		ret = apply(bridge, conf, changed, carrier_actions, error);
	}
	free(conf);
	return ret;
}

bool bridge_reload_is_forbidden(const struct bridge *bridge)
{
	char path[INI_PATH_MAX];
	int fd;

	ini_file_path(bridge->conf->file, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EACCES;
}
