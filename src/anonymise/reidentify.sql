/*
 * reidentify.sql: from a pseudonym back to the person, with a reason, on record (Art. 4(5): the additional information
 * is kept separately, under technical and organisational measures).
 */
CREATE FUNCTION gdpr_internal.is_pseudonym(value "any", relation regclass, domain text, pseudonym text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'gdpr_is_pseudonym' LANGUAGE C STABLE STRICT;
COMMENT ON FUNCTION gdpr_internal.is_pseudonym("any", regclass, text, text) IS
'internal: is this the pseudonym of a sealed value in a domain? Asks no policy; the statement is recorded as a search';

CREATE FUNCTION gdpr_internal.check_reidentification(domain text, pseudonym text, reason text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(domain) OR gdpr_internal.is_blank(pseudonym) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a person is found by a pseudonym and its domain';
	ELSIF gdpr_internal.is_blank(reason) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG022', MESSAGE = 're-identification needs a reason',
			HINT = 'Say why the person must be found, without a personal value: it goes into the ledger.';
	ELSIF NOT EXISTS (SELECT FROM gdpr.pseudonym_grant g WHERE g.domain = check_reidentification.domain
			AND pg_has_role(gdpr_internal.acting_role(), g.role::oid, 'MEMBER'))
		AND NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = gdpr_internal.acting_role() AND r.rolsuper) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG002',
			MESSAGE = format('pseudonyms of this domain are not granted to role "%s"', gdpr_internal.acting_role()),
			HINT = 'SELECT gdpr.grant_domain(''<domain>'', ''<role>''); by a controller.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_reidentification(text, text, text) IS
'internal: 22023, ZG022 and ZG002 for gdpr.reidentify()';

CREATE FUNCTION gdpr.reidentify(domain text, pseudonym text, reason text)
	RETURNS TABLE (subject_table regclass, subject_key text, relation regclass, column_name name)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	sealed record;
	person record;
	detail jsonb := jsonb_build_object('domain', reidentify.domain, 'reason', reidentify.reason,
		'role', gdpr_internal.acting_role());
	anyone boolean := false;
BEGIN
	PERFORM gdpr_internal.check_reidentification(reidentify.domain, reidentify.pseudonym, reidentify.reason);
	FOR sealed IN SELECT s.relation, s.attname FROM gdpr.sealed_column s JOIN gdpr.protected_table p USING (relation)
				  ORDER BY s.relation::text, s.attnum
	LOOP
		FOR person IN EXECUTE format('SELECT s.number, s.relation, s.key FROM gdpr.subject s WHERE s.relation IS NOT '
				'NULL AND s.number IN (SELECT gdpr.subject_of(t.%I) FROM %s t '
				'WHERE gdpr_internal.is_pseudonym(t.%1$I, $1, $2, $3))', sealed.attname, sealed.relation)
			USING sealed.relation, reidentify.domain, reidentify.pseudonym
		LOOP
			PERFORM gdpr_internal.record('person re-identified', person.number, detail || jsonb_build_object(
				'table', sealed.relation::text, 'column', sealed.attname));
			anyone := true;
			RETURN QUERY SELECT person.relation::regclass, person.key::text, sealed.relation::regclass, sealed.attname;
		END LOOP;
	END LOOP;
	IF NOT anyone THEN
		PERFORM gdpr_internal.record('person re-identified', NULL, detail || '{"found": false}');
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.reidentify(text, text, text) IS
'Whose pseudonym of a domain is this: the person and the columns of protected tables that it was made from, no row '
	'when it is no one''s. For the duty dpo, and only for a role that was granted the domain. reason goes into the '
	'ledger, with the person found: never write a personal value into it. Reads every sealed column, so it takes as '
	'long as the tables are large. Errors: ZG002 domain not granted, ZG022 no reason, 22023, ZG019. Art. 4(5), 5(2).';
