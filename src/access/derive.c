/*
 * derive.c
 *		Answers that are less than the value they come from, by the same policy as revealing it.
 */
#include "access/access.h"

#include "fmgr.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"

#include "audit/audit.h"
#include "crypto/mac.h"
#include "pii/class_text.h"
#include "pii/classes/classes.h"
#include "pii/seal.h"
#include "purpose/purpose.h"
#include "subject/cache.h"
#include "subject/subject.h"

PG_FUNCTION_INFO_V1(gdpr_pseudonymise);
PG_FUNCTION_INFO_V1(gdpr_is_pseudonym);
PG_FUNCTION_INFO_V1(gdpr_age_at);

#define PSEUDONYM_LEN 16

/* HMAC under a key of the class and domain; over the token where there is one, which needs no opening. */
static bool
pseudonym(const Sealed *sealed, const GdprPlain *plain, const char *domain, uint8 out[GDPR_MAC_LEN])
{
	uint8 key[GDPR_MAC_LEN];
	GdprMac *mac;
	bool ok;

	gdpr_secret_derive("pseudonym", gdpr_class_by_id(sealed->class_id)->name, domain, key);
	mac = gdpr_mac_new(key);
	gdpr_cleanse(key, sizeof(key));
	ok = mac != NULL && (plain ? gdpr_mac(mac, plain->data, plain->len, out)
							   : gdpr_mac(mac, sealed->token, SEALED_TOKEN_LEN, out));
	gdpr_mac_free(mac);
	return ok;
}

static text *
pseudonym_text(const uint8 *mac)
{
	char text_form[PSEUDONYM_LEN * 2];

	return cstring_to_text_with_len(text_form, (int) gdpr_base64_encode(mac, PSEUDONYM_LEN, text_form));
}

Datum
gdpr_pseudonymise(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	char *domain = text_to_cstring(PG_GETARG_TEXT_PP(1));
	const GdprClaim *claim = gdpr_policy_claim();
	Sealed sealed;
	GdprPlain plain = {0};
	uint8 mac[GDPR_MAC_LEN];
	bool ok;

	if (domain[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("a pseudonym needs a domain"),
						errhint("Name the recipient or study: pseudonyms of two domains cannot be joined.")));
	if (!gdpr_reveal_open(value, claim, &sealed, &plain))
		PG_RETURN_NULL();
	gdpr_require_fit(&plain);
	ok = pseudonym(&sealed, sealed.token ? NULL : &plain, domain, mac);
	gdpr_plain_free(&plain);
	if (!ok)
		elog(ERROR, "could not compute a pseudonym");
	if (sealed.subject == 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a value that was typed has no pseudonym"),
				 errdetail("Trying values until a pseudonym is met would tell whose it is."),
				 errhint("SELECT * FROM gdpr.reidentify(domain, pseudonym, reason); finds the person.")));
	gdpr_require_domain(domain);
	PG_RETURN_TEXT_P(pseudonym_text(mac));
}

/* The class of a value that someone's key still opens; NULL for any other. */
static const GdprClass *
class_of_living(struct varlena *value, Sealed *sealed)
{
	if (!gdpr_sealed_parse((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), sealed) ||
		sealed->subject == 0 || gdpr_subject_get(sealed->subject)->key_state != GDPR_KEY_PRESENT)
		return NULL;
	return gdpr_class_by_id(sealed->class_id);
}

/* is_pseudonym(value, relation, domain, pseudonym): asks no policy, so the statement is on record as a search. */
Datum
gdpr_is_pseudonym(PG_FUNCTION_ARGS)
{
	const GdprClass *class = gdpr_class_of_type(get_fn_expr_argtype(fcinfo->flinfo, 0));
	Sealed sealed;
	GdprPlain plain = {0};
	uint8 mac[GDPR_MAC_LEN];
	bool ok;

	if (class == NULL)
		ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
						errmsg("only values of the types gdpr.pii_... are sealed"),
						errhint("SELECT * FROM gdpr.classes(); lists the types.")));
	if (fcinfo->flinfo->fn_extra == NULL)
	{
		gdpr_collect_searched(1U << class->id, list_make1_oid(PG_GETARG_OID(1)));
		fcinfo->flinfo->fn_extra = fcinfo->flinfo;
	}
	if (class_of_living(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), &sealed) != class ||
		(sealed.token == NULL && !gdpr_seal_try_open(&sealed, &plain)))
		PG_RETURN_BOOL(false);
	ok = pseudonym(&sealed, sealed.token ? NULL : &plain, text_to_cstring(PG_GETARG_TEXT_PP(2)), mac);
	if (plain.data)
		gdpr_plain_free(&plain);
	PG_RETURN_BOOL(ok &&
				   strcmp(text_to_cstring(pseudonym_text(mac)), text_to_cstring(PG_GETARG_TEXT_PP(3))) == 0);
}

/*
 * A masked grant sees the year of birth alone, and asking for one day after the other would tell the birthday: it gets
 * the age at the end of the year before, which makes no one older.
 */
Datum
gdpr_age_at(PG_FUNCTION_ARGS)
{
	GdprContext context;
	const GdprClaim *claim;
	Sealed sealed;
	GdprPlain plain;
	int on;
	int age;

	if (PG_ARGISNULL(0))
		PG_RETURN_NULL();
	gdpr_class_context(&context);
	on = context.today;
	if (!PG_ARGISNULL(1))
	{
		int year;
		int month;
		int day;

		if (DATE_NOT_FINITE(PG_GETARG_DATEADT(1)))
			ereport(ERROR, (errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE), errmsg("date out of range")));
		j2date(PG_GETARG_DATEADT(1) + POSTGRES_EPOCH_JDATE, &year, &month, &day);
		on = year * 10000 + month * 100 + day;
	}
	claim = gdpr_policy_claim();
	if (claim->grant == GDPR_GRANT_MASKED)
		on = (on / 10000 - 1) * 10000 + 1231;
	if (!gdpr_reveal_open(PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0)), claim, &sealed, &plain))
		PG_RETURN_NULL();
	gdpr_require_fit(&plain);
	age = gdpr_birth_date_age(plain.data, plain.len, on);
	gdpr_plain_free(&plain);
	if (age < 0)
		PG_RETURN_NULL();
	PG_RETURN_INT32(age);
}
