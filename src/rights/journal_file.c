/*
 * journal_file.c
 *		The file of the journal (see journal.h): finding, reading, appending. Knows no table.
 */
#include "rights/journal.h"

#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "fmgr.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "ledger/anchor.h"

PG_FUNCTION_INFO_V1(gdpr_journal_lines);
PG_FUNCTION_INFO_V1(gdpr_journal_files);

#define MAGIC		 "gdpr-journal 1"
#define HEADER_MAX	 256
#define LINE_MAX_LEN 1024
#define TAIL		 (4 * LINE_MAX_LEN)
#define ASIDE		 ".new"

char *gdpr_journal_file = NULL;
static void (*setting_changed)(void) = NULL;

static void
assign(const char *newval, void *extra)
{
	if (setting_changed)
		setting_changed();
}

void
gdpr_journal_file_init(void (*changed)(void))
{
	setting_changed = changed;

	/* Without it a restored backup brings back people who were erased. */
	DefineCustomStringVariable("gdpr.journal_file",
							   "Where erasures, withdrawals, objections and restrictions are copied to, to "
							   "be done again after a restore.",
							   "The journal of a database is this path with a dot and the database's OID; it "
							   "must be outside the data "
							   "directory and its backups.",
							   &gdpr_journal_file, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY,
							   gdpr_check_outside_data_directory, assign, NULL);
}

char *
gdpr_journal_path(void)
{
	return psprintf("%s.%u", gdpr_journal_file, MyDatabaseId);
}

/* ---- reading ---- */

static char *
header_of(Oid database, const char *database_id)
{
	return psprintf(MAGIC " " UINT64_FORMAT " %u %s\n", GetSystemIdentifier(), database, database_id);
}

/* Symbolic links and dots may lead into the data directory all the same. */
static bool
is_inside_data_directory(const char *path)
{
	char data[PATH_MAX];
	char real[PATH_MAX];

	return realpath(DataDir, data) && realpath(path, real) && path_is_prefix_of_path(data, real);
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* A line is the sequence, a tab, ..., a tab, the hash. */
static bool
parse_line(const char *line, size_t len, JournalFile *file)
{
	const char *hex = line + len - 2 * JOURNAL_HASH_LEN;
	char *end;

	if (len < 2 * JOURNAL_HASH_LEN + 4 || hex[-1] != '\t' || memchr(line, '\0', len) != NULL)
		return false;
	file->sequence = strtoll(line, &end, 10);
	if (file->sequence <= 0 || *end != '\t')
		return false;
	for (int i = 0; i < JOURNAL_HASH_LEN; i++)
	{
		int high = hex_digit(hex[2 * i]);
		int low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		file->hash[i] = (uint8) (high << 4 | low);
	}
	return true;
}

/* Where the last whole line of the file's end begins, and where it ends; false when there is none. */
static bool
last_line(const char *tail, ssize_t len, ssize_t *begin, ssize_t *end)
{
	while (len > 0 && tail[len - 1] != '\n')
		len--;
	if (len == 0)
		return false;
	*end = len;
	len--;
	while (len > 0 && tail[len - 1] != '\n')
		len--;
	*begin = len;
	return true;
}

static JournalState
read_file(int fd, const char *database_id, JournalFile *file)
{
	char header[HEADER_MAX + 1];
	char tail[TAIL];
	struct stat st;
	ssize_t got = pg_pread(fd, header, HEADER_MAX, 0);
	ssize_t header_len;
	ssize_t begin;
	ssize_t end;
	off_t from;

	if (got < 0 || fstat(fd, &st) != 0)
	{
		file->error = errno;
		return JOURNAL_UNREADABLE;
	}
	header[got] = '\0';
	header_len = strcspn(header, "\n") + 1;
	if (strncmp(header, MAGIC " ", strlen(MAGIC " ")) != 0 || header_len > got)
		return JOURNAL_BROKEN;
	header[header_len] = '\0';

	from = Max(header_len, st.st_size - TAIL);
	got = pg_pread(fd, tail, TAIL, from);
	if (got < 0)
	{
		file->error = errno;
		return JOURNAL_UNREADABLE;
	}
	file->end = header_len;
	if (last_line(tail, got, &begin, &end))
	{
		if ((begin == 0 && from > header_len) || !parse_line(tail + begin, end - begin - 1, file))
			return JOURNAL_BROKEN;
		file->end = from + end;
	}
	else if (st.st_size - header_len >= TAIL)
		return JOURNAL_BROKEN;
	if (database_id == NULL || strcmp(header, header_of(MyDatabaseId, database_id)) != 0)
		return JOURNAL_FOREIGN;
	return JOURNAL_GOOD;
}

void
gdpr_journal_open(const char *path, const char *database_id, JournalFile *file)
{
	int fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK);

	memset(file, 0, sizeof(*file));
	if (fd < 0)
	{
		file->error = errno;
		file->state = errno == ENOENT ? JOURNAL_MISSING : JOURNAL_UNREADABLE;
		return;
	}
	file->state = read_file(fd, database_id, file);
	if (is_inside_data_directory(path))
	{
		file->state = JOURNAL_UNREADABLE;
		file->error = EPERM;
	}
	CloseTransientFile(fd);
}

/* Is this file one of the database with this id? */
static bool
has_id(const char *path, const char *database_id)
{
	char header[HEADER_MAX + 1];
	int fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK);
	ssize_t got = fd < 0 ? -1 : pg_pread(fd, header, HEADER_MAX, 0);
	char *id;

	if (fd >= 0)
		CloseTransientFile(fd);
	if (got <= 0)
		return false;
	header[got] = '\0';
	header[strcspn(header, "\n")] = '\0';
	id = strrchr(header, ' ');
	return strncmp(header, MAGIC " ", strlen(MAGIC " ")) == 0 && strcmp(id + 1, database_id) == 0;
}

/* The names of the files beside ours that the setting covers and that are of this id. */
static List *
files_of(const char *database_id)
{
	char directory[MAXPGPATH];
	const char *base = last_dir_separator(gdpr_journal_file) + 1;
	size_t base_len = strlen(base);
	List *found = NIL;
	DIR *dir;
	struct dirent *entry;

	strlcpy(directory, gdpr_journal_file, sizeof(directory));
	get_parent_directory(directory);
	dir = AllocateDir(directory);
	if (dir == NULL)
		return NIL;
	while ((entry = ReadDirExtended(dir, directory, LOG)) != NULL)
	{
		size_t len = strlen(entry->d_name);

		if (len <= base_len || strncmp(entry->d_name, base, base_len) != 0 ||
			entry->d_name[base_len] != '.' ||
			(len > strlen(ASIDE) && strcmp(entry->d_name + len - strlen(ASIDE), ASIDE) == 0))
			continue;
		if (has_id(psprintf("%s/%s", directory, entry->d_name), database_id))
			found = lappend(found, pstrdup(entry->d_name));
	}
	FreeDir(dir);
	return found;
}

bool
gdpr_journal_of_this_database(const char *database_id)
{
	return files_of(database_id) != NIL;
}

/* ---- writing ---- */

static void
pg_attribute_noreturn() refuse(const char *path, const char *what)
{
	ereport(ERROR, (errcode(ERRCODE_IO_ERROR), errmsg("could not %s the journal \"%s\": %m", what, path),
					errhint("Let the server's user write to the files of gdpr.journal_file.")));
}

static void
write_all(int fd, const char *path, const char *data, size_t len, off_t at)
{
	while (len > 0)
	{
		ssize_t written;

		errno = ENOSPC; /* when nothing else is said */
		written = pg_pwrite(fd, data, len, at);
		if (written <= 0)
			refuse(path, "write");
		data += written;
		len -= written;
		at += written;
	}
}

void
gdpr_journal_append(const char *path, const JournalFile *file, const StringInfo lines)
{
	int fd = OpenTransientFile(path, O_WRONLY);

	if (fd < 0)
		refuse(path, "open");
	if (ftruncate(fd, file->end) != 0)
		refuse(path, "truncate");
	write_all(fd, path, lines->data, lines->len, file->end);
	if (pg_fsync(fd) != 0)
		refuse(path, "fsync");
	CloseTransientFile(fd);
}

void
gdpr_journal_sync(const char *path)
{
	int fd = OpenTransientFile(path, O_RDWR);

	if (fd < 0 || pg_fsync(fd) != 0)
		refuse(path, "fsync");
	CloseTransientFile(fd);
}

char *
gdpr_journal_begin(const char *path, const char *database_id)
{
	char *aside = psprintf("%s" ASIDE, path);
	char *header = header_of(MyDatabaseId, database_id);
	int fd = OpenTransientFilePerm(aside, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0)
		refuse(aside, "create");
	if (is_inside_data_directory(aside))
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("the journal \"%s\" would be inside the data directory", path),
						errhint("Who restores that would restore the journal too: set gdpr.journal_file to "
								"another place.")));
	write_all(fd, aside, header, strlen(header), 0);
	CloseTransientFile(fd);
	return aside;
}

/* A second name for the old file first, so that there is no moment without a file. */
void
gdpr_journal_put(const char *path, const char *aside)
{
	char directory[MAXPGPATH];
	char *old;

	strlcpy(directory, path, sizeof(directory));
	get_parent_directory(directory);
	old = psprintf("%s/old-%s.%lld", directory, last_dir_separator(path) + 1,
				   (long long) GetCurrentTimestamp());
	if (link(path, old) != 0 && errno != ENOENT && rename(path, old) != 0)
		refuse(path, "keep");
	durable_rename(aside, path, ERROR);
}

/* ---- SQL ---- */

Datum
gdpr_journal_files(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell *cell;

	InitMaterializedSRF(fcinfo, MAT_SRF_USE_EXPECTED_DESC);
	if (gdpr_journal_file[0] == '\0')
		return (Datum) 0;
	foreach (cell, files_of(text_to_cstring(PG_GETARG_TEXT_PP(0))))
	{
		Datum value = CStringGetTextDatum((char *) lfirst(cell));
		bool isnull = false;

		tuplestore_putvalues(result->setResult, result->setDesc, &value, &isnull);
	}
	return (Datum) 0;
}

/* The path of a file of the setting's directory; no way out of it. */
static char *
path_of(const char *name)
{
	char directory[MAXPGPATH];

	if (strchr(name, '/') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a journal is named without its directory"),
				 errhint("Put the file into the directory of gdpr.journal_file.")));
	strlcpy(directory, gdpr_journal_file, sizeof(directory));
	get_parent_directory(directory);
	return psprintf("%s/%s", directory, name);
}

/* (name, start, batch_size): lines from a place on. */
Datum
gdpr_journal_lines(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	int32 left = PG_GETARG_INT32(2);
	char line[LINE_MAX_LEN + 2];
	char *path;
	FILE *file;
	int64 number = 0;

	InitMaterializedSRF(fcinfo, 0);
	if (gdpr_journal_file[0] == '\0')
		return (Datum) 0;
	path = PG_ARGISNULL(0) ? gdpr_journal_path() : path_of(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	file = AllocateFile(path, "r");
	if (file == NULL && errno == ENOENT && PG_ARGISNULL(0))
		return (Datum) 0;
	if (file == NULL)
		ereport(ERROR, (errcode_for_file_access(), errmsg("could not read the journal \"%s\": %m", path)));
	if (PG_GETARG_INT64(1) == 0
			? fgets(line, sizeof(line), file) == NULL || strncmp(line, MAGIC " ", strlen(MAGIC " ")) != 0
			: fseeko(file, PG_GETARG_INT64(1), SEEK_SET) != 0)
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("\"%s\" is not a journal", path)));
	while (left-- > 0 && fgets(line, sizeof(line), file) != NULL)
	{
		Datum values[3];
		bool nulls[3] = {false};
		size_t len = strlen(line);

		CHECK_FOR_INTERRUPTS();
		if (len == 0 || line[len - 1] != '\n')
		{
			if (feof(file))
				break; /* cut short by a crash */
		}
		else
			line[len - 1] = '\0';
		if (!pg_verifymbstr(line, strlen(line), true))
			line[0] = '\0'; /* it will be found not to follow */
		values[0] = Int64GetDatum(++number);
		values[1] = CStringGetTextDatum(line);
		values[2] = Int64GetDatum(ftello(file));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	FreeFile(file);
	return (Datum) 0;
}
