/*
 * anchor.h
 *		What leaves the database so that no one can rewrite it there.
 */
#ifndef GDPR_ANCHOR_H
#define GDPR_ANCHOR_H

#include "gdpr.h"

#include "utils/guc.h"

/* Settings of the room; from _PG_init. */
extern void gdpr_anchor_init(void);

/* Check hook of a path that a restore of the data directory must not touch. */
extern bool gdpr_check_outside_data_directory(char **newval, void **extra, GucSource source);

#endif /* GDPR_ANCHOR_H */
