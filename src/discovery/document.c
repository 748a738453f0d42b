/*
 * document.c
 *		Walks JSON and XML without judging them: it never fails; where a text is not well-formed it goes on or stops.
 */
#include "discovery/document.h"

#include <string.h>

#include "discovery/value.h"
#include "pii/classes/utf8.h"

#define MAX_DEPTH 12

typedef struct Level
{
	size_t path_len; /* of the path without this level */
	bool is_array;
} Level;

typedef struct Walk
{
	const char *text;
	size_t len;
	size_t at;
	char path[GDPR_PATH_BYTES];
	size_t path_len;
	Level level[MAX_DEPTH];
	int depth;
	char key[64]; /* the last key above */
	size_t key_len;
	char value[GDPR_VALUE_BYTES];
	GdprDocumentValue found;
	void *state;
} Walk;

static void
set_path(Walk *walk, size_t base, const char *before, const char *key, size_t key_len)
{
	GdprBuffer out = {walk->path, base, GDPR_PATH_BYTES - 1, false};

	gdpr_put_string(&out, before);
	gdpr_put(&out, key, key_len);
	walk->path_len = out.len;
	walk->path[out.len] = '\0';
}

static void
set_key(Walk *walk, const char *key, size_t len)
{
	walk->key_len = len < sizeof(walk->key) ? len : sizeof(walk->key);
	memcpy(walk->key, key, walk->key_len);
}

static void
report(Walk *walk, const char *value, size_t len)
{
	walk->found(walk->state, walk->path, walk->key, walk->key_len, value, len);
}

static int
hex_value(char c)
{
	return gdpr_is_digit((unsigned char) c) ? c - '0' : (gdpr_lower(c) - 'a') + 10;
}

/* The character of \uXXXX; a half of a pair is no character. */
static uint32_t
read_unicode(const char *at, size_t left)
{
	uint32_t c = 0;

	if (left < 4)
		return '?';
	for (int i = 0; i < 4; i++)
	{
		if (!gdpr_is_hex((unsigned char) at[i]))
			return '?';
		c = c * 16 + (uint32_t) hex_value(at[i]);
	}
	return c == 0 || (c >= 0xD800 && c <= 0xDFFF) ? '?' : c;
}

/* The string at a quote, without escapes; what does not fit is left out. Ends behind the closing quote. */
static size_t
read_string(Walk *walk)
{
	GdprBuffer out = {walk->value, 0, sizeof(walk->value), false};

	for (walk->at++; walk->at < walk->len && walk->text[walk->at] != '"'; walk->at++)
	{
		char c = walk->text[walk->at];

		if (c != '\\' || walk->at + 1 >= walk->len)
		{
			gdpr_put_byte(&out, c);
			continue;
		}
		c = walk->text[++walk->at];
		if (c == 'u')
		{
			gdpr_put_char(&out, read_unicode(walk->text + walk->at + 1, walk->len - walk->at - 1));
			walk->at += walk->at + 4 < walk->len ? 4 : 0;
		}
		else
			gdpr_put_byte(&out, c == 'n' || c == 't' || c == 'r' ? ' ' : c);
	}
	walk->at += walk->at < walk->len;
	return out.len;
}

static void
open_level(Walk *walk, bool is_array)
{
	walk->level[walk->depth].path_len = walk->path_len;
	walk->level[walk->depth].is_array = is_array;
	walk->depth++;
	if (is_array)
		set_path(walk, walk->path_len, "[*]", "", 0);
	walk->at++;
}

static void
close_level(Walk *walk)
{
	walk->depth--;
	walk->path_len = walk->level[walk->depth].path_len;
	walk->path[walk->path_len] = '\0';
	walk->at++;
}

static bool
is_followed_by_colon(const Walk *walk)
{
	size_t at = walk->at;

	while (at < walk->len && (walk->text[at] == ' ' || walk->text[at] == '\n' || walk->text[at] == '\t'))
		at++;
	return at < walk->len && walk->text[at] == ':';
}

static void
read_json(Walk *walk)
{
	set_path(walk, 0, "$", "", 0);
	while (walk->at < walk->len)
	{
		char c = walk->text[walk->at];

		if ((c == '{' || c == '[') && walk->depth == MAX_DEPTH)
			return;
		if (c == '{' || c == '[')
			open_level(walk, c == '[');
		else if (c == '}' || c == ']')
		{
			if (walk->depth == 0)
				return;
			close_level(walk);
		}
		else if (c == '"')
		{
			size_t len = read_string(walk);

			if (walk->depth > 0 && !walk->level[walk->depth - 1].is_array && is_followed_by_colon(walk))
			{
				set_path(walk, walk->level[walk->depth - 1].path_len, ".", walk->value, len);
				set_key(walk, walk->value, len);
			}
			else
				report(walk, walk->value, len);
		}
		else if (gdpr_is_digit((unsigned char) c) || c == '-')
		{
			size_t begin = walk->at;

			while (walk->at < walk->len && strchr("+-.0123456789eE", walk->text[walk->at]) != NULL)
				walk->at++;
			report(walk, walk->text + begin, walk->at - begin);
		}
		else
			walk->at++;
	}
}

static bool
is_name_part(char c)
{
	return c != '>' && c != '/' && c != ' ' && c != '=' && c != '\n' && c != '\t' && c != '\r';
}

/* The attributes of a tag, up to its end; answers whether it closes itself. */
static bool
read_attributes(Walk *walk)
{
	bool closed = false;

	while (walk->at < walk->len && walk->text[walk->at] != '>')
	{
		size_t begin = walk->at;
		size_t name_len;
		size_t base = walk->path_len;

		while (walk->at < walk->len && is_name_part(walk->text[walk->at]))
			walk->at++;
		name_len = walk->at - begin;
		if (name_len == 0 || walk->at + 1 >= walk->len || walk->text[walk->at] != '=' ||
			walk->text[walk->at + 1] != '"')
		{
			closed = walk->at < walk->len && walk->text[walk->at] == '/';
			walk->at += walk->at < walk->len && walk->text[walk->at] != '>';
			continue;
		}
		set_path(walk, base, "/@", walk->text + begin, name_len);
		set_key(walk, walk->text + begin, name_len);
		walk->at++;
		report(walk, walk->value, read_string(walk));
		walk->path_len = base;
		walk->path[base] = '\0';
	}
	walk->at += walk->at < walk->len;
	return closed;
}

static void
read_tag(Walk *walk)
{
	size_t begin = ++walk->at;
	size_t len;

	if (walk->at < walk->len && walk->text[walk->at] == '/')
	{
		while (walk->at < walk->len && walk->text[walk->at] != '>')
			walk->at++;
		if (walk->depth > 0)
			close_level(walk);
		return;
	}
	while (walk->at < walk->len && is_name_part(walk->text[walk->at]))
		walk->at++;
	len = walk->at - begin;
	if (len == 0 || walk->text[begin] == '?' || walk->text[begin] == '!' || walk->depth == MAX_DEPTH)
	{
		while (walk->at < walk->len && walk->text[walk->at++] != '>')
			;
		return;
	}
	walk->level[walk->depth++].path_len = walk->path_len;
	set_path(walk, walk->path_len, "/", walk->text + begin, len);
	set_key(walk, walk->text + begin, len);
	if (read_attributes(walk))
	{
		walk->at--;
		close_level(walk);
	}
	else
		set_key(walk, walk->text + begin, len);
}

static void
read_xml(Walk *walk)
{
	while (walk->at < walk->len)
	{
		const char *text = walk->text + walk->at;
		const char *tag = memchr(text, '<', walk->len - walk->at);
		size_t len = tag != NULL ? (size_t) (tag - text) : walk->len - walk->at;

		walk->at += len;
		gdpr_trim(&text, &len);
		if (len > 0)
			report(walk, text, len);
		if (tag != NULL)
			read_tag(walk);
	}
}

void
gdpr_read_document(const char *text, size_t len, GdprDocumentValue found, void *state)
{
	Walk walk;

	memset(&walk, 0, sizeof(walk));
	gdpr_trim(&text, &len);
	walk.text = text;
	walk.len = len;
	walk.found = found;
	walk.state = state;
	if (len > 0 && *text == '<')
		read_xml(&walk);
	else if (len > 0)
		read_json(&walk);
}
