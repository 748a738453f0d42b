/*
 * memory.h
 *		Memory for unwrapped keys: pages of their own, locked where the system lets us, left out of core dumps.
 */
#ifndef GDPR_MEMORY_H
#define GDPR_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Zeroed pages; shared = true keeps them common to this process and its later children. NULL when there is no
 * memory. Untouched pages cost nothing unless lock is true.
 */
extern void *gdpr_secret_map(size_t size, bool shared, bool lock);

/* Cleanse and give back. */
extern void gdpr_secret_unmap(void *memory, size_t size);

#endif /* GDPR_MEMORY_H */
