/*
 * policy.c
 *		The decision (see policy.h).
 *
 *		Speed. The claim of the session (purpose, grant) is kept until a purpose, grant, membership, role or the
 *		setting changes. The verdict about a subject is kept in the subject's cache slot for the questions last
 *		asked, with the time at which it next changes: a warm row costs one cache line and a few comparisons.
 */
#include "policy/policy.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "port/pg_bswap.h"
#include "utils/acl.h"
#include "utils/inval.h"
#include "utils/timestamp.h"

#include "pii/classes/classes.h"
#include "subject/cache.h"
#include "subject/marker.h"
#include "subject/subject.h"

/* The claim of the session, and what it depends on. */
static GdprClaim session_claim;
static Oid session_claim_user = InvalidOid;
static uint64 session_claim_generation = 0;

/*
 * The questions that verdicts in the subject cache answer. A question is all of a purpose that the decision looks
 * at, so that SET LOCAL gdpr.purpose, transaction after transaction, forgets nothing; a changed one gets a new
 * number.
 */
typedef struct Question
{
	uint32 number; /* 0 = none */
	GdprPurpose purpose;
} Question;

static Question questions[GDPR_QUESTIONS];
static uint32 questions_asked = 0;
static int last_question = 0;

static void judge_fetched(GdprSubject *subject, const uint8 *permissions, size_t len);

void
gdpr_policy_init(void)
{
	gdpr_subject_cache_judge(judge_fetched);
}

static void
make_claim(const GdprPurpose *purpose, bool stated, GdprClaim *claim)
{
	memset(claim, 0, sizeof(*claim));
	if (purpose == NULL)
	{
		claim->reason = stated ? GDPR_DENIED_NOT_GRANTED : GDPR_DENIED_PURPOSE_UNSET;
		return;
	}
	claim->purpose = *purpose;
	claim->grant = gdpr_purpose_granted(GetUserId(), claim->purpose.number);
	claim->reason = claim->grant == GDPR_GRANT_NONE ? GDPR_DENIED_NOT_GRANTED : GDPR_ALLOWED;
}

const GdprClaim *
gdpr_policy_claim(void)
{
	AcceptInvalidationMessages();
	gdpr_require_catalog();
	gdpr_pass_gate();
	if (session_claim_user != GetUserId() || session_claim_generation != gdpr_purpose_generation())
	{
		uint64 generation;

		gdpr_marker_load();
		generation = gdpr_purpose_generation();
		make_claim(gdpr_purpose_current(true), gdpr_purpose_setting()[0] != '\0', &session_claim);
		session_claim_user = GetUserId();
		session_claim_generation = generation;
	}
	return &session_claim;
}

void
gdpr_policy_claim_for(const char *purpose, GdprClaim *claim)
{
	AcceptInvalidationMessages();
	gdpr_require_catalog();
	gdpr_pass_gate();
	gdpr_marker_load();
	make_claim(gdpr_purpose_by_name(purpose), true, claim);
}

static bool
may_object(const GdprPurpose *purpose)
{
	return purpose->direct_marketing || purpose->basis == GDPR_BASIS_PUBLIC_TASK ||
		   purpose->basis == GDPR_BASIS_LEGITIMATE_INTERESTS;
}

GdprReason
gdpr_policy_judge(const GdprPurpose *purpose, const uint8 *permissions, size_t len, uint16 channels,
				  TimestampTz now, TimestampTz *until)
{
	bool consented = false;
	bool objected = false;

	*until = DT_NOEND;
	if (permissions && (len < PERMISSION_HEADER || permissions[0] != PERMISSION_VERSION))
		ereport(ERROR, (errcode(ERRCODE_DATA_CORRUPTED), errmsg("a set of permissions has an unknown form"),
						errhint("Restore the row of gdpr.subject from a backup.")));
	if (permissions && (permissions[1] & PERMISSION_RESTRICTED) && !purpose->despite_restriction)
		return GDPR_DENIED_RESTRICTED;

	for (size_t at = PERMISSION_HEADER; permissions && at + PERMISSION_ENTRY <= len; at += PERMISSION_ENTRY)
	{
		uint32 number;
		uint16 kind;
		uint16 on;
		int64 end;

		memcpy(&number, permissions + at, 4);
		if ((int32) pg_ntoh32(number) != purpose->number)
			continue;
		memcpy(&kind, permissions + at + 4, 2);
		memcpy(&on, permissions + at + 6, 2);
		memcpy(&end, permissions + at + 8, 8);
		kind = pg_ntoh16(kind);
		on = pg_ntoh16(on);
		end = (int64) pg_ntoh64((uint64) end);
		if (end <= now || !(on & (channels | GDPR_CHANNEL_BIT_ANY)))
			continue;
		if (kind == PERMISSION_OPT_OUT || (kind == PERMISSION_OBJECTION && may_object(purpose)))
			objected = true;
		else if (kind == PERMISSION_CONSENT)
			consented = true;
		*until = Min(*until, end);
	}
	if (objected)
		return GDPR_DENIED_OBJECTION;
	if (purpose->basis == GDPR_BASIS_CONSENT && !consented)
		return GDPR_DENIED_NO_BASIS;
	return GDPR_ALLOWED;
}

static void
judge_fetched(GdprSubject *subject, const uint8 *permissions, size_t len)
{
	subject->verdict_until = DT_NOEND;
	for (int i = 0; i < GDPR_QUESTIONS && questions[i].number != 0; i++)
	{
		TimestampTz until;

		subject->verdict[i] = gdpr_policy_judge(&questions[i].purpose, permissions, len, GDPR_ANY_CHANNEL,
												GetCurrentStatementStartTimestamp(), &until);
		subject->judged_for[i] = questions[i].number;
		subject->verdict_until = Min(subject->verdict_until, until);
	}
}

static inline bool
asks_for(const Question *question, const GdprPurpose *purpose)
{
	return question->purpose.number == purpose->number && question->number != 0 &&
		   question->purpose.basis == purpose->basis &&
		   question->purpose.direct_marketing == purpose->direct_marketing &&
		   question->purpose.despite_restriction == purpose->despite_restriction;
}

/* Takes the place of the one asked longest ago when it is new. */
static pg_noinline int
ask_another(const GdprPurpose *purpose)
{
	for (int i = 0; i < GDPR_QUESTIONS; i++)
		if (asks_for(&questions[i], purpose))
			return last_question = i;
	last_question = questions[last_question].number == 0 ? 0 : (last_question + 1) % GDPR_QUESTIONS;
	if (++questions_asked == 0)
	{
		gdpr_subject_cache_forget(); /* old numbers begin to come back */
		questions_asked = 1;
	}
	questions[last_question].purpose = *purpose;
	questions[last_question].number = questions_asked;
	return last_question;
}

/* Which of the questions this is. */
static inline int
ask(const GdprPurpose *purpose)
{
	if (likely(asks_for(&questions[last_question], purpose)))
		return last_question;
	return ask_another(purpose);
}

static GdprReason
verdict_of(GdprSubject *subject, int64 number, int question)
{
	if (unlikely(subject->judged_for[question] != questions[question].number ||
				 subject->verdict_until <= GetCurrentStatementStartTimestamp()))
		subject = gdpr_subject_get_again(number);
	return (GdprReason) subject->verdict[question];
}

GdprReason
gdpr_policy_subject(const GdprPurpose *purpose, int64 subject)
{
	int question;

	if (subject == 0)
		return GDPR_ALLOWED;
	AcceptInvalidationMessages();
	question = ask(purpose);
	return verdict_of(gdpr_subject_get_next(subject), subject, question);
}

GdprReason
gdpr_policy_claimed(const GdprClaim *claim, int64 subject)
{
	int question;

	if (claim->reason != GDPR_ALLOWED || subject == 0)
		return claim->reason;
	question = ask(&claim->purpose);
	return verdict_of(gdpr_subject_get_next(subject), subject, question);
}

GdprReason
gdpr_policy_class(const GdprPurpose *purpose, const GdprClass *class, const char *canonical, size_t len)
{
	if (class->id == GDPR_HEALTH && !purpose->special_category)
		return GDPR_DENIED_SPECIAL_CATEGORY;
	if (class->id == GDPR_NATIONAL_ID && canonical && !purpose->national_number &&
		gdpr_is_belgian_national_number(canonical, len))
		return GDPR_DENIED_NATIONAL_NUMBER;
	return GDPR_ALLOWED;
}

typedef struct ReasonText
{
	int code;
	const char *text;
	const char *hint; /* %s is the purpose */
} ReasonText;

static const ReasonText reasons[] = {
	[GDPR_ALLOWED] = {ERRCODE_SUCCESSFUL_COMPLETION, "allowed", ""},
	[GDPR_DENIED_PURPOSE_UNSET] = {ERRCODE_ZG001_NO_PURPOSE, "no purpose is stated",
								   "SET gdpr.purpose = '<purpose>'; states why the data are needed."},
	[GDPR_DENIED_NOT_GRANTED] = {ERRCODE_ZG002_PURPOSE_NOT_GRANTED, "the purpose is unknown or not granted",
								 "SELECT gdpr.grant_purpose('%s', '<role>'); lets a role work for it."},
	[GDPR_DENIED_NOT_TAGGED] = {ERRCODE_ZG003_NOT_TAGGED, "the row was not collected",
								"The tag of the row does not contain '%s'."},
	[GDPR_DENIED_NO_BASIS] =
		{ERRCODE_ZG004_NO_LAWFUL_BASIS, "no valid consent",
		 "SELECT * FROM gdpr.explain_processing('<table>', '<key>', '%s'); gdpr.give_consent() records one."},
	[GDPR_DENIED_OBJECTION] = {ERRCODE_ZG005_OBJECTION, "the person objected",
							   "SELECT * FROM gdpr.explain_processing('<table>', '<key>', '%s');"},
	[GDPR_DENIED_RESTRICTED] =
		{ERRCODE_ZG006_RESTRICTED, "processing is restricted",
		 "Only storage, legal claims and protection of others are allowed, which '%s' is not."},
	[GDPR_DENIED_SPECIAL_CATEGORY] =
		{ERRCODE_ZG010_SPECIAL_CATEGORY, "no Art. 9(2) condition for a special category",
		 "gdpr.define_purpose(..., art9_condition => '9-2-h') defines a purpose that may; '%s' may not."},
	[GDPR_DENIED_NATIONAL_NUMBER] = {ERRCODE_ZG012_NATIONAL_NUMBER,
									 "no authorisation for the national number",
									 "SELECT gdpr.authorise_national_number('%s', '<statute or decision>');"},
	[GDPR_DENIED_LIMIT] = {ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, "the limit of people an hour is reached",
						   "gdpr.read_limit has the limits; gdpr.limit_reads(..., '%s', ...) sets them."},
	[GDPR_DENIED_HOURS] = {ERRCODE_CONFIGURATION_LIMIT_EXCEEDED, "personal data are not read at this hour",
						   "gdpr.read_limit has the hours; gdpr.limit_reads(..., '%s', ...) sets them."},
};

const char *
gdpr_policy_reason_text(GdprReason reason)
{
	return reasons[reason].text;
}

void
gdpr_policy_refuse(GdprReason reason, const char *purpose)
{
	const ReasonText *text = &reasons[reason];

	purpose = gdpr_purpose_name_to_show(purpose);
	if (reason == GDPR_DENIED_PURPOSE_UNSET)
		ereport(ERROR, (errcode(text->code), errmsg("%s", text->text), errhint("%s", text->hint)));
	ereport(ERROR, (errcode(text->code),
					reason == GDPR_DENIED_NOT_GRANTED
						? errmsg("purpose \"%s\" is unknown or not granted to role \"%s\"", purpose,
								 GetUserNameFromId(GetUserId(), true))
						: errmsg("%s for purpose \"%s\"", text->text, purpose),
					errhint(text->hint, purpose)));
}
