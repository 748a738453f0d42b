/*
 * dictionary.c
 *		Looks a word up.
 */
#include "discovery/dictionary.h"

#include <string.h>

uint32_t
gdpr_dictionary_lists(const char *word, size_t len)
{
	int low = 0;
	int high = gdpr_dictionary_count - 1;

	while (low <= high)
	{
		int middle = (low + high) / 2;
		const char *entry = gdpr_dictionary_text + gdpr_dictionary[middle].at;
		int order = strncmp(word, entry, len);

		if (order == 0 && entry[len] == '\0')
			return gdpr_dictionary[middle].lists;
		if (order > 0)
			low = middle + 1;
		else
			high = middle - 1;
	}
	return 0;
}
