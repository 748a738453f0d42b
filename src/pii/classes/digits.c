/*
 * digits.c
 *		Check digits.
 */
#include "pii/classes/digits.h"
#include "pii/classes/utf8.h"

uint64_t
gdpr_number(const char *digits, size_t len)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value * 10 + (uint64_t) (digits[i] - '0');
	return value;
}

bool
gdpr_luhn(const char *digits, size_t len)
{
	int sum = 0;

	for (size_t i = 0; i < len; i++)
	{
		int digit = digits[len - 1 - i] - '0';

		if (i % 2 == 1)
			digit = digit * 2 > 9 ? digit * 2 - 9 : digit * 2;
		sum += digit;
	}
	return len > 0 && sum % 10 == 0;
}

int
gdpr_mod97(const char *s, size_t len, int rest)
{
	for (size_t i = 0; i < len; i++)
	{
		if (gdpr_is_digit((unsigned char) s[i]))
			rest = (rest * 10 + (s[i] - '0')) % 97;
		else
			rest = (rest * 100 + (s[i] - 'A' + 10)) % 97;
	}
	return rest;
}

char
gdpr_mrz_check(const char *field, size_t len)
{
	static const int weights[] = {7, 3, 1};
	int sum = 0;

	for (size_t i = 0; i < len; i++)
	{
		char c = field[i];
		int value = gdpr_is_digit((unsigned char) c) ? c - '0' : c == '<' ? 0 : c - 'A' + 10;

		sum += value * weights[i % 3];
	}
	return (char) ('0' + sum % 10);
}

bool
gdpr_read_digits(const char *in, size_t len, char *digits, size_t n)
{
	size_t count;

	return gdpr_compact(in, len, GDPR_SEPARATORS, digits, n, &count) && count == n &&
		   gdpr_all_digits(digits, n);
}

int
gdpr_days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	if (month < 1 || month > 12)
		return 0;
	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

int
gdpr_weighted(const char *digits, const int *weights, int n)
{
	int sum = 0;

	for (int i = 0; i < n; i++)
		sum += (digits[i] - '0') * weights[i];
	return sum;
}

bool
gdpr_mod11_10(const char *digits, size_t len)
{
	int product = 10;

	for (size_t i = 0; i + 1 < len; i++)
	{
		int sum = (digits[i] - '0' + product) % 10;

		product = (sum == 0 ? 10 : sum) * 2 % 11;
	}
	return (11 - product) % 10 == digits[len - 1] - '0';
}

char
gdpr_italian_letter(const char *s, size_t len)
{
	static const int odd[] = {1,  0,  5, 7, 9, 13, 15, 17, 19, 21, 2,  4,  18,
							  20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23};
	int sum = 0;

	for (size_t i = 0; i < len; i++)
	{
		int value = gdpr_is_digit((unsigned char) s[i]) ? s[i] - '0' : s[i] - 'A';

		sum += i % 2 == 0 ? odd[value] : value;
	}
	return (char) ('A' + sum % 26);
}

bool
gdpr_is_kennitala(const char *digits)
{
	static const int weights[] = {3, 2, 7, 6, 5, 4, 3, 2, 1};

	return gdpr_weighted(digits, weights, 9) % 11 == 0;
}
