/*
 * dictionary.h
 *		Names of people, places and other words that stand in the content of columns. No server here.
 */
#ifndef GDPR_DISCOVERY_DICTIONARY_H
#define GDPR_DISCOVERY_DICTIONARY_H

#include <stddef.h>
#include <stdint.h>

/* The lists that a word is in, as bits. */
#define GDPR_LIST_FIRST		  0x0001
#define GDPR_LIST_LAST		  0x0002
#define GDPR_LIST_PLACE		  0x0004
#define GDPR_LIST_STREET	  0x0008 /* in an address */
#define GDPR_LIST_STREETEND	  0x0010 /* at the end of the word for a street */
#define GDPR_LIST_PARTICLE	  0x0020 /* van, de */
#define GDPR_LIST_HONORIFIC	  0x0040
#define GDPR_LIST_COMPANY	  0x0080
#define GDPR_LIST_GENDER	  0x0100
#define GDPR_LIST_MARITAL	  0x0200
#define GDPR_LIST_NATIONALITY 0x0400
#define GDPR_LIST_OCCUPATION  0x0800
#define GDPR_LIST_REGION	  0x1000
#define GDPR_LIST_REGIONCODE  0x2000
#define GDPR_LIST_THING		  0x4000

typedef struct GdprDictionaryEntry
{
	uint32_t at; /* in gdpr_dictionary_text */
	uint32_t lists;
} GdprDictionaryEntry;

/* dictionary_table.c, sorted */
extern const char gdpr_dictionary_text[];
extern const GdprDictionaryEntry gdpr_dictionary[];
extern const int gdpr_dictionary_count;

/* The lists that a word is in; it is in lower case without accents, several words with one space between. */
extern uint32_t gdpr_dictionary_lists(const char *word, size_t len);

#endif /* GDPR_DISCOVERY_DICTIONARY_H */
