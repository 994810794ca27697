/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"

#include "cli/machine_names.h"
#include "setup/apply.h"
#include "setup/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct setup_options {
	bool yes, undo, json;
	char root[256];
};

static const struct opt options[] = {
	{.name = "yes",
	 .letter = 'y',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct setup_options, yes),
	 .help = "write the files and run the programs"},
	{.name = "undo",
	 .letter = 'u',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct setup_options, undo),
	 .help = "remove the files that earlier runs wrote and stop the services that they started; a file that was "
		 "changed since "
		 "is kept"},
	{.name = "json",
	 .letter = 'j',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct setup_options, json),
	 .help = "print JSON; /usr/share/vifi/setup.schema.json describes it"},
	{.name = "root",
	 .argument = "FOLDER",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct setup_options, root),
	 .help = "read and write files below FOLDER, and run no program: for images of other machines, and for tests"},
	{0},
};

const struct opt_command setup_command = {
	.name = "vifi setup",
	.operands = "[UPLINK [BRIDGE]]",
	.max_operands = 2,
	.summary = "prepare this machine for guests behind Wi-Fi: print a plan, and carry it out with --yes",
	.description =
		"Finds the uplink (the Wi-Fi interface of the default route), the hypervisors, and the programs "
		"that configure "
		"interfaces. Without --yes it only prints which files it would write, and their contents: the "
		"configuration of "
		"`vifi bridge`, a bridge for the guests, permission for QEMU's bridge helper, a network for "
		"libvirt, an "
		"exception in the firewall of Docker, and settings that keep NetworkManager, systemd-networkd, "
		"ConnMan and "
		"dhcpcd away from vifi's own interfaces.\n\n"
		"A file that vifi did not write is never replaced: the output shows the lines to add. A second run "
		"changes nothing. The exit code is 1 if something must be done manually, or if a program failed.",
	.options = options,
};

static const struct opt_command *const page_commands[] = {&setup_command, NULL};

static const struct opt_section sections[] = {
	{"FILES", "Depending on what the machine has:\n\n"
		  "_/etc/vifi/UPLINK.conf_\n\tThe configuration of *vifi bridge*; *vifi-bridge@UPLINK* is enabled and "
		  "started.\n\n"
		  "_/etc/NetworkManager/conf.d/90-vifi.conf_, "
		  "_system-connections/vifi-BRIDGE.nmconnection_\n\tNetworkManager leaves "
		  "vifi\\* alone and creates the bridge.\n\n"
		  "_/etc/systemd/network/10-vifi\\*_\n\tThe same for systemd-networkd.\n\n"
		  "_/etc/network/interfaces.d/vifi-BRIDGE_\n\tThe bridge for ifupdown; on Proxmox VE a stanza in "
		  "_/etc/network/interfaces_.\n\n"
		  "_/etc/dhcpcd.conf_, _/etc/connman/main.conf_\n\tNo addresses on the bridge and on vifi\\*.\n\n"
		  "_/etc/qemu/bridge.conf_\n\tThe line *allow BRIDGE*.\n\n"
		  "_/etc/vifi/libvirt-BRIDGE.xml_\n\tThe network vifi-BRIDGE of libvirt.\n\n"
		  "_/etc/systemd/system/vifi-docker-BRIDGE.service_\n\tAccepts frames between ports of the bridge in "
		  "Docker's chain "
		  "DOCKER-USER, whenever Docker runs.\n\n"
		  "_/var/lib/vifi/setup.json_\n\tWhat was written, for *--undo*."},
	{"EXIT STATUS", "*0*\n\tSuccess.\n\n"
			"*1*\n\tFailure, or something must be done manually: a file of another program is in the way, "
			"or a program failed.\n\n"
			"*2*\n\tThe command line is invalid.\n\n"
			"*3*\n\tRoot is needed.\n\n"
			"*4*\n\tThere is nothing to undo."},
	{"EXAMPLES", "Show what would be done, do it, and revert it:\n\n"
		     "```\nvifi setup\nvifi setup --yes\nvifi setup --undo\n```"},
	{"SEE ALSO", "*vifi*(8), *vifi-air*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-decrypt*(8), *vifi-doctor*(8), "
		     "*vifi-metrics*(8), *vifi-sta*(8), *vifi-top*(8), *vifi-trace*(8), *vifi-why*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-setup",
	.section = 8,
	.summary = "prepare a machine for guests behind Wi-Fi",
	.description = "`vifi setup` writes the configuration files that `vifi bridge` and the hypervisors of this "
		       "machine need.",
	.commands = page_commands,
	.sections = sections,
};

/* ---- output for people ---- */

static void print_indented(const char *text)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		printf("      %.*s\n", (int)len, line);
		line += len + (line[len] == '\n');
	}
}

static void print_found(const struct setup_plan *plan, const struct setup_facts *facts)
{
	printf("uplink       %s: %s\nbridge       %s\nhypervisors  ", plan->uplink, plan->uplink_reason, plan->bridge);
	machine_print_hypervisors(facts, "none found");
	printf("network      ");
	machine_print_managers(facts);
}

static void print_file(const struct setup_file *file, enum setup_action action, bool done)
{
	static const char *const words[][2] = {
		[SETUP_CREATE] = {"create", "created"}, [SETUP_EXTEND] = {"add to", "added to"},
		[SETUP_UPDATE] = {"update", "updated"}, [SETUP_KEEP] = {"keep", "kept"},
		[SETUP_FOREIGN] = {"LEFT", "LEFT"},
	};

	printf("  %s %s: %s\n", words[action][done], file->path, file->why);
	if (action == SETUP_FOREIGN)
		printf("    vifi did not write this file. Add these lines to it:\n");
	if (action == SETUP_FOREIGN || (action != SETUP_KEEP && !done))
		print_indented(file->text);
}

static void print_files(const struct setup_plan *plan, const struct setup_review *review, bool done)
{
	printf("\nfiles\n");
	for (size_t i = 0; i < plan->n_files; i++)
		print_file(&plan->files[i], review->action[i], done);
}

static void print_commands(const struct setup_plan *plan, const struct setup_review *review)
{
	static const char *const words[] = {
		[SETUP_COMMAND_DONE] = "done",
		[SETUP_COMMAND_PENDING] = "run",
		[SETUP_COMMAND_RUN] = "ran",
		[SETUP_COMMAND_FAILED] = "FAILED",
	};

	if (plan->n_commands)
		printf("\nprograms\n");
	for (size_t i = 0; i < plan->n_commands; i++)
		printf("  %s %s%s%s\n", words[review->command[i]], plan->commands[i].run,
		       review->failure[i][0] ? ": " : "", review->failure[i]);
}

static void print_guests(const struct setup_plan *plan)
{
	if (plan->n_guests)
		printf("\nguests\n");
	for (size_t i = 0; i < plan->n_guests; i++)
		printf("  %-14s  %s\n", setup_hypervisor_name(plan->guests[i].hypervisor), plan->guests[i].how);
	if (plan->n_notes)
		printf("\nnotes\n");
	for (size_t i = 0; i < plan->n_notes; i++)
		printf("  %s\n", plan->notes[i]);
}

static void print_outcome(const struct setup_review *review, const struct setup_options *opts)
{
	printf("\n");
	if (review->n_foreign)
		printf("Change %zu file%s manually, which vifi did not write: see LEFT above.\n", review->n_foreign,
		       review->n_foreign > 1 ? "s" : "");
	if (review->n_failed)
		printf("%zu program%s failed: see FAILED above.\n", review->n_failed, review->n_failed > 1 ? "s" : "");
	if (opts->yes && opts->root[0] && review->n_pending)
		printf("No program was run: --root.\n");
	if (!review->n_writes && (!review->n_pending || opts->root[0]))
		printf("Nothing to do.\n");
	else if (!opts->yes)
		printf("Nothing was changed. `vifi setup --yes` does this, `vifi setup --undo` reverts it.\n");
	else if (!review->n_failed)
		printf("Done. `vifi bridge show` shows the guests, `vifi setup --undo` reverts this.\n");
}

/* ---- JSON ---- */

static json_t *files_json(const struct setup_plan *plan, const struct setup_review *review)
{
	json_t *list = json_array();

	for (size_t i = 0; i < plan->n_files; i++) {
		const struct setup_file *file = &plan->files[i];

		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s, s:s, s:i}", "path", file->path, "action",
						      setup_action_name(review->action[i]), "shared",
						      file->place != SETUP_WHOLE, "text", file->text, "why", file->why,
						      "mode", (int)file->mode));
	}
	return list;
}

static json_t *commands_json(const struct setup_plan *plan, const struct setup_review *review)
{
	static const char *const states[] = {
		[SETUP_COMMAND_DONE] = "done",
		[SETUP_COMMAND_PENDING] = "pending",
		[SETUP_COMMAND_RUN] = "run",
		[SETUP_COMMAND_FAILED] = "failed",
	};
	json_t *list = json_array();

	for (size_t i = 0; i < plan->n_commands; i++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:s}", "run", plan->commands[i].run, "undo",
						      plan->commands[i].undo, "state", states[review->command[i]],
						      "failure", review->failure[i]));
	return list;
}

static void print_json(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
	printf("\n");
	json_decref(json);
}

static json_t *plan_json(const struct setup_plan *plan, const struct setup_facts *facts,
			 const struct setup_review *review, bool applied)
{
	json_t *guests = json_array(), *notes = json_array();

	for (size_t i = 0; i < plan->n_guests; i++)
		json_array_append_new(guests, json_pack("{s:s, s:s}", "hypervisor",
							setup_hypervisor_name(plan->guests[i].hypervisor), "how",
							plan->guests[i].how));
	for (size_t i = 0; i < plan->n_notes; i++)
		json_array_append_new(notes, json_string(plan->notes[i]));
	return json_pack("{s:s, s:s, s:s, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "uplink", plan->uplink, "uplink_reason",
			 plan->uplink_reason, "bridge", plan->bridge, "hypervisors", machine_hypervisors_json(facts),
			 "managers", machine_managers_json(facts), "applied", applied, "files",
			 files_json(plan, review), "commands", commands_json(plan, review), "guests", guests, "notes",
			 notes);
}

/* ---- the command ---- */

static int fail(int code, const struct error *error)
{
	return command_fail(&setup_command, code, error);
}

/* Removes what earlier runs wrote. */
static int undo(struct setup_manifest *manifest, const struct setup_options *opts)
{
	struct setup_undone *undone = calloc(SETUP_UNDONE_MAX, sizeof(*undone));
	json_t *list = json_array();
	struct error error;
	bool left = false;
	int count = undone ? setup_undo(manifest, undone) : -ENOMEM;

	for (int i = 0; i < count; i++) {
		left |= undone[i].left;
		json_array_append_new(list, json_pack("{s:s, s:b}", "text", undone[i].text, "left", undone[i].left));
		if (!opts->json)
			printf("%s%s\n", undone[i].left ? "LEFT: " : "", undone[i].text);
	}
	free(undone);
	if (opts->json)
		print_json(list);
	else
		json_decref(list);
	if (count < 0)
		return fail(EXIT_FAILED, (error_set(&error, count, "cannot write %s%s: %s", opts->root, SETUP_MANIFEST,
						    strerror(-count)),
					  &error));
	return left ? EXIT_FAILED : EXIT_DONE;
}

static int plan_and_apply(const struct setup_plan *plan, const struct setup_facts *facts,
			  struct setup_manifest *manifest, const struct setup_options *opts)
{
	struct setup_review review;
	struct error error;
	int code = EXIT_DONE;

	setup_review_make(&review, plan, manifest);
	if (opts->yes && (review.n_writes || (review.n_pending && !opts->root[0])) &&
	    !setup_apply(&review, plan, manifest, &error))
		code = fail(EXIT_FAILED, &error);
	if (code == EXIT_DONE && opts->json) {
		print_json(plan_json(plan, facts, &review, opts->yes));
	} else if (code == EXIT_DONE) {
		print_found(plan, facts);
		print_files(plan, &review, opts->yes);
		print_commands(plan, &review);
		print_guests(plan);
		print_outcome(&review, opts);
	}
	if (code == EXIT_DONE && (review.n_foreign || review.n_failed))
		code = EXIT_FAILED;
	setup_review_free(&review);
	return code;
}

static int run(struct setup_manifest *manifest, const struct setup_options *opts, int argc, char **argv)
{
	struct setup_plan *plan = calloc(1, sizeof(*plan));
	struct setup_machine machine;
	struct error error;
	int ret = setup_machine_read(&machine, opts->root, manifest), code;

	for (int i = 0; i < argc; i++)
		snprintf(i ? machine.facts.bridge : machine.facts.uplink, sizeof(machine.facts.uplink), "%s", argv[i]);
	if (ret < 0 || !plan)
		code = fail(EXIT_FAILED, (error_set(&error, ret, "cannot read the interfaces: %s",
						    strerror(ret < 0 ? -ret : ENOMEM)),
					  &error));
	else if (!setup_plan_make(plan, &machine.facts, &error))
		code = fail(EXIT_FAILED, &error);
	else
		code = plan_and_apply(plan, &machine.facts, manifest, opts);
	setup_machine_free(&machine);
	free(plan);
	return code;
}

int cmd_setup(int argc, char **argv)
{
	struct setup_options opts = {0};
	struct setup_manifest manifest;
	struct error error;
	struct stat root;
	int first, code;

	if (command_prints_man(&page, argc, argv))
		return EXIT_DONE;
	first = opt_parse(&setup_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	for (int i = first; i < argc; i++)
		if (strlen(argv[i]) >= sizeof(((struct setup_facts *)0)->uplink))
			return fail(EXIT_USAGE,
				    (error_set(&error, 0, "`%.60s` is longer than the name of an interface", argv[i]),
				     &error));
	if ((opts.yes || opts.undo) && !opts.root[0] && geteuid() != 0)
		return fail(
			EXIT_PRIVILEGE,
			(error_set(&error, 0,
				   "writing the configuration of this machine needs root; run the command with sudo"),
			 &error));
	if (opts.root[0] && (stat(opts.root, &root) < 0 || !S_ISDIR(root.st_mode)))
		return fail(EXIT_USAGE, (error_set(&error, 0, "--root: there is no folder %.200s", opts.root), &error));
	if (!setup_manifest_read(&manifest, opts.root, &error)) {
		code = fail(EXIT_FAILED, &error);
	} else if (!opts.undo) {
		code = run(&manifest, &opts, argc - first, argv + first);
	} else if (setup_manifest_is_empty(&manifest)) {
		error_set(&error, 0, "there is nothing to undo: %s%s does not exist", opts.root, SETUP_MANIFEST);
		code = fail(EXIT_STATE, &error);
	} else {
		code = undo(&manifest, &opts);
	}
	setup_manifest_free(&manifest);
	return code;
}
