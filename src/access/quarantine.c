/*
 * quarantine.c
 *		Bulk imports (INSERT ... SELECT, COPY) under gdpr.on_suppressed = quarantine: a row with a suppressed
 *		identifier is left out, and the import goes on. Its person does not want to be on file, so nothing of the
 *		row is kept: gdpr.import_quarantine holds where it was to go and the keyed hash that the suppression list
 *		has already. Looked at before a subject is made for the row; an UPDATE is refused as ever.
 */
#include "access/quarantine.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

#include "pii/seal.h"
#include "pii/type.h"
#include "policy/suppression.h"

typedef enum OnSuppressed
{
	ON_SUPPRESSED_REFUSE,
	ON_SUPPRESSED_QUARANTINE
} OnSuppressed;

static const struct config_enum_entry on_suppressed_options[] = {{"refuse", ON_SUPPRESSED_REFUSE, false},
																 {"quarantine", ON_SUPPRESSED_QUARANTINE,
																  false},
																 {NULL, 0, false}};

static int on_suppressed = ON_SUPPRESSED_REFUSE;

/* Something was held back that no one was told of; outlives an abort, which only makes the next statement look. */
static bool untold = false;

void
gdpr_quarantine_init(void)
{
	DefineCustomEnumVariable(
		"gdpr.on_suppressed", "What becomes of a new row with a suppressed identifier.",
		"refuse ends the statement with ZG007; quarantine leaves the row out, for imports, and "
		"puts it on record in gdpr.import_quarantine.",
		&on_suppressed, ON_SUPPRESSED_REFUSE, on_suppressed_options, PGC_USERSET, 0, NULL, NULL, NULL);
}

static void
put_on_record(const Binding *binding, AttrNumber column, const GdprClass *class, bytea *hash)
{
	Oid types[4] = {REGCLASSOID, NAMEOID, TEXTOID, BYTEAOID};
	NameData name;
	Datum values[4] = {ObjectIdGetDatum(binding->relid), NameGetDatum(&name),
					   CStringGetTextDatum(class->name), PointerGetDatum(hash)};

	namestrcpy(&name, get_attname(binding->relid, column, false));
	SPI_connect();
	gdpr_spi_select_as_owner("SELECT gdpr_internal.hold_back($1, $2, $3, $4)", 4, types, values, NULL, 1);
	SPI_finish();
	untold = true;
}

bool
gdpr_hold_back(const Binding *binding, TupleTableSlot *slot, GdprMayBeWritten may, const void *row)
{
	if (on_suppressed == ON_SUPPRESSED_REFUSE)
		return false;
	for (int i = 0; i < binding->pii_count; i++)
	{
		AttrNumber column = binding->pii_columns[i];
		bool isnull;
		Datum datum = slot_getattr(slot, column, &isnull);
		Sealed sealed;
		const GdprClass *class;
		bytea *hash;

		if (isnull || gdpr_datum_subject(datum) != 0)
			continue;
		gdpr_sealed_view(PG_DETOAST_DATUM_PACKED(datum), &sealed);
		class = gdpr_class_by_id(sealed.class_id);
		if (sealed.token && (hash = gdpr_suppressed(class, sealed.token)) != NULL && !may(row, hash))
		{
			put_on_record(binding, column, class, hash);
			return true;
		}
	}
	return false;
}

void
gdpr_tell_held_back(void)
{
	if (!untold)
		return;
	untold = false;
	SPI_connect();
	gdpr_spi_select_as_owner("SELECT gdpr_internal.tell_held_back()", 0, NULL, NULL, NULL, 1);
	SPI_finish();
}
