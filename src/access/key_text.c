/*
 * key_text.c
 *		Spells composite keys as record_out() does, so that (a, b)::text in SQL names the same subject.
 */
#include "gdpr.h"

#include "lib/stringinfo.h"

#include "access/key_text.h"

static void
append_quoted(StringInfo key, const char *value)
{
	bool quote = value[0] == '\0' || strpbrk(value, "\"\\(), \t\n\r\v\f") != NULL;

	if (!quote)
	{
		appendStringInfoString(key, value);
		return;
	}
	appendStringInfoChar(key, '"');
	for (; *value; value++)
	{
		if (*value == '"' || *value == '\\')
			appendStringInfoChar(key, *value);
		appendStringInfoChar(key, *value);
	}
	appendStringInfoChar(key, '"');
}

char *
gdpr_key_text(char **values, int count)
{
	StringInfoData key;

	if (count == 1)
		return values[0];
	initStringInfo(&key);
	for (int i = 0; i < count; i++)
	{
		appendStringInfoChar(&key, i == 0 ? '(' : ',');
		append_quoted(&key, values[i]);
	}
	appendStringInfoChar(&key, ')');
	return key.data;
}
