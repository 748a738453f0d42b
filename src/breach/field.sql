/*
 * field.sql: what is known of a breach, field by field, and the forms that ask for it (Art. 33(3)): rows, so that a
 * new form is an INSERT. Labels in the languages of the Belgian authority, and English.
 *
 * The Belgian form is a PDF whose field list is not published; gba-be holds what the authority describes in public.
 * edpb-2026-draft follows the groups of the common template adopted for consultation on 10 June 2026: a draft.
 */
CREATE TABLE gdpr.breach_option
(
	list	text NOT NULL,
	value	text NOT NULL,
	nl		text NOT NULL,
	fr		text NOT NULL,
	de		text NOT NULL,
	en		text NOT NULL,
	iri		text,
	PRIMARY KEY (list, value)
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.breach_option IS 'closed lists of the fields of a breach, with labels and the terms of the W3C '
	'Data Privacy Vocabulary';
INSERT INTO gdpr.breach_option (list, value, nl, fr, de, en, iri) VALUES
	('phase', 'initial', 'Eerste melding', 'Notification initiale', 'Erstmeldung', 'Initial notification',
		'https://w3id.org/dpv/legal/eu/gdpr#DPABreachInitialNotice'),
	('phase', 'followup', 'Aanvullende melding', 'Notification complémentaire', 'Folgemeldung',
		'Follow-up notification', 'https://w3id.org/dpv/legal/eu/gdpr#DPAPhasedBreachNotice'),
	('phase', 'final', 'Laatste melding', 'Notification finale', 'Abschlussmeldung', 'Final notification',
		'https://w3id.org/dpv/legal/eu/gdpr#DPAPhasedBreachNotice'),
	('phase', 'withdrawn', 'Intrekking van de melding', 'Retrait de la notification', 'Rücknahme der Meldung',
		'Withdrawal of the notification', NULL),
	('language', 'nl', 'Nederlands', 'Néerlandais', 'Niederländisch', 'Dutch', NULL),
	('language', 'fr', 'Frans', 'Français', 'Französisch', 'French', NULL),
	('language', 'de', 'Duits', 'Allemand', 'Deutsch', 'German', NULL),
	('language', 'en', 'Engels', 'Anglais', 'Englisch', 'English', NULL),
	('capacity', 'controller', 'Verwerkingsverantwoordelijke', 'Responsable du traitement', 'Verantwortlicher',
		'Controller', NULL),
	('capacity', 'dpo', 'Functionaris voor gegevensbescherming', 'Délégué à la protection des données',
		'Datenschutzbeauftragter', 'Data protection officer', NULL),
	('capacity', 'processor', 'Verwerker', 'Sous-traitant', 'Auftragsverarbeiter', 'Processor', NULL),
	('capacity', 'representative', 'Vertegenwoordiger', 'Représentant', 'Vertreter', 'Representative', NULL),
	('capacity', 'other', 'Andere', 'Autre', 'Andere', 'Other', NULL),
	('type', 'confidentiality', 'Vertrouwelijkheid', 'Confidentialité', 'Vertraulichkeit', 'Confidentiality',
		'https://w3id.org/dpv/legal/eu/gdpr#ConfidentialityBreach'),
	('type', 'integrity', 'Integriteit', 'Intégrité', 'Integrität', 'Integrity',
		'https://w3id.org/dpv/legal/eu/gdpr#IntegrityBreach'),
	('type', 'availability', 'Beschikbaarheid', 'Disponibilité', 'Verfügbarkeit', 'Availability',
		'https://w3id.org/dpv/legal/eu/gdpr#AvailabilityBreach'),
	('intent', 'accidental', 'Onopzettelijk', 'Accidentel', 'Versehentlich', 'Accidental', NULL),
	('intent', 'deliberate', 'Opzettelijk', 'Délibéré', 'Vorsätzlich', 'Deliberate', NULL),
	('intent', 'unknown', 'Onbekend', 'Inconnu', 'Unbekannt', 'Unknown', NULL),
	('origin', 'internal', 'Intern', 'Interne', 'Intern', 'Internal', NULL),
	('origin', 'external', 'Extern', 'Externe', 'Extern', 'External', NULL),
	('origin', 'unknown', 'Onbekend', 'Inconnue', 'Unbekannt', 'Unknown', NULL),
	('cause', 'loss', 'Verlies', 'Perte', 'Verlust', 'Loss', NULL),
	('cause', 'theft', 'Diefstal', 'Vol', 'Diebstahl', 'Theft', NULL),
	('cause', 'hacking', 'Hacking', 'Piratage', 'Hackerangriff', 'Hacking', NULL),
	('cause', 'malware', 'Malware of gijzelsoftware', 'Logiciel malveillant ou rançongiciel',
		'Schad- oder Erpressungssoftware', 'Malware or ransomware', NULL),
	('cause', 'phishing', 'Phishing', 'Hameçonnage', 'Phishing', 'Phishing', NULL),
	('cause', 'mis_sent', 'Naar de verkeerde persoon gestuurd', 'Envoi au mauvais destinataire', 'Fehlversand',
		'Sent to the wrong person', NULL),
	('cause', 'wrong_publication', 'Onbedoelde publicatie', 'Publication involontaire',
		'Versehentliche Veröffentlichung', 'Unintended publication', NULL),
	('cause', 'unauthorised_access', 'Ongeoorloofde toegang', 'Accès non autorisé', 'Unbefugter Zugriff',
		'Unauthorised access', NULL),
	('cause', 'disposal', 'Onjuiste verwijdering van dragers of papier',
		'Élimination incorrecte de supports ou de papier', 'Unsachgemäße Entsorgung', 'Incorrect disposal', NULL),
	('cause', 'technical_error', 'Technische fout', 'Erreur technique', 'Technischer Fehler', 'Technical error', NULL),
	('cause', 'other', 'Andere', 'Autre', 'Andere', 'Other', NULL),
	('special', 'racial_ethnic_origin', 'Ras of etnische afkomst', 'Origine raciale ou ethnique',
		'Rassische oder ethnische Herkunft', 'Racial or ethnic origin', 'https://w3id.org/dpv/pd#EthnicOrigin'),
	('special', 'political_opinion', 'Politieke opvattingen', 'Opinions politiques', 'Politische Meinungen',
		'Political opinions', 'https://w3id.org/dpv/pd#PoliticalOpinion'),
	('special', 'religion_belief', 'Religie of levensbeschouwing', 'Convictions religieuses ou philosophiques',
		'Religion oder Weltanschauung', 'Religious or philosophical beliefs', 'https://w3id.org/dpv/pd#Religion'),
	('special', 'trade_union', 'Lidmaatschap van een vakbond', 'Appartenance syndicale', 'Gewerkschaftszugehörigkeit',
		'Trade union membership', 'https://w3id.org/dpv/pd#TradeUnionMembership'),
	('special', 'genetic', 'Genetische gegevens', 'Données génétiques', 'Genetische Daten', 'Genetic data',
		'https://w3id.org/dpv/pd#Genetic'),
	('special', 'biometric', 'Biometrische gegevens', 'Données biométriques', 'Biometrische Daten', 'Biometric data',
		'https://w3id.org/dpv/pd#Biometric'),
	('special', 'health', 'Gezondheid', 'Santé', 'Gesundheit', 'Health', 'https://w3id.org/dpv/pd#MedicalHealth'),
	('special', 'sex_life', 'Seksueel gedrag of gerichtheid', 'Vie ou orientation sexuelle',
		'Sexualleben oder sexuelle Orientierung', 'Sex life or orientation', 'https://w3id.org/dpv/pd#Sexual'),
	('special', 'criminal', 'Strafrechtelijke gegevens', 'Données judiciaires', 'Strafrechtliche Daten',
		'Criminal convictions and offences', 'https://w3id.org/dpv/pd#CriminalConviction'),
	('harm', 'loss_of_control', 'Verlies van controle over de gegevens', 'Perte de contrôle des données',
		'Verlust der Kontrolle über die Daten', 'Loss of control over the data', NULL),
	('harm', 'identity_fraud', 'Identiteitsfraude', 'Usurpation d''identité', 'Identitätsbetrug',
		'Identity theft or fraud', NULL),
	('harm', 'financial', 'Financieel verlies', 'Perte financière', 'Finanzieller Verlust', 'Financial loss', NULL),
	('harm', 'reputation', 'Reputatieschade', 'Atteinte à la réputation', 'Rufschädigung', 'Damage to reputation',
		NULL),
	('harm', 'discrimination', 'Discriminatie', 'Discrimination', 'Diskriminierung', 'Discrimination', NULL),
	('harm', 'loss_of_secrecy', 'Verlies van beroepsgeheim', 'Perte du secret professionnel',
		'Verlust des Berufsgeheimnisses', 'Loss of professional secrecy', NULL),
	('harm', 'reversal_of_pseudonymisation', 'Ongedaan maken van pseudonimisering', 'Levée de la pseudonymisation',
		'Aufhebung der Pseudonymisierung', 'Reversal of pseudonymisation', NULL),
	('harm', 'limitation_of_rights', 'Beperking van rechten', 'Limitation des droits', 'Einschränkung von Rechten',
		'Limitation of rights', NULL),
	('harm', 'physical', 'Lichamelijke schade', 'Dommage corporel', 'Körperlicher Schaden', 'Physical harm', NULL),
	('harm', 'other', 'Andere', 'Autre', 'Andere', 'Other', NULL),
	('severity', 'negligible', 'Verwaarloosbaar', 'Négligeable', 'Vernachlässigbar', 'Negligible', NULL),
	('severity', 'limited', 'Beperkt', 'Limitée', 'Begrenzt', 'Limited', NULL),
	('severity', 'significant', 'Aanzienlijk', 'Importante', 'Erheblich', 'Significant', NULL),
	('severity', 'maximal', 'Maximaal', 'Maximale', 'Maximal', 'Maximal', NULL),
	('likelihood', 'unlikely', 'Onwaarschijnlijk', 'Improbable', 'Unwahrscheinlich', 'Unlikely', NULL),
	('likelihood', 'possible', 'Mogelijk', 'Possible', 'Möglich', 'Possible', NULL),
	('likelihood', 'likely', 'Waarschijnlijk', 'Probable', 'Wahrscheinlich', 'Likely', NULL),
	('likelihood', 'certain', 'Zeker', 'Certaine', 'Sicher', 'Certain', NULL),
	('risk', 'none', 'Geen risico', 'Aucun risque', 'Kein Risiko', 'No risk',
		'https://w3id.org/dpv/legal/eu/gdpr#DBIAIndicatesNoRisk'),
	('risk', 'low', 'Laag risico', 'Risque faible', 'Geringes Risiko', 'Low risk',
		'https://w3id.org/dpv/legal/eu/gdpr#DBIAIndicatesLowRisk'),
	('risk', 'medium', 'Gemiddeld risico', 'Risque moyen', 'Mittleres Risiko', 'Medium risk', NULL),
	('risk', 'high', 'Hoog risico', 'Risque élevé', 'Hohes Risiko', 'High risk',
		'https://w3id.org/dpv/legal/eu/gdpr#DBIAIndicatesHighRisk'),
	('channel', 'email', 'E-mail', 'Courriel', 'E-Mail', 'E-mail', NULL),
	('channel', 'post', 'Brief', 'Courrier postal', 'Brief', 'Letter', NULL),
	('channel', 'phone', 'Telefoon', 'Téléphone', 'Telefon', 'Telephone', NULL),
	('channel', 'sms', 'Sms', 'SMS', 'SMS', 'Text message', NULL),
	('channel', 'web', 'Website', 'Site web', 'Website', 'Website', NULL),
	('channel', 'app', 'App', 'Application', 'App', 'App', NULL),
	('channel', 'social', 'Sociale media', 'Réseaux sociaux', 'Soziale Medien', 'Social media', NULL),
	('channel', 'in_person', 'Persoonlijk', 'En personne', 'Persönlich', 'In person', NULL),
	('exemption', '34(3)(a)', 'Gegevens onbegrijpelijk gemaakt (versleuteling)',
		'Données rendues incompréhensibles (chiffrement)', 'Daten unzugänglich gemacht (Verschlüsselung)',
			'Data rendered unintelligible '
				'(encryption)', 'https://w3id.org/dpv/legal/eu/gdpr#JustificationA33BreachedDataIneffective'),
	('exemption', '34(3)(b)', 'Het hoge risico doet zich niet meer voor',
		'Le risque élevé n''est plus susceptible de se matérialiser', 'Das hohe Risiko besteht nicht mehr',
			'The high risk is no longer likely', 'https://w3id.org/dpv/legal/eu/gdpr#JustificationA33RiskMitigated'),
	('exemption', '34(3)(c)', 'Onevenredige inspanning: openbare mededeling',
		'Efforts disproportionnés : communication publique', 'Unverhältnismäßiger Aufwand: öffentliche Bekanntmachung',
			'Disproportionate effort: public communication',
				'https://w3id.org/dpv/legal/eu/gdpr#JustificationA33DisproportionateEffort'),
	('word', 'form', 'Melding van een inbreuk in verband met persoonsgegevens',
		'Notification d''une violation de données à caractère personnel',
			'Meldung einer Verletzung des Schutzes personenbezogener Daten', 'Notification of a personal data breach',
				NULL),
	('word', 'draft', 'Ontwerp: dit formulier is nog niet vastgesteld',
		'Projet : ce formulaire n''est pas encore définitif', 'Entwurf: dieses Formular ist noch nicht beschlossen',
			'Draft: this form is not final yet', NULL),
	('word', 'missing', 'Ontbreekt nog', 'Manque encore', 'Fehlt noch', 'Still missing', NULL),
	('word', 'yes', 'Ja', 'Oui', 'Ja', 'Yes', NULL),
	('word', 'no', 'Nee', 'Non', 'Nein', 'No', NULL),
	('word', 'approx', 'ongeveer', 'environ', 'etwa', 'about', NULL),
	('word', 'letter', 'Uw persoonsgegevens: een inbreuk op de beveiliging',
		'Vos données à caractère personnel : une violation de la sécurité',
			'Ihre personenbezogenen Daten: eine Verletzung der Sicherheit', 'Your personal data: a breach of security',
				NULL),
	('word', 'nature', 'Wat is er gebeurd', 'Que s''est-il passé', 'Was ist geschehen', 'What happened', NULL),
	('word', 'consequences', 'Wat dit voor u kan betekenen', 'Ce que cela peut signifier pour vous',
		'Was das für Sie bedeuten kann', 'What it may mean for you', NULL),
	('word', 'measures', 'Wat wij hebben gedaan', 'Ce que nous avons fait', 'Was wir unternommen haben',
		'What we have done', NULL),
	('word', 'advice', 'Wat u zelf kunt doen', 'Ce que vous pouvez faire', 'Was Sie selbst tun können',
		'What you can do', NULL),
	('word', 'contact', 'Bij wie u terechtkunt', 'À qui vous adresser', 'An wen Sie sich wenden können', 'Whom to ask',
		NULL);

CREATE TABLE gdpr.breach_group
(
	name		text PRIMARY KEY,
	position	integer NOT NULL UNIQUE,
	stored		boolean NOT NULL,
	nl			text NOT NULL,
	fr			text NOT NULL,
	de			text NOT NULL,
	en			text NOT NULL
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.breach_group IS 'groups of fields of a breach; those that are not stored come from the '
	'notifications, the letters and the clock';
INSERT INTO gdpr.breach_group VALUES
	('notification', 1, false, 'Melding', 'Notification', 'Meldung', 'Notification'),
	('actors', 2, true, 'Betrokken partijen', 'Acteurs', 'Beteiligte', 'Actors'),
	('timeline', 3, true, 'Tijdlijn', 'Chronologie', 'Zeitlicher Ablauf', 'Timeline'),
	('nature', 4, true, 'Aard van de inbreuk', 'Nature de la violation', 'Art der Verletzung', 'Nature of the breach'),
	('data', 5, true, 'Persoonsgegevens', 'Données à caractère personnel', 'Personenbezogene Daten', 'Personal data'),
	('persons', 6, true, 'Betrokken personen', 'Personnes concernées', 'Betroffene Personen', 'Persons concerned'),
	('protection', 7, true, 'Maatregelen vóór de inbreuk', 'Mesures antérieures à la violation',
		'Maßnahmen vor der Verletzung', 'Protection before the breach'),
	('consequences', 8, true, 'Gevolgen', 'Conséquences', 'Folgen', 'Consequences'),
	('measures', 9, true, 'Maatregelen', 'Mesures', 'Maßnahmen', 'Measures'),
	('data_subjects', 10, true, 'Mededeling aan de betrokkenen', 'Communication aux personnes concernées',
		'Benachrichtigung der Betroffenen', 'Communication to the persons'),
	('cross_border', 11, true, 'Grensoverschrijdend', 'Aspects transfrontaliers', 'Grenzüberschreitung',
		'Cross-border');

/*
 * kind: text; texts, an array of it; option and options, of a list; boolean; time, ISO 8601 with its offset; date;
 * count, {"exact": n}, {"approx": n} or {"min": n, "max": n}; counts, {"BE": n, ...}.
 * derived fields are answered from elsewhere and cannot be set.
 */
CREATE TABLE gdpr.breach_field
(
	group_name	text NOT NULL REFERENCES gdpr.breach_group (name),
	field		text NOT NULL,
	kind		text NOT NULL CHECK (kind IN ('text', 'texts', 'option', 'options', 'boolean', 'time', 'date', 'count',
		'counts')),
	list		text CHECK ((list IS NOT NULL) = (kind IN ('option', 'options'))),
	derived		boolean NOT NULL DEFAULT false,
	position	integer NOT NULL,
	PRIMARY KEY (group_name, field)
);
/* not dumped: the install script fills it */
COMMENT ON TABLE gdpr.breach_field IS 'fields of a breach by group, and what may be in them';

CREATE TABLE gdpr.breach_template
(
	name		text PRIMARY KEY CHECK (name ~ '^[a-z0-9-]+$'),
	description	text NOT NULL,
	draft		boolean NOT NULL DEFAULT false,
	languages	text[] NOT NULL DEFAULT '{nl,fr,de,en}' CHECK (languages <@ '{nl,fr,de,en}' AND languages <> '{}'),
	builtin		boolean NOT NULL DEFAULT false
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_template', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.breach_template IS 'forms for authorities; draft: not law yet; languages: those in which the '
	'authority takes it';
INSERT INTO gdpr.breach_template (name, description, draft, languages, builtin) VALUES
	('art33', 'what Art. 33(3) asks, for any authority', false, '{nl,fr,de,en}', true),
	('gba-be', 'Belgian authority (GBA/APD), as far as it describes its form in public', false, '{nl,fr,de}', true),
	('edpb-2026-draft', 'common template of the EDPB, adopted for consultation on 10 June 2026: its groups, not its '
		'125 questions', true, '{nl,fr,de,en}', true);

CREATE TABLE gdpr.breach_form_template
(
	template	text NOT NULL REFERENCES gdpr.breach_template (name),
	field_key	text NOT NULL,
	"group"		text NOT NULL,
	position	integer NOT NULL,
	label_nl	text NOT NULL,
	label_fr	text NOT NULL,
	label_de	text NOT NULL,
	label_en	text NOT NULL,
	source		text NOT NULL,
	required	boolean NOT NULL,
	only_when	text CHECK (only_when IN ('late', 'high risk', 'informed', 'not informed', 'cross-border')),
	builtin		boolean NOT NULL DEFAULT false,
	PRIMARY KEY (template, field_key),
	FOREIGN KEY ("group") REFERENCES gdpr.breach_group (name)
);
SELECT pg_catalog.pg_extension_config_dump('gdpr.breach_form_template', 'WHERE NOT builtin');
COMMENT ON TABLE gdpr.breach_form_template IS
'forms for authorities: the fields of each with labels, where the answer comes from (source, a group and a field such '
	'as nature.cause) and whether it is required, always or only when late, at high risk, when persons were informed '
		'or not, across borders. Add rows for forms of your own';

/* ask: art33, gba-be, edpb-2026-draft: r required, w required when, o optional, - not asked */
WITH seed AS (
	SELECT s.*, pg_catalog.row_number() OVER () AS position
	FROM (VALUES
		('notification', 'type', 'option', 'phase', true, 'rrr', NULL, 'Soort melding', 'Type de notification',
			'Art der Meldung', 'Type of notification'),
		('notification', 'reference', 'text', NULL, true, 'ooo', NULL, 'Kenmerk van de eerdere melding',
			'Référence de la notification antérieure', 'Aktenzeichen der früheren Meldung',
				'Reference of the earlier notification'),
		('notification', 'authority', 'text', NULL, true, 'rrr', NULL, 'Toezichthoudende autoriteit',
			'Autorité de contrôle', 'Aufsichtsbehörde', 'Supervisory authority'),
		('notification', 'language', 'option', 'language', true, 'oro', NULL, 'Taal', 'Langue', 'Sprache', 'Language'),
		('notification', 'submitted_at', 'time', NULL, true, 'ooo', NULL, 'Ingediend op', 'Introduite le',
			'Eingereicht am', 'Submitted at'),
		('notification', 'acknowledgement', 'text', NULL, true, 'ooo', NULL, 'Ontvangstcode',
			'Code d''accusé de réception', 'Empfangscode', 'Acknowledgement code'),
		('notification', 'delay_reason', 'text', NULL, true, 'www', 'late', 'Reden van de vertraging',
			'Motif du retard', 'Grund der Verzögerung', 'Reason for the delay'),
		('actors', 'controller', 'text', NULL, false, 'rrr', NULL, 'Naam van de verwerkingsverantwoordelijke',
			'Nom du responsable du traitement', 'Name des Verantwortlichen', 'Name of the controller'),
		('actors', 'enterprise_number', 'text', NULL, false, 'oro', NULL, 'Ondernemingsnummer', 'Numéro d''entreprise',
			'Unternehmensnummer', 'Enterprise number'),
		('actors', 'sector', 'text', NULL, false, '-oo', NULL, 'Sector', 'Secteur', 'Branche', 'Sector'),
		('actors', 'address', 'text', NULL, false, 'orr', NULL, 'Adres', 'Adresse', 'Anschrift', 'Address'),
		('actors', 'establishment', 'text', NULL, false, '-oo', NULL, 'Vestiging', 'Établissement', 'Niederlassung',
			'Establishment'),
		('actors', 'size', 'text', NULL, false, '-oo', NULL, 'Grootte van de organisatie', 'Taille de l''organisation',
			'Größe der Organisation', 'Size of the organisation'),
		('actors', 'contact', 'text', NULL, false, 'rrr', NULL, 'Contactpunt', 'Point de contact', 'Anlaufstelle',
			'Contact point'),
		('actors', 'contact_email', 'text', NULL, false, 'rrr', NULL, 'E-mail van het contactpunt',
			'Courriel du point de contact', 'E-Mail der Anlaufstelle', 'E-mail of the contact point'),
		('actors', 'contact_phone', 'text', NULL, false, 'orr', NULL, 'Telefoon van het contactpunt',
			'Téléphone du point de contact', 'Telefon der Anlaufstelle', 'Telephone of the contact point'),
		('actors', 'reporter_capacity', 'option', 'capacity', false, '-rr', NULL, 'Hoedanigheid van de melder',
			'Qualité du déclarant', 'Eigenschaft des Meldenden', 'Capacity of the reporter'),
		('actors', 'dpo', 'text', NULL, false, 'ooo', NULL, 'Functionaris voor gegevensbescherming',
			'Délégué à la protection des données', 'Datenschutzbeauftragter', 'Data protection officer'),
		('actors', 'processors', 'texts', NULL, false, 'ooo', NULL, 'Betrokken verwerkers', 'Sous-traitants concernés',
			'Beteiligte Auftragsverarbeiter', 'Processors involved'),
		('actors', 'other_controllers', 'texts', NULL, false, '-oo', NULL, 'Andere verwerkingsverantwoordelijken',
			'Autres responsables du traitement', 'Weitere Verantwortliche', 'Other controllers'),
		('actors', 'other_authorities', 'texts', NULL, false, '-oo', NULL, 'Andere ingelichte overheden',
			'Autres autorités informées', 'Andere informierte Behörden', 'Other authorities notified'),
		('timeline', 'started_at', 'time', NULL, false, 'orr', NULL, 'Begin van de inbreuk', 'Début de la violation',
			'Beginn der Verletzung', 'Start of the breach'),
		('timeline', 'ended_at', 'time', NULL, false, 'ooo', NULL, 'Einde van de inbreuk', 'Fin de la violation',
			'Ende der Verletzung', 'End of the breach'),
		('timeline', 'ongoing', 'boolean', NULL, false, 'orr', NULL, 'Duurt de inbreuk voort?',
			'La violation se poursuit-elle ?', 'Dauert die Verletzung an?', 'Is the breach ongoing?'),
		('timeline', 'detected_at', 'time', NULL, true, 'rrr', NULL, 'Ontdekt op', 'Découverte le', 'Entdeckt am',
			'Detected at'),
		('timeline', 'detected_how', 'text', NULL, false, 'orr', NULL, 'Hoe ontdekt', 'Mode de découverte',
			'Wie entdeckt', 'How detected'),
		('timeline', 'aware_at', 'time', NULL, true, 'rrr', NULL, 'Kennisgenomen op', 'Prise de connaissance le',
			'Bekannt geworden am', 'Aware at'),
		('timeline', 'processor_told_at', 'time', NULL, false, 'ooo', NULL, 'Door de verwerker ingelicht op',
			'Informé par le sous-traitant le', 'Vom Auftragsverarbeiter informiert am', 'Told by the processor at'),
		('timeline', 'due_at', 'time', NULL, true, 'ooo', NULL, 'Te melden vóór', 'À notifier avant', 'Zu melden bis',
			'To be notified by'),
		('nature', 'types', 'options', 'type', false, 'rrr', NULL, 'Soort inbreuk', 'Type de violation',
			'Art der Verletzung', 'Type of breach'),
		('nature', 'intent', 'option', 'intent', false, 'orr', NULL, 'Opzet', 'Intention', 'Vorsatz', 'Intent'),
		('nature', 'origin', 'option', 'origin', false, 'orr', NULL, 'Herkomst', 'Origine', 'Herkunft', 'Origin'),
		('nature', 'cause', 'option', 'cause', false, 'orr', NULL, 'Oorzaak', 'Cause', 'Ursache', 'Cause'),
		('nature', 'systems', 'texts', NULL, false, 'ooo', NULL, 'Betrokken systemen', 'Systèmes concernés',
			'Betroffene Systeme', 'Systems concerned'),
		('nature', 'description', 'text', NULL, false, 'rrr', NULL, 'Beschrijving', 'Description', 'Beschreibung',
			'Description'),
		('data', 'categories', 'texts', NULL, false, 'rrr', NULL, 'Categorieën van gegevens', 'Catégories de données',
			'Kategorien von Daten', 'Categories of data'),
		('data', 'special', 'boolean', NULL, false, 'orr', NULL, 'Bijzondere categorieën?',
			'Catégories particulières ?', 'Besondere Kategorien?', 'Special categories?'),
		('data', 'special_categories', 'options', 'special', false, 'ooo', NULL, 'Welke bijzondere categorieën',
			'Quelles catégories particulières', 'Welche besonderen Kategorien', 'Which special categories'),
		('data', 'national_number', 'boolean', NULL, false, 'oro', NULL, 'Rijksregisternummer?',
			'Numéro de registre national ?', 'Nationalregisternummer?', 'National identification number?'),
		('data', 'records', 'count', NULL, false, 'rrr', NULL, 'Aantal records', 'Nombre d''enregistrements',
			'Zahl der Datensätze', 'Number of records'),
		('persons', 'categories', 'texts', NULL, false, 'rrr', NULL, 'Categorieën van personen',
			'Catégories de personnes', 'Kategorien von Personen', 'Categories of persons'),
		('persons', 'vulnerable', 'boolean', NULL, false, 'orr', NULL, 'Kwetsbare personen?',
			'Personnes vulnérables ?', 'Schutzbedürftige Personen?', 'Vulnerable persons?'),
		('persons', 'children', 'boolean', NULL, false, 'orr', NULL, 'Kinderen?', 'Enfants ?', 'Kinder?', 'Children?'),
		('persons', 'number', 'count', NULL, false, 'rrr', NULL, 'Aantal personen', 'Nombre de personnes',
			'Zahl der Personen', 'Number of persons'),
		('persons', 'countries', 'texts', NULL, false, 'ooo', NULL, 'Landen', 'Pays', 'Länder', 'Countries'),
		('protection', 'encrypted', 'boolean', NULL, false, 'orr', NULL, 'Waren de gegevens versleuteld?',
			'Les données étaient-elles chiffrées ?', 'Waren die Daten verschlüsselt?', 'Were the data encrypted?'),
		('protection', 'key_compromised', 'boolean', NULL, false, 'orr', NULL, 'Is de sleutel gelekt?',
			'La clé est-elle compromise ?', 'Ist der Schlüssel kompromittiert?', 'Is the key compromised?'),
		('protection', 'pseudonymised', 'boolean', NULL, false, 'ooo', NULL, 'Gepseudonimiseerd?', 'Pseudonymisées ?',
			'Pseudonymisiert?', 'Pseudonymised?'),
		('protection', 'backups', 'boolean', NULL, false, 'ooo', NULL, 'Zijn er back-ups?',
			'Existe-t-il des sauvegardes ?', 'Gibt es Sicherungskopien?', 'Are there backups?'),
		('protection', 'other', 'text', NULL, false, 'oro', NULL, 'Andere maatregelen vóór de inbreuk',
			'Autres mesures antérieures', 'Andere Maßnahmen zuvor', 'Other measures before'),
		('consequences', 'confidentiality', 'text', NULL, false, 'ooo', NULL, 'Gevolgen voor de vertrouwelijkheid',
			'Conséquences pour la confidentialité', 'Folgen für die Vertraulichkeit',
				'Consequences for confidentiality'),
		('consequences', 'integrity', 'text', NULL, false, 'ooo', NULL, 'Gevolgen voor de integriteit',
			'Conséquences pour l''intégrité', 'Folgen für die Integrität', 'Consequences for integrity'),
		('consequences', 'availability', 'text', NULL, false, 'ooo', NULL, 'Gevolgen voor de beschikbaarheid',
			'Conséquences pour la disponibilité', 'Folgen für die Verfügbarkeit', 'Consequences for availability'),
		('consequences', 'harms', 'options', 'harm', false, 'rrr', NULL, 'Mogelijke schade', 'Préjudices possibles',
			'Mögliche Schäden', 'Possible harm'),
		('consequences', 'severity', 'option', 'severity', false, 'orr', NULL, 'Ernst', 'Gravité', 'Schwere',
			'Severity'),
		('consequences', 'likelihood', 'option', 'likelihood', false, 'orr', NULL, 'Waarschijnlijkheid', 'Probabilité',
			'Wahrscheinlichkeit', 'Likelihood'),
		('consequences', 'risk', 'option', 'risk', true, 'rrr', NULL, 'Risico', 'Risque', 'Risiko', 'Risk'),
		('measures', 'taken', 'text', NULL, false, 'rrr', NULL, 'Genomen maatregelen', 'Mesures prises',
			'Getroffene Maßnahmen', 'Measures taken'),
		('measures', 'planned', 'text', NULL, false, 'ooo', NULL, 'Geplande maatregelen', 'Mesures prévues',
			'Geplante Maßnahmen', 'Measures planned'),
		('measures', 'mitigation', 'text', NULL, false, 'rrr', NULL, 'Beperking van de gevolgen',
			'Atténuation des conséquences', 'Abmilderung der Folgen', 'Mitigation of the consequences'),
		('measures', 'prevention', 'text', NULL, false, 'orr', NULL, 'Voorkomen van herhaling',
			'Prévention de la répétition', 'Vorbeugung gegen Wiederholung', 'Prevention of recurrence'),
		('measures', 'taken_on', 'date', NULL, false, 'ooo', NULL, 'Genomen op', 'Prises le', 'Getroffen am',
			'Taken on'),
		('measures', 'planned_on', 'date', NULL, false, 'ooo', NULL, 'Gepland op', 'Prévues le', 'Geplant am',
			'Planned on'),
		('data_subjects', 'informed', 'boolean', NULL, false, 'rrr', NULL, 'Zijn de personen ingelicht?',
			'Les personnes ont-elles été informées ?', 'Wurden die Personen benachrichtigt?',
				'Were the persons informed?'),
		('data_subjects', 'informed_at', 'time', NULL, false, 'www', 'informed', 'Ingelicht op', 'Informées le',
			'Benachrichtigt am', 'Informed at'),
		('data_subjects', 'number', 'count', NULL, false, 'oww', 'informed', 'Aantal ingelichte personen',
			'Nombre de personnes informées', 'Zahl der Benachrichtigten', 'Number of persons informed'),
		('data_subjects', 'channels', 'options', 'channel', false, 'oww', 'informed', 'Hoe ingelicht',
			'Moyen de communication', 'Art der Benachrichtigung', 'How informed'),
		('data_subjects', 'text', 'text', NULL, false, 'oww', 'informed', 'Tekst van de mededeling',
			'Texte de la communication', 'Text der Benachrichtigung', 'Text of the communication'),
		('data_subjects', 'exemption', 'option', 'exemption', true, 'www', 'not informed', 'Uitzondering', 'Exception',
			'Ausnahme', 'Exemption'),
		('data_subjects', 'justification', 'text', NULL, true, 'www', 'not informed',
			'Verantwoording van de uitzondering', 'Justification de l''exception', 'Begründung der Ausnahme',
				'Justification of the exemption'),
		('data_subjects', 'planned_on', 'date', NULL, false, 'ooo', NULL, 'Geplande datum van de mededeling',
			'Date prévue de la communication', 'Geplantes Datum der Benachrichtigung',
				'Planned date of the communication'),
		('cross_border', 'cross_border', 'boolean', NULL, false, 'orr', NULL, 'Grensoverschrijdende verwerking?',
			'Traitement transfrontalier ?', 'Grenzüberschreitende Verarbeitung?', 'Cross-border processing?'),
		('cross_border', 'member_states', 'texts', NULL, false, 'www', 'cross-border', 'Andere lidstaten',
			'Autres États membres', 'Andere Mitgliedstaaten', 'Other member states'),
		('cross_border', 'lead_authority', 'text', NULL, false, 'oww', 'cross-border',
			'Leidende toezichthoudende autoriteit', 'Autorité de contrôle chef de file',
				'Federführende Aufsichtsbehörde', 'Lead supervisory authority'),
		('cross_border', 'per_country', 'counts', NULL, false, 'ooo', NULL, 'Aantal personen per land',
			'Nombre de personnes par pays', 'Zahl der Personen je Land', 'Number of persons by country')
	) s (group_name, field, kind, list, derived, ask, only_when, nl, fr, de, en)
), fields AS (
	INSERT INTO gdpr.breach_field (group_name, field, kind, list, derived, position)
	SELECT s.group_name, s.field, s.kind, s.list, s.derived, s.position FROM seed s
)
INSERT INTO gdpr.breach_form_template
	(template, field_key, "group", position, label_nl, label_fr, label_de, label_en, source, required, only_when,
		builtin)
SELECT t.template, s.group_name || '.' || s.field, s.group_name, s.position, s.nl, s.fr, s.de, s.en,
	s.group_name || '.' || s.field,
	   asked.how IN ('r', 'w'), CASE asked.how WHEN 'w' THEN s.only_when END, true
FROM seed s
CROSS JOIN (VALUES ('art33', 1), ('gba-be', 2), ('edpb-2026-draft', 3)) t (template, place)
CROSS JOIN LATERAL (SELECT pg_catalog.substr(s.ask, t.place, 1)) asked (how)
WHERE asked.how <> '-';

/* ---- what may be in a field ---- */

CREATE FUNCTION gdpr_internal.is_breach_count(value jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE WHEN jsonb_typeof(value) <> 'object'
				  OR EXISTS (SELECT FROM jsonb_each(value) e WHERE jsonb_typeof(e.value) <> 'number'
					OR e.value #>> '{}' !~ '^[0-9]{1,15}$') THEN false
				ELSE ARRAY(SELECT k FROM jsonb_object_keys(value) k ORDER BY k) IN ('{exact}', '{approx}')
				  OR ARRAY(SELECT k FROM jsonb_object_keys(value) k ORDER BY k) = '{max,min}'
					AND (value ->> 'min')::bigint <= (value ->> 'max')::bigint END
$$;
COMMENT ON FUNCTION gdpr_internal.is_breach_count(jsonb) IS
	'internal: {"exact": n}, {"approx": n} or {"min": n, "max": n}, n not negative';

CREATE FUNCTION gdpr_internal.is_breach_time(value text, kind text) RETURNS boolean
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
BEGIN
	IF value !~ (CASE kind WHEN 'date' THEN '^\d{4}-\d\d-\d\d$' ELSE '^\d{4}-\d\d-\d\d[T '
		']\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$' END) THEN
		RETURN false;
	END IF;
	PERFORM value::timestamptz;
	RETURN true;
EXCEPTION WHEN data_exception THEN
	RETURN false;
END $$;
COMMENT ON FUNCTION gdpr_internal.is_breach_time(text, text) IS 'internal: an ISO 8601 date, or a time with its offset';

CREATE FUNCTION gdpr_internal.is_breach_value(field gdpr.breach_field, given jsonb) RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
	SELECT CASE field.kind
		WHEN 'boolean' THEN jsonb_typeof(given) = 'boolean'
		WHEN 'text' THEN jsonb_typeof(given) = 'string' AND btrim(given #>> '{}') <> ''
		WHEN 'time' THEN jsonb_typeof(given) = 'string' AND gdpr_internal.is_breach_time(given #>> '{}', 'time')
		WHEN 'date' THEN jsonb_typeof(given) = 'string' AND gdpr_internal.is_breach_time(given #>> '{}', 'date')
		WHEN 'count' THEN gdpr_internal.is_breach_count(given)
		WHEN 'counts' THEN CASE WHEN jsonb_typeof(given) = 'object' THEN given <> '{}' AND NOT EXISTS (
			SELECT FROM jsonb_each(given) e WHERE e.key !~ '^[A-Z]{2}$' OR e.value #>> '{}' !~ '^[0-9]{1,15}$'
				OR jsonb_typeof(e.value) <> 'number') ELSE false END
		WHEN 'option' THEN jsonb_typeof(given) = 'string' AND EXISTS (
			SELECT FROM gdpr.breach_option o WHERE o.list = field.list AND o.value = given #>> '{}')
		ELSE CASE WHEN jsonb_typeof(given) = 'array' THEN given <> '[]' AND NOT EXISTS (
			SELECT FROM jsonb_array_elements(given) e
			WHERE jsonb_typeof(e) <> 'string' OR btrim(e #>> '{}') = ''
			   OR field.kind = 'options' AND NOT EXISTS (SELECT FROM gdpr.breach_option o WHERE o.list = field.list
				AND o.value = e #>> '{}')) ELSE false END
	END
$$;
COMMENT ON FUNCTION gdpr_internal.is_breach_value(gdpr.breach_field,
	jsonb) IS 'internal: is the value of the field''s kind and in its list?';

/* Without the values: what is refused may be personal. */
CREATE FUNCTION gdpr_internal.check_breach_fields(group_name text, fields jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	e record;
	f gdpr.breach_field;
BEGIN
	IF NOT EXISTS (SELECT FROM gdpr.breach_group g WHERE g.name = group_name AND g.stored) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown group of fields',
			HINT = 'The groups are: ' || (SELECT string_agg(g.name,
				', ' ORDER BY g.position) FROM gdpr.breach_group g WHERE g.stored);
	ELSIF jsonb_typeof(fields) IS DISTINCT FROM 'object' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('the fields of group %s must be a JSON object',
			group_name);
	END IF;
	FOR e IN SELECT key, value FROM jsonb_each(fields)
	LOOP
		SELECT * INTO f FROM gdpr.breach_field b WHERE b.group_name = check_breach_fields.group_name
			AND b.field = e.key AND NOT b.derived;
		IF NOT FOUND THEN
			RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('group %s has no such field to set', group_name),
				HINT = 'Its fields are: ' || (SELECT string_agg(b.field,
					', ' ORDER BY b.position) FROM gdpr.breach_field b
											  WHERE b.group_name = check_breach_fields.group_name AND NOT b.derived);
		ELSIF e.value <> 'null' AND NOT gdpr_internal.is_breach_value(f, e.value) THEN
			RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('field %s of group %s is not of its kind, %s',
				f.field, group_name, f.kind),
				HINT = CASE WHEN f.list IS NOT NULL THEN 'Use ' || (SELECT string_agg(o.value,
					', ' ORDER BY o.value) FROM gdpr.breach_option o WHERE o.list = f.list) || '.'
					ELSE CASE f.kind WHEN 'count' THEN 'Use {"exact": n}, {"approx": n} or {"min": n, "max": n}.'
						WHEN 'counts' THEN 'Use {"BE": n, ...}.'
						WHEN 'time' THEN 'Use ISO 8601 with the offset, such as 2026-03-28T12:00:00+01:00.'
						WHEN 'date' THEN 'Use a date such as 2026-03-28.'
						WHEN 'texts' THEN 'Use an array of texts.'
						WHEN 'boolean' THEN 'Use true or false.' ELSE 'Use a text.' END END;
		END IF;
	END LOOP;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_breach_fields(text,
	jsonb) IS 'internal: 22023 unless every field belongs to the group and is of its kind; never echoes a value';
