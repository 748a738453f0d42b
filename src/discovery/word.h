/*
 * word.h
 *		What the words in the names of columns and tables mean. words.txt is the list; no server here.
 */
#ifndef GDPR_DISCOVERY_WORD_H
#define GDPR_DISCOVERY_WORD_H

#include <stdbool.h>
#include <stddef.h>

typedef enum GdprWordMeaning
{
	GDPR_WORD_UNKNOWN,
	GDPR_WORD_NEUTRAL,	  /* says nothing: the, home, billing */
	GDPR_WORD_NOT,		  /* turns the meaning: verified, count, type */
	GDPR_WORD_THING,	  /* no person has it: product, file */
	GDPR_WORD_PARTICIPLE, /* turns the meaning of what stands before it: email_verified, not verified_email */
	GDPR_WORD_ID,
	GDPR_WORD_NUMBER,
	GDPR_WORD_DATE,
	GDPR_WORD_PERSON, /* who it is about: customer, author */
	GDPR_WORD_NAMED, /* the same, of a person of which a column of that name holds the name: author, recipient */
	GDPR_WORD_COMPANY,
	GDPR_WORD_EMAIL,
	GDPR_WORD_PHONE,
	GDPR_WORD_PARTNAME, /* complete by itself: firstname */
	GDPR_WORD_NAME,
	GDPR_WORD_NAMEMOD, /* first, last */
	GDPR_WORD_DISPLAY,
	GDPR_WORD_HANDLE,
	GDPR_WORD_BIRTH,
	GDPR_WORD_BIRTHYEAR,
	GDPR_WORD_BIRTHPLACE,
	GDPR_WORD_ADDRESS,
	GDPR_WORD_STREET,
	GDPR_WORD_HOUSENO,
	GDPR_WORD_BOX,
	GDPR_WORD_POSTCODE,
	GDPR_WORD_CITY,
	GDPR_WORD_PLACE,
	GDPR_WORD_REGION,
	GDPR_WORD_STATE,
	GDPR_WORD_COUNTRY,
	GDPR_WORD_GENDER,
	GDPR_WORD_NATIONALITY,
	GDPR_WORD_MARITAL,
	GDPR_WORD_OCCUPATION,
	GDPR_WORD_JOB,
	GDPR_WORD_TITLE,
	GDPR_WORD_NATIONALID,
	GDPR_WORD_TAXID,
	GDPR_WORD_IDCARD,
	GDPR_WORD_IBAN,
	GDPR_WORD_PAYCARD,
	GDPR_WORD_IP,
	GDPR_WORD_DEVICEID,
	GDPR_WORD_HEALTH,
	GDPR_WORD_RELIGION,
	GDPR_WORD_ETHNICITY,
	GDPR_WORD_POLITICS,
	GDPR_WORD_UNION,
	GDPR_WORD_SEXUAL,
	GDPR_WORD_BIOMETRIC,
	GDPR_WORD_GENETIC,
	GDPR_WORD_CRIMINAL,
	GDPR_WORD_PHOTO,
	GDPR_WORD_PICTURE, /* of a person, or of a thing */
	GDPR_WORD_IMAGE,   /* of a person only where a row is one */
	GDPR_WORD_LOGO,
	GDPR_WORD_RECORDING,
	GDPR_WORD_AGENT,
	GDPR_WORD_OS,
	GDPR_WORD_GEO,
	GDPR_WORD_PSEUDONYM,
	GDPR_WORD_EXTERNAL, /* a number in someone else's files */
	GDPR_WORD_SECRET,
	GDPR_WORD_NOTE,
	GDPR_WORD_URL,
	GDPR_WORD_MEANINGS
} GdprWordMeaning;

typedef struct GdprWord
{
	const char *word;
	GdprWordMeaning meaning;
} GdprWord;

/* The words of a name in order; those beyond the last are left out. */
#define GDPR_NAME_WORDS 12

typedef struct GdprNameWords
{
	int count;
	GdprWordMeaning word[GDPR_NAME_WORDS];
} GdprNameWords;

/* word_table.c, sorted */
extern const GdprWord gdpr_word_table[];
extern const int gdpr_word_count;

/*
 * The words of the name of a column or table, in UTF-8: at underscores, spaces, a change of case, digits, and where
 * words of the list are written together (geboortedatum, customeremail). Words of several parts are taken first.
 */
extern void gdpr_read_name(const char *name, size_t len, GdprNameWords *words);

extern bool gdpr_name_has(const GdprNameWords *words, GdprWordMeaning meaning);

#endif /* GDPR_DISCOVERY_WORD_H */
