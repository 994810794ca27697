/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/secrets.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

void secrets_hide(void)
{
	const struct rlimit none = {0, 0};
	int fd = open("/proc/self/coredump_filter", O_WRONLY | O_CLOEXEC);

	/* Debuggers (gcore) respect the filter; a value of 0 dumps no memory of any kind. */
	if (fd >= 0) {
		if (write(fd, "0", 1) < 0) {
			/* A debugger of root can dump the memory, which it can read anyway. */
		}
		close(fd);
	}
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static bool lift_limit(void)
{
	const struct rlimit infinite = {RLIM_INFINITY, RLIM_INFINITY};

	/* It needs CAP_SYS_RESOURCE unless the hard limit is infinite already (LimitMEMLOCK= of the units). */
	return setrlimit(RLIMIT_MEMLOCK, &infinite) == 0;
}

/* Extends the heap by memory that the next small allocations come from. */
static void reserve_heap(void)
{
	enum { BLOCKS = 32, BLOCK_SIZE = 65536 };
	void *blocks[BLOCKS];

#ifdef M_TRIM_THRESHOLD                     /* not in musl */
	mallopt(M_TRIM_THRESHOLD, INT_MAX); /* the heap keeps it */
#endif
	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(BLOCK_SIZE);
	for (int i = 0; i < BLOCKS; i++)
		free(blocks[i]);
}

int secrets_lock(struct error *error)
{
	bool lifted = lift_limit();

	if (!lifted)
		reserve_heap();
	if (mlockall(MCL_CURRENT | MCL_ONFAULT | (lifted ? MCL_FUTURE : 0)) == 0)
		return 0;
	return error_set(error, -errno, "keys may be written to swap: cannot lock memory: %s; raise `ulimit -l`",
			 strerror(errno));
}

void *secrets_alloc(size_t size)
{
	void *memory = mmap(NULL, size ? size : 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
	(void)mlock(memory, size);
	(void)madvise(memory, size, MADV_DONTDUMP);
	return memory;
}

void secrets_free(void *memory, size_t size)
{
	if (!memory)
		return;
	explicit_bzero(memory, size);
	munmap(memory, size ? size : 1);
}

static void wipe_and_free(void *memory)
{
	if (memory)
		explicit_bzero(memory, malloc_usable_size(memory));
	free(memory);
}

void secrets_wipe_json(void)
{
	json_set_alloc_funcs(malloc, wipe_and_free);
}
