/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table of objects by group and MAC address, such as the stations of several BSSs. Each object also has a handle, which
 * names it as long as it is in the table, and never another one that has taken its place. The owner embeds a struct
 * mac_entry in the object. A zero struct mac_table with a secret `hash_key` is an empty table.
 */
#ifndef VIFI_BASE_MAC_TABLE_H
#define VIFI_BASE_MAC_TABLE_H

#include <stddef.h>
#include <stdint.h>

enum { MAC_TABLE_SLOT_BITS = 16, MAC_TABLE_GENERATION_BITS = 12 };

#define MAC_TABLE_HANDLE_BITS (MAC_TABLE_SLOT_BITS + MAC_TABLE_GENERATION_BITS)
#define MAC_TABLE_HANDLE_MASK ((1u << MAC_TABLE_HANDLE_BITS) - 1)

struct mac_entry {
	struct mac_entry *next; /* in its bucket */
	unsigned group;         /* below 256 */
	uint8_t addr[6];
	uint32_t handle; /* MAC_TABLE_HANDLE_BITS */
};

struct mac_table {
	uint64_t hash_key; /* secret, so that an attacker cannot fill one bucket */
	struct mac_entry **buckets, **slots;
	size_t bucket_count; /* a power of two */
	uint16_t *generations;
	size_t *free_slots;
	size_t slot_count, slot_room, free_count, count;
};

/* Adds an entry with its group and address, which are not in the table yet. Returns 0 or -ENOMEM. */
int mac_table_add(struct mac_table *table, struct mac_entry *entry);
void mac_table_remove(struct mac_table *table, struct mac_entry *entry);

/* Return NULL if there is none. */
struct mac_entry *mac_table_find(const struct mac_table *table, unsigned group, const uint8_t addr[6]);
struct mac_entry *mac_table_by_handle(const struct mac_table *table, uint32_t handle);

/* Frees the table; its entries belong to their owners. */
void mac_table_free(struct mac_table *table);

#endif
