/*
 * label.sql: what people call tables and columns: a copy that says "Phone number", not tel_nr_2 (Art. 12(1)).
 */
CREATE TABLE gdpr.label
(
	relation	regclass NOT NULL,
	column_name	name NOT NULL,		-- empty: the table itself
	language	gdpr.language NOT NULL,
	text		text NOT NULL CHECK (pg_catalog.btrim(text) <> ''),
	PRIMARY KEY (relation, column_name, language)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.label',
	'WHERE relation::oid IN (SELECT oid FROM pg_catalog.pg_class)');
SELECT gdpr_internal.keeps_relation('gdpr.label', 'relation', 'delete', names => '{column_name}');
COMMENT ON TABLE gdpr.label IS
'what tables and their columns are called in a language, for copies and notifications; column_name is empty for the '
	'table itself';

CREATE FUNCTION gdpr.set_label(relation gdpr.table_ref, labels jsonb, column_name name DEFAULT NULL) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	PERFORM gdpr_internal.require_table_owner(relation);
	PERFORM gdpr_internal.check_labels(labels);
	IF column_name IS NOT NULL AND NOT EXISTS (SELECT FROM pg_attribute a
		WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped) THEN
		RAISE EXCEPTION USING ERRCODE = '42703', MESSAGE = format('table %s has no such column', relation);
	END IF;
	DELETE FROM gdpr.label l WHERE l.relation = set_label.relation
		AND l.column_name = coalesce(set_label.column_name, '') AND labels ? l.language::text;
	INSERT INTO gdpr.label (relation, column_name, language, text)
	SELECT set_label.relation, coalesce(set_label.column_name, ''), l.key, btrim(l.value)
	FROM jsonb_each_text(labels) l;
END $$;
COMMENT ON FUNCTION gdpr.set_label(gdpr.table_ref, jsonb, name) IS
'Says what people read where a table, or a column of it, is printed: labels is {"nl": "Telefoon", "en": "Telephone"}. '
	'Without one, in English; without that, the name in SQL (Art. 12(1)). It follows renames. Errors: 42501 not the '
	'owner of the table, 42703 no such column, 22023 labels.';

CREATE FUNCTION gdpr_internal.label(relation regclass, column_name name, language text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT l.text FROM gdpr.label l
					 WHERE l.relation = label.relation AND l.column_name = coalesce(label.column_name, '')
					   AND l.language::text IN (label.language, 'en')
					 ORDER BY l.language = label.language DESC LIMIT 1),
		column_name::text, regexp_replace(relation::text, '^public\.', ''))
$$;
COMMENT ON FUNCTION gdpr_internal.label(regclass, name, text) IS
'internal: what a table, or a column of it, is called in a language; else its name';
