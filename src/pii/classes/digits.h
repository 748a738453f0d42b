/*
 * digits.h
 *		Check digits.
 */
#ifndef GDPR_DIGITS_H
#define GDPR_DIGITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pii/class.h"

/* A number of at most 18 digits. */
extern uint64_t gdpr_number(const char *digits, size_t len);

/* ISO 7812, the last digit being the check. */
extern bool gdpr_luhn(const char *digits, size_t len);

/* The rest by 97 of digits and capital letters, A = 10 (ISO 7064). */
extern int gdpr_mod97(const char *s, size_t len, int rest);

/* The check digit of a field of a travel document (ICAO 9303): weights 7, 3, 1; < is 0. */
extern char gdpr_mrz_check(const char *field, size_t len);

/* Reads exactly n digits, separators left out. */
extern bool gdpr_read_digits(const char *in, size_t len, char *digits, size_t n);

/* The days of a month; 0 when there is no such month. */
extern int gdpr_days_in_month(int year, int month);

/* The sum of n digits times their weights. */
extern int gdpr_weighted(const char *digits, const int *weights, int n);

/* ISO 7064 mod 11,10, the last digit being the check. */
extern bool gdpr_mod11_10(const char *digits, size_t len);

/* The check letter of an Italian tax code or account: digits and capitals count otherwise at odd places. */
extern char gdpr_italian_letter(const char *s, size_t len);

/* Ten digits of which the ninth is an Icelandic check digit; accounts hold them too. */
extern bool gdpr_is_kennitala(const char *digits);

#endif /* GDPR_DIGITS_H */
