-- a table or a role is told as regclass or regrole, as text and as a name, wherever a function asks for one
CREATE ROLE regress_ref_desk;
CREATE ROLE "Regress Ref";
CREATE SCHEMA ref_test;
SET search_path = ref_test;
CREATE TABLE person (id int PRIMARY KEY, email text);
CREATE TABLE "Order Line" (id int PRIMARY KEY, person int NOT NULL REFERENCES person, email text);
SELECT gdpr.define_purpose('ref_service', 'answering the letters that people write to the help desk about an order', 'contract', '1 year') IS NOT NULL AS defined;

-- roles
SELECT gdpr.grant_purpose('ref_service', current_user);
SELECT gdpr.grant_purpose('ref_service', rolname) FROM pg_roles WHERE rolname = 'Regress Ref';
SELECT gdpr.grant_purpose('ref_service', rolname::text) FROM pg_roles WHERE rolname = 'regress_ref_desk';
SELECT gdpr.grant_domain('ref_domain', rolname) FROM pg_roles WHERE rolname = 'Regress Ref';
SELECT gdpr.grant_duty('auditor', rolname) FROM pg_roles WHERE rolname = 'Regress Ref';
SELECT gdpr.revoke_duty('auditor', rolname::varchar) FROM pg_roles WHERE rolname = 'regress_ref_desk';
SELECT role, level FROM gdpr.purpose_grant WHERE purpose = gdpr.purpose_number('ref_service') AND role <> current_user::regrole ORDER BY role::text COLLATE "C";
-- text is read as SQL reads it, a name letter by letter
SELECT gdpr.revoke_purpose('ref_service', text 'Regress Ref');	-- fails
SELECT gdpr.revoke_purpose('ref_service', name '"Regress Ref"');	-- fails
SELECT gdpr.revoke_purpose('ref_service', text '"Regress Ref"');
SELECT gdpr.revoke_purpose('ref_service', role => 'regress_ref_desk'::regrole::oid);
SELECT gdpr.revoke_purpose('ref_service', 'regress_ref_nobody');	-- fails
SELECT gdpr.revoke_duty('auditor', name 'Regress Ref'), gdpr.revoke_domain('ref_domain', name 'Regress Ref');

-- tables
SELECT gdpr.declare_subject(tablename, 'id') FROM pg_tables WHERE schemaname = 'ref_test' AND tablename = 'person';
SELECT gdpr.protect(table_name, '{ref_service}', NULL, '{"email": "pii_email"}') FROM information_schema.tables WHERE table_schema = 'ref_test' AND table_name = 'person';
SELECT gdpr.protect(relname, '{ref_service}', 'person', '{"email": "pii_email"}') FROM pg_class WHERE oid = '"Order Line"'::regclass;
INSERT INTO person VALUES (1, 'a@example.com');
SELECT gdpr.may_process(name 'person', '1', 'ref_service'), gdpr.may_process(text 'ref_test.person', '1', 'ref_service'), gdpr.may_process(varchar 'person', '1', 'ref_service'), gdpr.may_process('person'::regclass, '1', 'ref_service'), gdpr.may_process('person', '1', 'ref_service'), gdpr.may_process(NULL, '1', 'ref_service');
SELECT gdpr.may_process(name 'ref_test.person', '1', 'ref_service');	-- fails
SET gdpr.purpose = 'ref_service';
SELECT gdpr.unprotect(name 'Order Line');

-- one rule: no function of the interface asks for a regclass or a regrole
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'gdpr'::regnamespace AND p.proargtypes::oid[] && '{regclass,regclass[],regrole,regrole[]}'::regtype[]::oid[];
-- and each takes whatever names one: what the resolver finds no function for fails with 42883
DO $$
DECLARE
	f record;
	kind text;
BEGIN
	FOR f IN SELECT p.proname, a.n, t.typname, p.pronargs, p.provariadic <> 0 AS variadic, p.proargtypes FROM pg_proc p
		CROSS JOIN LATERAL unnest(p.proargtypes::oid[]) WITH ORDINALITY a (type, n) JOIN pg_type t ON t.oid = a.type
		WHERE p.pronamespace = 'gdpr'::regnamespace AND p.prokind = 'f' AND t.typname IN ('table_ref', 'role_ref')	-- CALL cannot be prepared
	LOOP
		FOREACH kind IN ARRAY '{name,text,varchar,oid,information_schema.sql_identifier}'::text[]
		LOOP
			BEGIN
				EXECUTE format('PREPARE ref_call AS SELECT gdpr.%I(%s)', f.proname,
					(SELECT string_agg(format(CASE WHEN f.variadic AND i.n = f.pronargs THEN 'VARIADIC ' ELSE '' END || 'NULL::%s', CASE WHEN i.n = f.n THEN kind ELSE i.type::regtype::text END), ', ' ORDER BY i.n)
					 FROM unnest(f.proargtypes::oid[]) WITH ORDINALITY i (type, n)));
				DEALLOCATE ref_call;
			EXCEPTION WHEN undefined_function OR ambiguous_function THEN
				RAISE NOTICE '% takes no % for its argument %', f.proname, kind, f.n;
			END;
		END LOOP;
	END LOOP;
END $$;

-- and none answers with one: what comes out is regclass or regrole
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'gdpr'::regnamespace AND p.proallargtypes IS NOT NULL
  AND EXISTS (SELECT FROM unnest(p.proallargtypes, p.proargmodes) a (type, mode) JOIN pg_type t ON t.oid = a.type WHERE a.mode IN ('o', 't') AND t.typname IN ('table_ref', 'role_ref'));

SELECT gdpr.unprotect('person');
RESET gdpr.purpose;
SELECT gdpr.revoke_purpose('ref_service', current_user);
DROP SCHEMA ref_test CASCADE;
RESET search_path;
DROP ROLE regress_ref_desk, "Regress Ref";
