/*
 * convert.c
 *		The subject of a row while protect() rewrites its table. Every sealed column of the row asks, so the last
 *		answer is kept for the length of the statement.
 */
#include "access/access.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "access/key_text.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_row_subject);

#define FIRST_KEY 2 /* arguments before the key columns */

/* Output functions of the key columns, per expression. */
typedef struct KeyOutput
{
	int count;
	FmgrInfo output[FLEXIBLE_ARRAY_MEMBER];
} KeyOutput;

/* The last answer, shared by the expressions of a row; good within one subtransaction only. */
static struct
{
	TransactionId transaction;
	SubTransactionId subtransaction;
	Oid subject_table;
	bool through_owner;
	char key[256];
	int64 subject;
} last;

static KeyOutput *
key_output(FunctionCallInfo fcinfo)
{
	KeyOutput *key = fcinfo->flinfo->fn_extra;

	if (key)
		return key;
	key = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt,
								 offsetof(KeyOutput, output) + PG_NARGS() * sizeof(FmgrInfo));
	key->count = PG_NARGS() - FIRST_KEY;
	for (int i = 0; i < key->count; i++)
	{
		Oid output;
		bool varlena;

		getTypeOutputInfo(get_fn_expr_argtype(fcinfo->flinfo, FIRST_KEY + i), &output, &varlena);
		fmgr_info_cxt(output, &key->output[i], fcinfo->flinfo->fn_mcxt);
	}
	fcinfo->flinfo->fn_extra = key;
	return key;
}

static char *
columns_as_text(FunctionCallInfo fcinfo)
{
	KeyOutput *key = key_output(fcinfo);
	char **values = palloc(key->count * sizeof(char *));

	for (int i = 0; i < key->count; i++)
		values[i] = OutputFunctionCall(&key->output[i], PG_GETARG_DATUM(FIRST_KEY + i));
	return gdpr_key_text(values, key->count);
}

static int64
subject_of(FunctionCallInfo fcinfo, const char *key)
{
	int count = PG_NARGS() - FIRST_KEY;
	Oid *types;
	Datum *values;
	char *found = NULL;
	int64 subject = 0;

	if (PG_ARGISNULL(1))
		return gdpr_subject_ensure(PG_GETARG_OID(0), key, NULL);
	types = palloc(count * sizeof(Oid));
	values = palloc(count * sizeof(Datum));
	for (int i = 0; i < count; i++)
	{
		types[i] = get_fn_expr_argtype(fcinfo->flinfo, FIRST_KEY + i);
		values[i] = PG_GETARG_DATUM(FIRST_KEY + i);
	}
	SPI_connect();
	gdpr_spi_select_as_owner(text_to_cstring(PG_GETARG_TEXT_PP(1)), count, types, values, NULL, 1);
	if (SPI_processed == 1)
		found = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (found)
		subject = gdpr_subject_ensure(PG_GETARG_OID(0), found, NULL);
	SPI_finish();
	return subject;
}

Datum
gdpr_row_subject(PG_FUNCTION_ARGS)
{
	Oid subject_table = PG_GETARG_OID(0);
	bool through_owner = !PG_ARGISNULL(1);
	int64 subject;
	char *key;

	for (int i = FIRST_KEY; i < PG_NARGS(); i++)
		if (PG_ARGISNULL(i))
			PG_RETURN_NULL();
	key = columns_as_text(fcinfo);
	if (last.transaction == GetTopTransactionId() && last.subtransaction == GetCurrentSubTransactionId() &&
		last.subject_table == subject_table && last.through_owner == through_owner &&
		strcmp(last.key, key) == 0)
		subject = last.subject;
	else
	{
		subject = subject_of(fcinfo, key);
		last.transaction = strlen(key) < sizeof(last.key) ? GetTopTransactionId() : InvalidTransactionId;
		last.subtransaction = GetCurrentSubTransactionId();
		last.subject_table = subject_table;
		last.through_owner = through_owner;
		strlcpy(last.key, key, sizeof(last.key));
		last.subject = subject;
	}
	if (subject == 0)
		PG_RETURN_NULL();
	PG_RETURN_INT64(subject);
}
