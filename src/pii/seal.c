/*
 * seal.c
 *		Sealing, binding and opening values (see seal.h).
 */
#include "pii/seal.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/datetime.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "crypto/aead.h"
#include "crypto/mac.h"
#include "pii/class_text.h"
#include "purpose/purpose.h"
#include "subject/cache.h"
#include "subject/subject.h"

#define OWN_PREFIXES   8
#define SEARCHABLE_IDS 16 /* class.h: 1-15 can be searched */

bool (*gdpr_lenient_input)(void) = NULL;

/* Under which prefixes of nonces this process sealed for which user, newest first. */
typedef struct OwnPrefix
{
	Oid user;
	uint8 prefix[GDPR_XPREFIX_LEN];
} OwnPrefix;

static OwnPrefix own[OWN_PREFIXES];

static void corrupted(void) pg_attribute_noreturn();

/* Keyed contexts for tokens, one per class. */
static GdprSecretMac token_macs[SEARCHABLE_IDS];

/* Takes over what it is made of. */
static void
token_of(const GdprClass *class, char *folded, size_t len, uint8 token[SEALED_TOKEN_LEN])
{
	GdprMac *mac = gdpr_secret_mac(&token_macs[class->id], "token", class->name, NULL);
	uint8 full[GDPR_MAC_LEN];
	bool ok = mac != NULL && gdpr_mac(mac, folded, len, full);

	gdpr_cleanse(folded, len);
	pfree(folded);
	if (!ok)
		elog(ERROR, "could not compute a token");
	memcpy(token, full, SEALED_TOKEN_LEN);
}

void
gdpr_token(const GdprClass *class, const char *canonical, size_t len, uint8 token[SEALED_TOKEN_LEN])
{
	size_t folded_len;
	char *folded = gdpr_class_fold(class, canonical, len, &folded_len);

	token_of(class, folded, folded_len, token);
}

/* That of no valid value: folds are UTF-8, in which no byte is 0xff. */
static void
unfit_token(const GdprClass *class, const char *text, size_t len, uint8 token[SEALED_TOKEN_LEN])
{
	char *marked = palloc(len + 1);

	marked[0] = (char) 0xff;
	memcpy(marked + 1, text, len);
	token_of(class, marked, len + 1, token);
}

void
gdpr_require_fit(const GdprPlain *plain)
{
	size_t len;
	char *text;

	if (!plain->unfit)
		return;
	text = gdpr_class_to_server(plain->data, plain->len, &len);
	if (text)
		(void) gdpr_class_normalise(plain->class, text, len, &len);
	corrupted();
}

/* Values of another user get another prefix, so that a nonce tells for which user it was drawn. */
static void
seal_for_user(void)
{
	if (own[0].user == GetUserId())
		return;
	gdpr_xaes_change_prefix();
	memmove(own + 1, own, sizeof(own) - sizeof(own[0]));
	own[0].user = GetUserId();
	memset(own[0].prefix, 0, sizeof(own[0].prefix));
}

bool
gdpr_sealed_here(const Sealed *sealed)
{
	if (sealed->subject != 0)
		return false;
	for (int i = 0; i < OWN_PREFIXES; i++)
		if (own[i].user == GetUserId() && memcmp(own[i].prefix, sealed->nonce, GDPR_XPREFIX_LEN) == 0)
			return true;
	return false;
}

struct varlena *
gdpr_seal_plain(const GdprPlain *plain, int64 subject, const uint8 *token)
{
	const GdprClass *class = plain->class;
	uint8 header[SEALED_MAX_HEADER];
	int flags = (class->padded ? SEALED_PADDED : 0) | (plain->unfit ? SEALED_UNFIT : 0);
	size_t header_len = gdpr_sealed_header(header, class->id, flags, subject, token);
	size_t nonce_len = subject == 0 ? GDPR_XNONCE_LEN : GDPR_NONCE_LEN;
	size_t body_len = plain->len;
	const char *body = plain->data;
	char *padded = NULL;
	struct varlena *value;
	GdprAad aad = {header, header_len, gdpr_database_id(), GDPR_DATABASE_ID_LEN};
	uint8 *at;
	bool ok;

	if (subject != 0)
		gdpr_require_fit(plain);
	if (class->padded)
	{
		body_len = (plain->len / SEALED_PAD_TO + 1) * SEALED_PAD_TO;
		padded = palloc0(body_len);
		memcpy(padded, plain->data, plain->len);
		padded[plain->len] = (char) 0x80;
		body = padded;
	}
	value = palloc(VARHDRSZ + header_len + nonce_len + body_len + GDPR_TAG_LEN);
	SET_VARSIZE(value, VARHDRSZ + header_len + nonce_len + body_len + GDPR_TAG_LEN);
	at = (uint8 *) VARDATA(value);
	memcpy(at, header, header_len);
	at += header_len;
	if (subject == 0)
	{
		seal_for_user();
		ok = gdpr_xaes_seal(gdpr_unbound_key(), &aad, body, body_len, at, at + nonce_len,
							at + nonce_len + body_len);
		memcpy(own[0].prefix, at, GDPR_XPREFIX_LEN);
	}
	else
	{
		const uint8 *key = gdpr_subject_key(subject);

		ok = gdpr_random(at, GDPR_NONCE_LEN) &&
			 gdpr_aead_seal(GDPR_AEAD_SUBJECT, key, at, &aad, body, body_len, at + nonce_len,
							at + nonce_len + body_len);
	}
	if (padded)
	{
		gdpr_cleanse(padded, body_len);
		pfree(padded);
	}
	if (!ok)
		elog(ERROR, "could not seal a value");
	return value;
}

/* Sealing answers "is this the person you hold?" through its token, so it takes a grant of any kind. */
static void
require_any_grant(void)
{
	if (superuser() || gdpr_purpose_granted_any(GetUserId()))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ZG002_PURPOSE_NOT_GRANTED),
			 errmsg("role \"%s\" holds no grant for any purpose, so it may not seal personal data",
					GetUserNameFromId(GetUserId(), false)),
			 errhint("SELECT gdpr.grant_purpose('<purpose>', '%s');", GetUserNameFromId(GetUserId(), false)),
			 errhidestmt(true)));
}

/* Takes over the plaintext. */
static struct varlena *
seal_canonical(GdprPlain *plain, int64 subject)
{
	uint8 token[SEALED_TOKEN_LEN];
	struct varlena *value;

	if (plain->class->searchable)
		gdpr_token(plain->class, plain->data, plain->len, token);
	value = gdpr_seal_plain(plain, subject, plain->class->searchable ? token : NULL);
	gdpr_plain_free(plain);
	return value;
}

struct varlena *
gdpr_seal_for_subject(const GdprClass *class, const char *in, size_t len, int64 subject)
{
	GdprPlain plain = {.class = class};

	plain.data = gdpr_class_normalise(class, in, len, &plain.len);
	return seal_canonical(&plain, subject);
}

/* What would be refused in plain, too: no date, no document. But for a day on which no one was born. */
static bool
is_refused_in_plain(const GdprClass *class, const char *in, size_t len, GdprCheck check)
{
	int year;
	int month;
	int day;
	int written[3];

	if (class->id != GDPR_BIRTH_DATE || check != GDPR_OUT_OF_RANGE)
		return class->id == GDPR_BIRTH_DATE || class->id == GDPR_JSON;
	if (sscanf(pnstrdup(in, len), "%4d-%2d-%2d", &written[0], &written[1], &written[2]) != 3)
		return true;
	j2date(date2j(written[0], written[1], written[2]), &year, &month, &day);
	return year != written[0] || month != written[1] || day != written[2];
}

/* NULL when it is nothing that could be compared. */
static struct varlena *
seal_unfit(const GdprClass *class, const char *in, size_t len, GdprCheck check)
{
	GdprPlain plain = {.class = class, .unfit = true};
	uint8 token[SEALED_TOKEN_LEN];

	if (len > class->max_len || is_refused_in_plain(class, in, len, check))
		return NULL;
	plain.data = gdpr_class_from_server(in, len, &plain.len);
	if (plain.data == NULL)
		return NULL;
	if (class->searchable)
		unfit_token(class, plain.data, plain.len, token);
	return gdpr_seal_plain(&plain, 0, class->searchable ? token : NULL);
}

void
gdpr_tell_empty(const GdprClass *class)
{
	static TimestampTz told[UINT8_MAX + 1];

	if (told[class->id] == GetCurrentStatementStartTimestamp())
		return;
	told[class->id] = GetCurrentStatementStartTimestamp();
	ereport(NOTICE, (errmsg("empty text is no value of type gdpr.pii_%s, so NULL is stored", class->name)));
}

static struct varlena *
seal_empty(const GdprClass *class)
{
	GdprPlain plain = {.class = class, .data = pstrdup("")};
	uint8 token[SEALED_TOKEN_LEN];
	struct varlena *value;

	if (class->searchable)
		gdpr_token(class, plain.data, 0, token);
	value = gdpr_seal_plain(&plain, 0, class->searchable ? token : NULL);
	gdpr_plain_free(&plain);
	return value;
}

struct varlena *
gdpr_seal(const GdprClass *class, const char *in, size_t len)
{
	GdprPlain plain = {.class = class};
	GdprCheck check;
	struct varlena *unfit = NULL;

	require_any_grant();
	if (gdpr_class_is_empty(class, in, len))
		return seal_empty(class);
	check = gdpr_class_check(class, in, len, &plain.data, &plain.len);
	if (check == GDPR_VALID)
		return seal_canonical(&plain, 0);
	if (gdpr_lenient_input && gdpr_lenient_input())
		unfit = seal_unfit(class, in, len, check);
	if (unfit == NULL)
		gdpr_class_raise(check, class->label, gdpr_class_hint(class));
	return unfit;
}

static void
corrupted(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED), errmsg("sealed value is corrupted"),
			 errdetail("Its authentication tag does not verify, so nothing of it is shown."),
			 errhint("Restore the row from a backup; a value of another database cannot be opened here.")));
}

void
gdpr_sealed_view(struct varlena *value, Sealed *sealed)
{
	if (!gdpr_sealed_parse((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value), sealed))
		corrupted();
}

/* Length without the padding; -1 when the padding is not ours. */
static ssize_t
unpadded_len(const char *data, size_t len)
{
	while (len > 0 && data[len - 1] == 0)
		len--;
	return len > 0 && (uint8) data[len - 1] == 0x80 ? (ssize_t) len - 1 : -1;
}

bool
gdpr_seal_try_open(const Sealed *sealed, GdprPlain *plain)
{
	GdprAad aad = {sealed->header, sealed->header_len, gdpr_database_id(), GDPR_DATABASE_ID_LEN};
	bool ok;

	plain->class = gdpr_class_by_id(sealed->class_id);
	plain->unfit = (sealed->flags & SEALED_UNFIT) != 0;
	plain->holder = palloc(VARHDRSZ + sealed->cipher_len + 1);
	plain->data = VARDATA(plain->holder);
	plain->len = sealed->cipher_len;
	if (sealed->subject == 0)
		ok = gdpr_xaes_open(gdpr_unbound_key(), sealed->nonce, &aad, sealed->cipher, sealed->cipher_len,
							sealed->tag, plain->data);
	else
		ok = gdpr_aead_open(GDPR_AEAD_SUBJECT, gdpr_subject_key_next(sealed->subject), sealed->nonce, &aad,
							sealed->cipher, sealed->cipher_len, sealed->tag, plain->data);
	if (ok && plain->class->padded)
	{
		ssize_t len = unpadded_len(plain->data, plain->len);

		ok = len >= 0;
		plain->len = ok ? (size_t) len : 0;
	}
	plain->data[plain->len] = '\0';
	if (!ok)
		gdpr_plain_free(plain);
	return ok;
}

void
gdpr_seal_open(const Sealed *sealed, GdprPlain *plain)
{
	if (!gdpr_seal_try_open(sealed, plain))
		corrupted();
}

bool
gdpr_token_fits(const Sealed *sealed, const GdprPlain *plain)
{
	uint8 token[SEALED_TOKEN_LEN];

	if (sealed->token == NULL || !plain->class->searchable)
		return (sealed->token == NULL) == !plain->class->searchable;
	gdpr_token(plain->class, plain->data, plain->len, token);
	return memcmp(token, sealed->token, SEALED_TOKEN_LEN) == 0;
}

void
gdpr_plain_free(GdprPlain *plain)
{
	gdpr_cleanse(plain->data, plain->len);
	pfree(plain->holder ? (void *) plain->holder : plain->data);
	plain->data = NULL;
}

struct varlena *
gdpr_plain_take(GdprPlain *plain)
{
	SET_VARSIZE(plain->holder, VARHDRSZ + plain->len);
	plain->data = NULL;
	return plain->holder;
}

struct varlena *
gdpr_seal_bind(struct varlena *value, int64 subject)
{
	Sealed sealed;
	GdprPlain plain;
	struct varlena *bound;

	AcceptInvalidationMessages();
	gdpr_sealed_view(value, &sealed);
	gdpr_seal_open(&sealed, &plain);
	bound = gdpr_seal_plain(&plain, subject, sealed.token);
	gdpr_plain_free(&plain);
	return bound;
}

const GdprClass *
gdpr_class_of_value(struct varlena *value)
{
	return VARSIZE_ANY_EXHDR(value) < 2 ? NULL : gdpr_class_by_id(((const uint8 *) VARDATA_ANY(value))[1]);
}

int64
gdpr_sealed_subject_of(struct varlena *value)
{
	return gdpr_sealed_subject((const uint8 *) VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value));
}

const GdprClass *
gdpr_class_of_type(Oid type)
{
	HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	const GdprClass *class = NULL;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_type form = (Form_pg_type) GETSTRUCT(tuple);

		if (form->typtype == TYPTYPE_DOMAIN)
			class = gdpr_class_of_type(getBaseType(type));
		else if (form->typnamespace == gdpr_schema_oid() && strncmp(NameStr(form->typname), "pii_", 4) == 0)
			class = gdpr_class_by_name(NameStr(form->typname) + 4);
		ReleaseSysCache(tuple);
	}
	return class;
}

Oid
gdpr_type_of_class(const GdprClass *class)
{
	char *name = psprintf("pii_%s", class->name);

	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, PointerGetDatum(name),
						   ObjectIdGetDatum(gdpr_schema_oid()));
}
