/*
 * find.sql: who is behind an identifier. A person writes from an address and asks for a copy: the officer must find
 * out whether, where and under which keys the person is on file, whatever the purposes of the rows.
 */
CREATE FUNCTION gdpr.find_subject(class text, value text, OUT subject bigint, OUT subject_table regclass,
	OUT subject_key text, OUT relation regclass, OUT column_name name, OUT rows bigint) RETURNS SETOF record
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	label text;
	c record;
	hit record;
	seen bigint[] := '{}';
BEGIN
	SELECT k.label INTO label FROM gdpr.classes() k WHERE k.class = find_subject.class AND k.searchable;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'people are not found by values of this class',
			HINT = 'Give a class whose values can be compared, such as email, phone, iban or name: '
				'SELECT class FROM gdpr.classes() WHERE searchable;';
	ELSIF NOT gdpr.is_valid(class, value) THEN
		RAISE EXCEPTION USING ERRCODE = '22P02', MESSAGE = format('the value is no %s', label),
			HINT = 'SELECT * FROM gdpr.classes(); says what is expected.';
	ELSIF class = 'national_id' AND NOT EXISTS (SELECT FROM gdpr.national_number_authorisation a
			WHERE a.purpose = gdpr.purpose_number('rights_handling') AND a.valid_from <= current_date
			  AND coalesce(a.valid_to > current_date, true)) THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG012',
			MESSAGE = 'purpose rights_handling has no authorisation to use national numbers',
			HINT = 'SELECT gdpr.authorise_national_number(''rights_handling'', ...); or look for another identifier.';
	END IF;
	FOR c IN SELECT g.root, s.attname FROM gdpr.sealed_column s JOIN gdpr.guarded_table g ON g.relation = s.relation
			 WHERE s.class = find_subject.class AND s.relation = g.root ORDER BY g.root::text COLLATE "C", s.attnum
	LOOP
		FOR hit IN EXECUTE format('SELECT p.number, p.relation, p.key, count(*) AS rows FROM %s t '
			'JOIN gdpr.subject p ON p.number = t.gdpr_subject '
			'WHERE t.%I OPERATOR(pg_catalog.=) CAST($1 AS gdpr.pii_%s) GROUP BY p.number ORDER BY p.number',
			c.root, c.attname, class) USING value
		LOOP
			IF hit.number <> ALL (seen) THEN
				seen := seen || hit.number;
				PERFORM gdpr_internal.record('person looked up', hit.number, jsonb_build_object('class', class));
			END IF;
			subject := hit.number; subject_table := hit.relation; subject_key := hit.key;
			relation := c.root; column_name := c.attname; rows := hit.rows;
			RETURN NEXT;
		END LOOP;
	END LOOP;
	IF seen = '{}' THEN
		PERFORM gdpr_internal.record('person looked up', NULL, jsonb_build_object('class', class));
	END IF;
END $$;
COMMENT ON FUNCTION gdpr.find_subject(text, text) IS
'Where an identifier occurs in protected tables, and whose the rows are, whatever purposes they serve: for answering a '
	'person who writes from an address (Art. 12(2), 15). class: of which two values can be compared, such as email, '
	'phone, iban or name; the same person may come under several subject tables. A look-up is in the ledger, with the '
	'people found and never the value. Errors: 22023 no such class, 22P02 no value of it, ZG012 a national number '
	'without an authorisation for purpose rights_handling.';
