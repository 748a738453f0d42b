/*
 * judge.h
 *		From names, types, content and neighbours to what a column holds, and why. No server here.
 */
#ifndef GDPR_DISCOVERY_JUDGE_H
#define GDPR_DISCOVERY_JUDGE_H

#include "discovery/category.h"
#include "discovery/name.h"
#include "discovery/profile.h"

typedef enum GdprColumnType
{
	GDPR_TYPE_TEXT,
	GDPR_TYPE_NUMBER,
	GDPR_TYPE_DATE,
	GDPR_TYPE_TIMESTAMP,
	GDPR_TYPE_UUID,
	GDPR_TYPE_INET,
	GDPR_TYPE_MAC,
	GDPR_TYPE_BYTES,
	GDPR_TYPE_DOCUMENT, /* json, xml, arrays: judged by their paths */
	GDPR_TYPE_ENUM,
	GDPR_TYPE_OTHER, /* judged by its name, when that is clear */
	GDPR_TYPE_NEVER	 /* boolean, tsvector */
} GdprColumnType;

typedef struct GdprVerdict
{
	GdprCategoryId category;
	int confidence; /* 0-100 */
	bool by_name;
	bool by_type;
	int rate; /* thousandths of the distinct values that are of the category; -1: content said nothing of it */
	bool contains; /* only somewhere inside */
	bool by_neighbours;
} GdprVerdict;

typedef struct GdprColumnFacts
{
	GdprNameWords words;
	GdprColumnType type;
	bool is_key;				/* the primary key, or part of it */
	bool is_foreign_key;		/* or part of one */
	const GdprProfile *profile; /* NULL: not read */
	GdprVerdict verdict;
} GdprColumnFacts;

/* Judges the columns of a table, each beside the others. this_year: of the clock. */
extern void gdpr_judge_columns(GdprTableKind table, bool leads_to_people, GdprColumnFacts *columns, int count,
							   int this_year);

/* The evidence in words; out has room for GDPR_EVIDENCE_BYTES. */
#define GDPR_EVIDENCE_BYTES 400

extern void gdpr_put_evidence(const GdprColumnFacts *column, GdprBuffer *out);

#endif /* GDPR_DISCOVERY_JUDGE_H */
