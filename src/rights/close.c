/*
 * close.c
 *		The end of an erasure: the key is destroyed, and the erasure is written down: for its certificate, for the
 *		journal and for the ledger. Every erasure does this, so it is done without statements.
 */
#include "gdpr.h"

#include "commands/sequence.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "arguments.h"
#include "ledger/entry.h"
#include "rights/journal.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_close_erasure);

/* Columns of gdpr.erasure, in the order of erase.sql. */
enum
{
	ERASURE_SUBJECT,
	ERASURE_ID,
	ERASURE_AT,
	ERASURE_GROUND,
	ERASURE_ROLE,
	ERASURE_KEPT_AS,
	ERASURE_RESULT,
	ERASURE_COLUMNS
};

/* Columns of gdpr.journal_pending, in the order of journal.sql. */
enum
{
	PENDING_NUMBER,
	PENDING_AT,
	PENDING_KIND,
	PENDING_SUBJECT,
	PENDING_BORN,
	PENDING_PURPOSE,
	PENDING_CHANNEL,
	PENDING_REFERENCE,
	PENDING_DETAIL,
	PENDING_ORIGIN,
	PENDING_COLUMNS
};

static bool
suppressed_anything(Jsonb *result)
{
	JsonbValue count;

	return gdpr_member(&result->root, "suppressed", 10, jbvNumeric, &count) != NULL &&
		   DatumGetInt32(DirectFunctionCall1(numeric_int4, NumericGetDatum(count.val.numeric))) > 0;
}

/* What replay does again: with the suppression list, if there was something to list. */
static void
write_journal(const Datum *erasure, TimestampTz born)
{
	Datum values[PENDING_COLUMNS] = {0};
	bool nulls[PENDING_COLUMNS] = {false};

	values[PENDING_NUMBER] =
		Int64GetDatum(nextval_internal(gdpr_relation_oid(GDPR_JOURNAL_PENDING_NUMBER), false));
	values[PENDING_AT] = erasure[ERASURE_AT];
	values[PENDING_KIND] = CStringGetTextDatum("erasure");
	values[PENDING_SUBJECT] = erasure[ERASURE_SUBJECT];
	values[PENDING_BORN] = TimestampTzGetDatum(born);
	nulls[PENDING_PURPOSE] = true;
	nulls[PENDING_CHANNEL] = true;
	values[PENDING_REFERENCE] = erasure[ERASURE_ID];
	if (suppressed_anything(DatumGetJsonbP(erasure[ERASURE_RESULT])))
		values[PENDING_DETAIL] = CStringGetTextDatum("suppress");
	else
		nulls[PENDING_DETAIL] = true;
	nulls[PENDING_ORIGIN] = true;
	gdpr_insert(gdpr_relation_oid(GDPR_JOURNAL_PENDING), values, nulls);
}

/*
 * close_erasure(subject, ground, kept_as, result jsonb): answers the result. The caller holds the subject's row, so
 * that it is there need not be checked again.
 */
Datum
gdpr_close_erasure(PG_FUNCTION_ARGS)
{
	TimestampTz born;
	NameData role;
	Datum values[ERASURE_COLUMNS] = {0};
	bool nulls[ERASURE_COLUMNS] = {false};

	gdpr_require_argument(fcinfo, 0);
	gdpr_require_argument(fcinfo, 1);
	gdpr_object_argument(fcinfo, 3);
	born = gdpr_subject_forget(PG_GETARG_INT64(0));
	namestrcpy(&role, GetUserNameFromId(GetSessionUserId(), false));
	values[ERASURE_SUBJECT] = PG_GETARG_DATUM(0);
	values[ERASURE_ID] = OidFunctionCall0(F_GEN_RANDOM_UUID);
	values[ERASURE_AT] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[ERASURE_GROUND] = PG_GETARG_DATUM(1);
	values[ERASURE_ROLE] = NameGetDatum(&role);
	values[ERASURE_KEPT_AS] = PG_GETARG_DATUM(2);
	nulls[ERASURE_KEPT_AS] = PG_ARGISNULL(2);
	values[ERASURE_RESULT] = PG_GETARG_DATUM(3);
	gdpr_insert(gdpr_relation_oid(GDPR_ERASURE), values, nulls);
	if (!gdpr_journal_is_replaying())
		write_journal(values, born);
	gdpr_record_event(CStringGetTextDatum("subject erased"), PG_GETARG_DATUM(0), false,
					  DirectFunctionCall2(jsonb_delete, PG_GETARG_DATUM(3), CStringGetTextDatum("subject")));
	PG_RETURN_DATUM(PG_GETARG_DATUM(3));
}
