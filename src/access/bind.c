/*
 * bind.c
 *		The row trigger of a protected table. It fires last (its name begins with a tilde), finds the subject of
 *		the row, seals every personal value under that subject's key, and writes the subject's number beside it.
 *
 *		Idempotent: a value that is already bound to the row's subject passes untouched, whatever wrote it
 *		(restore, upsert, an update of another column). A value bound to someone else is refused, because
 *		opening it would be a reveal that no one asked the policy about; two cases are not that:
 *
 *		- INSERT ... ON CONFLICT DO UPDATE: EXCLUDED was bound to the proposed row's subject a moment ago, from
 *		  what this statement typed. A short list of nonces knows what this statement bound itself.
 *		- The owner of the row changed: the row's values move with it, if the policy lets this role reveal them.
 *
 *		The trigger checks no grants: foreign-key cascades run as the owner of the table.
 */
#include "access/access.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "access/binding.h"
#include "access/ended.h"
#include "access/held.h"
#include "access/lawful.h"
#include "access/quarantine.h"
#include "access/search_column.h"
#include "access/unused_subject.h"
#include "arguments.h"
#include "audit/audit.h"
#include "crypto/keyring.h"
#include "pii/class_text.h"
#include "pii/classes/classes.h"
#include "pii/seal.h"
#include "pii/type.h"
#include "policy/hold.h"
#include "policy/suppression.h"
#include "purpose/purpose_set.h"
#include "subject/key_text.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_bind_row);

bool gdpr_settling = false;

#define RECENT 256 /* more than the PII columns of a row */

/* Nonces of values that the running statement bound from unbound ones. */
static struct
{
	TimestampTz statement;
	int next;
	uint8 nonces[RECENT][GDPR_NONCE_LEN];
} recent;

/* One firing of the trigger. */
typedef struct Row
{
	Binding *binding;
	TupleDesc desc;
	const GdprSearchColumn *searchable; /* columns with search tokens */
	int searchable_count;
	TupleTableSlot *old; /* NULL for INSERT; a slot takes its tuple apart once for all columns */
	TupleTableSlot *new;
	HeapTuple new_tuple;
	int64 old_subject;
	int64 subject; /* 0 = no one's */
	bool created;  /* the subject, just now */
	bool moved;	   /* to another subject */
	bool retagged; /* or new */
} Row;

static void
remember(struct varlena *bound)
{
	Sealed sealed;

	if (recent.statement != GetCurrentStatementStartTimestamp())
	{
		memset(&recent, 0, sizeof(recent));
		recent.statement = GetCurrentStatementStartTimestamp();
	}
	gdpr_sealed_view(bound, &sealed);
	memcpy(recent.nonces[recent.next], sealed.nonce, GDPR_NONCE_LEN);
	recent.next = (recent.next + 1) % RECENT;
}

static bool
bound_just_now(const Sealed *sealed)
{
	if (recent.statement != GetCurrentStatementStartTimestamp())
		return false;
	for (int i = 0; i < RECENT; i++)
		if (memcmp(recent.nonces[i], sealed->nonce, GDPR_NONCE_LEN) == 0)
			return true;
	return false;
}

/* The way that rows of this one's type go to their person; NULL when none is for it. */
static Way *
way_of(const Binding *binding, TupleTableSlot *slot)
{
	for (int i = 0; i < binding->way_count; i++)
	{
		Way *way = &binding->ways[i];
		bool isnull = true;
		Datum datum = (Datum) 0;

		if (way->type.column != InvalidAttrNumber)
			datum = slot_getattr(slot, way->type.column, &isnull);
		if (gdpr_type_test_holds(&way->type, datum, isnull))
			return way;
	}
	return NULL;
}

/* The key columns as text; NULL when one of them is NULL. */
static char *
key_text(const Way *way, TupleTableSlot *slot)
{
	char **values = palloc(way->key_count * sizeof(char *));

	for (int i = 0; i < way->key_count; i++)
	{
		bool isnull;
		Datum datum = slot_getattr(slot, way->key_columns[i], &isnull);

		if (isnull)
			return NULL;
		values[i] = OutputFunctionCall(&way->key_output[i], datum);
	}
	return gdpr_key_text(values, way->key_count);
}

/* The subject's key of a row whose owner is found through other tables; NULL when it leads to no one. */
static char *
key_through_owner(Way *way, TupleTableSlot *slot)
{
	Oid *types = palloc(way->key_count * sizeof(Oid));
	Datum *values = palloc(way->key_count * sizeof(Datum));
	MemoryContext outer = CurrentMemoryContext;
	char *key = NULL;

	for (int i = 0; i < way->key_count; i++)
	{
		bool isnull;

		types[i] = TupleDescAttr(slot->tts_tupleDescriptor, way->key_columns[i] - 1)->atttypid;
		values[i] = slot_getattr(slot, way->key_columns[i], &isnull);
		if (isnull)
			return NULL;
	}
	SPI_connect();
	gdpr_binding_select(&way->owner_plan, way->owner_query, way->key_count, types, values);
	if (SPI_processed == 1)
	{
		char *found = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);

		if (found)
			key = MemoryContextStrdup(outer, found);
	}
	SPI_finish();
	return key;
}

static char *
key_of(Way *way, TupleTableSlot *slot)
{
	char *key = way->owner_query ? key_through_owner(way, slot) : key_text(way, slot);

	return key && way->respell ? gdpr_key_canonical(way->subject_table, key) : key;
}

/* Does the row go where it went? way is that of the new one. */
static bool
same_key(const Row *row, const Way *way)
{
	if (way_of(row->binding, row->old) != way)
		return false;
	for (int i = 0; way && i < way->key_count; i++)
	{
		AttrNumber column = way->key_columns[i];
		Form_pg_attribute attribute = TupleDescAttr(row->desc, column - 1);
		bool old_null;
		bool new_null;
		Datum old = slot_getattr(row->old, column, &old_null);
		Datum new = slot_getattr(row->new, column, &new_null);

		if (old_null != new_null ||
			(!old_null && !datum_image_eq(old, new, attribute->attbyval, attribute->attlen)))
			return false;
	}
	return true;
}

/*
 * Rows of other tables that find their person through this one would stay behind with the old one, and no one would
 * know: refused.
 */
static void
require_no_followers(const Row *row)
{
	Oid types[2] = {REGCLASSOID, row->desc->tdtypeid};
	Datum values[2] = {ObjectIdGetDatum(row->binding->relid), ExecFetchSlotHeapTupleDatum(row->old)};

	SPI_connect();
	gdpr_spi_select_as_owner("SELECT gdpr_internal.require_no_followers($1, $2)", 2, types, values, NULL, 1);
	SPI_finish();
}

/* The last person who was locked; a lock is given back with the subtransaction that took it. */
static struct
{
	TransactionId transaction;
	SubTransactionId subtransaction;
	int64 subject;
} locked;

/*
 * A foreign key keeps a row from coming while the one it refers to goes. Without one a row would come to a person who
 * is being erased, and outlive that: it waits here instead.
 */
static void
lock_subject(int64 subject)
{
	static SPIPlanPtr plan = NULL;
	Oid type = INT8OID;
	Datum value = Int64GetDatum(subject);

	if (locked.subject == subject && locked.transaction == GetTopTransactionId() &&
		locked.subtransaction == GetCurrentSubTransactionId())
		return;
	SPI_connect();
	gdpr_binding_select(&plan,
						"SELECT FROM gdpr.subject s WHERE s.number OPERATOR(pg_catalog.=) $1"
						" AND s.wrapped_key IS NOT NULL FOR KEY SHARE",
						1, &type, &value);
	if (SPI_processed == 0)
		ereport(ERROR, (errcode(ERRCODE_ZG020_KEY_SHREDDED),
						errmsg("the person to whom the row would belong was erased a moment ago")));
	SPI_finish();
	locked.transaction = GetTopTransactionId();
	locked.subtransaction = GetCurrentSubTransactionId();
	locked.subject = subject;
}

/* The subject that a new row was sealed for, which is then restored; 0 when it is new. */
static int64
restored_for(const Row *row)
{
	for (int i = 0; i < row->binding->pii_count; i++)
	{
		bool isnull;
		Datum datum = slot_getattr(row->new, row->binding->pii_columns[i], &isnull);
		int64 subject = isnull ? 0 : gdpr_datum_subject(datum);

		if (subject > 0)
			return subject;
	}
	return 0;
}

/* A person whose row had gone comes back with it (ended.sql). */
static void
return_identity(const Row *row, Oid subject_table, const char *key)
{
	int64 subject = restored_for(row);
	Oid types[3] = {INT8OID, REGCLASSOID, TEXTOID};
	Datum values[3] = {Int64GetDatum(subject), ObjectIdGetDatum(subject_table), (Datum) 0};

	if (subject == 0 || gdpr_subject_number_of(subject_table, key) != 0)
		return;
	values[2] = CStringGetTextDatum(key);
	SPI_connect();
	gdpr_spi_select_as_owner("SELECT gdpr_internal.return_identity($1, $2, $3)", 3, types, values, NULL, 1);
	SPI_finish();
}

/* Whose row is it? */
static void
find_subject(Row *row)
{
	Binding *binding = row->binding;
	Way *way = way_of(binding, row->new);
	bool isnull;
	Datum datum;
	char *key = NULL;

	if (row->old)
	{
		datum = slot_getattr(row->old, binding->subject_column, &isnull);
		row->old_subject = isnull ? 0 : DatumGetInt64(datum);
		row->subject = row->old_subject;
		if (row->old_subject != 0 && same_key(row, way))
			return;
	}
	if (way)
		key = key_of(way, row->new);

	/* An owner that was set to NULL, or a type that no one follows, leaves the row about the same person. */
	if (key == NULL)
		return;
	if (row->old && binding->is_subject_table && row->old_subject != 0)
	{
		gdpr_subject_rename(row->old_subject, binding->subject_table, key);
		return;
	}
	if (row->old == NULL && binding->is_subject_table)
		return_identity(row, way->subject_table, key);
	row->subject = gdpr_subject_ensure(way->subject_table, key, &row->created);
	row->moved = row->old_subject != 0 && row->subject != row->old_subject;
	if (!way->held && !row->created && row->subject != row->old_subject)
		lock_subject(row->subject);
	if (row->moved && binding->followed)
		require_no_followers(row);
	if (row->created && gdpr_upsert_running && binding->is_subject_table)
		gdpr_unused_subject_remember(row->subject, key);
}

static struct varlena *
tag_of(const Row *row, TupleTableSlot *slot)
{
	bool isnull;
	Datum datum = slot_getattr(slot, row->binding->tag_column, &isnull);

	return isnull ? NULL : PG_DETOAST_DATUM_PACKED(datum);
}

static bool
same_tag(const Row *row, const struct varlena *tag)
{
	const struct varlena *old = row->old ? tag_of(row, row->old) : NULL;

	return old && VARSIZE_ANY_EXHDR(old) == VARSIZE_ANY_EXHDR(tag) &&
		   memcmp(VARDATA_ANY(old), VARDATA_ANY(tag), VARSIZE_ANY_EXHDR(tag)) == 0;
}

static void
refuse_foreign(const Row *row, AttrNumber column, int64 bound_to)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("value of column \"%s\" is sealed for subject " INT64_FORMAT
						   ", but the row belongs to " INT64_FORMAT,
						   NameStr(TupleDescAttr(row->desc, column - 1)->attname), bound_to, row->subject),
					errhint("Write the plaintext, or gdpr.reveal() of the value under a granted purpose.")));
}

/* May this session carry a value of the old subject over to the new one? */
static void
require_reveal(const Row *row, struct varlena *value)
{
	const GdprClaim *claim = gdpr_policy_claim();
	GdprReason reason = gdpr_reveal_reason(value, claim);

	if (reason == GDPR_ALLOWED && claim->grant != GDPR_GRANT_FULL)
		reason = GDPR_DENIED_NOT_GRANTED;
	if (reason != GDPR_ALLOWED)
		gdpr_collect_refuse(reason, claim);
}

static bool
same_value(Datum a, Datum b)
{
	struct varlena *x = (struct varlena *) DatumGetPointer(a);
	struct varlena *y = (struct varlena *) DatumGetPointer(b);

	/* stored out of line and not touched: it is the same pointer, and nothing is fetched */
	if (VARATT_IS_EXTERNAL_ONDISK(x) && VARATT_IS_EXTERNAL_ONDISK(y) &&
		memcmp(x, y, VARSIZE_EXTERNAL(x)) == 0)
		return true;
	return datum_image_eq(a, b, false, -1);
}

/* Was the value there before, in the same column? */
static bool
is_old(const Row *row, AttrNumber column, Datum datum)
{
	bool isnull = true;
	Datum old = row->old ? slot_getattr(row->old, column, &isnull) : (Datum) 0;

	return !isnull && same_value(old, datum);
}

static void
refuse_forged(const Row *row, AttrNumber column)
{
	ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED),
					errmsg("value of column \"%s\" of table %s was not sealed by this database",
						   NameStr(TupleDescAttr(row->desc, column - 1)->attname),
						   gdpr_table_name(row->binding->relid)),
					errhint("Write the plaintext, or the value as it was read.")));
}

/*
 * Bytes that claim to be a value of this person may have been put together by the writer: the token of another
 * address makes searches find the wrong person, and garbage stops every reader. So what is new in the row is opened.
 * Without any key, as a restore on a server that has none, no one could tell, nor open anything: status()
 * finds it later.
 */
static void
open_new(const Row *row, AttrNumber column, const Sealed *sealed, GdprPlain *plain)
{
	if (!gdpr_seal_try_open(sealed, plain))
		refuse_forged(row, column);
	gdpr_require_fit(plain);
	if (!gdpr_token_fits(sealed, plain))
		refuse_forged(row, column);
}

/*
 * A value that is bound to the row's person already is looked at when it is new in the row, and its class whenever the
 * tag is. Only a national number must be opened for that: which state's it is says whether it needs an authorisation.
 */
static void
check_bound(const Row *row, AttrNumber column, Datum datum, const struct varlena *tag)
{
	bool is_new = !is_old(row, column, datum);
	Sealed sealed;
	GdprPlain plain;

	if (!is_new && !row->retagged)
		return;
	gdpr_sealed_view(PG_DETOAST_DATUM_PACKED(datum), &sealed);
	if (!gdpr_keyring_has_keys() || (!is_new && sealed.class_id != GDPR_NATIONAL_ID))
	{
		gdpr_require_class(tag, gdpr_class_by_id(sealed.class_id), NULL, 0);
		return;
	}
	if (is_new)
		open_new(row, column, &sealed, &plain);
	else
		gdpr_seal_open(&sealed, &plain);
	gdpr_require_class(tag, plain.class, plain.data, plain.len);
	gdpr_plain_free(&plain);
}

/* Empty text, where a value was expected: the column is left empty, if it may be. */
static bool
is_no_value(const Row *row, AttrNumber column, const GdprPlain *plain)
{
	if (plain->len > 0 || plain->class->normalise == NULL)
		return false;
	if (TupleDescAttr(row->desc, column - 1)->attnotnull)
		gdpr_class_raise(GDPR_INVALID, plain->class->label, gdpr_class_hint(plain->class));
	gdpr_tell_empty(plain->class);
	return true;
}

/* A consent that the person gave alone is none when the birth date says that it was a child's (Art. 8). */
static void
birth_date_came(const Row *row, const GdprPlain *plain)
{
	Oid types[2] = {INT8OID, DATEOID};
	Datum values[2] = {Int64GetDatum(row->subject), (Datum) 0};
	int born = gdpr_birth_date_latest(plain->data, plain->len);

	if (born == 0 || row->created || !row->binding->is_subject_table)
		return;
	values[1] = DateADTGetDatum(date2j(born / 10000, born / 100 % 100, born % 100) - POSTGRES_EPOCH_JDATE);
	SPI_connect();
	gdpr_spi_select_as_owner("SELECT gdpr_internal.birth_date_came($1, $2)", 2, types, values, NULL, 1);
	SPI_finish();
}

/* Does an update write the identifier that is there? */
static bool
has_token_already(const Row *row, AttrNumber column, const uint8 *token)
{
	bool isnull = true;
	Datum old = row->old ? slot_getattr(row->old, column, &isnull) : (Datum) 0;
	Sealed sealed;

	if (isnull)
		return false;
	gdpr_sealed_view(PG_DETOAST_DATUM_PACKED(old), &sealed);
	return sealed.token && memcmp(sealed.token, token, SEALED_TOKEN_LEN) == 0;
}

static Oid
people_of(const Row *row)
{
	const Way *way = way_of(row->binding, row->new);

	return way ? way->subject_table : InvalidOid;
}

static void
check_suppression(const Row *row, AttrNumber column, const GdprPlain *plain, const Sealed *sealed,
				  const struct varlena *tag)
{
	bytea *hash = gdpr_suppressed(plain->class, sealed->token);

	if (hash && !has_token_already(row, column, sealed->token) &&
		!gdpr_may_be_written(hash, row->subject, people_of(row), tag, false))
		gdpr_suppression_refuse(plain->class);
}

/* Of a row that an import brings, before anyone is made a subject for it. */
static bool
import_may_write(const void *arg, bytea *hash)
{
	const Row *row = arg;
	Way *way = way_of(row->binding, row->new);
	char *key;

	key = way ? key_of(way, row->new) : NULL;
	return key && gdpr_may_be_written(hash, gdpr_subject_number_of(way->subject_table, key),
									  way->subject_table, tag_of(row, row->new), true);
}

/* The value bound to the row's subject; NULL when it already is, or when it is none. */
static struct varlena *
bind(const Row *row, int i, Datum datum, const struct varlena *tag, bool *none)
{
	AttrNumber column = row->binding->pii_columns[i];
	int64 bound_to = gdpr_datum_subject(datum);
	struct varlena *value;
	Sealed sealed;
	GdprPlain plain;
	struct varlena *bound;
	bool just_now;

	if (row->subject == 0)
		ereport(ERROR,
				(errcode(ERRCODE_NOT_NULL_VIOLATION),
				 errmsg("personal data in column \"%s\" belong to no person",
						NameStr(TupleDescAttr(row->desc, column - 1)->attname)),
				 way_of(row->binding, row->new)
					 ? errhint("Set the columns that lead to the owner of the row.")
					 : errhint("No path leads to the owner of rows of this type: gdpr.link() adds one.")));
	if (bound_to == row->subject)
	{
		check_bound(row, column, datum, tag);
		return NULL;
	}

	value = PG_DETOAST_DATUM_PACKED(datum);
	gdpr_sealed_view(value, &sealed);
	just_now = bound_to == 0 || bound_just_now(&sealed);
	if (!just_now)
	{
		if (!row->moved || bound_to != row->old_subject)
			refuse_foreign(row, column, bound_to);
		require_reveal(row, value);
	}
	open_new(row, column, &sealed, &plain);
	*none = is_no_value(row, column, &plain);
	if (*none)
		return NULL;
	gdpr_require_class(tag, plain.class, plain.data, plain.len);
	if (bound_to == 0 && sealed.token)
		check_suppression(row, column, &plain, &sealed, tag);
	if (plain.class->id == GDPR_BIRTH_DATE)
		birth_date_came(row, &plain);
	bound = gdpr_seal_plain(&plain, row->subject, sealed.token);
	gdpr_plain_free(&plain);
	if (just_now)
		remember(bound);
	return bound;
}

/* Columns of the new row that change. */
typedef struct Changes
{
	int count;
	int *columns;
	Datum *values;
	bool *nulls;
} Changes;

static void
begin_changes(Changes *changes, int most)
{
	changes->count = 0;
	changes->columns = palloc(most * sizeof(int));
	changes->values = palloc(most * sizeof(Datum));
	changes->nulls = palloc(most * sizeof(bool));
}

static void
change(Changes *changes, AttrNumber column, Datum value, bool isnull)
{
	changes->columns[changes->count] = column;
	changes->values[changes->count] = value;
	changes->nulls[changes->count++] = isnull;
}

/* What the column will hold. */
static Datum
value_after(const Row *row, const Changes *changes, AttrNumber column, bool *isnull)
{
	for (int i = 0; i < changes->count; i++)
		if (changes->columns[i] == column)
		{
			*isnull = changes->nulls[i];
			return changes->values[i];
		}
	return slot_getattr(row->new, column, isnull);
}

/* Search tokens follow their values, whatever was written into their columns. */
static void
change_tokens(const Row *row, Changes *changes)
{
	for (int i = 0; i < row->searchable_count; i++)
	{
		const GdprSearchColumn *column = &row->searchable[i];
		bool no_value;
		bool no_tokens;
		Datum value = value_after(row, changes, column->value, &no_value);
		Datum tokens = slot_getattr(row->new, column->tokens, &no_tokens);

		if (no_value && !no_tokens)
			change(changes, column->tokens, (Datum) 0, true);
		else if (!no_value && (no_tokens || !gdpr_search_tokens_current(tokens, value)))
			change(changes, column->tokens,
				   PointerGetDatum(gdpr_search_tokens_of(column->kind, PG_DETOAST_DATUM_PACKED(value))),
				   false);
	}
}

static HeapTuple
changed_tuple(const Row *row, Changes *changes)
{
	if (changes->count == 0)
		return row->new_tuple;
	return heap_modify_tuple_by_cols(row->new_tuple, row->desc, changes->count, changes->columns,
									 changes->values, changes->nulls);
}

static HeapTuple
bind_columns(const Row *row, const struct varlena *tag)
{
	const Binding *binding = row->binding;
	Changes changes;
	bool isnull;
	Datum datum;

	begin_changes(&changes, binding->pii_count + 1 + row->searchable_count);
	for (int i = 0; i < binding->pii_count; i++)
	{
		struct varlena *bound;
		bool none = false;

		datum = slot_getattr(row->new, binding->pii_columns[i], &isnull);
		if (isnull || ((bound = bind(row, i, datum, tag, &none)) == NULL && !none))
			continue;
		change(&changes, binding->pii_columns[i], PointerGetDatum(bound), none);
	}
	datum = slot_getattr(row->new, binding->subject_column, &isnull);
	if ((isnull ? 0 : DatumGetInt64(datum)) != row->subject)
		change(&changes, binding->subject_column, Int64GetDatum(row->subject), row->subject == 0);
	change_tokens(row, &changes);
	return changed_tuple(row, &changes);
}

/* A row that erasure settles is as it says, but for its search tokens. */
static HeapTuple
settle(const Row *row)
{
	Changes changes;

	begin_changes(&changes, row->searchable_count);
	change_tokens(row, &changes);
	return changed_tuple(row, &changes);
}

/* Is the value as it was? Written again it has another nonce, and the same token, or else the same plaintext. */
static bool
says_the_same(Datum old, Datum new)
{
	struct varlena *before = PG_DETOAST_DATUM_PACKED(old);
	struct varlena *after = PG_DETOAST_DATUM_PACKED(new);
	Sealed sealed[2];
	GdprPlain plain[2];
	bool same;

	if (VARSIZE_ANY_EXHDR(before) == VARSIZE_ANY_EXHDR(after) &&
		memcmp(VARDATA_ANY(before), VARDATA_ANY(after), VARSIZE_ANY_EXHDR(before)) == 0)
		return true;
	gdpr_sealed_view(before, &sealed[0]);
	gdpr_sealed_view(after, &sealed[1]);
	if (sealed[0].class_id != sealed[1].class_id)
		return false;
	if (sealed[0].token)
		return sealed[1].token && memcmp(sealed[0].token, sealed[1].token, SEALED_TOKEN_LEN) == 0;
	gdpr_seal_open(&sealed[0], &plain[0]);
	gdpr_seal_open(&sealed[1], &plain[1]);
	same = plain[0].len == plain[1].len && memcmp(plain[0].data, plain[1].data, plain[0].len) == 0;
	gdpr_plain_free(&plain[0]);
	gdpr_plain_free(&plain[1]);
	return same;
}

static bool
same_or_more(const struct varlena *old, const struct varlena *new)
{
	for (int i = 0; i < PURPOSE_SET_COUNT(old); i++)
		if (!gdpr_purpose_set_contains(new, gdpr_purpose_set_member(old, i)))
			return false;
	return true;
}

/* Does the update take something of the column away? Of a row that is held itself every value stays. */
static bool
takes_away(const Row *row, AttrNumber column, bool every_value)
{
	Form_pg_attribute attribute = TupleDescAttr(row->desc, column - 1);
	bool old_null;
	bool new_null;
	Datum old = slot_getattr(row->old, column, &old_null);
	Datum new = slot_getattr(row->new, column, &new_null);

	if (old_null || attribute->attgenerated || column == row->binding->subject_column)
		return false;
	if (new_null)
		return true;
	if (gdpr_class_of_type(attribute->atttypid))
		return !says_the_same(old, new);
	if (column == row->binding->tag_column)
		return !same_or_more(PG_DETOAST_DATUM_PACKED(old), PG_DETOAST_DATUM_PACKED(new));
	return every_value && !datum_image_eq(old, new, attribute->attbyval, attribute->attlen);
}

/* Is the row as it was kept from going, or from a change? itself: and not only as one of its person's. */
static bool
is_held(const HeldTable *table, TupleTableSlot *old, bool goes, bool *itself)
{
	bool isnull;
	Datum subject = slot_getattr(old, table->subject_column, &isnull);

	*itself = table->key_count > 0 && gdpr_row_held(table->protected, NULL) &&
			  gdpr_row_held(table->protected, gdpr_held_key(table, old));
	return *itself || (!isnull && gdpr_person_held(DatumGetInt64(subject), goes));
}

static void
refuse_held(const HeldTable *table)
{
	ereport(ERROR, (errcode(ERRCODE_ZG018_LEGAL_HOLD),
					errmsg("a legal hold keeps this row of table %s", gdpr_table_name(table->protected)),
					errhint("gdpr.row_hold and gdpr.legal_hold list holds; gdpr.release_row() and "
							"gdpr.release_hold() end them, and the answer to an open request its own.")));
}

/* A hold on the person or on the row keeps what an update would take. */
static void
require_nothing_taken(const Row *row, Relation rel)
{
	const HeldTable *table;
	bool itself;
	bool taken = row->moved;

	if (!gdpr_anything_held())
		return;
	table = gdpr_held_table(rel);
	if (!is_held(table, row->old, false, &itself))
		return;
	for (int i = 1; !taken && i <= row->desc->natts; i++)
		if (!TupleDescAttr(row->desc, i - 1)->attisdropped)
			taken = takes_away(row, i, itself);
	if (taken)
		refuse_held(table);
}

/* A row goes, unless it is held; with the row of a person goes the name. */
static Datum
delete_row(TriggerData *trigger)
{
	const HeldTable *table = gdpr_held_table(trigger->tg_relation);
	TupleTableSlot *old = trigger->tg_trigslot;
	bool itself;
	bool isnull;
	Datum subject;

	if (!OidIsValid(table->protected))
		return PointerGetDatum(trigger->tg_trigtuple);
	if (gdpr_anything_held() && is_held(table, old, true, &itself))
		refuse_held(table);
	if (table->people)
	{
		subject = slot_getattr(old, table->subject_column, &isnull);
		if (!isnull)
			gdpr_person_gone(DatumGetInt64(subject));
	}
	return PointerGetDatum(trigger->tg_trigtuple);
}

/*
 * The tag of the partition's row that was updated last: when that moves the row to another partition, it is inserted
 * there, and no one tagged it.
 */
static struct
{
	TimestampTz statement;
	Oid protected;
	int64 subject;
	Size size;
	uint8 tag[GDPR_PURPOSES_MAX * sizeof(int32)];
} moving;

/* Does the new row belong where the old one is? */
static bool
stays(const Row *row, Relation rel)
{
	EState *estate = CreateExecutorState();
	ExprContext *context = GetPerTupleExprContext(estate);
	bool fits;

	context->ecxt_scantuple = row->new;
	fits = ExecCheck(ExecPrepareCheck(RelationGetPartitionQual(rel), estate), context);
	FreeExecutorState(estate);
	return fits;
}

static void
remember_tag(const Row *row, Relation rel, const struct varlena *tag)
{
	if (!rel->rd_rel->relispartition || VARSIZE_ANY_EXHDR(tag) > sizeof(moving.tag) ||
		!gdpr_is_widened(row->binding, tag) || stays(row, rel))
		return;
	moving.statement = GetCurrentStatementStartTimestamp();
	moving.protected = gdpr_held_table(rel)->protected;
	moving.subject = row->subject;
	moving.size = VARSIZE_ANY_EXHDR(tag);
	memcpy(moving.tag, VARDATA_ANY(tag), moving.size);
}

/* Once for each row that moves: what is inserted beside it is as new as any. */
static bool
moves_with_tag(const Row *row, Relation rel, const struct varlena *tag)
{
	bool moves = rel->rd_rel->relispartition && moving.statement == GetCurrentStatementStartTimestamp() &&
				 moving.subject == row->subject && moving.size == VARSIZE_ANY_EXHDR(tag) &&
				 memcmp(moving.tag, VARDATA_ANY(tag), moving.size) == 0 &&
				 moving.protected == gdpr_held_table(rel)->protected;

	if (moves)
		moving.statement = 0;
	return moves;
}

Datum
gdpr_bind_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = gdpr_trigger(fcinfo, InvalidOid, TRIGGER_EVENT_TIMINGMASK | TRIGGER_EVENT_ROW,
										TRIGGER_EVENT_BEFORE | TRIGGER_EVENT_ROW);
	Row row = {0};
	const struct varlena *tag;

	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return delete_row(trigger);
	row.desc = RelationGetDescr(trigger->tg_relation);
	row.searchable = gdpr_search_columns(trigger->tg_relation, &row.searchable_count);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
	{
		row.old = trigger->tg_trigslot;
		row.new = trigger->tg_newslot;
		row.new_tuple = trigger->tg_newtuple;
		if (gdpr_settling)
			return PointerGetDatum(settle(&row));
	}
	if (!gdpr_own_rights_at_work())
		gdpr_require_catalog(); /* what an erasure changes goes on */
	row.binding = gdpr_binding_of(trigger->tg_relation);
	if (!row.old)
	{
		row.new = trigger->tg_trigslot;
		row.new_tuple = trigger->tg_trigtuple;
		if (gdpr_hold_back(row.binding, row.new, import_may_write, &row))
			return PointerGetDatum(NULL);
	}

	find_subject(&row);
	if (row.old)
		require_nothing_taken(&row, trigger->tg_relation);
	tag = tag_of(&row, row.new);
	if (tag == NULL)
		ereport(ERROR, (errcode(ERRCODE_NOT_NULL_VIOLATION),
						errmsg("null value in column \"%s\" of a protected table", GDPR_TAG_COLUMN),
						errhint("Leave the column out to take its default.")));
	row.retagged = !row.old || !same_tag(&row, tag);
	if (row.retagged || row.moved)
		gdpr_require_lawful_basis(tag, row.subject, row.created);
	if (row.retagged && (row.old || !moves_with_tag(&row, trigger->tg_relation, tag)))
		gdpr_require_added(row.binding, row.old ? tag_of(&row, row.old) : NULL, tag, row.subject);
	if (row.old)
		remember_tag(&row, trigger->tg_relation, tag);
	return PointerGetDatum(bind_columns(&row, tag));
}
