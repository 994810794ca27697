/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"
#include "cli/file.h"

#include "decrypt/decrypt.h"
#include "conf/wpa_conf.h"

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
	char ssid[SSID_MAX + 1], passphrase[PASSPHRASE_MAX + 2], config[PATH_MAX], out[PATH_MAX];
	struct text_psk pmk;
	bool json;
	uint32_t threads;
};

static bool read_pmk(void *field, size_t size, const char *value, struct why *why)
{
	(void)size;
	return text_pmk(field, value, why);
}

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
	{.name = "pmk",
	 .letter = 'k',
	 .argument = "PMK",
	 .type = OPT_OTHER,
	 OPT_FIELD(struct decrypt_options, pmk),
	 .read = read_pmk,
	 .help = "in place of the passphrase, the PMK, of 64 hexadecimal digits: a PSK, or what SAE, OWE or 802.1X "
		 "agreed on; it needs no SSID, but for fast BSS transition"},
	{.name = "config",
	 .letter = 'c',
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct decrypt_options, config),
	 .help = "take the keys of all networks of a wpa_supplicant.conf, where nobody else sees them; also "
		 "WEP keys"},
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
	.about = "FILE is a pcap or pcapng file of 802.11 frames, with radiotap, PPI, Prism or AVS headers or without. "
		 "It must "
		 "hold "
		 "the handshake (message 2, and 1 or 3) of each station whose frames are to be opened, or the "
		 "reassociation of one that came over by fast BSS transition (FT-PSK). Direct links (TDLS) are opened "
		 "too. Frames are written as they came, headers and times included, but without FCS.",
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
	else if (!t->fitted && !t->opened)
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

/* Whose keys we have.  It holds secrets: networks_free(). */
struct networks {
	struct observer_network *list;
	size_t count;
	struct wpa_conf conf;
};

static void networks_free(struct networks *n)
{
	if (n->list)
		crypto_wipe(n->list, n->count * sizeof *n->list);
	free(n->list);
	wpa_conf_free(&n->conf);
}

static void add_network(struct networks *n, const void *ssid, size_t ssid_len, const uint8_t *pmk)
{
	struct observer_network *new = &n->list[n->count++];

	memcpy(new->ssid, ssid, ssid_len);
	new->ssid_len = ssid_len;
	memcpy(new->pmk, pmk, PMK_LEN);
}

static void add_configured(struct networks *n, const struct sta_network *s)
{
	if (!s->open) {
		add_network(n, s->ssid, s->ssid_len, s->pmk);
	} else if (s->wep != CIPHERS) {
		struct observer_network *new = &n->list[n->count++];

		*new = (struct observer_network){.is_wep = true, .wep = s->wep};
		memcpy(new->wep_key, s->wep_key, sizeof new->wep_key);
	}
}

/* Those of the command line and of the file.  Returns false and why. */
static bool networks_of(struct networks *n, const struct decrypt_options *o, struct crypto *c, struct why *why)
{
	size_t ssid_len = strlen(o->ssid);
	struct sta_setup setup = {0};
	uint8_t pmk[PMK_LEN];
	bool ok =
		!o->config[0] || (wpa_conf_load(&n->conf, o->config, why) && wpa_conf_setup(&n->conf, c, &setup, why));

	if (!ok)
		return false;
	n->list = calloc(setup.network_count + 2, sizeof *n->list);
	if (!n->list)
		return why_set(why, false, "no memory");
	if (o->passphrase[0]) {
		ok = !kdf_pmk(c, o->passphrase, strlen(o->passphrase), (const uint8_t *)o->ssid, ssid_len, pmk);
		if (ok)
			add_network(n, o->ssid, ssid_len, pmk);
		else
			why_set(why, false, "libcrypto does not work; look at the installation of OpenSSL");
	}
	if (o->pmk.set)
		add_network(n, o->ssid, ssid_len, o->pmk.pmk);
	for (size_t i = 0; i < setup.network_count; i++)
		add_configured(n, &setup.networks[i]);
	crypto_wipe(pmk, sizeof pmk);
	return ok;
}

static int decrypt(const struct decrypt_options *o, const struct capture *c, const char *path, struct crypto *crypto,
		   const struct networks *networks)
{
	unsigned threads = o->threads ? o->threads : threads_for(c->len);
	struct sink *out = o->out[0] ? sink_open(o->out, 2 * threads) : NULL;
	struct decrypt_tally tally;
	struct decrypt *d;
	size_t said = 0, at;
	int n, e;

	if (o->out[0] && !out)
		return fail(EXIT_FAILED, o->out, strerror(errno));
	d = decrypt_new(crypto, networks->list, networks->count, c, out, threads);
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
	struct networks networks = {0};
	struct why why = {0};
	struct capture c;
	struct file file;

	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	if (!o.passphrase[0] && !o.pmk.set && !o.config[0])
		return fail(EXIT_USAGE, "-s SSID and -p PASSPHRASE",
			    "both are needed, or -k PMK, or -c wpa_supplicant.conf");
	if (o.passphrase[0] && !o.ssid[0])
		return fail(EXIT_USAGE, "-s SSID", "it is needed: the key is made of both the SSID and the passphrase");
	if (o.passphrase[0] && (strlen(o.passphrase) < PASSPHRASE_MIN || strlen(o.passphrase) > PASSPHRASE_MAX))
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
		code = fail(
			EXIT_FAILED, argv[first],
			file.len > 1 && file.bytes[0] == 0x1f && file.bytes[1] == 0x8b
				? "this is compressed; gunzip it first, or give it what zcat makes of it: /dev/stdin"
				: "this is no pcap or pcapng file");
	else if (!crypto)
		code = fail(EXIT_FAILED, "libcrypto", "it does not work; look at the installation of OpenSSL");
	else if (!networks_of(&networks, &o, crypto, &why))
		code = fail(EXIT_USAGE, "no key", why.text);
	else
		code = decrypt(&o, &c, argv[first], crypto, &networks);
	networks_free(&networks);
	crypto_free(crypto);
	crypto_wipe(&o, sizeof o);
	file_close(&file);
	return code;
}
