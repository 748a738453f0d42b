/*
 * birth_date.c
 *		The birth date on file, for what the law asks of the young (see child.sql).
 */
#include "gdpr.h"

#include <stdio.h>

#include "fmgr.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "pii/seal.h"

PG_FUNCTION_INFO_V1(gdpr_born_at_latest);

/* Of a date of which only the year or the month is known, the last day that it can be. */
Datum
gdpr_born_at_latest(PG_FUNCTION_ARGS)
{
	Sealed sealed;
	GdprPlain plain;
	int year = 0;
	int month = 12;
	int day = 31;
	int known;

	gdpr_sealed_view(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), &sealed);
	gdpr_seal_open(&sealed, &plain);
	known = sscanf(plain.data, "%4d-%2d-%2d", &year, &month, &day);
	gdpr_plain_free(&plain);
	if (known < 1)
		PG_RETURN_NULL();
	if (known < 3)
		day = day_tab[isleap(year)][month - 1];
	PG_RETURN_DATEADT(date2j(year, month, day) - POSTGRES_EPOCH_JDATE);
}
