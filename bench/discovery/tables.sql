-- The tables of the labelled columns; types that are not there are enumerations.
DO $$
DECLARE
	t record;
BEGIN
	FOR t IN SELECT DISTINCT schema FROM bench.labelled LOOP
		EXECUTE format('CREATE SCHEMA IF NOT EXISTS %I', t.schema);
	END LOOP;
	FOR t IN SELECT DISTINCT type FROM bench.labelled WHERE to_regtype(type) IS NULL LOOP
		EXECUTE format('CREATE TYPE bench.%I AS ENUM (''a'', ''b'')', t.type);
	END LOOP;
	FOR t IN SELECT schema, tab, string_agg(format('%I %s%s', col,
				CASE WHEN type = 'character' THEN 'text' ELSE coalesce(to_regtype(type)::text, format('bench.%I', type)) END,
				CASE WHEN col = 'id' AND kind = 'not personal' THEN ' PRIMARY KEY' END), ', ' ORDER BY place) AS columns
			 FROM bench.labelled GROUP BY schema, tab
	LOOP
		EXECUTE format('CREATE TABLE %I.%I (%s)', t.schema, t.tab, t.columns);
	END LOOP;
END $$;
