/*
 * hold.h
 *		Is a person, or a row, kept whatever someone asks? The row trigger's face of hold.sql.
 */
#ifndef GDPR_HOLD_H
#define GDPR_HOLD_H

#include "gdpr.h"

/* Does any hold stand? Cheap, and remembered for the running command, where none does. */
extern bool gdpr_anything_held(void);

/* Newest committed state, as of now. An open request keeps what would go, and not what would be replaced. */
extern bool gdpr_person_held(int64 subject, bool by_request_too);

/* relation is the table that was protected; key the text of the row's primary key, NULL for "any row of it". */
extern bool gdpr_row_held(Oid relation, const char *key);

#endif /* GDPR_HOLD_H */
