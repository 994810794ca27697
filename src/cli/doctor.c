/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/doctor.h"

#include "cli/cmd.h"

#include <errno.h>
#include <stdlib.h>

struct doctor_options {
	bool json, all;
};

static const struct opt options[] = {
	{.name = "json",
	 .letter = 'j',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct doctor_options, json),
	 .help = "print JSON; /usr/share/vifi/doctor.schema.json describes it"},
	{.name = "all",
	 .letter = 'a',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct doctor_options, all),
	 .help = "also print the checks that found no problem"},
	{0},
};

const struct opt_command doctor_command = {
	.name = "vifi doctor",
	.operands = "[UPLINK [BRIDGE]]",
	.max_operands = 2,
	.summary = "report what this machine and its Wi-Fi cards can do, and how to remove obstacles",
	.description =
		"Changes nothing. It lists each Wi-Fi interface with its driver, firmware, modes, ciphers, channels "
		"and the programs that use it, then everything that `vifi bridge check` finds for UPLINK and BRIDGE, "
		"which it chooses in the same way. Without root some findings are missing. The exit code is 1 if there "
		"is an obstacle; warnings and notes do not count.",
	.options = options,
};

static const struct opt_command *const page_commands[] = {&doctor_command, NULL};

static const struct opt_section sections[] = {
	{"EXIT STATUS", "*0*\n\tThere is no obstacle.\n\n"
			"*1*\n\tThere is one: a line PROBLEM, with its remedy.\n\n"
			"*2*\n\tThe command line is invalid."},
	{"EXAMPLES", "Before vifi is used, and for a bug report:\n\n"
		     "```\nvifi doctor\nvifi doctor --json\n```"},
	{"SEE ALSO",
	 "*vifi*(8), *vifi-air*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-metrics*(8), "
	 "*vifi-setup*(8), *vifi-sta*(8), *vifi-top*(8), *vifi-trace*(8), *vifi-why*(8), *iw*(8), *rfkill*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-doctor",
	.section = 8,
	.summary = "what a machine and its Wi-Fi cards can do",
	.description = "`vifi doctor` examines the kernel, Wi-Fi cards, hypervisors and firewalls before vifi runs.",
	.commands = page_commands,
	.sections = sections,
};

size_t doctor_count(const struct doctor_report *report, enum finding_level level)
{
	size_t count = findings_count(&report->radio, level) + findings_count(&report->bridge, level);

	for (size_t i = 0; i < report->cards.count; i++)
		count += findings_count(&report->card_findings[i], level);
	return count;
}

static void look_for_cards(struct doctor_report *report)
{
	struct error error;

	if (doctor_read_cards(&report->cards, &error) < 0)
		finding_set_remedy(findings_add(&report->radio, "nl80211", FINDING_NOTE,
						"Cannot list the Wi-Fi cards: %s.", error.text),
				   "`lspci -k` and `lsusb` show a card whose driver is missing. If this is a "
				   "container, move the interface into it. Without a Wi-Fi card, `vifi bridge` works "
				   "with other uplinks, and `vifi ap` and `vifi sta` work over `vifi air`.");
	else if (!report->cards.count)
		finding_set_remedy(findings_add(&report->radio, "nl80211", FINDING_NOTE,
						"There is no Wi-Fi interface in this network namespace."),
				   "If the machine has a card, its driver or firmware is missing: `lspci -k`, `lsusb`, "
				   "`dmesg | grep -i firmware`.");
	report->card_findings = calloc(report->cards.count + 1, sizeof(*report->card_findings));
	if (!report->card_findings)
		report->cards.count = 0;
	for (size_t i = 0; i < report->cards.count; i++)
		doctor_card_judge(&report->cards.list[i], &report->card_findings[i]);
}

static void look(struct doctor_report *report)
{
	struct setup_manifest manifest;
	struct error ignored;

	uname(&report->kernel);
	setup_manifest_read(&manifest, "", &ignored);
	setup_machine_read(&report->machine, "", &manifest);
	setup_manifest_free(&manifest);
	look_for_cards(report);
	check_find_target(&report->target);
	check_machine(&report->bridge, report->target.uplink, report->target.bridge, report->target.has_veth);
}

static int print_report(const struct doctor_report *report, const struct doctor_options *opts)
{
	if (opts->json) {
		json_t *json = doctor_json(report);

		json_dumpf(json, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
		printf("\n");
		json_decref(json);
	} else {
		doctor_print(report, opts->all);
	}
	return doctor_count(report, FINDING_FAIL) ? EXIT_FAILED : EXIT_DONE;
}

int cmd_doctor(int argc, char **argv)
{
	struct doctor_options opts = {0};
	struct doctor_report *report;
	int first, code;

	if (command_prints_man(&page, argc, argv))
		return EXIT_DONE;
	first = opt_parse(&doctor_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	report = calloc(1, sizeof(*report));
	if (!report)
		return command_fail(&doctor_command, EXIT_FAILED, &(struct error){.text = "no memory"});
	report->target.uplink = first < argc ? argv[first] : NULL;
	report->target.bridge = first + 1 < argc ? argv[first + 1] : NULL;
	look(report);
	code = print_report(report, &opts);
	setup_machine_free(&report->machine);
	doctor_free_cards(&report->cards);
	free(report->card_findings);
	free(report);
	return code;
}
