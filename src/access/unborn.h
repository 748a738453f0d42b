/*
 * unborn.h
 *		Subjects that a statement created for a proposed row which ON CONFLICT then kept out.
 */
#ifndef GDPR_UNBORN_H
#define GDPR_UNBORN_H

#include "gdpr.h"

/* A subject was created for a row that may not appear. */
extern void gdpr_unborn_remember(int64 subject, const char *key);

#endif /* GDPR_UNBORN_H */
