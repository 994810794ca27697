/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands are flattened into a list of nodes, one for each path such as "vifi bridge up". Each script has the list of
 * paths, by which it finds the node that the typed words lead to, and for each node its commands, options and operands.
 */
#include "cli/completion.h"

#include <string.h>

enum { NODES_MAX = 64, PATH_MAX_LEN = 64 };

struct node {
	char path[PATH_MAX_LEN];
	const struct opt_command *syntax;   /* NULL for the program itself */
	const struct command_group *group;  /* its commands, or NULL */
	const struct command_group *topics; /* operands are commands of this group, or NULL */
};

struct nodes {
	struct node list[NODES_MAX];
	size_t count;
};

/* What a shell offers for a value. */
enum value {
	VALUE_NONE, /* nothing: only the user knows it */
	VALUE_CHOICES,
	VALUE_FILE,
	VALUE_FOLDER,
	VALUE_INTERFACE,
};

/* Returns the group whose name is `path`, or NULL. */
static const struct command_group *find_group(const struct command_group *group, const char *path)
{
	for (size_t i = 0; group->groups && group->groups[i]; i++)
		if (!strcmp(group->groups[i]->name, path))
			return group->groups[i];
	return NULL;
}

static void collect(struct nodes *nodes, const struct command_group *group)
{
	for (const struct command *command = group->commands; command->name; command++) {
		struct node *node = &nodes->list[nodes->count];

		if (nodes->count == NODES_MAX)
			return;
		nodes->count++;
		snprintf(node->path, sizeof(node->path), "%s %s", group->name, command->name);
		node->syntax = command->syntax;
		node->group = find_group(group, node->path);
		node->topics = !node->group && command->syntax->operands && strstr(command->syntax->operands, "COMMAND")
				       ? group
				       : NULL;
		if (node->group)
			collect(nodes, node->group);
	}
}

static bool is_one_of(const char *word, const char *const *words)
{
	for (; *words; words++)
		if (!strcmp(word, *words))
			return true;
	return false;
}

/* The kind of a value by the name that the help gives it. */
static enum value value_named(const char *name)
{
	static const char *const files[] = {"FILE", "OUT", "PATH", "SOCKET", NULL}, *const folders[] = {"FOLDER", NULL},
				 *const interfaces[] = {"INTERFACE", "UPLINK", "BRIDGE", NULL};
	char word[32];
	size_t len;

	name += strspn(name, "[");
	len = strcspn(name, " []|…");
	snprintf(word, sizeof(word), "%.*s", (int)len, name);
	return is_one_of(word, files)        ? VALUE_FILE
	       : is_one_of(word, folders)    ? VALUE_FOLDER
	       : is_one_of(word, interfaces) ? VALUE_INTERFACE
					     : VALUE_NONE;
}

static enum value value_of(const struct opt *opt)
{
	return opt->type == OPT_CHOICE ? VALUE_CHOICES : opt->argument ? value_named(opt->argument) : VALUE_NONE;
}

static bool takes_value(const struct opt *opt)
{
	return opt->type != OPT_FLAG && opt->type != OPT_COUNT && !opt->implied_value;
}

/* Returns the row of `node` after `opt` that the command line has, the first one after NULL, or NULL. */
static const struct opt *next_option(const struct node *node, const struct opt *opt)
{
	opt = opt ? opt + 1 : node->syntax ? node->syntax->options : NULL;
	while (opt && opt->name && opt->file_only)
		opt++;
	return opt && opt->name ? opt : NULL;
}

static enum value operand_value(const struct node *node)
{
	return node->syntax && node->syntax->operands ? value_named(node->syntax->operands) : VALUE_NONE;
}

/* Is the first operand a command of the node, or else a file? */
static bool takes_command_or_file(const struct node *node)
{
	return node->group && operand_value(node) == VALUE_FILE;
}

static void put_choices(const struct opt *opt, FILE *to)
{
	for (int i = 0; opt->choices[i]; i++)
		fprintf(to, "%s%s", i ? " " : "", opt->choices[i]);
}

static void put_commands(const struct command_group *group, FILE *to)
{
	for (const struct command *command = group->commands; command->name; command++)
		fprintf(to, "%s%s", command == group->commands ? "" : " ", command->name);
}

/* The first clause of a help text, for a script in which single quotes enclose it. */
static void put_help(const char *text, const char *escaped, const char *quote, FILE *to)
{
	size_t len = strcspn(text, ";(");

	while (len && text[len - 1] == ' ')
		len--;
	for (size_t i = 0; i < len; i++) {
		if (text[i] == '\'')
			fputs(quote, to);
		else
			fprintf(to, strchr(escaped, text[i]) ? "\\%c" : "%c", text[i]);
	}
}

/* ---- bash ---- */

static const char bash_head[] =
	"# bash completion for vifi, made by `vifi completion bash`\n"
	"_vifi()\n{\n"
	"\tlocal at=vifi cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} word kind= words=\n"
	"\tCOMPREPLY=()\n"
	"\t# bash splits --name=value into three words.\n"
	"\tif [ \"$prev\" = = ]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; elif [ \"$cur\" = = ]; then cur=; fi\n"
	"\tfor word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
	"\t\tcase \"$at $word\" in\n";

static const char bash_tail[] =
	"\tif [ -z \"$kind\" ]; then\n"
	"\t\tif [[ $cur = -* ]]; then kind=words words=$options; else kind=$operands words=$commands; fi\n"
	"\tfi\n"
	"\tcase $kind in\n"
	"\twords) COMPREPLY=($(compgen -W \"$words\" -- \"$cur\")) ;;\n"
	"\tboth) compopt -o filenames 2>/dev/null\n"
	"\t\tmapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$cur\"; compgen -f -- \"$cur\") ;;\n"
	"\tinterfaces) COMPREPLY=($(compgen -W \"$(command ls /sys/class/net)\" -- \"$cur\")) ;;\n"
	"\tfiles) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- \"$cur\") ;;\n"
	"\tfolders) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- \"$cur\") ;;\n"
	"\tesac\n"
	"}\n"
	"complete -F _vifi vifi\n";

static const char *bash_kind(enum value value)
{
	switch (value) {
	case VALUE_NONE:
		return "none";
	case VALUE_CHOICES:
		return "words";
	case VALUE_FILE:
		return "files";
	case VALUE_FOLDER:
		return "folders";
	case VALUE_INTERFACE:
		return "interfaces";
	}
	return "none";
}

static void bash_node(const struct node *node, FILE *to)
{
	const struct command_group *commands = node->group ? node->group : node->topics;

	fprintf(to, "\t'%s')\n\t\toptions='", node->path);
	for (const struct opt *opt = next_option(node, NULL); opt; opt = next_option(node, opt))
		fprintf(to, "--%s ", opt->name);
	fprintf(to, "%s--help' operands=%s commands='", node->syntax ? "" : "--version ",
		takes_command_or_file(node) ? "both"
		: commands                  ? "words"
					    : bash_kind(operand_value(node)));
	if (commands)
		put_commands(commands, to);
	fputs("'\n\t\tcase $prev in\n", to);
	for (const struct opt *opt = next_option(node, NULL); opt; opt = next_option(node, opt)) {
		if (!takes_value(opt))
			continue;
		fprintf(to, "\t\t--%s", opt->name);
		if (opt->letter)
			fprintf(to, " | -%c", opt->letter);
		fprintf(to, ") kind=%s", bash_kind(value_of(opt)));
		if (opt->type == OPT_CHOICE) {
			fputs(" words='", to);
			put_choices(opt, to);
			fputc('\'', to);
		}
		fputs(" ;;\n", to);
	}
	fputs("\t\tesac ;;\n", to);
}

static void print_bash(const struct nodes *nodes, FILE *to)
{
	fputs(bash_head, to);
	for (size_t i = 1; i < nodes->count; i++)
		fprintf(to, "\t\t%s'%s'%s", i > 1 ? "| " : "", nodes->list[i].path,
			i + 1 < nodes->count ? " \\\n" : ") at+=\" $word\" ;;\n");
	fputs("\t\tesac\n\tdone\n\tlocal options= operands= commands=\n\tcase $at in\n", to);
	for (size_t i = 0; i < nodes->count; i++)
		bash_node(&nodes->list[i], to);
	fputs("\tesac\n", to);
	fputs(bash_tail, to);
}

/* ---- zsh ---- */

static const char *zsh_action(enum value value)
{
	switch (value) {
	case VALUE_NONE:
	case VALUE_CHOICES:
		return " ";
	case VALUE_FILE:
		return "_files";
	case VALUE_FOLDER:
		return "_files -/";
	case VALUE_INTERFACE:
		return "_net_interfaces";
	}
	return " ";
}

static void zsh_option(const struct opt *opt, FILE *to)
{
	if (opt->letter)
		fprintf(to, " \\\n\t\t\t'(-%c --%s)'{-%c,--%s%s}'[", opt->letter, opt->name, opt->letter, opt->name,
			takes_value(opt) ? "=" : "");
	else
		fprintf(to, " \\\n\t\t\t'--%s%s[", opt->name, takes_value(opt) ? "=" : "");
	put_help(opt->help, "\\[]:", "'\\''", to);
	fputc(']', to);
	if (opt->type == OPT_CHOICE) {
		fprintf(to, ":%s:(", opt->argument);
		put_choices(opt, to);
		fputc(')', to);
	} else if (takes_value(opt)) {
		fprintf(to, ":%s:%s", opt->type == OPT_CUSTOM ? "value" : opt->argument, zsh_action(value_of(opt)));
	}
	fputc('\'', to);
}

static void zsh_node(const struct node *node, FILE *to)
{
	const struct command_group *commands = node->group ? node->group : node->topics;

	fprintf(to, "\t('%s')\n\t\t_arguments -s", node->path);
	for (const struct opt *opt = next_option(node, NULL); opt; opt = next_option(node, opt))
		zsh_option(opt, to);
	if (!node->syntax)
		fputs(" \\\n\t\t\t'--version[print the version]'", to);
	fputs(" \\\n\t\t\t'--help[print this help]'", to);
	if (takes_command_or_file(node)) {
		fputs(" \\\n\t\t\t'*:operand:{ compadd ", to);
		put_commands(commands, to);
		fputs("; _files }'", to);
	} else if (commands) {
		fputs(" \\\n\t\t\t'*:command:((", to);
		for (const struct command *command = commands->commands; command->name; command++) {
			fprintf(to, "%s%s\\:\"", command == commands->commands ? "" : " ", command->name);
			put_help(command->syntax->summary, "\\\"`$", "'\\''", to);
			fputc('"', to);
		}
		fputs("))'", to);
	} else if (operand_value(node) != VALUE_NONE) {
		fprintf(to, " \\\n\t\t\t'*:operand:%s'", zsh_action(operand_value(node)));
	}
	fputs(" ;;\n", to);
}

static void print_zsh(const struct nodes *nodes, FILE *to)
{
	fputs("#compdef vifi\n# zsh completion for vifi, made by `vifi completion zsh`\n"
	      "local at=vifi word\nfor word in ${words[2,CURRENT-1]}; do\n\tcase \"$at $word\" in\n\t(",
	      to);
	for (size_t i = 1; i < nodes->count; i++)
		fprintf(to, "%s'%s'", i > 1 ? "|" : "", nodes->list[i].path);
	/* _arguments sees the words from the last command on. */
	fputs(") at+=\" $word\" ;;\n\tesac\ndone\n"
	      "local depth=${#${(z)at}}\nwords=(vifi ${words[depth+1,-1]})\n(( CURRENT -= depth - 1 ))\ncase $at in\n",
	      to);
	for (size_t i = 0; i < nodes->count; i++)
		zsh_node(&nodes->list[i], to);
	fputs("esac\n", to);
}

/* ---- fish ---- */

static void fish_value(enum value value, const struct opt *opt, FILE *to)
{
	switch (value) {
	case VALUE_NONE:
		fputs(" -x", to);
		return;
	case VALUE_CHOICES:
		fputs(" -x -a '", to);
		put_choices(opt, to);
		fputc('\'', to);
		return;
	case VALUE_FILE:
		fputs(" -r -F", to);
		return;
	case VALUE_FOLDER:
		fputs(" -x -a '(__fish_complete_directories)'", to);
		return;
	case VALUE_INTERFACE:
		fputs(" -x -a '(command ls /sys/class/net)'", to);
		return;
	}
}

static void fish_node(const struct node *node, FILE *to)
{
	const struct command_group *commands = node->group ? node->group : node->topics;

	for (const struct opt *opt = next_option(node, NULL); opt; opt = next_option(node, opt)) {
		fprintf(to, "complete -c vifi -n '__vifi_at \"%s\"' -l %s", node->path, opt->name);
		if (opt->letter)
			fprintf(to, " -s %c", opt->letter);
		if (takes_value(opt))
			fish_value(value_of(opt), opt, to);
		fputs(" -d '", to);
		put_help(opt->help, "\\", "\\'", to);
		fputs("'\n", to);
	}
	for (const struct command *command = commands ? commands->commands : NULL; command && command->name;
	     command++) {
		fprintf(to, "complete -c vifi -n '__vifi_at \"%s\"' -a %s -d '", node->path, command->name);
		put_help(command->syntax->summary, "\\", "\\'", to);
		fputs("'\n", to);
	}
	if ((!commands || takes_command_or_file(node)) && operand_value(node) == VALUE_FILE)
		fprintf(to, "complete -c vifi -n '__vifi_at \"%s\"' -F\n", node->path);
	else if (!commands && operand_value(node) == VALUE_INTERFACE)
		fprintf(to, "complete -c vifi -n '__vifi_at \"%s\"' -a '(command ls /sys/class/net)'\n", node->path);
}

static void print_fish(const struct nodes *nodes, FILE *to)
{
	fputs("# fish completion for vifi, made by `vifi completion fish`\n"
	      "function __vifi_at\n\tset -l at vifi\n\tset -l words (commandline -opc)\n\tfor word in $words[2..]\n"
	      "\t\tif contains -- \"$at $word\"",
	      to);
	for (size_t i = 1; i < nodes->count; i++)
		fprintf(to, " '%s'", nodes->list[i].path);
	fputs("\n\t\t\tset at \"$at $word\"\n\t\tend\n\tend\n\ttest \"$at\" = \"$argv[1]\"\nend\n"
	      "complete -c vifi -f\ncomplete -c vifi -l help -d 'print the help'\n"
	      "complete -c vifi -n '__vifi_at \"vifi\"' -l version -d 'print the version'\n",
	      to);
	for (size_t i = 0; i < nodes->count; i++)
		fish_node(&nodes->list[i], to);
}

int completion_run(const struct command_group *group, int argc, char **argv)
{
	static const struct opt_command syntax = {
		.name = "vifi completion",
		.operands = "bash|zsh|fish",
		.min_operands = 1,
		.max_operands = 1,
		.summary = "print the completion script of a shell",
	};
	struct nodes nodes = {.list = {{.group = group}}, .count = 1};
	struct error error;
	int first = opt_parse(&syntax, argc, argv, NULL);

	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	snprintf(nodes.list[0].path, sizeof(nodes.list[0].path), "%s", group->name);
	collect(&nodes, group);
	if (!strcmp(argv[first], "bash")) {
		print_bash(&nodes, stdout);
	} else if (!strcmp(argv[first], "zsh")) {
		print_zsh(&nodes, stdout);
	} else if (!strcmp(argv[first], "fish")) {
		print_fish(&nodes, stdout);
	} else {
		error_set(&error, 0, "unknown shell `%.60s`; there are bash, zsh and fish", argv[first]);
		return command_fail(&syntax, EXIT_USAGE, &error);
	}
	return EXIT_DONE;
}
