/*
 * test_keyset.c
 *		The text of a key file: what is accepted, what is refused, and that no refusal repeats what it refused.
 *
 * Links: crypto/keyset.c crypto/wrap.c crypto/mac.c crypto/aead.c crypto/gcm_sodium.c crypto/xaes.c crypto/random.c
 */
#include <stdlib.h>

#include "crypto/keyset.h"
#include "tap.h"

#define A "a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1a1"
#define B "B2b2B2b2B2b2B2b2B2b2B2b2B2b2B2b2B2b2B2b2B2b2B2b2B2b2B2b2B2b2B2b2"

static void
accepts(const char *text, uint32_t count, const char *active, const char *name)
{
	GdprKeySet set;
	GdprKeyReason why;
	bool parsed = gdpr_keyset_parse(text, strlen(text), &set, &why);

	ok(parsed && set.count == count && strcmp(set.keys[count - 1].id, active) == 0, name);
}

static void
refuses(const char *text, size_t len, const char *reason, const char *name)
{
	GdprKeySet set;
	GdprKeySet empty;
	GdprKeyReason why;

	memset(&empty, 0, sizeof(empty));
	ok(!gdpr_keyset_parse(text, len, &set, &why) && strstr(why.detail, reason) != NULL, name);
	ok(memcmp(&set, &empty, sizeof(set)) == 0 && strstr(why.detail, "1a1a") == NULL &&
		   strstr(why.hint, "1a1a") == NULL,
	   "... and nothing of it is left or repeated");
}

#define REFUSES(text, reason, name) refuses(text, sizeof(text) - 1, reason, name)

/* No text, however cut or altered, is read beyond its end (run it under a sanitizer) or half accepted. */
static void
mutations(void)
{
	static const char text[] = "# keys\n one:" A "\r\n\ntwo:" B "\n";
	bool all = true;

	srandom(1);
	for (int i = 0; i < 20000; i++)
	{
		size_t len = (size_t) random() % sizeof(text);
		char *copy = malloc(len == 0 ? 1 : len); /* of this size exactly */
		GdprKeySet set;
		GdprKeyReason why;

		memcpy(copy, text, len);
		for (int j = random() % 3; j > 0 && len > 0; j--)
			copy[(size_t) random() % len] = (char) random();
		if (gdpr_keyset_parse(copy, len, &set, &why))
			all &= set.count >= 1 && set.count <= 2;
		else
			all &= set.count == 0 && why.detail[0] != '\0' && why.hint[0] != '\0';
		free(copy);
	}
	ok(all, "mutated texts are accepted whole or refused with a reason");
}

int
main(void)
{
	GdprKeySet one, other;
	GdprKeyReason why;

	accepts("k:" A, 1, "k", "no newline at the end");
	accepts("k:" A "\nl:" B "\n", 2, "l", "the last line is the active key");
	accepts("\n# first\n\t k:" A " \r\n#" B "\n", 1, "k", "comments, blanks and carriage returns");
	accepts("2026-01_a.B:" B "\n", 1, "2026-01_a.B", "every kind of character of an id");

	REFUSES("", "no key line", "empty");
	REFUSES("k:" A "\n" A "\n", "Line 2 is malformed", "key without id");
	REFUSES("k :" A "\n", "Line 1 is malformed", "blank in an id");
	REFUSES("k: " A "\n", "too long", "blank before the key");
	REFUSES(A ":k\n", "Line 1 is malformed", "id of 64 characters");
	REFUSES("k:" A "\0\n", "too long", "NUL behind a key");
	REFUSES("k\0:" A "\n", "Line 1 is malformed", "NUL in an id");
	REFUSES("k:a" A "\n", "it has 65 digits", "long key");
	REFUSES("k:\n", "it has 0 digits", "no key");
	REFUSES("k:" A "\nk:" B "\n", "Line 2 repeats the id", "duplicate id");
	REFUSES("k:" A "\nl:" A "\n", "Line 2 repeats the key", "duplicate key");
	mutations();

	ok(gdpr_keyset_parse("k:" A "\nl:" B, 133, &one, &why) &&
		   gdpr_keyset_parse("l:" B "\nk:" A, 133, &other, &why) && gdpr_keyset_equal(&one, &one) &&
		   !gdpr_keyset_equal(&one, &other),
	   "another order is another set: another key is active");
	return done_testing();
}
