/*
 * held.c
 *		The cache of what is known of tables whose rows may be held (see held.h). An entry is good until its table is
 *		changed in the catalogs, which protecting and unprotecting it does.
 */
#include "access/held.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/hsearch.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "access/binding.h"
#include "invalidation.h"
#include "subject/key_text.h"

static HTAB *tables = NULL;

static void
relation_changed(Oid relid)
{
	HASH_SEQ_STATUS scan;
	HeldTable *table;

	if (tables == NULL)
		return;
	hash_seq_init(&scan, tables);
	while ((table = hash_seq_search(&scan)) != NULL)
		if (relid == InvalidOid || relid == table->relid || relid == table->protected)
			table->valid = false;
}

void
gdpr_held_init(void)
{
	gdpr_on_relation_change(relation_changed);
}

static void
read_columns(HeldTable *table, Datum names)
{
	Datum *columns;

	deconstruct_array(DatumGetArrayTypeP(names), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &columns, NULL,
					  &table->key_count);
	for (int i = 0; i < table->key_count; i++)
		table->key_columns[i] = get_attnum(table->relid, NameStr(*DatumGetName(columns[i])));
}

static void
read_table(HeldTable *table)
{
	Oid type = OIDOID;
	Datum value = ObjectIdGetDatum(table->relid);
	TupleDesc desc;
	HeapTuple tuple;
	bool isnull;
	Datum datum;

	table->valid = true; /* a change that arrives while we read makes it invalid again */
	table->key_count = 0;
	SPI_connect();
	gdpr_spi_select_as_owner("SELECT protected, people, columns FROM gdpr_internal.held_key($1)", 1, &type,
							 &value, NULL, 1);
	tuple = SPI_tuptable->vals[0];
	desc = SPI_tuptable->tupdesc;
	datum = SPI_getbinval(tuple, desc, 1, &isnull);
	table->protected = isnull ? InvalidOid : DatumGetObjectId(datum);
	datum = SPI_getbinval(tuple, desc, 2, &isnull);
	table->people = !isnull && DatumGetBool(datum);
	datum = SPI_getbinval(tuple, desc, 3, &isnull);
	if (!isnull)
		read_columns(table, datum);
	table->subject_column = get_attnum(table->relid, GDPR_SUBJECT_COLUMN);
	if (table->subject_column == InvalidAttrNumber)
		table->protected = InvalidOid;
	SPI_finish();
}

const HeldTable *
gdpr_held_table(Relation rel)
{
	Oid relid = RelationGetRelid(rel);
	HeldTable *table;
	bool found;

	if (tables == NULL)
	{
		HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(HeldTable)};

		tables = hash_create("gdpr held tables", 32, &control, HASH_ELEM | HASH_BLOBS);
	}
	table = hash_search(tables, &relid, HASH_ENTER, &found);
	if (!found)
		table->valid = false;
	if (!table->valid)
	{
		table->protected = InvalidOid;
		read_table(table);
	}
	return table;
}

/*
 * No DateStyle or TimeZone changes it: a timestamptz is the timestamp of UTC. A single key is cast to text, which takes
 * the blanks of a bpchar; those of several are spelled in their row.
 */
static char *
key_value(TupleTableSlot *slot, AttrNumber column, bool single)
{
	Oid type = getBaseType(TupleDescAttr(slot->tts_tupleDescriptor, column - 1)->atttypid);
	Oid output;
	bool varlena;
	bool isnull;
	Datum datum = slot_getattr(slot, column, &isnull);
	char *text;

	if (type == DATEOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID)
	{
		text =
			JsonEncodeDateTime(palloc(MAXDATELEN + 1), datum, type == DATEOID ? DATEOID : TIMESTAMPOID, NULL);
		for (char *c = text; *c; c++)
			if (*c == 'T')
				*c = ' ';
		return text;
	}
	getTypeOutputInfo(type, &output, &varlena);
	text = OidOutputFunctionCall(output, datum);
	if (single && type == BPCHAROID)
		for (size_t len = strlen(text); len > 0 && text[len - 1] == ' '; len--)
			text[len - 1] = '\0';
	return text;
}

char *
gdpr_held_key(const HeldTable *table, TupleTableSlot *slot)
{
	char *values[INDEX_MAX_KEYS];

	for (int i = 0; i < table->key_count; i++)
		values[i] = key_value(slot, table->key_columns[i], table->key_count == 1);
	return gdpr_key_text(values, table->key_count);
}
