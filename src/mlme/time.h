/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Times of the access point and of the station: nanoseconds of one monotonic clock, which the caller passes in. */
#ifndef VIFI_MLME_TIME_H
#define VIFI_MLME_TIME_H

#include <stdint.h>

#define MS     UINT64_C(1000000)
#define TU     UINT64_C(1024000) /* time unit of IEEE 802.11: 1024 us */
#define SECOND UINT64_C(1000000000)

#define TX_STATUS_NS (2 * SECOND) /* a radio or driver reports the TX status of a frame within this time, or never */

/* SA Query (11.14) */
#define SA_QUERY_RETRY_NS (201 * TU)  /* dot11AssociationSAQueryRetryTimeout */
#define SA_QUERY_MAX_NS   (1000 * TU) /* dot11AssociationSAQueryMaximumTimeout */

/* A deadline that never comes: the timer is not set. */
#define NEVER UINT64_MAX

static inline uint64_t earlier(uint64_t first, uint64_t second)
{
	return first < second ? first : second;
}

#endif
