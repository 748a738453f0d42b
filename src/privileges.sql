/*
 * privileges.sql: every right of the extension, in one file. Nothing is open that is not listed here.
 *
 * No roles are created: gdpr.grant_duty(duty, role) gives a role the functions of a duty. everyone is PUBLIC,
 * controller sets up, dpo watches and answers the people, app works with the people, auditor reads what is provable,
 * job runs from pg_cron. What a role may reveal is a matter of grants of purposes, not of this.
 */
REVOKE ALL ON ALL TABLES IN SCHEMA gdpr FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA gdpr FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA gdpr, gdpr_internal FROM PUBLIC;

/* What a duty may use, by name: functions of that name, SELECT on a table, or writing it. */
CREATE TABLE gdpr.duty_right
(
	duty	text NOT NULL CHECK (duty IN ('everyone', 'controller', 'dpo', 'app', 'auditor', 'job')),
	kind	text NOT NULL CHECK (kind IN ('function', 'read', 'write')),
	name	name NOT NULL,
	PRIMARY KEY (duty, kind, name)
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.duty_right IS
'functions, tables to read and tables to write of each duty; gdpr.grant_duty() grants them';

/* By room, from the ground up. */
INSERT INTO gdpr.duty_right
SELECT duty, r.kind, name
FROM (VALUES
	/* words: what is said, in each language */
	('function', '{controller}', '{set_word}'),
	('read', '{everyone}', '{word}'),
	/* crypto: keys */
	('function', '{controller}', '{master_keys}'),
	/* settings: what the law says, dated */
	('function', '{controller}', '{set_setting}'),
	('function', '{dpo}', '{is_working_day}'),
	('read', '{controller, dpo}', '{child_consent_age, country_zone, holiday}'),
	('read', '{controller, dpo, auditor}', '{setting, setting_kind, setting_limit}'),
	('write', '{controller}', '{child_consent_age, country_zone, holiday}'),
	/* ledger */
	('function', '{dpo, auditor, job}', '{anchor, verify_ledger}'),
	('function', '{job}', '{cut_ledger, seal_ledger}'),
	('read', '{controller, dpo, auditor}', '{ledger}'),
	('read', '{dpo, auditor}', '{ledger_seal}'),
	/* subject: people and their keys */
	('function', '{controller}', '{declare_subject}'),
	('function', '{controller, job}', '{key_status, keys_in_use, rotate_master_key}'),
	('read', '{controller, job}', '{key_rotation}'),
	('read', '{controller}', '{subject}'),
	('read', '{controller, dpo}', '{subject_table}'),
	('write', '{controller}', '{subject_table}'),
	/* purpose: purposes and who holds them */
	('function', '{everyone}', '{purpose_names, purpose_number}'),
	('function', '{controller}', '{
		authorise_national_number, define_purpose, end_national_number, end_purpose, grant_domain, grant_purpose,
		revoke_domain, revoke_purpose}'),
	('function', '{controller, dpo}', '{lint_purpose}'),
	('read', '{everyone}', '{purpose}'),
	('read', '{controller, dpo}', '{national_number_authorisation, vague_phrase}'),
	('read', '{controller, dpo, auditor}', '{pseudonym_grant, purpose_grant}'),
	('write', '{controller}', '{vague_phrase}'),
	/* pii: classes of values */
	('function', '{everyone}', '{classes, is_bound, is_valid, normalise, subject_of}'),
	/* graph: whose a row is */
	('function', '{controller}', '{link, set_label, unlink}'),
	('function', '{controller, dpo}', '{data_map_dot, data_map_json, impact}'),
	('function', '{controller, dpo, auditor}', '{data_map}'),
	('function', '{controller, dpo, auditor, job}', '{missing_indexes}'),
	('function', '{controller, dpo, job}', '{graph_findings}'),
	('read', '{controller}', '{binding_step, label, quarantine}'),
	('read', '{controller, dpo}', '{graph_link, inferred_column, owner_step, subject_link_step}'),
	('read', '{controller, dpo, auditor}', '{protected_column, protected_table, search_column, subject_link}'),
	('read', '{dpo}', '{disputed_value}'),
	('write', '{controller}', '{
		inferred_column, label, owner_step, protected_column, protected_table, quarantine, search_column, subject_link,
		subject_link_step}'),
	/* register: the controller, notices, the suppression list, recipients and what lets data go to them */
	('function', '{controller, dpo}', '{
		add_contract, add_processor_proof, add_safeguard, contract_missing, end_contract, end_recipient,
		end_safeguard, record_adequacy, record_eea_country, register_recipient}'),
	('function', '{controller, dpo, app}', '{load_optout_list}'),
	('read', '{controller, dpo, auditor}', '{optout_list}'),
	('function', '{controller, dpo}', '{end_location, register_location}'),
	('function', '{controller, dpo, auditor, job}', '{residency_check}'),
	('function', '{job}', '{note_residency}'),
	('read', '{controller, dpo, auditor}', '{location, location_kind}'),
	('function', '{dpo, job}', '{note_contracts}'),
	('read', '{controller, dpo, auditor}', '{
		adequacy, contract_ending, eea_country, processor_clause, processor_contract, processor_proof, safeguard,
		safeguard_kind}'),
	('read', '{controller, dpo, app, auditor}', '{recipient}'),
	('function', '{controller}', '{draft_notice, import_notice, publish_notice, set_controller}'),
	('function', '{controller, dpo}', '{notice_missing}'),
	('function', '{controller, dpo, auditor}', '{verify_notice}'),
	('function', '{dpo, app}', '{is_suppressed, suppress}'),
	('function', '{app}', '{serve_notice}'),
	('read', '{controller, dpo}', '{controller}'),
	('read', '{controller, dpo, app}', '{notice_item}'),
	('read', '{controller, dpo, app, auditor}', '{notice}'),
	('read', '{controller, dpo, auditor}', '{notice_served}'),
	('read', '{dpo}', '{suppression}'),
	/* consent */
	('function', '{controller, dpo}', '{revoke_consent}'),
	('function', '{dpo, app}', '{consent_receipt}'),
	('function', '{dpo, job}', '{expiring_consents}'),
	('function', '{app}', '{
		attach_evidence, attach_subject_evidence, consent_age, give_consent, give_consent_by_phone, needs_guardian,
		record_consent_state, refuse_consent, renew_consent, withdraw_consent}'),
	('read', '{controller, dpo}', '{evidence_mime}'),
	('read', '{dpo}', '{consent_current, consent_principal, consent_without_evidence}'),
	('read', '{dpo, auditor}', '{consent_event, consent_evidence, evidence}'),
	('write', '{controller}', '{evidence_mime}'),
	/* policy: what decides, and what stands against it */
	('function', '{everyone}', '{excluded, explain_processing, mailable, may_process}'),
	('function', '{controller}', '{suppressed_rows}'),
	('function', '{controller, dpo}', '{declare_transfer_consent}'),
	('function', '{controller, dpo, app, auditor}', '{explain_transfer, transfer_allowed}'),
	('function', '{controller, dpo}', '{source_notice_due}'),
	('function', '{dpo, job}', '{note_source_notices}'),
	('read', '{controller, dpo, auditor}', '{source_notice, transfer_consent}'),
	('function', '{controller, dpo}', '{hold_row, release_row}'),
	('function', '{dpo}', '{hold, release_hold}'),
	('function', '{dpo, app}', '{lift_suppression, record_return}'),
	('read', '{controller, dpo, auditor}', '{import_quarantine}'),
	('read', '{controller, dpo, auditor, job}', '{row_hold}'),
	('read', '{dpo}', '{automated_purpose, objection, restriction, suppression_return}'),
	('read', '{dpo, auditor}', '{legal_hold}'),
	/* audit: who read what */
	('function', '{controller}', '{limit_reads, unlimit_reads}'),
	('function', '{controller, dpo, auditor}', '{audit_status}'),
	('function', '{dpo}', '{judge_anomaly}'),
	('function', '{dpo, auditor}', '{proof, proof_of_purpose, spooled_reads, subject_accesses}'),
	('function', '{dpo, job}', '{find_anomalies}'),
	('read', '{controller, dpo, auditor}', '{anomaly, read_limit}'),
	('read', '{dpo, auditor}', '{known_reader}'),
	/* access: protected tables, reveal */
	('function', '{everyone}', '{
		age_at, is_searchable, mask, pseudonymise, reveal, reveal_date, reveal_inet, reveal_name, reveal_text,
		reveal_timestamp, reveal_timestamptz, reveal_uuid, row_visible, row_writable}'),
	('function', '{controller}', '{
		add_purpose, destroy_all_keys, end_search, protect, reattach, search_by, unprotect, unreadable_values}'),
	('function', '{dpo, app}', '{read_evidence}'),
	('function', '{dpo, app, auditor}', '{verify_evidence}'),
	('function', '{app}', '{is_minor}'),
	('read', '{controller, dpo, auditor}', '{table_purpose}'),
	/* anonymise */
	('function', '{controller}', '{
		anonymise_into, anonymise_to_k, anonymised, default_anonymisation, define_hierarchy, set_anonymisation}'),
	('function', '{controller, dpo}', '{linkage_risk}'),
	('function', '{controller, dpo, job}', '{k_anonymity, l_diversity, t_closeness}'),
	('function', '{controller, job}', '{assert_anonymous, retest_anonymity, strategies}'),
	('function', '{dpo}', '{reidentify}'),
	('read', '{controller}', '{anonymisation_rule, copied_column, hierarchy}'),
	('read', '{controller, job}', '{anonymity_label}'),
	('write', '{controller}', '{anonymisation_rule, copied_column}'),
	('write', '{controller, job}', '{anonymity_label}'),
	/* rights: requests of people, the journal of erasures */
	('function', '{controller}', '{accept_missing_journal, after_restore, mark_inferred}'),
	('function', '{controller, dpo}', '{erase_subject, erasure_plan}'),
	('function', '{controller, dpo, app, job}', '{journal_wait}'),
	('function', '{controller, dpo, auditor}', '{erasure_certificate}'),
	('function', '{controller, dpo, auditor, job}', '{journal_status, residue, verify_journal}'),
	('function', '{dpo}', '{
		answer_due, approve_request, ask_identity, assign_request, confirm_value, decide_objection,
		declare_automated, erase_for_request, export_encrypted, export_html, export_rows, export_subject,
		extend_request, find_subject, fulfil_request, keep_identity_data, lift_restriction, opt_in_to_automation,
		portable_csv, portable_data, portable_rows, read_identity_data, rectify, refuse_request, restrict_subject,
		review_decision, subject_token, tell_of_lifting, verify_identity, withdraw_request}'),
	('function', '{dpo, app}', '{
		ask_review, disclose, disclose_all, dispute_value, object, open_request, opt_out_of_automation,
		record_decision}'),
	('function', '{dpo, job}', '{notification_delivered, notification_failed, notifications_due, raise_overdue}'),
	('function', '{app}', '{my_data}'),
	('read', '{controller, dpo, auditor}', '{journal, journal_behind}'),
	('read', '{dpo}', '{
		automated_decision, automation_opt_out, basis_right, identity_data, objection_assessment, request_due_soon,
		request_journal_pending, request_overdue, restriction_notice, review_due, self_service}'),
	('read', '{dpo, auditor}', '{disclosure, erasure, recipient_notification, request, request_step}'),
	/* lists: bought and rented ones */
	('function', '{controller, dpo}', '{acquire_list}'),
	('function', '{controller, dpo, auditor}', '{list_report}'),
	('function', '{app}', '{import_list}'),
	('read', '{controller, dpo, auditor}', '{acquired_person, acquisition, list_count, list_held}'),
	/* breach: the register of breaches; who watches keeps it, and who is responsible answers for it */
	('function', '{controller, dpo}', '{
		acknowledge_breach, add_breach_list, add_breach_reads, add_breach_table, assess_breach, breach_clock,
		close_breach, confirm_breach, breach_counts, breach_delivered, describe_breach, drop_breach_scope,
		exempt_breach, breach_form, breach_form_html, breach_html, breach_letter_html, breach_letters_due,
		notify_breach, open_breach, breach_subjects, write_breach_letter}'),
	('function', '{controller, dpo, job}', '{breach_overdue, raise_breaches}'),
	('read', '{controller, dpo, auditor}', '{
		breach, breach_acknowledgement, breach_delivery, breach_event, breach_exemption, breach_field,
		breach_form_template, breach_group, breach_letter, breach_notification, breach_option, breach_scope,
		breach_template}'),
	('write', '{controller}', '{breach_form_template, breach_template}'),
	/* retention */
	('function', '{controller}', '{
		anonymise_rows, confirm_retention, drop_retention, rows_due, set_retention}'),
	('function', '{controller, dpo}', '{end_retention}'),
	('function', '{controller, dpo, auditor, job}', '{retention_findings}'),
	('function', '{controller, dpo, job}', '{retention_due}'),
	('function', '{dpo}', '{open_archive}'),
	('function', '{job}', '{run_retention}'),
	('read', '{controller, dpo, auditor, job}', '{
		retention_event, retention_progress, retention_rule, retention_run, retention_runs, retention_template}'),
	('read', '{dpo}', '{archive}'),
	('write', '{controller}', '{retention_event, retention_rule, retention_template}'),
	/* discovery: a scan runs with the rights of its caller; what it finds is kept with ours */
	('function', '{controller, dpo}', '{classify}'),
	('function', '{controller, dpo, auditor, job}', '{data_categories}'),
	('function', '{controller, dpo, job}', '{rescan, scan}'),
	('read', '{controller, dpo, auditor, job}', '{
		classification, discovered, drift, scan_progress, scan_results, scan_run}'),
	/* schedule: jobs of pg_cron */
	('function', '{controller, dpo, auditor, job}', '{jobs}'),
	('function', '{controller, job}', '{schedule_jobs, unschedule_jobs}'),
	('function', '{job}', '{note_consents, note_request_deadlines}'),
	/* report: a role that may see the state of things may see the ways around them */
	('function', '{controller, dpo, auditor, job}', '{lint, status}')
) r (kind, duties, names),
	pg_catalog.unnest(r.duties::text[]) duty, pg_catalog.unnest(r.names::name[]) name;

/*
 * A duty that writes what our functions read with our rights writes about its own tables, and names nothing that runs
 * code.
 */
DO $$
DECLARE
	t regclass;
BEGIN
	FOR t IN SELECT DISTINCT c.oid::regclass FROM gdpr.duty_right d
		JOIN pg_catalog.pg_class c ON c.relnamespace = 'gdpr'::pg_catalog.regnamespace AND c.relname = d.name
			 JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = 'relation'
				 AND a.atttypid = 'pg_catalog.regclass'::pg_catalog.regtype
			 WHERE d.kind = 'write'
	LOOP
		EXECUTE pg_catalog.format('CREATE TRIGGER check_registration BEFORE INSERT OR UPDATE OR DELETE ON %s FOR EACH
		ROW EXECUTE FUNCTION gdpr_internal.check_registration()', t);
	END LOOP;
END $$;

/*
 * Everyone: the types, with all that their operators, casts and indexes call; what C puts into a statement; and what
 * CHECKs and defaults of our tables call.
 */
INSERT INTO gdpr.duty_right
SELECT DISTINCT 'everyone', 'function', p.proname
FROM pg_catalog.pg_proc p
WHERE p.pronamespace IN ('gdpr'::pg_catalog.regnamespace, 'gdpr_internal'::pg_catalog.regnamespace)
	AND p.oid IN (
		SELECT pg_catalog.unnest(ARRAY[t.typinput, t.typoutput, t.typreceive, t.typsend]) FROM pg_catalog.pg_type t
		UNION ALL SELECT o.oprcode FROM pg_catalog.pg_operator o
		UNION ALL SELECT c.castfunc FROM pg_catalog.pg_cast c
		UNION ALL SELECT a.amproc FROM pg_catalog.pg_amproc a)
UNION
SELECT 'everyone', 'function', name
FROM pg_catalog.unnest('{
	search_for, typed_text, client_text, client_json, count_found, guard_copy, larger, smaller, search_text,
	search_date,
	search_timestamp, search_timestamptz, search_inet, search_jsonb, is_blank, server_today}'::name[]) name
ON CONFLICT DO NOTHING;

/*
 * What these call with the rights of their caller, and what views that a duty reads and triggers of tables that it
 * writes call, is found and not listed. By a name that it builds, protect() calls the functions that seal values.
 */
WITH RECURSIVE called AS (
	SELECT d.duty, p.oid, p.prokind, p.prosecdef, true AS by_name FROM gdpr.duty_right d
	JOIN pg_catalog.pg_proc p ON p.proname = d.name AND p.pronamespace = 'gdpr'::pg_catalog.regnamespace
	WHERE d.kind = 'function'
	UNION
	SELECT d.duty, p.oid, p.prokind, p.prosecdef, true FROM gdpr.duty_right d
	JOIN pg_catalog.pg_rewrite r ON d.kind = 'read' AND r.ev_class = ('gdpr.' || d.name)::pg_catalog.regclass
	JOIN pg_catalog.pg_depend v ON v.classid = 'pg_rewrite'::pg_catalog.regclass AND v.objid = r.oid
	JOIN pg_catalog.pg_proc p ON v.refclassid = 'pg_proc'::pg_catalog.regclass AND p.oid = v.refobjid
	WHERE p.pronamespace = 'gdpr_internal'::pg_catalog.regnamespace
	UNION
	SELECT d.duty, p.oid, p.prokind, p.prosecdef, false FROM gdpr.duty_right d
	JOIN pg_catalog.pg_trigger t ON d.kind = 'write' AND t.tgrelid = ('gdpr.' || d.name)::pg_catalog.regclass
	JOIN pg_catalog.pg_proc p ON p.oid = t.tgfoid
	WHERE p.pronamespace = 'gdpr_internal'::pg_catalog.regnamespace
	UNION
	SELECT c.duty, p.oid, p.prokind, p.prosecdef, true FROM called c
	CROSS JOIN LATERAL pg_catalog.regexp_matches(
		CASE c.prokind WHEN 'a' THEN '' ELSE pg_catalog.pg_get_functiondef(c.oid) END, '\mgdpr_internal\.(\w+)', 'g') m
	JOIN pg_catalog.pg_proc p ON p.proname = m[1] AND p.pronamespace = 'gdpr_internal'::pg_catalog.regnamespace
	WHERE NOT c.prosecdef AND p.oid <> c.oid
)
INSERT INTO gdpr.duty_right
SELECT DISTINCT c.duty, 'function', p.proname FROM called c JOIN pg_catalog.pg_proc p ON p.oid = c.oid
WHERE c.by_name	/* a trigger fires without a right */
UNION
SELECT 'controller', 'function', p.proname FROM pg_catalog.pg_proc p
WHERE p.pronamespace = 'gdpr_internal'::pg_catalog.regnamespace AND pg_catalog.starts_with(p.proname::text, 'seal_')
ON CONFLICT DO NOTHING;

/* Identifiers go through %I and regprocedure; grantee is PUBLIC or a quoted role. */
CREATE FUNCTION gdpr_internal.set_rights(verb text, duty text, grantee text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	r record;
	direction text := CASE verb WHEN 'GRANT' THEN 'TO' ELSE 'FROM' END;
BEGIN
	FOR r IN SELECT p.oid::regprocedure AS routine FROM gdpr.duty_right d
			 JOIN pg_proc p ON p.pronamespace IN ('gdpr'::regnamespace, 'gdpr_internal'::regnamespace)
				 AND p.proname = d.name
			 WHERE d.duty = set_rights.duty AND d.kind = 'function'
	LOOP
		EXECUTE format('%s EXECUTE ON ROUTINE %s %s %s', verb, r.routine, direction, grantee);
	END LOOP;
	FOR r IN SELECT c.oid::regclass AS relation, d.kind FROM gdpr.duty_right d
			 JOIN pg_class c ON c.relnamespace = 'gdpr'::regnamespace AND c.relname = d.name
			 WHERE d.duty = set_rights.duty AND d.kind IN ('read', 'write')
	LOOP
		EXECUTE format('%s %s ON TABLE %s %s %s', verb,
					   CASE r.kind WHEN 'read' THEN 'SELECT' ELSE 'INSERT, UPDATE, DELETE' END, r.relation,
						   direction, grantee);
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.set_rights(text, text, text) IS 'internal: grants or revokes the rights of a duty';

CREATE FUNCTION gdpr_internal.check_duty(duty text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF duty IS NULL OR duty NOT IN ('controller', 'dpo', 'app', 'auditor', 'job') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unknown duty "%s"', duty),
			HINT = 'The duties are controller, dpo, app, auditor and job.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_duty(text) IS 'internal: raises 22023 for an unknown duty';

CREATE FUNCTION gdpr.grant_duty(duty text, role gdpr.role_ref) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.check_duty(duty);
	PERFORM gdpr_internal.set_rights('GRANT', duty, role::text);
	PERFORM gdpr_internal.record('duty granted', NULL, jsonb_build_object('duty', duty, 'role', role::text));
END $$;
COMMENT ON FUNCTION gdpr.grant_duty(text, gdpr.role_ref) IS
'Gives a role the functions of a duty: controller sets up, dpo watches, app works with the people, auditor reads the '
	'ledger, job runs from pg_cron (Art. 29, 32(4)). Only the owner of the extension may. Errors: 22023 unknown '
	'duty, 42501.';

CREATE FUNCTION gdpr.revoke_duty(duty text, role gdpr.role_ref) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.check_duty(duty);
	PERFORM gdpr_internal.set_rights('REVOKE', duty, role::text);
	PERFORM gdpr_internal.record('duty revoked', NULL, jsonb_build_object('duty', duty, 'role', role::text));
END $$;
COMMENT ON FUNCTION gdpr.revoke_duty(text, gdpr.role_ref) IS
'Takes the functions of a duty from a role; grant it again a duty that shares some of them. Errors: 22023 unknown '
	'duty, 42501.';

SELECT gdpr_internal.set_rights('GRANT', 'everyone', 'PUBLIC');
REVOKE ALL ON ALL TABLES IN SCHEMA gdpr FROM PUBLIC;
GRANT SELECT ON gdpr.purpose, gdpr.word TO PUBLIC;
REVOKE ALL ON FUNCTION gdpr_internal.set_rights(text, text, text), gdpr_internal.check_duty(text),
	gdpr.grant_duty(text, gdpr.role_ref),
	gdpr.revoke_duty(text, gdpr.role_ref) FROM PUBLIC;
