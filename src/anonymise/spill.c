/*
 * spill.c
 *		See spill.h.
 */
#include "gdpr.h"

#include "common/pg_prng.h"
#include "miscadmin.h"

#include "anonymise/spill.h"

Spill *
gdpr_spill_new(int dimensions)
{
	Spill *spill = palloc0(sizeof(Spill));

	spill->file = BufFileCreateTemp(false);
	spill->width = offsetof(SpilledRow, points) + dimensions * sizeof(double);
	spill->dimensions = dimensions;
	spill->sample = palloc(SPILL_SAMPLE * dimensions * sizeof(double));
	return spill;
}

SpilledRow *
gdpr_spill_row(int dimensions)
{
	return palloc0(offsetof(SpilledRow, points) + dimensions * sizeof(double));
}

static void
widen(MondrianBox *box, int dimension, double point, bool first)
{
	if (first || point < box->low[dimension])
		box->low[dimension] = point;
	if (first || point > box->high[dimension])
		box->high[dimension] = point;
}

/* Each row has the same chance to be in the sample (Vitter's algorithm R). */
static int64
place_in_sample(int64 before)
{
	if (before < SPILL_SAMPLE)
		return before;
	return (int64) pg_prng_uint64_range(&pg_global_prng_state, 0, before);
}

void
gdpr_spill_write(Spill *spill, const SpilledRow *row)
{
	int64 place = place_in_sample(spill->rows);

	BufFileWrite(spill->file, unconstify(SpilledRow *, row), spill->width);
	for (int d = 0; d < spill->dimensions; d++)
	{
		widen(&spill->box, d, row->points[d], spill->rows == 0);
		if (place < SPILL_SAMPLE)
			spill->sample[d * SPILL_SAMPLE + place] = row->points[d];
	}
	spill->rows++;
}

bool
gdpr_spill_read(Spill *spill, SpilledRow *row)
{
	size_t size;

	CHECK_FOR_INTERRUPTS();
	if (!spill->reading && BufFileSeek(spill->file, 0, 0, SEEK_SET) != 0)
		elog(ERROR, "could not rewind a temporary file");
	spill->reading = true;
	size = BufFileRead(spill->file, row, spill->width);
	if (size == spill->width)
		return true;
	if (size != 0)
		elog(ERROR, "could not read a temporary file");
	spill->reading = false;
	return false;
}

static int
compare(const void *a, const void *b)
{
	double left = *(const double *) a;
	double right = *(const double *) b;

	return left < right ? -1 : left > right;
}

/* The order within the sample of a dimension does not matter. */
double
gdpr_spill_middle(Spill *spill, int dimension)
{
	double *sample = spill->sample + dimension * SPILL_SAMPLE;
	int64 count = Min(spill->rows, SPILL_SAMPLE);

	qsort(sample, count, sizeof(double), compare);
	return sample[count / 2];
}

void
gdpr_spill_free(Spill *spill)
{
	BufFileClose(spill->file);
	pfree(spill->sample);
	pfree(spill);
}
