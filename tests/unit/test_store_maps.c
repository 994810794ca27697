/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store over eBPF maps, while the data path deletes keys between two system calls. The linker sends the calls of
 * libbpf to a map of the test (meson.build), which deletes keys at chosen moments.
 */
#include "unit.h"

#include "bpf/loader.h"
#include "macnat/place.h"
#include "macnat/store.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

enum { KEYS_MAX = 8 };

static struct fake_map {
	uint32_t keys[KEYS_MAX]; /* the last word of the key; 0: deleted */
	unsigned next_keys;      /* calls of get_next_key */
	unsigned delete_after;   /* delete a key after that many of them; 0: never */
	uint32_t victim;
	bool delete_after_read; /* delete the victim when it has been read, instead */
	bool always_changing;   /* each next key is gone before it is read */
	size_t key_size;
} fake;

static uint32_t word_of(const void *key)
{
	uint32_t word;

	memcpy(&word, key, sizeof(word));
	return word;
}

static int index_of(uint32_t word)
{
	for (int i = 0; i < KEYS_MAX; i++)
		if (word && fake.keys[i] == word)
			return i;
	return -1;
}

int __wrap_bpf_map_lookup_batch(void);
int __wrap_bpf_map_get_next_key(int fd, const void *key, void *next);
int __wrap_bpf_map_lookup_elem(int fd, const void *key, void *value);

int __wrap_bpf_map_lookup_batch(void)
{
	errno = EINVAL;
	return -EINVAL;
}

/* As the kernel's hash map: after an unknown key comes the first one. */
int __wrap_bpf_map_get_next_key(int fd, const void *key, void *next)
{
	int i = key ? index_of(word_of(key)) + 1 : 0;

	(void)fd;
	while (i < KEYS_MAX && !fake.keys[i])
		i++;
	if (i >= KEYS_MAX) {
		errno = ENOENT;
		return -ENOENT;
	}
	memset(next, 0, fake.key_size);
	memcpy(next, &fake.keys[i], sizeof(fake.keys[i]));
	if (++fake.next_keys == fake.delete_after && index_of(fake.victim) >= 0)
		fake.keys[index_of(fake.victim)] = 0;
	return 0;
}

int __wrap_bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	(void)fd;
	(void)value;
	if (!fake.always_changing && index_of(word_of(key)) >= 0) {
		if (fake.delete_after_read && word_of(key) == fake.victim)
			fake.keys[index_of(fake.victim)] = 0;
		return 0;
	}
	errno = ENOENT;
	return -ENOENT;
}

/* A map that user space has in its memory. */
static int memory_of(size_t size)
{
	int fd = memfd_create("map", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	return fd;
}

static struct store *open_store(size_t key_size, uint32_t victim, unsigned delete_after)
{
	struct kernel_part part;
	struct store *store;

	fake = (struct fake_map){.keys = {11, 12, 13, 14}, .key_size = key_size};
	fake.victim = victim;
	fake.delete_after = delete_after;
	kernel_part_init(&part);
	part.map[PART_PLACES] = memory_of(sizeof(struct mn_place_set) * MN_PLACE_SETS * MN_PLACE_DIRECTIONS);
	part.map[PART_VERSIONS] = memory_of(sizeof(uint64_t) * MN_VERSIONS);
	store = store_maps_open(&part);
	assert_non_null(store);
	close(part.map[PART_PLACES]); /* the store has mapped them */
	close(part.map[PART_VERSIONS]);
	return store;
}

static void assert_lists(struct store *store, const uint32_t *expected, size_t n_expected)
{
	struct store_item *items;
	size_t count;

	assert_int_equal(store->ops->list(store, &items, &count), 0);
	assert_int_equal(count, n_expected);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(word_of(&items[i].key), expected[i]);
	free(items);
	store_close(store);
}

static void undisturbed_list_is_complete(void **state)
{
	(void)state;
	assert_lists(open_store(sizeof(struct mn_key), 0, 0), (const uint32_t[]){11, 12, 13, 14}, 4);
}

/* The key is deleted after the kernel has named it and before it is read. */
static void list_survives_deletion_of_next_key(void **state)
{
	(void)state;
	assert_lists(open_store(sizeof(struct mn_key), 11, 1), (const uint32_t[]){12, 13, 14}, 3);
	assert_lists(open_store(sizeof(struct mn_key), 12, 2), (const uint32_t[]){11, 13, 14}, 3);
	assert_lists(open_store(sizeof(struct mn_key), 14, 4), (const uint32_t[]){11, 12, 13}, 3);
}

/* The key is deleted after it was read: the kernel goes on with the first key. */
static void list_survives_deletion_of_current_key(void **state)
{
	struct store *store = open_store(sizeof(struct mn_key), 13, 0);

	(void)state;
	fake.delete_after_read = true;
	assert_lists(store, (const uint32_t[]){11, 12, 14}, 3);
	store = open_store(sizeof(struct mn_key), 11, 0);
	fake.delete_after_read = true;
	assert_lists(store, (const uint32_t[]){11, 12, 13, 14}, 4);
}

/* Without the places a list would lack what they have counted. */
static void store_without_places_is_an_error(void **state)
{
	struct kernel_part part;

	(void)state;
	kernel_part_init(&part);
	errno = 0;
	assert_null(store_maps_open(&part));
	assert_int_equal(errno, EBADF);
}

static void list_of_endlessly_changing_map_is_an_error(void **state)
{
	struct store *store = open_store(sizeof(struct mn_key), 0, 0);
	struct store_item *items;
	size_t count;

	(void)state;
	fake.always_changing = true;
	assert_int_equal(store->ops->list(store, &items, &count), -EAGAIN);
	assert_null(items);
	assert_int_equal(count, 0);
	store_close(store);
}

static void port_list_survives_deletion(void **state)
{
	for (unsigned after = 1; after <= 4; after++) {
		struct store *store = open_store(sizeof(uint32_t), 11, after);
		struct store_port *ports;
		size_t count;

		(void)state;
		assert_int_equal(store->ops->ports(store, &ports, &count), 0);
		assert_int_equal(count, after == 1 ? 3 : 4);
		for (size_t i = 0; i < count; i++)
			for (size_t k = 0; k < i; k++)
				assert_int_not_equal(ports[i].ifindex, ports[k].ifindex);
		free(ports);
		store_close(store);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(undisturbed_list_is_complete),
		cmocka_unit_test(list_survives_deletion_of_next_key),
		cmocka_unit_test(list_survives_deletion_of_current_key),
		cmocka_unit_test(store_without_places_is_an_error),
		cmocka_unit_test(list_of_endlessly_changing_map_is_an_error),
		cmocka_unit_test(port_list_survives_deletion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
