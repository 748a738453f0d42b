/* findings.sql: grounds of transfers that end, or that no one has looked at for long (Chapter V). */

/* Only what someone registered rests on: a law that no one uses may grow old. */
CREATE FUNCTION gdpr_internal.transfer_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	WITH today AS (SELECT gdpr_internal.server_today() AS day),
	used AS (SELECT DISTINCT coalesce(r.organisation, r.country) AS party, r.country FROM gdpr.recipient r
		WHERE r.ended_at IS NULL),
	law AS (
		SELECT u.party, 'eea_country' AS relation, e.checked_on, NULL::date AS valid_to, e.source AS what
		FROM today t, used u CROSS JOIN LATERAL gdpr_internal.eea_on(u.party, t.day) e
		WHERE e.inside
		UNION ALL
		SELECT u.party, 'adequacy', a.checked_on, a.valid_to, a.decision
		FROM today t, used u CROSS JOIN LATERAL gdpr_internal.adequacy_on(u.party, t.day) a
		WHERE a.party IS NOT NULL AND NOT coalesce((gdpr_internal.eea_on(u.party, t.day)).inside, false)
	)
	SELECT 'warning', 'transfer-law-unchecked', l.party,
		format('%s: %s', l.what, coalesce('last compared with its source on ' || to_char(l.checked_on, 'YYYY-MM-DD'),
			'never compared with its source, and so no ground')),
		CASE l.relation WHEN 'adequacy'
			THEN format('SELECT gdpr.record_adequacy(%L, %L, source => ''...'');', l.party, l.what)
			ELSE format('SELECT gdpr.record_eea_country(%L, true, source => ''...'');', l.party) END
	FROM law l, today t WHERE coalesce(l.checked_on + gdpr_internal.period_on('transfer_check', t.day) < t.day, true)
	UNION ALL
	SELECT 'warning', 'adequacy-ends', l.party,
		format('%s counts until %s', l.what, to_char(l.valid_to - 1, 'YYYY-MM-DD')),
		format('SELECT gdpr.record_adequacy(%L, %L, valid_to => ''...'', source => ''...''); when it is renewed, '
			'else find a safeguard: gdpr.add_safeguard().', l.party, l.what)
	FROM law l, today t WHERE l.valid_to <= t.day + gdpr_internal.period_on('transfer_warning', t.day)
	UNION ALL
	SELECT 'warning', 'safeguard-ends', 'recipient ' || r.name,
		format('%s of %s counts until %s', s.kind, to_char(s.signed_on, 'YYYY-MM-DD'),
			to_char(gdpr_internal.safeguard_end(s) - 1, 'YYYY-MM-DD')),
		'Review it, then SELECT gdpr.add_safeguard(...); and gdpr.end_safeguard() for this one.'
	FROM today t, gdpr.recipient r JOIN gdpr.safeguard s ON s.recipient = r.name
	WHERE r.ended_at IS NULL AND s.ended_on IS NULL
	  AND gdpr_internal.safeguard_end(s) <= t.day + gdpr_internal.period_on('transfer_warning', t.day)
	UNION ALL
	SELECT CASE WHEN EXISTS (SELECT FROM gdpr.transfer_consent c
			WHERE c.country = r.country AND coalesce(c.recipient = r.name, true)) THEN 'info' ELSE 'error' END,
		'recipient-not-allowed', 'recipient ' || r.name,
		format('no ground lets personal data of everybody go to %s', r.country),
		format('SELECT * FROM gdpr.explain_transfer(%L, %L);', r.country, r.name)
	FROM today t, gdpr.recipient r
	WHERE r.ended_at IS NULL AND NOT gdpr_internal.open_to(r.country, r, t.day, false)
$$;
COMMENT ON FUNCTION gdpr_internal.transfer_findings() IS
'internal: part of status(): grounds of transfers that are old, end or are gone';
SELECT gdpr_internal.finds('policy', 'gdpr_internal.transfer_findings');
