/*
 * gdpr.h
 *		What every room of the extension knows: its error codes and its place in the catalogs.
 */
#ifndef GDPR_H
#define GDPR_H

#include "postgres.h"

#include "catalog.h"
#include "compat.h"
#include "errors.h"

#endif /* GDPR_H */
