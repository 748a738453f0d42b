/*
 * subject_call.c
 *		The people of this database, as SQL finds and makes them.
 */
#include "subject/subject.h"

#include "access/genam.h"
#include "access/table.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "crypto/mac.h"
#include "subject/cache.h"
#include "subject/key_text.h"

PG_FUNCTION_INFO_V1(gdpr_subject_number);
PG_FUNCTION_INFO_V1(gdpr_require_subject);
PG_FUNCTION_INFO_V1(gdpr_ensure_subject);
PG_FUNCTION_INFO_V1(gdpr_nameless_subject);
PG_FUNCTION_INFO_V1(gdpr_subject_mac);
PG_FUNCTION_INFO_V1(gdpr_relation_changed);

static char *
key_argument(FunctionCallInfo fcinfo)
{
	return gdpr_key_canonical(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)));
}

Datum
gdpr_subject_number(PG_FUNCTION_ARGS)
{
	int64 number = gdpr_subject_number_of(PG_GETARG_OID(0), key_argument(fcinfo));

	if (number == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(number);
}

/* subject_number that raises where there is none; a NULL names no one. */
Datum
gdpr_require_subject(PG_FUNCTION_ARGS)
{
	int64 number = 0;

	if (!PG_ARGISNULL(0) && !PG_ARGISNULL(1))
		number = gdpr_subject_number_of(PG_GETARG_OID(0), key_argument(fcinfo));
	if (number == 0)
		ereport(
			ERROR,
			(errcode(ERRCODE_NO_DATA),
			 errmsg("table %s has no such person on record",
					PG_ARGISNULL(0) ? "NULL"
									: DatumGetCString(DirectFunctionCall1(regclassout, PG_GETARG_DATUM(0)))),
			 errhint("The key is the text of the primary key, (a,b) when it has several columns. An erased "
					 "person is no longer found by it.")));
	PG_RETURN_INT64(number);
}

/* Is the relation declared as a subject table? */
static bool
is_subject_table(Oid relation)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_SUBJECT_TABLE), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	bool found;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
	scan = systable_beginscan(rel, gdpr_relation_oid(GDPR_SUBJECT_TABLE_PKEY), true, NULL, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

Datum
gdpr_ensure_subject(PG_FUNCTION_ARGS)
{
	Oid relation = PG_GETARG_OID(0);

	gdpr_require_catalog();
	if (!is_subject_table(relation))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("table %s is not declared as a subject table", gdpr_table_name(relation)),
						errhint("SELECT gdpr.declare_subject(%s, 'id');",
								quote_literal_cstr(gdpr_table_name(relation)))));
	PG_RETURN_INT64(gdpr_subject_ensure(relation, key_argument(fcinfo), NULL));
}

/* A subject for rows that are no one's: it has a name that is no key until its caller takes it away. */
Datum
gdpr_nameless_subject(PG_FUNCTION_ARGS)
{
	char *name = psprintf("kept %s", DatumGetCString(DirectFunctionCall1(uuid_out, gen_random_uuid(fcinfo))));

	PG_RETURN_INT64(gdpr_subject_ensure(PG_GETARG_OID(0), name, NULL));
}

/* Under the person's own key, so that no one can confirm a guess by it once that is destroyed. */
Datum
gdpr_subject_mac(PG_FUNCTION_ARGS)
{
	const uint8 *key = gdpr_subject_key(PG_GETARG_INT64(0));
	char *use = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char *digest = DatumGetCString(DirectFunctionCall1(byteaout, PG_GETARG_DATUM(2)));
	bytea *mac = palloc(VARHDRSZ + GDPR_MAC_LEN);

	if (!gdpr_derive(key, use, digest, NULL, (uint8 *) VARDATA(mac)))
		elog(ERROR, "could not compute a keyed hash");
	SET_VARSIZE(mac, VARHDRSZ + GDPR_MAC_LEN);
	PG_RETURN_BYTEA_P(mac);
}

Datum
gdpr_relation_changed(PG_FUNCTION_ARGS)
{
	CacheInvalidateRelcacheByRelid(PG_GETARG_OID(0));
	PG_RETURN_VOID();
}
