/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The fast BSS transition element, and the subelements with group keys. The first byte selects the parser. */
#include "fuzz.h"

#include "rsn/ft_handshake.h"

static void check_inside(const uint8_t *bytes, size_t size, struct span span)
{
	must(!span.bytes || (span.bytes >= bytes && span.bytes + span.len <= bytes + size));
}

static void read_element(const uint8_t *bytes, size_t size)
{
	struct ft_element ft, again;
	uint8_t written[ELEMENT_MAX];

	if (!ft_parse(&ft, (struct span){bytes, size}))
		return;
	check_inside(bytes, size, (struct span){ft.anonce, FT_NONCE_LEN});
	check_inside(bytes, size, (struct span){ft.snonce, FT_NONCE_LEN});
	check_inside(bytes, size, ft.r0kh);
	check_inside(bytes, size, ft.r1kh);
	check_inside(bytes, size, ft.gtk);
	check_inside(bytes, size, ft.igtk);
	check_inside(bytes, size, ft.bigtk);
	size = ft_write(&ft, written);
	must(size && size <= sizeof(written));
	must(ft_parse(&again, (struct span){written, size}));
	must(again.count == ft.count && again.rsnx_used == ft.rsnx_used && again.mic_len == ft.mic_len &&
	     again.r0kh.len == ft.r0kh.len && again.r1kh.len == ft.r1kh.len && again.gtk.len == ft.gtk.len &&
	     again.igtk.len == ft.igtk.len);
}

/* The body of a subelement, which no key has wrapped: it must be refused. */
static void read_key(enum ft_group_key kind, const uint8_t *bytes, size_t size)
{
	static const uint8_t kek[RSN_KEK_LEN] = {1};
	struct crypto *crypto = crypto_new();
	struct rsn_key key;

	must(crypto);
	must(ft_unwrap_group_key(crypto, (struct piece){kek, sizeof(kek)}, kind, (struct span){bytes, size}, &key) < 0);
	crypto_free(crypto);
}

/* An RSN element, whose PMKIDs are replaced. */
static void name_pmk(const uint8_t *bytes, size_t size)
{
	static const uint8_t name[PMKID_LEN] = {2};
	uint8_t written[ELEMENT_MAX], again[ELEMENT_MAX], bare[ELEMENT_MAX], bare_again[ELEMENT_MAX];
	struct rsn_element rsne;
	size_t len = rsn_element_name_pmk((struct span){bytes, size}, name, written), bare_len;

	if (!len || rsn_element_parse(&rsne, (struct span){bytes, size}))
		return;
	must(!rsn_element_parse(&rsne, (struct span){written, len}));
	must(rsne.pmkids.len == PMKID_LEN && !memcmp(rsne.pmkids.bytes, name, PMKID_LEN));
	must(rsn_element_name_pmk((struct span){written, len}, name, again) == len && !memcmp(again, written, len));
	bare_len = rsn_element_name_pmk((struct span){bytes, size}, NULL, bare);
	must(bare_len && bare_len == rsn_element_name_pmk((struct span){written, len}, NULL, bare_again));
	must(!memcmp(bare, bare_again, bare_len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *bytes;

	if (!size)
		return 0;
	bytes = malloc(size > 1 ? size - 1 : 1); /* of the exact size, so that sanitizers detect reads beyond it */
	must(bytes);
	memcpy(bytes, data + 1, size - 1);
	if (data[0] % 5 == 0)
		read_element(bytes, size - 1);
	else if (data[0] % 5 == 1)
		name_pmk(bytes, size - 1);
	else
		read_key((enum ft_group_key)(data[0] % 5 - 2), bytes, size - 1);
	free(bytes);
	return 0;
}
