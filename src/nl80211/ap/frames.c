/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Management frames, EAPOL frames, and probes of silent stations; and what became of them. */
#include "nl80211/ap/state.h"

#include "base/mac.h"
#include "nl80211/frame.h"

/* ---- out ---- */

static enum mgmt_subtype subtype_of(const struct frame *frame)
{
	return le16(frame->data) & FC_SUBTYPE;
}

/* A farewell to an associated station: the keys of the station must outlive it. */
static struct nlap_station *farewell_to(const struct nl80211_ap *plane, const struct plane_action *action)
{
	enum mgmt_subtype subtype = subtype_of(action->frame);
	struct nlap_station *sta = nlap_station_find(plane, action->bss, action->addr);

	if (subtype != MGMT_DEAUTH && subtype != MGMT_DISASSOC)
		return NULL;
	return sta && sta->in_kernel && sta->associated ? sta : NULL;
}

/* Firmware that associates stations sends their farewells, too: with DEL_STATION. */
static void say_farewell(struct nl80211_ap *plane, const struct plane_action *action)
{
	struct nlap_station *sta = farewell_to(plane, action);

	if (sta && action->frame->len >= DOT11_HDR_MIN + 2)
		sta->farewell_reason = le16(action->frame->data + DOT11_HDR_MIN);
}

/* During a channel switch the kernel writes the count at these places. */
static void put_count_offsets(struct nl80211_request *request, const struct plane_management *management)
{
	size_t count = management->count_offsets[1] ? 2 : management->count_offsets[0] ? 1 : 0;

	if (count)
		nl80211_put_bytes(request, NL80211_ATTR_CSA_C_OFFSETS_TX, management->count_offsets,
				  count * sizeof(management->count_offsets[0]));
}

void nlap_send_management(struct nl80211_ap *plane, const struct plane_action *action)
{
	const struct nlap_bss *bss = &plane->bss[action->bss];
	bool group = mac_is_group(action->addr);
	struct nl80211_frame_options options = {.freq_mhz = bss->setup.channel.freq_mhz, .no_ack_wait = group};
	struct nl80211_request *request;
	struct nlap_station *farewell;

	if (!bss->on_air || !action->frame || action->frame->len < DOT11_HDR_MIN)
		return;
	if (plane->features.associates) {
		say_farewell(plane, action);
		return;
	}
	farewell = farewell_to(plane, action);
	request = nl80211_frame_send(plane->out, bss->ifindex, action->frame, &options);
	if (!request)
		return;
	put_count_offsets(request, &action->management);
	request->goodbye = farewell;
	request->purpose = farewell ? PURPOSE_FAREWELL : PURPOSE_FRAME;
	request->cookie = action->management.cookie;
	mac_copy(request->addr, action->addr);
	if (farewell)
		farewell->farewell_ns = plane->now_ns + FAREWELL_NS;
}

void nlap_send_eapol(struct nl80211_ap *plane, const struct plane_action *action)
{
	const struct nlap_bss *bss = &plane->bss[action->bss];
	struct nl80211_request *request;

	if (!bss->on_air || !action->frame)
		return;
	if (plane->features.control_port)
		request = nl80211_frame_send_eapol(plane->out, bss->ifindex, action->frame,
						   action->eapol_key == PLANE_EAPOL_CLEAR);
	else
		request = nl80211_requests_add_packet(plane->out, bss->ifindex, frame_clone(action->frame));
	if (!request)
		return;
	request->purpose = PURPOSE_EAPOL;
	mac_copy(request->addr, action->addr);
}

void nlap_send_probe(struct nl80211_ap *plane, struct nlap_station *sta)
{
	uint8_t command = plane->features.probe_client ? NL80211_CMD_PROBE_CLIENT : NL80211_CMD_GET_STATION;

	nlap_request_to(plane, sta->bss, sta->entry.addr, command, PURPOSE_PROBE);
}

/* ---- TX status ---- */

static void report_eapol(struct nl80211_ap *plane, const struct nlap_tx *tx, bool acked)
{
	struct plane_event event = {.kind = PLANE_EVENT_EAPOL_STATUS,
				    .bss = tx->bss,
				    .eapol_status = acked ? PLANE_EAPOL_ACKED : PLANE_EAPOL_UNACKED};

	mac_copy(event.addr, tx->addr);
	nlap_report(plane, &event);
}

static void report_probe(struct nl80211_ap *plane, const struct nlap_tx *tx, bool acked)
{
	struct plane_event event = {
		.kind = acked ? PLANE_EVENT_HEARD : PLANE_EVENT_PROBE, .bss = tx->bss, .acked = acked};

	mac_copy(event.addr, tx->addr);
	nlap_report(plane, &event);
}

static void report_management(struct nl80211_ap *plane, const struct nlap_tx *tx, bool acked)
{
	if (tx->control_cookie)
		nlap_report(plane, &(struct plane_event){.kind = PLANE_EVENT_TX_STATUS,
							 .bss = tx->bss,
							 .cookie = tx->control_cookie,
							 .acked = acked});
}

static void finish(struct nl80211_ap *plane, const struct nlap_tx *tx, bool acked)
{
	struct nlap_station *sta = nlap_station_find(plane, tx->bss, tx->addr);

	if (tx->purpose == PURPOSE_EAPOL)
		report_eapol(plane, tx, acked);
	else if (tx->purpose == PURPOSE_PROBE)
		report_probe(plane, tx, acked);
	else
		report_management(plane, tx, acked);
	if (tx->purpose == PURPOSE_FAREWELL && sta)
		nlap_station_end_farewell(plane, sta);
}

/* Without a cookie there will be no TX status. */
void nlap_frame_reply(struct nl80211_ap *plane, unsigned bss, const struct nl80211_request *request,
		      const struct nl80211_reply *reply)
{
	struct nlap_tx tx = {.cookie = reply->cookie,
			     .purpose = (enum nlap_purpose)request->purpose,
			     .bss = bss,
			     .control_cookie = (uint32_t)request->cookie};

	mac_copy(tx.addr, request->addr);
	if (!reply->error && reply->has_cookie)
		nlap_tx_add(plane, &tx);
	else if (reply->error || tx.purpose != PURPOSE_EAPOL)
		finish(plane, &tx, false);
}

void nlap_frame_status(struct nl80211_ap *plane, uint64_t cookie, bool acked)
{
	struct nlap_tx tx;

	if (nlap_tx_take(plane, cookie, &tx))
		finish(plane, &tx, acked);
}
