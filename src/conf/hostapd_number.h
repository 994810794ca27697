/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers of hostapd.conf. hostapd 2.10 reads most of them with atoi(): text after the digits has no effect, a text without
 * digits is 0, and few numbers have a limit.
 */
#ifndef VIFI_CONF_HOSTAPD_NUMBER_H
#define VIFI_CONF_HOSTAPD_NUMBER_H

#include "base/error.h"
#include "conf/opt.h"

/* Is the value of the key such a number? */
bool hostapd_is_number(const struct opt *opt);

/* How a number is read. */
struct hostapd_number {
	char text[24];      /* the number for opt_set(); empty: the value as it is */
	const char *remark; /* what the user should know; NULL: nothing */
	bool stock_refuses; /* hostapd refuses the value */
};

/*
 * Reads a value as hostapd does where that is plain: leading digits, and any number but 0 for 1. Returns false with an
 * error for a text that hostapd would read as 0.
 */
bool hostapd_read_number(struct hostapd_number *number, const struct opt *opt, const char *value, struct error *error);

/* Where vifi removes blanks and comments from a value. */
enum { BLANK_BEFORE = 1, BLANK_AFTER = 2, COMMENT_AFTER = 4 };

/* Returns which of these make hostapd refuse the value of the key, of which they are a part. */
unsigned hostapd_refused_blanks(const struct opt *opt);

/* Does hostapd take a value that vifi refuses? */
bool hostapd_takes_value(const struct opt *opt, const char *value);

#endif
