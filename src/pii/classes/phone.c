/*
 * phone.c
 *		Telephone numbers, stored as E.164: +32470123456, with ;ext=12 behind it when an extension was given.
 *
 *		An extension is part of the number: colleagues share what stands before it.
 */
#include "pii/classes/classes.h"
#include "pii/classes/phone_table.h"
#include "pii/classes/utf8.h"

#define MAX_INPUT_DIGITS 24
#define MIN_DIGITS		 8 /* of E.164, calling code included: shorter ones are services */
#define MAX_DIGITS		 15
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

/* Writes the number if it exists in the plan, with or without its trunk prefix. */
static bool
put_number(const GdprPhonePlan *plan, const char *digits, size_t len, const Typed *typed, GdprBuffer *out)
{
	char code[4] = {(char) ('0' + plan->code / 100), (char) ('0' + plan->code / 10 % 10),
					(char) ('0' + plan->code % 10), 0};
	const char *code_start = plan->code >= 100 ? code : plan->code >= 10 ? code + 1 : code + 2;

	if (!gdpr_phone_number_exists(plan, digits, len))
		return false;
	if (strlen(code_start) + len < MIN_DIGITS || strlen(code_start) + len > MAX_DIGITS)
		return false;
	gdpr_put_byte(out, '+');
	gdpr_put_string(out, code_start);
	gdpr_put(out, digits, len);
	if (typed->extension_len > 0)
	{
		gdpr_put_string(out, ";ext=");
		gdpr_put(out, typed->extension, typed->extension_len);
	}
	return true;
}

static bool
starts_with(const char *digits, size_t len, const char *prefix)
{
	return prefix[0] != 0 && strlen(prefix) < len && memcmp(digits, prefix, strlen(prefix)) == 0;
}

/* Digits that begin with a calling code; people leave the trunk prefix in: +32 (0)470, +32-0-470. */
static bool
put_international(const char *digits, size_t len, const Typed *typed, GdprBuffer *out)
{
	size_t code_len;
	const GdprPhonePlan *plan = gdpr_phone_plan_in(digits, len, &code_len);

	if (plan == NULL)
		return false;
	digits += code_len;
	len -= code_len;
	if (len > 0 && digits[0] == '0' && typed->trunk_at == (size_t) (digits - typed->digits))
		return put_number(plan, digits + 1, len - 1, typed, out);
	if (put_number(plan, digits, len, typed, out))
		return true;
	return starts_with(digits, len, plan->trunk) && plan->trunk[0] == '0' &&
		   put_number(plan, digits + strlen(plan->trunk), len - strlen(plan->trunk), typed, out);
}

GdprCheck
gdpr_phone_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	Typed typed;
	const GdprPhonePlan *home = gdpr_phone_plan_of(context->country);
	const char *abroad = home ? home->abroad : "00";
	size_t code_len;

	if (!read_typed(in, len, &typed))
		return GDPR_INVALID;
	if (typed.plus)
		return put_international(typed.digits, typed.len, &typed, out) ? GDPR_VALID : GDPR_INVALID;

	/* A prefix of one digit would swallow every national number. */
	if (strlen(abroad) > 1 && starts_with(typed.digits, typed.len, abroad) &&
		put_international(typed.digits + strlen(abroad), typed.len - strlen(abroad), &typed, out))
		return GDPR_VALID;
	if (starts_with(typed.digits, typed.len, "00"))
		return put_international(typed.digits + 2, typed.len - 2, &typed, out) ? GDPR_VALID : GDPR_INVALID;
	if (home == NULL)
		return GDPR_INVALID;
	if (starts_with(typed.digits, typed.len, home->trunk) &&
		put_number(home, typed.digits + strlen(home->trunk), typed.len - strlen(home->trunk), &typed, out))
		return GDPR_VALID;
	if (put_number(home, typed.digits, typed.len, &typed, out))
		return GDPR_VALID;

	/* The plus forgotten: 32470123456. */
	if (gdpr_phone_plan_in(typed.digits, typed.len, &code_len) == home &&
		put_international(typed.digits, typed.len, &typed, out))
		return GDPR_VALID;
	return GDPR_INVALID;
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
