/*
 * token.sql: a page on which a person sees the own data (Art. 12(2), recital 63).
 *
 * The service that verified the identity gives the person a token; the role behind the page can do nothing but hand
 * it in. What the page shows is revealed by the owner of the extension, who needs the purpose for that like any other
 * role.
 */
CREATE TABLE gdpr.self_service
(
	hash		bytea PRIMARY KEY CHECK (pg_catalog.length(hash) = 32),
	subject		bigint NOT NULL REFERENCES gdpr.subject (number),
	expires_at	timestamptz NOT NULL,
	created_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	created_by	name NOT NULL
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.self_service', '');
SELECT gdpr_internal.keeps_subject('gdpr.self_service', 'subject', 'delete');
CREATE INDEX self_service_subject ON gdpr.self_service (subject);
COMMENT ON TABLE gdpr.self_service IS
'hashes of the tokens by which people see their own data, each for one person and a short time';

CREATE FUNCTION gdpr.subject_token(subject_table gdpr.table_ref, subject_key text, lifetime interval DEFAULT NULL)
	RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	person bigint := gdpr_internal.require_subject(subject_table, subject_key);
	most interval := gdpr_internal.period_on('request_token');
	/* twice 122 random bits */
	token text := encode(sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())), 'hex');
BEGIN
	IF coalesce(lifetime, most) > most OR lifetime <= interval '0' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('a token lives at most %s', most),
			HINT = 'The setting request_token; gdpr.set_setting() changes it.';
	END IF;
	DELETE FROM gdpr.self_service t WHERE t.expires_at < clock_timestamp();
	INSERT INTO gdpr.self_service (hash, subject, expires_at, created_by)
	VALUES (sha256(convert_to(token, 'UTF8')), person, clock_timestamp() + coalesce(lifetime, most),
		gdpr_internal.acting_role());
	PERFORM gdpr_internal.record('token given', person, jsonb_build_object('by', gdpr_internal.acting_role()));
	RETURN token;
END $$;
COMMENT ON FUNCTION gdpr.subject_token(gdpr.table_ref, text, interval) IS
'A token with which one person sees the own data through gdpr.my_data(), for at most the setting request_token (an '
	'hour). Only its hash is stored. Give it only to a person whose identity is verified (Art. 12(6)). Errors: 02000 '
	'no such person, 22023 lifetime.';

/* One index probe and one answer, whatever is wrong with the token. */
CREATE FUNCTION gdpr.my_data(token text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET gdpr.on_denied = error AS $$
DECLARE
	person gdpr.subject;
	purpose text := 'rights_handling';
BEGIN
	SELECT s.* INTO person FROM gdpr.self_service t JOIN gdpr.subject s ON s.number = t.subject
	WHERE t.hash = sha256(convert_to(my_data.token, 'UTF8')) AND t.expires_at > clock_timestamp()
		AND s.relation IS NOT NULL;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '42501', MESSAGE = 'this token is not valid', HINT = 'Ask for a new one.';
	END IF;
	PERFORM gdpr_internal.record('copy made', person.number,
		jsonb_build_object('purpose', purpose, 'by', 'the person'));
	RETURN gdpr_internal.assemble_copy(person.relation, person.key,
		(SELECT gdpr_internal.collect(r.relation, r.data, r.classes, purpose)
			FROM gdpr_internal.rows_about(person.relation, person.key, person.number) r),
		gdpr_internal.context_of(person.number) || gdpr_internal.left_out(person.relation));
END $$;
COMMENT ON FUNCTION gdpr.my_data(text) IS
'The copy of the own data for the person who holds a token, as gdpr.export_subject() makes it (Art. 15). The owner of '
	'the extension needs the purpose rights_handling in full: gdpr.grant_purpose(). Errors: 42501 token unknown, '
	'expired, or of an erased person, all alike; ZG002 the purpose is not granted to the owner of the extension.';
