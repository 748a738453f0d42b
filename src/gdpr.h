/*
 * gdpr.h
 *		What every room of the extension knows: its error codes and its place in the catalogs.
 */
#ifndef GDPR_H
#define GDPR_H

#include "postgres.h"

#include "catalog.h"
#include "compat.h"

/*
 * SQLSTATE class ZG: a privacy rule refused. Bad format, privilege and state keep PostgreSQL's own
 * codes (22P02, 42501, 55000); corrupted sealed values are XX001.
 */
#define ERRCODE_GDPR_NO_PURPOSE			 MAKE_SQLSTATE('Z', 'G', '0', '0', '1')
#define ERRCODE_GDPR_PURPOSE_NOT_GRANTED MAKE_SQLSTATE('Z', 'G', '0', '0', '2')
#define ERRCODE_GDPR_NOT_TAGGED			 MAKE_SQLSTATE('Z', 'G', '0', '0', '3')
#define ERRCODE_GDPR_NO_LAWFUL_BASIS	 MAKE_SQLSTATE('Z', 'G', '0', '0', '4')
#define ERRCODE_GDPR_OBJECTION			 MAKE_SQLSTATE('Z', 'G', '0', '0', '5')
#define ERRCODE_GDPR_RESTRICTED			 MAKE_SQLSTATE('Z', 'G', '0', '0', '6')
#define ERRCODE_GDPR_SUPPRESSED			 MAKE_SQLSTATE('Z', 'G', '0', '0', '7')
#define ERRCODE_GDPR_EVIDENCE			 MAKE_SQLSTATE('Z', 'G', '0', '0', '8')
#define ERRCODE_GDPR_NOTICE				 MAKE_SQLSTATE('Z', 'G', '0', '0', '9')
#define ERRCODE_GDPR_SPECIAL_CATEGORY	 MAKE_SQLSTATE('Z', 'G', '0', '1', '0')
#define ERRCODE_GDPR_CHILD				 MAKE_SQLSTATE('Z', 'G', '0', '1', '1')
#define ERRCODE_GDPR_NATIONAL_NUMBER	 MAKE_SQLSTATE('Z', 'G', '0', '1', '2')
#define ERRCODE_GDPR_INVALID_CONSENT	 MAKE_SQLSTATE('Z', 'G', '0', '1', '3')
#define ERRCODE_GDPR_NOT_ANONYMOUS		 MAKE_SQLSTATE('Z', 'G', '0', '1', '7')
#define ERRCODE_GDPR_KEY_UNAVAILABLE	 MAKE_SQLSTATE('Z', 'G', '0', '1', '9')
#define ERRCODE_GDPR_KEY_SHREDDED		 MAKE_SQLSTATE('Z', 'G', '0', '2', '0')

#endif /* GDPR_H */
