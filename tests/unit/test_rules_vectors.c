/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays tests/vectors/rules.txt, whose frames and expectations scapy made, over
 * the engine in user space.  The language of the file: tests/vectors/make.py.
 */
#include "unit.h"

#include <libgen.h>
#include <unistd.h>

#include "trial.h"

struct replay {
	FILE *file;
	char line[2 * FRAME_MAX + 200], name[120];
	unsigned number, cases, frames, expectations;
	struct trial t;
	bool open; /* a case has begun */
};

static void complain(const struct replay *r, const char *what)
{
	print_error("rules.txt:%u (%s): %s\n", r->number, r->name, what);
	if (r->open) {
		frame_print("  given", &r->t.in);
		frame_print("  made ", &r->t.f);
	}
	fail();
}

/* Reads hexadecimal digits up to a blank or the end. Returns how many bytes. */
static uint32_t unhex(const struct replay *r, const char *text, uint8_t *to, uint32_t room)
{
	uint32_t n = 0;

	while (text[0] && text[0] != ' ' && text[0] != '\n') {
		unsigned byte = 0;

		if (n == room || sscanf(text, "%2x", &byte) != 1)
			complain(r, "not a frame");
		to[n++] = (uint8_t)byte;
		text += 2;
	}
	return n;
}

static uint8_t set_of(const char *text)
{
	uint8_t set = 0;

	for (; *text && *text != ' '; text++)
		set |= *text == 'a' ? MN_TO_AIR : *text == 'g' ? MN_TO_GUESTS : *text == 'h' ? MN_TO_HOST : 0;
	return set;
}

static void give(struct replay *r, const char *words)
{
	char hook[8];
	unsigned port;
	int at = 0;

	if (sscanf(words, "%7s %u %n", hook, &port, &at) != 2)
		complain(r, "give HOOK PORT HEX");
	r->t.f.len = unhex(r, words + at, r->t.f.b, FRAME_MAX);
	r->t.now += SECOND / 100;
	trial_give(&r->t, hook[0] == 'g' ? MN_FROM_GUEST : hook[0] == 'w' ? MN_FROM_WIRE : MN_FROM_HOST, port, false);
	r->frames++;
}

static void go(struct replay *r, const char *words)
{
	static uint8_t expected[FRAME_MAX];
	const struct mn_work *w = r->t.w;
	char to[8], copy[8];
	uint32_t len;
	int at = 0;

	if (sscanf(words, "%7s %7s %n", to, copy, &at) != 2)
		complain(r, "go TO COPY HEX");
	if (w->drop)
		complain(r, drop_name((enum drop)w->drop));
	if (w->to != set_of(to) || w->copy != set_of(copy))
		complain(r, "it goes elsewhere");
	len = unhex(r, words + at, expected, sizeof(expected));
	if (w->to && (len != r->t.f.len || memcmp(expected, r->t.f.b, len))) {
		static struct frame e;

		memcpy(e.b, expected, len);
		e.len = len;
		frame_print("  scapy", &e);
		complain(r, "another frame than scapy's");
	}
	r->expectations++;
}

static void learn(struct replay *r, const char *words)
{
	uint8_t mac[6], address[16];
	const struct mn_binding *b;
	char *rest;
	uint32_t len;

	if (unhex(r, words, mac, 6) != 6)
		complain(r, "learn MAC ADDRESS PORT");
	len = unhex(r, words + 13, address, 16);
	b = len == 4 ? trial_find4(&r->t, address) : trial_find6(&r->t, address);
	if (!b || memcmp(b->mac, mac, 6) || b->port != strtoul(words + 13 + 2 * len, &rest, 10))
		complain(r, "it was not learned");
	r->expectations++;
}

static bool word(const char *line, const char *first, const char **rest)
{
	size_t n = strlen(first);

	if (strncmp(line, first, n) || (line[n] != ' ' && line[n] != '\0'))
		return false;
	*rest = line + n + (line[n] == ' ');
	return true;
}

static void act(struct replay *r)
{
	const char *rest;

	if (word(r->line, "case", &rest)) {
		if (r->open)
			trial_end(&r->t);
		trial_init(&r->t);
		r->open = true;
		r->cases++;
		snprintf(r->name, sizeof(r->name), "%.100s", rest);
	} else if (!r->open) {
		complain(r, "no case has begun");
	} else if (word(r->line, "chaddr", &rest)) {
		mn_engine_config(r->t.e)->flags = MN_C_CHADDR;
	} else if (word(r->line, "give", &rest)) {
		give(r, rest);
	} else if (word(r->line, "go", &rest)) {
		go(r, rest);
	} else if (word(r->line, "learn", &rest)) {
		learn(r, rest);
	} else if (word(r->line, "drop", &rest)) {
		if (strcmp(drop_name((enum drop)r->t.w->drop), rest))
			complain(r, drop_name((enum drop)r->t.w->drop));
		r->expectations++;
	} else {
		complain(r, "what is that?");
	}
}

/* Every frame of the file cut at every length, by every hook: the laws hold, and nothing but a drop is made of less than its headers. */
static void cut_at_every_length(struct replay *r, const char *words)
{
	static struct frame whole;
	char hook[8];
	unsigned port;
	int at = 0;

	if (sscanf(words, "%7s %u %n", hook, &port, &at) != 2)
		complain(r, "give HOOK PORT HEX");
	whole.len = unhex(r, words + at, whole.b, FRAME_MAX);
	for (uint32_t len = 0; len <= whole.len; len++)
		for (int h = 0; h < MN_HOOKS; h++) {
			memcpy(r->t.f.b, whole.b, len);
			r->t.f.len = len;
			r->t.now += SECOND / 10;
			trial_give(&r->t, (enum mn_hook)h, port, false);
			if (len < 14 && h != MN_FROM_PORT)
				assert_int_equal(r->t.w->drop, DROP_TRUNCATED);
			r->frames++;
		}
}

static void open_vectors(struct replay *r)
{
	char exe[2048], path[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	assert_true(n > 0);
	exe[n] = 0;
	snprintf(path, sizeof(path), "%s/../tests/vectors/rules.txt", dirname(exe));
	r->file = fopen(path, "r");
	assert_non_null(r->file);
}

static void every_truncation(void **state)
{
	static struct replay r;
	const char *rest;

	(void)state;
	open_vectors(&r);
	trial_init(&r.t);
	trial_hear_all(&r.t);
	while (fgets(r.line, sizeof(r.line), r.file)) {
		r.line[strcspn(r.line, "\n")] = 0;
		if (word(r.line, "give", &rest))
			cut_at_every_length(&r, rest);
	}
	fclose(r.file);
	trial_end(&r.t);
	printf("  %u frames\n", r.frames);
	assert_true(r.frames > 20000);
}

static void vectors_of_scapy(void **state)
{
	static struct replay r;

	(void)state;
	open_vectors(&r);
	while (fgets(r.line, sizeof(r.line), r.file)) {
		r.number++;
		r.line[strcspn(r.line, "\n")] = 0;
		if (r.line[0] != '#')
			act(&r);
	}
	fclose(r.file);
	if (r.open)
		trial_end(&r.t);
	printf("  %u cases, %u frames, %u expectations\n", r.cases, r.frames, r.expectations);
	assert_true(r.cases >= 60 && r.expectations >= 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(vectors_of_scapy), cmocka_unit_test(every_truncation)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
