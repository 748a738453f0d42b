/*
 * log.h
 *		What may be repeated of a statement.
 */
#ifndef GDPR_LOG_H
#define GDPR_LOG_H

#include "gdpr.h"

/* Learn whether this database holds the extension, as far as it can be known now. */
extern void gdpr_log_look(bool again);

/* Cut the value out of a COPY's error context, in place. */
extern void gdpr_cut_copy_context(char *context);

#endif /* GDPR_LOG_H */
