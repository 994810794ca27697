/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process of `vifi ap` and `vifi sta`: files first, so that a mistake in one changes nothing; then, with -B, a child
 * that does the rest while its parent waits to hear how it went; interfaces; privileges given away; the air; the loop.
 */
#include "wifi/wifi.h"

#include "daemon/notify.h"
#include "daemon/privilege.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

struct wifi_process {
	const struct wifi_program *program;
	const struct wifi_options *options;
	struct wifi_log log;
	struct crypto *crypto;
	void **configs; /* one for each file */
	struct wifi *wifi;
	size_t count;
	uv_loop_t loop;
	uv_signal_t sigterm, sigint, sighup, sigusr1;
	int parent_pipe; /* a pipe to it, -1 without one */
};

/* ---- in the background ---- */

/* Returns in the child; the parent ends with what the child says, or with what it ends with. */
static bool daemonize(struct wifi_process *process, struct error *error)
{
	int pipes[2], status;
	unsigned char result;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC) < 0 || (child = fork()) < 0)
		return error_set(error, false, "it cannot go into the background: %s", strerror(errno));
	if (child) {
		close(pipes[1]);
		if (read(pipes[0], &result, 1) == 1)
			_exit(result);
		_exit(waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : WIFI_FAILED);
	}
	close(pipes[0]);
	setsid();
	process->parent_pipe = pipes[1];
	return true;
}

/* Tells the parent that all is well, and lets go of the terminal. */
static void detach_from_parent(struct wifi_process *process)
{
	const unsigned char ok = WIFI_OK;
	int null;

	if (process->parent_pipe < 0)
		return;
	fflush(NULL);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0)
		for (int fd = 0; fd <= 2; fd++)
			dup2(null, fd);
	if (null > 2)
		close(null);
	if (process->log.file == stderr) {
		openlog("vifi", LOG_PID, LOG_DAEMON);
		process->log.use_syslog = true;
	}
	if (chdir("/") < 0)
		wifi_log_printf(&process->log, NULL, "the folder / cannot be entered: %s", strerror(errno));
	if (write(process->parent_pipe, &ok, 1) == 1)
		close(process->parent_pipe);
	process->parent_pipe = -1;
}

static bool write_pid_file(const struct wifi_process *process, struct error *error)
{
	const char *path = process->options->pid_file;
	FILE *file = path[0] ? fopen(path, "we") : NULL;
	bool ok = file && fprintf(file, "%d\n", (int)getpid()) > 0;

	if (file && fclose(file) != 0)
		ok = false;
	return ok || !path[0] || error_set(error, false, "%.200s cannot be written: %s", path, strerror(errno));
}

/* ---- radios ---- */

static bool read_configs(struct wifi_process *process, char *const *files, struct error *error)
{
	for (size_t i = 0; i < process->count; i++) {
		process->configs[i] = process->program->read_config(files[i], process->options, &process->log, error);
		if (!process->configs[i])
			return false;
	}
	return true;
}

static enum wifi_result open_radios(struct wifi_process *process, struct error *error)
{
	enum wifi_result result = WIFI_OK;

	for (size_t i = 0; i < process->count && result == WIFI_OK; i++) {
		struct wifi *wifi = &process->wifi[i];

		process->program->set_networks(process->configs[i], wifi);
		wifi->log = &process->log;
		wifi->air_socket = process->options->air_socket;
		wifi->radio_name = process->options->radio_name;
		if (!wifi_open(wifi, process->crypto, &result, error))
			break;
		result = WIFI_FAILED;
		if (!process->program->create_mlme(process->configs[i], process->crypto, wifi, error))
			break;
		result = WIFI_OK;
	}
	/* Those before it are as if they had not been. */
	for (size_t i = 0; result != WIFI_OK && i < process->count; i++)
		wifi_discard(&process->wifi[i]);
	return result;
}

static bool start_radios(struct wifi_process *process, struct error *error)
{
	for (size_t i = 0; i < process->count; i++)
		if (!wifi_start(&process->wifi[i], &process->loop, error))
			return false;
	return true;
}

/* ---- signals ---- */

static void on_stop_signal(uv_signal_t *signal, int signum)
{
	struct wifi_process *process = signal->data;

	(void)signum;
	uv_stop(&process->loop);
}

static void on_status_signal(uv_signal_t *signal, int signum)
{
	struct wifi_process *process = signal->data;

	(void)signum;
	for (size_t i = 0; i < process->count; i++)
		wifi_log_status(&process->wifi[i]);
}

static void start_signal(struct wifi_process *process, uv_signal_t *signal, uv_signal_cb callback, int signum)
{
	uv_signal_init(&process->loop, signal);
	signal->data = process;
	uv_signal_start(signal, callback, signum);
}

static enum wifi_result run(struct wifi_process *process, struct error *error)
{
	enum wifi_result result = WIFI_OK;

	if (uv_loop_init(&process->loop) < 0)
		return (enum wifi_result)error_set(error, WIFI_FAILED, "the loop cannot be started");
	start_signal(process, &process->sigterm, on_stop_signal, SIGTERM);
	start_signal(process, &process->sigint, on_stop_signal, SIGINT);
	start_signal(process, &process->sighup, on_stop_signal, SIGHUP);
	start_signal(process, &process->sigusr1, on_status_signal, SIGUSR1);
	signal(SIGPIPE, SIG_IGN); /* who read our messages may go */
	if (start_radios(process, error) && write_pid_file(process, error)) {
		detach_from_parent(process);
		notify("READY=1");
		uv_run(&process->loop, UV_RUN_DEFAULT);
		notify("STOPPING=1");
		if (process->options->pid_file[0])
			unlink(process->options->pid_file);
	} else {
		result = WIFI_FAILED;
	}
	for (size_t i = 0; i < process->count; i++) {
		if (wifi_failed(&process->wifi[i]))
			result = (enum wifi_result)error_set(error, WIFI_FAILED, "an interface has gone");
		wifi_stop(&process->wifi[i]);
	}
	uv_close((uv_handle_t *)&process->sigterm, NULL);
	uv_close((uv_handle_t *)&process->sigint, NULL);
	uv_close((uv_handle_t *)&process->sighup, NULL);
	uv_close((uv_handle_t *)&process->sigusr1, NULL);
	uv_run(&process->loop, UV_RUN_DEFAULT);
	uv_loop_close(&process->loop);
	return result;
}

/* ---- all of it ---- */

static enum wifi_result serve(struct wifi_process *process, struct error *error)
{
	enum wifi_result result;
	int ret;

	if (process->options->background && !daemonize(process, error))
		return WIFI_FAILED;
	process->crypto = crypto_new();
	if (!process->crypto)
		return (enum wifi_result)error_set(
			error, WIFI_FAILED, "OpenSSL's libcrypto does not work: its default provider is missing");
	result = open_radios(process, error);
	if (result != WIFI_OK)
		return result;
	ret = privilege_drop_all();
	if (ret < 0)
		wifi_log_printf(&process->log, NULL, "privileges could not be given away: %s", strerror(-ret));
	return run(process, error);
}

static bool open_log(struct wifi_process *process, struct error *error)
{
	process->log = (struct wifi_log){
		.debug = process->options->debug, .timestamps = process->options->timestamps, .file = stderr};
	if (!process->options->log_file[0])
		return true;
	process->log.file = fopen(process->options->log_file, "ae");
	return process->log.file ||
	       error_set(error, false, "%.200s cannot be written: %s", process->options->log_file, strerror(errno));
}

enum wifi_result wifi_main(const struct wifi_program *program, const struct wifi_options *options, char *const *files,
			   size_t count)
{
	struct wifi_process process = {.program = program, .options = options, .parent_pipe = -1, .count = count};
	enum wifi_result result = WIFI_USAGE;
	struct error error = {{0}};

	process.configs = calloc(count, sizeof *process.configs);
	process.wifi = calloc(count, sizeof *process.wifi);
	if (!process.configs || !process.wifi || !open_log(&process, &error))
		result = WIFI_FAILED;
	else if (read_configs(&process, files, &error))
		result = serve(&process, &error);
	if (result != WIFI_OK)
		fprintf(stderr, "%s: %s\n", program->name, error.text);
	for (size_t i = 0; i < count; i++) {
		if (process.wifi)
			wifi_close(&process.wifi[i]);
		if (process.configs && process.configs[i])
			program->free_config(process.configs[i]);
	}
	crypto_free(process.crypto);
	if (process.log.file && process.log.file != stderr)
		fclose(process.log.file);
	free(process.configs);
	free(process.wifi);
	return result;
}
