/*
 * utf8.h
 *		Characters for the classes of personal data: decoding, folding, and the output buffer. Pure C.
 */
#ifndef GDPR_UTF8_H
#define GDPR_UTF8_H

#include <string.h>

#include "pii/class.h"

/* What a mask shows of a value it may not show anything of. One length for all lengths. */
#define GDPR_HIDDEN		"*****"

/* The separators people write numbers with. */
#define GDPR_SEPARATORS " .-/"

/* The next character of s; returns the bytes it takes, 0 at the end or when the bytes are not UTF-8. */
extern size_t gdpr_utf8_next(const char *s, size_t len, uint32_t *c);

/* The number of characters; bytes that are not UTF-8 count one each. */
extern size_t gdpr_utf8_length(const char *s, size_t len);

/* Leaves out white space and debris at both ends. */
extern void gdpr_trim(const char **s, size_t *len);

/*
 * What a class is handed of what was typed: no white space at the ends, no debris anywhere. Writes to room, of at least
 * len bytes, only when something within the text is left out; s then points there.
 */
extern void gdpr_tidy(GdprTidy tidy, const char **s, size_t *len, char *room);

extern bool gdpr_char_is_space(uint32_t c);
extern bool gdpr_char_is_control(uint32_t c);

/* No character of any text: interlinear marks, and code points that Unicode keeps free for programs. */
extern bool gdpr_char_is_stray(uint32_t c);

/* Neither seen nor meant: direction and byte order marks, zero-width spaces and the like that copying leaves behind. */
extern bool gdpr_char_is_debris(uint32_t c);

/* Not seen, but part of the spelling of names: the joiners of Persian and Indic, variants of Han and Mongolian. */
extern bool gdpr_char_is_joiner(uint32_t c);

/* An accent or vowel sign that people leave out. */
extern bool gdpr_char_is_accent(uint32_t c);

/* 0-9 for a decimal digit of any script, -1 for others. */
extern int gdpr_char_digit(uint32_t c);

/* The ASCII form of digits of all scripts, full-width characters, dashes and spaces; others as they are. */
extern uint32_t gdpr_char_ascii(uint32_t c);

extern uint32_t gdpr_char_lower(uint32_t c);

/* Appends what decides equality of names: lower case, no accents, ligatures written out. */
extern void gdpr_put_folded(GdprBuffer *out, uint32_t c);

extern void gdpr_put_char(GdprBuffer *out, uint32_t c);

/*
 * A number as people write it, without separators, in upper case. False when something else than ASCII
 * letters and digits is left, or it does not fit.
 */
extern bool gdpr_compact(const char *in, size_t len, const char *separators, char *out, size_t cap,
						 size_t *out_len);

static inline void
gdpr_put(GdprBuffer *out, const char *s, size_t len)
{
	if (out->overflow || len > out->cap - out->len)
	{
		out->overflow = true;
		return;
	}
	if (len > 0)
		memcpy(out->data + out->len, s, len);
	out->len += len;
}

static inline void
gdpr_put_string(GdprBuffer *out, const char *s)
{
	gdpr_put(out, s, strlen(s));
}

static inline void
gdpr_put_byte(GdprBuffer *out, char c)
{
	gdpr_put(out, &c, 1);
}

/* Character classes without locale: isdigit() and friends depend on one. */
static inline bool
gdpr_is_digit(uint32_t c)
{
	return c >= '0' && c <= '9';
}

static inline bool
gdpr_is_letter(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
gdpr_is_hex(uint32_t c)
{
	return gdpr_is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static inline char
gdpr_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char) (c - 'A' + 'a') : c;
}

static inline char
gdpr_upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char) (c - 'a' + 'A') : c;
}

static inline bool
gdpr_all_digits(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
	{
		if (!gdpr_is_digit((unsigned char) s[i]))
			return false;
	}
	return true;
}

static inline bool
gdpr_equal(const char *s, size_t len, const char *other)
{
	return len == strlen(other) && memcmp(s, other, len) == 0;
}

/* The value of a short run of digits. */
static inline int
gdpr_digits_value(const char *s, size_t len)
{
	int value = 0;

	for (size_t i = 0; i < len; i++)
		value = value * 10 + (s[i] - '0');
	return value;
}

#endif /* GDPR_UTF8_H */
