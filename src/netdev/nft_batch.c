/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/nft_batch.h"

#include "base/array.h"
#include "netdev/nft_ruleset.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

bool nft_batch_open(struct nft_batch *batch)
{
	if (nft_is_available() && nft_library_load(&batch->library))
		batch->nft = batch->library.ctx_new(NFT_CTX_DEFAULT);
	if (!batch->nft)
		return false;
	/* Messages about an old kernel are of no use to the operator. */
	batch->library.ctx_buffer_output(batch->nft);
	batch->library.ctx_buffer_error(batch->nft);
	return true;
}

void nft_batch_close(struct nft_batch *batch)
{
	if (batch->nft)
		batch->library.ctx_free(batch->nft);
	free(batch->commands);
	*batch = (struct nft_batch){0};
}

void nft_batch_add(struct nft_batch *batch, const char *format, ...)
{
	va_list list, copy;
	int len;

	if (batch->out_of_memory)
		return;
	va_start(list, format);
	va_copy(copy, list);
	len = vsnprintf(NULL, 0, format, copy);
	va_end(copy);
	if (len < 0 || array_reserve(&batch->commands, &batch->room, batch->length + (size_t)len + 1, 1)) {
		batch->out_of_memory = true;
	} else {
		vsnprintf(batch->commands + batch->length, batch->room - batch->length, format, list);
		batch->length += (size_t)len;
	}
	va_end(list);
}

int nft_batch_commit(struct nft_batch *batch)
{
	int ret = batch->out_of_memory ? -1 : 0;

	if (ret == 0 && batch->length)
		ret = batch->library.run_cmd_from_buffer(batch->nft, batch->commands) ? -1 : 0;
	batch->length = 0;
	batch->out_of_memory = false;
	return ret;
}

void nft_table_name(char *table, size_t size, const char *uplink, const char *suffix)
{
	snprintf(table, size, "vifi-%s%s", uplink, suffix);
	for (char *ch = table; *ch; ch++)
		if (*ch == '.' || *ch == '@') /* allowed in the name of an interface, not of a table */
			*ch = '_';
}
