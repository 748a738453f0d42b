/*
 * class_run.h
 *		Runs the classes of personal data as the server does, without one: tidies, bounds the buffer exactly so that a
 *		sanitizer sees a byte too many, and checks what holds for every value.
 */
#ifndef CLASS_RUN_H
#define CLASS_RUN_H

#include <stdlib.h>

#include "pii/class.h"
#include "pii/classes/checks.h"
#include "pii/classes/classes.h"
#include "pii/classes/utf8.h"
#include "tap.h"

static const GdprContext belgium = {"BE", 20260601};

typedef GdprCheck (*Normalise)(const char *in, size_t len, const GdprContext *context, GdprBuffer *out);

static inline Normalise
normalise_of(const char *name)
{
	const GdprClass *class = gdpr_class_by_name(name);
	const GdprNamedCheck *check = gdpr_check_by_name(name);

	if (class == NULL && check == NULL)
	{
		printf("Bail out! no class or check %s\n", name);
		exit(1);
	}
	return class != NULL ? class->normalise : check->normalise;
}

static inline GdprTidy
tidy_of(const char *name)
{
	const GdprClass *class = gdpr_class_by_name(name);

	return class != NULL ? class->tidy : GDPR_TIDY;
}

/* The canonical form, terminated, in out. */
static inline GdprCheck
run_check(const char *name, const char *in, const GdprContext *context, char *out, size_t size)
{
	GdprBuffer buffer = {out, 0, size - 1, false};
	Normalise normalise = normalise_of(name);
	size_t len = strlen(in);
	char *room = malloc(len + 1);
	GdprCheck check;

	gdpr_tidy(tidy_of(name), &in, &len, room);
	check = normalise(in, len, context, &buffer);
	free(room);
	out[buffer.len] = 0;
	return check == GDPR_VALID && buffer.overflow ? GDPR_TOO_LONG : check;
}

/* The value is accepted, stored as expected, and its canonical form is its own canonical form. */
static inline void
accepts_in(const GdprContext *context, const char *name, const char *in, const char *expected)
{
	char out[4096];
	char again[4096];
	char what[4200];
	bool good = run_check(name, in, context, out, sizeof(out)) == GDPR_VALID && strcmp(out, expected) == 0 &&
				run_check(name, out, context, again, sizeof(again)) == GDPR_VALID && strcmp(out, again) == 0;

	snprintf(what, sizeof(what), "%s accepts %.100s", name, in);
	if (!ok(good, what))
		printf("# got %s\n# expected %s\n", out, expected);
}

static inline void
accepts(const char *name, const char *in, const char *expected)
{
	accepts_in(&belgium, name, in, expected);
}

static inline void
rejects_in(const GdprContext *context, const char *name, const char *in, GdprCheck expected)
{
	char out[4096];
	char what[4200];
	GdprCheck check = run_check(name, in, context, out, sizeof(out));

	snprintf(what, sizeof(what), "%s rejects %.100s", name, in);
	if (!ok(check == expected, what))
		printf("# got %d, expected %d\n", (int) check, (int) expected);
}

static inline void
rejects(const char *name, const char *in)
{
	rejects_in(&belgium, name, in, GDPR_INVALID);
}

typedef void (*Transform)(const char *canonical, size_t len, GdprBuffer *out);

static inline const char *
transformed(Transform transform, const char *in)
{
	static char out[4096];
	GdprBuffer buffer = {out, 0, sizeof(out) - 1, false};

	transform(in, strlen(in), &buffer);
	out[buffer.len] = 0;
	return out;
}

static inline void
masks(const char *name, const char *in, const char *expected)
{
	const char *mask = transformed(gdpr_class_by_name(name)->mask, in);
	char what[300];

	snprintf(what, sizeof(what), "mask of %s %.100s", name, in);
	if (!ok(strcmp(mask, expected) == 0, what))
		printf("# got %s\n# expected %s\n", mask, expected);
}

/* Two spellings that a search takes for one. Both are made canonical first. */
static inline void
compares(const char *name, const char *one, const char *other, bool equal)
{
	const GdprClass *class = gdpr_class_by_name(name);
	char canonical[2][4096];
	char folded[4096];
	char what[300];
	bool same;

	run_check(name, one, &belgium, canonical[0], sizeof(canonical[0]));
	run_check(name, other, &belgium, canonical[1], sizeof(canonical[1]));
	if (class->fold != NULL)
	{
		strcpy(folded, transformed(class->fold, canonical[0]));
		same = strcmp(folded, transformed(class->fold, canonical[1])) == 0;
	}
	else
		same = strcmp(canonical[0], canonical[1]) == 0;
	snprintf(what, sizeof(what), "%s %.80s %s %.80s", name, one, equal ? "is" : "is not", other);
	if (!ok(same == equal, what) && class->fold != NULL)
		printf("# %s and %s\n", folded, transformed(class->fold, canonical[1]));
}

#endif /* CLASS_RUN_H */
