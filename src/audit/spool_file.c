/*
 * spool_file.c
 *		The files behind the queue of the spool (see spool_file.h).
 */
#include "audit/spool_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file_perm.h"
#include "storage/fd.h"

#include "audit/spool.h"

#define FULL	  (16 * 1024 * 1024)
#define AHEAD_MIN (32 * 1024)
#define AHEAD_MAX (1024 * 1024)

/* This process's handle on the file that it wrote to last. Numbers are given once. */
static struct
{
	uint64 number;
	int fd;
} handle = {0, -1};

void
gdpr_spool_file_path(char path[MAXPGPATH], Oid database, uint64 boot, uint64 number)
{
	snprintf(path, MAXPGPATH, SPOOL_DIRECTORY "/%u/%016llx-%llu", database, (unsigned long long) boot,
			 (unsigned long long) number);
}

static bool
sync_directory(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 && pg_fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static bool
make_directory(Oid database)
{
	char path[MAXPGPATH];

	snprintf(path, sizeof(path), SPOOL_DIRECTORY "/%u", database);
	return (mkdir(SPOOL_DIRECTORY, pg_dir_create_mode) == 0 || errno == EEXIST) &&
		   (mkdir(path, pg_dir_create_mode) == 0 || errno == EEXIST);
}

/* With its name on disk. */
static bool
create_file(Oid database, uint64 boot, uint64 number)
{
	char path[MAXPGPATH];
	int fd;

	gdpr_spool_file_path(path, database, boot, number);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, pg_file_create_mode);
	if (fd < 0)
		return false;
	close(fd);
	snprintf(path, sizeof(path), SPOOL_DIRECTORY "/%u", database);
	return sync_directory(path) && sync_directory(SPOOL_DIRECTORY);
}

bool
gdpr_spool_file_open(SpoolFile *file, Oid database, uint64 boot, uint64 (*next_number)(void))
{
	char path[MAXPGPATH];

	if (file->number == 0 || file->size >= FULL)
	{
		uint64 number = next_number();

		if (!make_directory(database) || !create_file(database, boot, number))
			return false;
		*file = (SpoolFile){.number = number};
	}
	if (handle.number == file->number && handle.fd >= 0)
		return true;
	if (handle.fd >= 0)
		close(handle.fd);
	gdpr_spool_file_path(path, database, boot, file->number);
	handle.number = file->number;
	handle.fd = open(path, O_WRONLY | O_CLOEXEC);
	return handle.fd >= 0;
}

bool
gdpr_spool_file_put(const char *data, size_t len, uint64 *at)
{
	ssize_t written;

	errno = 0;
	written = pg_pwrite(handle.fd, data, len, (off_t) *at);
	if (written != (ssize_t) len)
	{
		if (errno == 0)
			errno = ENOSPC;
		return false;
	}
	*at += len;
	return true;
}

/*
 * Zeros ahead of the records, as WAL has them: where a write does not make the file longer, fdatasync() need not wait
 * for the file system's own journal. A file that stays small gets few. Without room for them it goes on without.
 */
static void
write_ahead(SpoolFile *file, uint64 at)
{
	static const char zeros[AHEAD_MIN] = {0};
	uint64 ahead = Min(Max(file->size, AHEAD_MIN), AHEAD_MAX);
	ssize_t written = 1;

	if (at <= file->end)
		return;
	file->end = at;
	while (written > 0 && file->end < at + ahead)
	{
		written = pg_pwrite(handle.fd, zeros, sizeof(zeros), (off_t) file->end);
		file->end += Max(written, 0);
	}
}

bool
gdpr_spool_file_commit(SpoolFile *file, uint64 at)
{
	write_ahead(file, at);
	if (pg_fdatasync(handle.fd) != 0)
		return false;
	file->size = at;
	return true;
}

/* Is there nothing in a file from a place on? */
static bool
only_zeros(const char *path, int64 from)
{
	PGAlignedBlock block;
	int fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	ssize_t got;
	bool zeros = true;

	if (fd < 0)
		return false;
	while (zeros && (got = pg_pread(fd, block.data, BLCKSZ, (off_t) from)) > 0)
	{
		for (ssize_t i = 0; i < got; i++)
			zeros &= block.data[i] == 0;
		from += got;
	}
	CloseTransientFile(fd);
	return zeros;
}

/* The end of a file that a crash interrupted was never acknowledged to anyone, yet is kept. */
static bool
set_aside(const char *path)
{
	char torn[MAXPGPATH + 8];

	snprintf(torn, sizeof(torn), "%s.torn", path);
	if (rename(path, torn) != 0)
		return false;
	ereport(LOG, (errmsg("the end of the audit spool could not be read; it is kept as \"%s\"", torn)));
	return true;
}

bool
gdpr_spool_file_remove(Oid database, uint64 boot, uint64 number, int64 size)
{
	char path[MAXPGPATH];

	gdpr_spool_file_path(path, database, boot, number);
	if (access(path, F_OK) != 0)
		return false;
	return size < 0 || only_zeros(path, size) ? unlink(path) == 0 : set_aside(path);
}
