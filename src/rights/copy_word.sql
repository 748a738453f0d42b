/*
 * copy_word.sql: what the readable copy of a person's data says by itself, in four languages.
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
COMMENT ON TABLE gdpr.copy_word IS 'the words of the readable copy of a person''s data, by language: headings of the '
	'page and of columns, and values that are ours (states, channels, ...)';
INSERT INTO gdpr.copy_word (word, nl, fr, de, en) VALUES
	('title', 'Uw persoonsgegevens', 'Vos données à caractère personnel', 'Ihre personenbezogenen Daten',
		'Your personal data'),
	('intro', 'Kopie volgens artikel 15 AVG, gemaakt op', 'Copie selon l''article 15 du RGPD, établie le',
		'Kopie nach Artikel 15 DSGVO, erstellt am', 'Copy under Article 15 GDPR, made on'),
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
	('automated', 'Geautomatiseerde besluiten: logica en gevolgen', 'Décisions automatisées : logique et conséquences',
		'Automatisierte Entscheidungen: Logik und Tragweite', 'Automated decisions: logic and significance'),
	('decisions', 'Besluiten over u', 'Décisions à votre sujet', 'Entscheidungen über Sie', 'Decisions about you'),
	('restrictions', 'Beperkingen van de verwerking', 'Limitations du traitement', 'Einschränkungen der Verarbeitung',
		'Restrictions of processing'),
	('rights', 'Uw rechten', 'Vos droits', 'Ihre Rechte', 'Your rights'),
	('rights_text',
	 'U kunt uw gegevens laten verbeteren of wissen, de verwerking laten beperken, bezwaar maken, een toestemming '
		'intrekken, uw gegevens in een gangbaar formaat meenemen en een klacht indienen bij de toezichthoudende '
			'autoriteit.',
	 'Vous pouvez faire rectifier ou effacer vos données, faire limiter le traitement, vous y opposer, retirer un '
		'consentement, recevoir vos données dans un format courant et introduire une réclamation auprès de '
			'l''autorité de contrôle.',
	 'Sie können Ihre Daten berichtigen oder löschen lassen, die Verarbeitung einschränken lassen, ihr widersprechen, '
		'eine Einwilligung widerrufen, Ihre Daten in einem gängigen Format mitnehmen und sich bei der '
			'Aufsichtsbehörde beschweren.',
	 'You may have your data corrected or erased, have the processing restricted, object to it, withdraw a consent, '
		'take your data along in a common format, and complain to the supervisory authority.'),
	('complaint', 'Toezichthoudende autoriteit', 'Autorité de contrôle', 'Aufsichtsbehörde', 'Supervisory authority'),
	('none', 'Geen', 'Aucun', 'Keine', 'None'),
	('suppressions', 'Op de uitsluitingslijst', 'Sur la liste d''opposition', 'Auf der Sperrliste',
		'On the suppression list');

/* Columns, and values of columns that hold one of a few words. */
INSERT INTO gdpr.copy_word (word, nl, fr, de, en) VALUES
	('name', 'Naam', 'Nom', 'Name', 'Name'),
	('enterprise_number', 'Ondernemingsnummer', 'Numéro d''entreprise', 'Unternehmensnummer', 'Enterprise number'),
	('address', 'Adres', 'Adresse', 'Anschrift', 'Address'),
	('country', 'Land', 'Pays', 'Land', 'Country'),
	('contact', 'Contact', 'Contact', 'Kontakt', 'Contact'),
	('email', 'E-mail', 'E-mail', 'E-Mail', 'E-mail'),
	('phone', 'Telefoon', 'Téléphone', 'Telefon', 'Telephone'),
	('url', 'Website', 'Site web', 'Website', 'Website'),
	('representative', 'Vertegenwoordiger', 'Représentant', 'Vertreter', 'Representative'),
	('dpo_contact', 'Functionaris voor gegevensbescherming', 'Délégué à la protection des données',
		'Datenschutzbeauftragter', 'Data protection officer'),
	('basis', 'Rechtsgrond', 'Base juridique', 'Rechtsgrundlage', 'Lawful basis'),
	('description', 'Omschrijving', 'Description', 'Beschreibung', 'Description'),
	('at', 'Wanneer', 'Quand', 'Wann', 'When'),
	('attached_at', 'Toegevoegd', 'Ajouté le', 'Hinzugefügt am', 'Added'),
	('since', 'Sinds', 'Depuis', 'Seit', 'Since'),
	('until', 'Tot', 'Jusqu''au', 'Bis', 'Until'),
	('ended_at', 'Beëindigd', 'Fin', 'Beendet am', 'Ended'),
	('reviewed_at', 'Herzien', 'Réexaminé le', 'Überprüft am', 'Reviewed'),
	('recipient', 'Ontvanger', 'Destinataire', 'Empfänger', 'Recipient'),
	('purpose', 'Doeleinde', 'Finalité', 'Zweck', 'Purpose'),
	('safeguard', 'Waarborg', 'Garantie', 'Garantie', 'Safeguard'),
	('notice', 'Informatie', 'Information', 'Information', 'Notice'),
	('version', 'Versie', 'Version', 'Fassung', 'Version'),
	('period', 'Termijn', 'Durée', 'Frist', 'Period'),
	('channel', 'Kanaal', 'Canal', 'Kanal', 'Channel'),
	('state', 'Stand', 'État', 'Stand', 'State'),
	('method', 'Wijze', 'Moyen', 'Art und Weise', 'Method'),
	('language', 'Taal', 'Langue', 'Sprache', 'Language'),
	('consent', 'Toestemming', 'Consentement', 'Einwilligung', 'Consent'),
	('kind', 'Soort', 'Type', 'Art', 'Kind'),
	('mime', 'Formaat', 'Format', 'Format', 'Format'),
	('size', 'Bytes', 'Octets', 'Bytes', 'Bytes'),
	('ground', 'Grond', 'Motif', 'Grund', 'Ground'),
	('logic', 'Logica', 'Logique', 'Logik', 'Logic'),
	('significance', 'Gevolgen', 'Conséquences', 'Tragweite', 'Significance'),
	('outcome', 'Uitkomst', 'Résultat', 'Ergebnis', 'Outcome'),
	('review', 'Menselijke tussenkomst', 'Intervention humaine', 'Menschliche Prüfung', 'Human review'),
	('decision', 'Besluit', 'Décision', 'Entscheidung', 'Decision'),
	('class', 'Soort gegeven', 'Type de donnée', 'Art der Angabe', 'Kind of data'),
	('reason', 'Reden', 'Motif', 'Grund', 'Reason'),
	('national_id', 'Rijksregisternummer', 'Numéro de registre national', 'Nationale Kennnummer', 'National number'),
	('id_card', 'Identiteitskaartnummer', 'Numéro de carte d''identité', 'Personalausweisnummer',
		'Identity-card number'),
	('ip', 'IP-adres', 'Adresse IP', 'IP-Adresse', 'IP address'),
	('device_id', 'Toestel', 'Appareil', 'Gerät', 'Device'),
	('iban', 'Rekeningnummer', 'Numéro de compte', 'Kontonummer', 'Account number'),
	('birth_date', 'Geboortedatum', 'Date de naissance', 'Geburtsdatum', 'Date of birth'),
	('health', 'Gezondheid', 'Santé', 'Gesundheit', 'Health'),
	('text', 'Vrije tekst', 'Texte libre', 'Freier Text', 'Free text'),
	('json', 'Samengestelde gegevens', 'Données composées', 'Zusammengesetzte Daten', 'Composite data'),
	('bytes', 'Bestand', 'Fichier', 'Datei', 'File'),
	('legal_obligation', 'wettelijke verplichting', 'obligation légale', 'rechtliche Verpflichtung',
		'legal obligation'),
	('contract', 'overeenkomst', 'contrat', 'Vertrag', 'contract'),
	('vital_interests', 'vitale belangen', 'intérêts vitaux', 'lebenswichtige Interessen', 'vital interests'),
	('public_task', 'taak van algemeen belang', 'mission d''intérêt public', 'öffentliche Aufgabe', 'public task'),
	('legitimate_interests', 'gerechtvaardigde belangen', 'intérêts légitimes', 'berechtigte Interessen',
		'legitimate interests'),
	('requested', 'gevraagd', 'demandé', 'erbeten', 'asked for'),
	('deferred', 'uitgesteld', 'reporté', 'aufgeschoben', 'deferred'),
	('refused', 'geweigerd', 'refusé', 'verweigert', 'refused'),
	('given', 'gegeven', 'donné', 'erteilt', 'given'),
	('renewed', 'vernieuwd', 'renouvelé', 'erneuert', 'renewed'),
	('withdrawn', 'ingetrokken', 'retiré', 'widerrufen', 'withdrawn'),
	('revoked', 'door ons beëindigd', 'terminé par nous', 'von uns beendet', 'ended by us'),
	('invalidated', 'ongeldig verklaard', 'déclaré non valable', 'für ungültig erklärt', 'declared invalid'),
	('web_form', 'webformulier', 'formulaire en ligne', 'Webformular', 'web form'),
	('paper', 'papier', 'papier', 'Papier', 'paper'),
	('in_person', 'persoonlijk', 'en personne', 'persönlich', 'in person'),
	('double_opt_in', 'bevestigde inschrijving', 'inscription confirmée', 'bestätigte Anmeldung', 'confirmed sign-up'),
	('api', 'andere toepassing', 'autre application', 'andere Anwendung', 'another application'),
	('import', 'overgenomen', 'repris d''ailleurs', 'übernommen', 'taken over'),
	('any', 'alle kanalen', 'tous les canaux', 'alle Kanäle', 'every channel'),
	('sms', 'SMS', 'SMS', 'SMS', 'SMS'),
	('post', 'post', 'courrier', 'Post', 'post'),
	('web', 'website', 'site web', 'Website', 'website'),
	('app', 'app', 'application', 'App', 'app'),
	('social', 'sociale media', 'réseaux sociaux', 'soziale Medien', 'social media'),
	('form_snapshot', 'ingevuld formulier', 'formulaire rempli', 'ausgefülltes Formular', 'completed form'),
	('scan', 'scan', 'document numérisé', 'Scan', 'scan'),
	('audio', 'geluidsopname', 'enregistrement sonore', 'Tonaufnahme', 'sound recording'),
	('api_log', 'logboek', 'journal', 'Protokoll', 'log'),
	('accuracy contested', 'juistheid betwist', 'exactitude contestée', 'Richtigkeit bestritten', 'accuracy contested'),
	('unlawful', 'onrechtmatig', 'illicite', 'unrechtmäßig', 'unlawful'),
	('legal claims', 'rechtsvordering', 'droits en justice', 'Rechtsansprüche', 'legal claims'),
	('objection pending', 'bezwaar wordt beoordeeld', 'opposition à l''examen', 'Widerspruch wird geprüft',
		'objection pending'),
	('not asked', 'niet gevraagd', 'non demandée', 'nicht verlangt', 'not asked for'),
	('asked', 'gevraagd', 'demandée', 'verlangt', 'asked for'),
	('upheld', 'bevestigd', 'confirmée', 'bestätigt', 'upheld'),
	('changed', 'gewijzigd', 'modifiée', 'geändert', 'changed'),
	('nl', 'Nederlands', 'néerlandais', 'Niederländisch', 'Dutch'),
	('fr', 'Frans', 'français', 'Französisch', 'French'),
	('de', 'Duits', 'allemand', 'Deutsch', 'German'),
	('en', 'Engels', 'anglais', 'Englisch', 'English'),
	('year', 'jaar', 'an', 'Jahr', 'year'),
	('years', 'jaar', 'ans', 'Jahre', 'years'),
	('mon', 'maand', 'mois', 'Monat', 'month'),
	('mons', 'maanden', 'mois', 'Monate', 'months'),
	('day', 'dag', 'jour', 'Tag', 'day'),
	('days', 'dagen', 'jours', 'Tage', 'days');

CREATE FUNCTION gdpr_internal.html_text(value text) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT replace(replace(replace(replace(replace(coalesce(value, ''), '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"',
		'&quot;'), '''', '&#39;')
$$;
COMMENT ON FUNCTION gdpr_internal.html_text(text) IS 'internal: text as HTML, safe in content and in quoted attributes';

/* A word that is not in the list is shown as it is. */
CREATE FUNCTION gdpr_internal.word(word text, lang text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
	SELECT gdpr_internal.html_text(coalesce((SELECT CASE lang WHEN 'nl' THEN w.nl WHEN 'fr' THEN w.fr WHEN 'de'
		THEN w.de ELSE w.en END
									FROM gdpr.copy_word w WHERE w.word = word.word), replace(word, '_', ' ')))
$$;
COMMENT ON FUNCTION gdpr_internal.word(text, text) IS 'internal: a word of the readable copy in a language, as HTML';
