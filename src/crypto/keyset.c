/*
 * keyset.c
 *		Read the text form of the master keys. A wrong line is named by its number only: what it holds may be
 *		a key with one digit too many.
 */
#include "crypto/keyset.h"

#include <openssl/crypto.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const write_lines =
	"Write one line \"id:key\" per key, the key as 64 hexadecimal digits (gdpr-keygen does), "
	"then SELECT pg_reload_conf().";

typedef struct Line
{
	int number;
	const char *text;
	size_t len;
} Line;

bool
gdpr_key_refuse(GdprKeyReason *why, const char *hint, const char *detail, ...)
{
	va_list args;

	va_start(args, detail);
	vsnprintf(why->detail, sizeof(why->detail), detail, args);
	va_end(args);
	snprintf(why->hint, sizeof(why->hint), "%s", hint);
	return false;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The next line without surrounding blanks; false at the end of the text */
static bool
next_line(const char **text, const char *end, Line *line)
{
	const char *newline;

	if (*text >= end)
		return false;
	newline = memchr(*text, '\n', end - *text);
	if (newline == NULL)
		newline = end;

	line->number++;
	line->text = *text;
	line->len = newline - *text;
	*text = newline + 1;
	for (; line->len > 0 && is_blank(line->text[0]); line->len--)
		line->text++;
	for (; line->len > 0 && is_blank(line->text[line->len - 1]); line->len--)
		;
	return true;
}

static bool
read_id(const Line *line, size_t len, char *id)
{
	if (len == 0 || len > GDPR_MASTER_ID_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		char c = line->text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
			  c == '_' || c == '-'))
			return false;
	}
	memcpy(id, line->text, len);
	id[len] = '\0';
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 'a' - 'A';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
read_hex(const char *hex, uint8_t key[GDPR_KEY_LEN])
{
	for (int i = 0; i < GDPR_KEY_LEN; i++)
	{
		int high = hex_digit(hex[2 * i]);
		int low = hex_digit(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			return false;
		key[i] = (uint8_t) (high << 4 | low);
	}
	return true;
}

static bool
is_new(const GdprKeySet *set, const GdprNamedKey *added, int line, GdprKeyReason *why)
{
	for (uint32_t i = 0; i < set->count; i++)
	{
		if (strcmp(set->keys[i].id, added->id) == 0)
			return gdpr_key_refuse(why, "Give every key an id of its own, then SELECT pg_reload_conf().",
								   "Line %d repeats the id of an earlier line.", line);
		if (CRYPTO_memcmp(set->keys[i].master.key, added->master.key, GDPR_KEY_LEN) == 0)
			return gdpr_key_refuse(why, "Remove one of the two lines, then SELECT pg_reload_conf().",
								   "Line %d repeats the key of an earlier line.", line);
	}
	return true;
}

static bool
read_key(const Line *line, GdprKeySet *set, GdprKeyReason *why)
{
	const char *colon = memchr(line->text, ':', line->len);
	GdprNamedKey *added;
	size_t digits;

	if (set->count == GDPR_MASTER_KEYS_MAX)
		return gdpr_key_refuse(
			why,
			"Rotate the master key, remove the lines of keys no longer used, then SELECT pg_reload_conf().",
			"There are more than %d keys.", GDPR_MASTER_KEYS_MAX);
	added = &set->keys[set->count];

	if (colon == NULL || !read_id(line, colon - line->text, added->id))
		return gdpr_key_refuse(why, write_lines,
							   "Line %d is malformed: it does not begin with an id and a colon.",
							   line->number);
	digits = line->len - (colon + 1 - line->text);
	if (digits != 2 * GDPR_KEY_LEN)
		return gdpr_key_refuse(why, write_lines,
							   "The key in line %d is too %s: it has %zu digits instead of %d.", line->number,
							   digits < 2 * GDPR_KEY_LEN ? "short" : "long", digits, 2 * GDPR_KEY_LEN);
	if (!read_hex(colon + 1, added->master.key))
		return gdpr_key_refuse(why, write_lines, "The key in line %d is malformed: it is not hexadecimal.",
							   line->number);
	if (!is_new(set, added, line->number, why))
		return false;
	if (!gdpr_fingerprint(added->master.key, added->master.fingerprint))
		return gdpr_key_refuse(
			why, "See whether openssl list -mac-algorithms works on this host, then SELECT pg_reload_conf().",
			"OpenSSL failed to compute a fingerprint.");
	set->count++;
	return true;
}

bool
gdpr_keyset_parse(const char *text, size_t len, GdprKeySet *set, GdprKeyReason *why)
{
	const char *end = text + len;
	Line line = {0};
	bool ok = true;

	memset(set, 0, sizeof(GdprKeySet));
	while (ok && next_line(&text, end, &line))
	{
		if (line.len > 0 && line.text[0] != '#')
			ok = read_key(&line, set, why);
	}
	if (ok && set->count == 0)
		ok = gdpr_key_refuse(why, write_lines, "There is no key line.");
	if (!ok)
		OPENSSL_cleanse(set, sizeof(GdprKeySet));
	return ok;
}

bool
gdpr_keyset_equal(const GdprKeySet *one, const GdprKeySet *other)
{
	if (one->count != other->count)
		return false;
	for (uint32_t i = 0; i < one->count; i++)
	{
		if (strcmp(one->keys[i].id, other->keys[i].id) != 0 ||
			CRYPTO_memcmp(one->keys[i].master.key, other->keys[i].master.key, GDPR_KEY_LEN) != 0)
			return false;
	}
	return true;
}
