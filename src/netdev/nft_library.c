/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "netdev/nft_library.h"

#include <dlfcn.h>
#include <stddef.h>

/* The functions are found by name: the compiler compares their types with those of the header. */
#define FIND(function_)                                                    \
	(*(void **)&library->function_ = dlsym(handle, "nft_" #function_), \
	 (void)sizeof(library->function_ == &nft_##function_), library->function_ != NULL)

bool nft_library_load(struct nft_library *library)
{
	void *handle = dlopen("libnftables.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	*library = (struct nft_library){0};
	return handle && FIND(ctx_new) && FIND(ctx_free) && FIND(ctx_output_set_flags) && FIND(ctx_buffer_output) &&
	       FIND(ctx_buffer_error) && FIND(ctx_get_output_buffer) && FIND(run_cmd_from_buffer);
}
