/*
 * revealed.c
 *		A row of a copy (Art. 15), as jsonb with its sealed values in their text form, revealed for a purpose by
 *		the rights of the caller; alone, or collected with the others into the copy. Every row of a copy comes
 *		through here, so it is one pass over the row, and one more over the whole.
 *
 *		Nothing is left out: a masked grant is refused, and what the policy refuses raises, whatever
 *		gdpr.on_denied says.
 */
#include "gdpr.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "common/base64.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"

#include "access/access.h"
#include "arguments.h"
#include "pii/type.h"
#include "policy/policy.h"

PG_FUNCTION_INFO_V1(gdpr_revealed);
PG_FUNCTION_INFO_V1(gdpr_collect_row);
PG_FUNCTION_INFO_V1(gdpr_collected);
PG_FUNCTION_INFO_V1(gdpr_require_full_grant);

/* A copy while its rows are collected; all of it, and all it points to, lives as long as the aggregate. */
typedef struct Copy
{
	GdprJsonb data;
	Oid relation;  /* whose array of rows is open */
	List *tags;	   /* text forms of the tags of the rows, each once */
	List *classes; /* names of the classes of the sealed values, each once */
	Jsonb *last;   /* the classes of the row before: most rows have the same */
} Copy;

static void push_row(GdprJsonb *state, Jsonb *row, JsonbContainer *classes, const GdprClaim *claim,
					 Oid relation);

static void
refuse_grant(const char *purpose, Oid role)
{
	char *name = GetUserNameFromId(role, true);

	purpose = gdpr_purpose_name_to_show(purpose);
	ereport(ERROR, (errcode(ERRCODE_ZG002_PURPOSE_NOT_GRANTED),
					errmsg("purpose \"%s\" is not granted in full to role \"%s\"", purpose, name),
					errhint("SELECT gdpr.grant_purpose(%s, %s);", quote_literal_cstr(purpose),
							quote_literal_cstr(name))));
}

/*
 * require_full_grant(purpose): of who acts, also inside a function of the owner's: the role set with SET ROLE, else
 * who logged in.
 */
Datum
gdpr_require_full_grant(PG_FUNCTION_ARGS)
{
	char *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	const GdprPurpose *purpose = gdpr_purpose_by_name(name);

	if (purpose == NULL || gdpr_purpose_granted(GetOuterUserId(), purpose->number) != GDPR_GRANT_FULL)
		refuse_grant(name, GetOuterUserId());
	PG_RETURN_VOID();
}

static void
claim_in_full(const char *purpose, GdprClaim *claim)
{
	gdpr_policy_claim_for(purpose, claim);
	if (claim->reason != GDPR_ALLOWED || claim->grant != GDPR_GRANT_FULL)
		refuse_grant(purpose, GetUserId());
}

static void
push_text(GdprJsonb *state, JsonbIteratorToken token, const char *data, int len)
{
	JsonbValue value = {.type = jbvString, .val.string = {.val = unconstify(char *, data), .len = len}};

	gdpr_push_jsonb(state, token, &value);
}

static void
push_jsonb(GdprJsonb *state, Jsonb *jsonb)
{
	JsonbValue value;

	JsonbToJsonbValue(jsonb, &value);
	gdpr_push_jsonb(state, WJB_VALUE, &value);
}

static void
push_bytes(GdprJsonb *state, const void *data, int len)
{
	char *encoded = palloc(pg_b64_enc_len(len) + 1);

	gdpr_push_jsonb(state, WJB_BEGIN_OBJECT, NULL);
	push_text(state, WJB_KEY, "base64", 6);
	push_text(state, WJB_VALUE, encoded, pg_b64_encode(data, len, encoded, pg_b64_enc_len(len)));
	gdpr_push_jsonb(state, WJB_END_OBJECT, NULL);
}

/* Of a row that the extension's own queries do not make. */
static void refuse_row(const char *why) pg_attribute_noreturn();

static void
refuse_row(const char *why)
{
	ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("this is no row of a copy: %s", why),
					errhint("Give a row as an object and the class of each sealed column as another.")));
}

static text *
plaintext(const GdprClass *class, const JsonbValue *sealed, const GdprClaim *claim)
{
	return gdpr_reveal_text_of(gdpr_sealed_of_text(class, sealed->val.string.val, sealed->val.string.len),
							   claim);
}

static Jsonb *
json_of(text *plain)
{
	return DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text_to_cstring(plain))));
}

/* A row in the archive is sealed as a whole; its sealed columns are among the members of the row around it. */
static void
push_archived(GdprJsonb *state, Jsonb *around, const JsonbValue *sealed, const GdprClaim *claim, Oid relation)
{
	JsonbValue classes;

	check_stack_depth();
	if (gdpr_member(&around->root, "classes", 7, jbvBinary, &classes) == NULL ||
		gdpr_container_of(&classes, false) == NULL)
		refuse_row("an archived row has no classes");
	push_row(state, json_of(plaintext(gdpr_class_by_id(GDPR_JSON), sealed, claim)),
			 gdpr_container_of(&classes, false), claim, relation);
}

static void
push_revealed(GdprJsonb *state, const GdprClass *class, const JsonbValue *sealed, const GdprClaim *claim)
{
	text *plain = plaintext(class, sealed, claim);

	if (class->id == GDPR_JSON)
		push_jsonb(state, json_of(plain));
	else if (class->id == GDPR_BYTES)
		push_bytes(state, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
	else
		push_text(state, WJB_VALUE, VARDATA_ANY(plain), VARSIZE_ANY_EXHDR(plain));
}

/* A damaged value must not keep a person from all others: it is left out, and the caller of the copy is told. */
static void
push_unreadable(GdprJsonb *state, Oid relation, const JsonbValue *column)
{
	JsonbValue yes = {.type = jbvBool, .val.boolean = true};

	ereport(
		WARNING,
		(errcode(ERRCODE_DATA_CORRUPTED),
		 errmsg("a value of column \"%.*s\"%s%s is corrupted and not in the copy", column->val.string.len,
				column->val.string.val, OidIsValid(relation) ? " of table " : "",
				OidIsValid(relation) ? gdpr_table_name(relation) : ""),
		 errhint(
			 "SELECT * FROM gdpr.unreadable_values('<table>'); names the rows: restore or correct them, and "
			 "make the copy again.")));
	gdpr_push_jsonb(state, WJB_BEGIN_OBJECT, NULL);
	push_text(state, WJB_KEY, "unreadable", 10);
	gdpr_push_jsonb(state, WJB_VALUE, &yes);
	gdpr_push_jsonb(state, WJB_END_OBJECT, NULL);
}

/*
 * One sealed value. Opening it is the last thing that can fail, holds nothing that an abort would have to give back,
 * and comes before anything is pushed: so XX001 is caught here without a subtransaction.
 */
static void
push_sealed(GdprJsonb *state, Jsonb *row, const char *kind, const JsonbValue *sealed, const GdprClaim *claim,
			Oid relation, const JsonbValue *column)
{
	const GdprClass *class = gdpr_class_by_name(kind);
	MemoryContext context = CurrentMemoryContext;

	if (strcmp(kind, "archive") == 0)
	{
		push_archived(state, row, sealed, claim, relation);
		return;
	}
	if (class == NULL)
		refuse_row("a column has an unknown class");
	PG_TRY();
	{
		push_revealed(state, class, sealed, claim);
	}
	PG_CATCH();
	{
		if (geterrcode() != ERRCODE_DATA_CORRUPTED)
			PG_RE_THROW();
		MemoryContextSwitchTo(context);
		FlushErrorState();
		push_unreadable(state, relation, column);
	}
	PG_END_TRY();
}

static void
push_row(GdprJsonb *state, Jsonb *row, JsonbContainer *classes, const GdprClaim *claim, Oid relation)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;
	JsonbValue class = {.type = jbvNull};
	JsonbValue column = {.type = jbvNull};

	if (!JB_ROOT_IS_OBJECT(row))
		refuse_row("it is not an object");
	iterator = JsonbIteratorInit(&row->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
	{
		if (token == WJB_KEY &&
			getKeyJsonValueFromContainer(classes, value.val.string.val, value.val.string.len, &class) == NULL)
			class.type = jbvNull;
		if (token == WJB_KEY)
			column = value;
		if (token == WJB_VALUE && class.type == jbvString && value.type == jbvString)
			push_sealed(state, row, pnstrdup(class.val.string.val, class.val.string.len), &value, claim,
						relation, &column);
		else
			gdpr_push_jsonb(state, token, token == WJB_KEY || token == WJB_VALUE ? &value : NULL);
	}
}

/* Whatever gdpr.on_denied says, what is refused raises. */
static void
push_row_or_raise(GdprJsonb *state, Jsonb *row, Jsonb *classes, const char *purpose, Oid relation)
{
	GdprClaim claim;
	int on_denied = gdpr_on_denied;

	claim_in_full(purpose, &claim);
	PG_TRY();
	{
		gdpr_on_denied = GDPR_ON_DENIED_ERROR;
		push_row(state, row, &classes->root, &claim, relation);
	}
	PG_FINALLY();
	{
		gdpr_on_denied = on_denied;
	}
	PG_END_TRY();
}

Datum
gdpr_revealed(PG_FUNCTION_ARGS)
{
	GdprJsonb state = {0};

	gdpr_object_argument(fcinfo, 0);
	gdpr_object_argument(fcinfo, 1);
	push_row_or_raise(&state, PG_GETARG_JSONB_P(0), PG_GETARG_JSONB_P(1),
					  text_to_cstring(PG_GETARG_TEXT_PP(2)), InvalidOid);
	PG_RETURN_JSONB_P(gdpr_jsonb_of(&state));
}

/* ---- the whole copy ---- */

static List *
with_name(List *names, const char *data, int len)
{
	ListCell *cell;

	foreach (cell, names)
		if (strlen(lfirst(cell)) == len && memcmp(lfirst(cell), data, len) == 0)
			return names;
	return lappend(names, pnstrdup(data, len));
}

static void
note_tag(Copy *copy, Jsonb *row)
{
	JsonbValue tag;

	if (getKeyJsonValueFromContainer(&row->root, "purposes", 8, &tag) != NULL && tag.type == jbvString)
		copy->tags = with_name(copy->tags, tag.val.string.val, tag.val.string.len);
}

static void
note_classes(Copy *copy, Jsonb *classes)
{
	JsonbIterator *iterator;
	JsonbIteratorToken token;
	JsonbValue value;

	if (copy->last && VARSIZE(copy->last) == VARSIZE(classes) &&
		memcmp(copy->last, classes, VARSIZE(classes)) == 0)
		return;
	copy->last = classes;
	iterator = JsonbIteratorInit(&classes->root);
	while ((token = JsonbIteratorNext(&iterator, &value, true)) != WJB_DONE)
		if (token == WJB_VALUE && value.type == jbvString)
			copy->classes = with_name(copy->classes, value.val.string.val, value.val.string.len);
}

static void
close_relation(Copy *copy)
{
	if (OidIsValid(copy->relation))
		gdpr_push_jsonb(&copy->data, WJB_END_ARRAY, NULL);
}

/* Rows of one relation come together. */
static void
open_relation(Copy *copy, Oid relation)
{
	char *name;

	if (copy->relation == relation)
		return;
	close_relation(copy);
	copy->relation = relation;
	name = DatumGetCString(DirectFunctionCall1(regclassout, ObjectIdGetDatum(relation)));
	push_text(&copy->data, WJB_KEY, name, strlen(name));
	gdpr_push_jsonb(&copy->data, WJB_BEGIN_ARRAY, NULL);
}

static Copy *
begin_copy(void)
{
	Copy *copy = palloc0(sizeof(Copy));

	gdpr_push_jsonb(&copy->data, WJB_BEGIN_OBJECT, NULL);
	push_text(&copy->data, WJB_KEY, "data", 4);
	gdpr_push_jsonb(&copy->data, WJB_BEGIN_OBJECT, NULL);
	return copy;
}

/* collect_row(state, relation, row jsonb, classes jsonb, purpose) */
Datum
gdpr_collect_row(PG_FUNCTION_ARGS)
{
	Copy *copy = PG_ARGISNULL(0) ? NULL : (Copy *) PG_GETARG_POINTER(0);
	MemoryContext context;
	MemoryContext before;
	Jsonb *row;
	Jsonb *classes;

	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "gdpr_internal.collect_row called outside an aggregate");
	gdpr_require_argument(fcinfo, 1);
	gdpr_object_argument(fcinfo, 2);
	gdpr_object_argument(fcinfo, 3);
	gdpr_require_argument(fcinfo, 4);
	before = MemoryContextSwitchTo(context);
	if (copy == NULL)
		copy = begin_copy();
	row = DatumGetJsonbPCopy(PG_GETARG_DATUM(2));
	classes = DatumGetJsonbPCopy(PG_GETARG_DATUM(3));
	open_relation(copy, PG_GETARG_OID(1));
	push_row_or_raise(&copy->data, row, classes, text_to_cstring(PG_GETARG_TEXT_PP(4)), PG_GETARG_OID(1));
	note_tag(copy, row);
	note_classes(copy, classes);
	MemoryContextSwitchTo(before);
	PG_RETURN_POINTER(copy);
}

static int
by_name(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* The categories of the data: the classes with their labels. */
static void
push_categories(GdprJsonb *state, List *names)
{
	ListCell *cell;

	list_sort(names, by_name);
	push_text(state, WJB_KEY, "categories", 10);
	gdpr_push_jsonb(state, WJB_BEGIN_ARRAY, NULL);
	foreach (cell, names)
	{
		const GdprClass *class = gdpr_class_by_name(lfirst(cell));

		if (class == NULL)
			continue; /* a row of the archive, sealed as a whole */
		gdpr_push_jsonb(state, WJB_BEGIN_OBJECT, NULL);
		push_text(state, WJB_KEY, "class", 5);
		push_text(state, WJB_VALUE, class->name, strlen(class->name));
		push_text(state, WJB_KEY, "label", 5);
		push_text(state, WJB_VALUE, class->label, strlen(class->label));
		gdpr_push_jsonb(state, WJB_END_OBJECT, NULL);
	}
	gdpr_push_jsonb(state, WJB_END_ARRAY, NULL);
}

static Datum
text_array(List *names)
{
	Datum *texts = palloc((list_length(names) + 1) * sizeof(Datum));
	int count = 0;
	ListCell *cell;

	foreach (cell, names)
		texts[count++] = CStringGetTextDatum(lfirst(cell));
	return PointerGetDatum(construct_array(texts, count, TEXTOID, -1, false, TYPALIGN_INT));
}

/* The final function: {"data": {table: [row, ...]}, "categories": [...]}, and the tags of the rows. */
Datum
gdpr_collected(PG_FUNCTION_ARGS)
{
	Copy *copy = PG_ARGISNULL(0) ? begin_copy() : (Copy *) PG_GETARG_POINTER(0);
	Datum values[2];
	bool nulls[2] = {false};
	TupleDesc desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	close_relation(copy);
	gdpr_push_jsonb(&copy->data, WJB_END_OBJECT, NULL);
	push_categories(&copy->data, copy->classes);
	gdpr_push_jsonb(&copy->data, WJB_END_OBJECT, NULL);
	values[0] = PointerGetDatum(gdpr_jsonb_of(&copy->data));
	values[1] = text_array(copy->tags);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
