/*
 * type_test.h
 *		Is a row of the type that one way of a pair (type, id) is for? (pair.sql)
 */
#ifndef GDPR_TYPE_TEST_H
#define GDPR_TYPE_TEST_H

#include "gdpr.h"
#include "access/attnum.h"
#include "fmgr.h"

typedef struct TypeTest
{
	AttrNumber column; /* InvalidAttrNumber: every row */
	Oid collation;
	FmgrInfo equal;
	Datum value;
} TypeTest;

/* For rows whose column, of this type and collation, equals the constant. What it holds lives in context. */
extern void gdpr_type_test_init(TypeTest *test, AttrNumber column, Oid type, Oid collation, const char *value,
								MemoryContext context);

extern bool gdpr_type_test_holds(TypeTest *test, Datum datum, bool isnull);

#endif /* GDPR_TYPE_TEST_H */
