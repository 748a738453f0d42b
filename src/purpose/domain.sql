/*
 * domain.sql: who may make pseudonyms of a domain, a recipient or a study (Art. 4(5), 32(1)(a)).
 */
CREATE FUNCTION gdpr_internal.check_domain(domain text, role regrole) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF gdpr_internal.is_blank(domain) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a pseudonym needs a domain',
			HINT = 'Name the recipient or study: pseudonyms of two domains cannot be joined.';
	ELSIF NOT EXISTS (SELECT FROM pg_roles r WHERE r.oid = check_domain.role) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a domain is granted to an existing role',
			HINT = 'Name a role; a domain cannot be granted to PUBLIC.';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_domain(text, regrole) IS 'internal: 22023 without a domain and a role';

CREATE FUNCTION gdpr.grant_domain(domain text, role gdpr.role_ref) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.check_domain(domain, role);
	INSERT INTO gdpr.pseudonym_grant AS g (domain, role) VALUES (grant_domain.domain, grant_domain.role)
	ON CONFLICT ON CONSTRAINT pseudonym_grant_pkey DO NOTHING;
	PERFORM gdpr_internal.record('pseudonym domain granted', NULL,
		jsonb_build_object('domain', grant_domain.domain, 'role', grant_domain.role::text));
END $$;
COMMENT ON FUNCTION gdpr.grant_domain(text, gdpr.role_ref) IS
'Lets a role, and its members, make the pseudonyms of a domain with gdpr.pseudonymise(), for people and purposes that '
	'it may process. Keep it from those who receive the pseudonyms (Art. 4(5)). Errors: 22023 no domain or role.';

CREATE FUNCTION gdpr.revoke_domain(domain text, role gdpr.role_ref) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.check_domain(domain, role);
	DELETE FROM gdpr.pseudonym_grant g WHERE g.domain = revoke_domain.domain AND g.role = revoke_domain.role;
	IF NOT FOUND THEN
		RAISE NOTICE 'role % holds no grant for this domain of pseudonyms', revoke_domain.role;
		RETURN;
	END IF;
	PERFORM gdpr_internal.record('pseudonym domain revoked', NULL,
		jsonb_build_object('domain', revoke_domain.domain, 'role', revoke_domain.role::text));
END $$;
COMMENT ON FUNCTION gdpr.revoke_domain(text, gdpr.role_ref) IS
'Takes a domain of pseudonyms from a role, in every session from its next statement. What was not granted is a '
	'notice. Errors: 22023 no domain or role.';
