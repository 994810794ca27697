/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/cmd.h"

#include "crypto/icv.h"
#include "mlme/observer.h"
#include "wire/capture.h"
#include "wire/radiotap.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

struct decrypt_options {
	char ssid[SSID_MAX + 1], passphrase[PASSPHRASE_MAX + 2], out[PATH_MAX];
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
		 "written without those headers and without FCS.",
	.options = options,
};

/* What happened, in numbers. */
struct tally {
	size_t frames, opened, clear, unreadable, dropped[DROP_COUNT];
};

static int fail(int code, const char *what, const char *why)
{
	fprintf(stderr, "vifi decrypt: %s: %s\n", what, why);
	return code;
}

/* The whole file, to be freed; NULL with errno. */
static uint8_t *slurp(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	uint8_t *bytes = NULL, *more;
	size_t room = 0, n = 1;

	for (*len = 0; file && n; *len += n) {
		if (*len == room) {
			room = room ? 2 * room : 1 << 20;
			more = realloc(bytes, room);
			if (!more) {
				free(bytes);
				bytes = NULL;
				errno = ENOMEM;
				break;
			}
			bytes = more;
		}
		n = fread(bytes + *len, 1, room - *len, file);
	}
	if (file && ferror(file)) {
		free(bytes);
		bytes = NULL;
	}
	if (file)
		fclose(file);
	return bytes;
}

/* Most captures have the FCS of frames, few say so: it is there if it is right. */
static size_t without_fcs(const uint8_t *bytes, size_t len, bool said)
{
	uint8_t fcs[ICV_LEN];

	if (len < ICV_LEN + 10)
		return len;
	icv(bytes, len - ICV_LEN, fcs);
	return said || memcmp(fcs, bytes + len - ICV_LEN, ICV_LEN) == 0 ? len - ICV_LEN : len;
}

static bool write_frame(FILE *out, const struct captured *c, const struct frame *f, enum drop d)
{
	struct captured w = {.time_ns = c->time_ns, .bytes = f->data, .len = f->len, .was = f->len};
	char comment[320];
	size_t room;
	uint8_t *block;
	bool ok;

	snprintf(comment, sizeof comment, "%s: %s", drop_name(d), drop_sentence(d));
	room = CAPTURE_ROOM(f->len, strlen(comment));
	block = malloc(room);
	if (!block)
		return false;
	room = capture_frame(block, room, &w, d ? comment : NULL);
	ok = room && fwrite(block, room, 1, out) == 1;
	free(block);
	return ok;
}

/* One frame of the file. Returns false when it cannot be written. */
static bool one(struct observer *o, const struct captured *c, FILE *out, struct tally *t)
{
	struct radio_header r;
	struct frame *f;
	bool opened = false, control, ok;
	enum drop d;

	t->frames++;
	if (!radio_header(&r, c->link, c->bytes, c->len) || r.len == c->len) {
		t->unreadable++;
		return true;
	}
	f = frame_from(c->bytes + r.len, without_fcs(c->bytes + r.len, c->len - r.len, r.fcs && c->len == c->was), 0,
		       0);
	if (!f)
		return false;
	/* Control frames are never protected: they are no failure. */
	control = (f->data[0] & 0x0f) == 0x04;
	d = control ? NOT_DROPPED : observer_see(o, &f, &opened);
	t->opened += opened;
	t->clear += !opened && !d;
	t->dropped[d]++;
	ok = !out || write_frame(out, c, f, d);
	frame_free(f);
	return ok;
}

static void say(const struct tally *t, const struct observer *o)
{
	printf("%zu frames: %zu opened, %zu were in the clear\n", t->frames, t->opened, t->clear);
	for (int d = NOT_DROPPED + 1; d < DROP_COUNT; d++)
		if (t->dropped[d])
			printf("%zu not opened (%s): %s %s\n", t->dropped[d], drop_name((enum drop)d),
			       drop_sentence((enum drop)d), drop_hint((enum drop)d));
	if (t->unreadable)
		printf("%zu are no 802.11 frames, or cut within what stands before the frame\n", t->unreadable);
	if (!observer_fitted(o) && observer_unfitted(o))
		printf("The passphrase fits none of the handshakes in this capture: another network, or a wrong "
		       "passphrase.\n");
	else if (!observer_fitted(o))
		printf("There is no whole handshake in this capture: it must show a station associating.\n");
}

static int decrypt(const struct decrypt_options *o, struct capture *c, const char *path, struct observer *observer)
{
	FILE *out = o->out[0] ? fopen(o->out, "wb") : NULL;
	uint8_t head[CAPTURE_HEAD_ROOM];
	struct tally t = {0};
	struct captured f;
	size_t len = capture_head(head, sizeof head, LINK_DOT11);
	bool ok = !o->out[0] || (out && fwrite(head, len, 1, out) == 1);
	int more = 0;

	while (ok && (more = capture_next(c, &f)) > 0)
		ok = one(observer, &f, out, &t);
	if (out && fclose(out))
		ok = false;
	if (!ok)
		return fail(EXIT_FAILED, o->out[0] ? o->out : path, strerror(errno ? errno : ENOMEM));
	say(&t, observer);
	if (more < 0)
		fprintf(stderr, "vifi decrypt: %s: cut short or damaged at byte %zu; what was before it is done\n",
			path, c->at);
	return more < 0 ? EXIT_FAILED : EXIT_DONE;
}

int cmd_decrypt(int argc, char **argv)
{
	struct decrypt_options o = {0};
	int first = opt_parse(&decrypt_line, argc, argv, &o), code;
	struct crypto *crypto = NULL;
	struct observer *observer = NULL;
	uint8_t pmk[PMK_LEN], *bytes = NULL;
	struct capture c;
	size_t len;

	if (first < 0)
		return first == OPT_HELPED ? EXIT_DONE : EXIT_USAGE;
	if (!o.ssid[0] || !o.passphrase[0])
		return fail(EXIT_USAGE, "-s SSID and -p PASSPHRASE", "both are needed");
	if (strlen(o.passphrase) < PASSPHRASE_MIN || strlen(o.passphrase) > PASSPHRASE_MAX)
		return fail(EXIT_USAGE, "the passphrase", "it must have 8 to 63 characters");
	bytes = slurp(argv[first], &len);
	if (!bytes)
		return fail(EXIT_FAILED, argv[first], strerror(errno));
	crypto = crypto_new();
	if (!capture_open(&c, bytes, len))
		code = fail(EXIT_FAILED, argv[first], "this is no pcap or pcapng file");
	else if (!crypto ||
		 kdf_pmk(crypto, o.passphrase, strlen(o.passphrase), (const uint8_t *)o.ssid, strlen(o.ssid), pmk) ||
		 !(observer = observer_new(crypto, pmk)))
		code = fail(EXIT_FAILED, "libcrypto", "it does not work; look at the installation of OpenSSL");
	else
		code = decrypt(&o, &c, argv[first], observer);
	observer_free(observer);
	crypto_free(crypto);
	crypto_wipe(pmk, sizeof pmk);
	crypto_wipe(&o, sizeof o);
	free(bytes);
	return code;
}
