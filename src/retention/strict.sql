/*
 * strict.sql: with gdpr.require_retention on, no table is protected, and no rule dropped, without saying how long.
 *
 * A rule is for a table that is protected, so the question is asked when the transaction that protects it commits.
 * protected_at tells that transaction from a restore, which brings the tables back before their rules.
 */
CREATE FUNCTION gdpr_internal.retention_required() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce(current_setting('gdpr.require_retention', true)::boolean, false)
$$;
COMMENT ON FUNCTION gdpr_internal.retention_required() IS
'internal: must every purpose of a protected table have a retention rule?';

CREATE FUNCTION gdpr_internal.require_retention_rules(relation regclass) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	lacking text;
BEGIN
	SELECT n INTO lacking
	FROM gdpr.protected_table p CROSS JOIN LATERAL gdpr_internal.carried_purposes(p.relation) n
	WHERE p.relation = require_retention_rules.relation AND gdpr_internal.retention_required()
	  AND NOT EXISTS (SELECT FROM gdpr.retention_rule r WHERE r.relation = p.relation
		  AND r.purpose = gdpr.purpose_number(n, true))
	ORDER BY n LIMIT 1;
	IF FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG016', TABLE = relation::text,
			MESSAGE = format('nothing says how long rows of table %s are kept for purpose "%s"', relation, lacking),
			HINT = format('In one transaction: SELECT gdpr.protect(...); SELECT gdpr.set_retention(%L, %L, ...); or '
				'SET gdpr.require_retention = off.', relation, lacking);
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_retention_rules(regclass) IS
'internal: with gdpr.require_retention on, raises ZG016 when a purpose that rows of a protected table carry has no '
	'retention rule';

CREATE FUNCTION gdpr_internal.retention_ruled() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.require_retention_rules(NEW.relation);
	RETURN NULL;
END $$;
COMMENT ON FUNCTION gdpr_internal.retention_ruled() IS
'internal: require_retention_rules() at the end of the transaction that protected a table, or added a purpose to one';
CREATE CONSTRAINT TRIGGER retention_ruled AFTER INSERT ON gdpr.protected_table
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.protected_at = pg_catalog.now())
		EXECUTE FUNCTION gdpr_internal.retention_ruled();
CREATE CONSTRAINT TRIGGER retention_ruled AFTER INSERT ON gdpr.table_purpose
	DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
	WHEN (NEW.ground <> 'declared' AND NEW.added_at > pg_catalog.now() - interval '5 seconds')
		EXECUTE FUNCTION gdpr_internal.retention_ruled();
