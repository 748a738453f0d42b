/*
 * number.c
 *		National identification numbers that are no class of their own, for discovery only: Spanish DNI and NIE, Italian
 *		codice fiscale, British national insurance number.
 */
#include "discovery/value.h"

#include <string.h>

#include "pii/classes/digits.h"
#include "pii/classes/utf8.h"

/* Eight digits and a letter, or X, Y, Z, seven digits and a letter, which is the rest by 23. */
static bool
is_spanish(const char *s, size_t len)
{
	static const char letters[] = "TRWAGMYFPDXBNJZSQVHLCKE";
	char digits[8];

	if (len != 9)
		return false;
	memcpy(digits, s, 8);
	if (digits[0] >= 'X' && digits[0] <= 'Z')
		digits[0] = (char) ('0' + digits[0] - 'X');
	return gdpr_all_digits(digits, 8) && s[8] == letters[gdpr_number(digits, 8) % 23];
}

/* Six letters, two digits, letter, two digits, letter, three digits, and a check letter over odd and even places. */
static bool
is_italian(const char *s, size_t len)
{
	static const char shape[] = "LLLLLLDDLDDLDDDL";
	static const int odd[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
							  20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
	int sum = 0;

	if (len != 16)
		return false;
	for (size_t i = 0; i < 16; i++)
	{
		bool digit = gdpr_is_digit((unsigned char) s[i]);
		int value;

		if (digit != (shape[i] == 'D') || (!digit && !gdpr_is_letter((unsigned char) s[i])))
			return false;
		value = digit ? s[i] - '0' : s[i] - 'A';
		if (i < 15)
			sum += i % 2 == 0 ? odd[value] : value;
	}
	return s[15] == 'A' + sum % 26;
}

/* Two letters, six digits, A to D. It has no check digit: the letters are few. */
static bool
is_british(const char *s, size_t len)
{
	return len == 9 && strchr("DFIQUV", s[0]) == NULL && strchr("DFIQUVO", s[1]) == NULL &&
		   gdpr_is_letter((unsigned char) s[0]) && gdpr_is_letter((unsigned char) s[1]) &&
		   gdpr_all_digits(s + 2, 6) && s[8] >= 'A' && s[8] <= 'D';
}

bool
gdpr_is_foreign_id(const char *compact, size_t len)
{
	return is_spanish(compact, len) || is_italian(compact, len) || is_british(compact, len);
}
