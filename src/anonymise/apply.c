/*
 * apply.c
 *		What each strategy does with one value. Numbers are handled as numeric and put back through the type's own
 *		input, clamped at the type's bounds; texts by characters and within the column's length.
 */
#include "anonymise/apply.h"

#include <math.h>
#include <sys/socket.h>

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/inet.h"
#include "utils/lsyscache.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

#include "crypto/aead.h"
#include "crypto/mac.h"
#include "pii/sealed.h"
#include "subject/subject.h"

#define HIDDEN "*****"

/* ---- from and to the type ---- */

static Datum
from_text(const GdprValue *value, const char *text)
{
	Oid input;
	Oid param;

	getTypeInputInfo(value->type, &input, &param);
	return OidInputFunctionCall(input, unconstify(char *, text), param, value->typmod);
}

static char *
as_text(const GdprValue *value)
{
	Oid output;
	bool varlena;

	getTypeOutputInfo(value->type, &output, &varlena);
	return OidOutputFunctionCall(output, value->datum);
}

/* Texts lose what does not fit the column, at a character's end. */
static Datum
text_value(const GdprValue *value, const char *text, int len)
{
	int most = value->typmod >= VARHDRSZ ? value->typmod - VARHDRSZ : -1;

	if (most >= 0)
		len = pg_mbcharcliplen(text, len, most);
	return from_text(value, pnstrdup(text, len));
}

static double
as_double(const GdprValue *value)
{
	return strtod(as_text(value), NULL);
}

/* A whole number within the bounds of its type. */
static Datum
integer_value(const GdprValue *value, double number)
{
	double most = getBaseType(value->type) == INT2OID ? PG_INT16_MAX
				  : getBaseType(value->type) == INT4OID
					  ? PG_INT32_MAX
					  : 9223372036854774784.0; /* the last double below 2^63 */

	number = rint(Max(Min(number, most), -most));
	return from_text(value, psprintf(INT64_FORMAT, (int64) number));
}

static Datum
number_value(const GdprValue *value, double number)
{
	if (value->family == GDPR_FAMILY_INTEGER)
		return integer_value(value, number);
	if (!isfinite(number))
		return value->datum;
	return from_text(value, psprintf("%.15g", number));
}

/* ---- chance ---- */

static uint64
chance(void)
{
	uint64 bits;

	if (!gdpr_random(&bits, sizeof(bits)))
		elog(ERROR, "could not draw random bytes");
	return bits;
}

/* The same for the same row and domain, so that reading again does not average it out; -1 .. 1. */
static double
sticky(const GdprValue *value)
{
	char *domain = gdpr_option_text(value, "domain");
	uint8 key[GDPR_MAC_LEN];
	uint8 out[GDPR_MAC_LEN];
	GdprMac *mac;
	uint64 bits;
	bool ok;

	if (value->row[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("noise and pseudonyms need a row to stick to"),
						errhint("Pass the row's key as the last argument.")));
	gdpr_secret_derive("noise", domain, NULL, key);
	mac = gdpr_mac_new(key);
	gdpr_cleanse(key, sizeof(key));
	ok = mac && gdpr_mac(mac, value->row, strlen(value->row), out);
	gdpr_mac_free(mac);
	if (!ok)
		elog(ERROR, "could not compute noise");
	memcpy(&bits, out, sizeof(bits));
	return (double) (bits >> 11) / (double) (UINT64CONST(1) << 52) - 1;
}

/* ---- the strategies ---- */

Datum
gdpr_apply_null(const GdprValue *value, bool *isnull)
{
	*isnull = true;
	return (Datum) 0;
}

Datum
gdpr_apply_constant(const GdprValue *value, bool *isnull)
{
	char *constant = gdpr_option_text(value, "value");

	if (constant == NULL)
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("strategy \"constant\" needs the option \"value\""),
						errhint("Use \"null\" for no value.")));
	return from_text(value, constant);
}

static Datum
first_characters(const GdprValue *value, int64 keep)
{
	char *text = as_text(value);
	int len = strlen(text);

	return text_value(value, text, pg_mbcharcliplen(text, len, (int) keep));
}

static int64
whole_decade(int year)
{
	return year - ((year % 10) + 10) % 10;
}

/* The first day of the month, quarter, year or decade that a date lies in. */
static DateADT
start_of_period(DateADT date, const char *to)
{
	int year;
	int month;
	int day;

	if (DATE_NOT_FINITE(date))
		return date;
	j2date(date + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	if (strcmp(to, "month") == 0)
		day = 1;
	else if (strcmp(to, "quarter") == 0)
		month = (month - 1) / 3 * 3 + 1;
	else if (strcmp(to, "year") == 0)
		month = 1;
	else if (strcmp(to, "decade") == 0)
	{
		year = whole_decade(year);
		month = 1;
	}
	else
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("option \"to\" is month, quarter, year or decade")));
	return date2j(year, month, 1) - POSTGRES_EPOCH_JDATE;
}

static Datum
generalise_time(const GdprValue *value)
{
	char *to = gdpr_option_text(value, "to");
	DateADT date;

	if (to == NULL)
		to = "year";
	if (value->family == GDPR_FAMILY_DATE)
		return DateADTGetDatum(start_of_period(DatumGetDateADT(value->datum), to));
	if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value->datum)))
		return value->datum;
	if (getBaseType(value->type) == TIMESTAMPOID)
	{
		date = DatumGetDateADT(DirectFunctionCall1(timestamp_date, value->datum));
		return DirectFunctionCall1(date_timestamp, DateADTGetDatum(start_of_period(date, to)));
	}
	date = DatumGetDateADT(DirectFunctionCall1(timestamptz_date, value->datum));
	return DirectFunctionCall1(date_timestamptz, DateADTGetDatum(start_of_period(date, to)));
}

static Datum
generalise_address(const GdprValue *value)
{
	inet *address = DatumGetInetPP(value->datum);
	bool v4 = ip_family(address) == PGSQL_AF_INET;
	int bits = (int) gdpr_option_integer(value, v4 ? "v4" : "v6", v4 ? 24 : 48, 0, v4 ? 32 : 128);

	if (bits > ip_bits(address))
		bits = ip_bits(address);
	return DirectFunctionCall1(network_network,
							   DirectFunctionCall2(inet_set_masklen, value->datum, Int32GetDatum(bits)));
}

Datum
gdpr_apply_generalise(const GdprValue *value, bool *isnull)
{
	double width;

	switch (value->family)
	{
		case GDPR_FAMILY_TEXT:
			return first_characters(value, gdpr_option_integer(value, "keep", 1, 0, 1000));
		case GDPR_FAMILY_DATE:
		case GDPR_FAMILY_TIMESTAMP:
			return generalise_time(value);
		case GDPR_FAMILY_ADDRESS:
			return generalise_address(value);
		default:
			width = gdpr_option_number(value, "width", 10, 1e-9, 1e18);
			return number_value(value, floor(as_double(value) / width) * width);
	}
}

Datum
gdpr_apply_truncate(const GdprValue *value, bool *isnull)
{
	return first_characters(value, gdpr_option_integer(value, "length", 1, 0, 1000000));
}

Datum
gdpr_apply_round(const GdprValue *value, bool *isnull)
{
	int digits = (int) gdpr_option_integer(value, "digits", 0, -18, 18);
	Datum number = DirectFunctionCall3(numeric_in, CStringGetDatum(as_text(value)),
									   ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	char *rounded = DatumGetCString(
		DirectFunctionCall1(numeric_out, DirectFunctionCall2(numeric_round, number, Int32GetDatum(digits))));

	/* 32767 rounded to ten is beyond smallint: stay at the bound */
	if (value->family == GDPR_FAMILY_INTEGER)
		return integer_value(value, strtod(rounded, NULL));
	return from_text(value, rounded);
}

Datum
gdpr_apply_noise(const GdprValue *value, bool *isnull)
{
	double amount = gdpr_option_number(value, "amount", 1, 0, 1e15) * sticky(value);

	if (value->family == GDPR_FAMILY_DATE)
	{
		DateADT date = DatumGetDateADT(value->datum);
		int64 moved = (int64) date + (int64) rint(amount);

		if (DATE_NOT_FINITE(date) || !IS_VALID_DATE(moved))
			return value->datum;
		return DateADTGetDatum((DateADT) moved);
	}
	if (value->family == GDPR_FAMILY_TIMESTAMP)
	{
		Timestamp time = DatumGetTimestamp(value->datum);
		double moved = (double) time + amount * USECS_PER_DAY;

		if (TIMESTAMP_NOT_FINITE(time) || moved < MIN_TIMESTAMP || moved >= END_TIMESTAMP)
			return value->datum;
		return TimestampGetDatum((Timestamp) moved);
	}
	return number_value(value, as_double(value) + amount);
}

/* Letters become letters, digits digits, the rest stays: a number still looks like one. */
Datum
gdpr_apply_scramble(const GdprValue *value, bool *isnull)
{
	char *text = as_text(value);
	int len = strlen(text);
	StringInfoData out;

	initStringInfo(&out);
	for (int at = 0; at < len;)
	{
		int size = pg_mblen(text + at);
		unsigned char c = (unsigned char) text[at];

		if (c >= '0' && c <= '9')
			appendStringInfoChar(&out, (char) ('0' + chance() % 10));
		else if (c >= 'A' && c <= 'Z')
			appendStringInfoChar(&out, (char) ('A' + chance() % 26));
		else if ((c >= 'a' && c <= 'z') || size > 1)
			appendStringInfoChar(&out, (char) ('a' + chance() % 26));
		else
			appendStringInfoChar(&out, (char) c);
		at += size;
	}
	return text_value(value, out.data, out.len);
}

Datum
gdpr_apply_fake(const GdprValue *value, bool *isnull)
{
	char *kind = gdpr_option_text(value, "kind");
	char *language = gdpr_option_text(value, "language");
	const char *word = gdpr_fake_word(kind ? kind : "last_name", language ? language : "nl", chance());
	char *converted;

	if (word == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no such list of fake words"),
				 errhint("kind is first_name, last_name or place; language is nl, fr, de or en.")));
	converted = pg_any_to_server(word, strlen(word), PG_UTF8);
	return text_value(value, converted, strlen(converted));
}

Datum
gdpr_apply_pseudonym(const GdprValue *value, bool *isnull)
{
	char *domain = gdpr_option_text(value, "domain");
	char *text = as_text(value);
	uint8 key[GDPR_MAC_LEN];
	uint8 out[GDPR_MAC_LEN];
	char spelled[32];
	GdprMac *mac;
	bool ok;

	if (domain == NULL || domain[0] == '\0')
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE),
						errmsg("strategy \"pseudonym\" needs the option \"domain\"")));
	gdpr_secret_derive("pseudonym", "text", domain, key);
	mac = gdpr_mac_new(key);
	gdpr_cleanse(key, sizeof(key));
	ok = mac && gdpr_mac(mac, text, strlen(text), out);
	gdpr_mac_free(mac);
	if (!ok)
		elog(ERROR, "could not compute a pseudonym");
	return text_value(value, spelled, (int) gdpr_base64_encode(out, 16, spelled));
}

Datum
gdpr_apply_mask(const GdprValue *value, bool *isnull)
{
	return text_value(value, HIDDEN, strlen(HIDDEN));
}
