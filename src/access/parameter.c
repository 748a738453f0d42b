/*
 * parameter.c
 *		Parameters whose values a plan is made for, sealed in the plan (rewrite.h).
 */
#include "access/tree.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "access/access.h"
#include "access/pii_type.h"
#include "crypto/keyring.h"
#include "pii/class_text.h"

PG_FUNCTION_INFO_V1(gdpr_typed_text);

/* False when the plan is made for any value. */
static bool
known_value(Param *param, ParamListInfo params, Datum *value, bool *isnull)
{
	ParamExternData fetched;
	ParamExternData *known;

	if (params == NULL || !IsA(param, Param) || param->paramkind != PARAM_EXTERN || param->paramid <= 0 ||
		param->paramid > params->numParams)
		return false;
	known = params->paramFetch ? params->paramFetch(params, param->paramid, true, &fetched)
							   : &params->params[param->paramid - 1];
	*value = known->value;
	*isnull = known->isnull;
	return (known->pflags & PARAM_FLAG_CONST) && known->ptype == param->paramtype;
}

Node *
gdpr_seal_parameter(FuncExpr *seal, ParamListInfo params)
{
	Node *argument = linitial(seal->args);
	Datum value;
	bool isnull;

	while (IsA(argument, RelabelType))
		argument = (Node *) ((RelabelType *) argument)->arg;
	if (!known_value((Param *) argument, params, &value, &isnull))
		return (Node *) seal;
	if (!isnull)
		value = OidFunctionCall1(seal->funcid, value);
	return (Node *) makeConst(seal->funcresulttype, -1, exprCollation((Node *) seal), -1,
							  isnull ? (Datum) 0 : value, isnull, false);
}

/* Types whose values say something of a person when they are printed; arrays of them too. */
static bool
speaks(Oid type)
{
	Oid element = get_element_type(type);

	switch (OidIsValid(element) ? element : type)
	{
		case NAMEOID:
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case DATEOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
		case INETOID:
		case JSONBOID:
			return true;
		default:
			return false;
	}
}

/* By the type's input function, as it was printed. */
static Node *
as_type(Node *text, Param *param)
{
	CoerceViaIO *io = makeNode(CoerceViaIO);

	io->arg = (Expr *) text;
	io->resulttype = param->paramtype;
	io->resultcollid = param->paramcollid;
	io->coerceformat = COERCE_EXPLICIT_CAST;
	io->location = -1;
	return (Node *) io;
}

/* The text of a value, sealed, and what makes the value of it again when the plan runs. */
static Node *
hidden(Param *param, Datum value)
{
	Oid output;
	bool is_varlena;
	GdprPlain plain = {.class = gdpr_class_by_id(GDPR_TEXT)};
	const GdprPiiType *t = gdpr_pii_type(gdpr_type_of_class(plain.class));
	char *text;
	Node *node;

	getTypeOutputInfo(param->paramtype, &output, &is_varlena);
	text = OidOutputFunctionCall(output, value);
	plain.data = gdpr_class_from_server(text, strlen(text), &plain.len);
	if (t == NULL || !OidIsValid(t->typed) || plain.data == NULL)
		return (Node *) param;
	node = (Node *) makeConst(t->type, -1, get_typcollation(t->type), -1,
							  PointerGetDatum(gdpr_seal_plain(&plain, 0, NULL)), false, false);
	node = (Node *) gdpr_call(t->typed, TEXTOID, node);
	if (param->paramtype == TEXTOID)
		return node;
	if (param->paramtype == VARCHAROID || param->paramtype == BPCHAROID)
		return (Node *) makeRelabelType((Expr *) node, param->paramtype, -1, param->paramcollid,
										COERCE_IMPLICIT_CAST);
	return as_type(node, param);
}

static Node *
hide(Node *node, void *context)
{
	Datum value;
	bool isnull;

	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && speaks(((Param *) node)->paramtype) &&
		known_value((Param *) node, context, &value, &isnull) && !isnull)
		return hidden((Param *) node, value);
	return expression_tree_mutator(node, hide, context);
}

Node *
gdpr_hide_parameters(Node *node, ParamListInfo params)
{
	/* without a key there is nothing to seal them with, and nothing that they would be compared with */
	return params && gdpr_keyring_has_keys() ? hide(node, params) : node;
}

/* Only what this very session typed: no policy is asked, since nothing is told. */
Datum
gdpr_typed_text(PG_FUNCTION_ARGS)
{
	struct varlena *value = PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	Sealed sealed;
	GdprPlain plain;

	gdpr_sealed_view(value, &sealed);
	if (!gdpr_sealed_here(&sealed))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE), errmsg("value was typed by another session")));
	gdpr_seal_open(&sealed, &plain);
	PG_RETURN_TEXT_P(gdpr_plain_text(&plain));
}
