/*
 * journal.h
 *		The journal outside the database (journal.sql says what is in it): the file, and whether it agrees with the
 *		table.
 *
 *		gdpr.journal_file names the files of all databases of the server: the one of a database is <setting>.<oid>.
 *		Its first line is
 *
 *			gdpr-journal 1 <system identifier> <database oid> <database id>
 *
 *		then come the lines of the chain. It is only ever appended to, by the audit worker, one write and one fsync a
 *		batch; a new one is written aside and renamed into its place. A line without its newline is what a crash cut
 *		short: no one was told of it, and the worker overwrites it.
 *
 *		The database id is the one of gdpr.meta, which goes with a dump: so a database that was dropped, created and
 *		restored finds the file of the one it was, whatever its OID.
 */
#ifndef GDPR_JOURNAL_H
#define GDPR_JOURNAL_H

#include "gdpr.h"
#include "lib/stringinfo.h"

#define JOURNAL_HASH_LEN 32

typedef enum JournalState
{
	JOURNAL_OFF,	   /* the setting is empty */
	JOURNAL_GOOD,	   /* nothing is in the file that is not in the table */
	JOURNAL_MISSING,   /* there was a file */
	JOURNAL_FOREIGN,   /* written for another server or database */
	JOURNAL_AHEAD,	   /* its last entry is unknown here */
	JOURNAL_BROKEN,	   /* not a journal, or its end is not what the worker writes */
	JOURNAL_UNREADABLE /* the system refuses; errno */
} JournalState;

/* What is found by opening a file. */
typedef struct JournalFile
{
	JournalState state; /* GOOD, MISSING, FOREIGN, BROKEN or UNREADABLE */
	int error;			/* errno of UNREADABLE */
	off_t end;			/* behind the last whole line */
	int64 sequence;		/* of the last entry; 0 = none */
	uint8 hash[JOURNAL_HASH_LEN];
} JournalFile;

/* journal_file.c; an id is the text of gdpr.meta's database_id */
extern char *gdpr_journal_file;
extern void gdpr_journal_file_init(void (*changed)(void));
extern char *gdpr_journal_path(void);
extern void gdpr_journal_open(const char *path, const char *database_id, JournalFile *file);
extern bool gdpr_journal_of_this_database(const char *database_id); /* is there any file of this id? */

/* These raise. */
extern void gdpr_journal_append(const char *path, const JournalFile *file, const StringInfo lines);
extern void gdpr_journal_sync(const char *path);
extern char *gdpr_journal_begin(const char *path, const char *database_id); /* a new file aside */
extern void gdpr_journal_put(const char *path, const char *aside); /* into its place; the old one is kept */

/* journal_worker.c */
extern void gdpr_journal_worker_init(void);

/* journal.c */
extern void gdpr_journal_init(void);
extern bool gdpr_journal_is_replaying(void); /* is what the journal says being done again? */

#endif /* GDPR_JOURNAL_H */
