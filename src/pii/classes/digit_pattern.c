/*
 * digit_pattern.c
 *		Matches digits against a pattern by trying, as Perl does: the first alternative that leads to a match wins, and
 *		repetitions take as much as they can.
 *
 *		Patterns are ours (phone_table.c), never a caller's: they are short, hold no repetition of a repetition, and so
 *		cannot take long. What follows a group is kept as a chain on the stack, so nothing is allocated.
 */
#include "pii/classes/digit_pattern.h"

#include <string.h>

#include "pii/classes/utf8.h"

/* What stands behind the groups that are open. */
typedef struct Rest
{
	const char *at;
	const char *end;
	const struct Rest *next;
	int group;	  /* the capturing group that ends here, -1 for none */
	size_t start; /* where it began */
} Rest;

typedef struct Scan
{
	const char *pattern;
	const char *digits;
	size_t len;
	bool whole;
	GdprPatternMatch *match;
} Scan;

static bool run(Scan *scan, const char *p, const char *end, size_t at, const Rest *rest);

/* The end of a digit, a class or \d. */
static const char *
after_one(const char *p)
{
	if (*p == '[')
		return strchr(p, ']') + 1;
	return p + (*p == '\\' ? 2 : 1);
}

static bool
matches_one(const char *p, char digit)
{
	if (*p == '\\')
		return true;
	if (*p != '[')
		return *p == digit;
	for (p++; *p != ']'; p++)
	{
		if (p[1] == '-')
		{
			if (digit >= p[0] && digit <= p[2])
				return true;
			p += 2;
		}
		else if (*p == digit)
			return true;
	}
	return false;
}

/* The parenthesis that closes the group that opens at p. */
static const char *
group_end(const char *p)
{
	int depth = 0;

	for (;; p++)
	{
		depth += (*p == '(') - (*p == ')');
		if (depth == 0)
			return p;
	}
}

/* The end of the alternative that begins at p. */
static const char *
alternative_end(const char *p, const char *end)
{
	for (; p < end && *p != '|'; p++)
	{
		if (*p == '(')
			p = group_end(p);
	}
	return p;
}

static bool
run_alternatives(Scan *scan, const char *p, const char *end, size_t at, const Rest *rest)
{
	for (;;)
	{
		const char *stop = alternative_end(p, end);

		if (run(scan, p, stop, at, rest))
			return true;
		if (stop == end)
			return false;
		p = stop + 1;
	}
}

/* The number of a group among those that capture, by the order of their parentheses. */
static int
group_number(const Scan *scan, const char *group)
{
	int number = 0;

	for (const char *p = scan->pattern; p < group; p++)
		number += p[0] == '(' && p[1] != '?';
	return number < GDPR_PATTERN_GROUPS ? number : -1;
}

static bool
run_group(Scan *scan, const char *p, const char *end, size_t at, const Rest *rest)
{
	bool captures = p[1] != '?';
	const char *close = group_end(p);
	bool optional = close + 1 < end && close[1] == '?';
	const char *behind = close + (optional ? 2 : 1);
	Rest frame = {behind, end, rest, captures ? group_number(scan, p) : -1, at};

	if (run_alternatives(scan, p + (captures ? 1 : 3), close, at, &frame))
		return true;
	return optional && run(scan, behind, end, at, rest);
}

/* Reads ?, {n} or {n,m} behind a digit or class. */
static const char *
read_repeat(const char *p, const char *end, size_t *least, size_t *most)
{
	*least = *most = 1;
	if (p < end && *p == '?')
	{
		*least = 0;
		return p + 1;
	}
	if (p == end || *p != '{')
		return p;
	for (*least = 0, p++; gdpr_is_digit((unsigned char) *p); p++)
		*least = *least * 10 + (size_t) (*p - '0');
	*most = *least;
	if (*p == ',')
	{
		for (*most = 0, p++; gdpr_is_digit((unsigned char) *p); p++)
			*most = *most * 10 + (size_t) (*p - '0');
	}
	return p + 1;
}

/* At the end of the pattern, or of the group that is open. */
static bool
run_rest(Scan *scan, size_t at, const Rest *rest)
{
	GdprPatternMatch *match = scan->match;
	size_t start;
	size_t end;

	if (rest == NULL)
	{
		match->len = at;
		return !scan->whole || at == scan->len;
	}
	if (rest->group < 0)
		return run(scan, rest->at, rest->end, at, rest->next);
	start = match->start[rest->group];
	end = match->end[rest->group];
	match->start[rest->group] = rest->start;
	match->end[rest->group] = at;
	if (run(scan, rest->at, rest->end, at, rest->next))
		return true;
	match->start[rest->group] = start;
	match->end[rest->group] = end;
	return false;
}

/* Matches p to end, which hold no alternatives of their own, and then the rest. */
static bool
run(Scan *scan, const char *p, const char *end, size_t at, const Rest *rest)
{
	const char *one = p;
	size_t least;
	size_t most;
	size_t count = 0;

	if (p == end)
		return run_rest(scan, at, rest);
	if (*p == '(')
		return run_group(scan, p, end, at, rest);
	if (*p == '$')
		return at == scan->len && run(scan, p + 1, end, at, rest);
	p = read_repeat(after_one(p), end, &least, &most);
	while (count < most && at + count < scan->len && matches_one(one, scan->digits[at + count]))
		count++;
	for (; count + 1 > least; count--)
	{
		if (run(scan, p, end, at + count, rest))
			return true;
		if (count == 0)
			break;
	}
	return false;
}

bool
gdpr_digit_pattern(const char *pattern, const char *digits, size_t len, bool whole, GdprPatternMatch *match)
{
	Scan scan = {pattern, digits, len, whole, match};

	memset(match, 0, sizeof(*match));
	return run_alternatives(&scan, pattern, pattern + strlen(pattern), 0, NULL);
}
