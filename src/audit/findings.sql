/*
 * findings.sql: what status() says about the recording of reads.
 */
CREATE FUNCTION gdpr_internal.audit_findings() RETURNS SETOF gdpr.finding
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	status record;
BEGIN
	SELECT * INTO status FROM gdpr.audit_status();
	IF current_setting('gdpr.audit', true) = 'off' THEN
		RETURN NEXT ('error', 'audit-off', 'audit', 'reads of personal data are not recorded: gdpr.audit is off',
			'ALTER SYSTEM SET gdpr.audit = ''async''; SELECT pg_reload_conf();')::gdpr.finding;
	END IF;
	IF status.disk_error IS NOT NULL THEN
		RETURN NEXT ('error', 'audit-disk-error', 'audit', 'reads cannot be written to the disk: ' || status.disk_error,
			'Make room for pg_gdpr in the data directory, and let the server write there.')::gdpr.finding;
	END IF;
	IF status.worker_refused THEN
		RETURN NEXT ('warning', 'audit-worker-refused',
			'audit', 'the audit worker could not be started: reads wait in the spool',
			format('ALTER SYSTEM SET max_worker_processes = %s; then restart the server.',
				current_setting('max_worker_processes')::integer + 8))::gdpr.finding;
	ELSIF NOT pg_is_in_recovery()
		AND EXISTS (SELECT FROM gdpr.ledger_unsealed u JOIN gdpr.ledger l ON l.number = u.number
											  WHERE l.at < now() - interval '5 minutes') THEN
		RETURN NEXT ('warning', 'ledger-unsealed', 'audit', 'entries of the ledger have waited minutes for their seal',
			'SELECT gdpr.seal_ledger();')::gdpr.finding;
	END IF;
	IF NOT pg_is_in_recovery() AND EXISTS (SELECT FROM gdpr.ledger_seal s
		WHERE s.at < gdpr_internal.ledger_kept_since() - interval '1 month'
										   AND s.sequence = (SELECT min(f.sequence) FROM gdpr.ledger_seal f)) THEN
		RETURN NEXT ('warning', 'ledger-kept-too-long',
			'gdpr.ledger', 'it holds entries that are older than it is kept',
			'CALL gdpr.cut_ledger();')::gdpr.finding;
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.audit_findings() IS 'internal: part of status(), about the recording of reads';
SELECT gdpr_internal.finds('audit', 'gdpr_internal.audit_findings');
