/*
 * keyring.c
 *		The master keys as the rest of the extension sees them: settings, the shared page, and look-up.
 */
#include "crypto/keyring.h"

#include <sys/mman.h>

#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "utils/guc.h"
#include "utils/wait_event.h"

#include "crypto/keyring_page.h"
#include "crypto/keyring_source.h"
#include "crypto/memory.h"

#ifdef EXEC_BACKEND
#error "gdpr hands its keys to forked processes: it needs a platform where the postmaster forks"
#endif

#define FIRST_LOAD_WAIT_MS 5000 /* a client that comes right after the start waits this long for keys */
#define POLL_MS			   20
#define WORKER_RESTART_S   5

GdprKeyringPage *gdpr_keyring_page = NULL;

/* Kept key schedules are those of this generation. */
static uint64 schedules_of = 0;

static void require_page(void);
static void await_first_load(void);
static void raise_no_key(void) pg_attribute_noreturn();

static bool
check_key_file(char **newval, void **extra, GucSource source)
{
	if ((*newval)[0] == '\0' || is_absolute_path(*newval))
		return true;
	GUC_check_errdetail("The path must be absolute: a relative one would begin at the data directory.");
	return false;
}

static void
define_settings(void)
{
	/* Where the master keys are, when they are in a file. */
	DefineCustomStringVariable(
		"gdpr.key_file", "File that holds the master keys, one line \"id:hex64\" per key, the newest last.",
		"It must be private to the server's user and outside the data directory. "
		"Read at start and on reload.",
		&gdpr_key_file, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, check_key_file, NULL, NULL);

	/* How to get them, when a hardware module or a key service has them. */
	DefineCustomStringVariable("gdpr.key_command",
							   "Shell command that prints the master keys in the form of the key file.",
							   "Run at start and on reload. It must not contain a secret itself.",
							   &gdpr_key_command, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);

	/* How long to believe that it will still answer. */
	DefineCustomIntVariable("gdpr.key_command_timeout",
							"Time after which gdpr.key_command is ended, with everything it started.", NULL,
							&gdpr_key_command_timeout, 10, 1, 3600, PGC_SIGHUP, GUC_UNIT_S, NULL, NULL, NULL);
}

/* Everybody forked from here on inherits the page read-only. */
static void
map_page(void)
{
	gdpr_keyring_page = gdpr_secret_map(sizeof(GdprKeyringPage), true, false);
	if (gdpr_keyring_page == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("could not map memory for the master keys: %m")));
	if (mlock(gdpr_keyring_page, sizeof(GdprKeyringPage)) != 0)
		ereport(LOG, (errmsg("could not lock the memory of the master keys: it may be swapped out: %m"),
					  errhint("Raise the limit on locked memory (LimitMEMLOCK, ulimit -l) of the server.")));
	pg_atomic_init_u32(&gdpr_keyring_page->sequence, 0);
	mprotect(gdpr_keyring_page, sizeof(GdprKeyringPage), PROT_READ);
}

static void
register_worker(void)
{
	BackgroundWorker worker = {0};

	/*
	 * With the postmaster, so that keys are there when the first client is. The price: a worker that starts
	 * before the catalogs can be read has no line in pg_stat_activity; gdpr.key_status() tells what it did.
	 */
	worker.bgw_flags = BGWORKER_SHMEM_ACCESS;
	worker.bgw_start_time = BgWorkerStart_PostmasterStart;
	worker.bgw_restart_time = WORKER_RESTART_S;
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), "gdpr");
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name), "gdpr_keyring_worker_main");
	snprintf(worker.bgw_name, sizeof(worker.bgw_name), "gdpr keyring");
	snprintf(worker.bgw_type, sizeof(worker.bgw_type), "gdpr keyring");
	RegisterBackgroundWorker(&worker);
}

void
gdpr_keyring_init(void)
{
	define_settings();
	if (process_shared_preload_libraries_in_progress && IsPostmasterEnvironment && !IsBinaryUpgrade)
	{
		map_page();
		register_worker();
		gdpr_aead_init(); /* backends inherit the answer */
	}
}

/*
 * Run `read` over the page until it saw one moment of it. False when a writer died half-way; the wait for a
 * living one is microseconds.
 */
static bool
read_page(void (*read)(const GdprKeyringState *state, void *arg), void *arg)
{
	GdprKeyringPage *page = gdpr_keyring_page;

	for (int waited = 0; waited < FIRST_LOAD_WAIT_MS; waited++)
	{
		uint32 before = pg_atomic_read_u32(&page->sequence);

		if (before % 2 == 0)
		{
			pg_read_barrier();
			read(&page->state, arg);
			pg_read_barrier();
			if (pg_atomic_read_u32(&page->sequence) == before)
				return true;
		}
		CHECK_FOR_INTERRUPTS();
		pg_usleep(1000L);
	}
	return false;
}

void
gdpr_keyring_publish(const GdprKeyringState *state)
{
	GdprKeyringPage *page = gdpr_keyring_page;

	if (mprotect(page, sizeof(GdprKeyringPage), PROT_READ | PROT_WRITE) != 0)
		ereport(FATAL, (errmsg("could not make the memory of the master keys writable: %m")));

	/* `| 1`: a predecessor may have left it odd */
	pg_atomic_write_u32(&page->sequence, pg_atomic_read_u32(&page->sequence) | 1);
	pg_write_barrier();
	page->state = *state;
	pg_write_barrier();
	pg_atomic_write_u32(&page->sequence, pg_atomic_read_u32(&page->sequence) + 1);

	mprotect(page, sizeof(GdprKeyringPage), PROT_READ);
}

static void
copy_state(const GdprKeyringState *state, void *arg)
{
	memcpy(arg, state, sizeof(GdprKeyringState));
}

GdprKeyringState *
gdpr_keyring_copy(void)
{
	GdprKeyringState *copy;

	if (gdpr_keyring_page == NULL)
		return NULL;
	copy = gdpr_secret_map(sizeof(GdprKeyringState), false, true);
	if (copy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY), errmsg("could not map memory for the master keys: %m")));
	if (read_page(copy_state, copy))
		return copy;
	gdpr_keyring_release(copy);
	return NULL;
}

void
gdpr_keyring_release(GdprKeyringState *state)
{
	if (state != NULL)
		gdpr_secret_unmap(state, sizeof(GdprKeyringState));
}

static void
see_progress(const GdprKeyringState *state, void *arg)
{
	uint64 *seen = arg;

	seen[0] = state->generation;
	seen[1] = state->attempts;
}

uint64
gdpr_keyring_generation(void)
{
	uint64 seen[2] = {0, 0};

	if (gdpr_keyring_page == NULL || !read_page(see_progress, seen))
		return 0;
	return seen[0];
}

/* A look-up in the page: the key of this fingerprint, or without one the active key */
typedef struct Search
{
	const uint8 *fingerprint;
	GdprMasterKey *key;
	bool found;
	uint64 generation;
} Search;

static void
search_keys(const GdprKeyringState *state, void *arg)
{
	Search *search = arg;
	uint32 count = Min(state->keys.count, GDPR_MASTER_KEYS_MAX);

	search->found = false;
	search->generation = state->generation;
	for (uint32 i = count; i > 0; i--)
	{
		const GdprMasterKey *master = &state->keys.keys[i - 1].master;

		if (search->fingerprint == NULL ||
			memcmp(master->fingerprint, search->fingerprint, GDPR_FINGERPRINT_LEN) == 0)
		{
			*search->key = *master;
			search->found = true;
			return;
		}
	}
}

static bool
find_key(const uint8 *fingerprint, GdprMasterKey *key)
{
	Search search = {.fingerprint = fingerprint, .key = key};

	require_page();
	await_first_load();
	if (!read_page(search_keys, &search))
		search.found = false;
	if (!search.found)
		gdpr_cleanse(key, sizeof(GdprMasterKey));

	/* A key that left the file must not live on in a cipher context. */
	if (search.generation != schedules_of)
	{
		gdpr_ciphers_forget();
		schedules_of = search.generation;
	}
	return search.found;
}

void
gdpr_keyring_active(GdprMasterKey *key)
{
	if (!find_key(NULL, key))
		raise_no_key();
}

bool
gdpr_keyring_has_keys(void)
{
	static uint32 of = 0; /* asked for every row: the keyring's sequence of the last answer */
	static bool has = false;

	if (gdpr_keyring_page == NULL)
		return false;
	if (!has || of != gdpr_keyring_sequence())
	{
		GdprMasterKey key;

		of = gdpr_keyring_sequence();
		has = find_key(NULL, &key);
		gdpr_cleanse(&key, sizeof(key));
	}
	return has;
}

bool
gdpr_keyring_find(const uint8 *fingerprint, GdprMasterKey *key)
{
	return find_key(fingerprint, key);
}

/* Raise 55000 where there never are keys. */
static void
require_page(void)
{
	if (gdpr_keyring_page != NULL)
		return;
	if (IsBinaryUpgrade || !IsPostmasterEnvironment)
		ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
						errmsg("master keys are not available in %s mode",
							   IsBinaryUpgrade ? "binary upgrade" : "single-user"),
						errdetail("Personal data can be read and written as sealed values only."),
						errhint("Start the server normally.")));
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("master keys are not available because gdpr is not preloaded"),
					errhint("Add gdpr to shared_preload_libraries and restart the server.")));
}

/* Right after the start the worker may still be reading; give it a moment. */
static void
await_first_load(void)
{
	uint64 seen[2] = {0, 0};

	for (int waited = 0; waited < FIRST_LOAD_WAIT_MS; waited += POLL_MS)
	{
		if (!read_page(see_progress, seen) || seen[1] > 0)
			return;
		CHECK_FOR_INTERRUPTS();
		(void) WaitLatch(NULL, WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, POLL_MS, PG_WAIT_EXTENSION);
	}
}

/* Why no key is loaded, from the worker; what to say when it has said nothing yet. */
static void
get_reason(GdprKeyReason *why)
{
	GdprKeyringState *state = gdpr_keyring_copy();

	if (state != NULL && state->failed_at != 0)
		*why = state->why;
	else if (state == NULL || state->attempts == 0)
		gdpr_key_refuse(why, "Wait, or see the server log; check gdpr.key_file and gdpr.key_command.",
						"The keyring worker is still reading the keys.");
	else
		gdpr_key_refuse(why, "Set gdpr.key_file or gdpr.key_command and run SELECT pg_reload_conf().",
						"No key is configured.");
	gdpr_keyring_release(state);
}

static void
raise_no_key(void)
{
	GdprKeyReason why;

	get_reason(&why);
	ereport(ERROR, (errcode(ERRCODE_ZG019_KEY_UNAVAILABLE), errmsg("no master key is loaded"),
					errdetail("%s", why.detail), errhint("%s", why.hint)));
}

char *
gdpr_fingerprint_text(const uint8 *fingerprint)
{
	char *text = palloc(2 * GDPR_FINGERPRINT_LEN + 1);

	for (int i = 0; i < GDPR_FINGERPRINT_LEN; i++)
		snprintf(text + 2 * i, 3, "%02x", fingerprint[i]);
	return text;
}

void
gdpr_keyring_missing(const uint8 *fingerprint)
{
	char *name = gdpr_fingerprint_text(fingerprint);
	GdprKeyReason why;

	require_page();
	if (gdpr_keyring_generation() == 0)
		get_reason(&why);
	else
		gdpr_key_refuse(
			&why, "Bring that key back to gdpr.key_file or gdpr.key_command and run SELECT pg_reload_conf().",
			"SELECT * FROM gdpr.master_keys() lists the keys that are.");
	ereport(ERROR, (errcode(ERRCODE_ZG019_KEY_UNAVAILABLE),
					errmsg("the key is wrapped by master key %s, which is not loaded", name),
					errdetail("%s", why.detail), errhint("%s", why.hint)));
}
