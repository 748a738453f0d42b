/*
 * key_text.h
 *		What the outside calls a subject: its key as text.
 */
#ifndef GDPR_KEY_TEXT_H
#define GDPR_KEY_TEXT_H

#include "postgres.h"

/* One value as it is; several as a row prints: (a,"b c"). palloc'd, or values[0] itself. */
extern char *gdpr_key_text(char **values, int count);

/*
 * A key as the subject table's own types spell it: ' 007 ' is 7, and a uuid has small letters. Raises 22P02 for what is
 * no key of the table, without repeating it. Of a table that is not declared every text is as it is.
 */
extern char *gdpr_key_canonical(Oid subject_table, const char *key);

/* Does a column of this type always print as the n-th column of the key is spelled? */
extern bool gdpr_key_prints_alike(Oid subject_table, int n, Oid type, int32 typmod);

/* Listens to changes of tables; from _PG_init. */
extern void gdpr_key_text_init(void);

#endif /* GDPR_KEY_TEXT_H */
