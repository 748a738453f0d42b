/*
 * memory.c
 *		Pages for unwrapped keys (see memory.h).
 */
#include "crypto/memory.h"

#include <sys/mman.h>

#include "crypto/aead.h"

void *
gdpr_secret_map(size_t size, bool shared, bool lock)
{
	void *memory =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_ANONYMOUS | (shared ? MAP_SHARED : MAP_PRIVATE), -1, 0);

	if (memory == MAP_FAILED)
		return NULL;
#ifdef MADV_DONTDUMP
	(void) madvise(memory, size, MADV_DONTDUMP);
#endif
#ifdef MADV_WIPEONFORK
	if (!shared)
		(void) madvise(memory, size, MADV_WIPEONFORK);
#endif
	/* A small RLIMIT_MEMLOCK is common and no reason to refuse work: swap should be encrypted anyway. */
	if (lock)
		(void) mlock(memory, size);
	return memory;
}

void
gdpr_secret_unmap(void *memory, size_t size)
{
	gdpr_cleanse(memory, size);
	(void) munmap(memory, size);
}
