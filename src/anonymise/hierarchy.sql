/*
 * hierarchy.sql: categories, and what they are part of: a place lies in a province, that in a region. A value carries
 * its ancestors from near to far; above the last is the whole, "*".
 */
CREATE TABLE gdpr.hierarchy
(
	name		text COLLATE "C" NOT NULL,
	value		text COLLATE "C" NOT NULL,
	ancestors	text[] NOT NULL,
	PRIMARY KEY (name, value)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.hierarchy', '');
COMMENT ON TABLE gdpr.hierarchy IS
'categories by which values are generalised: each value with its ancestors, from near to far';

CREATE FUNCTION gdpr.define_hierarchy(name text, categories jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	levels bigint[];
	members bigint;
BEGIN
	IF jsonb_typeof(categories) <> 'object' OR name = ''
	   OR EXISTS (SELECT FROM jsonb_each(categories) c WHERE jsonb_typeof(c.value) <> 'array') THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'a hierarchy names the ancestors of each value, from near to far',
			HINT = '{"Gent": ["East Flanders", "Flanders"], "Namur": ["Namur", "Wallonia"]}';
	END IF;
	levels := ARRAY(SELECT DISTINCT jsonb_array_length(c.value) FROM jsonb_each(categories) c);
	IF cardinality(levels) > 1 OR levels[1] = 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023',
			MESSAGE = 'every value of a hierarchy has as many ancestors as the others, at least one',
			HINT = 'Repeat an ancestor where a step is missing.';
	END IF;
	/* one category, one parent: or a step up would not be wider */
	IF EXISTS (SELECT FROM jsonb_each(categories) c,
		jsonb_array_elements_text(c.value) WITH ORDINALITY a (category, level)
			   WHERE a.level < levels[1]
			   GROUP BY a.level, a.category HAVING count(DISTINCT c.value ->> a.level::int) > 1) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a category of the hierarchy lies in two others';
	END IF;
	DELETE FROM gdpr.hierarchy h WHERE h.name = define_hierarchy.name;
	INSERT INTO gdpr.hierarchy (name, value, ancestors)
	SELECT define_hierarchy.name, c.key, ARRAY(SELECT jsonb_array_elements_text(c.value)) FROM jsonb_each(categories) c;
	GET DIAGNOSTICS members = ROW_COUNT;
	PERFORM gdpr_internal.record('hierarchy defined', NULL, jsonb_build_object('name', name, 'values', members));
	RETURN members;
END $$;
COMMENT ON FUNCTION gdpr.define_hierarchy(text, jsonb) IS
'Defines or replaces a hierarchy of categories for generalise and anonymise_to_k(): {"Gent": ["East Flanders", '
	'"Flanders"], ...}, each value with its ancestors from near to far, all equally many; how many values. An empty '
	'object removes it. Errors: 22023.';
