/*
 * seal.h
 *		Sealing, binding and opening values: where class, token, keys and structure meet.
 */
#ifndef GDPR_SEAL_H
#define GDPR_SEAL_H

#include "gdpr.h"
#include "pii/class.h"
#include "pii/sealed.h"

/* Opened plaintext: UTF-8 canonical form, or bytes. To be freed, which cleanses it, or taken. */
typedef struct GdprPlain
{
	const GdprClass *class;
	char *data; /* terminated */
	size_t len;
	bool unfit;				/* none of its class: see SEALED_UNFIT; binding it raises what is wrong with it */
	struct varlena *holder; /* what data lies in when it was opened; NULL when data was palloc'd itself */
} GdprPlain;

/*
 * Validate, normalise and seal a plaintext in the server's encoding, not yet bound to a subject. Raises what
 * gdpr_class_normalise raises, ZG002 when the current user holds no grant at all (it would be an oracle for
 * tokens), 55000/ZG019 without keys.
 *
 * Where gdpr_lenient_input says so, a text that is none of the class becomes a value that equals no valid one and
 * cannot be bound: WHERE email = 'not an address' finds no one, as it does in plain text.
 */
extern bool (*gdpr_lenient_input)(void);
extern struct varlena *gdpr_seal(const GdprClass *class, const char *plain, size_t len);

/*
 * Empty text is no value. Typed in, it is sealed as it is, equal to no one's, and a row keeps NULL in its place: said
 * once.
 */
extern void gdpr_tell_empty(const GdprClass *class);

/* The same for a subject in one step; checks no grant, so no one but protect() calls it. */
extern struct varlena *gdpr_seal_for_subject(const GdprClass *class, const char *plain, size_t len,
											 int64 subject);

/*
 * Did this process seal the unbound value for the current user? Only then may it be shown without being bound: the
 * user typed it. One process serves many users behind a pooler.
 */
extern bool gdpr_sealed_here(const Sealed *sealed);

/* Structure of a datum; raises XX001 when it is malformed. The view points into the detoasted copy. */
extern void gdpr_sealed_view(struct varlena *value, Sealed *sealed);

/*
 * Decrypt. Raises ZG019 key not loaded, ZG020 subject erased, XX001 corrupted. No policy here: the caller
 * must have asked it a moment ago, which accepted pending invalidations, or be binding.
 */
extern void gdpr_seal_open(const Sealed *sealed, GdprPlain *plain);

/* The same, but false for a corrupted value, of which the caller knows better where it stands. */
extern bool gdpr_seal_try_open(const Sealed *sealed, GdprPlain *plain);

/* Is the token of a value that of what was in it? Searches find a person by it. */
extern bool gdpr_token_fits(const Sealed *sealed, const GdprPlain *plain);
extern void gdpr_plain_free(GdprPlain *plain);

/* Raises what is wrong with a value that is none of its class, when more is asked of it than to be compared. */
extern void gdpr_require_fit(const GdprPlain *plain);

/* An opened plaintext as a datum of its own, without copying it; not to be freed as plaintext any more. */
extern struct varlena *gdpr_plain_take(GdprPlain *plain);

/* Seal an opened value for a subject (0 = unbound); the token is taken over. */
extern struct varlena *gdpr_seal_plain(const GdprPlain *plain, int64 subject, const uint8 *token);

/* A value bound to the subject, from one that is unbound or bound to someone else. */
extern struct varlena *gdpr_seal_bind(struct varlena *value, int64 subject);

/* The token of a canonical form. */
extern void gdpr_token(const GdprClass *class, const char *canonical, size_t len,
					   uint8 token[SEALED_TOKEN_LEN]);

/* Class and subject of a detoasted value, for those who need no more; NULL and -1 when malformed. */
extern const GdprClass *gdpr_class_of_value(struct varlena *value);
extern int64 gdpr_sealed_subject_of(struct varlena *value);

/* The class of a PII type, NULL when the type is none of ours; and the other way round. */
extern const GdprClass *gdpr_class_of_type(Oid type);
extern Oid gdpr_type_of_class(const GdprClass *class);

#endif /* GDPR_SEAL_H */
