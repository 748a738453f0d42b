/*
 * word.sql: everything that the extension says to people, and to authorities, in their language.
 *
 * A word is found by its domain (a list such as channel, or the headings of a page) and its key. The files
 * <language>.tsv beside this one are what a translator edits, a line a word: domain, key, text. The Makefile makes them
 * into rows; a further file, or rows of your own, are a further language. A language is there when it has a name in
 * itself.
 */
CREATE DOMAIN gdpr.language AS text CHECK (VALUE ~ '^[a-z]{2,3}$');
COMMENT ON DOMAIN gdpr.language IS 'a language by its code of ISO 639, such as nl';

CREATE TABLE gdpr.word
(
	domain		text NOT NULL CHECK (domain ~ '^[a-z_]+$'),
	key			text NOT NULL,
	language	gdpr.language NOT NULL,
	text		text NOT NULL CHECK (pg_catalog.btrim(text) <> ''),
	builtin		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (domain, key, language, builtin)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.word', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.word IS
'what pages, letters and forms say, by domain, key and language; a row of your own goes before one that is built in '
	'(gdpr.set_word)';

CREATE FUNCTION gdpr_internal.languages() RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT array_agg(DISTINCT w.key ORDER BY w.key) FROM gdpr.word w WHERE w.domain = 'language' AND w.language = w.key
$$;
COMMENT ON FUNCTION gdpr_internal.languages() IS 'internal: the languages in which something can be said';

CREATE FUNCTION gdpr_internal.require_language(language text) RETURNS gdpr.language
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF language IS NULL OR language <> ALL (gdpr_internal.languages()) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown language',
			HINT = format('Use one of: %s.', array_to_string(gdpr_internal.languages(), ', '));
	END IF;
	RETURN language;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_language(text) IS
'internal: the language, when something can be said in it; else 22023';

/* Where a word lacks in a language English serves, and then the key. */
CREATE FUNCTION gdpr_internal.say(domain text, key text, language text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT coalesce((SELECT w.text FROM gdpr.word w
					 WHERE w.domain = say.domain AND w.key = say.key AND w.language::text IN (say.language, 'en')
					 ORDER BY w.language = say.language DESC, w.builtin LIMIT 1), replace(key, '_', ' '))
$$;
COMMENT ON FUNCTION gdpr_internal.say(text, text, text) IS
'internal: a word in a language; else in English, else its key in words';

CREATE FUNCTION gdpr.set_word(domain text, key text, language text, text text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF coalesce(set_word.domain, '') !~ '^[a-z_]+$' OR gdpr_internal.is_blank(set_word.key)
		OR coalesce(set_word.language, '') !~ '^[a-z]{2,3}$' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a word needs its domain, its key and its language',
			HINT = 'SELECT domain, key, language, text FROM gdpr.word;';
	END IF;
	DELETE FROM gdpr.word w WHERE w.domain = set_word.domain AND w.key = set_word.key
		AND w.language = set_word.language AND NOT w.builtin;
	INSERT INTO gdpr.word (domain, key, language, text)
	SELECT set_word.domain, set_word.key, set_word.language, btrim(set_word.text)
	WHERE NOT gdpr_internal.is_blank(set_word.text);
END $$;
COMMENT ON FUNCTION gdpr.set_word(text, text, text, text) IS
'Says what a page, letter or form calls something in a language: domain and key as in gdpr.word, the code of the '
	'language, and the text, which goes before a built-in one; NULL takes yours back. A further language begins with '
	'its own name: gdpr.set_word(''language'', ''es'', ''es'', ''español''). What it lacks is in gdpr.status(). '
	'Errors: 22023.';

/* Labels of something the controller names, such as a purpose: {"nl": "...", "fr": "..."}. */
CREATE FUNCTION gdpr_internal.check_labels(labels jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF labels IS NULL OR jsonb_typeof(labels) <> 'object' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'labels must be an object of languages and texts',
			HINT = 'For example {"nl": "Klantenkaart", "en": "Loyalty card"}.';
	END IF;
	PERFORM gdpr_internal.require_language(l.key) FROM jsonb_object_keys(labels) l (key);
	IF EXISTS (SELECT FROM jsonb_each(labels) l WHERE jsonb_typeof(l.value) <> 'string'
		OR gdpr_internal.is_blank(l.value #>> '{}')) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a label is a text that is not empty';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_labels(jsonb) IS
'internal: raises 22023 unless labels is {language: text} of known languages';

CREATE FUNCTION gdpr_internal.set_labels(domain text, key text, labels jsonb) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr.set_word(set_labels.domain, set_labels.key, l.key, l.value) FROM jsonb_each_text(labels) l
$$;
COMMENT ON FUNCTION gdpr_internal.set_labels(text, text, jsonb) IS
'internal: sets a word in each language of {language: text}';

/* Whatever is said in one language is to be said in each. */
CREATE FUNCTION gdpr_internal.word_findings() RETURNS SETOF gdpr.finding
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT 'info', 'word-untranslated', 'language ' || l.language,
		   format('%s words of %s are not translated, such as %s', count(*), k.domain, min(k.key COLLATE "C")),
		   format('SELECT gdpr.set_word(%L, %L, %L, ''<text>'');', k.domain, min(k.key COLLATE "C"), l.language)
	FROM unnest(gdpr_internal.languages()) l (language)
	CROSS JOIN (SELECT DISTINCT w.domain, w.key FROM gdpr.word w) k
	WHERE NOT EXISTS (SELECT FROM gdpr.word w WHERE w.domain = k.domain AND w.key = k.key AND w.language = l.language)
	GROUP BY l.language, k.domain
$$;
COMMENT ON FUNCTION gdpr_internal.word_findings() IS 'internal: part of status(): words that are not translated';
SELECT gdpr_internal.finds('words', 'gdpr_internal.word_findings');
