/*
 * html.sql: the copy of a person's data as a page a person can read, in four languages, with nothing loaded from elsewhere.
 */
CREATE TABLE gdpr.copy_word
(
	word	text PRIMARY KEY,
	nl		text NOT NULL,
	fr		text NOT NULL,
	de		text NOT NULL,
	en		text NOT NULL
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.copy_word IS 'headings of the readable copy of a person''s data, by language';
INSERT INTO gdpr.copy_word (word, nl, fr, de, en) VALUES
	('title', 'Uw persoonsgegevens', 'Vos données à caractère personnel', 'Ihre personenbezogenen Daten', 'Your personal data'),
	('intro', 'Kopie volgens artikel 15 AVG, gemaakt op', 'Copie selon l''article 15 du RGPD, établie le', 'Kopie nach Artikel 15 DSGVO, erstellt am', 'Copy under Article 15 GDPR, made on'),
	('controller', 'Verwerkingsverantwoordelijke', 'Responsable du traitement', 'Verantwortlicher', 'Controller'),
	('data', 'Gegevens', 'Données', 'Daten', 'Data'),
	('purposes', 'Doeleinden', 'Finalités', 'Zwecke', 'Purposes'),
	('categories', 'Categorieën van gegevens', 'Catégories de données', 'Kategorien von Daten', 'Categories of data'),
	('recipients', 'Ontvangers', 'Destinataires', 'Empfänger', 'Recipients'),
	('disclosures', 'Verstrekkingen', 'Communications', 'Offenlegungen', 'Disclosures'),
	('sources', 'Herkomst', 'Sources', 'Herkunft', 'Sources'),
	('retention', 'Bewaartermijn', 'Durée de conservation', 'Speicherdauer', 'Retention period'),
	('consents', 'Toestemmingen', 'Consentements', 'Einwilligungen', 'Consents'),
	('evidence', 'Bewijsstukken', 'Preuves', 'Nachweise', 'Evidence'),
	('notices', 'Verstrekte informatie', 'Informations fournies', 'Erteilte Informationen', 'Notices given'),
	('objections', 'Bezwaren', 'Oppositions', 'Widersprüche', 'Objections'),
	('automated', 'Geautomatiseerde besluiten: logica en gevolgen', 'Décisions automatisées : logique et conséquences', 'Automatisierte Entscheidungen: Logik und Tragweite', 'Automated decisions: logic and significance'),
	('decisions', 'Besluiten over u', 'Décisions à votre sujet', 'Entscheidungen über Sie', 'Decisions about you'),
	('restrictions', 'Beperkingen van de verwerking', 'Limitations du traitement', 'Einschränkungen der Verarbeitung', 'Restrictions of processing'),
	('rights', 'Uw rechten', 'Vos droits', 'Ihre Rechte', 'Your rights'),
	('rights_text',
	 'U kunt uw gegevens laten verbeteren of wissen, de verwerking laten beperken, bezwaar maken, een toestemming intrekken, uw gegevens in een gangbaar formaat meenemen en een klacht indienen bij de toezichthoudende autoriteit.',
	 'Vous pouvez faire rectifier ou effacer vos données, faire limiter le traitement, vous y opposer, retirer un consentement, recevoir vos données dans un format courant et introduire une réclamation auprès de l''autorité de contrôle.',
	 'Sie können Ihre Daten berichtigen oder löschen lassen, die Verarbeitung einschränken lassen, ihr widersprechen, eine Einwilligung widerrufen, Ihre Daten in einem gängigen Format mitnehmen und sich bei der Aufsichtsbehörde beschweren.',
	 'You may have your data corrected or erased, have the processing restricted, object to it, withdraw a consent, take your data along in a common format, and complain to the supervisory authority.'),
	('complaint', 'Toezichthoudende autoriteit', 'Autorité de contrôle', 'Aufsichtsbehörde', 'Supervisory authority'),
	('none', 'Geen', 'Aucun', 'Keine', 'None');

CREATE FUNCTION gdpr.html_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT replace(replace(replace(replace(replace(coalesce(value, ''), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'), '''', '&#39;')
$$;
COMMENT ON FUNCTION gdpr.html_text(text) IS 'internal: text as HTML, safe in content and in quoted attributes';

/* Anything as HTML: an array of objects is a table, an object a list of terms, the rest text. */
CREATE FUNCTION gdpr.html_value(value jsonb, nothing text) RETURNS text
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	columns text[];
BEGIN
	IF value IS NULL OR value IN ('null', '[]', '{}') THEN
		RETURN '<p>' || gdpr.html_text(nothing) || '</p>';
	ELSIF jsonb_typeof(value) = 'array' AND jsonb_typeof(value -> 0) = 'object' THEN
		columns := ARRAY(SELECT k FROM jsonb_array_elements(value) e CROSS JOIN jsonb_object_keys(e) k GROUP BY k ORDER BY k COLLATE "C");
		RETURN '<table><tr>' || (SELECT string_agg('<th>' || gdpr.html_text(c) || '</th>', '' ORDER BY n) FROM unnest(columns) WITH ORDINALITY u (c, n)) || '</tr>'
			|| (SELECT string_agg('<tr>' || (SELECT string_agg('<td>' || gdpr.html_text(e ->> c) || '</td>', '' ORDER BY n)
											 FROM unnest(columns) WITH ORDINALITY u (c, n)) || '</tr>', E'\n' ORDER BY m)
				FROM jsonb_array_elements(value) WITH ORDINALITY r (e, m)) || '</table>';
	ELSIF jsonb_typeof(value) = 'array' THEN
		RETURN '<ul>' || (SELECT string_agg('<li>' || gdpr.html_text(e) || '</li>', '' ORDER BY m)
						  FROM jsonb_array_elements_text(value) WITH ORDINALITY r (e, m)) || '</ul>';
	ELSIF jsonb_typeof(value) = 'object' THEN
		RETURN '<dl>' || (SELECT string_agg('<dt>' || gdpr.html_text(k) || '</dt><dd>' || gdpr.html_text(v) || '</dd>', '' ORDER BY k COLLATE "C")
						  FROM jsonb_each_text(value) r (k, v)) || '</dl>';
	END IF;
	RETURN '<p>' || gdpr.html_text(value #>> '{}') || '</p>';
END $$;
COMMENT ON FUNCTION gdpr.html_value(jsonb, text) IS 'internal: JSON as HTML';

CREATE FUNCTION gdpr.word(word text, lang text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr.html_text(CASE lang WHEN 'nl' THEN w.nl WHEN 'fr' THEN w.fr WHEN 'de' THEN w.de ELSE w.en END)
	FROM gdpr.copy_word w WHERE w.word = word.word
$$;
COMMENT ON FUNCTION gdpr.word(text, text) IS 'internal: a heading of the readable copy in a language, as HTML';

CREATE FUNCTION gdpr.html_copy(copy jsonb, lang text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT concat(
		'<!DOCTYPE html>', E'\n<html lang="', lang, '"><head><meta charset="utf-8"><meta name="robots" content="noindex"><title>', gdpr.word('title', lang), '</title><style>',
		'body{font-family:sans-serif;max-width:60em;margin:2em auto;padding:0 1em}table{border-collapse:collapse;margin:.5em 0}',
		'th,td{border:1px solid #999;padding:.2em .5em;text-align:left;vertical-align:top}dt{font-weight:bold}</style></head><body>',
		E'\n<h1>', gdpr.word('title', lang), '</h1><p>', gdpr.word('intro', lang), ' ', gdpr.html_text(copy ->> 'generated_at'), '</p>',
		E'\n<h2>', gdpr.word('controller', lang), '</h2>', gdpr.html_value(copy -> 'controller', gdpr.word('none', lang)),
		E'\n<h2>', gdpr.word('data', lang), '</h2>',
		(SELECT string_agg(concat(E'\n<h3>', gdpr.html_text(k), '</h3>', gdpr.html_value(v, '')), '' ORDER BY k COLLATE "C") FROM jsonb_each(copy -> 'data') d (k, v)),
		E'\n<h2>', gdpr.word('purposes', lang), '</h2>',
		gdpr.html_value((SELECT jsonb_agg(jsonb_build_object('name', coalesce(p ->> lang, p ->> 'name'), 'description', p -> 'description', 'basis', p -> 'basis') ORDER BY n)
						 FROM jsonb_array_elements(copy -> 'purposes') WITH ORDINALITY a (p, n)), gdpr.word('none', lang)),
		(SELECT string_agg(concat(E'\n<h2>', gdpr.word(part, lang), '</h2>', gdpr.html_value(copy -> part, gdpr.word('none', lang))), '' ORDER BY n)
		 FROM unnest('{categories,recipients,disclosures,sources,retention,consents,evidence,notices,objections,restrictions}'::text[]) WITH ORDINALITY u (part, n)),
		E'\n<h2>', gdpr.word('rights', lang), '</h2><p>', gdpr.word('rights_text', lang), '</p>',
		E'\n<h2>', gdpr.word('complaint', lang), '</h2>', gdpr.html_value(copy -> 'complaint', gdpr.word('none', lang)),
		E'\n</body></html>\n')
$$;
COMMENT ON FUNCTION gdpr.html_copy(jsonb, text) IS 'internal: the copy of export_subject as a page';

CREATE FUNCTION gdpr.export_html(subject_table regclass, subject_key text, lang text DEFAULT 'en', purpose text DEFAULT 'rights_handling') RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF lang IS NULL OR lang NOT IN ('nl', 'fr', 'de', 'en') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown language', HINT = 'Use nl, fr, de or en.';
	END IF;
	RETURN gdpr.html_copy(gdpr.export_subject(subject_table, subject_key, purpose), lang);
END $$;
COMMENT ON FUNCTION gdpr.export_html(regclass, text, text, text) IS
'gdpr.export_subject() as a self-contained HTML page a person can read: nothing is loaded from elsewhere, every value is escaped (Art. 12(1), 15). lang: nl, fr, de or en. Errors: as export_subject; 22023 language.';
