/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture of frames, each behind its length in two bytes, for who has the passphrase "12345678" of the networks "x" and
 * "heard" (tests/air/heard.py makes those), and a WEP key: seen one by one, and again many at a time.
 */
#include "fuzz.h"

#include "decrypt/observer/observer.h"
#include "wire/be.h"

enum { AT_ONCE = 8 };

static struct observer *observer(void)
{
	static struct crypto *c; /* one for all inputs: making it takes longer than they do */
	static struct observer_network n[] = {
		{.ssid = "x", .ssid_len = 1},
		{.ssid = "heard", .ssid_len = 5},
		{.is_wep = true, .wep = CIPHER_WEP_40, .wep_key = "vwxyz"},
	};
	struct observer *o;

	if (!c) {
		c = crypto_new();
		for (int i = 0; i < 2; i++)
			must(c && !kdf_pmk(c, "12345678", 8, n[i].ssid, n[i].ssid_len, n[i].pmk));
	}
	o = observer_new(c, n, 3);
	must(o);
	return o;
}

/* The next frame of the input; NULL at its end. */
static struct frame *next(const uint8_t **data, size_t *size)
{
	struct frame *f;
	size_t len;

	if (*size < 2)
		return NULL;
	len = be16(*data) < *size - 2 ? be16(*data) : *size - 2;
	f = frame_from(*data + 2, len, 0, 0);
	must(f);
	*data += 2 + len;
	*size -= 2 + len;
	return f;
}

static void one_by_one(const uint8_t *data, size_t size)
{
	struct observer *o = observer();
	struct frame *f;

	while ((f = next(&data, &size))) {
		size_t len = f->len;
		bool opened;
		enum drop d = observer_see(o, &f, &opened);

		must(!opened || (!d && f->len < len));
		frame_free(f);
	}
	observer_free(o);
}

/* What another one is shown of the same frames: those that may bring a key. */
static void show(struct observer *o, const struct observed *s, size_t n)
{
	struct observed some[AT_ONCE];
	size_t count = 0;

	for (size_t i = 0; i < n; i++)
		if (observer_may_learn(s[i].bytes, s[i].len)) {
			some[count] = (struct observed){.bytes = s[i].bytes, .len = s[i].len};
			some[count].frame = frame_from(s[i].bytes, s[i].len, 0, 0);
			must(some[count++].frame);
		}
	observer_see_all(o, some, count);
	for (size_t i = 0; i < count; i++)
		frame_free(some[i].frame);
}

static void many_at_a_time(const uint8_t *data, size_t size)
{
	struct observer *o = observer(), *other = observer();
	struct observed s[AT_ONCE];
	size_t n;

	do {
		struct frame *f;

		for (n = 0; n < AT_ONCE && (f = next(&data, &size)); n++)
			s[n] = (struct observed){.bytes = data - f->len, .len = f->len, .frame = f};
		observer_see_all(o, s, n);
		show(other, s, n);
		for (size_t i = 0; i < n; i++) {
			must(!s[i].opened || (!s[i].drop && s[i].frame->len < s[i].len));
			frame_free(s[i].frame);
		}
	} while (n);
	must(observer_fitted(o) == observer_fitted(other) && observer_unfitted(o) == observer_unfitted(other));
	observer_free(o);
	observer_free(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	one_by_one(data, size);
	many_at_a_time(data, size);
	return 0;
}
