/*
 * tap.h
 *		The little of the Test Anything Protocol that a C program needs.
 */
#ifndef TAP_H
#define TAP_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int tap_count = 0;
static int tap_failed = 0;

static inline bool
ok(bool passed, const char *name)
{
	printf("%sok %d - %s\n", passed ? "" : "not ", ++tap_count, name);
	fflush(stdout);
	if (!passed)
		tap_failed++;
	return passed;
}

/* Compare bytes with what a test vector says in hexadecimal. */
static inline bool
is_hex(const void *data, size_t len, const char *hex, const char *name)
{
	const uint8_t *bytes = data;
	char text[1024];

	for (size_t i = 0; i < len && 2 * i + 2 < sizeof(text); i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	if (ok(strlen(hex) == 2 * len && memcmp(text, hex, 2 * len) == 0, name))
		return true;
	printf("# got %.*s\n# expected %s\n", (int) (2 * len), text, hex);
	return false;
}

/* The exit status of main */
static inline int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed == 0 ? 0 : 1;
}

#endif /* TAP_H */
