/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bridge/names.h"

#include "base/mac.h"
#include "bridge/policy/guest_name.h"
#include "wire/dhcp4.h"

#include <stdlib.h>
#include <string.h>

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

enum { LIMIT_MIN = 512, NAMES_MAX = MN_TABLE_SIZE(MN_PORT_CAP_DEFAULT) };

struct name_row {
	uint8_t mac[6];
	bool bound; /* while names are forgotten */
	char name[GUEST_NAME_SIZE];
	UT_hash_handle hh;
};

struct bridge_names {
	struct name_row *rows;
	size_t limit; /* at this number, those of absent guests are forgotten */
};

struct bridge_names *bridge_names_new(void)
{
	struct bridge_names *names = calloc(1, sizeof(*names));

	if (names)
		names->limit = LIMIT_MIN;
	return names;
}

static struct name_row *find_row(const struct bridge_names *names, const uint8_t mac[6])
{
	struct name_row *row;

	HASH_FIND(hh, names->rows, mac, MAC_LEN, row);
	return row;
}

static void delete_row(struct bridge_names *names, struct name_row *row)
{
	HASH_DELETE(hh, names->rows, row);
	free(row);
}

void bridge_names_free(struct bridge_names *names)
{
	struct name_row *row, *next;

	if (!names)
		return;
	HASH_ITER(hh, names->rows, row, next)
		delete_row(names, row);
	free(names);
}

static void set_name(struct bridge_names *names, const uint8_t mac[6], const char *name)
{
	struct name_row *row = find_row(names, mac);

	if (!row) {
		if (HASH_COUNT(names->rows) >= NAMES_MAX || !(row = calloc(1, sizeof(*row))))
			return;
		mac_copy(row->mac, mac);
		HASH_ADD(hh, names->rows, mac, sizeof(row->mac), row);
		if (!row->hh.tbl) { /* uthash is out of memory */
			free(row);
			return;
		}
	}
	strcpy(row->name, name);
}

/* Forgets the names of MAC addresses that no guest has. */
static void forget_absent(struct bridge_names *names, struct store *store)
{
	struct store_item *items = NULL;
	struct name_row *row, *next;
	size_t count = 0;

	if (store->ops->list(store, &items, &count) < 0)
		return;
	for (size_t i = 0; i < count; i++)
		if (items[i].binding.kind == MN_GUEST && (row = find_row(names, items[i].binding.mac)))
			row->bound = true;
	free(items);
	HASH_ITER(hh, names->rows, row, next) {
		if (!row->bound)
			delete_row(names, row);
		else
			row->bound = false;
	}
	count = HASH_COUNT(names->rows);
	names->limit = count > LIMIT_MIN / 2 ? 2 * count : LIMIT_MIN;
}

void bridge_names_note(struct bridge_names *names, struct store *store, const struct mn_event *event)
{
	char name[GUEST_NAME_SIZE];

	if (!names || event->name_len > sizeof(event->name) ||
	    !guest_name_decode(name, event->reason, event->name, event->name_len))
		return;
	if (HASH_COUNT(names->rows) >= names->limit)
		forget_absent(names, store);
	set_name(names, event->mac, name);
}

/* ---- JSON ---- */

json_t *bridge_names_json(const struct bridge_names *names)
{
	json_t *json = json_object();
	char mac[MAC_TEXT_SIZE];

	for (const struct name_row *row = names ? names->rows : NULL; row; row = row->hh.next)
		json_object_set_new(json, mac_format(mac, row->mac), json_string(row->name));
	return json;
}

void bridge_names_read(struct bridge_names *names, const json_t *json)
{
	char name[GUEST_NAME_SIZE];
	uint8_t mac[6];
	const char *key;
	json_t *value;

	if (!names)
		return;
	/* jansson iterates over objects that are not const */
	json_object_foreach((json_t *)(uintptr_t)json, key, value)
	{
		const char *text = json_string_value(value);

		if (text && mac_parse(mac, key) &&
		    guest_name_decode(name, DHCP4_OPT_NAME, (const uint8_t *)text, strlen(text)))
			set_name(names, mac, name);
	}
}
