/*
 * pii_type.h
 *		What the catalogs call the PII types and what belongs to them: for code that looks at trees of statements.
 */
#ifndef GDPR_PII_TYPE_H
#define GDPR_PII_TYPE_H

#include "gdpr.h"
#include "nodes/nodes.h"
#include "pii/class.h"

typedef struct GdprPiiType
{
	const GdprClass *class;
	Oid type;
	Oid array;

	/* functions of one value, and of an array of them */
	Oid reveal;	   /* the cast to text */
	Oid asked;	   /* gdpr.reveal() */
	Oid asked_for; /* the same for a purpose that is named */
	Oid client;	   /* the same inside something that a client is sent */
	Oid client_array;
	Oid typed; /* of free text: what this session typed, as text */
	Oid found; /* counts the people that a condition found */
	Oid seal;  /* text to the type */
	Oid seal_array;
	Oid larger; /* of two */
	Oid smaller;

	/* operators: by token, of classes without one by the sealed bytes */
	Oid eq;
	Oid ne;
	Oid lt; /* none without a token */
	Oid gt;

	/* operators that open */
	Oid open_eq;
	Oid open_ne;
	Oid open_lt;
	Oid open_le;
	Oid open_ge;
	Oid open_gt;
} GdprPiiType;

/* What opens a value, and the same in a condition, where it is a search and no reveal. */
typedef struct GdprLook
{
	Oid reveal;
	Oid search;
	const GdprPiiType *of;
} GdprLook;

/*
 * False when this database knows no PII types: it has no extension, or is just getting it. The others answer NULL then,
 * and are to be asked only after this one, in the same command.
 */
extern bool gdpr_pii_types_known(void);

extern const GdprPiiType *gdpr_pii_type(Oid type);
extern const GdprPiiType *gdpr_pii_array(Oid type);

/* One of either. */
extern const GdprPiiType *gdpr_pii_type_or_array(Oid type);

/* The class whose token operator * < or > this is; for = and <>, any class. */
extern const GdprPiiType *gdpr_pii_order(Oid operator_id);
extern const GdprPiiType *gdpr_pii_equality(Oid operator_id);

/* A comparison that opens both of its operands? */
extern bool gdpr_opens(Oid operator_id);

/* By the function that reveals, or that searches. */
extern const GdprLook *gdpr_look_revealing(Oid function_id);
extern const GdprLook *gdpr_look_searching(Oid function_id);

/* The type whose cast to text this call is; NULL for anything else. */
extern const GdprPiiType *gdpr_revealing(const Node *node);

/* Search tokens: the type of their column, the operator that asks them, and the function that makes what is asked. */
extern Oid gdpr_search_tokens_type(void);
extern Oid gdpr_search_query_type(void);
extern Oid gdpr_search_tokens_operator(void);
extern Oid gdpr_search_for_function(Oid type); /* of a text, or of a typed value */

/* The type that the function makes of text; NULL when it does not seal. Or an array of it. */
extern const GdprPiiType *gdpr_sealing(Oid function_id);

#endif /* GDPR_PII_TYPE_H */
