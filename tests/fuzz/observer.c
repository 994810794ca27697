/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A capture of frames, each behind its length in two bytes, for who has the passphrase "12345678" of the network "x". */
#include "fuzz.h"

#include "mlme/observer.h"
#include "wire/be.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct crypto *c; /* one for all inputs: making it takes longer than they do */
	static uint8_t pmk[PMK_LEN];
	struct observer *o;

	if (!c) {
		c = crypto_new();
		must(c && !kdf_pmk(c, "12345678", 8, (const uint8_t *)"x", 1, pmk));
	}
	o = observer_new(c, pmk);
	must(o);
	while (size >= 2) {
		size_t len = be16(data) < size - 2 ? be16(data) : size - 2;
		struct frame *f = frame_from(data + 2, len, 0, 0);
		bool opened;
		enum drop d;

		must(f);
		d = observer_see(o, &f, &opened);
		must(!opened || (!d && f->len < len));
		frame_free(f);
		data += 2 + len;
		size -= 2 + len;
	}
	observer_free(o);
	return 0;
}
