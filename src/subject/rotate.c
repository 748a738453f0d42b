/*
 * rotate.c
 *		Wrapping a subject's key again by the active master key; gdpr.rotate_master_key() walks the table.
 */
#include "subject/subject.h"

#include "fmgr.h"
#include "utils/builtins.h"

#include "crypto/keyring.h"

PG_FUNCTION_INFO_V1(gdpr_rewrap);

Datum
gdpr_rewrap(PG_FUNCTION_ARGS)
{
	int64 number = PG_GETARG_INT64(0);
	bytea *old = PG_GETARG_BYTEA_PP(1);
	const uint8 *data = (const uint8 *) VARDATA_ANY(old);
	const uint8 *fingerprint = gdpr_wrapped_by(data, VARSIZE_ANY_EXHDR(old));
	GdprMasterKey active;
	GdprMasterKey master;
	uint8 key[GDPR_KEY_LEN];
	bytea *new = palloc(VARHDRSZ + GDPR_WRAPPED_LEN);
	GdprUnwrap result = GDPR_UNWRAP_MALFORMED;
	bool ok = false;

	gdpr_keyring_active(&active);
	if (fingerprint && memcmp(fingerprint, active.fingerprint, GDPR_FINGERPRINT_LEN) == 0)
	{
		gdpr_cleanse(&active, sizeof(active));
		PG_RETURN_NULL();
	}
	if (fingerprint && !gdpr_keyring_find(fingerprint, &master))
	{
		gdpr_cleanse(&active, sizeof(active));
		gdpr_keyring_missing(fingerprint);
	}
	if (fingerprint)
		result = gdpr_unwrap(&master, number, gdpr_database_id(), data, VARSIZE_ANY_EXHDR(old), key);
	SET_VARSIZE(new, VARHDRSZ + GDPR_WRAPPED_LEN);
	if (result == GDPR_UNWRAP_OK)
		ok = gdpr_wrap(&active, number, gdpr_database_id(), key, (uint8 *) VARDATA(new));
	gdpr_cleanse(key, sizeof(key));
	gdpr_cleanse(&master, sizeof(master));
	gdpr_cleanse(&active, sizeof(active));
	if (result != GDPR_UNWRAP_OK)
		ereport(
			ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("the key of subject " INT64_FORMAT " is corrupted", number),
			 errhint(
				 "Restore the row of gdpr.subject from a backup, then run gdpr.rotate_master_key() again.")));
	if (!ok)
		elog(ERROR, "could not wrap a subject key");
	PG_RETURN_BYTEA_P(new);
}
