/*
 * test_class_public.c
 *		Runs the classes over values from public lists (test/data, each file names its source) and prints the rates per
 *		class: valid values refused, values kept in a wrong form, invalid values accepted.
 *
 *		A line of a file is class, country, value, canonical form, with tabs between. An empty canonical form stands for
 *		a value that must be refused, * for any.
 *
 * Links: pii/class.c pii/classes/*.c
 */
#include <dirent.h>

#include "class_run.h"

#define MAX_CLASSES 64

typedef struct Rate
{
	char class[32];
	int valid;
	int refused;
	int wrong;
	int invalid;
	int accepted;
} Rate;

static Rate rates[MAX_CLASSES];

/* What may fail: numbering plans are kept generous, since ranges are assigned more often than the table is written. */
static const struct
{
	const char *class;
	int refused;
	int wrong;
	int accepted;
} bounds[] = {{"phone", 2, 0, 5}};

static Rate *
rate_of(const char *class)
{
	for (int i = 0; i < MAX_CLASSES; i++)
	{
		if (rates[i].class[0] == 0)
			snprintf(rates[i].class, sizeof(rates[i].class), "%s", class);
		if (strcmp(rates[i].class, class) == 0)
			return &rates[i];
	}
	printf("Bail out! more classes than fit\n");
	exit(1);
}

/* The n-th field of a line, terminated in place. */
static char *
cut_field(char **line)
{
	char *field = *line;
	char *tab = field != NULL ? strchr(field, '\t') : NULL;

	if (tab != NULL)
		*tab = 0;
	*line = tab != NULL ? tab + 1 : NULL;
	return field != NULL ? field : (char *) "";
}

static void
run_line(char *line, const char *file)
{
	GdprContext context = belgium;
	char out[4096];
	char again[4096];
	const char *class = cut_field(&line);
	const char *country = cut_field(&line);
	const char *value = cut_field(&line);
	const char *canonical = cut_field(&line);
	Rate *rate = rate_of(class);
	bool valid;

	if (country[0] != 0)
		snprintf(context.country, sizeof(context.country), "%s", country);
	valid = run_check(class, value, &context, out, sizeof(out)) == GDPR_VALID;
	if (canonical[0] == 0)
	{
		rate->invalid++;
		rate->accepted += valid;
		if (valid)
			printf("# %s: %s %s accepts %s as %s\n", file, class, country, value, out);
		return;
	}
	rate->valid++;
	rate->refused += !valid;
	if (!valid)
		printf("# %s: %s %s refuses %s\n", file, class, country, value);
	else if ((strcmp(canonical, "*") != 0 && strcmp(canonical, out) != 0) ||
			 run_check(class, out, &context, again, sizeof(again)) != GDPR_VALID || strcmp(out, again) != 0)
	{
		rate->wrong++;
		printf("# %s: %s %s keeps %s as %s\n", file, class, country, value, out);
	}
}

static void
run_file(const char *directory, const char *name)
{
	char path[512];
	char line[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "r");
	if (file == NULL)
	{
		printf("Bail out! cannot read %s\n", path);
		exit(1);
	}
	while (fgets(line, sizeof(line), file) != NULL)
	{
		line[strcspn(line, "\n")] = 0;
		if (line[0] != '#' && line[0] != 0)
			run_line(line, name);
	}
	fclose(file);
}

static void
report(const Rate *rate)
{
	char what[200];
	int refused = 0;
	int wrong = 0;
	int accepted = 0;

	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
	{
		if (strcmp(bounds[i].class, rate->class) == 0)
		{
			refused = bounds[i].refused;
			wrong = bounds[i].wrong;
			accepted = bounds[i].accepted;
		}
	}
	snprintf(what, sizeof(what), "%.31s: %d of %d valid refused, %d kept wrong; %d of %d invalid accepted",
			 rate->class, rate->refused, rate->valid, rate->wrong, rate->accepted, rate->invalid);
	ok(rate->refused <= refused && rate->wrong <= wrong && rate->accepted <= accepted, what);
}

int
main(void)
{
	/* From the top of the tree, or from here. */
	const char *directory = "test/data";
	DIR *files = opendir(directory);
	struct dirent *entry;

	if (files == NULL)
		files = opendir(directory = "../data");
	if (files == NULL)
	{
		printf("Bail out! no test/data\n");
		return 1;
	}
	while ((entry = readdir(files)) != NULL)
	{
		size_t len = strlen(entry->d_name);

		if (len > 4 && strcmp(entry->d_name + len - 4, ".tsv") == 0)
			run_file(directory, entry->d_name);
	}
	closedir(files);
	for (int i = 0; i < MAX_CLASSES && rates[i].class[0] != 0; i++)
		report(&rates[i]);
	return done_testing();
}
