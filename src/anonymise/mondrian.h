/*
 * mondrian.h
 *		Strict multidimensional k-anonymity (LeFevre, DeWitt, Ramakrishnan 2006): rows are points, and space is cut at
 *		the median of its widest dimension as long as both halves keep the promise. Pure C: no server.
 *
 *		A dimension is measured (numbers, times), a category (codes 1, 2, ... in order), or a category with a
 *		hierarchy: its leaves have codes in the order of the tree, and it is cut where branches part. Each may have a
 *		point that stands for "not known".
 */
#ifndef GDPR_MONDRIAN_H
#define GDPR_MONDRIAN_H

#include <stdbool.h>
#include <stdint.h>

#define MONDRIAN_MAX_DIMENSIONS 32

typedef struct MondrianDimension
{
	double unknown; /* the point of rows without a value, below all others */
	double low;		/* of the known points of all rows */
	double high;
	int32_t leaves; /* codes run from 1 to leaves; 0 when measured */
	const int32_t
		*heights; /* of a hierarchy: how high codes i and i + 1 meet, for i from 0; NULL without one */
} MondrianDimension;

typedef struct MondrianBox
{
	double low[MONDRIAN_MAX_DIMENSIONS];
	double high[MONDRIAN_MAX_DIMENSIONS];
} MondrianBox;

/* What every class must keep. */
typedef struct MondrianPromise
{
	int64_t k;
	int32_t l;		/* distinct sensitive values in a class; 0 for any */
	double t;		/* greatest distance to the whole; 1 for any */
	bool ordered;	/* the distance of t is that of ordered values */
	int32_t values; /* how many sensitive values there are; their codes are 0 .. values - 1 */
	int64_t rows;	/* of the whole, with its counts of each sensitive value */
	const int64_t *counts;
} MondrianPromise;

typedef struct Mondrian
{
	/* set by the caller */
	int dimensions;
	const MondrianDimension *dimension;
	const MondrianPromise *promise;
	int32_t rows;
	const double *points;	  /* row by row, dimensions each */
	const int32_t *sensitive; /* code of each row's sensitive value */

	/* a class is finished: its rows by their index, and its loss (normalised certainty penalty, 0 .. 1) */
	void (*settle)(void *context, const int32_t *rows, int32_t count, double loss);
	void (*breathe)(void); /* called now and then; may leave for good */
	void *context;

	/* scratch of the caller: one int32 per row, and one int64 per sensitive value, zero */
	int32_t *order;
	int64_t *part;
} Mondrian;

/* Cuts the rows into classes. The whole must keep the promise. */
extern void gdpr_mondrian(Mondrian *mondrian);

/* The loss of a class that spans a box. */
extern double gdpr_mondrian_loss(const MondrianDimension *dimension, int dimensions, const MondrianBox *box);
extern double gdpr_mondrian_width(const MondrianDimension *dimension, double low, double high);

/* Where to cut a dimension whose middle point is this: rows up to the answer, or when below is set rows below it. */
extern double gdpr_mondrian_place(const MondrianDimension *dimension, double low, double high, double middle,
								  int attempt, bool *below);

/* Does a part keep the promise? counts are of its sensitive values, and stay. */
extern bool gdpr_mondrian_keeps(const MondrianPromise *promise, int64_t rows, const int64_t *counts);

#define MONDRIAN_ATTEMPTS 4 /* places tried in a dimension */
#define MONDRIAN_NOWHERE  (-1.0 / 0.0)

#endif /* GDPR_MONDRIAN_H */
