/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a reload may change. Pure: both configurations are arguments. */
#ifndef VIFI_BRIDGE_POLICY_CONF_CHANGE_H
#define VIFI_BRIDGE_POLICY_CONF_CHANGE_H

#include "conf/bridge_conf.h"

#define CONF_CHANGE_TEXT 256

/* The first key that differs and cannot change while the bridge is up with this engine; NULL: there is none. */
const char *conf_change_refused(const struct bridge_conf *before, const struct bridge_conf *after, bool user_engine);

/* Writes the names of the keys that differ, separated by commas. Returns their number. */
size_t conf_change_list(const struct bridge_conf *before, const struct bridge_conf *after, char text[CONF_CHANGE_TEXT]);

#endif
