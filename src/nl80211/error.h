/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sentence for a request that the kernel refuses: what failed, on what, why, and what to do. */
#ifndef VIFI_NL80211_ERROR_H
#define VIFI_NL80211_ERROR_H

#include "base/error.h"
#include "nl80211/request.h"

/* "scan", "start the access point" …: completes "cannot …". */
const char *nl80211_command_text(uint8_t command);

/*
 * Writes the sentence for a reply with an error, and returns its errno. `interface` is the name of the interface, or that
 * of the radio.
 */
int nl80211_error_set(struct error *error, const char *interface, uint8_t command, const struct nl80211_reply *reply);

/* The same for a request of any kind. */
int nl80211_request_error_set(struct error *error, const char *interface, const struct nl80211_request *request,
			      const struct nl80211_reply *reply);

#endif
