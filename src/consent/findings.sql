/* findings.sql: what the law asks of those who collect data: a controller, notices, purposes that go on, evidence. */

CREATE FUNCTION gdpr_internal.law_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'warning', 'controller-unnamed', 'controller', 'no controller is named (Art. 13(1)(a))',
		   'SELECT gdpr.set_controller(<name>, <enterprise number>, <address>, <country>, <contact>, '
			   '<e-mail>, <phone>);'
	WHERE NOT EXISTS (SELECT FROM gdpr.controller)
	UNION ALL
	SELECT 'warning', 'consent-without-notice', 'purpose ' || p.name,
		   format('it rests on consent that no published notice asks for, and rows of %s are collected for it (Art. '
			   '4(11), 7)', string_agg(d.relation::text, ', ' ORDER BY d.relation::text COLLATE "C")),
		   format('SELECT gdpr.draft_notice(<name>, ''form'', ''{%s}'', ...); SELECT gdpr.publish_notice(<name>);',
			   p.name)
	FROM gdpr_internal.default_purposes() d JOIN gdpr.purpose p ON p.name = d.purpose
	WHERE p.basis = 'consent' AND coalesce(p.valid_to > now(), true)
	  AND NOT EXISTS (SELECT FROM gdpr.notice n WHERE n.published_at IS NOT NULL AND p.number = ANY (n.purposes))
	GROUP BY p.name
	UNION ALL
	SELECT 'warning', 'purpose-ended',
		'purpose ' || p.name, format('it has ended, and rows of %s are still collected for it',
		string_agg(d.relation::text, ', ' ORDER BY d.relation::text COLLATE "C")),
		   string_agg(format('ALTER TABLE %s ALTER COLUMN purposes SET DEFAULT ''{<purposes>}'';', d.relation), ' '
			   ORDER BY d.relation::text COLLATE "C")
	FROM gdpr_internal.default_purposes() d JOIN gdpr.purpose p ON p.name = d.purpose
	WHERE p.valid_to <= now() GROUP BY p.name
	UNION ALL
	SELECT 'info', 'consent-without-evidence',
		'gdpr.consent_without_evidence', format('%s consents lack their recording', count(*)),
		'SELECT gdpr.attach_evidence(consent, ...) for each.'
	FROM gdpr.consent_without_evidence HAVING count(*) > 0
$$;
COMMENT ON FUNCTION gdpr_internal.law_findings() IS
'internal: part of status(): controller, notices, purposes, evidence';
SELECT gdpr_internal.finds('consent', 'gdpr_internal.law_findings');
