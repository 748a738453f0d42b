/*
 * subject_blocks.c
 *		What an index knows of the subjects of an entry, so that "who saw this person" looks at few entries more than
 *		the answer has.
 *
 *		A GiST index over a multirange keeps only the range from its first to its last subject: of entries about people
 *		scattered over the table it would recheck every one. So the numbers are cut into aligned blocks of 2^k, as
 *		few as cover them (a scan of a million people is two dozen), which a GIN index holds; a person is in an entry
 *		that has one of the blocks around the person, one of each size. Entries of very many scattered people are
 *		covered with larger blocks, and their multirange decides.
 *
 *		A block is written as one bigint: the bits of its first number, and 6 bits of k.
 */
#include "gdpr.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/array.h"
#include "utils/multirangetypes.h"
#include "utils/rangetypes.h"

PG_FUNCTION_INFO_V1(gdpr_subject_blocks);
PG_FUNCTION_INFO_V1(gdpr_blocks_around);

#define LARGEST		57 /* numbers have so many bits here; a sequence does not get there */
#define MOST_BLOCKS 1024

typedef struct Blocks
{
	Datum codes[MOST_BLOCKS];
	int count;
	int smallest; /* k of the smallest blocks used */
	int64 reached;
} Blocks;

static Datum
code_of(int64 first, int k)
{
	return Int64GetDatum((int64) ((uint64) first << 6 | (uint64) k));
}

/* The largest block that begins here and ends in time. */
static int
largest_at(int64 first, int64 end)
{
	int by_place = first == 0 ? LARGEST : pg_rightmost_one_pos64((uint64) first);
	int by_length = pg_leftmost_one_pos64((uint64) (end - first));

	return Min(Min(by_place, by_length), LARGEST);
}

/* False when there are too many blocks. */
static bool
add_range(Blocks *blocks, int64 low, int64 high)
{
	int64 size = INT64CONST(1) << blocks->smallest;

	low = Max(low & -size, blocks->reached);
	high = (high + size - 1) & -size;
	while (low < high)
	{
		int k = largest_at(low, high);

		if (blocks->count == MOST_BLOCKS)
			return false;
		blocks->codes[blocks->count++] = code_of(low, k);
		low += INT64CONST(1) << k;
	}
	blocks->reached = Max(blocks->reached, high);
	return true;
}

static int64
bound_of(const RangeBound *bound)
{
	int64 limit = INT64CONST(1) << LARGEST;

	if (bound->infinite)
		return bound->lower ? 0 : limit;
	return Min(Max(DatumGetInt64(bound->val), 0), limit);
}

static bool
cover(Blocks *blocks, TypeCacheEntry *type, RangeType **ranges, int count, int smallest)
{
	*blocks = (Blocks){.smallest = smallest};
	for (int i = 0; i < count; i++)
	{
		RangeBound lower;
		RangeBound upper;
		bool empty;

		CHECK_FOR_INTERRUPTS();
		range_deserialize(type, ranges[i], &lower, &upper, &empty);
		if (!empty && !add_range(blocks, bound_of(&lower), bound_of(&upper)))
			return false;
	}
	return true;
}

static Datum
array_of(Datum *codes, int count)
{
	return PointerGetDatum(
		construct_array(codes, count, INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

Datum
gdpr_subject_blocks(PG_FUNCTION_ARGS)
{
	MultirangeType *subjects = PG_GETARG_MULTIRANGE_P(0);
	TypeCacheEntry *type = multirange_get_typcache(fcinfo, MultirangeTypeGetOid(subjects));
	Blocks *blocks = palloc(sizeof(Blocks));
	RangeType **ranges;
	int32 count;
	int smallest = 0;

	multirange_deserialize(type->rngtype, subjects, &count, &ranges);
	while (!cover(blocks, type->rngtype, ranges, count, smallest))
		smallest++;
	PG_RETURN_DATUM(array_of(blocks->codes, blocks->count));
}

Datum
gdpr_blocks_around(PG_FUNCTION_ARGS)
{
	int64 subject = PG_GETARG_INT64(0);
	Datum codes[LARGEST + 1];

	for (int k = 0; k <= LARGEST; k++)
		codes[k] = code_of(subject & -(INT64CONST(1) << k), k);
	PG_RETURN_DATUM(array_of(codes, LARGEST + 1));
}
