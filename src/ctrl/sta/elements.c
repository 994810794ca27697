/* SPDX-License-Identifier: GPL-2.0-or-later */
/* VENDOR_ELEM_ADD, _GET, _REMOVE: elements for frames of the station. Number 13 is the association request. */
#include "ctrl/sta/wpas.h"

#include "base/text.h"
#include "ctrl/command.h"

#include <string.h>

#define ASSOCIATION_REQUEST 13
#define FRAMES_MAX          26

static bool pass_on(struct wpas *wpas)
{
	struct sta_request request = {.kind = STA_REQUEST_ELEMENTS};

	request.elements = (struct span){wpas->elements, wpas->elements_len};
	return wpas->owner.request(wpas->owner.user, &request) == STA_ANSWER_DONE;
}

/* Reads the number of the frame. Returns false unless it is one for which there are elements. */
static bool take_frame(char **arguments)
{
	const char *word = ctrl_next_word(arguments);
	uint32_t frame;

	return word && ctrl_number(word, FRAMES_MAX, &frame) && frame == ASSOCIATION_REQUEST;
}

/* Reads whole elements as hexadecimal digits; 0: they are none. */
static size_t read_elements(const char *text, uint8_t *bytes, size_t room)
{
	size_t len = strlen(text) / 2;
	struct span rest = {bytes, len};
	struct element element;

	if (!len || strlen(text) % 2 || len > room || !hex_parse(bytes, len, text))
		return 0;
	while (element_next(&rest, &element))
		continue;
	return rest.len ? 0 : len;
}

void wpas_vendor_elem_add(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	size_t len = 0, room = sizeof(wpas->elements) - wpas->elements_len;

	if (take_frame(&arguments))
		len = read_elements(arguments, wpas->elements + wpas->elements_len, room);
	wpas->elements_len += len;
	ctrl_ok(reply, len && pass_on(wpas));
}

void wpas_vendor_elem_get(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	if (take_frame(&arguments))
		ctrl_put_hex(reply, wpas->elements, wpas->elements_len);
	else
		ctrl_ok(reply, false);
}

/* "13 *" removes all, "13 HEX" those bytes. */
void wpas_vendor_elem_remove(struct wpas *wpas, char *arguments, struct ctrl_reply *reply)
{
	uint8_t bytes[sizeof(wpas->elements)], *found = NULL;
	size_t len = 0;

	if (!take_frame(&arguments)) {
		ctrl_ok(reply, false);
		return;
	}
	if (!strcmp(arguments, "*")) {
		wpas->elements_len = 0;
		ctrl_ok(reply, pass_on(wpas));
		return;
	}
	len = read_elements(arguments, bytes, sizeof(bytes));
	if (len)
		found = memmem(wpas->elements, wpas->elements_len, bytes, len);
	if (!found) {
		ctrl_ok(reply, false);
		return;
	}
	memmove(found, found + len, wpas->elements_len - len - (size_t)(found - wpas->elements));
	wpas->elements_len -= len;
	ctrl_ok(reply, pass_on(wpas));
}
