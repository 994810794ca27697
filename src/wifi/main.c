/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The process of `vifi ap` and `vifi sta`. It reads the files first, so that an error in one of them changes nothing;
 * then, with -B, it forks, and the parent waits until the child has started or failed. It creates the interfaces, connects
 * to the medium, confines itself to what it has opened, joins the medium and runs the loop.
 */
#include "wifi/check.h"
#include "wifi/report.h"

#include "conf/wifi_text.h"
#include "daemon/notify.h"
#include "daemon/sandbox.h"
#include "wifi/recorder.h"
#include "daemon/secrets.h"
#include "mlme/ap_track.h"
#include "rsn/ft_store.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <linux/capability.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#define FT_ENTRIES_MAX 4096

struct wifi_process {
	const struct wifi_program *program;
	const struct wifi_options *options;
	struct wifi_log log;
	struct crypto *crypto;
	struct ft_store ft_store; /* of all access points */
	struct ap_process aps;
	void **configs; /* one per file */
	char *const *files;
	struct wifi *wifi;
	size_t count;
	struct wifi_host host;
	void *control;              /* NULL: none */
	struct wifi_report *report; /* NULL: none */
	uv_loop_t loop;
	uv_signal_t sigterm, sigint, sighup, sigusr1;
	bool stopped;
	FILE *pid_file;  /* NULL: none */
	int null_fd;     /* replaces the terminal; -1 in the foreground */
	int parent_pipe; /* to the waiting parent; -1: there is none */
};

/* ---- background ---- */

/* Returns in the child. The parent exits with the result that the child writes, or with the child's exit code. */
static bool daemonize(struct wifi_process *process, struct error *error)
{
	int pipes[2], status;
	unsigned char result;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC) < 0 || (child = fork()) < 0) {
		error_set(error, -errno, "cannot run in the background: %s", strerror(errno));
		return false;
	}
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

/* Tells the parent that the start succeeded, and releases the terminal. */
static void detach_from_parent(struct wifi_process *process)
{
	const unsigned char ok = WIFI_OK;

	if (process->parent_pipe < 0)
		return;
	fflush(NULL);
	if (process->null_fd >= 0)
		for (int fd = 0; fd <= 2; fd++)
			dup2(process->null_fd, fd);
	if (process->null_fd > 2)
		close(process->null_fd);
	process->null_fd = -1;
	process->log.use_syslog = process->log.file == stderr;
	if (write(process->parent_pipe, &ok, 1) == 1)
		close(process->parent_pipe);
	process->parent_pipe = -1;
}

/* Opens what the confined process needs later and could not open then. */
static bool open_files(struct wifi_process *process, struct error *error)
{
	const char *path = process->options->pid_file;

	process->pid_file = path[0] ? fopen(path, "we") : NULL;
	if (path[0] && !process->pid_file) {
		error_set(error, -errno, "cannot write %.200s: %s", path, strerror(errno));
		return false;
	}
	if (process->parent_pipe < 0)
		return true;
	process->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	tzset(); /* syslog() needs the time zone */
	if (process->log.file == stderr)
		openlog("vifi", LOG_PID | LOG_NDELAY, LOG_DAEMON);
	if (chdir("/") < 0)
		wifi_log_printf(&process->log, NULL, "cannot change to the folder /: %s", strerror(errno));
	return true;
}

static bool write_pid_file(const struct wifi_process *process, struct error *error)
{
	FILE *file = process->pid_file;

	if (!file || (fprintf(file, "%d\n", (int)getpid()) > 0 && fflush(file) == 0))
		return true;
	error_set(error, -errno, "cannot write %.200s: %s", process->options->pid_file, strerror(errno));
	return false;
}

/*
 * Last of all: a script that has waited for the file to go away may use the interfaces and sockets again. The service user can
 * remove the file only from a folder of its own; elsewhere an empty file remains.
 */
static void remove_pid_file(struct wifi_process *process)
{
	if (!process->pid_file)
		return;
	if (unlink(process->options->pid_file) < 0 && ftruncate(fileno(process->pid_file), 0) < 0)
		wifi_log_printf(&process->log, NULL, "cannot remove %.200s: %s", process->options->pid_file,
				strerror(errno));
	fclose(process->pid_file);
	process->pid_file = NULL;
}

/*
 * Loads the library if a radio on the medium encrypts here, or may be added later: the confined process cannot open it.
 */
static void load_ciphers(struct wifi_process *process)
{
	bool encrypts = process->count == 0;

	for (size_t i = 0; i < process->count; i++)
		encrypts |= !process->wifi[i].use_driver;
	if (encrypts)
		crypto_has_multibuffer(process->crypto);
}

/* From here on the process parses what strangers send. It keeps its descriptors and no privilege. */
static void confine(struct wifi_process *process)
{
	char folder[sizeof(process->options->pid_file)];
	struct sandbox sandbox = {.calls = SANDBOX_UNIX | SANDBOX_TAP};
	struct error error;

	load_ciphers(process);
	for (size_t i = 0; i < process->count; i++)
		if (process->wifi[i].use_driver || process->wifi[i].monitor)
			sandbox.capabilities = UINT64_C(1) << CAP_NET_ADMIN; /* of each request to nl80211 */

	strcpy(folder, process->options->pid_file);
	if (folder[0] == '/' || (folder[0] && !process->options->background)) /* else that is left behind */
		sandbox_permit_removal(&sandbox, dirname(folder));
	if (process->control)
		process->program->confine_control(process->control, &sandbox);
	if (process->report)
		wifi_report_confine(&sandbox);
	wifi_recorder_confine(&sandbox);
	if (secrets_lock(&error) < 0)
		wifi_log_printf(&process->log, NULL, "%s", error.text);
	if (sandbox_enter(&sandbox, &error) < 0)
		wifi_log_printf(&process->log, NULL, "not fully confined: %s", error.text);
}

/* ---- radios ---- */

void wifi_log_warnings(struct wifi_log *log, const struct text_warnings *warnings, const struct wifi_options *options)
{
	for (size_t i = 0; i < warnings->count; i++)
		wifi_log_printf(log, NULL, "%s", warnings->list[i].text);
	if (options->verdict)
		*options->verdict = (struct wifi_verdict){warnings->stock_refuses, warnings->stock_accepts};
}

static bool read_configs(struct wifi_process *process, char *const *files, struct error *error)
{
	for (size_t i = 0; i < process->count; i++) {
		process->configs[i] = process->program->read_config(files[i], process->options, &process->log, error);
		if (!process->configs[i])
			return false;
	}
	return true;
}

static enum wifi_result open_radio(struct wifi_process *process, size_t index, struct error *error)
{
	struct wifi *wifi = &process->wifi[index];
	enum wifi_result result;

	process->program->set_networks(process->configs[index], wifi);
	wifi->log = &process->log;
	wifi->ft_store = &process->ft_store;
	wifi->aps = &process->aps;
	wifi->air_socket = process->options->air_socket;
	wifi->monitor_name = process->options->monitor;
	wifi->recorder_mode = (enum trace_mode)process->options->recorder;
	wifi->recorder_size = process->options->recorder_size;
	wifi->radio_name = process->options->radio_name;
	result = wifi_open_interfaces(wifi, process->crypto, error);
	if (result != WIFI_OK)
		return result;
	return process->program->create_mlme(process->configs[index], process->crypto, wifi, error);
}

static enum wifi_result open_radios(struct wifi_process *process, struct error *error)
{
	enum wifi_result result = WIFI_OK;

	for (size_t i = 0; i < process->count && result == WIFI_OK; i++)
		result = open_radio(process, i, error);
	/* A failed start leaves nothing behind. */
	for (size_t i = 0; result != WIFI_OK && i < process->count; i++)
		wifi_discard_interfaces(&process->wifi[i]);
	return result;
}

/* Connects all radios to the medium. */
static bool start_radios(struct wifi_process *process, struct error *error)
{
	for (size_t i = 0; i < process->count; i++)
		if (!wifi_start(&process->wifi[i], &process->loop, error))
			return false;
	return true;
}

/* Waits until all radios have joined the medium. A signal ends the wait. */
static bool await_radios(struct wifi_process *process, struct error *error)
{
	for (size_t i = 0; i < process->count; i++) {
		int joined = 0;

		while (!process->stopped && (joined = wifi_join_result(&process->wifi[i], error)) == 0)
			uv_run(&process->loop, UV_RUN_ONCE);
		if (joined < 0)
			return false;
	}
	return true;
}

/* ---- signals ---- */

static void on_stop_signal(uv_signal_t *signal, int signum)
{
	struct wifi_process *process = signal->data;

	(void)signum;
	process->stopped = true;
	uv_stop(&process->loop);
}

static void on_reload_signal(uv_signal_t *signal, int signum)
{
	struct wifi_process *process = signal->data;

	if (!process->control) {
		on_stop_signal(signal, signum);
		return;
	}
	notify("RELOADING=1");
	process->program->reload(process->control);
	notify("READY=1");
}

static void on_status_signal(uv_signal_t *signal, int signum)
{
	struct wifi_process *process = signal->data;

	(void)signum;
	if (process->control && process->program->radio) { /* those of the global socket, too */
		struct wifi *wifi;

		for (size_t i = 0; (wifi = process->program->radio(process->control, i)); i++)
			if (wifi->mlme)
				wifi_log_status(wifi);
		return;
	}
	for (size_t i = 0; i < process->count; i++)
		wifi_log_status(&process->wifi[i]);
}

static void start_signal(struct wifi_process *process, uv_signal_t *signal, uv_signal_cb callback, int signum)
{
	uv_signal_init(&process->loop, signal);
	signal->data = process;
	uv_signal_start(signal, callback, signum);
}

static void start_signals(struct wifi_process *process)
{
	start_signal(process, &process->sigterm, on_stop_signal, SIGTERM);
	start_signal(process, &process->sigint, on_stop_signal, SIGINT);
	start_signal(process, &process->sighup, on_reload_signal, SIGHUP);
	start_signal(process, &process->sigusr1, on_status_signal, SIGUSR1);
	signal(SIGPIPE, SIG_IGN); /* the reader of the log can exit */
}

static void close_handles(struct wifi_process *process)
{
	uv_close((uv_handle_t *)&process->sigterm, NULL);
	uv_close((uv_handle_t *)&process->sigint, NULL);
	uv_close((uv_handle_t *)&process->sighup, NULL);
	uv_close((uv_handle_t *)&process->sigusr1, NULL);
	uv_run(&process->loop, UV_RUN_DEFAULT);
	uv_loop_close(&process->loop);
}

static bool open_control(struct wifi_process *process, struct error *error)
{
	if (!process->program->open_control)
		return true;
	process->host = (struct wifi_host){.options = process->options,
					   .log = &process->log,
					   .crypto = process->crypto,
					   .ft_store = &process->ft_store,
					   .aps = &process->aps,
					   .loop = &process->loop,
					   .radios = process->wifi,
					   .configs = process->configs,
					   .files = process->files,
					   .count = process->count};
	process->control = process->program->open_control(&process->host, error);
	return process->control;
}

/* Without it `vifi why` knows less: no reason to end. */
static void open_report(struct wifi_process *process)
{
	const struct wifi_program *program = process->program;
	struct error error;

	process->report = wifi_report_open(&process->loop, program, process->control,
					   process->count ? process->wifi[0].networks[0].interface : "global", &error);
	if (!process->report)
		wifi_log_printf(&process->log, NULL, "`vifi why` will have less information: %s", error.text);
}

/* Returns whether the radios have joined and the parent, if there is one, has been told. */
static bool start(struct wifi_process *process, struct error *error)
{
	if (!start_radios(process, error) || !open_control(process, error) || !open_files(process, error))
		return false;
	if (process->control)
		open_report(process);
	confine(process);
	if (!await_radios(process, error) || !write_pid_file(process, error))
		return false;
	if (process->control)
		process->program->control_ready(process->control);
	detach_from_parent(process);
	return true;
}

/* Until a signal, or until a radio has failed that nothing can replace. */
static void run_loop(struct wifi_process *process)
{
	bool goes_on = true;

	while (goes_on && !process->stopped && !process->host.stopped) {
		uv_run(&process->loop, UV_RUN_DEFAULT);
		goes_on = process->control && process->program->control_failed(process->control);
	}
}

static enum wifi_result run(struct wifi_process *process, struct error *error)
{
	enum wifi_result result = WIFI_OK;

	if (uv_loop_init(&process->loop) < 0) {
		error_set(error, -ENOMEM, "cannot start the event loop");
		return WIFI_FAILED;
	}
	start_signals(process);
	if (start(process, error)) {
		notify("READY=1");
		run_loop(process);
		notify("STOPPING=1");
	} else {
		result = WIFI_FAILED;
	}
	for (size_t i = 0; i < process->count; i++) {
		if (wifi_failed(&process->wifi[i])) {
			error_set(error, -ENODEV, "an interface was deleted");
			result = WIFI_FAILED;
		}
	}
	wifi_report_close(process->report);
	if (process->control)
		process->program->close_control(process->control);
	for (size_t i = 0; i < process->count; i++)
		wifi_stop(&process->wifi[i]);
	close_handles(process);
	remove_pid_file(process);
	return result;
}

/* ---- the process ---- */

static bool start_crypto(struct wifi_process *process, struct error *error)
{
	uint8_t secret[FT_SECRET_LEN];

	if (getrandom(secret, sizeof(secret), 0) != sizeof(secret))
		return error_set(error, false,
				 "the kernel does not give random numbers; is the system call getrandom() blocked?");
	ft_store_init(&process->ft_store, secret, FT_ENTRIES_MAX);
	crypto_wipe(secret, sizeof(secret));
	process->crypto = crypto_new();
	return process->crypto ||
	       error_set(error, false, "OpenSSL's libcrypto does not work: its default provider is missing");
}

static enum wifi_result serve(struct wifi_process *process, struct error *error)
{
	enum wifi_result result;

	if (process->options->background && !daemonize(process, error))
		return WIFI_FAILED;
	if (!start_crypto(process, error))
		return WIFI_FAILED;
	result = open_radios(process, error);
	return result == WIFI_OK ? run(process, error) : result;
}

static bool open_log(struct wifi_process *process, struct error *error)
{
	process->log = (struct wifi_log){
		.debug = process->options->debug, .timestamps = process->options->timestamps, .file = stderr};
	if (!process->options->log_file[0])
		return true;
	process->log.file = fopen(process->options->log_file, "ae");
	process->log.path = process->options->log_file;
	if (process->log.file)
		return true;
	error_set(error, -errno, "cannot write %.200s: %s", process->options->log_file, strerror(errno));
	return false;
}

/*
 * The tables for stations, keys and bindings are as long as they may become, and mostly empty. malloc() gives them memory of
 * their own, of which only the pages in use exist, as long as its threshold stays where it is: by default each large block
 * that is freed raises it. calloc() clears, and so uses, what was left at the end of the heap: leave little there.
 */
static void save_memory(void)
{
#ifdef M_MMAP_THRESHOLD /* not in musl, whose threshold stays where it is */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	mallopt(M_TOP_PAD, 16 << 10);
#endif
}

enum wifi_result wifi_main(const struct wifi_program *program, const struct wifi_options *options, char *const *files,
			   size_t count)
{
	struct wifi_process process = {.program = program,
				       .options = options,
				       .parent_pipe = -1,
				       .null_fd = -1,
				       .files = files,
				       .count = count};
	enum wifi_result result = WIFI_USAGE;
	struct error error;

	error_set(&error, -ENOMEM, "no memory");
	save_memory();
	secrets_hide();
	secrets_wipe_json();
	process.configs = calloc(count + 1, sizeof(*process.configs));
	process.wifi = calloc(count + 1, sizeof(*process.wifi));
	if (!process.configs || !process.wifi || !open_log(&process, &error))
		result = WIFI_FAILED;
	else if (options->check)
		result = wifi_check(program, options, files, count, &error);
	else if (read_configs(&process, files, &error))
		result = serve(&process, &error);
	if (result != WIFI_OK && error.text[0])
		fprintf(stderr, "%s: %s\n", program->name, error.text);
	for (size_t i = 0; i < count; i++) {
		if (process.wifi) {
			wifi_close_interfaces(&process.wifi[i]);
			wifi_free(&process.wifi[i]);
		}
		if (process.configs && process.configs[i])
			program->free_config(process.configs[i]);
	}
	ft_store_free(&process.ft_store);
	crypto_free(process.crypto);
	if (process.log.file && process.log.file != stderr)
		fclose(process.log.file);
	free(process.configs);
	free(process.wifi);
	return result;
}
