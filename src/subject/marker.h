/*
 * marker.h
 *		How backends hear of a change: relcache invalidation of empty marker relations, never of the tables
 *		themselves, so that no plan is thrown away and only what changed is forgotten. Right for abort,
 *		savepoint, two-phase commit and standby, because PostgreSQL's own invalidation is.
 *
 *		Markers 0-255 stand for the subjects with that number modulo 256; one more for purposes and grants.
 */
#ifndef GDPR_MARKER_H
#define GDPR_MARKER_H

#include "gdpr.h"

#define GDPR_MARKER_BUCKETS		256
#define GDPR_MARKER_PURPOSE		256 /* purposes and grants */
#define GDPR_MARKER_COUNT		257

#define GDPR_MARKER_OF(subject) ((int) ((uint64) (subject) % GDPR_MARKER_BUCKETS))

/* Called outside any transaction state: only forget, read nothing. marker = -1: everything. */
typedef void (*GdprMarkerCallback)(int marker);

extern void gdpr_marker_init(void);
extern void gdpr_marker_listen(GdprMarkerCallback callback);

/* Know the markers of this database: to be called before a cache that depends on them is filled. Cheap. */
extern void gdpr_marker_load(void);

/* Is the relation a marker, as far as this backend knows them? Reads nothing. */
extern bool gdpr_marker_is(Oid relid);

/* Tell every backend at commit (this one at the next command); once per marker and command. */
extern void gdpr_marker_send(int marker);

#endif /* GDPR_MARKER_H */
