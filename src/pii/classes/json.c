/*
 * json.c
 *		JSON (RFC 8259): structure only, the text stays as it is. Iterative, so depth costs a bit and no stack.
 */
#include "pii/classes/classes.h"
#include "pii/classes/utf8.h"

/* Deeper than any document people write, and far less than what would tire a reader of the value. */
#define MAX_DEPTH 1024

typedef struct Scan
{
	const char *at;
	const char *end;
	int depth;
	uint64_t object[MAX_DEPTH / 64]; /* bit: this level is an object, not an array */
} Scan;

static void
skip_space(Scan *scan)
{
	while (scan->at < scan->end &&
		   (*scan->at == ' ' || *scan->at == '\t' || *scan->at == '\n' || *scan->at == '\r'))
		scan->at++;
}

static bool
take(Scan *scan, char c)
{
	if (scan->at == scan->end || *scan->at != c)
		return false;
	scan->at++;
	return true;
}

static bool
scan_word(Scan *scan, const char *word)
{
	size_t len = strlen(word);

	if ((size_t) (scan->end - scan->at) < len || memcmp(scan->at, word, len) != 0)
		return false;
	scan->at += len;
	return true;
}

static bool
scan_digits(Scan *scan)
{
	const char *start = scan->at;

	while (scan->at < scan->end && gdpr_is_digit((unsigned char) *scan->at))
		scan->at++;
	return scan->at > start;
}

static bool
scan_number(Scan *scan)
{
	take(scan, '-');
	if (!take(scan, '0') && !scan_digits(scan))
		return false;
	if (take(scan, '.') && !scan_digits(scan))
		return false;
	if (take(scan, 'e') || take(scan, 'E'))
	{
		if (!take(scan, '+'))
			take(scan, '-');
		return scan_digits(scan);
	}
	return true;
}

static bool
scan_escape(Scan *scan)
{
	if (take(scan, 'u'))
	{
		if (scan->end - scan->at < 4)
			return false;
		for (int i = 0; i < 4; i++)
		{
			if (!gdpr_is_hex((unsigned char) *scan->at++))
				return false;
		}
		return true;
	}
	if (scan->at == scan->end || *scan->at == 0 || strchr("\"\\/bfnrt", *scan->at) == NULL)
		return false;
	scan->at++;
	return true;
}

static bool
scan_string(Scan *scan)
{
	if (!take(scan, '"'))
		return false;
	while (scan->at < scan->end)
	{
		uint32_t c;
		size_t n = gdpr_utf8_next(scan->at, (size_t) (scan->end - scan->at), &c);

		if (n == 0 || c < 0x20)
			return false;
		scan->at += n;
		if (c == '"')
			return true;
		if (c == '\\' && !scan_escape(scan))
			return false;
	}
	return false;
}

static bool
in_object(const Scan *scan)
{
	return scan->depth > 0 && (scan->object[(scan->depth - 1) / 64] >> ((scan->depth - 1) % 64)) & 1;
}

static bool
open_level(Scan *scan, bool object)
{
	uint64_t bit;

	if (scan->depth == MAX_DEPTH)
		return false;
	bit = UINT64_C(1) << (scan->depth % 64);
	if (object)
		scan->object[scan->depth / 64] |= bit;
	else
		scan->object[scan->depth / 64] &= ~bit;
	scan->depth++;
	return true;
}

/* "key": of the next member, when the level is an object. */
static bool
scan_key(Scan *scan)
{
	skip_space(scan);
	if (!in_object(scan))
		return true;
	if (!scan_string(scan))
		return false;
	skip_space(scan);
	if (!take(scan, ':'))
		return false;
	skip_space(scan);
	return true;
}

static bool
scan_scalar(Scan *scan)
{
	if (scan->at == scan->end)
		return false;
	switch (*scan->at)
	{
		case '"':
			return scan_string(scan);
		case 't':
			return scan_word(scan, "true");
		case 'f':
			return scan_word(scan, "false");
		case 'n':
			return scan_word(scan, "null");
		default:
			return scan_number(scan);
	}
}

/* After a value: closes the levels that end here. More when another value must follow. */
static bool
scan_after_value(Scan *scan, bool *more)
{
	*more = false;
	for (;;)
	{
		skip_space(scan);
		if (scan->depth == 0)
			return scan->at == scan->end;
		if (take(scan, ','))
			return *more = scan_key(scan);
		if (!take(scan, in_object(scan) ? '}' : ']'))
			return false;
		scan->depth--;
	}
}

static bool
valid_json(Scan *scan)
{
	bool more = true;

	skip_space(scan);
	while (more)
	{
		bool object = scan->at < scan->end && *scan->at == '{';

		if (object || (scan->at < scan->end && *scan->at == '['))
		{
			scan->at++;
			if (!open_level(scan, object))
				return false;
			skip_space(scan);
			if (scan->at == scan->end || *scan->at != (object ? '}' : ']'))
			{
				if (!scan_key(scan))
					return false;
				continue; /* to the first value of this level */
			}
		}
		else if (!scan_scalar(scan))
			return false;
		if (!scan_after_value(scan, &more))
			return false;
	}
	return true;
}

GdprCheck
gdpr_json_normalise(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
{
	static const char mark[] = "\xEF\xBB\xBF";
	Scan scan;

	/* A byte order mark is no JSON, and what editors put in front of it (RFC 8259 section 8.1). */
	if (len > 3 && memcmp(in, mark, 3) == 0)
	{
		in += 3;
		len -= 3;
	}
	scan = (Scan){.at = in, .end = in + len};
	if (!valid_json(&scan))
		return GDPR_INVALID;
	gdpr_put(out, in, len);
	return GDPR_VALID;
}
