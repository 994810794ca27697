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

struct process {
	const struct wifi_program *program;
	const struct wifi_options *options;
	struct wifi_log log;
	struct crypto *crypto;
	void **read; /* one for each file */
	struct wifi *wifi;
	size_t count;
	uv_loop_t loop;
	uv_signal_t term, interrupt, hangup, show;
	int parent; /* a pipe to it, -1 without one */
};

/* ---- in the background ---- */

/* Returns in the child; the parent ends with what the child says, or with what it ends with. */
static bool into_background(struct process *p, struct why *why)
{
	int pipes[2], status;
	unsigned char result;
	pid_t child;

	if (pipe2(pipes, O_CLOEXEC) < 0 || (child = fork()) < 0)
		return why_set(why, false, "it cannot go into the background: %s", strerror(errno));
	if (child) {
		close(pipes[1]);
		if (read(pipes[0], &result, 1) == 1)
			_exit(result);
		_exit(waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : WIFI_FAILED);
	}
	close(pipes[0]);
	setsid();
	p->parent = pipes[1];
	return true;
}

/* Tells the parent that all is well, and lets go of the terminal. */
static void let_go(struct process *p)
{
	const unsigned char ok = WIFI_OK;
	int null;

	if (p->parent < 0)
		return;
	fflush(NULL);
	null = open("/dev/null", O_RDWR | O_CLOEXEC);
	if (null >= 0)
		for (int fd = 0; fd <= 2; fd++)
			dup2(null, fd);
	if (null > 2)
		close(null);
	if (p->log.to == stderr) {
		openlog("vifi", LOG_PID, LOG_DAEMON);
		p->log.system = true;
	}
	if (chdir("/") < 0)
		wifi_say(&p->log, NULL, "the folder / cannot be entered: %s", strerror(errno));
	if (write(p->parent, &ok, 1) == 1)
		close(p->parent);
	p->parent = -1;
}

static bool write_pid(const struct process *p, struct why *why)
{
	const char *path = p->options->pid_file;
	FILE *f = path[0] ? fopen(path, "we") : NULL;
	bool ok = f && fprintf(f, "%d\n", (int)getpid()) > 0;

	if (f && fclose(f) != 0)
		ok = false;
	return ok || !path[0] || why_set(why, false, "%.200s cannot be written: %s", path, strerror(errno));
}

/* ---- radios ---- */

static bool read_files(struct process *p, char *const *files, struct why *why)
{
	for (size_t i = 0; i < p->count; i++) {
		p->read[i] = p->program->read(files[i], p->options, &p->log, why);
		if (!p->read[i])
			return false;
	}
	return true;
}

static enum wifi_result open_radios(struct process *p, struct why *why)
{
	enum wifi_result result = WIFI_OK;

	for (size_t i = 0; i < p->count && result == WIFI_OK; i++) {
		struct wifi *w = &p->wifi[i];

		p->program->networks(p->read[i], w);
		w->log = &p->log;
		w->air = p->options->air;
		w->name = p->options->name;
		if (!wifi_open(w, p->crypto, &result, why))
			break;
		result = WIFI_FAILED;
		if (!p->program->machine(p->read[i], p->crypto, w, why))
			break;
		result = WIFI_OK;
	}
	/* Those before it are as if they had not been. */
	for (size_t i = 0; result != WIFI_OK && i < p->count; i++)
		wifi_discard(&p->wifi[i]);
	return result;
}

static bool start_radios(struct process *p, struct why *why)
{
	for (size_t i = 0; i < p->count; i++)
		if (!wifi_start(&p->wifi[i], &p->loop, why))
			return false;
	return true;
}

/* ---- signals ---- */

static void on_end(uv_signal_t *s, int number)
{
	struct process *p = s->data;

	(void)number;
	uv_stop(&p->loop);
}

static void on_show(uv_signal_t *s, int number)
{
	struct process *p = s->data;

	(void)number;
	for (size_t i = 0; i < p->count; i++)
		wifi_show(&p->wifi[i]);
}

static void watch(struct process *p, uv_signal_t *s, uv_signal_cb then, int number)
{
	uv_signal_init(&p->loop, s);
	s->data = p;
	uv_signal_start(s, then, number);
}

static enum wifi_result run(struct process *p, struct why *why)
{
	enum wifi_result result = WIFI_OK;

	if (uv_loop_init(&p->loop) < 0)
		return (enum wifi_result)why_set(why, WIFI_FAILED, "the loop cannot be started");
	watch(p, &p->term, on_end, SIGTERM);
	watch(p, &p->interrupt, on_end, SIGINT);
	watch(p, &p->hangup, on_end, SIGHUP);
	watch(p, &p->show, on_show, SIGUSR1);
	signal(SIGPIPE, SIG_IGN); /* who read our messages may go */
	if (start_radios(p, why) && write_pid(p, why)) {
		let_go(p);
		notify("READY=1");
		uv_run(&p->loop, UV_RUN_DEFAULT);
		notify("STOPPING=1");
		if (p->options->pid_file[0])
			unlink(p->options->pid_file);
	} else {
		result = WIFI_FAILED;
	}
	for (size_t i = 0; i < p->count; i++) {
		if (wifi_failed(&p->wifi[i]))
			result = (enum wifi_result)why_set(why, WIFI_FAILED, "an interface has gone");
		wifi_stop(&p->wifi[i]);
	}
	uv_close((uv_handle_t *)&p->term, NULL);
	uv_close((uv_handle_t *)&p->interrupt, NULL);
	uv_close((uv_handle_t *)&p->hangup, NULL);
	uv_close((uv_handle_t *)&p->show, NULL);
	uv_run(&p->loop, UV_RUN_DEFAULT);
	uv_loop_close(&p->loop);
	return result;
}

/* ---- all of it ---- */

static enum wifi_result serve(struct process *p, struct why *why)
{
	enum wifi_result result;
	int r;

	if (p->options->background && !into_background(p, why))
		return WIFI_FAILED;
	p->crypto = crypto_new();
	if (!p->crypto)
		return (enum wifi_result)why_set(why, WIFI_FAILED,
						 "OpenSSL's libcrypto does not work: its default provider is missing");
	result = open_radios(p, why);
	if (result != WIFI_OK)
		return result;
	r = privilege_drop_all();
	if (r < 0)
		wifi_say(&p->log, NULL, "privileges could not be given away: %s", strerror(-r));
	return run(p, why);
}

static bool open_log(struct process *p, struct why *why)
{
	p->log = (struct wifi_log){.debug = p->options->debug, .timestamps = p->options->timestamps, .to = stderr};
	if (!p->options->log_file[0])
		return true;
	p->log.to = fopen(p->options->log_file, "ae");
	return p->log.to || why_set(why, false, "%.200s cannot be written: %s", p->options->log_file, strerror(errno));
}

enum wifi_result wifi_main(const struct wifi_program *program, const struct wifi_options *options, char *const *files,
			   size_t count)
{
	struct process p = {.program = program, .options = options, .parent = -1, .count = count};
	enum wifi_result result = WIFI_USAGE;
	struct why why = {{0}};

	p.read = calloc(count, sizeof *p.read);
	p.wifi = calloc(count, sizeof *p.wifi);
	if (!p.read || !p.wifi || !open_log(&p, &why))
		result = WIFI_FAILED;
	else if (read_files(&p, files, &why))
		result = serve(&p, &why);
	if (result != WIFI_OK)
		fprintf(stderr, "%s: %s\n", program->name, why.text);
	for (size_t i = 0; i < count; i++) {
		if (p.wifi)
			wifi_close(&p.wifi[i]);
		if (p.read && p.read[i])
			program->forget(p.read[i]);
	}
	crypto_free(p.crypto);
	if (p.log.to && p.log.to != stderr)
		fclose(p.log.to);
	free(p.read);
	free(p.wifi);
	return result;
}
