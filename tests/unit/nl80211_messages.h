/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of nl80211 as the kernel sends them, for tests of what reads them, and looks into requests. */
#ifndef VIFI_TESTS_NL80211_MESSAGES_H
#define VIFI_TESTS_NL80211_MESSAGES_H

#include "unit.h"

#include "nl80211/request.h"

#include <linux/genetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

/* A message of the kernel; add attributes with nla_put_…(), and free it with nlmsg_free(). */
static inline struct nl_msg *message_new(uint8_t command)
{
	struct genlmsghdr header = {.cmd = command};
	struct nl_msg *message = nlmsg_alloc_size(16384);

	assert_non_null(message);
	assert_non_null(nlmsg_put(message, 0, 0, 28, 0, 0));
	assert_int_equal(nlmsg_append(message, &header, sizeof(header), NLMSG_ALIGNTO), 0);
	return message;
}

/* The attribute of a request, or NULL. */
static inline struct nlattr *request_attribute(const struct nl80211_request *request, int attribute)
{
	struct nlmsghdr *header = nlmsg_hdr(request->message);

	return nlmsg_find_attr(header, sizeof(struct genlmsghdr), attribute);
}

/* … within a nested attribute. */
static inline struct nlattr *nested_attribute(struct nlattr *nest, int attribute)
{
	return nest ? nla_find(nla_data(nest), nla_len(nest), attribute) : NULL;
}

static inline void assert_u32(const struct nlattr *attribute, uint32_t value)
{
	assert_non_null(attribute);
	assert_int_equal(nla_len(attribute), 4);
	assert_int_equal(nla_get_u32(attribute), value);
}

static inline void assert_bytes(const struct nlattr *attribute, const void *bytes, size_t len)
{
	assert_non_null(attribute);
	assert_int_equal(nla_len(attribute), len);
	assert_memory_equal(nla_data(attribute), bytes, len);
}

#endif
