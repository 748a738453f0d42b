/*
 * class_text.c
 *		The server's side of the classes of personal data: encoding, Unicode normalisation, settings, errors.
 *
 *		Nothing here says more of a bad value than which class it is not of. Conversions therefore run in the mode
 *		that reports failure without an error: the errors of the encoding functions print the bytes.
 */
#include "pii/class_text.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "common/unicode_norm.h"
#include "mb/pg_wchar.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/guc.h"

#include "pii/classes/classes.h"
#include "pii/classes/country.h"
#include "pii/classes/utf8.h"

/* Room for a canonical form or a fold, which may be longer than what it was made of (ß becomes ss). */
#define ROOM(len) (2 * (len) + 64)

static char *gdpr_default_country = NULL;

static bool
check_default_country(char **newval, void **extra, GucSource source)
{
	if (gdpr_country_known(*newval, strlen(*newval)))
		return true;
	GUC_check_errdetail("Expected the ISO 3166 code of a country, such as BE.");
	return false;
}

void
gdpr_class_init(void)
{
	/* Where the customers are: a number typed as 0470 12 34 56 is read as one of this country. */
	DefineCustomStringVariable("gdpr.default_country",
							   "Country of telephone numbers and postal codes that do not name theirs.",
							   "An ISO 3166 code of two letters, such as BE.", &gdpr_default_country, "BE",
							   PGC_USERSET, 0, check_default_country, NULL, NULL);
}

/* The date in the session's time zone, as yyyymmdd; kept for the transactions of one second, as it takes longer. */
static int
today(void)
{
	static int date = 0;
	static int64 date_of = 0;
	static const pg_tz *zone = NULL;
	int64 second = GetCurrentTransactionStartTimestamp() / USECS_PER_SEC;

	if (second != date_of || zone != session_timezone)
	{
		int year;
		int month;
		int day;

		j2date(GetSQLCurrentDate() + POSTGRES_EPOCH_JDATE, &year, &month, &day);
		date = year * 10000 + month * 100 + day;
		date_of = second;
		zone = session_timezone;
	}
	return date;
}

void
gdpr_class_context(GdprContext *context)
{
	strlcpy(context->country, gdpr_default_country, sizeof(context->country));
	context->today = today();
}

/* Text in another encoding, palloc'd, or in itself; NULL when it has no such form. */
static char *
convert(const char *in, size_t len, int from, int to, size_t *out_len)
{
	Oid proc;
	Size room;
	char *out;

	*out_len = len;
	if (from == to)
		return unconstify(char *, in);
	if (from == PG_SQL_ASCII || to == PG_SQL_ASCII)
		return pg_verify_mbstr(PG_UTF8, in, len, true) ? unconstify(char *, in) : NULL;
	proc = FindDefaultConversionProc(from, to);
	if (!OidIsValid(proc))
		return NULL;
	room = len * MAX_CONVERSION_GROWTH + 1;
	out = palloc_extended(room, MCXT_ALLOC_HUGE);
	if (pg_do_encoding_conversion_buf(proc, from, to, unconstify(unsigned char *, (const unsigned char *) in),
									  len, (unsigned char *) out, room, true) != (int) len)
		return NULL;
	*out_len = strlen(out);
	return out;
}

static bool
is_ascii(const char *in, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if (IS_HIGHBIT_SET(in[i]))
			return false;
	}
	return true;
}

/* The text in NFC; NULL when it is not UTF-8. */
static char *
compose(const char *in, size_t len, size_t *out_len)
{
	size_t count = gdpr_utf8_length(in, len);
	pg_wchar *points = palloc_extended((count + 1) * sizeof(pg_wchar), MCXT_ALLOC_HUGE);
	size_t at = 0;
	GdprBuffer out = {NULL};

	for (size_t i = 0; i < count; i++)
	{
		size_t n = gdpr_utf8_next(in + at, len - at, &points[i]);

		if (n == 0 || points[i] == 0)
			return NULL;
		at += n;
	}
	points[count] = 0;
	*out_len = len;
	if (unicode_is_normalized_quickcheck(UNICODE_NFC, points) == UNICODE_NORM_QC_YES)
	{
		pfree(points);
		return unconstify(char *, in);
	}
	points = unicode_normalize(UNICODE_NFC, points);
	for (count = 0; points[count] != 0; count++)
		out.cap += points[count] < 0x80 ? 1 : points[count] < 0x800 ? 2 : points[count] < 0x10000 ? 3 : 4;
	out.data = palloc(out.cap + 1);
	for (size_t i = 0; i < count; i++)
		gdpr_put_char(&out, points[i]);
	pfree(points);
	*out_len = out.len;
	return out.data;
}

GdprCheck
gdpr_class_run(GdprNormalise normalise, GdprTidy tidy, const GdprContext *context, const char *in, size_t len,
			   char **out, size_t *out_len)
{
	GdprBuffer buffer = {NULL};
	GdprCheck check;

	in = convert(in, len, GetDatabaseEncoding(), PG_UTF8, &len);
	if (in == NULL)
		return GDPR_INVALID;
	if (tidy != GDPR_VERBATIM && is_ascii(in, len))
		gdpr_trim(&in, &len);
	else if (tidy != GDPR_VERBATIM)
	{
		gdpr_tidy(tidy, &in, &len, palloc_extended(len, MCXT_ALLOC_HUGE));
		in = compose(in, len, &len);
		if (in == NULL)
			return GDPR_INVALID;
	}
	buffer.cap = normalise != NULL ? ROOM(len) : len + 1;
	buffer.data = palloc(buffer.cap);
	check = GDPR_VALID;
	if (normalise != NULL)
		check = normalise(in, len, context, &buffer);
	else
		gdpr_put(&buffer, in, len);
	if (check == GDPR_VALID && buffer.overflow)
		check = GDPR_TOO_LONG;
	if (check != GDPR_VALID || out == NULL)
		pfree(buffer.data);
	else
	{
		*out = buffer.data;
		*out_len = buffer.len;
	}
	return check;
}

GdprCheck
gdpr_class_check(const GdprClass *class, const char *in, size_t len, char **out, size_t *out_len)
{
	GdprContext context;
	GdprCheck check;

	if (len > class->max_len)
		return GDPR_TOO_LONG;
	if (class->binary)
	{
		if (out != NULL)
		{
			*out = memcpy(palloc(len + 1), in, len);
			*out_len = len;
		}
		return GDPR_VALID;
	}
	gdpr_class_context(&context);
	check = gdpr_class_run(class->normalise, class->tidy, &context, in, len, out, out_len);
	return check == GDPR_INVALID && class->id == GDPR_BIRTH_DATE ? GDPR_NO_DATE : check;
}

bool
gdpr_class_is_empty(const GdprClass *class, const char *in, size_t len)
{
	if (class->binary || class->normalise == NULL)
		return false;
	gdpr_trim(&in, &len);
	return len == 0;
}

void
gdpr_class_raise(GdprCheck check, const char *label, const char *hint)
{
	/*
	 * Context lines (COPY, PL/pgSQL parameters, SQL functions) print the input or the statement it is in. The
	 * stack is not ours to restore: the code that catches the error puts back the one saved when it set up its handler.
	 */
	error_context_stack = NULL;
	if (check == GDPR_TOO_LONG)
		ereport(ERROR, (errcode(ERRCODE_STRING_DATA_RIGHT_TRUNCATION), errmsg("%s is too long", label),
						errhint("%s", hint), errhidestmt(true)));
	if (check == GDPR_OUT_OF_RANGE)
		ereport(ERROR, (errcode(ERRCODE_DATETIME_FIELD_OVERFLOW), errmsg("%s is not possible", label),
						errhint("%s", hint), errhidestmt(true)));
	ereport(ERROR, (errcode(check == GDPR_NO_DATE ? ERRCODE_INVALID_DATETIME_FORMAT
												  : ERRCODE_INVALID_TEXT_REPRESENTATION),
					errmsg("invalid %s", label), errhint("%s", hint), errhidestmt(true)));
}

char *
gdpr_class_normalise(const GdprClass *class, const char *in, size_t len, size_t *out_len)
{
	char *out = NULL;
	GdprCheck check = gdpr_class_check(class, in, len, &out, out_len);

	if (check != GDPR_VALID)
		gdpr_class_raise(check, class->label, gdpr_class_hint(class));
	return out;
}

char *
gdpr_class_fold(const GdprClass *class, const char *canonical, size_t len, size_t *out_len)
{
	GdprBuffer out = {NULL};

	out.cap = class->fold != NULL ? ROOM(len) : len + 1;
	out.data = palloc(out.cap);
	if (class->fold != NULL)
		class->fold(canonical, len, &out);
	else
		gdpr_put(&out, canonical, len);

	/* A fold that stops short would make different values equal. */
	if (out.overflow)
		elog(ERROR, "folded form of class %s is too long", class->name);
	*out_len = out.len;
	return out.data;
}

char *
gdpr_class_from_server(const char *in, size_t len, size_t *out_len)
{
	return convert(in, len, GetDatabaseEncoding(), PG_UTF8, out_len);
}

char *
gdpr_class_to_server(const char *utf8, size_t len, size_t *out_len)
{
	return convert(utf8, len, PG_UTF8, GetDatabaseEncoding(), out_len);
}

char *
gdpr_class_mask(const GdprClass *class, const char *canonical, size_t len, size_t *out_len)
{
	GdprBuffer out = {NULL};
	char *text;

	out.cap = ROOM(class->mask == gdpr_hidden_mask ? 0 : len);
	out.data = palloc(out.cap);
	class->mask(canonical, len, &out);
	text = out.overflow ? NULL : gdpr_class_to_server(out.data, out.len, out_len);
	if (text == NULL)
	{
		/* It has a letter that this database cannot write. */
		text = pstrdup(GDPR_HIDDEN);
		*out_len = strlen(text);
	}
	return text;
}
