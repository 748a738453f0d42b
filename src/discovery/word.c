/*
 * word.c
 *		The names of columns and tables, taken apart into words that mean something.
 */
#include "discovery/word.h"

#include <stdlib.h>
#include <string.h>

#include "pii/classes/utf8.h"

#define NAME_BYTES	64 /* as long as the server lets a name be, folded */
#define JOINED		4  /* parts that a word of the list may be made of */
#define SHORT_WORDS 4  /* a part of a word written together has at least so many letters, but for some */

/* A name in lower case without accents, and where its parts begin. */
typedef struct Parts
{
	char text[NAME_BYTES];
	int start[NAME_BYTES + 1];
	int count;
} Parts;

static int
compare(const void *key, const void *entry)
{
	return strcmp(key, ((const GdprWord *) entry)->word);
}

static GdprWordMeaning
exactly(const char *word)
{
	const GdprWord *found = bsearch(word, gdpr_word_table, gdpr_word_count, sizeof(GdprWord), compare);

	return found == NULL ? GDPR_WORD_UNKNOWN : found->meaning;
}

/* The meaning of a word, which may be a plural. */
static GdprWordMeaning
meaning_of(const char *text, int len)
{
	static const char *const endings[] = {"", "s", "es", "en", "n", "e", "sen"};
	char word[NAME_BYTES];

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++)
	{
		int cut = (int) strlen(endings[i]);
		GdprWordMeaning meaning;

		if (cut > 0 && (len - cut < SHORT_WORDS || memcmp(text + len - cut, endings[i], cut) != 0))
			continue;
		memcpy(word, text, len - cut);
		word[len - cut] = '\0';
		meaning = exactly(word);
		if (meaning != GDPR_WORD_UNKNOWN)
			return meaning;
	}
	if (len <= SHORT_WORDS || memcmp(text + len - 3, "ies", 3) != 0)
		return GDPR_WORD_UNKNOWN;
	memcpy(word, text, len - 3);
	strcpy(word + len - 3, "y");
	return exactly(word);
}

/* What a character is for where a name is cut. */
static char
kind_of(uint32_t c)
{
	if (gdpr_is_digit(c))
		return '9';
	if (c >= 'A' && c <= 'Z')
		return 'A';
	if (gdpr_is_letter(c) || c >= 0x80)
		return 'a';
	return ' ';
}

/* Cuts a name: before a capital after a small letter, before the last of several capitals, around digits and signs. */
static void
cut(const char *name, size_t len, Parts *parts)
{
	GdprBuffer out = {parts->text, 0, NAME_BYTES - 1, false};
	char before = ' ';

	parts->count = 0;
	for (size_t at = 0, n; at < len && !out.overflow; at += n)
	{
		uint32_t c;
		uint32_t next;
		char kind;

		n = gdpr_utf8_next(name + at, len - at, &c);
		if (n == 0)
			break;
		kind = kind_of(c);
		if (kind != ' ')
		{
			bool first_of_word = kind == 'A' && before == 'A' &&
								 gdpr_utf8_next(name + at + n, len - at - n, &next) > 0 &&
								 kind_of(next) == 'a';

			if (before == ' ' || (kind == 'A' && before == 'a') || first_of_word ||
				(kind == '9') != (before == '9'))
				parts->start[parts->count++] = (int) out.len;
			gdpr_put_folded(&out, gdpr_char_lower(c));
		}
		before = kind;
	}
	parts->text[out.len] = '\0';
	parts->start[parts->count] = (int) out.len;
}

static bool
may_stand_inside(const char *text, int len)
{
	static const char *const short_words[] = {"nr",	 "no",	"id",  "ip",  "tel", "gsm", "fax",
											  "zip", "sex", "dob", "job", "age", "url", "nom",
											  "rue", "key", "num", "bic", "kto"};

	if (len >= SHORT_WORDS)
		return true;
	for (size_t i = 0; i < sizeof(short_words) / sizeof(short_words[0]); i++)
		if (gdpr_equal(text, len, short_words[i]))
			return true;
	return false;
}

/* A part that is wholly made of words of the list: the fewest words win. Answers their number, 0 for none. */
static int
take_apart(const char *text, int len, GdprWordMeaning *found, int room)
{
	int best = 0;
	GdprWordMeaning rest[GDPR_NAME_WORDS];

	for (int head = len - 1; head >= 2 && room > 1; head--)
	{
		GdprWordMeaning meaning;
		int count;

		if (!may_stand_inside(text, head) || (meaning = meaning_of(text, head)) == GDPR_WORD_UNKNOWN)
			continue;
		rest[0] = may_stand_inside(text + head, len - head) ? meaning_of(text + head, len - head)
															: GDPR_WORD_UNKNOWN;
		count = rest[0] != GDPR_WORD_UNKNOWN
					? 1
					: take_apart(text + head, len - head, rest, room > 3 ? 3 : room - 1);
		if (count > 0 && (best == 0 || count + 1 < best))
		{
			best = count + 1;
			found[0] = meaning;
			memcpy(found + 1, rest, count * sizeof(rest[0]));
		}
	}
	return best;
}

void
gdpr_read_name(const char *name, size_t len, GdprNameWords *words)
{
	Parts parts;

	words->count = 0;
	cut(name, len, &parts);
	for (int i = 0; i < parts.count && words->count < GDPR_NAME_WORDS;)
	{
		int joined = parts.count - i < JOINED ? parts.count - i : JOINED;
		const char *text = parts.text + parts.start[i];
		GdprWordMeaning meaning = GDPR_WORD_UNKNOWN;

		for (; joined > 0 && meaning == GDPR_WORD_UNKNOWN; joined--)
			meaning = meaning_of(text, parts.start[i + joined] - parts.start[i]);
		if (meaning != GDPR_WORD_UNKNOWN)
		{
			words->word[words->count++] = meaning;
			i += joined + 1;
			continue;
		}
		if (!gdpr_is_digit((unsigned char) *text))
		{
			int count = take_apart(text, parts.start[i + 1] - parts.start[i], words->word + words->count,
								   GDPR_NAME_WORDS - words->count);

			words->count += count;
			if (count == 0)
				words->word[words->count++] = GDPR_WORD_UNKNOWN;
		}
		i++;
	}
}

bool
gdpr_name_has(const GdprNameWords *words, GdprWordMeaning meaning)
{
	for (int i = 0; i < words->count; i++)
		if (words->word[i] == meaning)
			return true;
	return false;
}
