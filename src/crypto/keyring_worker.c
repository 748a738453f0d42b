/*
 * keyring_worker.c
 *		The background worker that reads the master keys: at start, on reload, and again and again while there are
 *		none.
 *
 *		A failed reload keeps the keys that are in use: a mistake in a file must not stop the applications. Only
 *		when both settings are emptied are the keys dropped, as that cannot be meant otherwise.
 */
#include "crypto/keyring.h"

#include <signal.h>

#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#include "crypto/keyring_page.h"
#include "crypto/keyring_source.h"
#include "crypto/memory.h"

#define RETRY_FIRST_S 1
#define RETRY_LAST_S  60

/* All that holds key material while loading; lives in memory for secrets. */
typedef struct Workspace
{
	GdprKeyText source;
	GdprKeySet read;
	GdprKeyringState state; /* what will be published */
} Workspace;

/* Say each reason once: a retry that fails the same way is no news. */
static void
log_failure(const GdprKeyReason *why, bool repeated, uint32 kept)
{
	static char said[sizeof(why->detail)];

	if (repeated && strcmp(said, why->detail) == 0)
		return;
	strlcpy(said, why->detail, sizeof(said));
	ereport(WARNING,
			(errmsg("could not load the master keys"), errdetail("%s", why->detail), errhint("%s", why->hint),
			 kept > 0 ? errcontext("the %u keys loaded before stay in use", kept) : 0));
}

static void
log_success(const GdprKeySet *keys)
{
	const GdprNamedKey *active = &keys->keys[keys->count - 1];
	char *fingerprint = gdpr_fingerprint_text(active->master.fingerprint);

	ereport(LOG, (errmsg_plural("loaded %u master key, active is \"%s\" with fingerprint %s",
								"loaded %u master keys, active is \"%s\" with fingerprint %s", keys->count,
								keys->count, active->id, fingerprint)));
	pfree(fingerprint);
}

static bool
has_key(const GdprKeySet *keys, const GdprNamedKey *key)
{
	for (uint32 i = 0; i < keys->count; i++)
	{
		if (memcmp(keys->keys[i].master.fingerprint, key->master.fingerprint, GDPR_FINGERPRINT_LEN) == 0)
			return true;
	}
	return false;
}

/* Who adds a key means to use it, and only the last line is used. */
static void
log_idle_keys(const GdprKeySet *before, const GdprKeySet *now)
{
	const GdprNamedKey *active = &now->keys[now->count - 1];

	for (uint32 i = 0; before->count > 0 && i < now->count - 1; i++)
	{
		if (!has_key(before, &now->keys[i]))
			ereport(
				WARNING,
				(errmsg("master key \"%s\" was added above \"%s\" and wraps nothing: the last line is active",
						now->keys[i].id, active->id),
				 errhint(
					 "To rotate to it, move its line to the end of the key file and run SELECT "
					 "pg_reload_conf(); a key that comes back to open older data is right where it is.")));
	}
}

static bool
read_keys(Workspace *work, GdprKeyReason *why)
{
	const GdprKeySource *source = gdpr_key_source(why);

	return source != NULL && source->read(*source->value, &work->source, why) &&
		   gdpr_keyset_parse(work->source.text, work->source.len, &work->read, why);
}

static void
take_keys(Workspace *work)
{
	GdprKeyringState *state = &work->state;

	if (state->generation == 0 || !gdpr_keyset_equal(&state->keys, &work->read))
	{
		log_idle_keys(&state->keys, &work->read);
		state->keys = work->read;
		state->generation++;
		log_success(&state->keys);
	}
	state->loaded_at = GetCurrentTimestamp();
	state->failed_at = 0;
}

static void
drop_keys(GdprKeyringState *state)
{
	if (state->keys.count == 0)
		return;
	memset(&state->keys, 0, sizeof(state->keys));
	state->generation++;
	state->loaded_at = 0;
}

/* One attempt. True when there are keys afterwards, be they the old ones. */
static bool
load(bool repeated)
{
	Workspace *work = gdpr_secret_map(sizeof(Workspace), false, true);
	GdprKeyringState *state;
	bool loaded;

	if (work == NULL)
		ereport(FATAL,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("could not map memory for the master keys: %m")));
	state = &work->state;

	/* The only writer needs no sequence; what a killed predecessor left half-written counts for nothing. */
	if (pg_atomic_read_u32(&gdpr_keyring_page->sequence) % 2 == 0)
		*state = gdpr_keyring_page->state;

	if (read_keys(work, &state->why))
		take_keys(work);
	else if (!ShutdownRequestPending) /* which interrupts a command */
	{
		if (gdpr_key_source_none())
			drop_keys(state);
		state->failed_at = GetCurrentTimestamp();
		log_failure(&state->why, repeated, state->keys.count);
	}
	state->attempts++;
	gdpr_keyring_publish(state);

	loaded = state->keys.count > 0;
	gdpr_secret_unmap(work, sizeof(Workspace));
	return loaded;
}

/* Wait for a reload, the end, or the time of a retry (0 = none). */
static void
pause_for(int seconds)
{
	int rc = WaitLatch(MyLatch, WL_LATCH_SET | WL_EXIT_ON_PM_DEATH | (seconds > 0 ? WL_TIMEOUT : 0),
					   seconds * 1000L, PG_WAIT_EXTENSION);

	if (rc & WL_LATCH_SET)
		ResetLatch(MyLatch);
}

void
gdpr_keyring_worker_main(Datum arg)
{
	int retry = 0;
	TimestampTz due = 0;
	bool load_now = true;
	bool repeated = false;

	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	pqsignal(SIGTERM, SignalHandlerForShutdownRequest);
	BackgroundWorkerUnblockSignals();

	while (!ShutdownRequestPending)
	{
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			ProcessConfigFile(PGC_SIGHUP);
			load_now = true;
			repeated = false;
			retry = 0;
		}
		if (retry > 0 && GetCurrentTimestamp() >= due)
			load_now = repeated = true;
		if (load_now)
		{
			load_now = false;
			/* Without a source only a reload can help. */
			if (load(repeated) || gdpr_key_source_none())
				retry = 0;
			else
				retry = retry == 0 ? RETRY_FIRST_S : Min(2 * retry, RETRY_LAST_S);
			due = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), retry * 1000L);
			continue; /* a signal may have come while a command ran */
		}
		pause_for(retry);
	}

	/* Not 0, after which the postmaster would never start it again: someone may have ended it by hand. */
	proc_exit(1);
}
