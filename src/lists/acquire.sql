/*
 * acquire.sql: a list is put on record before anything of it comes in: no import without (ZG026).
 */
CREATE FUNCTION gdpr_internal.check_acquisition(a gdpr.acquisition) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	missing text := (SELECT string_agg(item, ', ') FROM (VALUES ('supplier', a.supplier), ('contract', a.contract),
		('original_controller', a.original_controller), ('source', a.source), ('basis', a.basis),
		('wording', a.wording), ('language', a.language)) x (item, value) WHERE gdpr_internal.is_blank(value));
BEGIN
	IF missing IS NOT NULL THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'the record of a list is incomplete: ' || missing;
	ELSIF coalesce(a.kind, '') NOT IN ('bought', 'rented') OR (a.kind = 'rented') <> (a.rental_end IS NOT NULL) THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a list is bought, or rented until a day',
			HINT = 'Use kind => ''bought'', or kind => ''rented'' with rental_end.';
	ELSIF coalesce(a.row_count, 0) < 1 OR coalesce(cardinality(a.data_categories), 0) = 0 THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'say how many rows a list has, and which categories of data';
	ELSIF coalesce(length(a.file_sha256), 0) <> 32 THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG008', MESSAGE = 'a list needs the hash of its file: 32 bytes of SHA-256',
			HINT = 'Pass sha256(pg_read_binary_file(...)), or decode(''...'', ''hex'').';
	ELSIF a.obtained_at IS NULL OR a.collected_at IS NULL OR a.obtained_at > clock_timestamp()
		OR a.collected_at > a.obtained_at THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a list was collected, and then obtained, in the past';
	ELSIF a.basis NOT IN ('consent', 'contract', 'legal_obligation', 'vital_interests', 'public_task',
		'legitimate_interests') THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'unknown lawful basis';
	END IF;
END $$;
COMMENT ON FUNCTION gdpr_internal.check_acquisition(gdpr.acquisition) IS
'internal: 22023 or ZG008 for a list whose record says too little';

/* What people read where the data were collected, so that their consents can name it by its hash. */
CREATE FUNCTION gdpr_internal.list_notice(a gdpr.acquisition, purposes integer[]) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	shown gdpr.notice;
BEGIN
	shown.name := 'list.' || a.id;
	shown.version := 1;
	shown.kind := 'form';
	shown.purposes := purposes;
	shown.texts := jsonb_build_object(a.language, jsonb_build_object('body', a.wording));
	shown.data_categories := a.data_categories;
	shown.recipients := a.recipient_categories;
	shown.storage_countries := '{}';
	shown.drafted_at := clock_timestamp();
	shown.drafted_by := SESSION_USER;
	shown.published_at := a.collected_at;
	shown.published_by := SESSION_USER;
	shown.content := gdpr_internal.notice_content(shown);
	shown.hash := sha256(convert_to(shown.content::text, 'UTF8'));
	INSERT INTO gdpr.notice SELECT shown.*;
	RETURN shown.name;
END $$;
COMMENT ON FUNCTION gdpr_internal.list_notice(gdpr.acquisition, integer[]) IS
'internal: the words with which a list was collected, as a published notice; its name';

CREATE FUNCTION gdpr.acquire_list(supplier text, contract text, kind text, obtained_at timestamptz, source text,
	basis text, wording text, categories text[], row_count bigint, file_sha256 bytea, collected_at timestamptz,
	original_controller text, purposes text[], language text, recipient_categories text[] DEFAULT '{}',
	rental_end date DEFAULT NULL) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a gdpr.acquisition;
	meant integer[] := ARRAY(SELECT gdpr.purpose_number(p) FROM unnest(acquire_list.purposes) p ORDER BY 1);
BEGIN
	a.id := gen_random_uuid();
	a.kind := acquire_list.kind;
	a.supplier := acquire_list.supplier;
	a.contract := acquire_list.contract;
	a.original_controller := acquire_list.original_controller;
	a.source := acquire_list.source;
	a.basis := acquire_list.basis;
	a.wording := acquire_list.wording;
	a.language := gdpr_internal.require_language(acquire_list.language);
	a.recipient_categories := coalesce(acquire_list.recipient_categories, '{}');
	a.data_categories := acquire_list.categories;
	a.collected_at := acquire_list.collected_at;
	a.obtained_at := acquire_list.obtained_at;
	a.rental_end := acquire_list.rental_end;
	a.row_count := acquire_list.row_count;
	a.file_sha256 := acquire_list.file_sha256;
	a.recorded_at := clock_timestamp();
	a.recorded_by := SESSION_USER;
	PERFORM gdpr_internal.check_acquisition(a);
	IF meant = '{}' THEN
		RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'a list is for at least one purpose';
	END IF;
	a.notice := gdpr_internal.list_notice(a, meant);
	INSERT INTO gdpr.acquisition SELECT a.*;
	PERFORM gdpr_internal.record('list acquired', NULL, jsonb_strip_nulls(jsonb_build_object('acquisition', a.id,
		'kind', a.kind, 'supplier', a.supplier, 'contract', a.contract, 'obtained_at', a.obtained_at, 'rental_end',
		a.rental_end, 'rows', a.row_count, 'sha256', encode(a.file_sha256, 'hex'), 'purposes', acquire_list.purposes)));
	RETURN a.id;
END $$;
COMMENT ON FUNCTION gdpr.acquire_list(text, text, text, timestamptz, text, text, text, text[], bigint, bytea,
	timestamptz, text, text[], text, text[], date) IS
'Puts a bought or rented list of people on record (Art. 5(2), 14), without which nothing of it comes in; returns its '
	'id. supplier, contract (its reference), kind bought or rented (rental_end: the last day); obtained_at, source '
	'(where the data were collected), basis (Art. 6(1)) and wording (what people read and agreed to, in language), '
	'categories of data (pd:EmailAddress), row_count and file_sha256 of the file, collected_at (since when with these '
	'words), original_controller (by whom), purposes the wording covers, recipient_categories that it names and that '
	'we are of. Errors: 22023 incomplete, ZG008 no hash, ZG002 unknown purpose.';

CREATE FUNCTION gdpr_internal.require_acquisition(id uuid) RETURNS gdpr.acquisition
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
	a gdpr.acquisition;
BEGIN
	SELECT x.* INTO a FROM gdpr.acquisition x WHERE x.id = require_acquisition.id;
	IF NOT FOUND THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG026', MESSAGE = 'there is no record of where this list comes from',
			HINT = 'Put it on record with gdpr.acquire_list(), and pass what that returns.';
	ELSIF a.rental_end < gdpr_internal.server_today() THEN
		RAISE EXCEPTION USING ERRCODE = 'ZG026', MESSAGE = 'the rental of this list is over',
			HINT = 'Rent it again, and put that on record with gdpr.acquire_list().';
	END IF;
	RETURN a;
END $$;
COMMENT ON FUNCTION gdpr_internal.require_acquisition(uuid) IS
'internal: a list on record that may still be used; ZG026 otherwise';
