/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"
#include "cli/file.h"

#include "base/text.h"
#include "conf/wpa_conf.h"
#include "daemon/sandbox.h"
#include "daemon/secrets.h"
#include "decrypt/decrypt.h"
#include "decrypt/unpack.h"
#include "decrypt/words.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct decrypt_pmk {
	uint8_t bytes[PMK_MAX];
	uint8_t len; /* 0: not given */
};

struct decrypt_options {
	char ssid[SSID_MAX + 1], passphrase[PASSPHRASE_MAX + 2], config[PATH_MAX], out[PATH_MAX];
	struct decrypt_pmk pmk;
	bool json;
	uint32_t threads;
};

static bool read_pmk(void *field, size_t size, const char *value, struct error *error)
{
	struct decrypt_pmk *pmk = field;
	size_t digits = strlen(value);

	(void)size;
	if ((digits != 64 && digits != 96 && digits != 128) || !hex_parse(pmk->bytes, digits / 2, value))
		return error_set(error, false,
				 "the PMK has %zu characters; it must have 64, 96 or 128 hexadecimal digits", digits);
	pmk->len = (uint8_t)(digits / 2);
	return true;
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
	 .help = "the passphrase, 8 to 63 characters; other users of this machine can see it in the process list"},
	{.name = "pmk",
	 .letter = 'k',
	 .argument = "PMK",
	 .type = OPT_CUSTOM,
	 OPT_FIELD(struct decrypt_options, pmk),
	 .read = read_pmk,
	 .help = "instead of the passphrase, the PMK, 64 hexadecimal digits: a PSK, or the PMK of an SAE, OWE or "
		 "802.1X exchange; 96 or 128 with groups 20 and 21 of SAE-EXT-KEY and OWE; needs the SSID only for "
		 "fast BSS transition"},
	{.name = "config",
	 .letter = 'c',
	 .argument = "FILE",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct decrypt_options, config),
	 .help = "read the keys of all networks of a wpa_supplicant.conf, also WEP keys; unlike options, they are not "
		 "visible to other users"},
	{.name = "write",
	 .letter = 'w',
	 .argument = "OUT",
	 .type = OPT_TEXT,
	 OPT_FIELD(struct decrypt_options, out),
	 .help = "write all frames to OUT in pcapng: decrypted where possible, otherwise with the reason as a comment"},
	{.name = "threads",
	 .argument = "N",
	 .type = OPT_NUMBER,
	 OPT_FIELD(struct decrypt_options, threads),
	 .min = 1,
	 .max = DECRYPT_THREADS,
	 .help = "the number of threads, which does not change the output; the default is one per processor, up to 8"},
	{.name = "json",
	 .letter = 'j',
	 .type = OPT_FLAG,
	 OPT_FIELD(struct decrypt_options, json),
	 .help = "print JSON; /usr/share/vifi/decrypt.schema.json describes it"},
	{0},
};

const struct opt_command decrypt_command = {
	.name = "vifi decrypt",
	.operands = "FILE",
	.min_operands = 1,
	.max_operands = 1,
	.summary = "decrypt the WPA and WPA2 frames of a capture",
	.description = "FILE is a pcap or pcapng file, perhaps compressed by gzip or zstd, of 802.11 frames, with "
		       "radiotap, PPI, Prism or AVS headers or "
		       "without. It must contain the 4-way handshake (message 2, and 1 or 3) of each station whose "
		       "frames are to be decrypted, or the reassociation of a station that has roamed by fast BSS "
		       "transition (FT-PSK; FT-SAE with the SSID and the PMK). Direct links (TDLS) are decrypted, too. "
		       "Output frames keep their headers and "
		       "timestamps, but not the FCS.",
	.options = options,
};

static int fail(int code, const char *subject, const char *reason)
{
	fprintf(stderr, "vifi decrypt: %s: %s\n", subject, reason);
	return code;
}

/* Returns whether both names are one file: truncating it would invalidate the mapping. */
static bool same_file(const char *path, const char *other)
{
	struct stat first, second;

	return stat(path, &first) == 0 && stat(other, &second) == 0 && S_ISREG(first.st_mode) &&
	       first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static void print_dropped(enum drop reason, size_t count)
{
	const char *hint = decrypt_hint(reason);

	printf("%zu not decrypted (%s): %s%s%s\n", count, drop_name(reason), drop_sentence(reason), hint ? " " : "",
	       hint ? hint : "");
}

static bool is_wifi_link(uint32_t link)
{
	return link == LINKTYPE_IEEE802_11 || link == LINKTYPE_RADIOTAP || link == LINKTYPE_PRISM ||
	       link == LINKTYPE_AVS || link == LINKTYPE_PPI;
}

static void print_unreadable(const struct decrypt_tally *tally)
{
	const char *name = decrypt_link_name(tally->unreadable_link);

	if (is_wifi_link(tally->unreadable_link))
		printf("%zu records are not 802.11 frames, or are truncated within the radio header\n",
		       tally->unreadable);
	else
		printf("%zu records are not 802.11 frames: their link type is %s (%u). Capture on an interface in "
		       "monitor mode, or with tcpdump -I\n",
		       tally->unreadable, name ? name : "another one", tally->unreadable_link);
}

/* What the keys of the command line lack. */
static void print_advice(const struct decrypt_tally *tally)
{
	if (tally->wep)
		printf("%zu of the frames that were not decrypted are encrypted by WEP, which has no handshake: write "
		       "the "
		       "key "
		       "to a file (network={, ssid=\"…\", key_mgmt=NONE, wep_key0=…, }), and give it by -c\n",
		       tally->wep);
	if (!tally->handshakes_matched && tally->handshakes_unmatched)
		printf("The passphrase matches no handshake of this capture: it belongs to another network, or is "
		       "wrong.\n");
	else if (!tally->handshakes_matched && !tally->opened && !tally->wep)
		printf("The capture has no complete handshake: it must contain the association of a station.\n");
}

static void print_tally(const struct decrypt_tally *tally)
{
	printf("%zu frames: %zu decrypted, %zu unprotected\n", tally->frames, tally->opened, tally->clear);
	for (int reason = NOT_DROPPED + 1; reason < DROP_COUNT; reason++)
		if (tally->dropped[reason])
			print_dropped((enum drop)reason, tally->dropped[reason]);
	if (tally->undeclared)
		printf("%zu frames were skipped: the file does not declare their interfaces, or declares more than "
		       "%d\n",
		       tally->undeclared, CAPTURE_INTERFACES_MAX);
	if (tally->unreadable)
		print_unreadable(tally);
	print_advice(tally);
}

static bool print_tally_json(const struct decrypt_tally *tally)
{
	json_t *dropped = json_object(), *json;
	bool ok;

	for (int reason = NOT_DROPPED + 1; reason < DROP_COUNT; reason++)
		if (tally->dropped[reason])
			json_object_set_new(dropped, drop_name((enum drop)reason),
					    json_integer((json_int_t)tally->dropped[reason]));
	json = json_pack("{s:I, s:I, s:I, s:I, s:I, s:o, s:{s:I, s:I}}", "frames", (json_int_t)tally->frames, "opened",
			 (json_int_t)tally->opened, "clear", (json_int_t)tally->clear, "unreadable",
			 (json_int_t)tally->unreadable, "undeclared", (json_int_t)tally->undeclared, "not_opened",
			 dropped, "handshakes", "fitted", (json_int_t)tally->handshakes_matched, "unfitted",
			 (json_int_t)tally->handshakes_unmatched);
	if (json && tally->unreadable)
		json_object_set_new(json, "unreadable_link_type", json_integer(tally->unreadable_link));
	if (json && tally->wep)
		json_object_set_new(json, "wep_without_key", json_integer((json_int_t)tally->wep));
	ok = json && json_dumpf(json, stdout, JSON_INDENT(2)) == 0 && putchar('\n') != EOF;
	json_decref(json);
	return ok;
}

/* Prints the progress every 256 MiB, so that a file that takes a second prints none. */
static void print_progress(size_t at, size_t len, size_t *reported_at)
{
	if (at - *reported_at < (size_t)256 << 20)
		return;
	*reported_at = at;
	fprintf(stderr, "\r%3zu %%", at / (len / 100 + 1));
}

/* The available processors, but fewer for a small file, which is done before more threads have started. */
static unsigned default_threads(size_t len)
{
	enum { THREADS_MAX = 8, BYTES_PER_THREAD = 4 << 20 };
	unsigned count = 1;
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		count = (unsigned)CPU_COUNT(&set);
	if (count > THREADS_MAX)
		count = THREADS_MAX;
	return count > 1 + len / BYTES_PER_THREAD ? 1 + (unsigned)(len / BYTES_PER_THREAD) : count;
}

/* The networks whose keys are known. They hold secrets; networks_free() wipes them. */
struct decrypt_networks {
	struct observer_network *list; /* of secrets_alloc() */
	size_t count, room;
};

static void networks_free(struct decrypt_networks *networks)
{
	secrets_free(networks->list, networks->room * sizeof(*networks->list));
}

static void add_network(struct decrypt_networks *networks, const void *ssid, size_t ssid_len, const uint8_t *pmk,
			size_t pmk_len)
{
	struct observer_network *new = &networks->list[networks->count++];

	memcpy(new->ssid, ssid, ssid_len);
	new->ssid_len = ssid_len;
	memcpy(new->pmk, pmk, pmk_len);
	new->pmk_len = (uint8_t)pmk_len;
}

static void add_configured(struct decrypt_networks *networks, const struct sta_network *network)
{
	if (!network->open) {
		add_network(networks, network->ssid, network->ssid_len, network->pmk, PMK_LEN);
	} else if (network->wep != CIPHER_NONE) {
		struct observer_network *new = &networks->list[networks->count++];

		*new = (struct observer_network){.is_wep = true, .wep = network->wep};
		memcpy(new->wep_key, network->wep_key, sizeof(new->wep_key));
	}
}

/* Adds the networks of the command line, whose passphrase it wipes, and of a file. Returns false with an error. */
static bool add_networks(struct decrypt_networks *networks, struct decrypt_options *opts, const struct sta_setup *setup,
			 struct crypto *crypto, struct error *error)
{
	size_t ssid_len = strlen(opts->ssid);
	uint8_t pmk[PMK_LEN];
	bool ok = true;

	networks->room = setup->network_count + 2;
	networks->list = secrets_alloc(networks->room * sizeof(*networks->list));
	if (!networks->list)
		return error_set(error, false, "no memory");
	if (opts->passphrase[0]) {
		ok = !kdf_pmk(crypto, opts->passphrase, strlen(opts->passphrase), (const uint8_t *)opts->ssid, ssid_len,
			      pmk);
		if (ok)
			add_network(networks, opts->ssid, ssid_len, pmk, PMK_LEN);
		else
			error_set(error, false, "libcrypto does not work; check the installation of OpenSSL");
		crypto_wipe(opts->passphrase, sizeof(opts->passphrase));
	}
	if (opts->pmk.len)
		add_network(networks, opts->ssid, ssid_len, opts->pmk.bytes, opts->pmk.len);
	for (size_t i = 0; i < setup->network_count; i++)
		add_configured(networks, &setup->networks[i]);
	crypto_wipe(pmk, sizeof(pmk));
	return ok;
}

/* Reads the networks of the command line and of the file. Returns false with an error. */
static bool load_networks(struct decrypt_networks *networks, struct decrypt_options *opts, struct crypto *crypto,
			  struct error *error)
{
	struct sta_setup setup = {0};
	struct wpa_conf conf = {0};
	bool ok = !opts->config[0] ||
		  (wpa_conf_load(&conf, opts->config, error) && wpa_conf_setup(&conf, crypto, &setup, error));

	ok = ok && add_networks(networks, opts, &setup, crypto, error);
	wpa_conf_free(&conf);
	return ok;
}

/* From here on the process parses what strangers sent. It keeps its descriptors and no privilege. */
static void confine(void)
{
	const struct sandbox sandbox = {.calls = SANDBOX_THREADS};
	struct error error;

	if (sandbox_enter(&sandbox, &error) < 0)
		fprintf(stderr, "vifi decrypt: not fully confined: %s\n", error.text);
}

/* A capture, which may be compressed. */
struct decrypt_input {
	const char *path;
	const uint8_t *bytes;
	size_t len;
	enum unpack_format format;
	uint8_t *unpacked; /* NULL: not compressed */
	bool damaged;      /* the rest could not be decompressed */
	struct capture capture;
};

/* Half of the memory: a larger capture is better decompressed into a file. */
static size_t unpack_max(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

	return pages > 0 && size > 0 ? (size_t)pages / 2 * (size_t)size : (size_t)1 << 30;
}

/* Decompresses the input. Returns EXIT_DONE or EXIT_FAILED. */
static int unpack_input(struct decrypt_input *input)
{
	size_t len;
	int err = unpack(input->format, input->bytes, input->len, unpack_max(), &input->unpacked, &len);

	input->damaged = err == -EBADMSG;
	if (err == -EFBIG || err == -ENOMEM) {
		fprintf(stderr,
			"vifi decrypt: %s: needs too much memory when decompressed; decompress it into a file: %s\n",
			input->path, unpack_command(input->format));
		return EXIT_FAILED;
	}
	if (capture_open(&input->capture, input->unpacked, len))
		return EXIT_DONE;
	fprintf(stderr, "vifi decrypt: %s: %s\n", input->path,
		len < 24 && input->damaged ? "the compressed data are damaged"
					   : "compressed, but not a pcap or pcapng file");
	return EXIT_FAILED;
}

static void report_damage(const struct decrypt_input *input, size_t at)
{
	if (input->damaged)
		fprintf(stderr,
			"vifi decrypt: %s: the compressed data are truncated or damaged; the frames before that are "
			"processed\n",
			input->path);
	else
		fprintf(stderr,
			"vifi decrypt: %s: truncated or damaged at byte %zu%s; the frames before it are processed\n",
			input->path, at, input->unpacked ? " of the decompressed file" : "");
}

static int decrypt_capture(const struct decrypt_options *opts, struct decrypt_input *input, struct crypto *crypto,
			   const struct decrypt_networks *networks)
{
	unsigned threads = opts->threads ? opts->threads : default_threads(input->len);
	struct writer *out = opts->out[0] ? writer_open(opts->out, 2 * threads) : NULL;
	struct capture *capture = &input->capture;
	struct decrypt_tally tally;
	struct decrypt *decrypt;
	size_t reported_at = 0, at;
	int ret, err;

	if (opts->out[0] && !out)
		return fail(EXIT_FAILED, opts->out, strerror(errno));
	/* Load what the threads need, and cannot open then: for TKIP and WEP, for many frames at once. */
	crypto_has_rc4(crypto);
	crypto_has_multibuffer(crypto);
	confine();
	if (input->format && unpack_input(input) != EXIT_DONE) {
		writer_close(out);
		return EXIT_FAILED;
	}
	decrypt = decrypt_new(crypto, networks->list, networks->count, capture, out, threads);
	ret = decrypt ? 1 : -ENOMEM;
	while (ret > 0) {
		ret = decrypt_next(decrypt);
		if (isatty(STDERR_FILENO))
			print_progress(decrypt_offset(decrypt), capture->len, &reported_at);
	}
	if (reported_at)
		fprintf(stderr, "\r     \r");
	err = writer_close(out);
	if (!err && ret < 0 && ret != -EBADMSG)
		err = ret;
	if (err) {
		decrypt_free(decrypt);
		return fail(EXIT_FAILED, opts->out[0] ? opts->out : input->path, strerror(-err));
	}
	tally = decrypt_tally(decrypt);
	at = decrypt_offset(decrypt);
	decrypt_free(decrypt);
	if (!opts->json)
		print_tally(&tally);
	else if (!print_tally_json(&tally))
		ret = fail(EXIT_FAILED, "standard output", "cannot write the result");
	if (ret == -EBADMSG || input->damaged)
		report_damage(input, at);
	return ret || input->damaged ? EXIT_FAILED : EXIT_DONE;
}

static const struct opt_command *const page_commands[] = {&decrypt_command, NULL};

static const struct opt_section sections[] = {
	{"EXIT STATUS",
	 "*0*\n\tSuccess, also if no frame could be decrypted.\n\n"
	 "*1*\n\tFailure; standard error has the reason. For a truncated or damaged capture, the frames before the "
	 "damage are processed.\n\n"
	 "*2*\n\tThe command line or the configuration is invalid."},
	{"EXAMPLES",
	 "Decrypt a capture of the network home, and look at it:\n\n"
	 "```\nvifi decrypt -s home -p 'correct horse' -w clear.pcapng air.pcapng\nwireshark clear.pcapng\n```\n\n"
	 "The same with the keys of a file:\n\n"
	 "```\nvifi decrypt -c laptop.conf -w clear.pcapng air.pcapng\n```"},
	{"SEE ALSO", "*vifi*(8), *vifi-air*(8), *vifi-ap*(8), *vifi-bridge*(8), *vifi-doctor*(8), *vifi-metrics*(8), "
		     "*vifi-setup*(8), *vifi-sta*(8), *vifi-top*(8), *vifi-trace*(8), *vifi-why*(8)"},
	{0},
};

static const struct opt_page page = {
	.name = "vifi-decrypt",
	.section = 8,
	.summary = "decrypt the WPA and WPA2 frames of a capture",
	.description = "Decrypts frames of Wi-Fi networks whose keys are given, and reports for every other frame why "
		       "it was not decrypted. It needs no privileges, and drops those that it has: root becomes the "
		       "user vifi, or, where that user does not exist, the first unused user ID from 65520 to 65533.",
	.commands = page_commands,
	.sections = sections,
};

/* Checks the options before any file is opened. Returns EXIT_DONE or EXIT_USAGE. */
static int check_options(const struct decrypt_options *opts, const char *path)
{
	size_t len = strlen(opts->passphrase);

	if (!len && !opts->pmk.len && !opts->config[0])
		return fail(EXIT_USAGE, "missing key", "give -s SSID and -p PASSPHRASE, or -k PMK, or -c FILE");
	if (len && !opts->ssid[0])
		return fail(EXIT_USAGE, "missing SSID", "-p needs -s SSID, too: the key is derived from both");
	if (len && (len < PASSPHRASE_MIN || len > PASSPHRASE_MAX))
		return fail(EXIT_USAGE, "invalid passphrase", "it must have 8 to 63 characters");
	if (!strcmp(opts->out, "-"))
		return fail(EXIT_USAGE, "--write -", "standard output has the summary; name a file");
	if (opts->out[0] && same_file(path, opts->out))
		return fail(EXIT_USAGE, opts->out, "this is the capture itself; write to another file");
	return EXIT_DONE;
}

/* Is it a capture, or a compressed file? Returns EXIT_DONE or EXIT_FAILED. */
static int recognise(struct decrypt_input *input)
{
	input->format = unpack_recognise(input->bytes, input->len);
	if (!input->format)
		return capture_open(&input->capture, input->bytes, input->len)
			       ? EXIT_DONE
			       : fail(EXIT_FAILED, input->path, "not a pcap or pcapng file");
	if (unpack_is_supported(input->format))
		return EXIT_DONE;
	fprintf(stderr, "vifi decrypt: %s: compressed by %s; decompress it: %s %s | vifi decrypt … /dev/stdin\n",
		input->path, unpack_name(input->format), unpack_command(input->format), input->path);
	return EXIT_FAILED;
}

static int decrypt_file(struct decrypt_options *opts, const struct input_file *file, const char *path)
{
	struct decrypt_input input = {.path = path, .bytes = file->bytes, .len = file->len};
	struct decrypt_networks networks = {0};
	struct crypto *crypto = crypto_new();
	struct error error = {0};
	int code = recognise(&input);

	if (code == EXIT_DONE && !crypto)
		code = fail(EXIT_FAILED, "libcrypto", "does not work; check the installation of OpenSSL");
	if (code == EXIT_DONE && !load_networks(&networks, opts, crypto, &error))
		code = fail(EXIT_USAGE, "no key", error.text);
	if (code == EXIT_DONE)
		code = decrypt_capture(opts, &input, crypto, &networks);
	free(input.unpacked);
	networks_free(&networks);
	crypto_free(crypto);
	return code;
}

/* Wipes the secrets from the first `count` words of the command line, which the list of processes shows. */
static void hide_arguments(char **argv, int count, const struct decrypt_options *opts)
{
	char pmk[HEX_TEXT(PMK_MAX)];
	const char *secrets[] = {opts->passphrase,
				 opts->pmk.len ? hex_format(pmk, opts->pmk.bytes, opts->pmk.len) : ""};

	for (int i = 1; i < count; i++)
		for (int j = 0; j < 2; j++) {
			size_t len = strlen(argv[i]), secret_len = strlen(secrets[j]);

			if (secret_len && len >= secret_len && !strcasecmp(argv[i] + len - secret_len, secrets[j]))
				crypto_wipe(argv[i] + len - secret_len, secret_len);
		}
	crypto_wipe(pmk, sizeof(pmk));
}

int cmd_decrypt(int argc, char **argv)
{
	struct decrypt_options opts = {0};
	struct input_file file;
	int first, code;

	if (command_prints_man(&page, argc, argv))
		return EXIT_DONE;
	secrets_hide();
	first = opt_parse(&decrypt_command, argc, argv, &opts);
	if (first < 0)
		return first == OPT_HELP ? EXIT_DONE : EXIT_USAGE;
	hide_arguments(argv, first, &opts);
	code = check_options(&opts, argv[first]);
	if (code == EXIT_DONE) {
		if (input_file_map(&file, argv[first]))
			code = decrypt_file(&opts, &file, argv[first]);
		else
			code = fail(EXIT_FAILED, argv[first], strerror(errno));
		input_file_close(&file);
	}
	crypto_wipe(&opts, sizeof(opts));
	return code;
}
