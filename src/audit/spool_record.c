/*
 * spool_record.c
 *		Records of what this backend collected (see spool_record.h).
 */
#include "audit/spool_record.h"

#include <netdb.h>

#include "access/xact.h"
#include "common/ip.h"
#include "miscadmin.h"
#include "utils/backend_status.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#define RANGE_MAX_BYTES 20

/* Records that could not be handed over. */
static StringInfoData unsent;

/* Where ranges are written to: record after record. */
typedef struct RangeWriter
{
	StringInfo record;
	const SpoolHead *head;
	int64 written_to; /* end of the range before, in this record */
} RangeWriter;

void
gdpr_spool_records_init(MemoryContext context)
{
	MemoryContext outer = MemoryContextSwitchTo(context);

	initStringInfo(&unsent);
	MemoryContextSwitchTo(outer);
}

bool
gdpr_spool_records_waiting(void)
{
	return unsent.len > 0;
}

void
gdpr_spool_record_put(StringInfo record, uint64 number)
{
	char bytes[10];
	int len = 0;

	do
	{
		bytes[len] = (char) (number & 0x7f);
		number >>= 7;
		if (number)
			bytes[len] |= (char) 0x80;
		len++;
	} while (number);
	appendBinaryStringInfo(record, bytes, len);
}

static void
put_text(StringInfo record, const char *text)
{
	if (text == NULL)
		text = "";
	appendBinaryStringInfo(record, text, (int) strlen(text) + 1);
}

/* As in pg_stat_activity; "" for a process without a client. */
static const char *
client_address(void)
{
	static char address[NI_MAXHOST];
	SockAddr *client = MyBEEntry ? &MyBEEntry->st_clientaddr : NULL;

	if (address[0] != '\0' || client == NULL || client->salen == 0)
		return address;
	if (client->addr.ss_family == AF_UNIX)
		strlcpy(address, "[local]", sizeof(address));
	else if (pg_getnameinfo_all(&client->addr, client->salen, address, sizeof(address), NULL, 0,
								NI_NUMERICHOST) != 0)
		strlcpy(address, "unknown", sizeof(address));
	return address;
}

void
gdpr_spool_record_begin(StringInfo record, const SpoolHead *head)
{
	SpoolRecord fixed = {0};

	fixed.kind = head->kind;
	fixed.session_user = GetSessionUserId();
	fixed.current_user = head->user;
	fixed.pid = MyProcPid;
	fixed.session_start = MyStartTimestamp;
	fixed.at = GetCurrentStatementStartTimestamp();
	fixed.query_id = head->query_id;
	resetStringInfo(record);
	appendBinaryStringInfo(record, (char *) &fixed, sizeof(fixed));
	put_text(record, head->purpose);
	put_text(record, application_name);
	put_text(record, client_address());
}

static void
begin_subjects(StringInfo record)
{
	((SpoolRecord *) record->data)->subjects = record->len;
}

static bool
append(const SpoolRecord *record)
{
	return gdpr_spool_append(record) || (gdpr_spool_flush_all() && gdpr_spool_append(record));
}

static void
hand_over(StringInfo bytes)
{
	SpoolRecord *record = (SpoolRecord *) bytes->data;

	record->len = bytes->len;
	INIT_CRC32C(record->crc);
	COMP_CRC32C(record->crc, bytes->data + offsetof(SpoolRecord, at), bytes->len - offsetof(SpoolRecord, at));
	FIN_CRC32C(record->crc);
	if (unsent.len > 0 || !append(record))
		appendBinaryStringInfo(&unsent, bytes->data, bytes->len);
}

static void
write_range(void *arg, int64 low, int64 high)
{
	RangeWriter *writer = arg;

	if (writer->record->len + RANGE_MAX_BYTES > SPOOL_RECORD_MAX)
	{
		SpoolHead next = *writer->head;

		/* another part of the same statement: the counts are in the first */
		next.kind = SPOOL_READ;
		hand_over(writer->record);
		gdpr_spool_record_begin(writer->record, &next);
		for (int lists = 0; lists < 3; lists++)
			gdpr_spool_record_put(writer->record, 0);
		begin_subjects(writer->record);
		writer->written_to = 0;
	}
	gdpr_spool_record_put(writer->record, (uint64) (low - writer->written_to));
	gdpr_spool_record_put(writer->record, (uint64) (high - low));
	writer->written_to = high;
}

void
gdpr_spool_record_finish(StringInfo record, const SpoolHead *head, SubjectSet *subjects)
{
	RangeWriter writer = {record, head, 0};

	begin_subjects(record);
	if (subjects)
		gdpr_subject_set_ranges(subjects, write_range, &writer);
	hand_over(record);
}

/* Records of the past go first. */
void
gdpr_spool_records_resend(void)
{
	int at = 0;

	while (at < unsent.len)
	{
		SpoolRecord record;

		memcpy(&record, unsent.data + at, sizeof(record));
		/* palloc'd data is aligned, the next record in it need not be */
		if (at > 0)
		{
			memmove(unsent.data, unsent.data + at, unsent.len - at);
			unsent.len -= at;
			at = 0;
		}
		if (!append((SpoolRecord *) unsent.data))
			return;
		at = record.len;
	}
	resetStringInfo(&unsent);
}
