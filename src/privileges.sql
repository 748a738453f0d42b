/*
 * privileges.sql: every right of the extension, in one file. Nothing is open that is not listed here.
 *
 * No roles are created: gdpr.appoint(duty, role) gives a role the functions of a duty.
 */
REVOKE ALL ON ALL TABLES IN SCHEMA gdpr FROM PUBLIC;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA gdpr FROM PUBLIC;
REVOKE ALL ON ALL ROUTINES IN SCHEMA gdpr, gdpr_internal FROM PUBLIC;

/* What a duty may use, by name: every function of that name in schema gdpr, or SELECT on the table. */
CREATE TABLE gdpr.duty_right
(
	duty	text NOT NULL CHECK (duty IN ('everyone', 'controller', 'dpo', 'app', 'auditor', 'job')),
	kind	text NOT NULL CHECK (kind IN ('function', 'read', 'write')),
	name	name NOT NULL,
	PRIMARY KEY (duty, kind, name)
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.duty_right IS
'functions, tables to read and tables to write of each duty; gdpr.appoint() grants them';

/* The types, their casts and operators; the row filter and reveal, which ask the policy about the caller. */
INSERT INTO gdpr.duty_right
SELECT 'everyone', 'function', name FROM pg_catalog.unnest('{
	reveal, reveal_text, reveal_name, reveal_date, reveal_timestamp, reveal_timestamptz, reveal_inet, reveal_uuid,
	days_between, later, earlier, merged, in_range, open_lt, open_le, open_eq, open_ne, open_ge, open_gt, open_cmp,
		open_hash, larger, smaller,
	search_text, search_date, search_timestamp, search_timestamptz, search_inet, search_jsonb,
	client_text, client_json, typed_text, count_found, guard_copy,
	mask, is_bound, subject_of, row_visible, row_writable,
	is_valid, normalise, classes, pseudonymise, age_at, may_process, explain_processing, mailable, excluded,
	purpose_number, purpose_names, server_today, is_blank, to_table, to_role
}'::name[]) name
UNION
SELECT 'everyone', 'function', p.proname FROM pg_catalog.pg_proc p
WHERE p.pronamespace IN ('gdpr'::pg_catalog.regnamespace, 'gdpr_internal'::pg_catalog.regnamespace)
	AND (p.proname LIKE 'purpose\_set%'
	   OR EXISTS (SELECT FROM pg_catalog.pg_type t WHERE t.typnamespace = 'gdpr'::pg_catalog.regnamespace
		   AND t.typname LIKE 'pii\_%'
				  AND pg_catalog.starts_with(p.proname::text, t.typname::text)));
INSERT INTO gdpr.duty_right VALUES ('everyone', 'read', 'purpose'), ('everyone', 'read', 'word');

/* Sets up: purposes, grants, notices, tables, keys. What protect() calls runs with the caller's rights. */
INSERT INTO gdpr.duty_right
SELECT 'controller', 'function', name FROM pg_catalog.unnest('{
	declare_subject, protect, suppressed_rows, unprotect, require_type, require_none_held, destroy_all_keys, status,
		unreadable_values, audit_status, missing_indexes,
	rotate_master_key, rewrap, rewrap_secret, rewrap_subjects, master_keys, key_status,
	k_anonymity, l_diversity, t_closeness, linkage_risk, anonymise_to_k, column_list, is_measured, partition_rows,
	number_categories, category_label, check_to_k, suppress_classes,
	assert_anonymous, retest_anonymity, tie_to_people, tie_in_values, strategies, anonymised, set_anonymisation,
		anonymise_rows, depersonalise_rows, anonymise_into,
	anonymising_assignments, primary_key_text, define_hierarchy, default_anonymisation, strategy_options,
	copied_value, copy_strategy, copy_expression, moved_values, qualified_target,
	set_word, set_label, define_purpose, end_purpose, lint_purpose, grant_purpose, revoke_purpose, grant_domain,
		revoke_domain,
	authorise_national_number, end_national_number,
	set_controller, draft_notice, notice_missing, publish_notice, verify_notice, revoke_consent,
	reattach, register, relation_changed, strangers, rename_subjects, require_table_owner, require_table,
		check_protectable, refuse_nested, columns_to_seal, base_type, settle_invalid, guard_rows, class_of, plain_text,
		collation_of, collation_kept, row_key_text, from_quarantine,
	bind_row, take_back_unborn, record_truncate,
	owner_path, refuse_polymorphic, owner_query, foreign_key, binding, binding_columns, columns_of_key, step_target,
		row_subject,
	split_path, identifiers, type_constant, type_condition, column_type, as_key, pair_join, require_reference,
		require_pair, key_referred_to, parse_pair, parse_pointer, column_list_text,
	check_types, steps_of, link_of, link_binds, add_link, register_type, binding_changed, require_nothing_bound,
		points_here, primary_key, bind_value, record_setup, grant_level,
	link, unlink, link_path, table_near, require_nullable, require_columns, pii_columns, check_link, mark_inferred,
	data_map, data_map_json, data_map_dot, graph_findings, impact, erase_subject, residue, erasure_certificate
}'::name[]) name
UNION
SELECT 'controller', 'function', p.proname FROM pg_catalog.pg_proc p
WHERE p.pronamespace = 'gdpr_internal'::pg_catalog.regnamespace AND p.proname LIKE 'seal\_%';
INSERT INTO gdpr.duty_right
SELECT 'controller', 'read', name FROM pg_catalog.unnest('{
	subject_table, protected_table, owner_step, protected_column, quarantine, purpose_grant, pseudonym_grant,
	subject_link, subject_link_step, graph_link, binding_step, inferred_column,
	national_number_authorisation, vague_phrase, controller, notice, notice_item, notice_served,
	child_consent_age, evidence_mime, subject, ledger, anonymity_label, anonymisation_rule,
		hierarchy, copied_column
}'::name[]) name;
INSERT INTO gdpr.duty_right
SELECT 'controller', 'write', name FROM pg_catalog.unnest('{
	subject_table, protected_table, owner_step, protected_column, quarantine,
	subject_link, subject_link_step, inferred_column,
	child_consent_age, evidence_mime, vague_phrase, anonymity_label, anonymisation_rule, copied_column
}'::name[]) name;

/* Watches: everything about processing, not the data. */
INSERT INTO gdpr.duty_right
SELECT 'dpo', 'function', name FROM pg_catalog.unnest('{
	k_anonymity, l_diversity, t_closeness, linkage_risk, column_list,
	status, missing_indexes, lint_purpose, notice_missing, verify_notice, revoke_consent, expiring_consents,
	consent_receipt, consents_at, read_evidence, verify_evidence, sealed_evidence, is_evidence,
	data_map, data_map_json, data_map_dot, graph_findings, impact, erase_subject, residue, erasure_certificate,
	hold, release_hold, suppress, is_suppressed, lift_suppression, disclose, notices_due, notice_delivered,
		notice_failed,
	reidentify, verify_ledger, anchor, spooled_reads, audit_status, subject_accesses, proof, proof_of_purpose
}'::name[]) name;
INSERT INTO gdpr.duty_right
SELECT 'dpo', 'read', name FROM pg_catalog.unnest('{
	subject_link, subject_link_step, graph_link, suppression, legal_hold, erasure, disclosure, recipient_notice,
	subject_table, protected_table, owner_step, protected_column, purpose_grant, pseudonym_grant,
	national_number_authorisation,
	vague_phrase, controller, notice, notice_item, notice_served, consent_event, consent_current,
	consent_evidence, consent_principal, consent_without_evidence, evidence, evidence_mime,
	child_consent_age, objection, restriction, ledger, ledger_seal
}'::name[]) name;

/* And answers the people; what a copy shows is revealed by the purpose that the role holds besides. */
INSERT INTO gdpr.duty_right
SELECT 'dpo', 'function', name FROM pg_catalog.unnest('{
	export_subject, export_rows, export_html, export_encrypted, portable_data, portable_rows, portable_csv,
	sealed_rows, revealed, collect, copy_context, tag_of, require_full_grant, grant_level, utc, html_copy, label,
		copy_data, copy_archived, copy_rows, copy_heading, copy_columns, copy_table, say_data, say_value, say_period,
		say_purpose, page, page_part, page_table, page_pairs, page_cell, page_time, html_text, languages,
		require_language, say,
	csv_field, inferred_columns, portable_purposes,
	is_working_day, answer_due, period_on, setting_on, today_in, open_request, ask_identity, keep_identity_data,
		read_identity_data, sealed_identity_data, verify_identity, extend_request, assign_request, approve_request,
	refuse_request, fulfil_request, withdraw_request, erase_for_request, raise_overdue,
	rectify, dispute_value, confirm_value, restrict_subject, tell_of_lifting, lift_restriction, object,
		decide_objection,
	declare_automated, opt_out_of_automation, opt_in_to_automation, record_decision, ask_review, review_decision,
	subject_token, assemble_copy
}'::name[]) name;
INSERT INTO gdpr.duty_right
SELECT 'dpo', 'read', name FROM pg_catalog.unnest('{
	holiday, basis_right, request, request_step, identity_data, request_overdue, request_due_soon,
		inferred_column,
	restriction_notice, objection_assessment, automated_purpose, automation_opt_out, automated_decision, review_due,
		disputed_value, self_service
}'::name[]) name;
INSERT INTO gdpr.duty_right VALUES ('app', 'function', 'open_request'), ('app', 'function', 'object'),
	('app', 'function', 'opt_out_of_automation'), ('app', 'function', 'record_decision'),
		('app', 'function', 'ask_review'), ('app', 'function', 'dispute_value'),
	('app', 'function', 'my_data'), ('job', 'function', 'raise_overdue'),
	('auditor', 'read', 'request'), ('auditor', 'read', 'request_step'),
	('controller', 'read', 'holiday'), ('controller', 'write', 'holiday'), ('controller', 'read', 'label'),
	('controller', 'write', 'label'),
	('controller', 'read', 'country_zone'), ('controller', 'write', 'country_zone'), ('dpo', 'read', 'country_zone');

/* What imports left out, without a name. */
INSERT INTO gdpr.duty_right
SELECT duty, 'read', 'import_quarantine' FROM pg_catalog.unnest('{controller, dpo, auditor}'::text[]) duty;

/* Works with the people: notices, consents, evidence. What it may reveal is a matter of grants, not of this. */
INSERT INTO gdpr.duty_right
SELECT 'app', 'function', name FROM pg_catalog.unnest('{
	serve_notice, give_consent, give_consent_by_phone, renew_consent, withdraw_consent, refuse_consent,
	record_consent_state, attach_evidence, attach_subject_evidence, consent_receipt, needs_guardian,
	suppress, is_suppressed, lift_suppression, disclose,
	consent_age, is_minor, read_evidence, verify_evidence, sealed_evidence, is_evidence
}'::name[]) name;
INSERT INTO gdpr.duty_right VALUES ('app', 'read', 'notice'), ('app', 'read', 'notice_item');

/* Reads what is provable, and nothing else. */
INSERT INTO gdpr.duty_right
SELECT 'auditor', 'function', name FROM pg_catalog.unnest('{
	verify_notice, verify_evidence, sealed_evidence, is_evidence, status, missing_indexes, data_map, residue,
	erasure_certificate, verify_ledger, anchor, spooled_reads, audit_status, subject_accesses, proof, proof_of_purpose
}'::name[]) name;
INSERT INTO gdpr.duty_right
SELECT 'auditor', 'read', name FROM pg_catalog.unnest('{
	ledger, ledger_seal, purpose_grant, pseudonym_grant, protected_table, protected_column, notice, notice_served,
	consent_event, evidence, consent_evidence, subject_link, legal_hold, erasure, disclosure, recipient_notice
}'::name[]) name;

/* Runs from pg_cron. */
INSERT INTO gdpr.duty_right
SELECT 'job', 'function', name FROM pg_catalog.unnest('{
	status, missing_indexes, expiring_consents, rotate_master_key, rewrap, rewrap_secret, rewrap_subjects, record_setup,
	graph_findings, residue, notices_due, notice_delivered, notice_failed,
	seal_ledger, verify_ledger, anchor
}'::name[]) name;

/* How long: rules and holds, the runner, its record. What set_retention() calls runs with the caller's rights. */
INSERT INTO gdpr.duty_right
SELECT duty, 'function', name FROM (VALUES
	('controller', '{set_retention, confirm_retention, drop_retention, forget_activity, require_retention_rules,
		check_archive, archive_checked,
		end_retention, retention_due, rows_due, retention_findings, hold_row, release_row, is_running,
		jobs, job_name, schedule_jobs, unschedule_jobs, require_pg_cron, check_retention_rule, check_retention_tag,
		check_retention_references, check_depersonalising, retention_events, require_time_column, default_tag,
		is_protected}'),
	('dpo', '{retention_due, retention_findings, end_retention, hold_row, release_row, is_running, jobs, job_name,
		open_archive, note_archive_opened, fetch_archived}'),
	('auditor', '{retention_findings, is_running, jobs, job_name}'),
	('job', '{run_retention, retention_plan, start_retention_run, retention_step, finish_retention_run,
		close_interrupted_runs,
		retention_deadline, awaits_confirmation, end_archives, sweep_archives, end_quarantine, end_held,
		shred_heirs, retention_due, retention_findings, is_running, note_consents,
		note_request_deadlines, require_table, retest_anonymity, assert_anonymous, tie_to_people, tie_in_values,
		strategies, k_anonymity, l_diversity, t_closeness, column_list, is_measured,
		jobs, job_name, schedule_jobs, unschedule_jobs, require_pg_cron}')) d (duty, names),
			pg_catalog.unnest(d.names::name[]) name
UNION
SELECT duty, 'read', name
FROM pg_catalog.unnest('{controller, dpo, auditor, job}'::text[]) duty,
	 pg_catalog.unnest('{retention_rule, retention_event, retention_template, retention_run, retention_runs, '
		 'retention_progress, row_hold}'::name[]) name
UNION ALL
SELECT 'dpo', 'read', 'archive'
UNION ALL
SELECT 'job', right_kind, 'anonymity_label' FROM pg_catalog.unnest('{read, write}'::text[]) right_kind
UNION
SELECT 'controller', 'write', name
	FROM pg_catalog.unnest('{retention_rule, retention_event, retention_template}'::name[]) name;

/* The register of breaches: who watches keeps it, and who is responsible answers for it. */
INSERT INTO gdpr.duty_right
SELECT duty, 'function', name
FROM pg_catalog.unnest('{controller, dpo}'::text[]) duty,
	 pg_catalog.unnest('{
	breach_clock, breach_open, breach_confirm, breach_describe, breach_assess, breach_notify, breach_acknowledge,
		breach_close,
	breach_add_list, breach_add_table, breach_add_reads, breach_drop_scope, breach_subjects, breach_counts,
	breach_write_letter, breach_letter_html, breach_letters_due, breach_delivered, breach_exempt,
	breach_form, breach_form_html, breach_html, breach_overdue, raise_breaches
}'::name[]) name
UNION
SELECT duty, 'read', name
FROM pg_catalog.unnest('{controller, dpo, auditor}'::text[]) duty,
	 pg_catalog.unnest('{
	breach, breach_event, breach_notification, breach_acknowledgement, breach_scope, breach_letter, breach_delivery,
		breach_exemption,
	breach_option, breach_group, breach_field, breach_template, breach_form_template
}'::name[]) name
UNION
SELECT 'controller', 'write', name
	FROM pg_catalog.unnest('{breach_template, breach_form_template}'::name[]) name
UNION
SELECT 'job', 'function', name FROM pg_catalog.unnest('{breach_overdue, raise_breaches}'::name[]) name;

/*
 * The journal: who is responsible replays it after a restore, or answers for its loss; an application may wait for
 * it.
 */
INSERT INTO gdpr.duty_right
SELECT duty, 'function', name FROM (VALUES
	('controller', '{after_restore, replay_begin, replay_batch, replay_end, add_counts, accept_missing_journal,
		journal_status, journal_wait, verify_journal}'),
	('dpo', '{journal_status, journal_wait, verify_journal}'), ('app', '{journal_wait}'),
	('auditor', '{journal_status, verify_journal}'),
		('job', '{journal_status, journal_wait, verify_journal}')) d (duty, names),
	pg_catalog.unnest(d.names::name[]) name
UNION ALL
SELECT duty, 'read', name FROM pg_catalog.unnest('{controller, dpo, auditor}'::text[]) duty,
	pg_catalog.unnest('{journal, journal_behind}'::name[]) name
UNION ALL
VALUES ('dpo', 'read', 'request_journal_pending')
UNION ALL
SELECT duty, 'function', 'journal_copied' FROM pg_catalog.unnest('{controller, dpo, auditor}'::text[]) duty;

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

/* Discovery: a scan runs with the rights of its caller; what it finds and what is decided is kept with ours. */
INSERT INTO gdpr.duty_right
SELECT duty, 'function', name FROM pg_catalog.unnest('{controller, dpo, job}'::text[]) duty,
	pg_catalog.unnest('{scan, rescan, last_scan, begin_scan, scan_at, end_scan, keep_found, table_gone, scan_table,
		look,
		look_at_table, look_timed_out, milliseconds, is_of_subjects, leads_to_people, table_kind, retention_deadline,
		data_categories}'::name[]) name
UNION
SELECT duty, 'function', 'classify' FROM pg_catalog.unnest('{controller, dpo}'::text[]) duty
UNION
SELECT 'auditor', 'function', 'data_categories'
UNION
SELECT duty, 'read', name FROM pg_catalog.unnest('{controller, dpo, auditor, job}'::text[]) duty,
	pg_catalog.unnest('{discovered, classification, scan_run, scan_progress, scan_results, drift}'::name[]) name
ON CONFLICT DO NOTHING;

/* A role that may see the state of things may see the ways around them. */
INSERT INTO gdpr.duty_right
SELECT d.duty, 'function', 'lint' FROM gdpr.duty_right d WHERE d.kind = 'function' AND d.name = 'status';

/* The dated settings; and how long the ledger is kept. */
INSERT INTO gdpr.duty_right VALUES ('job', 'function', 'cut_ledger'), ('job', 'function', 'cut_ledger_batch');
INSERT INTO gdpr.duty_right
SELECT duty, 'read', name FROM pg_catalog.unnest('{controller, dpo, auditor}'::text[]) duty,
	pg_catalog.unnest('{setting, setting_kind, setting_limit}'::name[]) name
UNION ALL
VALUES ('controller', 'function', 'set_setting');

/* Limits of reading, and what was unusual. */
INSERT INTO gdpr.duty_right
SELECT duty, 'function', name FROM (VALUES
	('controller', '{limit_reads, unlimit_reads}'), ('dpo', '{judge_anomaly, find_anomalies}'),
	('job', '{find_anomalies}')) d (duty, names), pg_catalog.unnest(d.names::name[]) name
UNION
SELECT duty, 'read', name FROM pg_catalog.unnest('{controller, dpo, auditor}'::text[]) duty,
	pg_catalog.unnest('{read_limit, anomaly}'::name[]) name
UNION
SELECT duty, 'read', 'known_reader' FROM pg_catalog.unnest('{dpo, auditor}'::text[]) duty;

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

CREATE FUNCTION gdpr.appoint(duty text, role gdpr.role_ref) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.check_duty(duty);
	PERFORM gdpr_internal.set_rights('GRANT', duty, role::text);
	PERFORM gdpr_internal.record('appointed', NULL, jsonb_build_object('duty', duty, 'role', role::text));
END $$;
COMMENT ON FUNCTION gdpr.appoint(text, gdpr.role_ref) IS
'Gives a role the functions of a duty: controller sets up, dpo watches, app works with the people, auditor reads the '
	'ledger, job runs from pg_cron (Art. 29, 32(4)). Only the owner of the extension may. Errors: 22023 unknown '
	'duty, 42501.';

CREATE FUNCTION gdpr.dismiss(duty text, role gdpr.role_ref) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.check_duty(duty);
	PERFORM gdpr_internal.set_rights('REVOKE', duty, role::text);
	PERFORM gdpr_internal.record('dismissed', NULL, jsonb_build_object('duty', duty, 'role', role::text));
END $$;
COMMENT ON FUNCTION gdpr.dismiss(text, gdpr.role_ref) IS
'Takes the functions of a duty from a role; appoint it again to a duty that shares some of them. Errors: 22023 unknown '
	'duty, 42501.';

SELECT gdpr_internal.set_rights('GRANT', 'everyone', 'PUBLIC');
REVOKE ALL ON ALL TABLES IN SCHEMA gdpr FROM PUBLIC;
GRANT SELECT ON gdpr.purpose, gdpr.word TO PUBLIC;
REVOKE ALL ON FUNCTION gdpr_internal.set_rights(text, text, text), gdpr_internal.check_duty(text),
	gdpr.appoint(text, gdpr.role_ref),
	gdpr.dismiss(text, gdpr.role_ref) FROM PUBLIC;
