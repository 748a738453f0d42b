/*
 * classes.h
 *		The callbacks of the classes of personal data, for the table in class.c, and what other rooms ask of a
 *		canonical form.
 */
#ifndef GDPR_CLASSES_H
#define GDPR_CLASSES_H

#include "pii/class.h"

#define GDPR_NORMALISE(name) \
	extern GdprCheck name(const char *in, size_t len, const GdprContext *context, GdprBuffer *out)
#define GDPR_FOLD(name) extern void name(const char *canonical, size_t len, GdprBuffer *out)
#define GDPR_MASK(name) extern void name(const char *canonical, size_t len, GdprBuffer *out)

/* address.c */
GDPR_NORMALISE(gdpr_address_normalise);
GDPR_FOLD(gdpr_address_fold);
GDPR_MASK(gdpr_address_mask);

/* birth_date.c */
GDPR_NORMALISE(gdpr_birth_date_normalise);
GDPR_MASK(gdpr_birth_date_mask);

/* The parts of a canonical birth date; 0 for a month or day that is not known. */
extern bool gdpr_birth_date_parse(const char *canonical, size_t len, int *year, int *month, int *day);

/* The latest day that its known parts leave open, as yyyymmdd; 0 when it is no birth date. */
extern int gdpr_birth_date_latest(const char *canonical, size_t len);

/*
 * Age in completed years on a day (yyyymmdd), by the calendar: who was born on 29 February is a year older on
 * 1 March. Unknown parts count as the latest possible day, so no one is taken to be older than they may be.
 * -1 when it is no birth date.
 */
extern int gdpr_birth_date_age(const char *canonical, size_t len, int on);

/* device_id.c */
GDPR_NORMALISE(gdpr_device_id_normalise);
GDPR_MASK(gdpr_device_id_mask);
GDPR_NORMALISE(gdpr_imei_normalise);
GDPR_NORMALISE(gdpr_imsi_normalise);
GDPR_NORMALISE(gdpr_iccid_normalise);
GDPR_NORMALISE(gdpr_mac_normalise);
GDPR_NORMALISE(gdpr_advertising_id_normalise);
GDPR_NORMALISE(gdpr_android_id_normalise);
GDPR_NORMALISE(gdpr_cookie_id_normalise);

/* email.c */
GDPR_NORMALISE(gdpr_email_normalise);
GDPR_FOLD(gdpr_email_fold);
GDPR_MASK(gdpr_email_mask);

/* health.c */
GDPR_NORMALISE(gdpr_icd10_normalise);
GDPR_NORMALISE(gdpr_atc_normalise);
GDPR_NORMALISE(gdpr_be_inami_normalise);

/* iban.c */
GDPR_NORMALISE(gdpr_iban_normalise);
GDPR_MASK(gdpr_iban_mask);
GDPR_NORMALISE(gdpr_be_account_normalise);
GDPR_NORMALISE(gdpr_payment_card_normalise);

/* id_card.c */
GDPR_NORMALISE(gdpr_id_card_normalise);
GDPR_MASK(gdpr_id_card_mask);
GDPR_NORMALISE(gdpr_passport_mrz_normalise);

/* ip.c */
GDPR_NORMALISE(gdpr_ip_normalise);
GDPR_MASK(gdpr_ip_mask);

/* json.c */
GDPR_NORMALISE(gdpr_json_normalise);

/* name.c */
GDPR_NORMALISE(gdpr_name_normalise);
GDPR_FOLD(gdpr_name_fold);
GDPR_MASK(gdpr_name_mask);

/* national_id.c */
GDPR_NORMALISE(gdpr_national_id_normalise);
GDPR_NORMALISE(gdpr_be_national_number_normalise);
GDPR_NORMALISE(gdpr_be_bis_normalise);
GDPR_NORMALISE(gdpr_be_enterprise_normalise);
GDPR_NORMALISE(gdpr_nl_bsn_normalise);
GDPR_NORMALISE(gdpr_fr_nir_normalise);
GDPR_NORMALISE(gdpr_de_steuer_id_normalise);

/*
 * A Belgian national register number or BIS number, the use of which needs an authorisation (Act of 8 August
 * 1983, art. 8). A number that could be German as well counts as Belgian: the gate errs on the closed side.
 */
extern bool gdpr_is_belgian_national_number(const char *canonical, size_t len);

/* phone.c */
GDPR_NORMALISE(gdpr_phone_normalise);
GDPR_MASK(gdpr_phone_mask);

/* postal_code.c */
GDPR_NORMALISE(gdpr_postal_code_normalise);

/* text.c */
GDPR_MASK(gdpr_hidden_mask);

#endif /* GDPR_CLASSES_H */
