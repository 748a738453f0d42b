/*
 * mondrian.h
 *		Strict multidimensional k-anonymity (LeFevre, DeWitt, Ramakrishnan 2006): rows are points, and space is cut at
 *		the median of its widest dimension as long as both halves keep the promise. Pure C: no server.
 */
#ifndef GDPR_MONDRIAN_H
#define GDPR_MONDRIAN_H

#include <stdbool.h>
#include <stdint.h>

#define MONDRIAN_MAX_DIMENSIONS 32

typedef struct Mondrian
{
	/* set by the caller */
	int64_t rows;
	int dimensions;
	const double *points; /* row by row, dimensions each */
	const int32_t
		*sensitive; /* code of each row's sensitive value, 0 .. values - 1; NULL when there is none */
	int32_t values;
	int64_t k;
	int32_t l;				   /* distinct sensitive values in a class; 0 for any */
	double t;				   /* greatest distance to the whole; 1 for any */
	bool ordered;			   /* the distance of t is that of ordered values */
	bool (*interrupted)(void); /* asked now and then; may be NULL */

	/* scratch of the caller: one int64 per row, and two int64 per value */
	int64_t *order;
	int64_t *histogram;

	/* answers */
	int32_t *class_of; /* of each row */
	float *loss_of;	   /* normalised certainty penalty of each row, 0 .. 1 */
	int32_t classes;
} Mondrian;

/* False when the whole does not keep the promise, or when interrupted. */
extern bool gdpr_mondrian(Mondrian *mondrian);

#endif /* GDPR_MONDRIAN_H */
