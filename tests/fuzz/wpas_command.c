/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of wpa_supplicant's control socket, one in each line, for a station in the reach of one open access point.
 *
 * Invariants: a reply is text that fits; no reply, event, message or key of a network tells the passphrase of the file; what SAVE_CONFIG writes can
 * be read, and has as many networks.
 */
#include "fuzz.h"

#include "base/mac.h"
#include "ctrl/sta/wpas.h"
#include "mlme/sta.h"
#include "wire/frame_writer.h"
#include "wire/mgmt.h"

#define SECRET       "4?secret!9" /* no input contains it by chance */
#define COMMANDS_MAX 12           /* of an input: a passphrase costs milliseconds */
#define SECOND       UINT64_C(1000000000)

static const uint8_t own[6] = {2, 0, 0, 0, 0, 1}, access_point[6] = {2, 0, 0, 0, 0, 2};

struct bench {
	struct wpas wpas;
	struct sta *sta;
	struct plane_actions out;
	uint64_t now_ns;
	bool secret_known; /* the input has named it */
};

static void check_text(const struct bench *bench, const char *text)
{
	must(bench->secret_known || !strstr(text, SECRET));
}

/* ---- the owner ---- */

static enum sta_answer request(void *user, const struct sta_request *wanted)
{
	struct bench *bench = user;

	return sta_request(bench->sta, wanted, bench->now_ns, &bench->out);
}

static const struct sta *control(void *user)
{
	return ((struct bench *)user)->sta;
}

static void info(void *user, struct sta_info *out)
{
	sta_info(((struct bench *)user)->sta, out);
}

static void event(void *user, int level, const char *text)
{
	(void)level;
	check_text(user, text);
}

static bool save(void *user, const char *text, struct error *error)
{
	const struct bench *bench = user;
	struct wpa_store_network *network = NULL;
	struct wpa_store store;
	size_t saved = 0, count = 0, complete = 0;

	must(wpa_store_parse(&store, text, error));
	while ((network = wpa_store_next(&store, network)))
		saved++;
	network = NULL;
	while ((network = wpa_store_next(&bench->wpas.store, network))) {
		count++;
		complete += network->complete;
	}
	must(saved >= complete && saved <= count); /* those of clients that are not complete are left out */
	wpa_store_free(&store);
	return true;
}

static char *load(void *user, struct error *error)
{
	(void)user;
	(void)error;
	return strdup("network={\nssid=\"x\"\npsk=\"" SECRET "\"\n}\n");
}

static void set_country(void *user, const char *country)
{
	(void)user;
	(void)country;
}

static bool ip_address(void *user, char text[16])
{
	(void)user;
	strcpy(text, "192.0.2.7");
	return true;
}

static void log_text(void *user, const char *text)
{
	check_text(user, text);
}

static void log_detail(void *user, bool set, uint32_t *debug, bool *timestamps)
{
	(void)user;
	(void)set;
	*debug = 0;
	*timestamps = false;
}

static bool reopen_log(void *user)
{
	(void)user;
	return true;
}

static void terminate(void *user)
{
	(void)user;
}

static uint64_t now_ns(void *user)
{
	return ((struct bench *)user)->now_ns;
}

/* ---- the air ---- */

static void pass_notes(struct bench *bench)
{
	for (size_t i = 0; i < bench->out.count; i++)
		if (bench->out.list[i].kind == PLANE_REPORT && bench->out.list[i].report.kind == ACTION_NOTE)
			wpas_note(&bench->wpas, &bench->out.list[i].report);
	plane_actions_clear(&bench->out);
}

static void hear(struct bench *bench, struct plane_event plane_event)
{
	sta_event(bench->sta, &plane_event, bench->now_ns, &bench->out);
	pass_notes(bench);
}

/* A scan, if there is one, hears a beacon and ends. */
static void complete_scan(struct bench *bench)
{
	static const uint8_t broadcast[6] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, rates[] = {0x82, 0x84, 12};
	struct frame_writer writer = mgmt_begin(MGMT_BEACON, broadcast, access_point, access_point);

	write_bytes(&writer, (uint8_t[12]){[8] = 100, [10] = 1}, 12); /* timestamp, interval, capability */
	write_element(&writer, EID_SSID, (const uint8_t *)"o", 1);
	write_element(&writer, EID_RATES, rates, sizeof(rates));
	must(writer.frame);
	writer.frame->meta.freq_mhz = 2412;
	writer.frame->meta.signal_dbm = -50;
	hear(bench, (struct plane_event){.kind = PLANE_EVENT_MANAGEMENT, .frame = writer.frame});
	frame_free(writer.frame);
	hear(bench, (struct plane_event){.kind = PLANE_EVENT_SCANNED, .scan_status = PLANE_SCAN_DONE});
}

/* ---- commands ---- */

static void carry_out(struct bench *bench, char *command)
{
	char text[2048];
	struct ctrl_reply reply = ctrl_reply_begin(text, sizeof(text));

	wpas_command(&bench->wpas, command, &reply);
	must(memchr(text, '\0', sizeof(text)));
	check_text(bench, text);
	pass_notes(bench);
	bench->now_ns += SECOND;
	complete_scan(bench);
	if (wpas_deadline(&bench->wpas) <= bench->now_ns)
		wpas_tick(&bench->wpas, bench->now_ns);
	if (sta_deadline(bench->sta) <= bench->now_ns)
		sta_tick(bench->sta, bench->now_ns, &bench->out);
	pass_notes(bench);
}

static void begin(struct bench *bench, struct crypto *crypto)
{
	static const char file[] = "update_config=1\nnetwork={\nssid=\"x\"\npsk=\"" SECRET "\"\nid_str=\"home\"\n}\n"
				   "network={\nssid=\"o\"\nkey_mgmt=NONE\ndisabled=1\n}\n";
	const struct wpas_owner owner = {.request = request,
					 .control = control,
					 .info = info,
					 .event = event,
					 .save = save,
					 .load = load,
					 .set_country = set_country,
					 .ip_address = ip_address,
					 .log = log_text,
					 .log_detail = log_detail,
					 .reopen_log = reopen_log,
					 .terminate = terminate,
					 .now_ns = now_ns,
					 .user = bench};
	const struct plane_capabilities plane = {.replaces_ptk = true};
	struct sta_setup setup = {.freqs = {2412, 2437}, .wmm = true};
	uint8_t seed[RANDOM_SEED_LEN] = {1};
	struct error error;

	must(wpas_init(&bench->wpas, &owner, crypto, file, &error));
	strcpy(bench->wpas.interface, "wlan0");
	mac_copy(setup.addr, own);
	setup.networks = wpas_networks(&bench->wpas, &setup.network_count);
	bench->sta = sta_new(crypto, &setup, &plane, seed);
	must(bench->sta);
	sta_start(bench->sta, bench->now_ns, &bench->out);
	pass_notes(bench);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *crypto; /* one for all inputs: making it takes longer than an input */
	struct bench bench = {.now_ns = SECOND};
	char *text = text_of(data, size), *rest = text;

	crypto = crypto ? crypto : crypto_new();
	bench.secret_known = strstr(text, SECRET);
	begin(&bench, crypto);
	for (int i = 0; i < COMMANDS_MAX && rest; i++)
		carry_out(&bench, strsep(&rest, "\n"));
	sta_free(bench.sta);
	wpas_free(&bench.wpas);
	plane_actions_free(&bench.out);
	free(text);
	return 0;
}
