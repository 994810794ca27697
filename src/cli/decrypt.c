/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"
#include "cli/file.h"

#include "app/decrypt.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct decrypt_options {
	char ssid[SSID_MAX + 1], passphrase[PASSPHRASE_MAX + 2], out[PATH_MAX];
	bool json;
	uint32_t threads;
};

static const struct opt options[] = {
	{.name = "ssid",
	 .letter = 's',
	 .argument = "SSID",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct decrypt_options, ssid),
	 .help = "the name of the network"},
	{.name = "passphrase",
	 .letter = 'p',
	 .argument = "PASSPHRASE",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct decrypt_options, passphrase),
	 .help = "its passphrase, of 8 to 63 characters; others on this machine can see it in the list of processes"},
	{.name = "write",
	 .letter = 'w',
	 .argument = "OUT",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct decrypt_options, out),
	 .help = "write all frames to OUT, as pcapng: opened where that was possible, else with the reason as a "
		 "comment"},
	{.name = "threads",
	 .argument = "N",
	 .type = OPT_NUMBER,
	 OPT_FIELD(struct decrypt_options, threads),
	 .min = 1,
	 .max = DECRYPT_THREADS,
	 .help = "open frames on so many threads, which makes no difference to the output; without this, one for each "
		 "processor there is, up to 8"},
	{.name = "json",
	 .letter = 'j',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct decrypt_options, json),
	 .help = "print JSON"},
	{0},
};

const struct opt_command decrypt_line = {
	.name = "vifi decrypt",
	.operands = "FILE",
	.least = 1,
	.most = 1,
	.sentence = "open the WPA and WPA2 frames of a capture",
	.about = "FILE is a pcap or pcapng file of 802.11 frames, with radiotap or Prism headers or without. It must "
		 "hold "
		 "the handshake (message 2, and 1 or 3) of each station whose frames are to be opened. Frames are "
		 "written as they came, headers and times included, but without FCS.",
	.options = options,
};

static int fail(int code, const char *what, const char *why)
{
	fprintf(stderr, "vifi decrypt: %s: %s\n", what, why);
	return code;
}

/* Do both names mean one file?  Making it anew would take away what is mapped. */
static bool same_file(const char *path, const char *other)
{
	struct stat a, b;

	return stat(path, &a) == 0 && stat(other, &b) == 0 && S_ISREG(a.st_mode) && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

static void say(const struct decrypt_tally *t)
{
	printf("%zu frames: %zu opened, %zu were in the clear\n", t->frames, t->opened, t->clear);
	for (int d = NOT_DROPPED + 1; d < DROP_COUNT; d++)
		if (t->dropped[d])
			printf("%zu not opened (%s): %s %s\n", t->dropped[d], drop_name((enum drop)d),
			       drop_sentence((enum drop)d), drop_hint((enum drop)d));
	if (t->unreadable)
		printf("%zu are no 802.11 frames, or cut within what stands before the frame\n", t->unreadable);
	if (!t->fitted && t->unfitted)
		printf("The passphrase fits none of the handshakes in this capture: another network, or a wrong "
		       "passphrase.\n");
	else if (!t->fitted)
		printf("There is no whole handshake in this capture: it must show a station associating.\n");
}

static bool say_json(const struct decrypt_tally *t)
{
	json_t *dropped = json_object(), *all;
	bool ok;

	for (int d = NOT_DROPPED + 1; d < DROP_COUNT; d++)
		if (t->dropped[d])
			json_object_set_new(dropped, drop_name((enum drop)d), json_integer((json_int_t)t->dropped[d]));
	all = json_pack("{s:I, s:I, s:I, s:I, s:o, s:{s:I, s:I}}", "frames", (json_int_t)t->frames, "opened",
			(json_int_t)t->opened, "clear", (json_int_t)t->clear, "unreadable", (json_int_t)t->unreadable,
			"not_opened", dropped, "handshakes", "fitted", (json_int_t)t->fitted, "unfitted",
			(json_int_t)t->unfitted);
	ok = all && json_dumpf(all, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
	json_decref(all);
	return ok;
}

/* How far it is, for a person who waits; a file that is read in a second says nothing. */
static void progress(size_t at, size_t len, size_t *said)
{
	if (at - *said < (size_t)256 << 20)
		return;
	*said = at;
	fprintf(stderr, "\r%3zu %%", at / (len / 100 + 1));
}

/* Processors that we may run on; a file of some megabytes is opened before others have begun. */
static unsigned threads_for(size_t len)
{
	enum { MOST = 8, WORTH = 4 << 20 };
	unsigned n = 1;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof set, &set) == 0)
		n = (unsigned)CPU_COUNT(&set);
	if (n > MOST)
		n = MOST;
	return n > 1 + len / WORTH ? 1 + (unsigned)(len / WORTH) : n;
}

static int decrypt(const struct decrypt_options *o, const struct capture *c, const char *path, struct crypto *crypto,
		   const uint8_t pmk[PMK_LEN])
{
	unsigned threads = o->threads ? o->threads : threads_for(c->len);
	struct sink *out = o->out[0] ? sink_open(o->out, 2 * threads) : NULL;
	struct decrypt_tally tally;
	struct decrypt *d;
	size_t said = 0, at;
	int n, e;

	if (o->out[0] && !out)
		return fail(EXIT_FAILED, o->out, strerror(errno));
	d = decrypt_new(crypto, pmk, c, out, threads);
	n = d ? 1 : -ENOMEM;
	while (n > 0) {
		n = decrypt_some(d);
		if (isatty(STDERR_FILENO))
			progress(decrypt_at(d), c->len, &said);
	}
	if (said)
		fprintf(stderr, "\r     \r");
	e = sink_close(out);
	if (!e && n < 0 && n != -EBADMSG)
		e = n;
	if (e) {
		decrypt_free(d);
		return fail(EXIT_FAILED, o->out[0] ? o->out : path, strerror(-e));
	}
	tally = decrypt_tally(d);
	at = decrypt_at(d);
	decrypt_free(d);
	if (!o->json)
		say(&tally);
	else if (!say_json(&tally))
		n = fail(EXIT_FAILED, "standard output", "it cannot be written");
	if (n == -EBADMSG)
		fprintf(stderr, "vifi decrypt: %s: cut short or damaged at byte %zu; what was before it is done\n",
			path, at);
	return n ? EXIT_FAILED : EXIT_DONE;
}

int cmd_decrypt(int argc, char **argv)
{
	struct decrypt_options o = {0};
	int first = opt_parse(&decrypt_line, argc, argv, &o), code;
	struct crypto *crypto = NULL;
	uint8_t pmk[PMK_LEN];
	struct capture c;
	struct file file;

	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	if (!o.ssid[0] || !o.passphrase[0])
		return fail(EXIT_USAGE, "-s SSID and -p PASSPHRASE", "both are needed");
	if (strlen(o.passphrase) < PASSPHRASE_MIN || strlen(o.passphrase) > PASSPHRASE_MAX)
		return fail(EXIT_USAGE, "the passphrase", "it must have 8 to 63 characters");
	if (o.out[0] && same_file(argv[first], o.out))
		return fail(EXIT_USAGE, o.out, "it is the capture itself; write to another file");
	if (!file_map(&file, argv[first])) {
		code = fail(EXIT_FAILED, argv[first], strerror(errno));
		file_close(&file);
		return code;
	}
	crypto = crypto_new();
	if (!capture_open(&c, file.bytes, file.len))
		code = fail(EXIT_FAILED, argv[first], "this is no pcap or pcapng file");
	else if (!crypto ||
		 kdf_pmk(crypto, o.passphrase, strlen(o.passphrase), (const uint8_t *)o.ssid, strlen(o.ssid), pmk))
		code = fail(EXIT_FAILED, "libcrypto", "it does not work; look at the installation of OpenSSL");
	else
		code = decrypt(&o, &c, argv[first], crypto, pmk);
	crypto_free(crypto);
	crypto_wipe(pmk, sizeof pmk);
	crypto_wipe(&o, sizeof o);
	file_close(&file);
	return code;
}
