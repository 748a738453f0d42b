/*
 * subject_set.c
 *		A set of subjects (see subject_set.h).
 */
#include "audit/subject_set.h"

#include "port/pg_bitutils.h"
#include "utils/memutils.h"

#define WORDS_FIRST 64
#define WORDS_MAX	(4 * 1024 * 1024 / sizeof(SubjectWord))

static SubjectWord *
place_of(SubjectWord *words, uint32 capacity, int64 index)
{
	uint32 at = (uint32) (((uint64) index * UINT64CONST(0x9E3779B97F4A7C15)) >> 32) & (capacity - 1);

	while (words[at].bits != 0 && words[at].index != index)
		at = (at + 1) & (capacity - 1);
	return &words[at];
}

static void
grow(SubjectSet *set)
{
	uint32 capacity = set->capacity * 2;
	SubjectWord *words = MemoryContextAllocZero(set->context, capacity * sizeof(SubjectWord));

	for (uint32 i = 0; i < set->capacity; i++)
		if (set->words[i].bits != 0)
			*place_of(words, capacity, set->words[i].index) = set->words[i];
	pfree(set->words);
	set->words = words;
	set->capacity = capacity;
}

static void
store_last(SubjectSet *set)
{
	SubjectWord *place;

	if (set->last.bits == 0)
		return;
	if (set->used >= set->capacity / 4 * 3 && set->capacity < WORDS_MAX)
		grow(set);
	place = place_of(set->words, set->capacity, set->last.index);
	if (place->bits == 0)
	{
		place->index = set->last.index;
		set->used++;
	}
	place->bits |= set->last.bits;
	set->last.bits = 0;
}

void
gdpr_subject_set_init(SubjectSet *set, MemoryContext context)
{
	memset(set, 0, sizeof(*set));
	set->context = context;
	gdpr_subject_set_clear(set);
}

void
gdpr_subject_set_move(SubjectSet *set, int64 index)
{
	store_last(set);
	set->last.index = index;
}

bool
gdpr_subject_set_has(const SubjectSet *set, int64 subject)
{
	const SubjectWord *word = &set->last;
	uint64 bit = UINT64CONST(1) << (subject & 63);

	if (word->index == subject >> 6 && (word->bits & bit))
		return true;
	word = place_of(set->words, set->capacity, subject >> 6);
	return (word->bits & bit) != 0;
}

bool
gdpr_subject_set_full(const SubjectSet *set)
{
	return set->used >= WORDS_MAX / 4 * 3;
}

void
gdpr_subject_set_clear(SubjectSet *set)
{
	if (set->words && set->capacity > WORDS_FIRST)
	{
		pfree(set->words);
		set->words = NULL;
	}
	if (set->words == NULL)
	{
		set->words = MemoryContextAllocZero(set->context, WORDS_FIRST * sizeof(SubjectWord));
		set->capacity = WORDS_FIRST;
	}
	else if (set->used > 0)
		memset(set->words, 0, WORDS_FIRST * sizeof(SubjectWord));
	set->used = 0;
	set->last.bits = 0;
}

static int
compare_words(const void *left, const void *right)
{
	int64 a = ((const SubjectWord *) left)->index;
	int64 b = ((const SubjectWord *) right)->index;

	return a < b ? -1 : a > b;
}

/* The words, sorted, at the front of the table, which is no table any more. */
static uint32
sort_words(SubjectSet *set)
{
	uint32 count = 0;

	for (uint32 i = 0; i < set->capacity; i++)
		if (set->words[i].bits != 0)
			set->words[count++] = set->words[i];
	qsort(set->words, count, sizeof(SubjectWord), compare_words);
	return count;
}

void
gdpr_subject_set_ranges(SubjectSet *set, void (*range)(void *arg, int64 low, int64 high), void *arg)
{
	int64 low = 0;
	int64 high = 0;
	uint32 count;

	store_last(set);
	count = sort_words(set);
	for (uint32 i = 0; i < count; i++)
	{
		int64 at = set->words[i].index * 64;
		uint64 bits = set->words[i].bits;

		while (bits != 0)
		{
			int skip = pg_rightmost_one_pos64(bits);
			int run;

			bits >>= skip;
			at += skip;
			run = bits == PG_UINT64_MAX ? 64 : pg_rightmost_one_pos64(~bits);
			if (at != high)
			{
				if (high > low)
					range(arg, low, high);
				low = at;
			}
			high = at + run;
			at += run;
			bits = run == 64 ? 0 : bits >> run;
		}
	}
	if (high > low)
		range(arg, low, high);
}
