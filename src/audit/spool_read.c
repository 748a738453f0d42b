/*
 * spool_read.c
 *		Spool files: read for the worker on its way to the ledger, and shown as rows on a standby. What
 *		a crash cut short fails its checksum and is where reading ends.
 */
#include "audit/spool_entry.h"

#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "audit/spool_file.h"

PG_FUNCTION_INFO_V1(gdpr_spool_files);
PG_FUNCTION_INFO_V1(gdpr_spool_records);
PG_FUNCTION_INFO_V1(gdpr_forget_spool);

#define CHUNK (256 * 1024)

struct SpoolReader
{
	int fd;
	int64 at;	   /* of the next record */
	int64 read_at; /* of what is in the chunk */
	int filled;
	char *chunk;
	union
	{
		SpoolRecord record;
		char bytes[SPOOL_RECORD_MAX];
	} aligned;
};

SpoolReader *
gdpr_spool_open(uint64 boot, uint64 file, int64 at)
{
	SpoolReader *reader = palloc(sizeof(SpoolReader));
	char path[MAXPGPATH];

	gdpr_spool_file_path(path, MyDatabaseId, boot, file);
	reader->at = reader->read_at = at;
	reader->filled = 0;
	reader->chunk = palloc(CHUNK);
	reader->fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	if (reader->fd < 0 && errno != ENOENT)
		ereport(ERROR,
				(errcode_for_file_access(), errmsg("could not read the audit spool \"%s\": %m", path)));
	return reader;
}

/* What begins at the next place, so many bytes of it; NULL when the file ends before. */
static const char *
look_at(SpoolReader *reader, uint32 len)
{
	if (reader->at + len > reader->read_at + reader->filled)
	{
		ssize_t got = reader->fd < 0 ? 0 : pg_pread(reader->fd, reader->chunk, CHUNK, (off_t) reader->at);

		reader->read_at = reader->at;
		reader->filled = (int) Max(got, 0);
	}
	return reader->filled - (reader->at - reader->read_at) < len
			   ? NULL
			   : reader->chunk + (reader->at - reader->read_at);
}

const SpoolRecord *
gdpr_spool_next(SpoolReader *reader)
{
	SpoolRecord *record = &reader->aligned.record;
	const char *bytes = look_at(reader, sizeof(SpoolRecord));
	pg_crc32c crc;

	if (bytes == NULL)
		return NULL;
	memcpy(record, bytes, sizeof(SpoolRecord));
	if (record->len < sizeof(SpoolRecord) || record->len > SPOOL_RECORD_MAX ||
		(bytes = look_at(reader, record->len)) == NULL)
		return NULL;
	memcpy(record, bytes, record->len);
	INIT_CRC32C(crc);
	COMP_CRC32C(crc, bytes + offsetof(SpoolRecord, at), record->len - offsetof(SpoolRecord, at));
	FIN_CRC32C(crc);
	if (!EQ_CRC32C(crc, record->crc))
		return NULL;
	reader->at += record->len;
	return record;
}

int64
gdpr_spool_place(const SpoolReader *reader)
{
	return reader->at;
}

void
gdpr_spool_close(SpoolReader *reader)
{
	if (reader->fd >= 0)
		CloseTransientFile(reader->fd);
	pfree(reader->chunk);
	pfree(reader);
}

enum
{
	COLUMN_AT,
	COLUMN_ROLE,
	COLUMN_KIND,
	COLUMN_SUBJECT,
	COLUMN_SUBJECTS,
	COLUMN_DETAIL,
	COLUMNS
};

static void
put_record(ReturnSetInfo *result, EntryMaker *maker, const SpoolRecord *record)
{
	Datum values[COLUMNS];
	bool nulls[COLUMNS] = {false};
	LedgerEntry entry;
	NameData role;

	gdpr_spool_entry(maker, record, &entry);
	namestrcpy(&role, entry.role);
	values[COLUMN_AT] = TimestampTzGetDatum(entry.at);
	values[COLUMN_ROLE] = NameGetDatum(&role);
	values[COLUMN_KIND] = CStringGetTextDatum(entry.kind);
	values[COLUMN_SUBJECT] = Int64GetDatum(entry.subject);
	nulls[COLUMN_SUBJECT] = !entry.has_subject;
	values[COLUMN_SUBJECTS] = PointerGetDatum(entry.subjects_value);
	nulls[COLUMN_SUBJECTS] = entry.subjects_value == NULL;
	values[COLUMN_DETAIL] = JsonbPGetDatum(entry.detail_value);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* (boot, file, start): the records from a place in a file on, as entries of the ledger. */
Datum
gdpr_spool_records(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext turn = AllocSetContextCreate(CurrentMemoryContext, "audit record", ALLOCSET_DEFAULT_SIZES);
	EntryMaker *maker = gdpr_entry_maker();
	SpoolReader *reader;
	const SpoolRecord *record;

	InitMaterializedSRF(fcinfo, 0);
	reader = gdpr_spool_open((uint64) PG_GETARG_INT64(0), (uint64) PG_GETARG_INT64(1), PG_GETARG_INT64(2));
	while ((record = gdpr_spool_next(reader)) != NULL)
	{
		MemoryContext outer = MemoryContextSwitchTo(turn);

		CHECK_FOR_INTERRUPTS();
		put_record(result, maker, record);
		MemoryContextSwitchTo(outer);
		MemoryContextReset(turn);
	}
	gdpr_spool_close(reader);
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
