/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands of the control sockets, and the escapes of their texts. */
#include "fuzz.h"

#include "ctrl/command.h"
#include "ctrl/reply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *rest, *word, value[32], escaped[64];
	uint8_t bytes[64], again[64];
	uint32_t number = 0;
	size_t len = ctrl_unescape(bytes, sizeof(bytes), text);

	ctrl_escape(escaped, sizeof(escaped), bytes, len);
	must(strlen(escaped) < sizeof(escaped));
	len = ctrl_unescape(again, sizeof(again), escaped);
	must(!memcmp(bytes, again, len)); /* what was written is read again */
	if (ctrl_option(text, "reason", value, sizeof(value)))
		must(strlen(value) < sizeof(value) && !strchr(value, ' '));
	if (ctrl_option_number(text, "reason", 65535, &number))
		must(number <= 65535);
	rest = ctrl_split(text);
	must(!strchr(text, ' '));
	while ((word = ctrl_next_word(&rest)))
		must(*word && !strpbrk(word, " \t"));
	free(text);
	return 0;
}
