/*
 * type_test.c
 *		Compares as the database would, by the default equality of the column's type, below all domains; without a
 *		query, for it is asked of every row.
 */
#include "access/type_test.h"

#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

void
gdpr_type_test_init(TypeTest *test, AttrNumber column, Oid type, Oid collation, const char *value,
					MemoryContext context)
{
	Oid base = getBaseType(type);
	Oid equal = lookup_type_cache(base, TYPECACHE_EQ_OPR)->eq_opr;
	MemoryContext before;
	Oid input;
	Oid parameter;

	if (!OidIsValid(equal))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the column that says what a row refers to cannot be compared any more"),
						errhint("SELECT * FROM gdpr.status(); names the fix.")));
	test->column = column;
	test->collation = collation;
	fmgr_info_cxt(get_opcode(equal), &test->equal, context);
	getTypeInputInfo(base, &input, &parameter);
	before = MemoryContextSwitchTo(context);
	test->value = OidInputFunctionCall(input, unconstify(char *, value), parameter, -1);
	MemoryContextSwitchTo(before);
}

bool
gdpr_type_test_holds(TypeTest *test, Datum datum, bool isnull)
{
	if (test->column == InvalidAttrNumber)
		return true;
	return !isnull && DatumGetBool(FunctionCall2Coll(&test->equal, test->collation, datum, test->value));
}
