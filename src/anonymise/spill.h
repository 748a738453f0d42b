/*
 * spill.h
 *		Rows of a partitioning in a temporary file, with their bounds and a sample.
 */
#ifndef GDPR_SPILL_H
#define GDPR_SPILL_H

#include "storage/buffile.h"

#include "anonymise/mondrian.h"

#define SPILL_SAMPLE 1001

typedef struct SpilledRow
{
	int64 number;
	int32 sensitive;
	double points[FLEXIBLE_ARRAY_MEMBER];
} SpilledRow;

typedef struct Spill
{
	BufFile *file;
	Size width; /* of a row */
	int dimensions;
	bool reading;
	int64 rows;
	MondrianBox box;
	double *sample; /* SPILL_SAMPLE points of each dimension, dimension by dimension */
} Spill;

extern Spill *gdpr_spill_new(int dimensions);
extern SpilledRow *gdpr_spill_row(int dimensions);
extern void gdpr_spill_write(Spill *spill, const SpilledRow *row);

/* From the first row on; false at the end, and the next call begins again. */
extern bool gdpr_spill_read(Spill *spill, SpilledRow *row);
extern double gdpr_spill_middle(Spill *spill, int dimension);
extern void gdpr_spill_free(Spill *spill);

#endif /* GDPR_SPILL_H */
