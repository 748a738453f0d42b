/*
 * notices.sql: who the shop is, its privacy statement in two languages, the text beside the box of its form, and the
 * script of its call centre.
 */
SELECT gdpr.set_controller('Koffiehuis Voorbeeld BV', '0202.239.951', 'Korenmarkt 1, 9000 Gent', 'BE', 'Privacy desk',
	'privacy@koffiehuis.example', '+32 9 000 00 00', 'https://koffiehuis.example',
	authority => 'Gegevensbeschermingsautoriteit, Drukpersstraat 35, 1000 Brussel');

SELECT gdpr.draft_notice('privacy_statement', 'written', '{newsletter,order_fulfilment}', '{
	"nl": {
		"title": "Privacyverklaring",
		"body": "Wij gebruiken uw naam, e-mailadres, telefoonnummer, adres en geboortedatum om uw bestellingen te leveren en, als u daarin toestemt, om u onze nieuwsbrief te sturen.",
		"recipients": "Het koeriersbedrijf dat uw bestelling brengt.",
		"transfers": "Uw gegevens blijven in de Europese Economische Ruimte.",
		"retention": "Drie jaar na uw laatste bestelling.",
		"rights": "U mag uw gegevens inzien, verbeteren, wissen, beperken en meenemen, en u mag bezwaar maken.",
		"withdrawal": "U kunt uw toestemming op elk moment intrekken: onderaan elke nieuwsbrief of bij onze privacy desk.",
		"complaint": "U kunt klacht indienen bij de Gegevensbeschermingsautoriteit.",
		"requirement": "Zonder naam en adres kunnen wij niet leveren; de nieuwsbrief is vrij.",
		"automated_decisions": "Wij nemen geen geautomatiseerde beslissingen."},
	"fr": {
		"title": "Déclaration de confidentialité",
		"body": "Nous utilisons vos nom, adresse e-mail, téléphone, adresse et date de naissance pour livrer vos commandes et, si vous y consentez, pour vous envoyer notre lettre d''information.",
		"recipients": "Le transporteur qui livre votre commande.",
		"transfers": "Vos données restent dans l''Espace économique européen.",
		"retention": "Trois ans après votre dernière commande.",
		"rights": "Vous pouvez consulter, rectifier, effacer, limiter et emporter vos données, et vous y opposer.",
		"withdrawal": "Vous pouvez retirer votre consentement à tout moment : au bas de chaque lettre ou auprès de notre privacy desk.",
		"complaint": "Vous pouvez introduire une réclamation auprès de l''Autorité de protection des données.",
		"requirement": "Sans nom ni adresse nous ne pouvons pas livrer ; la lettre d''information est libre.",
		"automated_decisions": "Nous ne prenons pas de décisions automatisées."}}',
	data_categories => '{pd:Name,pd:EmailAddress,pd:TelephoneNumber,pd:PhysicalAddress,pd:BirthDate}',
	storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => 'https://koffiehuis.example/privacy', url => 'https://koffiehuis.example/privacy');
SELECT gdpr.publish_notice('privacy_statement');

SELECT gdpr.draft_notice('newsletter_form', 'form', '{newsletter}', '{
	"nl": {"title": "Nieuwsbrief", "body": "Ja, stuur mij elke maand de nieuwsbrief per e-mail. Ik kan dit altijd intrekken."},
	"fr": {"title": "Lettre d''information", "body": "Oui, envoyez-moi chaque mois la lettre d''information par e-mail. Je peux toujours retirer ceci."}}',
	data_categories => '{pd:Name,pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => 'https://koffiehuis.example/privacy', full_notice => 'privacy_statement');
SELECT gdpr.publish_notice('newsletter_form');

SELECT gdpr.draft_notice('newsletter_script', 'oral', '{newsletter}', '{
	"nl": {"title": "Nieuwsbrief, telefoon", "body": "Dit gesprek wordt opgenomen als bewijs van uw antwoord. Mogen wij u elke maand onze nieuwsbrief mailen? U kunt dit altijd intrekken."},
	"fr": {"title": "Lettre d''information, téléphone", "body": "Cet appel est enregistré comme preuve de votre réponse. Pouvons-nous vous envoyer chaque mois notre lettre d''information ? Vous pouvez toujours retirer votre accord."}}',
	data_categories => '{pd:Name,pd:EmailAddress}', storage_countries => '{BE}', retention_period => '3 years',
	withdrawal_at => 'https://koffiehuis.example/privacy', full_notice => 'privacy_statement');
SELECT gdpr.publish_notice('newsletter_script');
