/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture, each frame after its length in two bytes (big-endian). The observer has a WEP key and the passphrase
 * "12345678" of the networks "x" and "heard" (tests/air/heard.py makes such captures). It gets the frames one by one, and
 * a second observer gets them in batches.
 */
#include "fuzz.h"

#include "decrypt/observer/observer.h"
#include "wire/be.h"

enum { AT_ONCE = 8 };

static struct observer *make_observer(void)
{
	static struct crypto *crypto; /* one for all inputs: making it takes longer than an input */
	static struct observer_network network[] = {
		{.ssid = "x", .ssid_len = 1},
		{.ssid = "heard", .ssid_len = 5},
		{.is_wep = true, .wep = CIPHER_WEP_40, .wep_key = "vwxyz"},
	};
	struct observer *observer;

	if (!crypto) {
		crypto = crypto_new();
		for (int i = 0; i < 2; i++)
			must(crypto &&
			     !kdf_pmk(crypto, "12345678", 8, network[i].ssid, network[i].ssid_len, network[i].pmk));
	}
	observer = observer_new(crypto, network, 3);
	must(observer);
	return observer;
}

/* Returns the next frame of the input, or NULL at its end. */
static struct frame *next_frame(const uint8_t **data, size_t *size)
{
	struct frame *frame;
	size_t len;

	if (*size < 2)
		return NULL;
	len = be16(*data) < *size - 2 ? be16(*data) : *size - 2;
	frame = frame_from(*data + 2, len, 0, 0);
	must(frame);
	*data += 2 + len;
	*size -= 2 + len;
	return frame;
}

static void observe_singly(const uint8_t *data, size_t size)
{
	struct observer *observer = make_observer();
	struct frame *frame;

	while ((frame = next_frame(&data, &size))) {
		size_t len = frame->len;
		bool opened;
		enum drop drop = observer_process_frame(observer, &frame, &opened);

		must(!opened || (!drop && frame->len < len));
		frame_free(frame);
	}
	observer_free(observer);
}

/* Passes to another observer only the frames that may contain a key. */
static void show_key_frames(struct observer *observer, const struct observed_frame *observed, size_t total)
{
	struct observed_frame some[AT_ONCE];
	size_t count = 0;

	for (size_t i = 0; i < total; i++)
		if (observer_may_learn(observed[i].bytes, observed[i].len)) {
			some[count] = (struct observed_frame){.bytes = observed[i].bytes, .len = observed[i].len};
			some[count].frame = frame_from(observed[i].bytes, observed[i].len, 0, 0);
			must(some[count++].frame);
		}
	observer_process(observer, some, count);
	for (size_t i = 0; i < count; i++)
		frame_free(some[i].frame);
}

static void observe_in_batches(const uint8_t *data, size_t size)
{
	struct observer *observer = make_observer(), *other = make_observer();
	struct observed_frame observed[AT_ONCE];
	size_t count;

	do {
		struct frame *frame;

		for (count = 0; count < AT_ONCE && (frame = next_frame(&data, &size)); count++)
			observed[count] =
				(struct observed_frame){.bytes = data - frame->len, .len = frame->len, .frame = frame};
		observer_process(observer, observed, count);
		show_key_frames(other, observed, count);
		for (size_t i = 0; i < count; i++) {
			must(!observed[i].opened || (!observed[i].drop && observed[i].frame->len < observed[i].len));
			frame_free(observed[i].frame);
		}
	} while (count);
	must(observer_matched(observer) == observer_matched(other) &&
	     observer_unmatched(observer) == observer_unmatched(other));
	observer_free(observer);
	observer_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	observe_singly(data, size);
	observe_in_batches(data, size);
	return 0;
}
