/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each file goes the way of a start: read_config(), whose log is collected, then check(), whose output is collected for
 * JSON. The exit code says whether this program, and whether hostapd or wpa_supplicant, would start with the file.
 */
#include "wifi/check.h"

#include "conf/wifi_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct file_check {
	const struct wifi_program *program;
	struct wifi_options options;
	struct wifi_verdict verdict;
	struct crypto *crypto;
	const char *file;
	json_t *report; /* NULL: text */
};

/* ---- output that goes to a file ---- */

/* Adds each line of a stream to an array. */
static void add_lines(json_t *array, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t len;

	rewind(file);
	while ((len = getline(&line, &room, file)) > 0) {
		if (line[len - 1] == '\n')
			line[len - 1] = '\0';
		json_array_append_new(array, json_string(line));
	}
	free(line);
}

/* Has the program check a configuration, with its standard output in `file` if there is one. */
static enum wifi_result check_config(struct file_check *check, void *config, FILE *file, struct error *error)
{
	enum wifi_result result;
	int saved = -1;

	fflush(stdout);
	if (file && ((saved = dup(STDOUT_FILENO)) < 0 || dup2(fileno(file), STDOUT_FILENO) < 0))
		saved = -1;
	result = check->program->check(config, check->crypto, error);
	fflush(stdout);
	if (saved >= 0) {
		dup2(saved, STDOUT_FILENO);
		close(saved);
	}
	return result;
}

static FILE *temporary_file(void)
{
	int fd = memfd_create("check", MFD_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w+e");

	if (fd >= 0 && !file)
		close(fd);
	return file;
}

/* ---- one file ---- */

static void report_remarks(struct file_check *check, FILE *log)
{
	json_t *remarks = json_array();

	add_lines(remarks, log);
	if (check->report) {
		json_object_set(check->report, "remarks", remarks);
	} else {
		const json_t *remark;
		size_t i;

		json_array_foreach(remarks, i, remark) printf("remark: %s\n", json_string_value(remark));
	}
	json_decref(remarks);
}

/* Would hostapd or wpa_supplicant start? */
static bool stock_starts(const struct file_check *check, bool accepted)
{
	return !check->verdict.stock_refuses && (accepted || check->verdict.stock_accepts);
}

static enum wifi_result verdict(const struct file_check *check, bool accepted)
{
	if (accepted)
		return stock_starts(check, true) ? WIFI_OK : WIFI_STOCK_REFUSES;
	return stock_starts(check, false) ? WIFI_STOCK_ACCEPTS : WIFI_USAGE;
}

static void report_verdict(const struct file_check *check, bool accepted)
{
	bool stock = stock_starts(check, accepted);

	printf("%s: %s %s this file, ", check->file, check->program->name, accepted ? "accepts" : "refuses");
	if (accepted == stock)
		printf("and so would %s 2.10\n", check->program->stock_name);
	else
		printf("but %s 2.10 would %s it\n", check->program->stock_name, stock ? "accept" : "refuse");
}

static enum wifi_result check_card(struct file_check *check, void *config, struct error *error)
{
	FILE *output = check->report ? temporary_file() : NULL;
	enum wifi_result result = check_config(check, config, output, error);

	if (output) {
		json_t *lines = json_array();

		add_lines(lines, output);
		json_object_set_new(check->report, "radio", lines);
		fclose(output);
	}
	return result;
}

static void name_file(const struct file_check *check, struct error *error)
{
	struct error cause = *error;

	error_set(error, 0, "%s: %s", check->file, cause.text);
}

static enum wifi_result check_file(struct file_check *check, struct error *error)
{
	struct wifi_log log = {.file = temporary_file()};
	enum wifi_result result, radio = WIFI_OK;
	bool accepted;
	void *config;

	if (!log.file) {
		error_set(error, -errno, "cannot create a temporary file: %s", strerror(errno));
		return WIFI_FAILED;
	}
	error_set(error, 0, "%s", "");
	config = check->program->read_config(check->file, &check->options, &log, error);
	report_remarks(check, log.file);
	fclose(log.file);
	accepted = config && check->program->check_sockets(config, error);
	if (config && !accepted)
		name_file(check, error);
	result = verdict(check, accepted);
	if (config && check->report) {
		json_t *networks = json_array();

		check->program->describe(config, networks);
		json_object_set_new(check->report, "networks", networks);
	}
	if (accepted)
		radio = check_card(check, config, error);
	if (config)
		check->program->free_config(config);
	if (check->report) {
		json_object_set_new(check->report, "accepted", json_boolean(accepted));
		json_object_set_new(check->report, "stock_accepts", json_boolean(stock_starts(check, accepted)));
		if (error->text[0])
			json_object_set_new(check->report, "error", json_string(error->text));
	} else {
		report_verdict(check, accepted);
	}
	return radio != WIFI_OK ? radio : result;
}

enum wifi_result wifi_check(const struct wifi_program *program, const struct wifi_options *options, char *const *files,
			    size_t count, struct error *error)
{
	struct file_check check = {.program = program, .options = *options, .crypto = crypto_new()};
	json_t *reports = options->json ? json_array() : NULL;
	enum wifi_result result = WIFI_OK;

	check.options.verdict = &check.verdict;
	if (!check.crypto) {
		error_set(error, 0, "OpenSSL's libcrypto does not work: its default provider is missing");
		result = WIFI_FAILED;
	}
	for (size_t i = 0; i < count && result != WIFI_FAILED; i++) {
		struct error own;
		enum wifi_result of_file;

		check.file = files[i];
		check.verdict = (struct wifi_verdict){0};
		check.report = reports ? json_pack("{s:s}", "file", files[i]) : NULL;
		of_file = check_file(&check, &own);
		if (reports)
			json_array_append_new(reports, check.report);
		if (result == WIFI_OK) {
			result = of_file;
			*error = own;
		} else if (own.text[0]) {
			fprintf(stderr, "%s: %s\n", program->name, own.text);
		}
	}
	if (reports) {
		json_dumpf(reports, stdout, JSON_INDENT(2) | JSON_ENSURE_ASCII);
		putchar('\n');
	}
	json_decref(reports);
	crypto_free(check.crypto);
	return result;
}
