/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each message that air_message_read() accepts encodes to the same bytes again. */
#include "fuzz.h"

#include "air/medium/protocol.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *record = malloc(size ? size : 1), head[AIR_HEADER_MAX];
	struct air_message message;
	size_t at = 0, before = 0, len;

	must(record);
	if (size)
		memcpy(record, data, size);
	while (air_message_read(record, size, &at, &message) > 0) {
		must(at > before && at <= size);
		must(!message.len || (message.bytes > record + before && message.bytes + message.len == record + at));
		len = air_message_write(head, &message);
		must(len == at - before - message.len);
		must(!memcmp(head, record + before, len));
		before = at;
	}
	must(at == before);
	free(record);
	return 0;
}
