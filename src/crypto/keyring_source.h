/*
 * keyring_source.h
 *		Where master keys come from. Called by the keyring worker only: never in the postmaster, never in a backend.
 */
#ifndef GDPR_KEYRING_SOURCE_H
#define GDPR_KEYRING_SOURCE_H

#include "postgres.h"

#include "crypto/keyset.h"

/* What a source delivers; lies in memory for secrets. */
typedef struct GdprKeyText
{
	size_t len;
	char text[GDPR_KEY_TEXT_MAX];
} GdprKeyText;

/* A way to get at the keys; `read` fills `out` from what the setting says, or gives the reason why not. */
typedef struct GdprKeySource
{
	const char *setting; /* its name, for messages */
	char **value;
	bool (*read)(const char *value, GdprKeyText *out, GdprKeyReason *why);
} GdprKeySource;

extern char *gdpr_key_file;
extern char *gdpr_key_command;
extern int gdpr_key_command_timeout;

/* The one source that is configured; NULL, with the reason, when none or more than one is. */
extern const GdprKeySource *gdpr_key_source(GdprKeyReason *why);

/* True when no source is configured at all, as opposed to one that fails. */
extern bool gdpr_key_source_none(void);

#endif /* GDPR_KEYRING_SOURCE_H */
