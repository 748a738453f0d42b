/*
 * bank_account.h
 *		What stands behind the first four characters of an IBAN: its structure and the check digits of the country.
 */
#ifndef GDPR_BANK_ACCOUNT_H
#define GDPR_BANK_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>

/* True when the text is built as accounts of the country are (ISO 13616), and its own check digits are right. */
extern bool gdpr_bank_account(const char *country, const char *account, size_t len);

/* The last two of twelve digits are the first ten modulo 97, or 97 for 0: Belgian accounts and identity cards. */
extern bool gdpr_be_check(const char *digits);

#endif /* GDPR_BANK_ACCOUNT_H */
