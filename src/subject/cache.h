/*
 * cache.h
 *		A backend's memory of subjects: the unwrapped key and the policy's last verdicts, 64 bytes each, in a
 *		direct-mapped table of pages that are left out of core dumps. gdpr.subject_cache_size bounds it.
 */
#ifndef GDPR_SUBJECT_CACHE_H
#define GDPR_SUBJECT_CACHE_H

#include "gdpr.h"
#include "crypto/aead.h"
#include "datatype/timestamp.h"

typedef enum GdprKeyState
{
	GDPR_KEY_PRESENT,
	GDPR_KEY_SHREDDED,	 /* the subject is erased */
	GDPR_KEY_UNKNOWN,	 /* there never was a subject of this number: erased ones stay */
	GDPR_KEY_NOT_LOADED, /* wrapped by a master key that is not loaded */
	GDPR_KEY_WRAPPED,	 /* no one asked for it yet: only the verdict is known */
	GDPR_KEY_CORRUPTED
} GdprKeyState;

#define GDPR_QUESTIONS 2 /* a row filter and a reveal may ask for different purposes */

typedef struct GdprSubject
{
	/* set by the cache */
	int64 number; /* 0 = empty slot */
	uint8 key[GDPR_KEY_LEN];
	uint32 generation; /* of its marker when it was read */

	/* set by the judge: the policy's answers to the last questions, and until when they hold */
	uint32 judged_for[GDPR_QUESTIONS]; /* number of the question, 0 = none */
	uint8 verdict[GDPR_QUESTIONS];

	uint8 key_state; /* set by the cache */
	TimestampTz verdict_until;
} GdprSubject;

/* The policy reads the permission set of a row that was just fetched; permissions is NULL when there is none. */
typedef void (*GdprJudge)(GdprSubject *subject, const uint8 *permissions, size_t len);

extern void gdpr_subject_cache_init(void);
extern void gdpr_subject_cache_judge(GdprJudge judge);

/*
 * The subject as of the latest committed state: accepts pending invalidations first. Never NULL: an unknown
 * number comes back as GDPR_KEY_UNKNOWN. Valid until the next call.
 */
extern GdprSubject *gdpr_subject_get(int64 number);

/* The same for who accepted invalidations a moment ago, for the same decision. */
extern GdprSubject *gdpr_subject_get_next(int64 number);

/* The same, read again and judged again. */
extern GdprSubject *gdpr_subject_get_again(int64 number);

/* The key of a subject for binding and revealing; raises ZG019, ZG020 or XX001. Valid until the next call. */
extern const uint8 *gdpr_subject_key(int64 number);

/* The same for who accepted invalidations a moment ago, for the same decision. */
extern const uint8 *gdpr_subject_key_next(int64 number);

/* Raise the error of a key that is not present. */
extern void gdpr_subject_key_error(int64 number, GdprKeyState state) pg_attribute_noreturn();

/* This transaction made a subject, whose key is kept at once: when it aborts, what was cached goes with it. */
extern void gdpr_subject_cache_created(int64 number, const uint8 *key);

/* Forget everything, cleansed. */
extern void gdpr_subject_cache_forget(void);

#endif /* GDPR_SUBJECT_CACHE_H */
