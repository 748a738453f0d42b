/*
 * purpose_set.c
 *		The set of purposes a row was collected for: text and binary form, set algebra, order.
 *
 * The text form is {billing,newsletter}: names, sorted by name. Three rules keep a dump from ever losing a tag:
 *
 * - A purpose that the user defined is printed with its number, {loyalty#1000}. A restore meets sets before it
 *	 has filled gdpr.purpose: column defaults come before all data, and tables in any order. There the name is
 *	 still unknown and the number, which the dump of gdpr.purpose carries too, is taken. Where the name is known
 *	 (a subscriber, another database) the name decides and its own number is stored. The number of one purpose
 *	 under the name of another is refused. Built-in purposes have the same number everywhere and need none,
 *	 but in the dump of pg_upgrade, which makes the extension without the rows of its script.
 * - A number without a purpose is printed as {#1234} and read back as it is.
 * - A purpose that has ended is still read and printed. That it may not be used is for the policy to say.
 *
 * Messages name a purpose only if the text looks like a set and the word like a purpose's name, so that a value
 * of another column that ended up here by mistake is not repeated.
 *
 * The operators work on numbers alone: they read no catalog, need no memory context of their own, and cannot
 * raise on any bytes, which is what makes them IMMUTABLE and LEAKPROOF. The union alone can, when it has too many
 * members, and is not LEAKPROOF.
 *
 * A set is bounded, so that the tag of a row stays in the row's line, where the row filter reads it.
 */
#include "gdpr.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

#include "purpose/purpose.h"
#include "purpose/purpose_set.h"

#define SPACE			   " \t\n\r\v\f"
#define SET_FORMAT_VERSION 1 /* of the binary form: one byte, then the text form */

/* Numbers gathered while reading a text: sorted, each once, so that no input makes them take more room. */
typedef struct Members
{
	int count;
	int32 numbers[GDPR_PURPOSES_MAX];
} Members;

PG_FUNCTION_INFO_V1(gdpr_purpose_set_in);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_out);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_recv);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_send);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_from_array);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_to_array);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_contains_set);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_contained);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_overlaps);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_union);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_minus);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_eq);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_ne);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_lt);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_le);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_gt);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_ge);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_cmp);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_hash);
PG_FUNCTION_INFO_V1(gdpr_purpose_set_hash_extended);

/* ---- building a set ---- */

static void
raise_too_many(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("a purpose set can have at most %d members", GDPR_PURPOSES_MAX),
			 errhint("Data are collected for specified purposes: name those that this row is needed for.")));
}

static void
members_add(Members *members, int32 number)
{
	int at = members->count;

	while (at > 0 && members->numbers[at - 1] > number)
		at--;
	if (at > 0 && members->numbers[at - 1] == number)
		return;
	if (members->count == GDPR_PURPOSES_MAX)
		raise_too_many();
	memmove(&members->numbers[at + 1], &members->numbers[at], (members->count - at) * sizeof(int32));
	members->numbers[at] = number;
	members->count++;
}

static struct varlena *
members_to_set(const Members *members)
{
	Size len = members->count * sizeof(int32);
	struct varlena *set = palloc(VARHDRSZ + len);

	memcpy(VARDATA(set), members->numbers, len);
	SET_VARSIZE(set, VARHDRSZ + len);
	return set;
}

/* ---- text form ---- */

static void
raise_malformed(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION), errmsg("invalid purpose set"),
			 errhint("Write the names of purposes between braces, such as {order_fulfilment,newsletter}; "
					 "{} is the empty set.")));
}

static void
raise_unknown(const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_ZG002_PURPOSE_NOT_GRANTED), errmsg("purpose \"%s\" is unknown", name),
			 errhint("Table gdpr.purpose lists the purposes; define one with gdpr.define_purpose().")));
}

/* The number after '#': 1 to the largest int32 in plain digits, nothing behind it. */
static int32
parse_number(const char *digits)
{
	int64 number = 0;

	if (*digits == '\0')
		raise_malformed();
	for (; *digits; digits++)
	{
		if (*digits < '0' || *digits > '9')
			raise_malformed();
		number = number * 10 + (*digits - '0');
		if (number > PG_INT32_MAX)
			raise_malformed();
	}
	if (number == 0)
		raise_malformed();
	return (int32) number;
}

/* The purpose meant by name, name#number or #number; see the top of the file. */
static int32
parse_member(char *token)
{
	char *hash = strchr(token, '#');
	int32 number = 0;
	int32 known;

	if (hash != NULL)
	{
		number = parse_number(hash + 1);
		*hash = '\0';
		if (hash == token)
			return number;
	}
	if (!gdpr_purpose_name_valid(token))
		raise_malformed();

	known = gdpr_purpose_number_of(token);
	if (known != 0)
		return known;
	if (number == 0)
		raise_unknown(token);
	if (gdpr_purpose_name_of(number) != NULL)
		ereport(ERROR, (errcode(ERRCODE_ZG002_PURPOSE_NOT_GRANTED),
						errmsg("purpose \"%s\" is unknown and its number %d belongs to another purpose",
							   token, number),
						errhint("Define the purpose with gdpr.define_purpose() and leave out the number.")));
	return number;
}

/* Cut one member, quoted or bare, off the text at *cursor. */
static char *
next_token(char **cursor)
{
	char *start = *cursor;
	char *end;

	if (*start == '"')
	{
		start++;
		end = strchr(start, '"');
		if (end == NULL)
			raise_malformed();
		*cursor = end + 1;
	}
	else
	{
		end = start + strcspn(start, ",{}\"" SPACE);
		*cursor = end;
	}
	return pnstrdup(start, end - start);
}

static char *
skip_space(char *cursor)
{
	return cursor + strspn(cursor, SPACE);
}

static struct varlena *
set_from_text(char *text)
{
	Members members = {.count = 0};
	char *cursor = skip_space(text);
	size_t len = strlen(cursor);

	while (len > 0 && strchr(SPACE, cursor[len - 1]))
		len--;
	if (len < 2 || cursor[0] != '{' || cursor[len - 1] != '}')
		raise_malformed();
	cursor = skip_space(cursor + 1);
	while (*cursor != '}' || members.count > 0)
	{
		char *token = next_token(&cursor);

		CHECK_FOR_INTERRUPTS();
		cursor = skip_space(cursor);
		if (*cursor != ',' && *cursor != '}')
			raise_malformed();
		members_add(&members, parse_member(token));
		pfree(token);
		if (*cursor == '}')
			break;
		cursor = skip_space(cursor + 1);
	}
	if (*skip_space(cursor + 1) != '\0')
		raise_malformed();
	return members_to_set(&members);
}

/* The members as words, sorted; with_numbers as the text form has them, else bare names for people. */
static char **
member_words(const struct varlena *set, bool with_numbers)
{
	int count = PURPOSE_SET_COUNT(set);
	char **words = palloc(sizeof(char *) * Max(count, 1));

	for (int i = 0; i < count; i++)
	{
		int32 number = gdpr_purpose_set_member(set, i);
		const char *name = gdpr_purpose_name_of(number);

		if (name == NULL)
			words[i] = psprintf("#%d", number);
		else if (with_numbers && (number >= GDPR_FIRST_USER_PURPOSE || IsBinaryUpgrade))
			words[i] = psprintf("%s#%d", name, number);
		else
			words[i] = pstrdup(name);
	}
	qsort(words, count, sizeof(char *), pg_qsort_strcmp);
	return words;
}

static char *
set_to_text(const struct varlena *set)
{
	int count = PURPOSE_SET_COUNT(set);
	char **words = member_words(set, true);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	for (int i = 0; i < count; i++)
	{
		if (i > 0)
			appendStringInfoChar(&out, ',');
		appendStringInfoString(&out, words[i]);
	}
	appendStringInfoChar(&out, '}');
	return out.data;
}

Datum
gdpr_purpose_set_in(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(set_from_text(PG_GETARG_CSTRING(0)));
}

Datum
gdpr_purpose_set_out(PG_FUNCTION_ARGS)
{
	PG_RETURN_CSTRING(set_to_text(PG_GETARG_VARLENA_PP(0)));
}

/* Binary transfer carries names too: numbers differ between databases. */
Datum
gdpr_purpose_set_recv(PG_FUNCTION_ARGS)
{
	StringInfo buf = (StringInfo) PG_GETARG_POINTER(0);
	int len;

	if (pq_getmsgbyte(buf) != SET_FORMAT_VERSION)
		ereport(ERROR, (errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
						errmsg("unsupported version of the binary form of a purpose set")));
	PG_RETURN_POINTER(set_from_text(pq_getmsgtext(buf, buf->len - buf->cursor, &len)));
}

Datum
gdpr_purpose_set_send(PG_FUNCTION_ARGS)
{
	char *text = set_to_text(PG_GETARG_VARLENA_PP(0));
	StringInfoData buf;

	pq_begintypsend(&buf);
	pq_sendbyte(&buf, SET_FORMAT_VERSION);
	pq_sendtext(&buf, text, strlen(text));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buf));
}

/* ---- casts ---- */

/* text[], varchar[] or name[]: any dimensions, no NULL. */
Datum
gdpr_purpose_set_from_array(PG_FUNCTION_ARGS)
{
	ArrayType *array = PG_GETARG_ARRAYTYPE_P(0);
	Members members = {.count = 0};
	bool names = ARR_ELEMTYPE(array) == NAMEOID;
	Datum *values;
	bool *nulls;
	int count;

	if (names)
		deconstruct_array(array, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &values, &nulls, &count);
	else
		deconstruct_array(array, ARR_ELEMTYPE(array), -1, false, TYPALIGN_INT, &values, &nulls, &count);

	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED), errmsg("a purpose set cannot contain null")));
		members_add(&members, parse_member(names ? pstrdup(NameStr(*DatumGetName(values[i])))
												 : TextDatumGetCString(values[i])));
	}
	PG_RETURN_POINTER(members_to_set(&members));
}

/* Bare names for people and reports. */
Datum
gdpr_purpose_set_to_array(PG_FUNCTION_ARGS)
{
	struct varlena *set = PG_GETARG_VARLENA_PP(0);
	int count = PURPOSE_SET_COUNT(set);
	char **words = member_words(set, false);
	Datum *values = palloc(sizeof(Datum) * Max(count, 1));

	for (int i = 0; i < count; i++)
		values[i] = CStringGetTextDatum(words[i]);
	PG_RETURN_ARRAYTYPE_P(construct_array(values, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* ---- set algebra ---- */

/* Binary search, because the row filter asks this of every row. */
bool
gdpr_purpose_set_contains(const struct varlena *set, int32 purpose)
{
	int low = 0;
	int high = PURPOSE_SET_COUNT(set);

	while (low < high)
	{
		int middle = low + (high - low) / 2;
		int32 number = gdpr_purpose_set_member(set, middle);

		if (number == purpose)
			return true;
		if (number < purpose)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

static bool
contains_all(const struct varlena *a, const struct varlena *b)
{
	int count_a = PURPOSE_SET_COUNT(a);
	int count_b = PURPOSE_SET_COUNT(b);
	int i = 0;

	for (int j = 0; j < count_b; j++)
	{
		int32 wanted = gdpr_purpose_set_member(b, j);

		while (i < count_a && gdpr_purpose_set_member(a, i) < wanted)
			i++;
		if (i == count_a || gdpr_purpose_set_member(a, i) != wanted)
			return false;
		i++;
	}
	return true;
}

static bool
overlap(const struct varlena *a, const struct varlena *b)
{
	int count_a = PURPOSE_SET_COUNT(a);
	int count_b = PURPOSE_SET_COUNT(b);
	int i = 0;
	int j = 0;

	while (i < count_a && j < count_b)
	{
		int32 x = gdpr_purpose_set_member(a, i);
		int32 y = gdpr_purpose_set_member(b, j);

		if (x == y)
			return true;
		if (x < y)
			i++;
		else
			j++;
	}
	return false;
}

/* The members of a, merged with those of b (both) or without them. */
static struct varlena *
merge(const struct varlena *a, const struct varlena *b, bool both)
{
	int count_a = PURPOSE_SET_COUNT(a);
	int count_b = PURPOSE_SET_COUNT(b);
	struct varlena *set = palloc(VARHDRSZ + ((Size) count_a + (both ? count_b : 0)) * sizeof(int32));
	int32 *out = (int32 *) VARDATA(set);
	int n = 0;
	int i = 0;
	int j = 0;

	while (i < count_a || (both && j < count_b))
	{
		int32 x = i < count_a ? gdpr_purpose_set_member(a, i) : 0;
		int32 y = j < count_b ? gdpr_purpose_set_member(b, j) : 0;

		if (j == count_b || (i < count_a && x < y))
		{
			out[n++] = x;
			i++;
		}
		else if (i == count_a || y < x)
		{
			if (both)
				out[n++] = y;
			j++;
		}
		else
		{
			if (both)
				out[n++] = x;
			i++;
			j++;
		}
	}
	if (n > GDPR_PURPOSES_MAX)
		raise_too_many();
	SET_VARSIZE(set, VARHDRSZ + n * sizeof(int32));
	return set;
}

Datum
gdpr_purpose_set_contains_set(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains_all(PG_GETARG_VARLENA_PP(0), PG_GETARG_VARLENA_PP(1)));
}

Datum
gdpr_purpose_set_contained(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(contains_all(PG_GETARG_VARLENA_PP(1), PG_GETARG_VARLENA_PP(0)));
}

Datum
gdpr_purpose_set_overlaps(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(overlap(PG_GETARG_VARLENA_PP(0), PG_GETARG_VARLENA_PP(1)));
}

Datum
gdpr_purpose_set_union(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(merge(PG_GETARG_VARLENA_PP(0), PG_GETARG_VARLENA_PP(1), true));
}

Datum
gdpr_purpose_set_minus(PG_FUNCTION_ARGS)
{
	PG_RETURN_POINTER(merge(PG_GETARG_VARLENA_PP(0), PG_GETARG_VARLENA_PP(1), false));
}

/* ---- order and hash ---- */

/* By members, the shorter first among equals: an order for sorting and unique indexes, without meaning. */
static int
compare_sets(FunctionCallInfo fcinfo)
{
	struct varlena *a = PG_GETARG_VARLENA_PP(0);
	struct varlena *b = PG_GETARG_VARLENA_PP(1);
	int count_a = PURPOSE_SET_COUNT(a);
	int count_b = PURPOSE_SET_COUNT(b);
	int result = (count_a > count_b) - (count_a < count_b);

	for (int i = 0; i < Min(count_a, count_b); i++)
	{
		int32 x = gdpr_purpose_set_member(a, i);
		int32 y = gdpr_purpose_set_member(b, i);

		if (x != y)
		{
			result = x < y ? -1 : 1;
			break;
		}
	}
	/* Index builds call this without end in one memory context. */
	PG_FREE_IF_COPY(a, 0);
	PG_FREE_IF_COPY(b, 1);
	return result;
}

Datum
gdpr_purpose_set_eq(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(fcinfo) == 0);
}

Datum
gdpr_purpose_set_ne(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(fcinfo) != 0);
}

Datum
gdpr_purpose_set_lt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(fcinfo) < 0);
}

Datum
gdpr_purpose_set_le(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(fcinfo) <= 0);
}

Datum
gdpr_purpose_set_gt(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(fcinfo) > 0);
}

Datum
gdpr_purpose_set_ge(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(compare_sets(fcinfo) >= 0);
}

Datum
gdpr_purpose_set_cmp(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(compare_sets(fcinfo));
}

Datum
gdpr_purpose_set_hash(PG_FUNCTION_ARGS)
{
	struct varlena *set = PG_GETARG_VARLENA_PP(0);
	uint32 hash =
		hash_bytes((const unsigned char *) PURPOSE_SET_DATA(set), PURPOSE_SET_COUNT(set) * sizeof(int32));

	PG_FREE_IF_COPY(set, 0);
	PG_RETURN_INT32((int32) hash);
}

Datum
gdpr_purpose_set_hash_extended(PG_FUNCTION_ARGS)
{
	struct varlena *set = PG_GETARG_VARLENA_PP(0);
	uint64 hash = hash_bytes_extended((const unsigned char *) PURPOSE_SET_DATA(set),
									  PURPOSE_SET_COUNT(set) * sizeof(int32), PG_GETARG_INT64(1));

	PG_FREE_IF_COPY(set, 0);
	PG_RETURN_INT64((int64) hash);
}
