/*
 * purpose_table.h
 *		The columns of the purpose tables that C reads by position. purpose.sql keeps them first and in this
 *		order; an update of the extension adds columns behind the others.
 */
#ifndef GDPR_PURPOSE_TABLE_H
#define GDPR_PURPOSE_TABLE_H

/* gdpr.purpose */
enum
{
	PURPOSE_NUMBER = 1,
	PURPOSE_NAME,
	PURPOSE_BASIS,
	PURPOSE_DIRECT_MARKETING,
	PURPOSE_DESPITE_RESTRICTION,
	PURPOSE_ART9_CONDITION,
	PURPOSE_VALID_FROM,
	PURPOSE_VALID_TO,
	PURPOSE_BUILTIN
};

/* gdpr.purpose_grant */
enum
{
	GRANT_PURPOSE = 1,
	GRANT_ROLE,
	GRANT_LEVEL
};

/* gdpr.pseudonym_grant */
enum
{
	PSEUDONYM_GRANT_DOMAIN = 1,
	PSEUDONYM_GRANT_ROLE
};

/* gdpr.national_number_authorisation */
enum
{
	AUTHORISATION_PURPOSE = 1,
	AUTHORISATION_VALID_FROM,
	AUTHORISATION_VALID_TO
};

#endif /* GDPR_PURPOSE_TABLE_H */
