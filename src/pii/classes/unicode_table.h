/*
 * unicode_table.h
 *		What the classes need of Unicode. The tables are written by unicode_table.py.
 */
#ifndef GDPR_UNICODE_TABLE_H
#define GDPR_UNICODE_TABLE_H

#include <stdint.h>

/* Every step-th character from first to last has its lower case at a distance of delta. */
typedef struct GdprLowerRange
{
	uint32_t first;
	uint32_t last;
	uint32_t step;
	int32_t delta;
} GdprLowerRange;

/* A lower-case letter and what it is without accents. */
typedef struct GdprFold
{
	uint16_t from;
	char to[4];
} GdprFold;

extern const GdprLowerRange gdpr_lower_range[];
extern const int gdpr_lower_range_count;
extern const GdprFold gdpr_fold[];
extern const int gdpr_fold_count;

/* The zeros of all scripts that write numbers in decimal, in order. */
extern const uint32_t gdpr_digit_zero[];
extern const int gdpr_digit_zero_count;

#endif /* GDPR_UNICODE_TABLE_H */
