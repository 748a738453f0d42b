/*
 * apply.h
 *		What each strategy does; strategy.c lists them.
 */
#ifndef GDPR_APPLY_H
#define GDPR_APPLY_H

#include "anonymise/strategy.h"

extern Datum gdpr_apply_null(const GdprValue *value, bool *isnull);
extern Datum gdpr_apply_constant(const GdprValue *value, bool *isnull);
extern Datum gdpr_apply_generalise(const GdprValue *value, bool *isnull);
extern Datum gdpr_apply_truncate(const GdprValue *value, bool *isnull);
extern Datum gdpr_apply_round(const GdprValue *value, bool *isnull);
extern Datum gdpr_apply_noise(const GdprValue *value, bool *isnull);
extern Datum gdpr_apply_scramble(const GdprValue *value, bool *isnull);
extern Datum gdpr_apply_fake(const GdprValue *value, bool *isnull);
extern Datum gdpr_apply_pseudonym(const GdprValue *value, bool *isnull);
extern Datum gdpr_apply_to_column(const GdprValue *value, bool *isnull);
extern Datum gdpr_apply_mask(const GdprValue *value, bool *isnull);

#endif /* GDPR_APPLY_H */
