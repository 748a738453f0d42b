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
#include "purpose/purpose.h"
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

/* ---- numbers: exact, whatever the type ---- */

#define NUMERIC_OF(d) DatumGetNumeric(d)

static Numeric
numeric_of_text(const char *text)
{
	return NUMERIC_OF(DirectFunctionCall3(numeric_in, CStringGetDatum(text), ObjectIdGetDatum(InvalidOid),
										  Int32GetDatum(-1)));
}

static Numeric
numeric_of_integer(int64 number)
{
	return NUMERIC_OF(DirectFunctionCall1(int8_numeric, Int64GetDatum(number)));
}

static Numeric
plus(Numeric a, Numeric b)
{
	return NUMERIC_OF(DirectFunctionCall2(numeric_add, NumericGetDatum(a), NumericGetDatum(b)));
}

static Numeric
minus(Numeric a, Numeric b)
{
	return NUMERIC_OF(DirectFunctionCall2(numeric_sub, NumericGetDatum(a), NumericGetDatum(b)));
}

static Numeric
rounded(Numeric number, int digits)
{
	return NUMERIC_OF(DirectFunctionCall2(numeric_round, NumericGetDatum(number), Int32GetDatum(digits)));
}

static bool
less(Numeric a, Numeric b)
{
	return DatumGetBool(DirectFunctionCall2(numeric_lt, NumericGetDatum(a), NumericGetDatum(b)));
}

static int
decimals(Numeric number)
{
	return DatumGetInt32(DirectFunctionCall1(numeric_scale, NumericGetDatum(number)));
}

/* The greatest numeric(precision, scale); NULL when the column has none. */
static Numeric
greatest_of_column(const GdprValue *value)
{
	int precision = ((value->typmod - VARHDRSZ) >> 16) & 0xffff;
	int scale = (((value->typmod - VARHDRSZ) & 0x7ff) ^ 1024) - 1024;
	StringInfoData nines;

	if (getBaseType(value->type) != NUMERICOID || value->typmod < VARHDRSZ)
		return NULL;
	initStringInfo(&nines);
	for (int i = 0; i < precision; i++)
		appendStringInfoChar(&nines, '9');
	appendStringInfo(&nines, "e%d", -scale);
	return numeric_of_text(nines.data);
}

/* Within what the column can hold: a value that leaves it stays at the bound. */
static Numeric
within_column(const GdprValue *value, Numeric number)
{
	Numeric least;
	Numeric most;

	switch (getBaseType(value->type))
	{
		case INT2OID:
			least = numeric_of_integer(PG_INT16_MIN);
			most = numeric_of_integer(PG_INT16_MAX);
			break;
		case INT4OID:
			least = numeric_of_integer(PG_INT32_MIN);
			most = numeric_of_integer(PG_INT32_MAX);
			break;
		case INT8OID:
			least = numeric_of_integer(PG_INT64_MIN);
			most = numeric_of_integer(PG_INT64_MAX);
			break;
		default:
			most = greatest_of_column(value);
			if (most == NULL)
				return number;
			least = NUMERIC_OF(DirectFunctionCall1(numeric_uminus, NumericGetDatum(most)));
			/* what rounds up to beyond the bound is beyond it already */
			number = rounded(number, decimals(most));
	}
	return less(number, least) ? least : less(most, number) ? most : number;
}

static Datum
number_value(const GdprValue *value, Numeric number)
{
	if (value->family == GDPR_FAMILY_INTEGER)
		number = rounded(number, 0);
	number = within_column(value, number);
	return from_text(value, DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number))));
}

/* The number, unless it is NaN or infinite: those say nothing of anyone and stay. */
static bool
finite_number(const GdprValue *value, Numeric *number)
{
	*number = numeric_of_text(as_text(value));
	return !numeric_is_nan(*number) && !numeric_is_inf(*number);
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
		ereport(ERROR, (errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("noise needs a row to stick to"),
						errhint("Give the table a primary key, or pass the key of the row.")));
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

static int
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
	/* the first month of all has no first day */
	return Max(date2j(year, month, 1), DATETIME_MIN_JULIAN) - POSTGRES_EPOCH_JDATE;
}

static Datum
generalise_time(const GdprValue *value)
{
	char *to = gdpr_option_text(value, "to");
	bool local;
	DateADT date;

	if (to == NULL)
		to = "year";
	if (value->family == GDPR_FAMILY_DATE)
		return DateADTGetDatum(start_of_period(DatumGetDateADT(value->datum), to));
	if (TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value->datum)))
		return value->datum;
	local = getBaseType(value->type) == TIMESTAMPOID;
	date = DatumGetDateADT(DirectFunctionCall1(local ? timestamp_date : timestamptz_date, value->datum));
	date = start_of_period(date, to);
	/* the first day of all begins too early for some time zones */
	if (date <= DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE)
		return TimestampGetDatum(MIN_TIMESTAMP);
	return DirectFunctionCall1(local ? date_timestamp : date_timestamptz, DateADTGetDatum(date));
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

/* The lower end of the band of this width that the number lies in; bands begin at 0. */
static Datum
generalise_number(const GdprValue *value)
{
	Numeric width = gdpr_option_numeric(value, "width", 10, 1e-9, 1e18);
	Numeric number;
	Numeric above;

	if (!finite_number(value, &number))
		return value->datum;
	above = NUMERIC_OF(DirectFunctionCall2(numeric_mod, NumericGetDatum(number), NumericGetDatum(width)));
	if (less(above, numeric_of_integer(0)))
		above = plus(above, width);
	return number_value(value, minus(number, above));
}

/* A step up, or more, in a hierarchy; what is not in it becomes the whole. */
static Datum
generalise_by_hierarchy(const GdprValue *value, const char *hierarchy)
{
	int level = (int) gdpr_option_integer(value, "level", 1, 1, 100);
	char *ancestor = gdpr_hierarchy_ancestor(hierarchy, as_text(value), level);

	return text_value(value, ancestor, strlen(ancestor));
}

Datum
gdpr_apply_generalise(const GdprValue *value, bool *isnull)
{
	char *hierarchy;

	switch (value->family)
	{
		case GDPR_FAMILY_TEXT:
			hierarchy = gdpr_option_text(value, "hierarchy");
			if (hierarchy != NULL)
				return generalise_by_hierarchy(value, hierarchy);
			return first_characters(value, gdpr_option_integer(value, "keep", 1, 0, 1000));
		case GDPR_FAMILY_DATE:
		case GDPR_FAMILY_TIMESTAMP:
			return generalise_time(value);
		case GDPR_FAMILY_ADDRESS:
			return generalise_address(value);
		default:
			return generalise_number(value);
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
	Numeric number;

	if (!finite_number(value, &number))
		return value->datum;
	return number_value(value, rounded(number, digits));
}

/* A whole number from -most to most, each as likely. */
static int64
sticky_whole(const GdprValue *value, double most)
{
	double whole = floor(most);

	return (int64) (Min(floor((sticky(value) + 1) / 2 * (2 * whole + 1)), 2 * whole) - whole);
}

static Datum
noisy_date(const GdprValue *value, double days)
{
	DateADT date = DatumGetDateADT(value->datum);
	int64 moved;

	if (DATE_NOT_FINITE(date))
		return value->datum;
	moved = (int64) date + sticky_whole(value, days);
	moved = Min(Max(moved, DATETIME_MIN_JULIAN - POSTGRES_EPOCH_JDATE),
				DATE_END_JULIAN - POSTGRES_EPOCH_JDATE - 1);
	return DateADTGetDatum((DateADT) moved);
}

static Datum
noisy_time(const GdprValue *value, double days)
{
	Timestamp time = DatumGetTimestamp(value->datum);
	double moved;

	if (TIMESTAMP_NOT_FINITE(time))
		return value->datum;
	moved = (double) time + days * sticky(value) * USECS_PER_DAY;
	if (moved < MIN_TIMESTAMP)
		return TimestampGetDatum(MIN_TIMESTAMP);
	if (moved >= END_TIMESTAMP)
		return TimestampGetDatum(END_TIMESTAMP - 1);
	return TimestampGetDatum((Timestamp) moved);
}

static Datum
noisy_number(const GdprValue *value, double amount)
{
	Numeric number;
	Numeric noise;

	if (!finite_number(value, &number))
		return value->datum;
	if (value->family == GDPR_FAMILY_INTEGER)
		return number_value(value, plus(number, numeric_of_integer(sticky_whole(value, amount))));
	noise = NUMERIC_OF(DirectFunctionCall1(float8_numeric, Float8GetDatum(amount * sticky(value))));
	/* as many decimals as the value has, or the amount: more would only show that there is noise */
	if (getBaseType(value->type) == NUMERICOID)
		noise = NUMERIC_OF(DirectFunctionCall2(
			numeric_trunc, NumericGetDatum(noise),
			Int32GetDatum(
				Max(decimals(number), decimals(gdpr_option_numeric(value, "amount", 1, 0, 1e15))))));
	return number_value(value, plus(number, noise));
}

Datum
gdpr_apply_noise(const GdprValue *value, bool *isnull)
{
	double amount = gdpr_option_number(value, "amount", 1, 0, 1e15);

	if (value->family == GDPR_FAMILY_DATE)
		return noisy_date(value, amount);
	if (value->family == GDPR_FAMILY_TIMESTAMP)
		return noisy_time(value, amount);
	return noisy_number(value, amount);
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
	char *word = gdpr_fake(kind ? kind : "last_name", language ? language : "nl", chance);
	char *converted;

	if (word == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE), errmsg("there is no such list of fake words"),
				 errhint("kind is first_name, last_name, full_name, street, place or address; language is "
						 "nl, fr, de or en.")));
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
	gdpr_require_domain(domain);
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

/* Of a set of rows, so not of one value: anonymise_into() does it. */
Datum
gdpr_apply_to_column(const GdprValue *value, bool *isnull)
{
	ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					errmsg("this strategy moves values between rows and needs the whole column"),
					errhint("Use it in gdpr.anonymise_into().")));
}
