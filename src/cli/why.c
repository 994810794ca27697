/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"
#include "cli/findings.h"

#include "daemon/json_text.h"
#include "daemon/wifi_reports.h"
#include "why/radio.h"
#include "why/why.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct why_options {
	bool json;
	char uplink[16];
};

static const struct opt options[] = {
	{.name = "json",
	 .letter = 'j',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct why_options, json),
	 .help = "print JSON; /usr/share/vifi/why.schema.json describes it"},
	{.name = "uplink",
	 .letter = 'u',
	 .argument = "UPLINK",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct why_options, uplink),
	 .help = "search only the bridge of this uplink; by default, search all bridges for the guest, and `vifi ap` "
		 "and `vifi sta` for the station"},
	{0},
};

const struct opt_command why_command = {
	.name = "vifi why",
	.operands = "GUEST|STATION",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "explain why the frames of a guest or a station do not arrive, and what to do",
	.description =
		"GUEST is an IP address, a MAC address, a name as in `vifi bridge show`, or the guest's port. STATION "
		"is the MAC address of a station of `vifi ap`, the interface of `vifi ap` or `vifi sta`, or the name "
		"of their network. The first line is the root cause; below it are the evidence, the remedy, further "
		"causes, and what was ruled out.\n\n"
		"For a guest it examines ports, bindings, counters, the bridge, firewall rules and this host. It sends "
		"ARP requests, neighbour solicitations and echo requests to the gateway on the uplink, with the "
		"addresses of this host and those of the guest, and to the guest on its port. A test frame that "
		"imitates the gateway takes the path through the bridge to the guest, and shows how far it and the "
		"answer get. All requests are untagged: for addresses in a VLAN it knows only what vifi has seen. The "
		"guest's counters include the answers to requests with its address, which it ignores. It "
		"waits less than a second for all answers together. If other guests get leases, it sends one byte to "
		"the UDP port of "
		"their DHCP server, to find out whether that is still running. For a station it examines the attempts "
		"to connect, the networks in range, the card, and the channels that the country forbids. It changes "
		"nothing.",
	.options = options,
};

static const struct opt_command *const page_commands[] = {&why_command, NULL};

static const struct opt_section sections[] = {
	{"EXIT STATUS", "*0*\n\tNothing stands in the way.\n\n"
			"*1*\n\tA cause was found and printed.\n\n"
			"*2*\n\tThe command line is invalid.\n\n"
			"*3*\n\tRoot is needed.\n\n"
			"*4*\n\tThe facts cannot be read; standard error has the reason."},
	{"EXAMPLES",
	 "```\nvifi why 192.168.1.31\nvifi why web-1\nvifi why 52:54:00:12:34:56\nvifi why vnet0\nvifi why wlan0\n```"},
	{"SEE ALSO", "*vifi*(8), *vifi-air*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-doctor*(8), "
		     "*vifi-metrics*(8), *vifi-setup*(8), *vifi-sta*(8), *vifi-top*(8), *vifi-trace*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-why",
	.section = 8,
	.summary = "why the frames of a guest or a station do not arrive",
	.description = "`vifi why` names the cause, with evidence and a remedy.",
	.commands = page_commands,
	.sections = sections,
};

/* Does a cause keep frames of the guest back? Others are worth knowing. */
static bool is_obstacle(const json_t *cause)
{
	return !strcmp(json_text(cause, "level"), "fail");
}

static void print_cause(const json_t *cause, bool first)
{
	json_t *text;
	size_t i;

	printf("%s%s\n", first ? "" : is_obstacle(cause) ? "Also: " : "Note: ", json_text(cause, "sentence"));
	if (*json_text(cause, "remedy"))
		printf("  %s\n", json_text(cause, "remedy"));
	json_array_foreach(json_object_get(cause, "evidence"), i, text)
		printf("  evidence: %s\n", json_string_value(text));
}

static void print_guest(const json_t *guest)
{
	printf(" (");
	findings_print_text(json_text(guest, "mac"));
	printf(" on ");
	findings_print_text(json_text(guest, "port"));
	printf("): it was heard %lld s ago, and has sent %lld packets and received %lld", json_number(guest, "seen_s"),
	       json_number(guest, "out_packets"), json_number(guest, "in_packets"));
}

static void print_radio(const json_t *verdict)
{
	const json_t *station = json_object_get(verdict, "station");

	printf(" (%s on %s)", json_text(verdict, "role"), json_text(verdict, "interface"));
	if (json_is_object(station))
		printf(": it was connected %.0f s ago, and has sent %lld frames and received %lld",
		       json_number_value(json_object_get(station, "connected_s")), json_number(station, "tx_frames"),
		       json_number(station, "rx_frames"));
}

static void print_healthy(const json_t *verdict)
{
	printf("Nothing stands in the way of %s", json_text(verdict, "asked"));
	if (json_is_object(json_object_get(verdict, "guest")))
		print_guest(json_object_get(verdict, "guest"));
	else if (*json_text(verdict, "interface") && strcmp(json_text(verdict, "role"), "none") != 0)
		print_radio(verdict);
	printf(".\n");
}

/* Returns whether there is an obstacle. */
static bool print_text(const json_t *verdict)
{
	const json_t *causes = json_object_get(verdict, "causes");
	bool obstacle = is_obstacle(json_array_get(causes, 0));
	json_t *item;
	size_t i;

	if (!obstacle)
		print_healthy(verdict);
	json_array_foreach(causes, i, item) print_cause(item, obstacle && i == 0);
	json_array_foreach(json_object_get(verdict, "excluded"), i, item)
		printf("%s%s", i ? "; " : "Ruled out: ", json_string_value(item));
	printf("%s", i ? ".\n" : "");
	return obstacle;
}

/* Of a radio or station that is known by name; NULL: there is none. */
static json_t *judge_radio(const json_t *reports, const char *asked, bool any_station)
{
	struct why_radio facts;
	json_t *verdict = why_radio_gather(&facts, reports, asked, any_station) ? why_radio_judge(&facts) : NULL;

	why_radio_free(&facts);
	return verdict;
}

/* The obstacles of an uplink that `vifi sta` serves are at the root of those of its guests. */
static void add_uplink(json_t *verdict, const json_t *reports, const char *uplink)
{
	json_t *radio = *uplink ? judge_radio(reports, uplink, false) : NULL, *cause;
	size_t i, at = 0;

	json_array_foreach(json_object_get(radio, "causes"), i, cause)
	{
		if (is_obstacle(cause) && strcmp(json_text(cause, "id"), "process") &&
		    strcmp(json_text(cause, "id"), "owner"))
			json_array_insert(json_object_get(verdict, "causes"), at++, cause);
	}
	json_decref(radio);
}

/* Returns the verdict about a guest, or NULL with an error. *known: it was seen. */
static json_t *judge_guest(const json_t *reports, const char *asked, const char *uplink, bool *known, int *code,
			   struct error *error)
{
	struct why_facts *facts = calloc(1, sizeof(*facts));
	json_t *verdict = NULL;

	*known = false;
	*code = facts ? why_gather(facts, asked, uplink, error) : error_set(error, -ENOMEM, "no memory");
	if (*code >= 0) {
		*known = facts->guest || facts->port.exists || facts->no_guest;
		verdict = why_judge(facts);
		add_uplink(verdict, reports, facts->uplink);
	}
	if (facts)
		why_free(facts);
	free(facts);
	return verdict;
}

/* A radio by its name; else a guest that was seen; else, if it is a MAC address, a station that nobody has heard. */
static json_t *judge(const json_t *reports, const char *asked, const char *uplink, int *code, struct error *error)
{
	json_t *radio = uplink ? NULL : judge_radio(reports, asked, false), *guest;
	bool known;

	*code = 0;
	if (radio)
		return radio;
	guest = judge_guest(reports, asked, uplink, &known, code, error);
	radio = known || uplink ? NULL : judge_radio(reports, asked, true);
	if (!radio)
		return guest;
	json_decref(guest);
	*code = 0;
	return radio;
}

int cmd_why(int argc, char **argv)
{
	struct why_options opts = {0};
	struct error error;
	json_t *reports, *verdict;
	int first, code;

	if (command_prints_man(&page, argc, argv))
		return EXIT_DONE;
	first = opt_parse(&why_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	reports = wifi_reports_read();
	verdict = judge(reports, argv[first], opts.uplink[0] ? opts.uplink : NULL, &code, &error);
	json_decref(reports);
	if (!verdict)
		return command_fail(&why_command, code == -EPERM ? EXIT_PRIVILEGE : EXIT_STATE, &error);
	code = is_obstacle(json_array_get(json_object_get(verdict, "causes"), 0)) ? EXIT_FAILED : EXIT_DONE;
	if (opts.json) {
		json_dumpf(verdict, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		printf("\n");
	} else {
		print_text(verdict);
	}
	json_decref(verdict);
	return code;
}
