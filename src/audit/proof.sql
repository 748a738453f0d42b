/*
 * proof.sql: what the ledger answers: who saw this person, and evidence to hand over.
 */
/* Every entry about a person; inlined, so that its index is used. */
CREATE FUNCTION gdpr_internal.entries_about(person bigint) RETURNS SETOF gdpr.ledger
LANGUAGE sql STABLE AS $$
	SELECT * FROM gdpr.ledger e WHERE e.subject OPERATOR(pg_catalog.=) person
	UNION ALL
	SELECT * FROM gdpr.ledger e
	WHERE gdpr_internal.subject_blocks(e.subjects) OPERATOR(pg_catalog.&&) gdpr_internal.blocks_around(person)
	  AND e.subjects OPERATOR(pg_catalog.@>) person
$$;
COMMENT ON FUNCTION gdpr_internal.entries_about(bigint) IS
'internal: the entries of the ledger about a subject, alone or among others';

CREATE FUNCTION gdpr_internal.accesses_of(subject bigint)
RETURNS TABLE (number bigint, at timestamptz, kind text, session_role name, acting_role text, purpose text,
	application text,
			   client text, relations jsonb, revealed jsonb, masked jsonb)
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT l.number, l.at, l.kind, l.role, l.detail ->> 'user', l.detail ->> 'purpose', l.detail ->> 'application',
		l.detail ->> 'client', l.detail -> 'relations', l.detail -> 'revealed', l.detail -> 'masked'
	FROM gdpr_internal.entries_about(accesses_of.subject) l
	WHERE l.kind = 'read'
	ORDER BY l.at, l.number
$$;
COMMENT ON FUNCTION gdpr_internal.accesses_of(bigint) IS 'internal: subject_accesses() by the number of the subject';

CREATE FUNCTION gdpr.subject_accesses(subject_table gdpr.table_ref, subject_key text)
RETURNS TABLE (number bigint, at timestamptz, kind text, session_role name, acting_role text, purpose text,
	application text,
			   client text, relations jsonb, revealed jsonb, masked jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT * FROM gdpr_internal.accesses_of(gdpr_internal.require_subject(subject_table, subject_key))
$$;
COMMENT ON FUNCTION gdpr.subject_accesses(gdpr.table_ref, text) IS
'Who saw data of this person, in which role, for what purpose, from where and when; also for the copy of Art. 15. The '
	'relations are those of the statement; revealed and masked count the values of the whole statement, which may '
	'have been about others too. Reads of the last moment may still be on their way. Errors: 02000 no such subject.';

/* ---- evidence to hand over ---- */

/*
 * A bundle shows that nothing in it was altered; what was left out would not show. So making one is itself an entry of
 * the ledger, kind 'proof made': the bounds, the number of entries within them in the seals until then (up_to), and the
 * SHA-256 over their hashes by ascending number. It is sealed at once, by a seal of its own, and goes with the bundle.
 */
CREATE FUNCTION gdpr_internal.begin_proof() RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	broken record;
BEGIN
	WHILE gdpr.seal_ledger() > 0
	LOOP
	END LOOP;
	SELECT * INTO broken FROM gdpr.verify_ledger() LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG021', MESSAGE = 'the ledger is broken: it proves nothing',
			DETAIL = format('Seal %s, entry %s: %s.', coalesce(broken.sequence::text, '-'),
				coalesce(broken.number::text, '-'), broken.problem),
			HINT = 'SELECT * FROM gdpr.verify_ledger(); lists every place. Compare with an export or a backup.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.begin_proof() IS
'internal: part of proof(): seals what is committed, and raises ZG021 where the ledger is broken';

CREATE FUNCTION gdpr_internal.entry_json(e gdpr.ledger) RETURNS jsonb
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT jsonb_build_object('number', e.number, 'at', (extract(epoch FROM e.at) * 1000000)::bigint, 'time', e.at,
		'role', e.role, 'kind', e.kind, 'subject', e.subject, 'subjects', e.subjects::text, 'detail', e.detail::text,
		'hash', encode(e.hash, 'hex'))
$$;
COMMENT ON FUNCTION gdpr_internal.entry_json(gdpr.ledger) IS 'internal: an entry in a bundle of proof()';

CREATE FUNCTION gdpr_internal.seal_proof(about jsonb, entries int8multirange) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made bigint;
BEGIN
	PERFORM gdpr_internal.record('proof made', (about ->> 'subject')::bigint, (
		SELECT jsonb_build_object('about', about, 'entries', count(e.number),
			'digest', encode(sha256(coalesce(string_agg(e.hash, '' ORDER BY e.number), '')), 'hex'),
			'up_to', (SELECT max(s.sequence) FROM gdpr.ledger_seal s))
		FROM unnest(entries) r JOIN gdpr.ledger e ON e.number >= lower(r) AND e.number < upper(r)));
	made := currval('gdpr.ledger_number_seq');
	DELETE FROM gdpr.ledger_unsealed u WHERE u.number = made;
	PERFORM gdpr_internal.add_seal(int8multirange(int8range(made, made + 1)));
	RETURN made;
END $$;
COMMENT ON FUNCTION gdpr_internal.seal_proof(jsonb, int8multirange) IS
'internal: part of proof(): the sealed entry that says what a bundle holds, and its number';

CREATE FUNCTION gdpr_internal.proof_of(about jsonb, entries int8multirange) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	made bigint := gdpr_internal.seal_proof(about, entries);
	shown int8multirange := entries + int8multirange(int8range(made, made + 1));
BEGIN
	RETURN jsonb_build_object(
		'about', about,
		'made_at', clock_timestamp(),
		'head', gdpr_internal.anchor_line(),
		'proof', (SELECT gdpr_internal.entry_json(e) FROM gdpr.ledger e WHERE e.number = made),
		'entries', (
			SELECT coalesce(jsonb_agg(gdpr_internal.entry_json(e) ORDER BY e.number), '[]')
			FROM unnest(entries) r JOIN gdpr.ledger e ON e.number >= lower(r) AND e.number < upper(r)),
		'seals', (
			SELECT coalesce(jsonb_agg(jsonb_build_object('sequence', s.sequence, 'at',
				(extract(epoch FROM s.at) * 1000000)::bigint,
				'numbers', s.numbers::text, 'hash', encode(s.hash, 'hex'),
				'previous', coalesce(
					(SELECT encode(p.hash, 'hex') FROM gdpr.ledger_seal p WHERE p.sequence = s.sequence - 1),
					(SELECT encode(b.hash, 'hex') FROM gdpr_internal.ledger_start() b
						WHERE b.sequence = s.sequence - 1)),
				'entries', (SELECT jsonb_agg(encode(e.hash, 'hex') ORDER BY e.number)
							FROM unnest(s.numbers) r JOIN gdpr.ledger e ON e.number >= lower(r)
								AND e.number < upper(r)))
				ORDER BY s.sequence), '[]')
			FROM gdpr.ledger_seal s WHERE s.numbers && shown));
END $$;
COMMENT ON FUNCTION gdpr_internal.proof_of(jsonb, int8multirange) IS
'internal: proof() of a set of sealed entries; the caller has called begin_proof()';

CREATE FUNCTION gdpr.proof(subject_table gdpr.table_ref, subject_key text, since timestamptz DEFAULT '-infinity',
	until timestamptz DEFAULT 'infinity')
RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	entries int8multirange;
BEGIN
	PERFORM gdpr_internal.begin_proof();
	SELECT coalesce(range_agg(int8range(e.number, e.number + 1)), '{}') INTO entries
	FROM gdpr_internal.entries_about(person) e
	WHERE e.at >= since AND e.at < until AND NOT EXISTS (SELECT FROM gdpr.ledger_unsealed u WHERE u.number = e.number);
	RETURN gdpr_internal.proof_of(jsonb_build_object('subject', person, 'table', subject_table::text, 'since', since,
		'until', until), entries);
END $$;
COMMENT ON FUNCTION gdpr.proof(gdpr.table_ref, text, timestamptz, timestamptz) IS
'Evidence about one person: every entry of the ledger in [since, until) that is sealed by now, with the seals over it, '
	'hashes included, and the sealed entry "proof made" that says how many there are, to be verified elsewhere with '
	'examples/verify_ledger/verify_proof.py (Art. 5(2)): it finds what was altered or left out. Keep an anchor of the '
	'last seal of the bundle (head) from another hand. No personal value is in it, not even the key. Writes, so '
	'not on a standby (25006). Errors: 02000 no such subject, ZG021 the ledger is broken.';

CREATE FUNCTION gdpr.proof_of_purpose(purpose text, since timestamptz DEFAULT '-infinity',
	until timestamptz DEFAULT 'infinity') RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	entries int8multirange;
BEGIN
	PERFORM gdpr_internal.begin_proof();
	SELECT coalesce(range_agg(int8range(e.number, e.number + 1)), '{}') INTO entries
	FROM gdpr.ledger e
	WHERE e.detail ->> 'purpose' = proof_of_purpose.purpose AND e.at >= since AND e.at < until
	  AND NOT EXISTS (SELECT FROM gdpr.ledger_unsealed u WHERE u.number = e.number);
	RETURN gdpr_internal.proof_of(jsonb_build_object('purpose', purpose, 'since', since, 'until', until), entries);
END $$;
COMMENT ON FUNCTION gdpr.proof_of_purpose(text, timestamptz, timestamptz) IS
'Evidence as of proof() about one processing activity: every entry of the ledger that names the purpose in its detail '
	'(Art. 5(2)). Errors: ZG021 the ledger is broken.';
