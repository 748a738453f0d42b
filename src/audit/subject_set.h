/*
 * subject_set.h
 *		The subjects that a statement saw, exactly: bits of 64-bit words. The word last touched is at hand, the others
 *		are in a hash table, so that a scan in the order of the numbers costs a bit per subject and a probe per 64.
 */
#ifndef GDPR_SUBJECT_SET_H
#define GDPR_SUBJECT_SET_H

#include "gdpr.h"

/* 64 subjects; an empty place has no bits. */
typedef struct SubjectWord
{
	int64 index;
	uint64 bits;
} SubjectWord;

typedef struct SubjectSet
{
	MemoryContext context;
	SubjectWord last; /* not in the table yet */
	SubjectWord *words;
	uint32 capacity; /* a power of two */
	uint32 used;
} SubjectSet;

extern void gdpr_subject_set_init(SubjectSet *set, MemoryContext context);

/* Go to another word. */
extern void gdpr_subject_set_move(SubjectSet *set, int64 index);

extern bool gdpr_subject_set_has(const SubjectSet *set, int64 subject);

/* At 4 MB: emit and clear it. */
extern bool gdpr_subject_set_full(const SubjectSet *set);

/* Call `range` for each [low, high), ascending and not touching; afterwards only clear it. */
extern void gdpr_subject_set_ranges(SubjectSet *set, void (*range)(void *arg, int64 low, int64 high),
									void *arg);

extern void gdpr_subject_set_clear(SubjectSet *set);

static inline void
gdpr_subject_set_add(SubjectSet *set, int64 subject)
{
	if (unlikely(set->last.index != subject >> 6))
		gdpr_subject_set_move(set, subject >> 6);
	set->last.bits |= UINT64CONST(1) << (subject & 63);
}

#endif /* GDPR_SUBJECT_SET_H */
