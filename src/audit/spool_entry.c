/*
 * spool_entry.c
 *		What a record of the spool (spool.h) says, as an entry of the ledger.
 *
 *		Roles and relations were written as OIDs, since a backend may hand over when it cannot read catalogs; here
 *		they become names.
 *
 *		The detail is made as jsonb and as the text of that jsonb, which is hashed, in one go: to parse and write again
 *		the jsonb of a point read would cost more than the whole of its way into the ledger. So fields are added in
 *		the order of jsonb, the shorter key first, then by bytes, with its spaces.
 *
 *		A session mostly repeats what it does. Its records then differ in time and subjects only, and what was made of
 *		the one before serves as a pattern, in which nothing changes but the end of the statement's name.
 */
#include "audit/spool_entry.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "commands/dbcommands.h"
#include "common/hashfn.h"
#include "compat.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/numeric.h"
#include "utils/rangetypes.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"

#include "pii/class.h"
#include "policy/policy.h"

#define FIELDS	 12
#define COUNTERS 64 /* of one field */
#define PATTERNS 64

/* What one record became, for others like it. */
typedef struct Pattern
{
	MemoryContext context; /* all of it; NULL = none yet */
	uint32 key_len;
	char *key; /* the record from kind to the subjects */
	LedgerEntry entry;
	int text_len;

	/* the statement's name, and where it is in text and value */
	char *statement;
	int session_len; /* of the part that names the session */
	int statement_len;
	int in_text;
	int in_value;
} Pattern;

struct EntryMaker
{
	MemoryContext context;
	Pattern patterns[PATTERNS];
};

/* ---- what follows the fixed part of a record, read from front to back ---- */

typedef struct Cursor
{
	const char *at;
	const char *end;
} Cursor;

static void malformed(void) pg_attribute_noreturn();

static void
malformed(void)
{
	elog(ERROR, "record of the audit spool is malformed");
}

static uint64
next_number(Cursor *cursor)
{
	uint64 value = 0;

	for (int shift = 0; cursor->at < cursor->end && shift < 64; shift += 7)
	{
		uint8 byte = (uint8) *cursor->at++;

		value |= (uint64) (byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return value;
	}
	malformed();
}

static const char *
next_text(Cursor *cursor)
{
	const char *text = cursor->at;
	const char *end = memchr(text, '\0', cursor->end - text);

	if (end == NULL)
		malformed();
	cursor->at = end + 1;
	return text;
}

/* ---- the detail: an object, as value and as text ---- */

typedef struct Detail
{
	StringInfoData text;
	JsonbPair fields[FIELDS];
	int count;
} Detail;

static JsonbValue
string_value(const char *text)
{
	JsonbValue value = {.type = jbvString};

	value.val.string.val = unconstify(char *, text);
	value.val.string.len = (int) strlen(text);
	return value;
}

static JsonbValue
number_value(int64 number)
{
	JsonbValue value = {.type = jbvNumeric};

	value.val.numeric = int64_to_numeric(number);
	return value;
}

static void
append_number(StringInfo text, int64 number)
{
	char digits[MAXINT8LEN + 1];
	int len = pg_lltoa(number, digits);

	appendBinaryStringInfo(text, digits, len);
}

/* The text up to the value, which the caller appends. */
static void
begin_field(Detail *detail, const char *key, JsonbValue value)
{
	Assert(detail->count < FIELDS);
	appendStringInfoString(&detail->text, detail->count > 0 ? ", \"" : "{\"");
	appendStringInfoString(&detail->text, key);
	appendStringInfoString(&detail->text, "\": ");
	detail->fields[detail->count++] = (JsonbPair){.key = string_value(key), .value = value};
}

/* Nothing for an empty value. */
static void
add_text(Detail *detail, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	begin_field(detail, key, string_value(value));
	escape_json(&detail->text, value);
}

static Jsonb *
end_detail(Detail *detail)
{
	JsonbValue object = {.type = jbvObject};

	appendStringInfoChar(&detail->text, '}');
	object.val.object.nPairs = detail->count;
	object.val.object.pairs = detail->fields;
	return JsonbValueToJsonb(&object);
}

/* ---- names ---- */

static const char *
role_name(Oid role)
{
	char *name = GetUserNameFromId(role, true);

	return name ? name : psprintf("%u", role); /* dropped meanwhile */
}

/* Tables of the statement, without the system's. */
typedef struct Relations
{
	JsonbValue *names;
	int count;
} Relations;

static Relations
read_relations(Cursor *cursor)
{
	uint64 n = next_number(cursor);
	Relations relations = {NULL, 0};

	if (n > (uint64) (cursor->end - cursor->at))
		malformed();
	relations.names = palloc(sizeof(JsonbValue) * Max(n, 1));
	for (; n > 0; n--)
	{
		Oid relation = (Oid) next_number(cursor);
		char *name;

		if (relation < FirstNormalObjectId || (name = get_rel_name(relation)) == NULL)
			continue;
		relations.names[relations.count++] =
			string_value(quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name));
	}
	return relations;
}

static void
add_relations(Detail *detail, const Relations *relations)
{
	JsonbValue array = {.type = jbvArray};

	if (relations->count == 0)
		return;
	array.val.array.nElems = relations->count;
	array.val.array.elems = relations->names;
	begin_field(detail, "relations", array);
	for (int i = 0; i < relations->count; i++)
	{
		appendStringInfoString(&detail->text, i > 0 ? ", " : "[");
		escape_json(&detail->text, relations->names[i].val.string.val);
	}
	appendStringInfoChar(&detail->text, ']');
}

/* ---- counts ---- */

typedef struct Counter
{
	const char *name;
	uint64 count;
} Counter;

typedef struct Counts
{
	Counter counters[COUNTERS];
	int used;
} Counts;

static void
count(Counts *counts, const char *name, uint64 number)
{
	int i = 0;

	if (number == 0)
		return;
	while (i < counts->used && strcmp(counts->counters[i].name, name) != 0)
		i++;
	if (i == COUNTERS)
		malformed();
	if (i == counts->used)
		counts->counters[counts->used++] = (Counter){name, 0};
	counts->counters[i].count += number;
}

/* As jsonb has its keys. */
static int
compare_counters(const void *left, const void *right)
{
	const char *a = ((const Counter *) left)->name;
	const char *b = ((const Counter *) right)->name;
	size_t len_a = strlen(a);
	size_t len_b = strlen(b);

	return len_a != len_b ? (len_a < len_b ? -1 : 1) : memcmp(a, b, len_a);
}

static void
add_counts(Detail *detail, const char *key, Counts *counts)
{
	JsonbValue object = {.type = jbvObject};
	JsonbPair *pairs = palloc0(sizeof(JsonbPair) * Max(counts->used, 1));

	if (counts->used == 0)
		return;
	qsort(counts->counters, counts->used, sizeof(Counter), compare_counters);
	object.val.object.nPairs = counts->used;
	object.val.object.pairs = pairs;
	begin_field(detail, key, object);
	for (int i = 0; i < counts->used; i++)
	{
		const Counter *counter = &counts->counters[i];

		pairs[i].key = string_value(counter->name);
		pairs[i].value = number_value((int64) counter->count);
		appendStringInfoString(&detail->text, i > 0 ? ", " : "{");
		escape_json(&detail->text, counter->name);
		appendStringInfoString(&detail->text, ": ");
		append_number(&detail->text, (int64) counter->count);
	}
	appendStringInfoChar(&detail->text, '}');
}

/* What was read, and what not. */
typedef struct Tally
{
	Counts revealed;
	Counts masked;
	Counts searched;
	Counts denied;
} Tally;

static void
read_tally(Cursor *cursor, Tally *tally)
{
	for (uint64 n = next_number(cursor); n > 0; n--)
	{
		const GdprClass *class = gdpr_class_by_id((int) next_number(cursor));
		const char *name = class ? class->name : "unknown";

		count(&tally->revealed, name, next_number(cursor));
		count(&tally->masked, name, next_number(cursor));
		count(&tally->searched, name, next_number(cursor));
	}
	for (uint64 n = next_number(cursor); n > 0; n--)
	{
		GdprReason reason = (GdprReason) next_number(cursor);

		count(&tally->denied, gdpr_policy_reason_text(reason), next_number(cursor));
	}
}

/* ---- subjects ---- */

static RangeType *
make_range_of(TypeCacheEntry *type, int64 low, int64 high)
{
	RangeBound lower = {.val = Int64GetDatum(low), .inclusive = true, .lower = true};
	RangeBound upper = {.val = Int64GetDatum(high)};

	return gdpr_range_serialize(type, &lower, &upper);
}

/* One subject as a number, several as a multirange; neither when no one was seen. */
static void
read_subjects(Cursor *cursor, LedgerEntry *entry)
{
	TypeCacheEntry *type = lookup_type_cache(INT8MULTIRANGEOID, TYPECACHE_MULTIRANGE_INFO);
	RangeType **ranges;
	StringInfoData text;
	int64 end = 0;
	int count = 0;

	if (cursor->at == cursor->end)
		return;
	ranges = palloc(sizeof(RangeType *) * (cursor->end - cursor->at));
	initStringInfo(&text);
	while (cursor->at < cursor->end)
	{
		int64 low = end + (int64) next_number(cursor);

		end = low + (int64) next_number(cursor);
		if (count == 0 && cursor->at == cursor->end && end == low + 1)
		{
			entry->has_subject = true;
			entry->subject = low;
			return;
		}
		appendStringInfoChar(&text, count > 0 ? ',' : '{');
		gdpr_append_range(&text, low, end);
		ranges[count++] = make_range_of(type->rngtype, low, end);
	}
	appendStringInfoChar(&text, '}');
	entry->subjects = text.data;
	entry->subjects_value = make_multirange(INT8MULTIRANGEOID, type->rngtype, count, ranges);
}

/* ---- all of it ---- */

static const char *
kind_text(uint32 kind)
{
	switch ((SpoolKind) kind)
	{
		case SPOOL_READ:
			return "read";
		case SPOOL_INTENT:
			return "read intended";
		case SPOOL_SEARCH:
			return "search";
	}
	malformed();
}

static void
name_statement(Pattern *pattern, const SpoolRecord *record)
{
	char *session = psprintf("%lx.%x.", (long) timestamptz_to_time_t(record->session_start), record->pid);

	pattern->session_len = (int) strlen(session);
	pattern->statement = psprintf("%s" INT64_FORMAT, session, record->at - record->session_start);
	pattern->statement_len = (int) strlen(pattern->statement);
}

static void
make_detail(Pattern *pattern, const SpoolRecord *record)
{
	Cursor cursor = {(const char *) (record + 1), (const char *) record + record->subjects};
	const char *purpose = next_text(&cursor);
	const char *application = next_text(&cursor);
	const char *client = next_text(&cursor);
	Relations relations = {NULL, 0};
	Tally *tally = palloc0(sizeof(Tally));
	Detail *detail = palloc0(sizeof(Detail));
	JsonbValue statement;

	if (record->kind != SPOOL_INTENT)
	{
		relations = read_relations(&cursor);
		read_tally(&cursor, tally);
	}
	initStringInfo(&detail->text);
	add_text(detail, "user", role_name(record->current_user));
	add_text(detail, "client", client);
	add_counts(detail, "denied", &tally->denied);
	add_counts(detail, "masked", &tally->masked);
	add_text(detail, "purpose", purpose);
	add_text(detail, "database", get_database_name(MyDatabaseId));
	if (record->query_id != 0)
	{
		begin_field(detail, "query_id", number_value(record->query_id));
		append_number(&detail->text, record->query_id);
	}
	add_counts(detail, "revealed", &tally->revealed);
	add_counts(detail, "searched", &tally->searched);
	add_relations(detail, &relations);
	add_text(detail, "statement", pattern->statement);
	pattern->in_text = detail->text.len - 1 - pattern->statement_len;
	add_text(detail, "application", application);
	pattern->entry.detail_value = end_detail(detail);
	pattern->entry.detail = detail->text.data;
	pattern->text_len = detail->text.len;
	getKeyJsonValueFromContainer(&pattern->entry.detail_value->root, "statement", strlen("statement"),
								 &statement);
	pattern->in_value = (int) (statement.val.string.val - (char *) pattern->entry.detail_value);
}

static const char *
key_of(const SpoolRecord *record, uint32 *len)
{
	if (record->subjects < sizeof(SpoolRecord) || record->subjects > record->len)
		malformed();
	*len = record->subjects - offsetof(SpoolRecord, kind);
	return (const char *) record + offsetof(SpoolRecord, kind);
}

static void
make_pattern(EntryMaker *maker, Pattern *pattern, const SpoolRecord *record)
{
	uint32 key_len;
	const char *key = key_of(record, &key_len);
	MemoryContext outer;

	if (pattern->context)
		MemoryContextDelete(pattern->context);
	memset(pattern, 0, sizeof(*pattern));
	pattern->context = AllocSetContextCreate(maker->context, "audit pattern", ALLOCSET_SMALL_SIZES);
	outer = MemoryContextSwitchTo(pattern->context);
	pattern->entry.role = role_name(record->session_user);
	pattern->entry.kind = kind_text(record->kind);
	name_statement(pattern, record);
	make_detail(pattern, record);
	pattern->key = memcpy(palloc(key_len), key, key_len);
	pattern->key_len = key_len;
	MemoryContextSwitchTo(outer);
}

/* The name of another statement of the same session. False when it is not as long as the one of the pattern. */
static bool
rename_statement(Pattern *pattern, const SpoolRecord *record)
{
	char end[MAXINT8LEN + 1];
	int len = pg_lltoa(record->at - record->session_start, end);

	if (len != pattern->statement_len - pattern->session_len)
		return false;
	memcpy(pattern->statement + pattern->session_len, end, len);
	return true;
}

static Pattern *
pattern_for(EntryMaker *maker, const SpoolRecord *record)
{
	uint32 len;
	const char *key = key_of(record, &len);
	Pattern *pattern = &maker->patterns[hash_bytes((const unsigned char *) key, (int) len) % PATTERNS];

	if (pattern->key_len != len || memcmp(pattern->key, key, len) != 0 || !rename_statement(pattern, record))
		make_pattern(maker, pattern, record);
	return pattern;
}

EntryMaker *
gdpr_entry_maker(void)
{
	EntryMaker *maker = palloc0(sizeof(EntryMaker));

	maker->context = CurrentMemoryContext;
	return maker;
}

void
gdpr_spool_entry(EntryMaker *maker, const SpoolRecord *record, LedgerEntry *entry)
{
	Pattern *pattern = pattern_for(maker, record);
	Cursor subjects = {(const char *) record + record->subjects, (const char *) record + record->len};
	char *text = palloc(pattern->text_len + 1);
	char *value = palloc(VARSIZE(pattern->entry.detail_value));

	memcpy(text, pattern->entry.detail, pattern->text_len + 1);
	memcpy(text + pattern->in_text, pattern->statement, pattern->statement_len);
	memcpy(value, pattern->entry.detail_value, VARSIZE(pattern->entry.detail_value));
	memcpy(value + pattern->in_value, pattern->statement, pattern->statement_len);
	*entry = pattern->entry;
	entry->at = record->at;
	entry->detail = text;
	entry->detail_value = (Jsonb *) value;
	read_subjects(&subjects, entry);
}
