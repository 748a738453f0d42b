/*
 * columns.c
 *		What the columns of a relation are, from the catalog caches: the graph of tables asks it of every table it
 *		knows, and a new session's first copy or erasure waits for the answers.
 */
#include "gdpr.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "arguments.h"
#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_pii_columns);
PG_FUNCTION_INFO_V1(gdpr_base_type);
PG_FUNCTION_INFO_V1(gdpr_underlying_type);

static int
column_count(Oid relid)
{
	HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	int count = 0;

	if (HeapTupleIsValid(tuple))
	{
		count = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
		ReleaseSysCache(tuple);
	}
	return count;
}

/* The name of a column that holds sealed values; false for any other, and for one that was dropped. */
static bool
pii_column(Oid relid, AttrNumber number, Name name)
{
	HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(relid), Int16GetDatum(number));
	bool sealed = false;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_attribute column = (Form_pg_attribute) GETSTRUCT(tuple);

		sealed = !column->attisdropped && gdpr_class_of_type(column->atttypid) != NULL;
		*name = column->attname;
		ReleaseSysCache(tuple);
	}
	return sealed;
}

/* pii_columns(relation) name[]: in the order of the columns. */
Datum
gdpr_pii_columns(PG_FUNCTION_ARGS)
{
	Oid relid = PG_GETARG_OID(0);
	int count = column_count(relid);
	NameData *names = palloc((count + 1) * sizeof(NameData));
	Datum *sealed = palloc((count + 1) * sizeof(Datum));
	int found = 0;

	for (int i = 1; i <= count; i++)
		if (pii_column(relid, i, &names[found]))
		{
			sealed[found] = NameGetDatum(&names[found]);
			found++;
		}
	PG_RETURN_ARRAYTYPE_P(construct_array(sealed, found, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR));
}

/* base_type(type) text: as a cast writes it, without its modifier: "bpchar", where "character" would be of length 1. */
Datum
gdpr_base_type(PG_FUNCTION_ARGS)
{
	Oid type = PG_GETARG_OID(0);

	if (!SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)))
		gdpr_refuse_argument(fcinfo, 0, "a type");
	PG_RETURN_TEXT_P(cstring_to_text(format_type_with_typemod(getBaseType(type), -1)));
}

/* What is no type is its own: a view asks of every column there is, also of one that is being dropped. */
Datum
gdpr_underlying_type(PG_FUNCTION_ARGS)
{
	Oid type = PG_GETARG_OID(0);

	PG_RETURN_OID(SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type)) ? getBaseType(type) : type);
}
