/*
 * discovery.h
 *		The room that finds personal data: its settings.
 */
#ifndef GDPR_DISCOVERY_H
#define GDPR_DISCOVERY_H

/* From _PG_init. */
extern void gdpr_discovery_init(void);

#endif /* GDPR_DISCOVERY_H */
