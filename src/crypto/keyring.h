/*
 * keyring.h
 *		The master keys: read from gdpr.key_file or gdpr.key_command by a worker without database, kept in a
 *		locked, undumpable page shared by all processes and read-only in backends.
 */
#ifndef GDPR_KEYRING_H
#define GDPR_KEYRING_H

#include "gdpr.h"
#include "crypto/wrap.h"

/* Settings, the shared page and the worker; from _PG_init. */
extern void gdpr_keyring_init(void);

/*
 * Counts the loads that changed the keys: who keeps unwrapped secrets compares it. 0 = never loaded.
 */
extern uint64 gdpr_keyring_generation(void);

/*
 * The key that wraps new keys (the newest line of the file). Raises 55000 when the library is not preloaded,
 * ZG019 when no key is loaded, with the reason the worker gave (unreadable file, bad line, failed command ...).
 */
extern void gdpr_keyring_active(GdprMasterKey *key);

/* Is any key loaded? Without one nothing can be opened, as on a server where a dump is only restored. Cheap. */
extern bool gdpr_keyring_has_keys(void);

/* The key with this fingerprint; false when it is not loaded. Raises 55000 when the library is not preloaded. */
extern bool gdpr_keyring_find(const uint8 *fingerprint, GdprMasterKey *key);

/* "3f2a9c01d4e5b677" for messages; palloc'd. */
extern char *gdpr_fingerprint_text(const uint8 *fingerprint);

/* Raise ZG019: wrapped by a master key that is not loaded. */
extern void gdpr_keyring_missing(const uint8 *fingerprint) pg_attribute_noreturn();

#endif /* GDPR_KEYRING_H */
