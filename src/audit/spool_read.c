/*
 * spool_read.c
 *		Spool files as rows: for the worker on its way to the ledger, and for whoever asks on a standby.
 *
 *		Roles and relations were written as OIDs, since a backend may hand over when it cannot read catalogs; here
 *		they become names. What a crash cut short fails its checksum and is where reading ends.
 */
#include "audit/spool.h"

#include <sys/stat.h>
#include <unistd.h>

#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "commands/dbcommands.h"
#include "pii/class.h"
#include "policy/policy.h"

PG_FUNCTION_INFO_V1(gdpr_spool_files);
PG_FUNCTION_INFO_V1(gdpr_spool_records);
PG_FUNCTION_INFO_V1(gdpr_forget_spool);

/* What follows the fixed part of a record, read from front to back. */
typedef struct Cursor
{
	const char *at;
	const char *end;
} Cursor;

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
	elog(ERROR, "record of the audit spool is malformed");
}

static const char *
next_text(Cursor *cursor)
{
	const char *text = cursor->at;
	const char *end = memchr(text, '\0', cursor->end - text);

	if (end == NULL)
		elog(ERROR, "record of the audit spool is malformed");
	cursor->at = end + 1;
	return text;
}

/* ,"key":"value"; nothing for an empty value */
static void
append_text(StringInfo json, const char *key, const char *value)
{
	if (value[0] == '\0')
		return;
	appendStringInfo(json, "%s\"%s\":", json->len > 1 ? "," : "", key);
	escape_json(json, value);
}

static char *
role_name(Oid role)
{
	char *name = GetUserNameFromId(role, true);

	return name ? name : psprintf("%u", role); /* dropped meanwhile */
}

/* Tables of the statement, without the system's. */
static void
append_relations(StringInfo json, Cursor *cursor)
{
	bool any = false;

	for (uint64 n = next_number(cursor); n > 0; n--)
	{
		Oid relation = (Oid) next_number(cursor);
		char *name;

		if (relation < FirstNormalObjectId || (name = get_rel_name(relation)) == NULL)
			continue;
		appendStringInfoString(json, any ? "," : ",\"relations\":[");
		escape_json(json, quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)), name));
		any = true;
	}
	if (any)
		appendStringInfoChar(json, ']');
}

static void
append_count(StringInfo object, const char *key, uint64 count)
{
	if (count == 0)
		return;
	if (object->len > 0)
		appendStringInfoChar(object, ',');
	escape_json(object, key);
	appendStringInfo(object, ":" UINT64_FORMAT, count);
}

static void
append_object(StringInfo json, const char *key, StringInfo object)
{
	if (object->len > 0)
		appendStringInfo(json, ",\"%s\":{%s}", key, object->data);
}

static void
append_counts(StringInfo json, Cursor *cursor)
{
	StringInfoData revealed;
	StringInfoData masked;
	StringInfoData searched;
	StringInfoData denied;

	initStringInfo(&revealed);
	initStringInfo(&masked);
	initStringInfo(&searched);
	initStringInfo(&denied);
	for (uint64 n = next_number(cursor); n > 0; n--)
	{
		const GdprClass *class = gdpr_class_by_id((int) next_number(cursor));
		const char *name = class ? class->name : "unknown";

		append_count(&revealed, name, next_number(cursor));
		append_count(&masked, name, next_number(cursor));
		append_count(&searched, name, next_number(cursor));
	}
	for (uint64 n = next_number(cursor); n > 0; n--)
	{
		GdprReason reason = (GdprReason) next_number(cursor);

		append_count(&denied, gdpr_policy_reason_text(reason), next_number(cursor));
	}
	append_object(json, "revealed", &revealed);
	append_object(json, "masked", &masked);
	append_object(json, "searched", &searched);
	append_object(json, "denied", &denied);
}

/* One subject as a number, several as the text of a multirange; neither when nobody was seen. */
static void
read_subjects(Cursor *cursor, int64 *single, StringInfo many)
{
	int64 end = 0;
	int64 subjects = 0;

	while (cursor->at < cursor->end)
	{
		int64 low = end + (int64) next_number(cursor);

		end = low + (int64) next_number(cursor);
		appendStringInfo(many, "%s[" INT64_FORMAT "," INT64_FORMAT ")", many->len > 0 ? "," : "{", low, end);
		subjects += end - low;
		*single = low;
	}
	if (many->len > 0)
		appendStringInfoChar(many, '}');
	if (subjects != 1)
		*single = 0;
}

enum
{
	COLUMN_NEXT,
	COLUMN_AT,
	COLUMN_ROLE,
	COLUMN_KIND,
	COLUMN_SUBJECT,
	COLUMN_SUBJECTS,
	COLUMN_DETAIL,
	COLUMNS
};

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
	elog(ERROR, "record of the audit spool is malformed");
}

static void
put_record(ReturnSetInfo *result, FmgrInfo *multirange_in, Oid multirange, const SpoolRecord *record,
		   int64 next)
{
	Cursor cursor = {(const char *) (record + 1), (const char *) record + record->len};
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};
	StringInfoData json;
	StringInfoData many;
	int64 single = 0;
	NameData role;

	initStringInfo(&json);
	initStringInfo(&many);
	appendStringInfoChar(&json, '{');
	append_text(&json, "user", role_name(record->current_user));
	append_text(&json, "purpose", next_text(&cursor));
	append_text(&json, "application", next_text(&cursor));
	append_text(&json, "client", next_text(&cursor));
	append_text(&json, "database", get_database_name(MyDatabaseId));
	appendStringInfo(&json, ",\"statement\":\"%lx.%x." INT64_FORMAT "\"",
					 (long) timestamptz_to_time_t(record->session_start), record->pid,
					 record->at - record->session_start);
	if (record->query_id != 0)
		appendStringInfo(&json, ",\"query_id\":" INT64_FORMAT, record->query_id);
	if (record->kind != SPOOL_INTENT)
	{
		append_relations(&json, &cursor);
		append_counts(&json, &cursor);
		read_subjects(&cursor, &single, &many);
	}
	appendStringInfoChar(&json, '}');

	namestrcpy(&role, role_name(record->session_user));
	values[COLUMN_NEXT] = Int64GetDatum(next);
	values[COLUMN_AT] = TimestampTzGetDatum(record->at);
	values[COLUMN_ROLE] = NameGetDatum(&role);
	values[COLUMN_KIND] = CStringGetTextDatum(kind_text(record->kind));
	values[COLUMN_SUBJECT] = Int64GetDatum(single);
	nulls[COLUMN_SUBJECT] = single == 0;
	nulls[COLUMN_SUBJECTS] = single != 0 || many.len == 0;
	values[COLUMN_SUBJECTS] =
		nulls[COLUMN_SUBJECTS] ? (Datum) 0 : InputFunctionCall(multirange_in, many.data, multirange, -1);
	values[COLUMN_DETAIL] = DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

static bool
read_record(int fd, int64 at, char *buffer)
{
	SpoolRecord *record = (SpoolRecord *) buffer;
	pg_crc32c crc;

	if (pg_pread(fd, buffer, sizeof(SpoolRecord), (off_t) at) != sizeof(SpoolRecord) ||
		record->len < sizeof(SpoolRecord) || record->len > SPOOL_RECORD_MAX ||
		pg_pread(fd, buffer, record->len, (off_t) at) != record->len)
		return false;
	INIT_CRC32C(crc);
	COMP_CRC32C(crc, buffer + offsetof(SpoolRecord, kind), record->len - offsetof(SpoolRecord, kind));
	FIN_CRC32C(crc);
	return EQ_CRC32C(crc, record->crc);
}

/* (boot, file, start, limit): the records from a place in a file on, each with the place of the next. */
Datum
gdpr_spool_records(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char *path = psprintf(SPOOL_DIRECTORY "/%u/%016llx-%llu", MyDatabaseId,
						  (unsigned long long) PG_GETARG_INT64(0), (unsigned long long) PG_GETARG_INT64(1));
	int64 at = PG_GETARG_INT64(2);
	char *buffer = palloc(SPOOL_RECORD_MAX);
	MemoryContext turn = AllocSetContextCreate(CurrentMemoryContext, "audit record", ALLOCSET_DEFAULT_SIZES);
	FmgrInfo multirange_in;
	Oid function;
	Oid multirange;
	int fd;

	InitMaterializedSRF(fcinfo, 0);
	getTypeInputInfo(TupleDescAttr(result->setDesc, COLUMN_SUBJECTS)->atttypid, &function, &multirange);
	fmgr_info(function, &multirange_in);
	fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	if (fd < 0 && errno != ENOENT)
		ereport(ERROR,
				(errcode_for_file_access(), errmsg("could not read the audit spool \"%s\": %m", path)));
	for (int i = 0; fd >= 0 && i < PG_GETARG_INT32(3) && read_record(fd, at, buffer); i++)
	{
		MemoryContext outer = MemoryContextSwitchTo(turn);

		at += ((SpoolRecord *) buffer)->len;
		put_record(result, &multirange_in, multirange, (SpoolRecord *) buffer, at);
		MemoryContextSwitchTo(outer);
		MemoryContextReset(turn);
	}
	if (fd >= 0)
		CloseTransientFile(fd);
	return (Datum) 0;
}

/* The spool files of this database: boot and number. */
Datum
gdpr_spool_files(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	char *path = psprintf(SPOOL_DIRECTORY "/%u", MyDatabaseId);
	DIR *directory;
	struct dirent *entry;

	InitMaterializedSRF(fcinfo, 0);
	directory = AllocateDir(path);
	if (directory == NULL && errno == ENOENT)
		return (Datum) 0;
	while ((entry = ReadDir(directory, path)) != NULL)
	{
		unsigned long long boot;
		unsigned long long file;
		char rest;
		Datum values[2];
		bool nulls[2] = {false};

		if (sscanf(entry->d_name, "%16llx-%llu%c", &boot, &file, &rest) != 2)
			continue;
		values[0] = Int64GetDatum((int64) boot);
		values[1] = Int64GetDatum((int64) file);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	FreeDir(directory);
	return (Datum) 0;
}

Datum
gdpr_forget_spool(PG_FUNCTION_ARGS)
{
	gdpr_spool_remove(MyDatabaseId);
	PG_RETURN_VOID();
}
