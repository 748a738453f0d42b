/*
 * retention.h
 *		The settings of the room.
 */
#ifndef GDPR_RETENTION_H
#define GDPR_RETENTION_H

/* strict.c; from _PG_init. */
extern void gdpr_retention_init(void);

#endif /* GDPR_RETENTION_H */
