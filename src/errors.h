/*
 * errors.h
 *		SQLSTATE class ZG: a privacy rule refused. This is the closed list, for C and for SQL, which writes the code as
 *		a literal: searching for a code finds this line and every place that raises it. Above each stands what it means
 *		and what helps; scripts/errors writes the table of docs/errors.md from that, and `make check` fails on a code
 *		that is not listed, is listed and never raised, or is documented otherwise.
 *
 *		Bad format, privilege and state keep PostgreSQL's own codes (22P02, 42501, 55000); corrupted sealed values are
 *		XX001. Codes are never given another meaning.
 */
#ifndef GDPR_ERRORS_H
#define GDPR_ERRORS_H

/* no purpose is stated | `SET gdpr.purpose = '...'` */
#define ERRCODE_ZG001_NO_PURPOSE			MAKE_SQLSTATE('Z', 'G', '0', '0', '1')
/* the purpose is unknown or has ended, or is not granted to the role | `SELECT gdpr.grant_purpose(...)` */
#define ERRCODE_ZG002_PURPOSE_NOT_GRANTED	MAKE_SQLSTATE('Z', 'G', '0', '0', '2')
/*
 * the row was not collected for this purpose, or may not be tagged for it | work for a purpose in its tag;
 * `SELECT gdpr.add_purpose(...)`
 */
#define ERRCODE_ZG003_NOT_TAGGED			MAKE_SQLSTATE('Z', 'G', '0', '0', '3')
/* no lawful basis: consent was never given, was withdrawn or has expired | `SELECT gdpr.give_consent(...)` */
#define ERRCODE_ZG004_NO_LAWFUL_BASIS		MAKE_SQLSTATE('Z', 'G', '0', '0', '4')
/* the person objected (Art. 21) | `SELECT gdpr.decide_objection(...)`, or another purpose */
#define ERRCODE_ZG005_OBJECTION				MAKE_SQLSTATE('Z', 'G', '0', '0', '5')
/* processing is restricted (Art. 18) | `SELECT gdpr.lift_restriction(...)` */
#define ERRCODE_ZG006_RESTRICTED			MAKE_SQLSTATE('Z', 'G', '0', '0', '6')
/*
 * the identifier is on the suppression list | `SELECT gdpr.record_return(...)` after an order
 * or a registration of the person's, `SELECT gdpr.lift_suppression(...)` after fresh consent; for an
 * import `SET gdpr.on_suppressed = quarantine`
 */
#define ERRCODE_ZG007_SUPPRESSED			MAKE_SQLSTATE('Z', 'G', '0', '0', '7')
/*
 * evidence is missing, is not of this identifier, or does not match its hash | pass `evidence` and `identifiers`;
 * compare with the original
 */
#define ERRCODE_ZG008_EVIDENCE				MAKE_SQLSTATE('Z', 'G', '0', '0', '8')
/* the notice was not shown, or is not the one in force | `SELECT gdpr.serve_notice(...)` */
#define ERRCODE_ZG009_NOTICE				MAKE_SQLSTATE('Z', 'G', '0', '0', '9')
/* health data, and the purpose has no condition of Art. 9(2) | `SELECT gdpr.define_purpose(...)` with one */
#define ERRCODE_ZG010_SPECIAL_CATEGORY		MAKE_SQLSTATE('Z', 'G', '0', '1', '0')
/* a child, and no guardian | pass `guardian` and how the guardian was verified */
#define ERRCODE_ZG011_CHILD					MAKE_SQLSTATE('Z', 'G', '0', '1', '1')
/* a national number without authorisation (Art. 87) | `SELECT gdpr.authorise_national_number(...)` */
#define ERRCODE_ZG012_NATIONAL_NUMBER		MAKE_SQLSTATE('Z', 'G', '0', '1', '2')
/* not a valid consent: ticked beforehand, bundled, conditional, or not announced | ask for consent again */
#define ERRCODE_ZG013_INVALID_CONSENT		MAKE_SQLSTATE('Z', 'G', '0', '1', '3')
/*
 * personal data may not go to that country or place, or be kept there (Art. 44) |
 * `SELECT * FROM gdpr.explain_transfer(...)` says why
 */
#define ERRCODE_ZG014_TRANSFER				MAKE_SQLSTATE('Z', 'G', '0', '1', '4')
/* a processor without a contract that counts, or without a clause of it (Art. 28) | `SELECT gdpr.add_contract(...)` */
#define ERRCODE_ZG015_CONTRACT				MAKE_SQLSTATE('Z', 'G', '0', '1', '5')
/* no retention rule for this purpose of the table | `SELECT gdpr.set_retention(...)` */
#define ERRCODE_ZG016_NO_RETENTION_RULE		MAKE_SQLSTATE('Z', 'G', '0', '1', '6')
/* not anonymous enough | a smaller table, or wider ranges */
#define ERRCODE_ZG017_NOT_ANONYMOUS			MAKE_SQLSTATE('Z', 'G', '0', '1', '7')
/* a legal hold, or kept on a legal ground whose period is not over | `SELECT gdpr.release_hold(...)` */
#define ERRCODE_ZG018_LEGAL_HOLD			MAKE_SQLSTATE('Z', 'G', '0', '1', '8')
/* the master key is not loaded; the message has its fingerprint | bring it back, then `SELECT pg_reload_conf()` */
#define ERRCODE_ZG019_KEY_UNAVAILABLE		MAKE_SQLSTATE('Z', 'G', '0', '1', '9')
/* the person's key was destroyed | nothing brings it back */
#define ERRCODE_ZG020_KEY_SHREDDED			MAKE_SQLSTATE('Z', 'G', '0', '2', '0')
/* the ledger is broken: it proves nothing | `SELECT * FROM gdpr.verify_ledger()` */
#define ERRCODE_ZG021_LEDGER_BROKEN			MAKE_SQLSTATE('Z', 'G', '0', '2', '1')
/* a reason or a required statement is missing | give it */
#define ERRCODE_ZG022_REASON_REQUIRED		MAKE_SQLSTATE('Z', 'G', '0', '2', '2')
/* the identity of the requester is not verified | `SELECT gdpr.verify_identity(...)` */
#define ERRCODE_ZG023_IDENTITY_NOT_VERIFIED MAKE_SQLSTATE('Z', 'G', '0', '2', '3')
/* a table with personal data that no path leads to | `SELECT gdpr.protect(...)` or `gdpr.link(...)` */
#define ERRCODE_ZG024_UNREACHABLE_TABLE		MAKE_SQLSTATE('Z', 'G', '0', '2', '4')
/* the answer to a request was not approved by a second person | `SELECT gdpr.approve_request(...)` as another role */
#define ERRCODE_ZG025_NOT_APPROVED			MAKE_SQLSTATE('Z', 'G', '0', '2', '5')
/*
 * a bought or rented list without a record, past its end or for another purpose; an opt-out list that is too old |
 * `SELECT gdpr.acquire_list(...)`; load the list again
 */
#define ERRCODE_ZG026_LIST					MAKE_SQLSTATE('Z', 'G', '0', '2', '6')
/* the extension of this database is of another version than the library | `ALTER EXTENSION gdpr UPDATE` */
#define ERRCODE_ZG027_CATALOG				MAKE_SQLSTATE('Z', 'G', '0', '2', '7')

#endif /* GDPR_ERRORS_H */
