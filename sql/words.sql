-- What people read, in their language: one table of words; a further language is rows.
DELETE FROM gdpr.word WHERE NOT builtin;
SELECT language, count(*) > 300 AS many FROM gdpr.word WHERE builtin GROUP BY language ORDER BY language;
SELECT gdpr_internal.languages();
-- nothing of ours lacks in one of them
SELECT domain, key, l FROM gdpr.word w CROSS JOIN unnest('{nl,fr,de,en}'::text[]) l WHERE w.builtin AND NOT EXISTS (SELECT FROM gdpr.word t WHERE t.domain = w.domain AND t.key = w.key AND t.language = l AND t.builtin);
SELECT domain, key, language FROM gdpr.word w WHERE btrim(text) = '' OR text ~ '[<>\t]';
SELECT l, gdpr_internal.say('basis', 'contract', l) FROM unnest('{nl,fr,de,en,es}'::text[]) l;
SELECT gdpr_internal.say('basis', 'no_such_basis', 'nl');

-- a fifth language
SELECT gdpr_internal.require_language('es');	-- fails
SELECT gdpr_internal.require_language(NULL);	-- fails
SELECT gdpr.set_word('language', 'es', 'es', 'español');
SELECT gdpr_internal.require_language('es');
SELECT gdpr.set_word('basis', 'contract', 'es', 'contrato');
SELECT gdpr_internal.say('basis', 'contract', 'es'), gdpr_internal.say('basis', 'consent', 'es') AS in_english;
SELECT object, finding FROM gdpr_internal.word_findings() WHERE finding ~ ' (basis|language),';
SELECT count(*) > 0 AS in_status FROM gdpr.status() WHERE object = 'language es';

-- a word of one's own goes before ours, and is taken back
SELECT gdpr.set_word('copy', 'title', 'nl', 'Uw gegevens bij ons');
SELECT gdpr_internal.say('copy', 'title', 'nl');
SELECT gdpr.set_word('copy', 'title', 'nl', NULL);
SELECT gdpr_internal.say('copy', 'title', 'nl');
SELECT gdpr.set_word('Copy', 'title', 'nl', 'x');	-- fails
SELECT gdpr.set_word('copy', '', 'nl', 'x');	-- fails
SELECT gdpr.set_word('copy', 'title', NULL, 'x');	-- fails

-- labels of a purpose and of tables
SELECT gdpr.define_purpose('words_card', 'Keeping the points of the loyalty card of a customer.', 'contract', labels => '{"nl": "Klantenkaart", "xx": "?"}');	-- fails
SELECT gdpr.define_purpose('words_card', 'Keeping the points of the loyalty card of a customer.', 'contract', labels => '{"nl": ""}');	-- fails
SELECT gdpr.define_purpose('words_card', 'Keeping the points of the loyalty card of a customer.', 'contract', labels => '["nl"]');	-- fails
SELECT gdpr.define_purpose('words_card', 'Keeping the points of the loyalty card of a customer.', 'contract', labels => '{"nl": "Klantenkaart", "en": "Loyalty card"}') >= 1000;
SELECT l, gdpr_internal.say('purpose', 'words_card', l) FROM unnest('{nl,fr,en}'::text[]) l;
SELECT object, finding FROM gdpr_internal.word_findings() WHERE finding ~ 'words_card' ORDER BY object;
CREATE SCHEMA words;
CREATE TABLE words.cust (id int PRIMARY KEY, tel_nr text);
SELECT gdpr.set_label('words.cust', '{"nl": "Klanten", "en": "Customers"}');
SELECT gdpr.set_label('words.cust', '{"nl": "Telefoon"}', 'tel_nr');
SELECT gdpr.set_label('words.cust', '{"nl": "Telefoon"}', 'tel');	-- fails
SELECT gdpr_internal.label('words.cust', NULL, 'fr'), gdpr_internal.label('words.cust', 'tel_nr', 'nl'), gdpr_internal.label('words.cust', 'tel_nr', 'fr');
ALTER TABLE words.cust RENAME tel_nr TO phone_number;
SELECT gdpr_internal.label('words.cust', 'phone_number', 'nl');
ALTER TABLE words.cust DROP phone_number;
SELECT column_name, language, text FROM gdpr.label ORDER BY language;
CREATE ROLE regress_words;
SET ROLE regress_words;
SELECT gdpr.set_label('words.cust', '{"nl": "x"}');	-- fails
SELECT gdpr.set_word('copy', 'title', 'nl', 'x');	-- fails
RESET ROLE;
DROP ROLE regress_words;
DROP TABLE words.cust;
SELECT count(*) FROM gdpr.label;
DROP SCHEMA words;
DELETE FROM gdpr.word WHERE language = 'es';
SELECT gdpr.end_purpose('words_card');
DELETE FROM gdpr.word WHERE NOT builtin;
