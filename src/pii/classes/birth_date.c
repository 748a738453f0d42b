/*
 * birth_date.c
 *		Dates of birth, as much of them as is known: 1985-07-30, 1985-07, 1985.
 *
 *		Read as ISO writes them or as the countries around Belgium do, day first. Month first is not tried: 03/04 would
 *		be two people's birthday. 00 for a month or day that is not known is left out.
 *
 *		A time behind the date is left out, and the date taken as it is written. A moment in UTC is a date only at
 *		midnight: 1985-07-29T22:00:00Z is how programs write 30 July in Brussels, and which day is meant no one knows.
 */
#include "pii/classes/classes.h"
#include "pii/classes/digits.h"
#include "pii/classes/utf8.h"

#define MAX_AGE	  130
#define MAX_INPUT 40

typedef struct Date
{
	int year;
	int month; /* 0: not known */
	int day;   /* 0: not known */
} Date;

/* Up to three numbers with one kind of separator between; how many there were, 0 when it is something else. */
static int
read_numbers(const char *s, size_t len, int *numbers, size_t *widths)
{
	size_t at = 0;
	char separator = 0;

	for (int count = 0; count < 3; count++)
	{
		size_t start = at;

		while (at < len && at - start < 5 && gdpr_is_digit((unsigned char) s[at]))
			at++;
		widths[count] = at - start;
		if (widths[count] == 0 || widths[count] > 4)
			return 0;
		numbers[count] = gdpr_digits_value(s + start, widths[count]);
		if (at == len)
			return count + 1;
		if (strchr("-/.", s[at]) == NULL || s[at] == 0 || (separator != 0 && s[at] != separator))
			return 0;
		separator = s[at++];
	}
	return 0;
}

/* Two digits of at most most; false when there are none. */
static bool
take_two(const char **s, const char *end, int most, int *value)
{
	if (end - *s < 2 || !gdpr_all_digits(*s, 2))
		return false;
	*value = gdpr_digits_value(*s, 2);
	*s += 2;
	return *value <= most;
}

static bool
take_char(const char **s, const char *end, char c)
{
	if (*s == end || **s != c)
		return false;
	(*s)++;
	return true;
}

/* hh:mm, hh:mm:ss or hh:mm:ss.ffffff; midnight tells whether it is one. */
static bool
take_time(const char **s, const char *end, bool *midnight)
{
	int hour;
	int minute;
	int second = 0;
	int fraction = 0;

	if (!take_two(s, end, 23, &hour) || !take_char(s, end, ':') || !take_two(s, end, 59, &minute))
		return false;
	if (take_char(s, end, ':'))
	{
		if (!take_two(s, end, 59, &second))
			return false;
		if (take_char(s, end, '.') || take_char(s, end, ','))
		{
			const char *start = *s;

			for (; *s < end && gdpr_is_digit((unsigned char) **s); (*s)++)
				fraction += **s - '0';
			if (*s == start)
				return false;
		}
	}
	*midnight = hour == 0 && minute == 0 && second == 0 && fraction == 0;
	return true;
}

/* Z, +02, +02:00, +0200 or nothing; utc tells whether it is UTC, said so. */
static bool
take_offset(const char **s, const char *end, bool *utc)
{
	int hours;
	int minutes = 0;

	if (*s == end)
		return true;
	if (take_char(s, end, 'Z') || take_char(s, end, 'z'))
	{
		*utc = true;
		return true;
	}
	if ((!take_char(s, end, '+') && !take_char(s, end, '-')) || !take_two(s, end, 15, &hours))
		return false;
	if (*s < end)
	{
		take_char(s, end, ':');
		if (!take_two(s, end, 59, &minutes))
			return false;
	}
	*utc = hours == 0 && minutes == 0;
	return true;
}

/* The length of the date in front of a time, in ISO order or day first; len when there is no time. */
static size_t
without_time(const char *s, size_t len)
{
	const char *at = s;
	const char *end = s + len;
	bool midnight = false;
	bool utc = false;
	size_t date;

	while (at < end && *at != ' ' && *at != 'T' && *at != 't')
		at++;
	date = (size_t) (at - s);
	if (at == end || date < 8 || date > 10)
		return len;
	at++;
	if (!take_time(&at, end, &midnight))
		return len;
	take_char(&at, end, ' ');
	if (!take_offset(&at, end, &utc) || at != end || (utc && !midnight))
		return len;
	return date;
}

/* How many parts there are, year, month and day; 0 when it is no date. */
static int
read_date(const char *s, size_t len, Date *date)
{
	int numbers[3];
	size_t widths[3];
	int count = read_numbers(s, len, numbers, widths);

	date->year = date->month = date->day = 0;
	if (count == 0)
		return 0;
	if (widths[0] == 4)
	{
		date->year = numbers[0];
		if (count > 1)
			date->month = numbers[1];
		if (count > 2)
			date->day = numbers[2];
		return (count < 2 || widths[1] <= 2) && (count < 3 || widths[2] <= 2) &&
					   (count < 2 || widths[1] == 2 || count == 3)
				   ? count
				   : 0;
	}
	if (count == 1 || widths[count - 1] != 4 || widths[0] > 2 || (count == 3 && widths[1] > 2))
		return 0;
	date->year = numbers[count - 1];
	date->month = numbers[count - 2];
	if (count == 3)
		date->day = numbers[0];
	return count;
}

/* 1985-07-00 is 1985-07, and 1985-00-00 is 1985; a day of an unknown month stays and is impossible. */
static void
leave_out_unknown(const Date *date, int *parts)
{
	if (*parts == 3 && date->day == 0)
		*parts = 2;
	if (*parts == 2 && date->month == 0)
		*parts = 1;
}

/* parts: how many were given, as 00 is no month. */
static bool
possible(const Date *date, int parts)
{
	if (date->year < 1 || (parts > 1 && gdpr_days_in_month(date->year, date->month) == 0))
		return false;
	return parts < 3 || (date->day >= 1 && date->day <= gdpr_days_in_month(date->year, date->month));
}

/* The latest day that the known parts leave open, as yyyymmdd. */
static int
latest(const Date *date)
{
	int month = date->month > 0 ? date->month : 12;
	int day = date->day > 0 ? date->day : gdpr_days_in_month(date->year, month);

	return date->year * 10000 + month * 100 + day;
}

static int
earliest(const Date *date)
{
	return date->year * 10000 + (date->month > 0 ? date->month : 1) * 100 + (date->day > 0 ? date->day : 1);
}

static void
put_number(GdprBuffer *out, int value, int width)
{
	int scale = width == 4 ? 1000 : 10;

	for (; scale > 0; scale /= 10)
		gdpr_put_byte(out, (char) ('0' + value / scale % 10));
}

GdprCheck
gdpr_birth_date_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	char s[MAX_INPUT];
	size_t n = 0;
	Date date;
	int parts;

	for (size_t at = 0; at < len;)
	{
		uint32_t c;
		size_t taken = gdpr_utf8_next(in + at, len - at, &c);

		c = taken > 0 ? gdpr_char_ascii(c) : 0;
		if (c == 0 || c >= 0x80 || n == sizeof(s))
			return GDPR_INVALID;
		s[n++] = (char) c;
		at += taken;
	}
	n = without_time(s, n);
	parts = read_date(s, n, &date);
	if (parts == 0)
		return GDPR_INVALID;
	leave_out_unknown(&date, &parts);

	/* (today - born) / 10000 is the age by the calendar. */
	if (!possible(&date, parts) || earliest(&date) > context->today ||
		(context->today - latest(&date)) / 10000 > MAX_AGE)
		return GDPR_OUT_OF_RANGE;
	put_number(out, date.year, 4);
	if (date.month > 0)
	{
		gdpr_put_byte(out, '-');
		put_number(out, date.month, 2);
	}
	if (date.day > 0)
	{
		gdpr_put_byte(out, '-');
		put_number(out, date.day, 2);
	}
	return GDPR_VALID;
}

bool
gdpr_birth_date_parse(const char *canonical, size_t len, int *year, int *month, int *day)
{
	Date date;
	int parts;

	if (len != 4 && len != 7 && len != 10)
		return false;
	parts = read_date(canonical, len, &date);
	if (parts == 0 || !possible(&date, parts))
		return false;
	*year = date.year;
	*month = date.month;
	*day = date.day;
	return true;
}

int
gdpr_birth_date_latest(const char *canonical, size_t len)
{
	Date date;

	if (!gdpr_birth_date_parse(canonical, len, &date.year, &date.month, &date.day))
		return 0;
	return latest(&date);
}

int
gdpr_birth_date_age(const char *canonical, size_t len, int on)
{
	int born = gdpr_birth_date_latest(canonical, len);

	if (born == 0)
		return -1;
	return on < born ? 0 : (on - born) / 10000;
}

/* 1985-**-**; when the year is all there is, 198*-**-**. */
void
gdpr_birth_date_mask(const char *canonical, size_t len, GdprBuffer *out)
{
	int year;
	int month;
	int day;

	if (!gdpr_birth_date_parse(canonical, len, &year, &month, &day) || canonical[len - 1] == '-' ||
		!gdpr_all_digits(canonical, 4))
	{
		gdpr_put_string(out, GDPR_HIDDEN);
		return;
	}
	gdpr_put(out, canonical, month > 0 ? 4 : 3);
	gdpr_put_string(out, month > 0 ? "-**-**" : "*-**-**");
}
