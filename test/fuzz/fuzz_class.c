/*
 * fuzz_class.c
 *		One target per class and check of personal data (TARGET is its name). Beyond reading no byte out of bounds, for
 *		every input: a canonical form is its own canonical form, stays within its buffer and is UTF-8 if the input
 *		was; folds and masks are made of anything; no mask holds a value of more than a few letters in whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pii/class.h"
#include "pii/classes/checks.h"
#include "pii/classes/classes.h"
#include "pii/classes/utf8.h"

#define REQUIRE(condition)                                           \
	do                                                               \
	{                                                                \
		if (!(condition))                                            \
		{                                                            \
			fprintf(stderr, "%s: not so: %s\n", TARGET, #condition); \
			abort();                                                 \
		}                                                            \
	} while (0)

static const char *const countries[] = {"BE", "NL", "FR", "DE", "LU", "US", "IT", "GB", "HU", "AQ"};

/* A buffer of exactly the size that the server gives, so that the sanitizer sees one byte too many. */
static GdprBuffer
room(size_t len)
{
	GdprBuffer buffer = {malloc(2 * len + 64), 0, 2 * len + 64, false};

	return buffer;
}

static bool
is_utf8(const char *s, size_t len)
{
	uint32_t c;
	size_t n = 0;

	for (size_t at = 0; at < len; at += n)
	{
		if ((n = gdpr_utf8_next(s + at, len - at, &c)) == 0)
			return false;
	}
	return true;
}

static bool
contains(const char *s, size_t len, const char *part, size_t part_len)
{
	for (size_t i = 0; i + part_len <= len; i++)
	{
		if (memcmp(s + i, part, part_len) == 0)
			return true;
	}
	return false;
}

static void
try_mask(const GdprClass *class, const char *value, size_t len, bool canonical)
{
	GdprBuffer mask = room(len);

	class->mask(value, len, &mask);
	REQUIRE(!mask.overflow);
	if (canonical)
		REQUIRE(is_utf8(mask.data, mask.len));

	/* Of an IP address that ends in zeros the network is all there is; a value may be asterisks itself. */
	if (canonical && class->id != GDPR_IP && memchr(value, '*', len) == NULL)
		REQUIRE(!contains(mask.data, mask.len, value, len));
	free(mask.data);
}

static void
try_fold(const GdprClass *class, const char *value, size_t len)
{
	GdprBuffer fold = room(len);

	if (class->fold != NULL)
	{
		class->fold(value, len, &fold);
		REQUIRE(!fold.overflow);
	}
	free(fold.data);
}

static void
try_value(GdprCheck (*normalise)(const char *, size_t, const GdprContext *, GdprBuffer *),
		  const GdprClass *class, const GdprContext *context, const char *in, size_t len)
{
	GdprBuffer out = room(len);

	if (normalise(in, len, context, &out) == GDPR_VALID && !out.overflow)
	{
		GdprBuffer again = room(out.len);

		REQUIRE(!is_utf8(in, len) || is_utf8(out.data, out.len));
		REQUIRE(normalise(out.data, out.len, context, &again) == GDPR_VALID);
		REQUIRE(again.len == out.len && memcmp(again.data, out.data, out.len) == 0);
		free(again.data);
		if (class != NULL)
		{
			try_fold(class, out.data, out.len);
			try_mask(class, out.data, out.len, true);
		}
	}
	free(out.data);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const GdprClass *class = gdpr_class_by_name(TARGET);
	const GdprNamedCheck *check = gdpr_check_by_name(TARGET);
	GdprContext context = {"", 20260601};
	char *copy;
	char *room;
	const char *in;
	size_t len = size;

	REQUIRE(class != NULL || check != NULL);
	if (size == 0)
		return 0;
	memcpy(context.country, countries[data[0] % (sizeof(countries) / sizeof(countries[0]))], 2);
	len--;
	copy = malloc(len + 1);
	memcpy(copy, data + 1, len);

	/* The end of the value is the end of the allocation. */
	copy = realloc(copy, len > 0 ? len : 1);
	in = copy;
	room = malloc(len > 0 ? len : 1);
	gdpr_tidy(class != NULL ? class->tidy : GDPR_TIDY, &in, &len, room);
	if (class == NULL || class->normalise != NULL)
		try_value(class != NULL ? class->normalise : check->normalise, class, &context, in, len);
	if (class != NULL)
	{
		try_fold(class, in, len);
		try_mask(class, in, len, false);
	}
	free(copy);
	free(room);
	return 0;
}
