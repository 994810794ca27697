/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operating channel validation: layouts of IEEE 802.11-2020 (9.4.2.236, Table E-4, Figure 9-773), and the comparison. */
#include "unit.h"

#include "wire/ft.h"
#include "wire/mgmt.h"
#include "wire/oci.h"

static void channels_have_their_operating_classes(void **state)
{
	static const struct {
		struct oci oci;
		uint8_t bytes[OCI_LEN];
	} cases[] = {
		{{2412, 20, false, 0}, {81, 1, 0}},    {{2472, 20, false, 0}, {81, 13, 0}},
		{{2484, 20, false, 0}, {82, 14, 0}},   {{2437, 40, true, 0}, {83, 6, 0}},
		{{2437, 40, false, 0}, {84, 6, 0}},    {{5200, 20, false, 0}, {115, 40, 0}},
		{{5180, 40, true, 0}, {116, 36, 0}},   {{5200, 40, false, 0}, {117, 40, 0}},
		{{5260, 20, false, 0}, {118, 52, 0}},  {{5260, 40, true, 0}, {119, 52, 0}},
		{{5280, 40, false, 0}, {120, 56, 0}},  {{5500, 20, false, 0}, {121, 100, 0}},
		{{5500, 40, true, 0}, {122, 100, 0}},  {{5520, 40, false, 0}, {123, 104, 0}},
		{{5745, 20, false, 0}, {125, 149, 0}}, {{5825, 20, false, 0}, {125, 165, 0}},
		{{5745, 40, true, 0}, {126, 149, 0}},  {{5765, 40, false, 0}, {127, 153, 0}},
		{{5180, 80, false, 0}, {128, 36, 0}},  {{5500, 160, false, 0}, {129, 100, 0}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t bytes[OCI_LEN];
		struct oci read;

		assert_true(oci_write(&cases[i].oci, bytes));
		assert_memory_equal(bytes, cases[i].bytes, OCI_LEN);
		assert_true(oci_read(&read, (struct span){bytes, OCI_LEN}));
		assert_int_equal(read.freq_mhz, cases[i].oci.freq_mhz);
		assert_int_equal(read.width_mhz, cases[i].oci.width_mhz);
		assert_int_equal(read.above, cases[i].oci.above);
	}
	(void)state;
}

static void impossible_channels_are_refused(void **state)
{
	static const uint8_t cases[][OCI_LEN] = {{0, 1, 0},    {1, 1, 1},     {80, 1, 0},    {81, 0, 0},  {81, 14, 0},
						 {83, 10, 0},  {84, 4, 0},    {82, 1, 0},    {115, 6, 0}, {116, 40, 0},
						 {117, 36, 0}, {124, 165, 0}, {129, 132, 0}, {255, 36, 0}};
	struct oci oci;

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_false(oci_read(&oci, (struct span){cases[i], OCI_LEN}));
	assert_false(oci_read(&oci, (struct span){(const uint8_t *)"\x51\x01", 2}));
	(void)state;
}

static void kde_element_and_subelement_have_their_layout(void **state)
{
	static const uint8_t kde[] = {0xdd, 7, 0x00, 0x0f, 0xac, 13, 81, 11, 0}, element[] = {255, 4, 54, 81, 11, 0};
	const struct oci oci = {.freq_mhz = 2462, .width_mhz = 20};
	uint8_t out[OCI_KDE_LEN], nonce[FT_NONCE_LEN] = {1}, whole[ELEMENT_MAX];
	struct ft_element ft = {.anonce = nonce, .snonce = nonce, .oci = {kde + 6, OCI_LEN}};
	struct key_data data;
	size_t len;

	assert_ptr_equal(oci_write_kde(&oci, out), out + sizeof(kde));
	assert_memory_equal(out, kde, sizeof(kde));
	assert_int_equal(key_data_parse(&data, (struct span){kde, sizeof(kde)}), NOT_DROPPED);
	assert_true(span_equals(data.oci, kde + 6, OCI_LEN));
	assert_ptr_equal(oci_write_element(&oci, out), out + sizeof(element));
	assert_memory_equal(out, element, sizeof(element));
	assert_true(span_equals(oci_find_element((struct span){element, sizeof(element)}), element + 3, OCI_LEN));
	assert_null(oci_find_element((struct span){kde, sizeof(kde)}).bytes);
	/* The subelement of the fast BSS transition element is number 5. */
	len = ft_write(&ft, whole);
	assert_memory_equal(whole + len - 5, ((const uint8_t[]){5, 3, 81, 11, 0}), 5);
	assert_true(ft_parse(&ft, (struct span){whole, len}));
	assert_true(span_equals(ft.oci, kde + 6, OCI_LEN));
	(void)state;
}

static void operation_elements_give_the_width(void **state)
{
	static const uint8_t ht_above[] = {61, 22, 36, 5, [23] = 0}, ht_below[] = {61, 22, 6, 7, [23] = 0};
	static const uint8_t vht_80[] = {61, 22, 36, 5, [23] = 0, 192, 5, 1, 42, 0, 0, 0},
			     vht_160[] = {61, 22, 36, 5, [23] = 0, 192, 5, 1, 42, 50, 0, 0};
	struct oci oci = oci_of_operation(5180, (struct span){ht_above, sizeof(ht_above)});

	assert_int_equal(oci.width_mhz, 40);
	assert_true(oci.above);
	oci = oci_of_operation(2437, (struct span){ht_below, sizeof(ht_below)});
	assert_int_equal(oci.width_mhz, 40);
	assert_false(oci.above);
	assert_int_equal(oci_of_operation(5180, (struct span){vht_80, sizeof(vht_80)}).width_mhz, 80);
	assert_int_equal(oci_of_operation(5180, (struct span){vht_160, sizeof(vht_160)}).width_mhz, 160);
	assert_int_equal(oci_of_operation(2412, (struct span){0}).width_mhz, 20);
	(void)state;
}

static void what_does_not_fit_is_named(void **state)
{
	static const struct {
		uint8_t bytes[OCI_LEN + 1];
		size_t len;
		enum oci_fault fault;
		const char *words;
	} cases[] = {
		{{84, 6, 0}, 3, OCI_VALID, "none"},
		{{0}, 0, OCI_ABSENT, "did not receive mandatory OCI"},
		{{84, 6}, 2, OCI_LENGTH, "received OCI of unexpected length (2)"},
		{{84, 6, 0, 0}, 4, OCI_LENGTH, "received OCI of unexpected length (4)"},
		{{80, 0, 0}, 3, OCI_UNKNOWN, "unable to interpret received OCI"},
		{{84, 5, 0}, 3, OCI_PRIMARY, "primary channel mismatch"},
		{{81, 6, 0}, 3, OCI_WIDTH, "channel bandwidth mismatch"},
		{{83, 6, 0}, 3, OCI_SECONDARY, "secondary channel mismatch"},
	};
	struct ocv ocv = {.used = true, .channel = {2437, 40, false, 0}, .tx_width_mhz = 40};
	struct ocv_failure failure;
	char text[200];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct span received = {cases[i].len ? cases[i].bytes : NULL, cases[i].len};

		assert_int_equal(ocv_check(&ocv, OCI_MESSAGE_2, received, &failure), cases[i].fault == OCI_VALID);
		assert_int_equal(failure.fault, cases[i].fault);
		ocv_failure_format(&failure, text, sizeof(text));
		assert_non_null(strstr(text, cases[i].words));
		assert_int_equal(strncmp(text, "frame=eapol-key-m2 error=", 25), 0);
	}
	/* Narrow transmissions reach a narrow receiver, whatever our channel is. */
	ocv.tx_width_mhz = 20;
	assert_true(ocv_check(&ocv, OCI_MESSAGE_2, (struct span){(const uint8_t *)"\x51\x06\x00", 3}, &failure));
	/* 40 MHz to a station that has no more, on channel 40 of an access point with 80 MHz: the centre is above, the other half below. */
	ocv = (struct ocv){.used = true, .channel = {5200, 80, true, 0}, .tx_width_mhz = 40};
	assert_true(ocv_check(&ocv, OCI_MESSAGE_2, (struct span){(const uint8_t *)"\x75\x28\x00", 3}, &failure));
	ocv.used = false;
	assert_true(ocv_check(&ocv, OCI_MESSAGE_2, (struct span){0}, &failure));
	(void)state;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channels_have_their_operating_classes),
		cmocka_unit_test(impossible_channels_are_refused),
		cmocka_unit_test(kde_element_and_subelement_have_their_layout),
		cmocka_unit_test(operation_elements_give_the_width),
		cmocka_unit_test(what_does_not_fit_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
