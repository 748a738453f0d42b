/*
 * checks.c
 *		The closed table of checks by name.
 */
#include "pii/classes/checks.h"

#include <string.h>

#include "pii/classes/classes.h"
#include "pii/classes/national_numbers.h"

/* clang-format off */
static const GdprNamedCheck checks[] = {
	{"advertising_id", "advertising identifier",
		"Expected an IDFA or GAID such as 6d92078a-8246-4ba4-ae5b-76104861e7dc; all zeros mean that tracking is "
		"refused: store NULL.",
		gdpr_advertising_id_normalise},
	{"android_id", "Android identifier", "Expected 16 hexadecimal digits.", gdpr_android_id_normalise},
	{"atc", "ATC code", "Expected a code such as C09AA05.", gdpr_atc_normalise},
	{"be_account", "Belgian account number", "Expected 12 digits such as 539-0075470-34.", gdpr_be_account_normalise},
	{"be_bis", "Belgian BIS number", "Expected 11 digits such as 98.47.28-997.65.", gdpr_be_bis_normalise},
	{"be_eid_card", "Belgian identity card number", "Expected 12 digits such as 591-1917064-58.",
		gdpr_id_card_normalise},
	{"be_enterprise", "Belgian enterprise number", "Expected 10 digits such as 0202.239.951, with or without BE.",
		gdpr_be_enterprise_normalise},
	{"be_inami", "INAMI/RIZIV number", "Expected 11 digits such as 1-00001-06-001.", gdpr_be_inami_normalise},
	{"be_national_number", "Belgian national register number", "Expected 11 digits such as 85.07.30-033.28.",
		gdpr_be_national_number_normalise},
	{"cookie_id", "cookie identifier", "Expected 8 to 128 letters, digits and - . _ ~.", gdpr_cookie_id_normalise},
	{"de_steuer_id", "German tax identifier", "Expected 11 digits such as 36 574 261 809.",
		gdpr_de_steuer_id_normalise},
	{"fr_nir", "French social security number", "Expected 15 characters such as 2 55 08 14 168 025 38.",
		gdpr_fr_nir_normalise},
	{"iccid", "SIM card number", "Expected 19 or 20 digits that begin with 89.", gdpr_iccid_normalise},
	{"icd10", "ICD-10 code", "Expected a code such as E11.9.", gdpr_icd10_normalise},
	{"imei", "IMEI", "Expected 14 to 16 digits such as 49-015420-323751-8.", gdpr_imei_normalise},
	{"imsi", "IMSI", "Expected 15 digits that begin with a mobile country code.", gdpr_imsi_normalise},
	{"mac", "MAC address", "Expected 12 hexadecimal digits such as 00:00:5e:00:53:01.", gdpr_mac_normalise},
	{"nl_bsn", "Dutch citizen service number", "Expected 9 digits such as 1112.22.333.", gdpr_nl_bsn_normalise},
	{"passport_mrz", "machine-readable passport data",
		"Expected the document number with its check digit, such as L898902C36, or the lines printed in the passport.",
		gdpr_passport_mrz_normalise},
	{"payment_card", "payment card number", "Expected 12 to 19 digits; a security code (CVV) may never be stored.",
		gdpr_payment_card_normalise},
	{"postal_code", "postal code", "Expected the form of the country, such as 1000 or BE-1000.",
		gdpr_postal_code_normalise}
};
/* clang-format on */

#define COUNT ((int) (sizeof(checks) / sizeof(checks[0])))

int
gdpr_check_count(void)
{
	return COUNT + gdpr_national_number_count;
}

const GdprNamedCheck *
gdpr_check_at(int i)
{
	if (i < 0 || i >= gdpr_check_count())
		return NULL;
	return i < COUNT ? &checks[i] : &gdpr_national_numbers[i - COUNT].check;
}

const GdprNamedCheck *
gdpr_check_by_name(const char *name)
{
	for (int i = 0; i < gdpr_check_count(); i++)
	{
		if (strcmp(gdpr_check_at(i)->name, name) == 0)
			return gdpr_check_at(i);
	}
	return NULL;
}
