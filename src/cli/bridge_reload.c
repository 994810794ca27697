/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/bridge.h"

#include "bridge/find.h"
#include "conf/bridge_conf.h"
#include "conf/ini_file.h"
#include "daemon/control.h"
#include "daemon/runtime.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct reload_options {
	char file[256];
};

static const struct opt options[] = {
	{.name = "config",
	 .letter = 'c',
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct reload_options, file),
	 .help = "the changed file, which is sent to the process; a name without a slash means /etc/vifi/NAME.conf"},
	{0},
};

const struct opt_command bridge_reload_command = {
	.name = "vifi bridge reload",
	.operands = "[UPLINK]",
	.max_operands = 1,
	.summary = "apply a changed configuration file to a running `vifi bridge up`",
	.description = "With --config this command reads the file, with the rights of the caller, and takes UPLINK "
		       "from it. Without --config, the process for UPLINK reads its own file again, as after SIGHUP. "
		       "If the file has a mistake, nothing changes, and likewise if it has another `uplink`, "
		       "`uplink-mac`, `bridge`, `engine`, `state` or `port-cap`: "
		       "these need a "
		       "restart, "
		       "and with --engine=user so does a change of `guest-services` to or from `all`.",
	.options = options,
};

/* Reads a whole file. Returns its text, which the caller frees, or NULL with an error. */
static char *read_text(const char *name, const char *path, struct error *error)
{
	enum { TEXT_MAX = CONTROL_REQUEST_MAX - 4096 }; /* bytes: room for the rest of the request */
	FILE *file = fopen(path, "re");
	char *text = calloc(1, TEXT_MAX + 1);
	size_t size = 0;

	if (file && text)
		size = fread(text, 1, TEXT_MAX, file);
	if (!file || ferror(file) || !text)
		ini_file_unreadable(name, path, errno, error);
	else if (size == TEXT_MAX)
		error_set(error, -EFBIG, "%.200s: longer than %d bytes; restart vifi to apply it", path, TEXT_MAX - 1);
	else
		error->text[0] = '\0';
	if (file)
		fclose(file);
	if (!error->text[0])
		return text;
	free(text);
	return NULL;
}

/* Reads the file and, unless it is given, the name of the uplink from it. Returns the request, or NULL with an error. */
static json_t *file_request(const char *name, char uplink[16], struct error *error)
{
	struct bridge_conf *conf = calloc(1, sizeof(*conf));
	char path[INI_PATH_MAX], *text;
	json_t *request = NULL;

	ini_file_path(name, path);
	text = conf ? read_text(name, path, error) : NULL;
	if (text && ini_text_read(text, path, "bridge", bridge_conf_options, conf, error)) {
		if (!uplink[0])
			memcpy(uplink, conf->uplink, sizeof(conf->uplink));
		if (uplink[0])
			request = json_pack("{s:s, s:s}", "ask", "reload", "text", text);
		if (!request)
			error_set(error, -EINVAL, "%.200s: %s", path,
				  uplink[0] ? "not UTF-8 text" : "missing uplink; name it as an operand");
	}
	free(text);
	free(conf);
	return request;
}

/*
 * Sends the request, and releases it. `is_present`: the name is the present one of the uplink, which may have been renamed
 * since `up`. Returns an exit code.
 */
static int ask(const char *uplink, bool is_present, json_t *request, struct error *error)
{
	enum { TIMEOUT_S = 10 };
	char served[IFNAMSIZ];
	bool known = true;
	int code;
	pid_t pid;
	json_t *answer;
	const char *refusal;

	snprintf(served, sizeof(served), "%s", uplink);
	if (is_present)
		known = bridge_served_name(uplink, served);
	if (!known || control_owner(RUNTIME_FOLDER, served, &pid) == -ECONNREFUSED) {
		json_decref(request);
		return error_set(error, EXIT_STATE,
				 is_present ? "no vifi process serves %s; `vifi bridge show` lists the uplinks"
					    : "no vifi process serves %s; a change of `uplink` needs a restart "
					      "(systemctl restart)",
				 uplink);
	}
	answer = control_request(RUNTIME_FOLDER, served, request, TIMEOUT_S, false, error);
	json_decref(request);
	if (!answer) {
		code = control_owner(RUNTIME_FOLDER, served, &pid);
		return code == -EPERM || code == -EACCES ? EXIT_PRIVILEGE : EXIT_FAILED;
	}
	refusal = json_string_value(json_object_get(answer, "error"));
	code = (int)json_integer_value(json_object_get(answer, "code"));
	if (refusal)
		error_set(error, 0, "%s", refusal);
	json_decref(answer);
	return !refusal ? EXIT_DONE : code ? code : EXIT_USAGE; /* without a code it is a mistake in the file */
}

int cmd_bridge_reload(int argc, char **argv)
{
	struct reload_options opts = {{0}};
	struct error error = {{0}};
	json_t *request;
	char uplink[16] = "";
	int first = opt_parse(&bridge_reload_command, argc, argv, &opts), code;

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	if (first < argc)
		snprintf(uplink, sizeof(uplink), "%s", argv[first]);
	if (!opts.file[0] && !uplink[0]) {
		error_set(&error, -EINVAL, "missing operand; name the uplink, or the file with --config");
		return command_fail(&bridge_reload_command, EXIT_USAGE, &error);
	}
	request = opts.file[0] ? file_request(opts.file, uplink, &error) : json_pack("{s:s}", "ask", "reload");
	if (!request)
		return command_fail(&bridge_reload_command, EXIT_USAGE, &error);
	code = ask(uplink, first < argc, request, &error);
	return code == EXIT_DONE ? code : command_fail(&bridge_reload_command, code, &error);
}
