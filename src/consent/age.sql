/*
 * age.sql: a birth date that comes onto file after a consent, and says that a child gave it alone (Art. 8). Such a
 * consent never was valid: it ends, with its reason, and everything that asks for consent hears of it.
 */
CREATE FUNCTION gdpr_internal.too_young() RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'by the birth date on file a child consented without a guardian (Art. 8)'
$$;
COMMENT ON FUNCTION gdpr_internal.too_young() IS 'internal: the reason of a consent that a birth date ended';

CREATE FUNCTION gdpr_internal.birth_date_came(subject bigint, born date) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	alone record;
	event gdpr.consent_event;
BEGIN
	PERFORM gdpr_internal.lock_subject(subject);
	FOR alone IN
		SELECT e.purpose, c.channel, e.id
		FROM gdpr_internal.consents_at(birth_date_came.subject, clock_timestamp()) c
		JOIN gdpr.consent_event e ON e.id = c.event
		WHERE c.state IN ('given', 'renewed') AND c.until > clock_timestamp() AND e.guardian IS NULL
		  AND gdpr.needs_guardian(least(birth_date_came.born, e.event_time::date), NULL, e.event_time::date)
	LOOP
		event := NULL;
		event.subject := subject;
		event.purpose := alone.purpose;
		event.channel := alone.channel;
		event.state := 'invalidated';
		event.supersedes := alone.id;
		event.event_time := clock_timestamp();
		event.reason := gdpr_internal.too_young();
		PERFORM gdpr_internal.add_consent_event(event);
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.birth_date_came(bigint, date) IS
'internal: ends the consents that a person gave alone as a child, by a birth date that comes onto file';
