/*
 * keys_in_use.h
 *		Which master keys the databases of this server still need. No one keeps that: it is read from their rows, by a
 *		worker that connects to each in turn, so it is right after a crash, a restore, a copy of a database, and for one
 *		that never rotated. What could not be read is said to be unknown.
 */
#ifndef GDPR_KEYS_IN_USE_H
#define GDPR_KEYS_IN_USE_H

#include "gdpr.h"
#include "crypto/wrap.h"
#include "nodes/pg_list.h"

/* One master key in one database. */
typedef struct GdprKeyUse
{
	uint8 fingerprint[GDPR_FINGERPRINT_LEN]; /* of all zero: a malformed wrapped key */
	int64 people;							 /* keys of people wrapped by it */
	bool secret;							 /* and the secret of the database? */
} GdprKeyUse;

typedef enum GdprKeyAnswer
{
	GDPR_KEYS_SILENT,	 /* the worker failed, or never came to it */
	GDPR_KEYS_NO_WORKER, /* none could be started */
	GDPR_KEYS_BUSY,		 /* people are being written that may be wrapped by any key */
	GDPR_KEYS_MANY,		 /* more different keys than there is room for */
	GDPR_KEYS_NONE,		 /* a database without the extension */
	GDPR_KEYS_READ
} GdprKeyAnswer;

#define GDPR_KEY_USES 96 /* the key file has at most 64; others are missing from it */

/* What one database answered. */
typedef struct GdprKeyUses
{
	Oid database;
	GdprKeyAnswer answer;
	int32 count;
	GdprKeyUse uses[GDPR_KEY_USES];
} GdprKeyUses;

/* keys_in_use.c: what every database of the server answers now, a list of GdprKeyUses. */
extern List *gdpr_ask_keys_in_use(void);
extern PGDLLEXPORT void gdpr_keys_in_use_main(Datum arg);

/* keys_asked.c: room for what was answered last; from _PG_init. */
extern void gdpr_keys_asked_init(void);

#endif /* GDPR_KEYS_IN_USE_H */
