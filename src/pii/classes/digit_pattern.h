/*
 * digit_pattern.h
 *		Patterns of digits, as numbering plans are published: the part of regular expressions that they use.
 */
#ifndef GDPR_DIGIT_PATTERN_H
#define GDPR_DIGIT_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#define GDPR_PATTERN_GROUPS 2

/* Where a pattern matched, and what its capturing groups did. */
typedef struct GdprPatternMatch
{
	size_t len;
	size_t start[GDPR_PATTERN_GROUPS];
	size_t end[GDPR_PATTERN_GROUPS]; /* start = end: the group took no part */
} GdprPatternMatch;

/*
 * True when the pattern matches at the beginning of the digits; with whole, all of them. Known are digits, classes
 * [2-5], \d, groups (...) and (?:...), |, ? on anything, {n} and {n,m} on a digit or class, and $.
 */
extern bool gdpr_digit_pattern(const char *pattern, const char *digits, size_t len, bool whole,
							   GdprPatternMatch *match);

#endif /* GDPR_DIGIT_PATTERN_H */
