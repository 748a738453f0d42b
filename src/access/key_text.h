/*
 * key_text.h
 *		What the outside calls a subject: its key as text.
 */
#ifndef GDPR_KEY_TEXT_H
#define GDPR_KEY_TEXT_H

/* One value as it is; several as a row prints: (a,"b c"). palloc'd, or values[0] itself. */
extern char *gdpr_key_text(char **values, int count);

#endif /* GDPR_KEY_TEXT_H */
