/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plane_pair.h"

/* ---- the planes ---- */

void pair_ap_hears(struct pair *pair, struct plane_event event)
{
	if (mac_is_zero(event.addr))
		memcpy(event.addr, pair_station, 6);
	ap_event(pair->ap, &event, pair->now_ns, &pair->at_ap.out);
}

void pair_sta_hears(struct pair *pair, struct plane_event event)
{
	if (mac_is_zero(event.addr))
		memcpy(event.addr, pair_bssid, 6);
	sta_event(pair->sta, &event, pair->now_ns, &pair->at_sta.out);
}

static void free_note(struct record *entry)
{
	if (entry->action.kind == PLANE_REPORT)
		frame_free(entry->action.report.frame);
}

static void record(struct recorder *recorder, const struct plane_action *action)
{
	struct record *entry = &recorder->log[recorder->count++];

	assert_true(recorder->count < LOG_MAX);
	free_note(entry);
	entry->action = *action;
	entry->action.frame = NULL;
	if (action->kind == PLANE_REPORT && action->report.frame)
		entry->action.report.frame = frame_clone(action->report.frame);
	if (action->kind == PLANE_MANAGEMENT)
		entry->subtype = le16(action->frame->data) & FC_SUBTYPE;
}

static void carry_out_ap_action(struct pair *pair, struct plane_action *action)
{
	bool to_sta = mac_equal(action->addr, pair_station) || mac_is_group(action->addr);

	if (action->kind == PLANE_BSS_START) {
		frame_free(pair->beacon);
		pair->beacon = action->frame;
		action->frame = NULL;
	} else if (action->kind == PLANE_MANAGEMENT && to_sta) {
		pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = action->frame});
		if (action->management.cookie)
			pair_ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_TX_STATUS,
								 .cookie = action->management.cookie,
								 .acked = true});
	} else if (action->kind == PLANE_EAPOL) {
		pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_EAPOL,
							  .frame = action->frame,
							  .protected = action->eapol_key != PLANE_EAPOL_CLEAR});
	} else if (action->kind == PLANE_STATION_QUERY) {
		pair_ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_STATION, .heard_ns = pair->heard_ns});
	} else if (action->kind == PLANE_KEY_INSTALL &&
		   (action->key.group ? pair->lose_group_keys : pair->lose_station_keys)) {
		pair_ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_KEY_FAILED, .group = action->key.group});
	}
}

void pair_send_to_ap(struct pair *pair, struct frame *frame)
{
	size_t len = frame->len - DOT11_HDR_MIN;

	memcpy(pair->last_to_ap, frame->data + DOT11_HDR_MIN,
	       len < sizeof(pair->last_to_ap) ? len : sizeof(pair->last_to_ap));
	pair_ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = frame});
	ap_send_answers(pair->ap, pair->now_ns, &pair->at_ap.out);
}

/* A driver that connects authenticates by itself. */
void pair_authenticate(struct pair *pair)
{
	struct frame_writer writer = mgmt_begin(MGMT_AUTH, pair_bssid, pair_station, pair_bssid);
	struct frame *frame;

	write_le16(&writer, AUTH_OPEN);
	write_le16(&writer, 1);
	write_le16(&writer, STATUS_SUCCESS);
	frame = frame_writer_end(&writer);
	assert_non_null(frame);
	pair_send_to_ap(pair, frame);
	frame_free(frame);
}

static void keep_request(struct pair *pair, const struct plane_action *request)
{
	size_t offset = request->join.elements_offset;
	struct span elements = {pair->request, request->frame->len - offset};
	struct element element;

	pair->request_len = elements.len;
	assert_true(elements.len <= sizeof(pair->request));
	memcpy(pair->request, request->frame->data + offset, elements.len);
	while (pair->driver_changes_request && element_next(&elements, &element))
		if (element.whole.bytes[0] == EID_RSN)
			pair->request[element.whole.bytes - pair->request + element.whole.len - 2] |=
				1; /* capabilities */
}

/* The driver of the access point answers by itself, and tells control. */
static void associate_by_driver(struct pair *pair, const struct plane_action *request)
{
	struct frame_writer writer = mgmt_begin(MGMT_ASSOC_RESPONSE, pair_station, pair_bssid, pair_bssid);
	struct span elements = {pair->request, 0};
	struct frame *response;

	keep_request(pair, request);
	elements.len = pair->request_len;

	write_le16(&writer, CAPABILITY_ESS | CAPABILITY_PRIVACY);
	write_le16(&writer, STATUS_SUCCESS);
	write_le16(&writer, 0xc000 | 7);
	response = frame_writer_end(&writer);
	assert_non_null(response);
	pair_sta_hears(pair,
		       (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = response, .elements = elements});
	frame_free(response);
	pair_ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_ASSOCIATED, .elements = elements});
}

static void carry_out_sta_action(struct pair *pair, struct plane_action *action)
{
	if (action->kind == PLANE_SCAN && pair->scans_hang)
		return;
	if (action->kind == PLANE_SCAN) {
		pair->beacon->meta.freq_mhz = FREQ_MHZ;
		pair->beacon->meta.signal_dbm = -40;
		if (!pair->out_of_range)
			pair_sta_hears(pair,
				       (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = pair->beacon});
		pair_sta_hears(pair, (struct plane_event){.kind = PLANE_EVENT_SCANNED, .scan_status = PLANE_SCAN_DONE});
	} else if (pair->sta_is_mute) {
		return;
	} else if (action->kind == PLANE_ASSOCIATE && pair->ap_plane.associates) {
		associate_by_driver(pair, action);
	} else if (action->kind == PLANE_MANAGEMENT || action->kind == PLANE_AUTHENTICATE ||
		   action->kind == PLANE_ASSOCIATE) {
		if (action->kind == PLANE_ASSOCIATE && pair->sta_plane.connects)
			pair_authenticate(pair);
		pair_send_to_ap(pair, action->frame);
	} else if (action->kind == PLANE_EAPOL) {
		pair_ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_GROUP_PN, .gtk_pn = pair->gtk_pn});
		pair_ap_hears(pair, (struct plane_event){.kind = PLANE_EVENT_EAPOL,
							 .frame = action->frame,
							 .protected = action->eapol_key != PLANE_EAPOL_CLEAR});
	}
}

/* Carries out the actions of both, and what follows from them. */
void pair_carry_out(struct pair *pair)
{
	struct recorder *const recorders[] = {&pair->at_ap, &pair->at_sta};

	while (pair->at_ap.out.count || pair->at_sta.out.count)
		for (size_t k = 0; k < COUNT(recorders); k++) {
			struct plane_actions batch = recorders[k]->out;

			recorders[k]->out = (struct plane_actions){0};
			for (size_t i = 0; i < batch.count; i++) {
				record(recorders[k], &batch.list[i]);
				(k ? carry_out_sta_action : carry_out_ap_action)(pair, &batch.list[i]);
			}
			plane_actions_free(&batch);
		}
}

void pair_run(struct pair *pair, uint64_t duration_ns)
{
	uint64_t until_ns = pair->now_ns + duration_ns;

	for (;;) {
		uint64_t next_ns = earlier(ap_deadline(pair->ap), sta_deadline(pair->sta));

		if (next_ns > until_ns)
			break;
		pair->now_ns = next_ns > pair->now_ns ? next_ns : pair->now_ns;
		if (ap_deadline(pair->ap) <= pair->now_ns)
			ap_tick(pair->ap, pair->now_ns, &pair->at_ap.out);
		if (sta_deadline(pair->sta) <= pair->now_ns)
			sta_tick(pair->sta, pair->now_ns, &pair->at_sta.out);
		pair_carry_out(pair);
	}
	pair->now_ns = until_ns;
}

/* ---- the pair ---- */

struct pair *pair_new(void)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	struct ap_bss_setup *bss;

	assert_non_null(pair);
	pair->crypto = crypto_new();
	pair->now_ns = SECOND;
	pair->ap_plane = (struct plane_capabilities){.replaces_ptk = true, .early_stations = true};
	pair->sta_plane = (struct plane_capabilities){.replaces_ptk = true};
	memset(pair->psk.pmk, 7, PMK_LEN);
	pair->ap_setup = (struct ap_setup){.freq_mhz = FREQ_MHZ, .beacon_tu = 100, .dtim_period = 2, .bss_count = 1};
	bss = &pair->ap_setup.bss[0];
	*bss = (struct ap_bss_setup){.ssid = "test",
				     .ssid_len = 4,
				     .rsn = true,
				     .akms = 1u << AKM_PSK,
				     .rsn_pairwise = 1u << CIPHER_CCMP_128,
				     .group = CIPHER_CCMP_128,
				     .wep = CIPHER_NONE,
				     .psks = &pair->psk,
				     .psk_count = 1,
				     .wmm = true};
	memcpy(bss->bssid, pair_bssid, 6);
	pair->network = (struct sta_network){.ssid = "test",
					     .ssid_len = 4,
					     .any_bssid = true,
					     .rsn = true,
					     .akms = 1u << AKM_PSK,
					     .pairwise = 1u << CIPHER_CCMP_128,
					     .group = 1u << CIPHER_CCMP_128,
					     .wep = CIPHER_NONE};
	memcpy(pair->network.pmk, pair->psk.pmk, PMK_LEN);
	pair->sta_setup =
		(struct sta_setup){.networks = &pair->network, .network_count = 1, .freqs = {FREQ_MHZ}, .wmm = true};
	memcpy(pair->sta_setup.addr, pair_station, 6);
	return pair;
}

void pair_start(struct pair *pair)
{
	static const uint8_t seeds[2][RANDOM_SEED_LEN] = {{1}, {2}};

	pair->ap = ap_new(pair->crypto, &pair->ap_setup, &pair->ap_plane, seeds[0]);
	pair->sta = sta_new(pair->crypto, &pair->sta_setup, &pair->sta_plane, seeds[1]);
	assert_non_null(pair->ap);
	assert_non_null(pair->sta);
	ap_start(pair->ap, pair->now_ns, &pair->at_ap.out);
	pair_carry_out(pair);
	sta_start(pair->sta, pair->now_ns, &pair->at_sta.out);
	pair_carry_out(pair);
}

static void free_notes(struct recorder *recorder)
{
	for (size_t i = 0; i < LOG_MAX; i++) /* some tests begin the log anew */
		free_note(&recorder->log[i]);
}

void pair_free(struct pair *pair)
{
	ap_free(pair->ap);
	sta_free(pair->sta);
	plane_actions_free(&pair->at_ap.out);
	plane_actions_free(&pair->at_sta.out);
	frame_free(pair->beacon);
	free_notes(&pair->at_ap);
	free_notes(&pair->at_sta);
	crypto_free(pair->crypto);
	free(pair);
}

/* ---- looking at the records ---- */

size_t log_find(const struct recorder *recorder, size_t start, enum plane_action_kind kind)
{
	for (size_t i = start; i < recorder->count; i++)
		if (recorder->log[i].action.kind == kind)
			return i;
	return LOG_MAX;
}

unsigned log_count(const struct recorder *recorder, size_t start, enum plane_action_kind kind)
{
	unsigned number = 0;

	while ((start = log_find(recorder, start, kind)) < LOG_MAX) {
		number++;
		start++;
	}
	return number;
}

size_t log_find_management(const struct recorder *recorder, size_t start, enum mgmt_subtype subtype)
{
	while ((start = log_find(recorder, start, PLANE_MANAGEMENT)) < LOG_MAX &&
	       recorder->log[start].subtype != subtype)
		start++;
	return start;
}

size_t log_find_key(const struct recorder *recorder, size_t start, enum plane_action_kind kind, bool group)
{
	while ((start = log_find(recorder, start, kind)) < LOG_MAX && recorder->log[start].action.key.group != group)
		start++;
	return start;
}

size_t log_find_note(const struct recorder *recorder, size_t start, enum note note)
{
	while ((start = log_find(recorder, start, PLANE_REPORT)) < LOG_MAX) {
		const struct action *report = &recorder->log[start].action.report;

		if (report->kind == ACTION_NOTE && report->note == note)
			break;
		start++;
	}
	return start;
}

const struct plane_key *log_key(const struct recorder *recorder, size_t index)
{
	assert_true(index < LOG_MAX);
	return &recorder->log[index].action.key;
}

bool pair_is_connected(const struct pair *pair)
{
	struct sta_info info;

	sta_info(pair->sta, &info);
	return info.state == STA_CONNECTED;
}
