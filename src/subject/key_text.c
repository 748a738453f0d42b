/*
 * key_text.c
 *		Spells keys of people. Composite ones as record_out() does, so that (a, b)::text in SQL names the same subject.
 *
 *		A key is compared as text, so one person must have one text: whatever names a person, a caller or a row of
 *		another table, is taken through the types of the subject table's key columns, domains aside, whose checks
 *		are someone's functions.
 */
#include "subject/key_text.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "gdpr.h"
#include "invalidation.h"

PG_FUNCTION_INFO_V1(gdpr_canonical_key);

typedef struct KeyColumn
{
	Oid type;
	int32 typmod;
	Oid io_param;
	FmgrInfo input;
	FmgrInfo output;
} KeyColumn;

/* Good until the table or gdpr.subject_table changes in the catalogs, which declare_subject() sees to. */
typedef struct KeyTypes
{
	Oid relation; /* hash key */
	bool valid;
	int count; /* 0 = not a subject table */
	KeyColumn columns[INDEX_MAX_KEYS];
} KeyTypes;

static HTAB *tables = NULL;

static void
append_quoted(StringInfo key, const char *value)
{
	bool quote = value[0] == '\0' || strpbrk(value, "\"\\(), \t\n\r\v\f") != NULL;

	if (!quote)
	{
		appendStringInfoString(key, value);
		return;
	}
	appendStringInfoChar(key, '"');
	for (; *value; value++)
	{
		if (*value == '"' || *value == '\\')
			appendStringInfoChar(key, *value);
		appendStringInfoChar(key, *value);
	}
	appendStringInfoChar(key, '"');
}

char *
gdpr_key_text(char **values, int count)
{
	StringInfoData key;

	if (count == 1)
		return values[0];
	initStringInfo(&key);
	for (int i = 0; i < count; i++)
	{
		appendStringInfoChar(&key, i == 0 ? '(' : ',');
		append_quoted(&key, values[i]);
	}
	appendStringInfoChar(&key, ')');
	return key.data;
}

static void
relation_changed(Oid relid)
{
	HASH_SEQ_STATUS scan;
	KeyTypes *types;

	if (tables == NULL)
		return;
	hash_seq_init(&scan, tables);
	while ((types = hash_seq_search(&scan)) != NULL)
		if (relid == InvalidOid || relid == types->relation)
			types->valid = false;
}

void
gdpr_key_text_init(void)
{
	gdpr_on_relation_change(relation_changed);
}

static void
read_column(KeyColumn *column, Oid relation, const char *name)
{
	Oid input;
	Oid output;
	bool varlena;
	HeapTuple tuple = SearchSysCacheAttName(relation, name);

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("subject table %s has no column \"%s\" any more", gdpr_table_name(relation), name),
				 errhint("SELECT * FROM gdpr.status(); names what to do.")));
	column->typmod = ((Form_pg_attribute) GETSTRUCT(tuple))->atttypmod;
	column->type = getBaseTypeAndTypmod(((Form_pg_attribute) GETSTRUCT(tuple))->atttypid, &column->typmod);
	ReleaseSysCache(tuple);
	getTypeInputInfo(column->type, &input, &column->io_param);
	getTypeOutputInfo(column->type, &output, &varlena);
	fmgr_info_cxt(input, &column->input, CacheMemoryContext);
	fmgr_info_cxt(output, &column->output, CacheMemoryContext);
}

static void
read_types(KeyTypes *types)
{
	Relation rel = table_open(gdpr_relation_oid(GDPR_SUBJECT_TABLE), AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple tuple;

	types->valid = true; /* a change that arrives while we read makes it invalid again */
	types->count = 0;
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(types->relation));
	scan = systable_beginscan(rel, gdpr_relation_oid(GDPR_SUBJECT_TABLE_PKEY), true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool isnull;
		Datum *names;
		int count;

		deconstruct_array(DatumGetArrayTypeP(heap_getattr(tuple, 2, RelationGetDescr(rel), &isnull)), NAMEOID,
						  NAMEDATALEN, false, TYPALIGN_CHAR, &names, NULL, &count);
		for (int i = 0; i < count; i++)
			read_column(&types->columns[i], types->relation, NameStr(*DatumGetName(names[i])));
		types->count = count;
	}
	else
		types->valid = false; /* may be declared in a moment */
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

static KeyTypes *
types_of(Oid relation)
{
	KeyTypes *types;
	bool found;

	if (tables == NULL)
	{
		HASHCTL control = {.keysize = sizeof(Oid), .entrysize = sizeof(KeyTypes)};

		tables = hash_create("gdpr key types", 8, &control, HASH_ELEM | HASH_BLOBS);
	}
	types = hash_search(tables, &relation, HASH_ENTER, &found);
	if (!found || !types->valid)
	{
		types->valid = false;
		read_types(types);
	}
	return types;
}

static void
refuse_key(Oid relation)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("this is no key of a person of table %s", gdpr_table_name(relation)),
			 errhint(
				 "The key is the text of the columns given to gdpr.declare_subject(), (a,b) when there are "
				 "several."),
			 errhidestmt(true)));
}

/* The input functions of types repeat what they were given: the message becomes ours. */
static void
hide_value(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) != ERRCODE_DATA_EXCEPTION)
		return;
	errcode(ERRCODE_INVALID_TEXT_REPRESENTATION);
	errmsg("this is no key of a person of table %s", gdpr_table_name(*(Oid *) arg));
	errdetail("It is not of the type of the key.");
	errhint(
		"The key is the text of the columns given to gdpr.declare_subject(), (a,b) when there are several.");
	errhidestmt(true);
}

static char *
canonical_value(KeyColumn *column, char *value)
{
	Datum datum = InputFunctionCall(&column->input, value, column->io_param, column->typmod);

	/* 7 and 7.00 are one number where the column does not say how many digits there are */
	if (column->type == NUMERICOID && column->typmod < 0)
		datum = DirectFunctionCall1(numeric_trim_scale, datum);
	return OutputFunctionCall(&column->output, datum);
}

/* The next value of "a,b c)" into a buffer as long as the rest; the place behind it, NULL when it is malformed. */
static const char *
next_value(const char *text, char *value)
{
	bool quoted = false;
	bool empty = true;

	for (;; text++)
	{
		if (*text == '\0')
			return NULL;
		if (*text == '"')
		{
			if (quoted && text[1] == '"')
				*value++ = *text++;
			else
				quoted = !quoted;
			empty = false; /* "" is the empty text, nothing at all is NULL */
			continue;
		}
		if (*text == '\\' && text[1] != '\0')
			text++;
		else if (!quoted && (*text == ',' || *text == ')'))
			break;
		*value++ = *text;
		empty = false;
	}
	*value = '\0';
	return empty ? NULL : text;
}

/* The values of (a,b) taken apart; false when there are not so many. */
static bool
take_apart(const char *key, char **values, int count)
{
	while (isspace((unsigned char) *key))
		key++;
	if (*key != '(')
		return false;
	for (int i = 0; i < count; i++)
	{
		values[i] = palloc(strlen(key) + 1);
		key = next_value(key + 1, values[i]);
		if (key == NULL || *key != (i < count - 1 ? ',' : ')'))
			return false;
	}
	for (key++; isspace((unsigned char) *key); key++)
		;
	return *key == '\0';
}

char *
gdpr_key_canonical(Oid subject_table, const char *key)
{
	KeyTypes *types = types_of(subject_table);
	char *values[INDEX_MAX_KEYS];
	ErrorContextCallback callback = {.previous = error_context_stack,
									 .callback = hide_value,
									 .arg = &subject_table};

	if (types->count == 0)
		return pstrdup(key);
	if (types->count == 1)
		values[0] = pstrdup(key);
	else if (!take_apart(key, values, types->count))
		refuse_key(subject_table);
	error_context_stack = &callback;
	for (int i = 0; i < types->count; i++)
		values[i] = canonical_value(&types->columns[i], values[i]);
	error_context_stack = callback.previous;
	return gdpr_key_text(values, types->count);
}

bool
gdpr_key_prints_alike(Oid subject_table, int n, Oid type, int32 typmod)
{
	KeyTypes *types = types_of(subject_table);
	KeyColumn *column = &types->columns[n];

	type = getBaseTypeAndTypmod(type, &typmod);
	if (n >= types->count)
		return true;
	switch (column->type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return type == INT2OID || type == INT4OID || type == INT8OID;
		case TEXTOID:
		case VARCHAROID:
		case NAMEOID:
			return type == TEXTOID || type == VARCHAROID || type == NAMEOID;
		case NUMERICOID:
			return type == NUMERICOID && typmod >= 0 && typmod == column->typmod;
		default:
			return type == column->type && typmod == column->typmod;
	}
}

Datum
gdpr_canonical_key(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(
		cstring_to_text(gdpr_key_canonical(PG_GETARG_OID(0), text_to_cstring(PG_GETARG_TEXT_PP(1)))));
}
