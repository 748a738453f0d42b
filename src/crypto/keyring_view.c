/*
 * keyring_view.c
 *		What SQL may know of the keyring: names, fingerprints and reasons, never a key.
 */
#include "crypto/keyring.h"

#include "access/htup_details.h"
#include "fmgr.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "crypto/keyring_page.h"
#include "crypto/keyring_source.h"

PG_FUNCTION_INFO_V1(gdpr_keyring_master_keys);
PG_FUNCTION_INFO_V1(gdpr_keyring_status);

/* gdpr.master_keys() → (id, fingerprint, active) */
Datum
gdpr_keyring_master_keys(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	GdprKeyringState *state;
	GdprMasterKey active;
	uint32 count;
	GdprNamedKey *shown;

	gdpr_keyring_active(&active); /* raises when there is none */
	gdpr_cleanse(active.key, sizeof(active.key));

	/* Copy names only: what follows may raise, and the keys must be gone by then. */
	state = gdpr_keyring_copy();
	count = state == NULL ? 0 : state->keys.count;
	for (uint32 i = 0; i < count; i++)
		gdpr_cleanse(state->keys.keys[i].master.key, GDPR_KEY_LEN);
	shown = palloc(Max(count, 1) * sizeof(GdprNamedKey));
	if (count > 0)
		memcpy(shown, state->keys.keys, count * sizeof(GdprNamedKey));
	gdpr_keyring_release(state);

	InitMaterializedSRF(fcinfo, 0);
	for (uint32 i = 0; i < count; i++)
	{
		bool nulls[3] = {false, false, false};
		Datum values[3] = {CStringGetTextDatum(shown[i].id),
						   CStringGetTextDatum(gdpr_fingerprint_text(shown[i].master.fingerprint)),
						   BoolGetDatum(i == count - 1)};

		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/* What the status row says; no key material, so it may lie anywhere. */
typedef struct Status
{
	const char *source;
	uint64 generation;
	uint32 keys;
	TimestampTz loaded_at;
	TimestampTz failed_at;
	GdprKeyReason why;
} Status;

static void
get_status(Status *status)
{
	GdprKeyringState *state = gdpr_keyring_copy();
	GdprKeyReason ignored;
	const GdprKeySource *source = gdpr_key_source(&ignored);

	memset(status, 0, sizeof(Status));
	status->source = source == NULL ? NULL : source->setting;
	if (gdpr_keyring_page == NULL)
		gdpr_key_refuse(&status->why, "Add gdpr to shared_preload_libraries and restart the server.",
						"The library is not preloaded.");
	else if (state == NULL || state->attempts == 0)
		gdpr_key_refuse(&status->why, "Wait, or see the server log.",
						"The keyring worker is still reading the keys.");
	else
	{
		status->generation = state->generation;
		status->keys = state->keys.count;
		status->loaded_at = state->loaded_at;
		status->failed_at = state->failed_at;
		if (state->failed_at != 0)
			status->why = state->why;
	}
	gdpr_keyring_release(state);
}

/* gdpr.key_status() → (source, keys, generation, loaded_at, failed_at, reason, hint); raises nothing */
Datum
gdpr_keyring_status(PG_FUNCTION_ARGS)
{
	TupleDesc desc;
	Status status;
	Datum values[7];
	bool nulls[7] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	get_status(&status);

	nulls[0] = status.source == NULL;
	values[0] = nulls[0] ? (Datum) 0 : CStringGetTextDatum(status.source);
	values[1] = Int32GetDatum((int32) status.keys);
	values[2] = Int64GetDatum((int64) status.generation);
	nulls[3] = status.loaded_at == 0;
	values[3] = TimestampTzGetDatum(status.loaded_at);
	nulls[4] = status.failed_at == 0;
	values[4] = TimestampTzGetDatum(status.failed_at);
	nulls[5] = nulls[6] = status.why.detail[0] == '\0';
	values[5] = CStringGetTextDatum(status.why.detail);
	values[6] = CStringGetTextDatum(status.why.hint);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
