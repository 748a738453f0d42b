/*
 * identifying.c
 *		Whether a single value tells of a person: for who calls a table anonymous, where one value is one too many
 *		(anonymous.sql). A scan, which judges columns, asks for rates instead (judge.c).
 */
#include "gdpr.h"

#include <ctype.h>

#include "fmgr.h"
#include "utils/builtins.h"

#include "discovery/value.h"
#include "pii/class_text.h"

PG_FUNCTION_INFO_V1(gdpr_discovery_identifying);

#define BIT(trait) GDPR_TRAIT_BIT(GDPR_TRAIT_##trait)

/* Words that are names of people too: of places, trades, things, nations. */
#define NO_NAME                                                                                 \
	(BIT(PLACE) | BIT(REGION) | BIT(OCCUPATION) | BIT(THING) | BIT(NATIONALITY) | BIT(GENDER) | \
	 BIT(MARITAL) | BIT(COMPANY) | BIT(CODE))

/* What a trait means, the surest first. A "~" before it: of one value it says nothing, of a column it does. */
typedef struct Meaning
{
	uint64_t traits;
	uint64_t unless;
	bool in_numbers; /* also where the column is a number: chance meets the others too often */
	const char *what;
} Meaning;

static const Meaning meanings[] = {
	{BIT(EMAIL) | BIT(HOLDS_EMAIL), 0, false, "e-mail addresses"},
	{BIT(IBAN) | BIT(HOLDS_IBAN) | BIT(PAYMENT_CARD), 0, false, "bank accounts or cards"},
	{BIT(NATIONAL_ID) | BIT(HOLDS_NATIONAL_ID), 0, false, "national numbers"},
	{BIT(IMEI) | BIT(ICCID) | BIT(MAC) | BIT(IPV4) | BIT(IPV6) | BIT(USERAGENT), 0, false, "devices"},
	{BIT(PHONE) | BIT(HOLDS_PHONE), BIT(DATE), false, "phone numbers"},
	{BIT(UUID) | BIT(HASH), 0, false, "hashes or tokens"},
	{BIT(STREET), 0, false, "addresses"},
	{BIT(FULL_NAME) | BIT(HOLDS_NAME), BIT(PLACE) | BIT(REGION) | BIT(COMPANY), false, "names of people"},
	{BIT(FIRST_NAME) | BIT(LAST_NAME), NO_NAME, false, "~names of people"},
	{BIT(BSN) | BIT(SSN) | BIT(ID_CARD) | BIT(NATIONAL_ID), BIT(DATE), true, "~national numbers"},
	{BIT(PAYMENT_CARD) | BIT(IMEI) | BIT(ICCID), 0, true, "~bank cards or devices"},
	{BIT(SENTENCE), 0, false, "~free text"},
};

/* Part of a hash in hexadecimal: digits and letters by turns, as in no word and few codes. */
static bool
is_cut_hash(const char *text, size_t len)
{
	int turns = 0;
	bool small = false;
	bool capital = false;

	for (size_t i = 0; i < len; i++)
	{
		unsigned char c = (unsigned char) text[i];

		if (c >= 0x80 || !isxdigit(c))
			return false;
		small |= c >= 'a';
		capital |= c >= 'A' && c <= 'F';
		if (i > 0)
			turns += (isdigit(c) != 0) != (isdigit((unsigned char) text[i - 1]) != 0);
	}
	return len >= 8 && turns >= 3 && !(small && capital);
}

/* gdpr_internal.identifying(value, is_number) → what a value tells of a person by; NULL: nothing */
Datum
gdpr_discovery_identifying(PG_FUNCTION_ARGS)
{
	text *value = PG_GETARG_TEXT_PP(0);
	bool is_number = PG_GETARG_BOOL(1);
	size_t len;
	char *utf8 = gdpr_class_from_server(VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), &len);
	GdprContext context;
	GdprValueLook look;

	if (utf8 == NULL)
		PG_RETURN_TEXT_P(cstring_to_text("text in another encoding"));
	if (len > 6 && memcmp(utf8, "gdpr1:", 6) == 0)
		PG_RETURN_TEXT_P(cstring_to_text("sealed values"));
	if (!is_number && is_cut_hash(utf8, len))
		PG_RETURN_TEXT_P(cstring_to_text("hashes or tokens"));
	gdpr_class_context(&context);
	gdpr_look_at(utf8, len, &context, &look);
	for (int i = 0; i < lengthof(meanings); i++)
	{
		if ((look.traits & meanings[i].traits) && !(look.traits & meanings[i].unless) &&
			(meanings[i].in_numbers || !is_number))
			PG_RETURN_TEXT_P(cstring_to_text(meanings[i].what));
	}
	PG_RETURN_NULL();
}
