/*
 * purpose_set.h
 *		The set of purposes a row was collected for: a varlena of ascending purpose numbers.
 *
 *		 offset  size
 *		   0      4   varlena header (short form on disk)
 *		   4      4n  int32 purpose numbers, ascending, no duplicates; n = 0 is the empty set
 *		Names are looked up at input and output, so a set survives a purpose's renaming.
 */
#ifndef GDPR_PURPOSE_SET_H
#define GDPR_PURPOSE_SET_H

#include "gdpr.h"

/* A row is collected for a few purposes; these still take no more than an eighth of a page. */
#define GDPR_PURPOSES_MAX	   256

/* Members of a set that was detoasted packed (PG_DETOAST_DATUM_PACKED): unaligned, so read by memcpy. */
#define PURPOSE_SET_COUNT(set) ((int) (VARSIZE_ANY_EXHDR(set) / sizeof(int32)))
#define PURPOSE_SET_DATA(set)  (VARDATA_ANY(set))

extern bool gdpr_purpose_set_contains(const struct varlena *set, int32 purpose);

/* Member i of a packed set. */
static inline int32
gdpr_purpose_set_member(const struct varlena *set, int i)
{
	int32 number;

	memcpy(&number, (const char *) PURPOSE_SET_DATA(set) + i * sizeof(int32), sizeof(int32));
	return number;
}

#endif /* GDPR_PURPOSE_SET_H */
