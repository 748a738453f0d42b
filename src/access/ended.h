/*
 * ended.h
 *		A person whose row is gone is not the next one who gets the same key.
 */
#ifndef GDPR_ENDED_H
#define GDPR_ENDED_H

#include "gdpr.h"

/* The row of a person in the subject table is deleted; the person's name goes with it, unless the row is back. */
extern void gdpr_person_gone(int64 number);

/* Who deletes the rows ends the people himself, by the batch. */
extern bool gdpr_ending_people;

extern void gdpr_ended_init(void);

#endif /* GDPR_ENDED_H */
