/*
 * suppression.c
 *		Compares identifiers with the suppression list without opening them: the token of a sealed value stands
 *		for its normalised form, so another spelling of the same address or number is the same identifier. What
 *		is stored is HMAC(secret of the database, class, token): a list that leaked matches no index and no other
 *		database, and cannot be searched without the key.
 */
#include "policy/suppression.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

#include "pii/seal.h"
#include "purpose/purpose_set.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_suppression_hash);

#define HASH_LEN 32

/* Columns of gdpr.suppression, in the order of suppression.sql. */
enum
{
	SUPPRESSION_HASH = 1,
	SUPPRESSION_EVERYWHERE
};

static bytea *
hash_of(const GdprClass *class, const uint8 *token)
{
	char hex[SEALED_TOKEN_LEN * 2 + 1];
	bytea *hash = palloc(VARHDRSZ + HASH_LEN);

	SET_VARSIZE(hash, VARHDRSZ + HASH_LEN);
	hex[hex_encode((const char *) token, SEALED_TOKEN_LEN, hex)] = '\0';
	gdpr_secret_derive("suppression", class->name, hex, (uint8 *) VARDATA(hash));
	return hash;
}

/*
 * The command that found the list empty. It counts for that command alone: what this session adds it sees from the
 * next command on, and what others add from the next statement on.
 */
static struct
{
	TimestampTz statement;
	TimestampTz transaction; /* of which a statement can have several, and each counts commands again */
	CommandId command;
} found_empty;

static bool
is_empty(void)
{
	return found_empty.statement == GetCurrentStatementStartTimestamp() &&
		   found_empty.transaction == GetCurrentTransactionStartTimestamp() &&
		   found_empty.command == GetCurrentCommandId(false);
}

static void
remember_empty(void)
{
	found_empty.statement = GetCurrentStatementStartTimestamp();
	found_empty.transaction = GetCurrentTransactionStartTimestamp();
	found_empty.command = GetCurrentCommandId(false);
}

bytea *
gdpr_suppressed(const GdprClass *class, const uint8 *token)
{
	Relation rel;
	bytea *hash = NULL;

	if (is_empty())
		return NULL;
	rel = table_open(gdpr_relation_oid(GDPR_SUPPRESSION), AccessShareLock);
	if (RelationGetNumberOfBlocks(rel) == 0)
		remember_empty();
	else
	{
		ScanKeyData keys[2];
		SysScanDesc scan;

		hash = hash_of(class, token);
		ScanKeyInit(&keys[0], SUPPRESSION_HASH, BTEqualStrategyNumber, F_BYTEAEQ, PointerGetDatum(hash));
		ScanKeyInit(&keys[1], SUPPRESSION_EVERYWHERE, BTEqualStrategyNumber, F_BOOLEQ, BoolGetDatum(true));
		scan = systable_beginscan(rel, gdpr_relation_oid(GDPR_SUPPRESSION_CHECK), true, NULL, 2, keys);
		if (!HeapTupleIsValid(systable_getnext(scan)))
		{
			pfree(hash);
			hash = NULL;
		}
		systable_endscan(scan);
	}
	table_close(rel, AccessShareLock);
	return hash;
}

bool
gdpr_may_be_written(bytea *hash, int64 subject, Oid subject_table, const struct varlena *tag, bool import)
{
	Oid types[5] = {BYTEAOID, INT8OID, REGCLASSOID, INT4ARRAYOID, BOOLOID};
	int count = tag ? PURPOSE_SET_COUNT(tag) : 0;
	Datum *purposes = palloc((count + 1) * sizeof(Datum));
	Datum values[5] = {PointerGetDatum(hash), Int64GetDatum(subject), ObjectIdGetDatum(subject_table),
					   (Datum) 0, BoolGetDatum(import)};
	bool isnull;
	bool may;

	for (int i = 0; i < count; i++)
		purposes[i] = Int32GetDatum(gdpr_purpose_set_member(tag, i));
	values[3] = PointerGetDatum(construct_array(purposes, count, INT4OID, sizeof(int32), true, TYPALIGN_INT));
	SPI_connect();
	gdpr_spi_select_as_owner("SELECT gdpr_internal.may_be_written($1, $2, $3, $4, $5)", 5, types, values,
							 NULL, 1);
	may = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	SPI_finish();
	return !isnull && may;
}

void
gdpr_suppression_refuse(const GdprClass *class)
{
	ereport(ERROR,
			(errcode(ERRCODE_ZG007_SUPPRESSED),
			 errmsg("this %s is suppressed: its owner does not want to be on file", class->label),
			 errhint("After an order or a registration of the person's own: SELECT gdpr.record_return(...); "
					 "after fresh consent: SELECT gdpr.lift_suppression(...);"),
			 errhidestmt(true)));
}

/* hash(value): of a sealed value of a class that can be searched; NULL for one that cannot. */
Datum
gdpr_suppression_hash(PG_FUNCTION_ARGS)
{
	Sealed sealed;

	if (gdpr_class_of_type(get_fn_expr_argtype(fcinfo->flinfo, 0)) == NULL)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("only values of the types gdpr.pii_... can be suppressed")));
	gdpr_sealed_view(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), &sealed);
	if (sealed.token == NULL)
		PG_RETURN_NULL();
	PG_RETURN_BYTEA_P(hash_of(gdpr_class_by_id(sealed.class_id), sealed.token));
}
