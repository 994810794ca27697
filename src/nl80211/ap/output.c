/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nl80211/ap/state.h"

#include "base/array.h"
#include "base/mac.h"

#include <string.h>

void nlap_drop(struct nl80211_ap *plane, unsigned bss, enum drop drop, const uint8_t *addr)
{
	struct action *report = plane_actions_report(&plane->reports, ACTION_DROP, addr);

	if (!report)
		return;
	report->bss = bss;
	report->drop = drop;
}

void nlap_queue(struct nl80211_ap *plane, struct plane_events *events, const struct plane_event *event)
{
	struct plane_event *place = plane_events_add(events, event->kind);

	if (place) {
		*place = *event;
		return;
	}
	if (event->frame)
		nlap_drop(plane, event->bss, DROP_NO_MEMORY, event->addr);
	frame_free(event->frame);
}

void nlap_report(struct nl80211_ap *plane, const struct plane_event *event)
{
	nlap_queue(plane, &plane->events, event);
}

struct nl80211_request *nlap_request(struct nl80211_ap *plane, unsigned bss, uint8_t command, enum nlap_purpose purpose)
{
	struct nl80211_request *request = nl80211_requests_add(plane->out, command, plane->bss[bss].ifindex);

	if (request)
		request->purpose = (int)purpose;
	return request;
}

struct nl80211_request *nlap_request_to(struct nl80211_ap *plane, unsigned bss, const uint8_t *addr, uint8_t command,
					enum nlap_purpose purpose)
{
	struct nl80211_request *request = nlap_request(plane, bss, command, purpose);

	if (request)
		mac_copy(request->addr, addr);
	nl80211_put_bytes(request, NL80211_ATTR_MAC, addr, 6);
	return request;
}

/* An entry without a TX status gives way to newer ones. */
static void expire_tx(struct nl80211_ap *plane)
{
	size_t kept = 0;

	for (size_t i = 0; i < plane->tx_count; i++)
		if (plane->tx[i].sent_ns + TX_STATUS_NS > plane->now_ns)
			plane->tx[kept++] = plane->tx[i];
	plane->tx_count = kept;
}

void nlap_tx_add(struct nl80211_ap *plane, const struct nlap_tx *tx)
{
	if (plane->tx_count == plane->tx_room)
		expire_tx(plane);
	if (plane->tx_count == TX_MAX) /* the oldest one */
		memmove(plane->tx, plane->tx + 1, --plane->tx_count * sizeof(*plane->tx));
	if (array_reserve(&plane->tx, &plane->tx_room, plane->tx_count + 1, sizeof(*plane->tx)))
		return;
	plane->tx[plane->tx_count] = *tx;
	plane->tx[plane->tx_count++].sent_ns = plane->now_ns;
}

bool nlap_tx_take(struct nl80211_ap *plane, uint64_t cookie, struct nlap_tx *tx)
{
	for (size_t i = 0; i < plane->tx_count; i++)
		if (plane->tx[i].cookie == cookie) {
			*tx = plane->tx[i];
			plane->tx_count--;
			memmove(plane->tx + i, plane->tx + i + 1, (plane->tx_count - i) * sizeof(*plane->tx));
			return true;
		}
	return false;
}
