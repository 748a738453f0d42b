/*
 * phone.c
 *		Telephone numbers, stored as E.164: +32470123456, with ;ext=12 behind it when an extension was given.
 *
 *		An extension is part of the number: colleagues share what stands before it.
 */
#include "pii/classes/classes.h"
#include "pii/classes/digit_pattern.h"
#include "pii/classes/looks.h"
#include "pii/classes/phone_table.h"
#include "pii/classes/utf8.h"

#define MAX_INPUT_DIGITS 24
#define MAX_EXTENSION	 8

typedef struct Typed
{
	char digits[MAX_INPUT_DIGITS];
	size_t len;
	size_t trunk_at; /* where "(0)" stood, or the length */
	bool plus;
	char extension[MAX_EXTENSION];
	size_t extension_len;
} Typed;

/* The digits of an extension, to the end of the text. */
static bool
read_extension(const char *in, size_t len, Typed *typed)
{
	size_t at = 0;

	while (at < len)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(in + at, len - at, &c);

		if (n == 0)
			return false;
		at += n;
		c = gdpr_char_ascii(c);
		if (c == ' ' && typed->extension_len == 0)
			continue;
		if (!gdpr_is_digit(c) || typed->extension_len == MAX_EXTENSION)
			return false;
		typed->extension[typed->extension_len++] = (char) c;
	}
	return typed->extension_len > 0;
}

/* How many bytes announce an extension here: ;ext= ext. x # toestel poste; 0 for none. */
static size_t
extension_mark(const char *in, size_t len)
{
	static const char *const marks[] = {";ext=", "ext.", "ext:",	"ext",	"extension",
										"x",	 "#",	 "toestel", "tst.", "poste"};
	size_t longest = 0;

	for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
	{
		size_t n = strlen(marks[i]);
		size_t j = 0;

		while (j < n && j < len && gdpr_lower(in[j]) == marks[i][j])
			j++;
		if (j == n && n > longest)
			longest = n;
	}
	return longest;
}

static bool
read_typed(const char *in, size_t len, Typed *typed)
{
	size_t at = 0;
	uint32_t before = 0;
	bool open = false;

	memset(typed, 0, sizeof(*typed));
	typed->trunk_at = MAX_INPUT_DIGITS;
	if (len > 4 && gdpr_lower(in[0]) == 't' && gdpr_lower(in[1]) == 'e' && gdpr_lower(in[2]) == 'l' &&
		in[3] == ':')
		at = 4;
	while (at < len)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(in + at, len - at, &c);
		size_t mark;

		if (n == 0)
			return false;
		c = gdpr_char_ascii(c);
		mark = typed->len > 0 ? extension_mark(in + at, len - at) : 0;
		if (mark > 0)
			return !open && read_extension(in + at + mark, len - at - mark, typed);
		at += n;
		if (gdpr_is_digit(c))
		{
			if (typed->len == MAX_INPUT_DIGITS)
				return false;
			if (c == '0' && before == '(' && at < len && in[at] == ')')
				typed->trunk_at = typed->len;
			typed->digits[typed->len++] = (char) c;
		}
		else if (c == '+')
		{
			if (typed->plus || typed->len > 0)
				return false;
			typed->plus = true;
		}
		else if (c == '(' || c == ')')
		{
			if (open != (c == ')'))
				return false;
			open = c == '(';
		}
		else if (c >= 0x80 || c == 0 || strchr(GDPR_SEPARATORS, (int) c) == NULL)
			return false;
		before = c;
	}
	return !open;
}

static bool
put_number(const GdprPhonePlan *plan, const char *digits, size_t len, const Typed *typed, GdprBuffer *out)
{
	char code[4] = {(char) ('0' + plan->code / 100), (char) ('0' + plan->code / 10 % 10),
					(char) ('0' + plan->code % 10), 0};

	gdpr_put_byte(out, '+');
	gdpr_put_string(out, plan->code >= 100 ? code : plan->code >= 10 ? code + 1 : code + 2);
	gdpr_put(out, digits, len);
	if (typed->extension_len > 0)
	{
		gdpr_put_string(out, ";ext=");
		gdpr_put(out, typed->extension, typed->extension_len);
	}
	return true;
}

/* What becomes of a number in which the last group of the plan's prefix took part: "9$1". */
static void
put_rewritten(const GdprPhonePlan *plan, const char *digits, size_t len, const GdprPatternMatch *match,
			  GdprBuffer *national)
{
	for (const char *s = plan->rewrite; *s != 0; s++)
	{
		if (*s == '$')
		{
			int group = *++s - '1';

			gdpr_put(national, digits + match->start[group], match->end[group] - match->start[group]);
		}
		else
			gdpr_put_byte(national, *s);
	}
	gdpr_put(national, digits + match->len, len - match->len);
}

/*
 * The national number in what is dialled within the country: without the trunk prefix or an operator's, with the
 * area code that neighbours leave out. A number that is one as it stands is left so, unless it is one without as well.
 */
static bool
read_national(const GdprPhonePlan *plan, const char *digits, size_t len, GdprBuffer *national)
{
	const char *strip = plan->strip[0] != 0 ? plan->strip : plan->trunk;
	GdprPatternMatch match;
	int last = strstr(plan->rewrite, "$2") != NULL;

	if (strip[0] != 0 && gdpr_digit_pattern(strip, digits, len, false, &match))
	{
		if (plan->rewrite[0] != 0 && match.end[last] > match.start[last])
			put_rewritten(plan, digits, len, &match, national);
		else
			gdpr_put(national, digits + match.len, len - match.len);
		if (!national->overflow && gdpr_phone_in_plan(plan, national->data, national->len))
			return true;
		national->len = 0;
		national->overflow = false;
	}
	gdpr_put(national, digits, len);
	return !national->overflow && gdpr_phone_in_plan(plan, digits, len);
}

/* Digits that begin with a calling code; people leave the trunk prefix in: +32 (0)470, +32-0-470. */
static bool
put_international(const char *digits, size_t len, const Typed *typed, GdprBuffer *out)
{
	char room[MAX_INPUT_DIGITS];
	GdprBuffer national = {room, 0, sizeof(room), false};
	size_t code_len;
	const GdprPhonePlan *plan = gdpr_phone_plan_in(digits, len, &code_len);

	if (plan == NULL)
		return false;
	digits += code_len;
	len -= code_len;

	/* In Italy and elsewhere the 0 belongs to the number: it goes only where there is none with it. */
	if (gdpr_phone_in_code(plan, digits, len))
		return put_number(plan, digits, len, typed, out);
	if (read_national(plan, digits, len, &national))
		return put_number(plan, room, national.len, typed, out);
	if (plan->trunk[0] != 0 && len > strlen(plan->trunk) &&
		memcmp(digits, plan->trunk, strlen(plan->trunk)) == 0 &&
		gdpr_phone_in_code(plan, digits + strlen(plan->trunk), len - strlen(plan->trunk)))
		return put_number(plan, digits + strlen(plan->trunk), len - strlen(plan->trunk), typed, out);
	return len > 0 && typed->trunk_at == (size_t) (digits - typed->digits) &&
		   gdpr_phone_in_code(plan, digits + 1, len - 1) && put_number(plan, digits + 1, len - 1, typed, out);
}

static bool
put_national(const GdprPhonePlan *home, const Typed *typed, GdprBuffer *out)
{
	char room[MAX_INPUT_DIGITS];
	GdprBuffer national = {room, 0, sizeof(room), false};
	size_t code_len;

	if (read_national(home, typed->digits, typed->len, &national))
		return put_number(home, room, national.len, typed, out);

	/* The plus forgotten: 32470123456. */
	if (gdpr_phone_plan_in(typed->digits, typed->len, &code_len) == NULL ||
		gdpr_phone_plan_in(typed->digits, typed->len, &code_len)->code != home->code)
		return false;
	return put_international(typed->digits, typed->len, typed, out);
}

/* The digits that precede a calling code where the number was dialled; 0 when there are none. */
static size_t
abroad_prefix(const GdprPhonePlan *home, const Typed *typed)
{
	GdprPatternMatch match;

	/* A prefix of one digit would swallow every national number; no calling code begins with 0. */
	if (home != NULL && home->abroad[1] != 0 &&
		gdpr_digit_pattern(home->abroad, typed->digits, typed->len, false, &match) && match.len > 1 &&
		match.len < typed->len && typed->digits[match.len] != '0')
		return match.len;
	return 0;
}

GdprCheck
gdpr_phone_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	Typed typed;
	const GdprPhonePlan *home = gdpr_phone_plan_of(context->country);
	size_t abroad;
	bool put;

	if (gdpr_looks_like(in, len, GDPR_LOOKS_DATE | GDPR_LOOKS_AMOUNT) || !read_typed(in, len, &typed))
		return GDPR_INVALID;
	if (typed.plus)
		return put_international(typed.digits, typed.len, &typed, out) ? GDPR_VALID : GDPR_INVALID;
	abroad = abroad_prefix(home, &typed);
	if (abroad > 0 && put_international(typed.digits + abroad, typed.len - abroad, &typed, out))
		return GDPR_VALID;
	put = home != NULL && put_national(home, &typed, out);
	if (!put && typed.len > 2 && memcmp(typed.digits, "00", 2) == 0)
		put = put_international(typed.digits + 2, typed.len - 2, &typed, out);
	return put ? GDPR_VALID : GDPR_INVALID;
}

/* +32 470 ** ** 56: the same length for every number of a country, and at least four digits hidden. */
void
gdpr_phone_mask(const char *canonical, size_t len, GdprBuffer *out)
{
	const char *end = len > 0 ? memchr(canonical, ';', len) : NULL;
	size_t digits = end ? (size_t) (end - canonical) : len;
	size_t code_len = 0;
	const char *national;

	if (len < 2 || canonical[0] != '+' || !gdpr_all_digits(canonical + 1, digits - 1) ||
		gdpr_phone_plan_in(canonical + 1, digits - 1, &code_len) == NULL)
	{
		gdpr_put_string(out, GDPR_HIDDEN);
		return;
	}
	national = canonical + 1 + code_len;
	digits -= 1 + code_len;
	gdpr_put(out, canonical, 1 + code_len);
	gdpr_put_byte(out, ' ');
	gdpr_put(out, digits >= 9 ? national : "***", 3);
	gdpr_put_string(out, " ** ** ");
	gdpr_put(out, digits >= 6 ? national + digits - 2 : "**", 2);
}
