/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include "hex.h"
#include "air/medium/protocol.h"

static const uint8_t frame[30] = {8, 1};

static const struct {
	struct air_message m;
	const char *head;
} messages[] = {
	{{.kind = AIR_HELLO, .magic = AIR_MAGIC, .version = 1, .bytes = (const uint8_t *)"ap1", .len = 3},
	 "0900 01 00 76616972 0100"},
	{{.kind = AIR_ADDRESSES, .bytes = frame, .len = 12}, "0c00 02 00"},
	{{.kind = AIR_ADDRESSES}, "0000 02 00"},
	{{.kind = AIR_TUNE, .freq_mhz = 5180}, "0200 03 00 3c14"},
	{{.kind = AIR_DOZE, .time_ns = 0x0102030405060708}, "0800 04 00 0807060504030201"},
	{{.kind = AIR_MONITOR, .on = 1}, "0100 05 00 01"},
	{{.kind = AIR_SEND, .cookie = 7, .rate_kbps = 54000, .freq_mhz = 2412, .bytes = frame, .len = 30},
	 "2800 06 00 07000000 f0d20000 6c09"},
	{{.kind = AIR_RULE, .bytes = (const uint8_t *)"loss=4%", .len = 7}, "0700 07 00"},
	{{.kind = AIR_SHOW}, "0000 08 00"},
	{{.kind = AIR_WELCOME, .version = 1, .radio = 3}, "0600 41 00 0100 03000000"},
	{{.kind = AIR_RECEIVED,
	  .time_ns = 1,
	  .rate_kbps = 6000,
	  .freq_mhz = 2412,
	  .signal_dbm = -40,
	  .tries = 3,
	  .bytes = frame,
	  .len = 30},
	 "2e00 42 00 0100000000000000 70170000 6c09 d8 03"},
	{{.kind = AIR_STATUS, .cookie = 7, .on = 1, .tries = 2}, "0600 43 00 07000000 01 02"},
	{{.kind = AIR_DONE}, "0000 44 00"},
	{{.kind = AIR_ERROR, .code = 98, .bytes = (const uint8_t *)"no", .len = 2}, "0400 45 00 6200"},
	{{.kind = AIR_ANSWER, .on = 0, .bytes = (const uint8_t *)"[]\n", .len = 3}, "0400 46 00 00"},
};

static size_t record_of(uint8_t *out, const struct air_message *message)
{
	size_t len = air_message_write(out, message);

	assert_uint_in_range(len, 4, AIR_HEADER_MAX);
	if (message->len)
		memcpy(out + len, message->bytes, message->len);
	return len + message->len;
}

static bool same_message(const struct air_message *left, const struct air_message *right)
{
	return left->kind == right->kind && left->magic == right->magic && left->version == right->version &&
	       left->radio == right->radio && left->time_ns == right->time_ns && left->cookie == right->cookie &&
	       left->rate_kbps == right->rate_kbps && left->freq_mhz == right->freq_mhz &&
	       left->signal_dbm == right->signal_dbm && left->on == right->on && left->tries == right->tries &&
	       left->code == right->code && left->len == right->len &&
	       (!left->len || !memcmp(left->bytes, right->bytes, left->len));
}

static void each_message_kind_has_fixed_encoding(void **state)
{
	uint8_t out[AIR_HEADER_MAX];

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++)
		assert_hex(out, air_message_write(out, &messages[i].m), messages[i].head);
}

static void record_holds_every_message_kind(void **state)
{
	uint8_t record[2048];
	size_t len = 0, at = 0;
	struct air_message message;

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++)
		len += record_of(record + len, &messages[i].m);
	for (size_t i = 0; i < COUNT(messages); i++) {
		assert_int_equal(air_message_read(record, len, &at, &message), 1);
		assert_true(same_message(&message, &messages[i].m));
	}
	assert_int_equal(air_message_read(record, len, &at, &message), 0);
}

static void gathered_messages_form_one_record(void **state)
{
	struct air_record gathered = {0};
	uint8_t record[2048];
	size_t len = 0, at = 0;
	struct air_message message;

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++)
		assert_true(air_record_add(&gathered, &messages[i].m));
	assert_int_equal(gathered.count, COUNT(messages));
	for (size_t i = 0; i < 2 * gathered.count; len += gathered.iov[i++].iov_len)
		if (gathered.iov[i].iov_len)
			memcpy(record + len, gathered.iov[i].iov_base, gathered.iov[i].iov_len);
	assert_int_equal(len, gathered.bytes);
	for (size_t i = 0; i < COUNT(messages); i++) {
		assert_int_equal(air_message_read(record, len, &at, &message), 1);
		assert_true(same_message(&message, &messages[i].m));
	}
	assert_int_equal(air_message_read(record, len, &at, &message), 0);
}

/* A record is limited in messages and bytes; an exact fit is accepted, and a refused message changes nothing. */
static void full_record_takes_no_message(void **state)
{
	static const uint8_t filler[AIR_FRAME_MAX];
	struct air_message message = {.kind = AIR_SEND, .bytes = filler, .len = AIR_FRAME_MAX};
	enum { HEAD = 14, LAST = AIR_RECORD_MAX - 3 * (HEAD + AIR_FRAME_MAX) - HEAD };
	struct air_record record = {0};

	(void)state;
	for (int i = 0; i < AIR_BATCH_MAX; i++)
		assert_true(air_record_add(&record, &(struct air_message){.kind = AIR_DONE}));
	assert_false(air_record_add(&record, &(struct air_message){.kind = AIR_DONE}));
	assert_int_equal(record.count, AIR_BATCH_MAX);

	record.count = record.bytes = 0;
	for (int i = 0; i < 3; i++)
		assert_true(air_record_add(&record, &message));
	message.len = LAST + 1;
	assert_false(air_record_add(&record, &message));
	assert_int_equal(record.count, 3);
	message.len = LAST;
	assert_true(air_record_add(&record, &message));
	assert_int_equal(record.bytes, AIR_RECORD_MAX);
	assert_false(air_record_add(&record, &(struct air_message){.kind = AIR_DONE}));
}

/* At every length, in a buffer of exactly that size. */
static void truncated_record_is_refused(void **state)
{
	uint8_t record[256];
	struct air_message message;

	(void)state;
	for (size_t i = 0; i < COUNT(messages); i++) {
		size_t len = record_of(record, &messages[i].m);

		for (size_t cut = 1; cut < len; cut++) {
			uint8_t *part = malloc(cut);
			size_t at = 0;

			memcpy(part, record, cut);
			assert_int_equal(air_message_read(part, cut, &at, &message), -1);
			assert_int_equal(at, 0);
			free(part);
		}
	}
}

static void malformed_message_is_refused(void **state)
{
	static const char *const bad[] = {
		"0000 00 00", /* no kind */
		"0000 09 00", /* unknown kinds */
		"0000 ff 00",
		"0000 08 01",                        /* the fourth byte is not zero */
		"0100 08 00 00",                     /* too long */
		"0000 03 00",                        /* too short */
		"0700 02 00 0200000000 0102",        /* one address and a fraction */
		"0600 01 00 76616972 0100",          /* no name */
		"0700 01 00 76616972 0100 1b",       /* escape in a name */
		"0700 07 00 6c6f73733d347f",         /* control character in a text */
		"0a00 06 00 00000000 00000000 0000", /* no frame */
	};
	uint8_t record[64];
	struct air_message message;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		size_t at = 0, len = unhex(record, sizeof(record), bad[i]);

		assert_int_equal(air_message_read(record, len, &at, &message), -1);
	}
}

/* What air_message_read() refuses, air_message_write() refuses too; the longest messages pass both. */
static void field_limits_are_enforced(void **state)
{
	static uint8_t record[AIR_RECORD_MAX], filler[AIR_TEXT_MAX + 1];
	struct air_message message = {.kind = AIR_SEND, .bytes = filler, .len = AIR_FRAME_MAX}, got;
	size_t at = 0, len = record_of(record, &message);

	(void)state;
	assert_int_equal(air_message_read(record, len, &at, &got), 1);
	assert_int_equal(got.len, AIR_FRAME_MAX);
	message.len++;
	assert_int_equal(air_message_write(record, &message), 0);
	message.len = 0;
	assert_int_equal(air_message_write(record, &message), 0);
	memset(filler, 'a', sizeof(filler));
	message = (struct air_message){.kind = AIR_HELLO, .bytes = filler, .len = AIR_NAME_MAX};
	assert_int_not_equal(air_message_write(record, &message), 0);
	message.len++;
	assert_int_equal(air_message_write(record, &message), 0);
	message = (struct air_message){.kind = AIR_ANSWER, .bytes = filler, .len = AIR_TEXT_MAX};
	assert_int_not_equal(air_message_write(record, &message), 0);
	message.len++;
	assert_int_equal(air_message_write(record, &message), 0);
	message = (struct air_message){.kind = (enum air_message_kind)200};
	assert_int_equal(air_message_write(record, &message), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_message_kind_has_fixed_encoding),
		cmocka_unit_test(record_holds_every_message_kind),
		cmocka_unit_test(gathered_messages_form_one_record),
		cmocka_unit_test(full_record_takes_no_message),
		cmocka_unit_test(truncated_record_is_refused),
		cmocka_unit_test(malformed_message_is_refused),
		cmocka_unit_test(field_limits_are_enforced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
