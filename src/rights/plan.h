/*
 * plan.h
 *		The remembered plans of erasures and copies.
 */
#ifndef GDPR_PLAN_H
#define GDPR_PLAN_H

/* Listens to what makes them outdated; from _PG_init. */
extern void gdpr_plan_init(void);

#endif /* GDPR_PLAN_H */
