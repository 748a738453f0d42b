/*
 * unused_subject.h
 *		Subjects that a statement created for a proposed row which ON CONFLICT then kept out.
 */
#ifndef GDPR_UNUSED_SUBJECT_H
#define GDPR_UNUSED_SUBJECT_H

#include "gdpr.h"

/* A subject was created for a row that may not appear. */
extern void gdpr_unused_subject_remember(int64 subject, const char *key);

#endif /* GDPR_UNUSED_SUBJECT_H */
