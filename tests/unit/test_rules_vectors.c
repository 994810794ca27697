/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replays tests/vectors/rules.txt, with frames and expectations made by scapy, in the user-space engine.
 * tests/vectors/make.py describes the format.
 */
#include "unit.h"

#include <libgen.h>
#include <unistd.h>

#include "harness.h"

struct vector_replay {
	FILE *file;
	char line[2 * FRAME_MAX + 200], name[120];
	unsigned number, cases, frames, expectations;
	struct harness harness;
	bool open; /* a case has begun */
};

static void fail_at_line(const struct vector_replay *replay, const char *what)
{
	print_error("rules.txt:%u (%s): %s\n", replay->number, replay->name, what);
	if (replay->open) {
		frame_print("  given", &replay->harness.input);
		frame_print("  made ", &replay->harness.frame);
	}
	fail();
}

/* Reads hexadecimal digits up to a blank or the end. Returns the number of bytes. */
static uint32_t unhex(const struct vector_replay *replay, const char *text, uint8_t *to, uint32_t room)
{
	uint32_t len = 0;

	while (text[0] && text[0] != ' ' && text[0] != '\n') {
		unsigned byte = 0;

		if (len == room || sscanf(text, "%2x", &byte) != 1)
			fail_at_line(replay, "not a frame");
		to[len++] = (uint8_t)byte;
		text += 2;
	}
	return len;
}

static uint8_t set_number(const char *text)
{
	uint8_t set = 0;

	for (; *text && *text != ' '; text++)
		set |= *text == 'a' ? MN_TO_UPLINK : *text == 'g' ? MN_TO_GUESTS : *text == 'h' ? MN_TO_HOST : 0;
	return set;
}

static void run_frame(struct vector_replay *replay, const char *words)
{
	char hook[8];
	unsigned port;
	int at = 0;

	if (sscanf(words, "%7s %u %n", hook, &port, &at) != 2)
		fail_at_line(replay, "give HOOK PORT HEX");
	replay->harness.frame.len = unhex(replay, words + at, replay->harness.frame.bytes, FRAME_MAX);
	replay->harness.now += SECOND / 100;
	harness_run(&replay->harness,
		    hook[0] == 'g'   ? MN_FROM_GUEST
		    : hook[0] == 'w' ? MN_FROM_WIRE
				     : MN_FROM_HOST,
		    port, false);
	replay->frames++;
}

static void expect_frame(struct vector_replay *replay, const char *words)
{
	static uint8_t expected[FRAME_MAX];
	const struct mn_context *ctx = replay->harness.verdict;
	char to[8], copy[8];
	uint32_t len;
	int at = 0;

	if (sscanf(words, "%7s %7s %n", to, copy, &at) != 2)
		fail_at_line(replay, "go TO COPY HEX");
	if (ctx->drop)
		fail_at_line(replay, drop_name((enum drop)ctx->drop));
	if (ctx->send_to != set_number(to) || ctx->copy_to != set_number(copy))
		fail_at_line(replay, "it goes elsewhere");
	len = unhex(replay, words + at, expected, sizeof(expected));
	if (ctx->send_to && (len != replay->harness.frame.len || memcmp(expected, replay->harness.frame.bytes, len))) {
		static struct raw_frame frame;

		memcpy(frame.bytes, expected, len);
		frame.len = len;
		frame_print("  scapy", &frame);
		fail_at_line(replay, "another frame than scapy's");
	}
	replay->expectations++;
}

static void expect_binding(struct vector_replay *replay, const char *words)
{
	uint8_t mac[6], address[16];
	const struct mn_binding *binding;
	char *rest;
	uint32_t len;

	if (unhex(replay, words, mac, 6) != 6)
		fail_at_line(replay, "learn MAC ADDRESS PORT");
	len = unhex(replay, words + 13, address, 16);
	binding = len == 4 ? harness_find4(&replay->harness, address) : harness_find6(&replay->harness, address);
	if (!binding || memcmp(binding->mac, mac, 6) || binding->port != strtoul(words + 13 + 2 * len, &rest, 10))
		fail_at_line(replay, "it was not learned");
	replay->expectations++;
}

static bool match_word(const char *line, const char *first, const char **rest)
{
	size_t len = strlen(first);

	if (strncmp(line, first, len) || (line[len] != ' ' && line[len] != '\0'))
		return false;
	*rest = line + len + (line[len] == ' ');
	return true;
}

static void run_line(struct vector_replay *replay)
{
	const char *rest;

	if (match_word(replay->line, "case", &rest)) {
		if (replay->open)
			harness_free(&replay->harness);
		harness_init(&replay->harness);
		replay->open = true;
		replay->cases++;
		snprintf(replay->name, sizeof(replay->name), "%.100s", rest);
	} else if (!replay->open) {
		fail_at_line(replay, "no case has begun");
	} else if (match_word(replay->line, "chaddr", &rest)) {
		mn_engine_config(replay->harness.engine)->flags = MN_CONFIG_CHADDR;
	} else if (match_word(replay->line, "services", &rest)) {
		mn_engine_config(replay->harness.engine)->guest_services = MN_SERVICES_ALL;
	} else if (match_word(replay->line, "give", &rest)) {
		run_frame(replay, rest);
	} else if (match_word(replay->line, "go", &rest)) {
		expect_frame(replay, rest);
	} else if (match_word(replay->line, "wait", &rest)) {
		replay->harness.now += strtoul(rest, NULL, 10) * SECOND;
	} else if (match_word(replay->line, "learn", &rest)) {
		expect_binding(replay, rest);
	} else if (match_word(replay->line, "drop", &rest)) {
		if (strcmp(drop_name((enum drop)replay->harness.verdict->drop), rest))
			fail_at_line(replay, drop_name((enum drop)replay->harness.verdict->drop));
		replay->expectations++;
	} else {
		fail_at_line(replay, "what is that?");
	}
}

/*
 * Every frame of the file, truncated to every length, on every hook: the invariants hold, and a frame shorter than its
 * headers is dropped.
 */
static void cut_at_every_length(struct vector_replay *replay, const char *words)
{
	static struct raw_frame whole;
	char hook[8];
	unsigned port;
	int at = 0;

	if (sscanf(words, "%7s %u %n", hook, &port, &at) != 2)
		fail_at_line(replay, "give HOOK PORT HEX");
	whole.len = unhex(replay, words + at, whole.bytes, FRAME_MAX);
	for (uint32_t len = 0; len <= whole.len; len++)
		for (int hook_index = 0; hook_index < MN_HOOKS; hook_index++) {
			memcpy(replay->harness.frame.bytes, whole.bytes, len);
			replay->harness.frame.len = len;
			replay->harness.now += SECOND / 10;
			harness_run(&replay->harness, (enum mn_hook)hook_index, port, false);
			if (len < 14 && hook_index != MN_FROM_PORT)
				assert_int_equal(replay->harness.verdict->drop, DROP_TRUNCATED);
			replay->frames++;
		}
}

static void open_vectors(struct vector_replay *replay)
{
	char exe[2048], path[4096];
	ssize_t len = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	assert_true(len > 0);
	exe[len] = 0;
	snprintf(path, sizeof(path), "%s/../tests/vectors/rules.txt", dirname(exe));
	replay->file = fopen(path, "r");
	assert_non_null(replay->file);
}

static void truncated_vectors_keep_invariants(void **state)
{
	static struct vector_replay replay;
	const char *rest;

	(void)state;
	open_vectors(&replay);
	harness_init(&replay.harness);
	harness_learn_all(&replay.harness);
	while (fgets(replay.line, sizeof(replay.line), replay.file)) {
		replay.line[strcspn(replay.line, "\n")] = 0;
		if (match_word(replay.line, "give", &rest))
			cut_at_every_length(&replay, rest);
	}
	fclose(replay.file);
	harness_free(&replay.harness);
	printf("  %u frames\n", replay.frames);
	assert_true(replay.frames > 20000);
}

static void scapy_vectors_match(void **state)
{
	static struct vector_replay replay;

	(void)state;
	open_vectors(&replay);
	while (fgets(replay.line, sizeof(replay.line), replay.file)) {
		replay.number++;
		replay.line[strcspn(replay.line, "\n")] = 0;
		if (replay.line[0] != '#')
			run_line(&replay);
	}
	fclose(replay.file);
	if (replay.open)
		harness_free(&replay.harness);
	printf("  %u cases, %u frames, %u expectations\n", replay.cases, replay.frames, replay.expectations);
	assert_true(replay.cases >= 60 && replay.expectations >= 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(scapy_vectors_match),
					   cmocka_unit_test(truncated_vectors_keep_invariants)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
