/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * VENDOR_ELEM_ADD, _GET, _REMOVE: elements for frames of the station. Number 13 is the association request, 14 the probe
 * request; those of other frames are kept, without effect. MAC_RAND_SCAN: the address of probe requests.
 */
#include "ctrl/sta/wpas.h"

#include "base/mac.h"
#include "base/text.h"
#include "ctrl/command.h"

#include <stdlib.h>
#include <string.h>

#define ASSOCIATION_REQUEST 13
#define PROBE_REQUEST       14
#define ELEMENTS_MAX        STA_PROBE_ELEMENTS_MAX /* bytes for a frame */

static bool pass_on_probes(struct wpas *wpas, struct plane_probes probes)
{
	const struct wpas_elements *elements = &wpas->elements[PROBE_REQUEST];
	struct sta_request request = {.kind = STA_REQUEST_PROBES};

	probes.elements = (struct span){elements->bytes, elements->len};
	request.probes = wpas->probes = probes;
	return wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE;
}

static bool pass_on(struct wpas *wpas, const struct wpas_elements *elements)
{
	struct sta_request request = {.kind = STA_REQUEST_ELEMENTS};

	if (elements == &wpas->elements[PROBE_REQUEST])
		return pass_on_probes(wpas, wpas->probes);
	if (elements != &wpas->elements[ASSOCIATION_REQUEST])
		return true;
	request.elements = (struct span){elements->bytes, elements->len};
	return wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE;
}

/* Reads the number of the frame. NULL: it is none. */
static struct wpas_elements *take_frame(struct wpas *wpas, char **arguments)
{
	const char *word = ctrl_next_word(arguments);
	uint32_t frame;

	return word && ctrl_number(word, WPAS_FRAMES - 1, &frame) ? &wpas->elements[frame] : NULL;
}

/* Reads whole elements as hexadecimal digits, perhaps none. Returns false if they are none. */
static bool read_elements(const char *text, uint8_t bytes[ELEMENTS_MAX], size_t *len)
{
	struct span rest;
	struct element element;

	*len = strlen(text) / 2;
	if (strlen(text) % 2 || *len > ELEMENTS_MAX || (*len && !hex_parse(bytes, *len, text)))
		return false;
	rest = (struct span){bytes, *len};
	while (element_next(&rest, &element))
		continue;
	return !rest.len;
}

void wpas_vendor_elem_add(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	bool divided = strchr(arguments, ' ');
	struct wpas_elements *elements = take_frame(wpas, &arguments);
	uint8_t bytes[ELEMENTS_MAX], *grown;
	size_t len;

	if (!elements || !divided || !read_elements(arguments, bytes, &len) || elements->len + len > ELEMENTS_MAX) {
		ctrl_ok(reply, false);
		return;
	}
	grown = realloc(elements->bytes, elements->len + len + 1);
	if (grown) {
		memcpy(grown + elements->len, bytes, len);
		elements->bytes = grown;
		elements->len += len;
	}
	ctrl_ok(reply, grown && pass_on(wpas, elements));
}

void wpas_vendor_elem_get(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	const struct wpas_elements *elements = take_frame(wpas, &arguments);

	if (elements)
		ctrl_put_hex(reply, elements->bytes, elements->len);
	else
		ctrl_ok(reply, false);
}

/* "13 *" removes all, "13 HEX" those bytes. */
void wpas_vendor_elem_remove(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	bool divided = strchr(arguments, ' ');
	struct wpas_elements *elements = take_frame(wpas, &arguments);
	uint8_t bytes[ELEMENTS_MAX], *found = NULL;
	size_t len = 0;

	if (elements && !strcmp(arguments, "*")) {
		elements->len = 0;
		ctrl_ok(reply, pass_on(wpas, elements));
		return;
	}
	if (elements && elements->len && divided && read_elements(arguments, bytes, &len))
		found = len ? memmem(elements->bytes, elements->len, bytes, len) : elements->bytes;
	if (!found) {
		ctrl_ok(reply, false);
		return;
	}
	memmove(found, found + len, elements->len - len - (size_t)(found - elements->bytes));
	elements->len -= len;
	ctrl_ok(reply, pass_on(wpas, elements));
}

void wpas_free_elements(struct wpas *wpas)
{
	for (size_t i = 0; i < WPAS_FRAMES; i++)
		free(wpas->elements[i].bytes);
}

/* ---- the address ---- */

/* "addr=… mask=…", both or none: no bit that says group may be fixed, or left to chance. */
static bool read_pattern(const char *text, struct plane_probes *probes)
{
	char addr[MAC_TEXT_SIZE], mask[MAC_TEXT_SIZE];
	bool has_addr = strstr(text, "addr="), has_mask = strstr(text, "mask=");

	if (!has_addr && !has_mask)
		return true;
	return ctrl_option(text, "addr", addr, sizeof(addr)) && ctrl_option(text, "mask", mask, sizeof(mask)) &&
	       mac_parse(probes->addr, addr) && mac_parse(probes->mask, mask) && !(probes->addr[0] & 1) &&
	       (probes->mask[0] & 1);
}

/* "scan|sched|pno|all … enable=0|1 [addr= mask=]": those of scheduled scans follow, too. */
void wpas_random_address(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	struct plane_probes probes = {.random_address = false};
	bool ok, any = false, enabled_once;
	const char *word;
	uint32_t enable;

	ok = ctrl_option_number(arguments, "enable", 1, &enable) && read_pattern(arguments, &probes);
	enabled_once = ok && !strstr(strstr(arguments, "enable=") + 1, "enable=");
	while ((word = ctrl_next_word(&arguments))) {
		bool names_scan = !strcmp(word, "scan") || !strcmp(word, "sched") || !strcmp(word, "all");

		any |= names_scan;
		ok = ok && (names_scan || strchr(word, '='));
	}
	probes.random_address = ok && enable;
	ctrl_ok(reply, ok && any && enabled_once && pass_on_probes(wpas, probes));
}
