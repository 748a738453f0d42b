/*
 * optout.sql: public lists of people who do not want to be called or written to, such as the Belgian "Do not call me"
 * list: keyed hashes only, each with the day of its registration. A list that is too old proves nothing.
 */
SELECT gdpr_internal.add_setting('optout_list_age', '7 days', 'practice: the list is renewed daily, and counts within '
	'days',
	'how old a public opt-out list may be when it is asked', maximum => '3 months');

CREATE TABLE gdpr.optout_list
(
	name		text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_.-]*$'),
	channel		gdpr.channel NOT NULL CHECK (channel IN ('phone', 'sms', 'email')),
	list_date	date NOT NULL,
	loaded_at	timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
	loaded_by	name NOT NULL DEFAULT SESSION_USER
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.optout_list', '');
COMMENT ON TABLE gdpr.optout_list IS
'public opt-out lists, for which channel of direct marketing, and the day of the copy that was loaded';

CREATE TABLE gdpr.optout_entry
(
	hash	bytea NOT NULL CHECK (pg_catalog.length(hash) = 32),
	list	text NOT NULL REFERENCES gdpr.optout_list (name),
	since	date NOT NULL,
	PRIMARY KEY (hash, list)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.optout_entry', '');
COMMENT ON TABLE gdpr.optout_entry IS
'who is on an opt-out list, as keyed hashes like those of the suppression list, and since when';

CREATE FUNCTION gdpr_internal.put_optouts(name text, channel gdpr.channel, list_date date, numbers text[], since date[])
	RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
DECLARE
	class text := CASE put_optouts.channel WHEN 'email' THEN 'email' ELSE 'phone' END;
	entries bigint;
BEGIN
	INSERT INTO gdpr.optout_list AS l (name, channel, list_date)
	VALUES (put_optouts.name, put_optouts.channel, put_optouts.list_date)
	ON CONFLICT ON CONSTRAINT optout_list_pkey DO UPDATE SET channel = excluded.channel,
		list_date = excluded.list_date, loaded_at = clock_timestamp(), loaded_by = SESSION_USER;
	DELETE FROM gdpr.optout_entry e WHERE e.list = put_optouts.name;
	EXECUTE format('INSERT INTO gdpr.optout_entry (hash, list, since) '
		'SELECT gdpr_internal.suppression_hash(u.n::gdpr.pii_%1$s), $1, min(coalesce(u.d, $4)) '
		'FROM unnest($2, $3) u (n, d) WHERE gdpr.is_valid(%1$L, u.n) GROUP BY 1', class)
	USING put_optouts.name, put_optouts.numbers, put_optouts.since, put_optouts.list_date;
	GET DIAGNOSTICS entries = ROW_COUNT;
	PERFORM gdpr_internal.record('opt-out list loaded', NULL, jsonb_build_object('list', put_optouts.name,
		'list_date', put_optouts.list_date, 'entries', entries, 'lines', cardinality(put_optouts.numbers)));
	RETURN entries;
END $$;
COMMENT ON FUNCTION gdpr_internal.put_optouts(text, gdpr.channel, date, text[], date[]) IS
'internal: puts a copy of an opt-out list in place of the one before';

CREATE FUNCTION gdpr.load_optout_list(name text, staging gdpr.table_ref, number_column name, list_date date,
	date_column name DEFAULT NULL, channel gdpr.channel DEFAULT 'phone') RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	numbers text[];
	since date[];
BEGIN
	IF coalesce(name, '') !~ '^[a-z][a-z0-9_.-]*$' OR coalesce(channel, 'any') NOT IN ('phone', 'sms', 'email') THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'an opt-out list has a name of small letters, and is of the channel phone, sms or email';
	ELSIF list_date IS NULL OR list_date > gdpr_internal.server_today() THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'say of which day the copy of the list is';
	END IF;
	EXECUTE format('SELECT array_agg(t.%I::text), array_agg(%s) FROM %s t', number_column,
		CASE WHEN date_column IS NULL THEN 'NULL::date' ELSE format('t.%I::date', date_column) END, staging)
	INTO numbers, since;
	IF numbers IS NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the copy of the list is empty',
			HINT = 'An empty list would let everybody be contacted; COPY the file into the table first.';
	END IF;
	RETURN gdpr_internal.put_optouts(name, channel, list_date, numbers, since);
END $$;
COMMENT ON FUNCTION gdpr.load_optout_list(text, gdpr.table_ref, name, date, name, gdpr.channel) IS
'Loads a copy of a public opt-out list, in place of the one before, from a column of a table of yours: keyed hashes '
	'only. list_date: of which day the copy is; date_column: since when each is on it; channel: phone, sms or email. '
	'Returns how many entries it has; what is no number or address is left out. gdpr.mailable() for direct marketing '
	'over the channel leaves them out, and refuses (ZG026) when the copy is older than the setting optout_list_age. '
	'Errors: 22023, 42703.';

CREATE FUNCTION gdpr_internal.stale_optout_list(channel gdpr.channel) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT min(l.name) FROM gdpr.optout_list l WHERE l.channel = stale_optout_list.channel
	  AND l.list_date + gdpr_internal.period_on('optout_list_age') < gdpr_internal.server_today()
$$;
COMMENT ON FUNCTION gdpr_internal.stale_optout_list(gdpr.channel) IS
'internal: an opt-out list of the channel whose copy is too old, or NULL';
