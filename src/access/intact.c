/*
 * intact.c
 *		Can a sealed value still be opened? Asks no policy and shows nothing: for findings.
 */
#include "access/access.h"

#include "fmgr.h"

#include "pii/seal.h"
#include "subject/cache.h"

PG_FUNCTION_INFO_V1(gdpr_is_intact);

/* is_intact(value): false for bytes that this database did not seal. A value of an erased person is as it should be. */
Datum
gdpr_is_intact(PG_FUNCTION_ARGS)
{
	struct varlena *value;
	Sealed sealed;
	GdprPlain plain;
	bool intact;

	if (gdpr_class_of_type(get_fn_expr_argtype(fcinfo->flinfo, 0)) == NULL)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("only values of the types gdpr.pii_... are sealed"),
						errhint("SELECT * FROM gdpr.classes(); lists the types.")));
	value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	if (!gdpr_sealed_parse((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &sealed))
		PG_RETURN_BOOL(false);
	if (sealed.subject != 0 && gdpr_subject_get(sealed.subject)->key_state == GDPR_KEY_SHREDDED)
		PG_RETURN_BOOL(true);
	if (!gdpr_seal_try_open(&sealed, &plain))
		PG_RETURN_BOOL(false);
	intact = gdpr_token_fits(&sealed, &plain);
	gdpr_plain_free(&plain);
	PG_RETURN_BOOL(intact);
}
