/*
 * journal_state.h
 *		Does the file of the journal agree with the table? What is found, and what is remembered of it until the server
 *		stops. For the files journal*.c alone.
 */
#ifndef GDPR_JOURNAL_STATE_H
#define GDPR_JOURNAL_STATE_H

#include "rights/journal.h"

/* One database, since the start of the server. */
typedef struct JournalKnown
{
	Oid database;
	Oid schema;	  /* of which installation ... */
	uint32 path;  /* ... and which setting the rest holds */
	bool good;	  /* the gate may open */
	bool restart; /* write the file again */
	int64 copied; /* fsynced up to here; 0 = not known yet */
} JournalKnown;

/* What is said of a state; the problem is NULL when there is none. */
typedef struct JournalStateText
{
	const char *name;
	const char *problem;
	const char *hint;
} JournalStateText;

extern const JournalStateText gdpr_journal_states[];

/* What helps, here and now. */
extern const char *gdpr_journal_hint(JournalState state);

/* Requests its shared memory; from gdpr_journal_init(). */
extern void gdpr_journal_state_init(void);

/*
 * What is known of this database, copied; with `change`, changed first. Nothing is known when there are more databases
 * than places, or no shared memory: then every process looks for itself.
 */
extern JournalKnown gdpr_journal_known(void (*change)(JournalKnown *, int64), int64 value);

/* The same of an installation, by the OID of its schema. */
extern JournalKnown gdpr_journal_known_of(Oid schema, void (*change)(JournalKnown *, int64), int64 value);

extern void gdpr_journal_set_good(JournalKnown *entry, int64 value);
extern void gdpr_journal_set_restart(JournalKnown *entry, int64 value);
extern void gdpr_journal_set_copied(JournalKnown *entry, int64 value); /* the sequence */

/* Opens the file and compares it with the table; also answers the database's id, NULL before the first person. */
extern JournalState gdpr_journal_look(JournalFile *file, char **id);

/* Is the file's last entry in the table? */
extern bool gdpr_journal_in_chain(const JournalFile *file);

extern bool gdpr_journal_on_standby(void);

#endif /* GDPR_JOURNAL_STATE_H */
