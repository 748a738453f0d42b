/*
 * birth_date.c
 *		The birth date on file, for what the law asks of the young (see child.sql).
 */
#include "gdpr.h"

#include "fmgr.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "pii/classes/classes.h"
#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_born_at_latest);

/* Of a date of which only the year or the month is known, the last day that it can be. */
Datum
gdpr_born_at_latest(PG_FUNCTION_ARGS)
{
	Sealed sealed;
	GdprPlain plain;
	int born;

	gdpr_sealed_view(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), &sealed);
	gdpr_seal_open(&sealed, &plain);
	born = gdpr_birth_date_latest(plain.data, plain.len);
	gdpr_plain_free(&plain);
	if (born == 0)
		PG_RETURN_NULL();
	PG_RETURN_DATEADT(date2j(born / 10000, born / 100 % 100, born % 100) - POSTGRES_EPOCH_JDATE);
}
