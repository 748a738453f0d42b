/*
 * look.c
 *		gdpr_internal.look_at_table(): one table, its columns judged together, from a bounded sample or by names alone.
 *
 *		The caller must be allowed to read what is read; a column that he may not read is judged by its name. Reading
 *		runs as the owner of the table, in a restricted operation and past row security: what a view or a foreign
 *		table calls must not run with the rights of the officer who scans, and no value leaves this file. A timer
 *		bounds what views and other servers take.
 */
#include "gdpr.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/latch.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timeout.h"
#include "utils/tuplestore.h"

#include "arguments.h"
#include "discovery/document.h"
#include "discovery/judge.h"
#include "pii/class_text.h"

#define BATCH		   200	 /* rows that are in memory at once */
#define SMALL_TABLE	   64	 /* blocks: read from its beginning, not sampled */
#define DOCUMENT_BYTES 65536 /* of a document as it is stored; larger ones are not looked at */
#define PATHS		   400	 /* of all documents of a table */
#define PATH_SLOTS	   2048
#define RESULT_COLUMNS 14

PG_FUNCTION_INFO_V1(gdpr_discovery_look);
PG_FUNCTION_INFO_V1(gdpr_discovery_timed_out);
PG_FUNCTION_INFO_V1(gdpr_discovery_table_kind);
PG_FUNCTION_INFO_V1(gdpr_discovery_name_category);
PG_FUNCTION_INFO_V1(gdpr_discovery_own_change);
PG_FUNCTION_INFO_V1(gdpr_discovery_categories);

typedef struct Path
{
	int column;
	char *path;
	GdprProfile profile;
	GdprColumnFacts facts;
} Path;

typedef struct Table
{
	Relation relation;
	int columns;
	GdprColumnFacts *facts;
	GdprProfile *profile;
	bool *sealed;
	bool *read;
	int *place; /* in the rows that are read */
	Path *paths;
	int path_count;
	GdprContext context;
	int reading; /* the column whose document is being read */
	MemoryContext memory;
} Table;

/* ---- what bounds the time ---- */

static TimeoutId timer;
static bool timer_registered = false;
static volatile sig_atomic_t timed_out = false;

static void
time_is_up(void)
{
	timed_out = true;
	InterruptPending = true;
	QueryCancelPending = true;
	SetLatch(MyLatch);
}

Datum
gdpr_discovery_timed_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(timed_out);
}

/* ---- columns ---- */

/* The bare name of a type, palloc'd, and whether it is one of ours. */
static char *
type_name(Oid type, bool *ours)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	char *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	name = pstrdup(NameStr(((Form_pg_type) GETSTRUCT(tuple))->typname));
	*ours = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace == gdpr_schema_oid();
	ReleaseSysCache(tuple);
	return name;
}

static GdprColumnType
column_type(Oid type, bool *sealed, char **class)
{
	Oid base = getBaseType(type);
	bool ours;
	char *name = type_name(base, &ours);
	char category;
	bool preferred;

	*sealed = ours && strncmp(name, "pii_", 4) == 0;
	if (*sealed)
		*class = name + 4;
	if (ours)
		return GDPR_TYPE_NEVER;
	if (strcmp(name, "hstore") == 0)
		return GDPR_TYPE_DOCUMENT;
	switch (base)
	{
		case BOOLOID:
		case TSVECTOROID:
			return GDPR_TYPE_NEVER;
		case DATEOID:
			return GDPR_TYPE_DATE;
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return GDPR_TYPE_TIMESTAMP;
		case UUIDOID:
			return GDPR_TYPE_UUID;
		case INETOID:
		case CIDROID:
			return GDPR_TYPE_INET;
		case MACADDROID:
		case MACADDR8OID:
			return GDPR_TYPE_MAC;
		case BYTEAOID:
			return GDPR_TYPE_BYTES;
		case JSONOID:
		case JSONBOID:
		case XMLOID:
			return GDPR_TYPE_DOCUMENT;
		case INT8OID:
		case INT4OID:
		case INT2OID:
		case NUMERICOID:
		case FLOAT8OID:
		case FLOAT4OID:
			return GDPR_TYPE_NUMBER;
	}
	if (get_typtype(base) == TYPTYPE_ENUM)
		return GDPR_TYPE_ENUM;
	if (OidIsValid(get_element_type(base)))
		return GDPR_TYPE_DOCUMENT;
	get_type_category_preferred(base, &category, &preferred);
	return category == TYPCATEGORY_STRING ? GDPR_TYPE_TEXT : GDPR_TYPE_OTHER;
}

static bool
contains_number(ArrayType *array, int16 number)
{
	int16 *numbers = (int16 *) ARR_DATA_PTR(array);
	int count = ARR_NDIM(array) == 0 ? 0 : ARR_DIMS(array)[0];

	for (int i = 0; i < count; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

/* What names are written in, for the parts that know no server. */
static const char *
as_utf8(const char *text, size_t len, size_t *out_len)
{
	char *converted;

	*out_len = len;
	if (GetDatabaseEncoding() == PG_UTF8 || GetDatabaseEncoding() == PG_SQL_ASCII)
		return text;
	converted = pg_server_to_any(text, (int) len, PG_UTF8);
	if (converted != text)
		*out_len = strlen(converted);
	return converted;
}

static void
read_words(const char *name, GdprNameWords *words)
{
	size_t len;
	const char *text = as_utf8(name, strlen(name), &len);

	gdpr_read_name(text, len, words);
}

static void
take_sealed(GdprColumnFacts *facts, const char *class)
{
	GdprCategoryId category = gdpr_category_by_name(class, strlen(class));

	facts->verdict.category = category != GDPR_CATEGORY_NONE ? category : GDPR_CATEGORY_FREETEXT;
	facts->verdict.by_type = true;
	facts->verdict.confidence = 100;
	facts->verdict.rate = -1;
}

static void
describe_columns(Table *table, ArrayType *keys, ArrayType *foreign_keys)
{
	TupleDesc descriptor = RelationGetDescr(table->relation);

	table->columns = descriptor->natts;
	table->facts = palloc0(table->columns * sizeof(GdprColumnFacts));
	table->sealed = palloc0(table->columns * sizeof(bool));
	table->read = palloc0(table->columns * sizeof(bool));
	table->place = palloc0(table->columns * sizeof(int));
	for (int i = 0; i < table->columns; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		GdprColumnFacts *facts = &table->facts[i];
		char *class = NULL;

		facts->type = GDPR_TYPE_NEVER;
		if (attribute->attisdropped)
			continue;
		read_words(NameStr(attribute->attname), &facts->words);
		facts->type = column_type(attribute->atttypid, &table->sealed[i], &class);
		facts->is_key = contains_number(keys, attribute->attnum);
		facts->is_foreign_key = contains_number(foreign_keys, attribute->attnum);
		if (table->sealed[i])
			take_sealed(facts, class);
	}
}

/* ---- reading ---- */

/* How a value of a column comes as text; NULL: it is not read. */
static const char *
expression_for(Form_pg_attribute attribute, GdprColumnType type)
{
	const char *column = quote_identifier(NameStr(attribute->attname));
	Oid base = getBaseType(attribute->atttypid);

	switch (type)
	{
		case GDPR_TYPE_TEXT:
			return psprintf("pg_catalog.left(t.%s::pg_catalog.text, %d)", column, GDPR_VALUE_BYTES);
		case GDPR_TYPE_NUMBER:
		case GDPR_TYPE_ENUM:
			return psprintf("t.%s::pg_catalog.text", column);
		case GDPR_TYPE_DATE:
			return psprintf("pg_catalog.to_char(t.%s, 'YYYY-MM-DD')", column);
		case GDPR_TYPE_TIMESTAMP:
			return psprintf("pg_catalog.to_char(t.%s, 'YYYY-MM-DD HH24:MI:SS')", column);
		case GDPR_TYPE_DOCUMENT:
			if (OidIsValid(get_element_type(base)))
				return psprintf("CASE WHEN pg_catalog.pg_column_size(t.%1$s) <= %2$d THEN "
								"pg_catalog.array_to_json(t.%1$s)::pg_catalog.text END",
								column, DOCUMENT_BYTES);
			return psprintf(
				"CASE WHEN pg_catalog.pg_column_size(t.%1$s) <= %2$d THEN t.%1$s::pg_catalog.text END",
				column, DOCUMENT_BYTES);
		default:
			return NULL;
	}
}

static bool
may_read(Relation relation, AttrNumber column)
{
	return pg_class_aclcheck(RelationGetRelid(relation), GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		   pg_attribute_aclcheck(RelationGetRelid(relation), column, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
}

/* Whole blocks from all over a table, about as many rows as asked for; the same ones each time. */
static void
append_sampling(StringInfo query, const Table *table, double rows, int64 blocks, int sample)
{
	char kind = table->relation->rd_rel->relkind;
	double per_block = rows > 0 && blocks > 0 ? rows / blocks : 50;

	if ((kind == RELKIND_RELATION || kind == RELKIND_MATVIEW || kind == RELKIND_PARTITIONED_TABLE) &&
		blocks > SMALL_TABLE)
	{
		double wanted = Min(sample / Max(per_block, 0.1) + 8, blocks);

		/* twice as many at most: who goes no further than the beginning has not seen the rest */
		appendStringInfo(query, " TABLESAMPLE SYSTEM (%.6f) REPEATABLE (1) LIMIT %d", 100.0 * wanted / blocks,
						 sample * 2);
	}
	else
		appendStringInfo(query, " LIMIT %d", sample);
}

static char *
sample_query(Table *table, double rows, int64 blocks, int sample)
{
	TupleDesc descriptor = RelationGetDescr(table->relation);
	StringInfoData query;
	int place = 0;

	initStringInfo(&query);
	appendStringInfoString(&query, "SELECT ");
	for (int i = 0; i < table->columns; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, i);
		const char *expression;

		if (table->facts[i].type == GDPR_TYPE_NEVER || !may_read(table->relation, attribute->attnum))
			continue;
		expression = expression_for(attribute, table->facts[i].type);
		if (expression == NULL)
			continue;
		appendStringInfo(&query, "%s%s", place > 0 ? ", " : "", expression);
		table->read[i] = true;
		table->place[i] = ++place;
	}
	appendStringInfo(&query, " FROM %s t",
					 quote_qualified_identifier(get_namespace_name(RelationGetNamespace(table->relation)),
												RelationGetRelationName(table->relation)));
	append_sampling(&query, table, rows, blocks, sample);
	return place > 0 ? query.data : NULL;
}

static void
prepare_profiles(Table *table, int sample)
{
	int slots = 64;

	while (slots < sample * 4)
		slots *= 2;
	table->profile = palloc0(table->columns * sizeof(GdprProfile));
	for (int i = 0; i < table->columns; i++)
	{
		if (!table->read[i])
			continue;
		gdpr_profile_init(&table->profile[i], palloc0(slots * sizeof(uint64)), slots);
		table->facts[i].profile = &table->profile[i];
	}
}

static Path *
path_of(Table *table, const char *path, const char *key, size_t key_len)
{
	Path *new_path;
	MemoryContext before;

	for (int i = 0; i < table->path_count; i++)
		if (table->paths[i].column == table->reading && strcmp(table->paths[i].path, path) == 0)
			return &table->paths[i];
	if (table->path_count == PATHS)
		return NULL;
	before = MemoryContextSwitchTo(table->memory);
	if (table->paths == NULL)
		table->paths = palloc0(PATHS * sizeof(Path));
	new_path = &table->paths[table->path_count++];
	new_path->column = table->reading;
	new_path->path = pstrdup(path);
	gdpr_profile_init(&new_path->profile, palloc0(PATH_SLOTS * sizeof(uint64)), PATH_SLOTS);
	new_path->facts.type = GDPR_TYPE_TEXT;
	if (key_len > 0)
		gdpr_read_name(key, key_len, &new_path->facts.words);
	else
		new_path->facts.words = table->facts[table->reading].words;
	new_path->facts.profile = &new_path->profile;
	MemoryContextSwitchTo(before);
	return new_path;
}

static void
take_document_value(void *state, const char *path, const char *key, size_t key_len, const char *value,
					size_t len)
{
	Table *table = state;
	Path *found = path_of(table, path, key, key_len);

	if (found != NULL)
		gdpr_profile_add(&found->profile, value, len, &table->context);
}

static void
take_value(Table *table, int column, const char *value, size_t len)
{
	GdprColumnType type = table->facts[column].type;

	value = as_utf8(value, len, &len);
	if (type != GDPR_TYPE_DOCUMENT)
		gdpr_profile_add(&table->profile[column], value, len, &table->context);
	if (type == GDPR_TYPE_DOCUMENT ||
		(type == GDPR_TYPE_TEXT && len > 10 && (*value == '{' || *value == '[' || *value == '<')))
	{
		table->reading = column;
		gdpr_read_document(value, len, take_document_value, table);
	}
}

static void
take_rows(Table *table, SPITupleTable *rows, uint64 count)
{
	for (uint64 row = 0; row < count; row++)
	{
		for (int i = 0; i < table->columns; i++)
		{
			bool null;
			Datum value;
			text *content;

			if (!table->read[i])
				continue;
			value = SPI_getbinval(rows->vals[row], rows->tupdesc, table->place[i], &null);
			if (null)
				continue;
			content = DatumGetTextPP(value);
			take_value(table, i, VARDATA_ANY(content), VARSIZE_ANY_EXHDR(content));
		}
	}
}

static void
read_sample(Table *table, const char *query)
{
	MemoryContext batch = AllocSetContextCreate(CurrentMemoryContext, "sampled rows", ALLOCSET_DEFAULT_SIZES);
	SPIPlanPtr plan;
	Portal portal;

	SPI_connect();
	plan = SPI_prepare(query, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "could not read relation %u", RelationGetRelid(table->relation));
	portal = SPI_cursor_open(NULL, plan, NULL, NULL, true);
	for (;;)
	{
		MemoryContext before;

		SPI_cursor_fetch(portal, true, BATCH);
		if (SPI_processed == 0)
			break;
		before = MemoryContextSwitchTo(batch);
		take_rows(table, SPI_tuptable, SPI_processed);
		MemoryContextSwitchTo(before);
		MemoryContextReset(batch);
		SPI_freetuptable(SPI_tuptable);
	}
	SPI_cursor_close(portal);
	SPI_finish();
	MemoryContextDelete(batch);
}

/* As the owner, restricted and past row security, for at most so many milliseconds. An abort puts the user back. */
static void
read_as_owner(Table *table, const char *query, int max_time)
{
	int nest_level = NewGUCNestLevel();
	Oid user;
	int context;

	if (!timer_registered)
	{
		timer = RegisterTimeout(USER_TIMEOUT, time_is_up);
		timer_registered = true;
	}
	(void) set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	GetUserIdAndSecContext(&user, &context);
	SetUserIdAndSecContext(table->relation->rd_rel->relowner,
						   (context & ~GDPR_SECURITY_OWN_RIGHTS) | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_RESTRICTED_OPERATION | SECURITY_NOFORCE_RLS);
	PG_TRY();
	{
		enable_timeout_after(timer, max_time);
		read_sample(table, query);
	}
	PG_FINALLY();
	{
		disable_timeout(timer, false);
	}
	PG_END_TRY();
	SetUserIdAndSecContext(user, context);
	AtEOXact_GUC(false, nest_level);
	CHECK_FOR_INTERRUPTS(); /* the timer may have gone off at the very end */
}

/* ---- judging and answering ---- */

static bool
is_direct(const GdprColumnFacts *facts)
{
	return strcmp(gdpr_categories[facts->verdict.category].kind, "direct") == 0;
}

/* The paths of a document are judged as columns of a table that is called after the column. */
static void
judge_paths(Table *table, int column, bool beside_people, int this_year, StringInfo json)
{
	GdprColumnFacts *facts = palloc0((table->path_count + 1) * sizeof(GdprColumnFacts));
	int *of = palloc0((table->path_count + 1) * sizeof(int));
	GdprColumnFacts *own = &table->facts[column];
	int count = 0;
	int best = -1;

	for (int i = 0; i < table->path_count; i++)
	{
		if (table->paths[i].column != column)
			continue;
		of[count] = i;
		facts[count++] = table->paths[i].facts;
	}
	gdpr_judge_columns(gdpr_table_kind(&own->words), beside_people, facts, count, this_year);
	for (int i = 0; i < count; i++)
	{
		const GdprVerdict *verdict = &facts[i].verdict;

		if (verdict->category == GDPR_CATEGORY_NONE)
			continue;
		appendStringInfoString(json, json->len == 0 ? "{" : ", ");
		escape_json(json, table->paths[of[i]].path);
		appendStringInfo(json, ": \"%s\"", gdpr_categories[verdict->category].name);
		if (best < 0 || is_direct(&facts[i]) > is_direct(&facts[best]) ||
			(is_direct(&facts[i]) == is_direct(&facts[best]) &&
			 verdict->confidence > facts[best].verdict.confidence))
			best = i;
	}
	if (json->len > 0)
		appendStringInfoChar(json, '}');
	if (best >= 0 &&
		(own->verdict.category == GDPR_CATEGORY_NONE || own->verdict.category == GDPR_CATEGORY_FREETEXT ||
		 is_direct(&facts[best])) &&
		!is_direct(own))
	{
		own->verdict = facts[best].verdict;
		own->profile = facts[best].profile;
	}
}

static Datum
text_or_null(const char *text, bool *null)
{
	*null = text == NULL || *text == '\0';
	return *null ? (Datum) 0 : CStringGetTextDatum(text);
}

static void
put_result(ReturnSetInfo *result, Table *table, int column, const char *paths)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(table->relation), column);
	const GdprColumnFacts *facts = &table->facts[column];
	const GdprCategory *category = &gdpr_categories[facts->verdict.category];
	const GdprProfile *profile = facts->profile;
	char room[GDPR_EVIDENCE_BYTES + 1];
	GdprBuffer evidence = {room, 0, GDPR_EVIDENCE_BYTES, false};
	Datum values[RESULT_COLUMNS];
	bool nulls[RESULT_COLUMNS] = {false};

	gdpr_put_evidence(facts, &evidence);
	room[evidence.len] = '\0';
	values[0] = Int16GetDatum(attribute->attnum);
	values[1] = NameGetDatum(&attribute->attname);
	values[2] = text_or_null(category->name, &nulls[2]);
	values[3] = text_or_null(category->kind, &nulls[3]);
	values[4] = text_or_null(category->class, &nulls[4]);
	values[5] = BoolGetDatum(category->special);
	values[6] = Float4GetDatum((float4) facts->verdict.confidence / 100);
	values[7] = text_or_null(room, &nulls[7]);
	values[8] = Int32GetDatum(profile == NULL ? 0 : profile->values);
	values[9] = Int32GetDatum(profile == NULL ? 0 : profile->distinct);
	nulls[10] = facts->verdict.rate < 0;
	values[10] = Float4GetDatum((float4) facts->verdict.rate / 1000);
	nulls[11] = *paths == '\0';
	values[11] = nulls[11] ? (Datum) 0 : DirectFunctionCall1(jsonb_in, CStringGetDatum(paths));
	values[12] = BoolGetDatum(table->sealed[column]);
	values[13] = BoolGetDatum(table->read[column]);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static void
put_results(ReturnSetInfo *result, Table *table, bool of_people, bool leads_to_people, int this_year)
{
	GdprNameWords words;
	GdprTableKind kind;
	bool people;
	GdprVerdict *sealed = palloc0(table->columns * sizeof(GdprVerdict));

	read_words(RelationGetRelationName(table->relation), &words);
	kind = of_people ? GDPR_TABLE_PERSON : gdpr_table_kind(&words);
	for (int i = 0; i < table->columns; i++)
	{
		sealed[i] = table->facts[i].verdict;
		leads_to_people |= table->sealed[i];
	}
	gdpr_judge_columns(kind, leads_to_people, table->facts, table->columns, this_year);
	people = leads_to_people || kind == GDPR_TABLE_PERSON;
	for (int i = 0; i < table->columns; i++)
	{
		StringInfoData paths;

		if (TupleDescAttr(RelationGetDescr(table->relation), i)->attisdropped)
			continue;
		if (table->sealed[i])
			table->facts[i].verdict = sealed[i];
		initStringInfo(&paths);
		judge_paths(table, i, people, this_year, &paths);
		put_result(result, table, i, paths.data);
	}
}

static ArrayType *
column_numbers(FunctionCallInfo fcinfo, int argument)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(argument);

	if (ARR_NDIM(array) > 1 || ARR_HASNULL(array) || ARR_ELEMTYPE(array) != INT2OID)
		gdpr_refuse_argument(fcinfo, argument, "a list of column numbers");
	return array;
}

static void
check_measures(FunctionCallInfo fcinfo)
{
	float8 rows = PG_GETARG_FLOAT8(4);

	if (PG_GETARG_INT32(1) < 1)
		gdpr_refuse_argument(fcinfo, 1, "a number of rows");
	if (PG_GETARG_INT32(2) < 1)
		gdpr_refuse_argument(fcinfo, 2, "a number of milliseconds");
	if (isnan(rows) || isinf(rows))
		gdpr_refuse_argument(fcinfo, 4, "a number of rows");
}

/* gdpr_internal.look_at_table(), which scan.sql calls. */
Datum
gdpr_discovery_look(PG_FUNCTION_ARGS)
{
	int sample = PG_GETARG_INT32(1);
	int max_time = PG_GETARG_INT32(2);
	Table table = {NULL};
	char *query = NULL;

	check_measures(fcinfo);
	InitMaterializedSRF(fcinfo, 0);
	timed_out = false;
	table.relation = relation_open(PG_GETARG_OID(0), AccessShareLock);
	table.memory = CurrentMemoryContext;
	gdpr_class_context(&table.context);
	describe_columns(&table, column_numbers(fcinfo, 6), column_numbers(fcinfo, 7));
	if (!PG_GETARG_BOOL(3))
		query = sample_query(&table, PG_GETARG_FLOAT8(4), PG_GETARG_INT64(5), sample);
	if (query != NULL)
	{
		prepare_profiles(&table, sample);
		read_as_owner(&table, query, max_time);
	}
	put_results((ReturnSetInfo *) fcinfo->resultinfo, &table, PG_GETARG_BOOL(8), PG_GETARG_BOOL(9),
				table.context.today / 10000);
	relation_close(table.relation, AccessShareLock);
	return (Datum) 0;
}

/* What a table is about, by its name: person, company, list or other. */
Datum
gdpr_discovery_table_kind(PG_FUNCTION_ARGS)
{
	static const char *const kinds[] = {"other", "person", "company", "list"};
	GdprNameWords words;

	read_words(text_to_cstring(PG_GETARG_TEXT_PP(0)), &words);
	PG_RETURN_TEXT_P(cstring_to_text(kinds[gdpr_table_kind(&words)]));
}

/* What the name of a column says wherever it stands; of "name" alone, that it may be a person's. */
Datum
gdpr_discovery_name_category(PG_FUNCTION_ARGS)
{
	GdprSurroundings around = {.table = GDPR_TABLE_OTHER, .beside_address = true, .beside_city = true};
	GdprNameWords words;
	GdprNameVerdict verdict;

	read_words(text_to_cstring(PG_GETARG_TEXT_PP(0)), &words);
	verdict = gdpr_judge_name(&words, &around);
	if (verdict.category == GDPR_CATEGORY_NONE)
	{
		around.table = GDPR_TABLE_PERSON;
		verdict = gdpr_judge_name(&words, &around);
		if (verdict.category != GDPR_CATEGORY_NAME)
			PG_RETURN_NULL();
	}
	PG_RETURN_TEXT_P(cstring_to_text(gdpr_categories[verdict.category].name));
}

Datum
gdpr_discovery_categories(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	InitMaterializedSRF(fcinfo, 0);
	for (int i = 1; i < GDPR_CATEGORIES; i++)
	{
		Datum values[4];
		bool nulls[4] = {false};

		values[0] = CStringGetTextDatum(gdpr_categories[i].name);
		values[1] = CStringGetTextDatum(gdpr_categories[i].kind);
		values[2] = text_or_null(gdpr_categories[i].class, &nulls[2]);
		values[3] = BoolGetDatum(gdpr_categories[i].special);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* Was a row of the catalogs written by the running transaction? */
Datum
gdpr_discovery_own_change(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(TransactionIdIsCurrentTransactionId(PG_GETARG_TRANSACTIONID(0)));
}
