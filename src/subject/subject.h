/*
 * subject.h
 *		The subjects of this database: their numbers, their keys, the database's own secret.
 *		No one else reads or writes gdpr.subject from C: a distributed table would only have to be found here.
 */
#ifndef GDPR_SUBJECT_H
#define GDPR_SUBJECT_H

#include "gdpr.h"
#include "access/htup.h"
#include "crypto/wrap.h"
#include "datatype/timestamp.h"
#include "utils/relcache.h"

/* Columns of gdpr.subject, in the order of subject.sql. */
enum
{
	SUBJECT_NUMBER = 1,
	SUBJECT_RELATION,
	SUBJECT_KEY,
	SUBJECT_WRAPPED_KEY,
	SUBJECT_PERMISSIONS,
	SUBJECT_CREATED_AT,
	SUBJECT_COLUMNS = SUBJECT_CREATED_AT
};

/*
 * The gate before people are shown or made. The journal shuts it (rights/journal.c): in a database that
 * was restored, someone erased would be there again, and a number be given to two people. The guard raises 55000, or
 * opens the gate; it is asked only while the gate is shut.
 */
extern bool gdpr_gate_open;
extern void (*gdpr_gate_guard)(void);

static inline void
gdpr_pass_gate(void)
{
	if (unlikely(!gdpr_gate_open) && gdpr_gate_guard)
		gdpr_gate_guard();
}

/* Told every NUMBERS_TOLD numbers that are given to new people, so that the journal's mark stays ahead. */
extern void (*gdpr_numbers_given)(void);
#define NUMBERS_TOLD 1000

/* subject.c: names */

/* The number of the subject (relation, key); 0 when there is none. Reads the newest committed state. */
extern int64 gdpr_subject_number_of(Oid relation, const char *key);

/* The subject is called otherwise from now on; number and key stay. */
extern void gdpr_subject_rename(int64 number, Oid relation, const char *key);

/* The subject is erased: its key is destroyed, and nothing leads to its number. Answers when it was created. */
extern TimestampTz gdpr_subject_forget(int64 number);

/* Take back a subject whose row never appeared. */
extern void gdpr_subject_remove(int64 number);

/* The newest committed row of a subject; NULL when there is none. Free with heap_freetuple. */
extern HeapTuple gdpr_subject_row(int64 number, TupleDesc *desc);

/* create.c */

/*
 * The number of the subject (relation, key), created with a new random key when there is none; *created says so. Two
 * sessions that come at once get the same number: the second waits for the first.
 */
extern int64 gdpr_subject_ensure(Oid relation, const char *key, bool *created);

/* secret.c: what derives from the database's random secret */

/* Raises 55000/ZG019 as the keyring does. Made at first use; an error on a standby or in a read-only place. */
extern const uint8 *gdpr_database_id(void);
extern const uint8 *gdpr_unbound_key(void);

/* Is there a secret, and its key? Makes none and raises nothing: a dump is restored in any order, and without a key. */
extern bool gdpr_secret_ready(void);
extern void gdpr_secret_derive(const char *use, const char *first, const char *second, uint8 out[32]);

/*
 * A context keyed by what derives from the secret, which the caller keeps: made at first use, and again when the secret
 * was loaded again. NULL when OpenSSL fails.
 */
typedef struct GdprSecretMac
{
	uint32 of; /* generation of the secret */
	struct GdprMac *mac;
} GdprSecretMac;

extern struct GdprMac *gdpr_secret_mac(GdprSecretMac *kept, const char *use, const char *first,
									   const char *second);

/* Changes when the secret in this backend was loaded again: key of derived contexts. */
extern uint32 gdpr_secret_generation(void);

extern void gdpr_secret_init(void);

#endif /* GDPR_SUBJECT_H */
