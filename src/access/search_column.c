/*
 * search_column.c
 *		The searchable columns of tables (search_column.h), looked up once and kept until the table changes: whatever
 *		writes gdpr.search_column changes the table in the same transaction.
 */
#include "access/search_column.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "access/pii_type.h"
#include "invalidation.h"

#define COLUMNS_MAX 32 /* of a table; search_by() refuses more */

typedef struct Known
{
	Oid relid; /* hash key */
	bool valid;
	int count;
	GdprSearchColumn columns[COLUMNS_MAX];
} Known;

static HTAB *known = NULL;

static void
relation_changed(Oid relid)
{
	HASH_SEQ_STATUS scan;
	Known *entry;

	if (known == NULL)
		return;
	hash_seq_init(&scan, known);
	while ((entry = hash_seq_search(&scan)) != NULL)
		if (relid == InvalidOid || relid == entry->relid)
			entry->valid = false;
}

void
gdpr_search_column_init(void)
{
	gdpr_on_relation_change(relation_changed);
}

static Known *
entry_of(Oid relid)
{
	Known *entry;
	bool found;

	if (known == NULL)
	{
		HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(Known)};

		known = hash_create("gdpr searchable columns", 32, &control, HASH_ELEM | HASH_BLOBS);
	}
	entry = hash_search(known, &relid, HASH_ENTER, &found);
	if (!found)
		entry->valid = false;
	return entry;
}

static Datum
column_of_row(int row, int number)
{
	bool isnull;

	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, number, &isnull);
}

static bool
read_column(int row, Oid relid, GdprSearchColumn *column)
{
	column->value = get_attnum(relid, NameStr(*DatumGetName(column_of_row(row, 1))));
	column->tokens = get_attnum(relid, NameStr(*DatumGetName(column_of_row(row, 2))));
	if (column->value == InvalidAttrNumber || column->tokens == InvalidAttrNumber)
		return false;
	column->class = gdpr_class_of_type(get_atttype(relid, column->value));
	return column->class && get_atttype(relid, column->tokens) == gdpr_search_tokens_type() &&
		   gdpr_search_kind(TextDatumGetCString(column_of_row(row, 3)), &column->kind);
}

static void
look_up(Known *entry)
{
	Oid type = OIDOID;
	Datum value = ObjectIdGetDatum(entry->relid);

	/* valid from here: a change that arrives while we read makes it invalid again */
	entry->valid = true;
	entry->count = 0;
	SPI_connect();
	gdpr_spi_select_as_owner("SELECT column_name, tokens, kind FROM gdpr_internal.search_columns($1)", 1,
							 &type, &value, NULL, 0);
	for (int row = 0; row < (int) SPI_processed && entry->count < COLUMNS_MAX; row++)
		if (read_column(row, entry->relid, &entry->columns[entry->count]))
			entry->count++;
	SPI_finish();
}

static bool
has_tokens(TupleDesc desc)
{
	Oid type = gdpr_search_tokens_type();

	for (int i = 0; i < desc->natts; i++)
		if (TupleDescAttr(desc, i)->atttypid == type && !TupleDescAttr(desc, i)->attisdropped)
			return true;
	return false;
}

const GdprSearchColumn *
gdpr_search_columns(Relation rel, int *count)
{
	Known *entry;

	*count = 0;
	if (!gdpr_pii_types_known() || !has_tokens(RelationGetDescr(rel)))
		return NULL;
	entry = entry_of(RelationGetRelid(rel));
	for (int tries = 0; !entry->valid && tries < 3; tries++)
		look_up(entry);
	if (!entry->valid)
		elog(ERROR, "table \"%s\" changes all the time", RelationGetRelationName(rel));
	*count = entry->count;
	return entry->columns;
}
