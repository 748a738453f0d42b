-- Owners that are a pair (type, id): the same id under another type is somebody else.
-- A database of its own: what other tests leave behind would be findings here.
SET client_min_messages = warning;
CREATE DATABASE regress_polymorphic;
\c regress_polymorphic
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_poly_owner;
CREATE ROLE regress_poly_clerk;
SELECT gdpr.grant_duty('controller', 'regress_poly_owner'), gdpr.grant_duty('dpo', 'regress_poly_owner');
SELECT gdpr.grant_purpose(p, r::regrole) FROM unnest('{customer_care,rights_handling}'::text[]) p, unnest('{regress_poly_owner,regress_poly_clerk}'::text[]) r;
CREATE SCHEMA crm AUTHORIZATION regress_poly_owner;
SET ROLE regress_poly_owner;
SET search_path = crm;
SET gdpr.purpose = 'customer_care';

-- as Rails makes them
CREATE TABLE customer (id bigint PRIMARY KEY, name text);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id bigint REFERENCES customer, note text);
CREATE TABLE comment (id integer PRIMARY KEY, commentable_type text, commentable_id bigint, body text, stars integer);
INSERT INTO customer VALUES (1, 'An'), (2, 'Bo'), (3, 'Cy');
INSERT INTO orders VALUES (1, 2, 'gift'), (2, 3, NULL), (3, NULL, NULL);
INSERT INTO comment VALUES (11, 'Customer', 1, 'about An'), (12, 'Customer', 2, 'about Bo'),
	(21, 'Order', 1, 'order of Bo'), (22, 'Order', 2, 'order of Cy'), (31, 'Invoice', 1, 'nobody knows'), (32, NULL, 1, NULL), (33, 'Order', 3, NULL);
SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', '{customer_care}', columns => '{"name":"pii_name"}');
SELECT gdpr.protect('orders', '{customer_care}', owner => 'customer_id', columns => '{"note":"pii_text"}');

-- half of a pair is refused, and so is what is no pair
\set body '{"body":"pii_text"}'
\set owner '(commentable_type = ''Customer'', commentable_id -> customer), (commentable_type = ''Order'', commentable_id -> orders).customer_id'
SELECT gdpr.protect('comment', '{customer_care}', owner => 'commentable_id', columns => :'body');	-- fails
SELECT gdpr.protect('comment', '{customer_care}', owner => '(commentable_type = ''Customer'', commentable_id)', columns => :'body');	-- fails
SELECT gdpr.protect('comment', '{customer_care}', owner => '(commentable_type = ''Customer'' OR true, commentable_id -> customer)', columns => :'body');	-- fails
SELECT gdpr.protect('comment', '{customer_care}', owner => '(commentable_type = customer, commentable_id -> customer)', columns => :'body');	-- fails
SELECT gdpr.protect('comment', '{customer_care}', owner => '(kind = ''Customer'', commentable_id -> customer)', columns => :'body');	-- fails
SELECT gdpr.protect('comment', '{customer_care}', owner => '(commentable_type = ''Customer'', id_of -> customer)', columns => :'body');	-- fails
SELECT gdpr.protect('comment', '{customer_care}', owner => '(commentable_type = ''Customer'', commentable_id -> clients)', columns => :'body');	-- fails
SELECT gdpr.protect('comment', '{customer_care}', owner => '(stars = ''Customer'', commentable_id -> customer)', columns => :'body');	-- fails
SELECT gdpr.protect('comment', '{customer_care}', owner => '(commentable_type = ''Customer'', id, commentable_id -> customer)', columns => :'body');	-- fails
SELECT gdpr.protect('comment', '{customer_care}', owner => '(commentable_type = ''Order'', commentable_id -> orders)', columns => :'body');	-- fails: an order is nobody
SELECT gdpr.protect('comment', '{customer_care}', owner => '(commentable_type = ''Customer'', commentable_id -> customer).', columns => :'body');	-- fails
SELECT gdpr.protect('comment', '{customer_care}', owner => :'owner' || ', (commentable_type = ''Order'', commentable_id -> orders).customer_id', columns => :'body');	-- fails: twice
SELECT gdpr.protect('comment', '{customer_care}', owner => :'owner' || ', commentable_id', columns => :'body');	-- fails
-- what would belong to nobody is not lost: the table stays as it is
SELECT gdpr.protect('comment', '{customer_care}', owner => :'owner', columns => :'body');	-- fails: the invoice
SELECT body FROM comment WHERE id = 31;
UPDATE comment SET body = NULL WHERE id = 31;
SELECT gdpr.protect('comment', '{customer_care}', owner => :'owner', columns => :'body');
RESET ROLE;
\set whose 'SELECT c.id, c.commentable_type AS type, c.commentable_id AS of, s.key AS person, gdpr.subject_of(c.body) = c.gdpr_subject AS theirs FROM comment c LEFT JOIN gdpr.subject s ON s.number = c.gdpr_subject '
:whose ORDER BY c.id;
SELECT relation, role, path, on_erase FROM gdpr.data_map() WHERE relation = 'comment'::regclass;
SELECT e ->> 'path' AS path FROM jsonb_array_elements(gdpr.data_map_json()) e WHERE e ->> 'relation' = 'crm.comment';
SELECT line FROM regexp_split_to_table(gdpr.data_map_dot(), '\n') line WHERE line ~ 'comment.*->';
-- rows that lead to nobody are findings, and so are the indexes that are missing
SELECT finding FROM gdpr.graph_findings() WHERE object::regclass = 'comment'::regclass ORDER BY 1;
SELECT * FROM gdpr.missing_indexes() WHERE relation = 'comment'::regclass;
SELECT command FROM gdpr.missing_indexes() \gexec
SELECT * FROM gdpr.missing_indexes();
SELECT finding, fix FROM gdpr.graph_findings() WHERE object::regclass = 'comment'::regclass ORDER BY 1;

-- each row is bound by the way of its type
GRANT USAGE ON SCHEMA crm TO regress_poly_clerk;
GRANT ALL ON ALL TABLES IN SCHEMA crm TO regress_poly_clerk;
SET ROLE regress_poly_clerk;
INSERT INTO comment VALUES (13, 'Customer', 3, 'about Cy'), (23, 'Order', 1, 'order of Bo, again'), (34, 'Order', 1, NULL);
INSERT INTO comment VALUES (35, 'Invoice', 1, 'not An''s');	-- fails: nobody's
INSERT INTO comment VALUES (35, 'customer', 1, 'not An''s');	-- fails
INSERT INTO comment VALUES (35, NULL, 1, 'not An''s');	-- fails
INSERT INTO comment VALUES (35, 'Order', 3, 'of an order of nobody');	-- fails
INSERT INTO comment VALUES (35, 'Order', NULL, 'of no order');	-- fails
INSERT INTO comment VALUES (35, 'Invoice', 1, NULL);
RESET ROLE;
:whose WHERE c.id IN (13, 23, 34, 35) ORDER BY c.id;
-- a change of the type, or of the id, makes it another person's; a type that nobody follows changes nothing
SET ROLE regress_poly_clerk;
UPDATE comment SET commentable_type = 'Order' WHERE id = 11;	-- from An to Bo
UPDATE comment SET commentable_id = 2 WHERE id = 23;	-- from Bo to Cy
UPDATE comment SET commentable_type = 'Order', commentable_id = 1 WHERE id = 12;	-- Bo's by either way
UPDATE comment SET commentable_type = 'Customer', stars = 5 WHERE id = 35;	-- nobody's until now
UPDATE comment SET commentable_type = 'Invoice' WHERE id = 13;
UPDATE orders SET customer_id = 1 WHERE id = 1;	-- fails: comments follow it
RESET ROLE;
:whose WHERE c.id IN (11, 12, 13, 23, 35) ORDER BY c.id;
SELECT id, gdpr.reveal(body) FROM comment WHERE id IN (11, 12, 13, 23) ORDER BY id;	-- fails: a superuser is no member by magic
SET ROLE regress_poly_clerk;
SELECT id, gdpr.reveal(body) FROM comment WHERE id IN (11, 12, 13, 23) ORDER BY id;
UPDATE comment SET commentable_type = 'Customer', commentable_id = 1 WHERE id = 11;
UPDATE comment SET commentable_type = 'Customer', commentable_id = 2 WHERE id = 12;
RESET ROLE;

-- the copy has what is the person's, and nothing of the same number under another type
SET ROLE regress_poly_owner;
SELECT relation, role, data ->> 'id' AS id, data ->> 'commentable_type' AS type, data ->> 'body' AS body
FROM gdpr.export_rows('customer', '1') ORDER BY 1, 3;
SELECT relation, data ->> 'id' AS id, data ->> 'body' AS body FROM gdpr.export_rows('customer', '2') ORDER BY 1, 2;
SELECT relation, data ->> 'id' AS id, data ->> 'body' AS body FROM gdpr.export_rows('customer', '3') ORDER BY 1, 2;
SELECT * FROM gdpr.impact('customer', '1');
SELECT * FROM gdpr.impact('customer', '2');
SELECT gdpr.rectify('customer', '2', 'body', 'corrected', relation => 'comment', row_key => '21');
SELECT gdpr.rectify('customer', '2', 'body', 'corrected', relation => 'comment', row_key => '11');	-- fails: An's
SELECT gdpr.rectify('customer', '2', 'commentable_type', 'Customer', relation => 'comment', row_key => '21');	-- fails

-- a type of its own action: comments on orders are kept, emptied of what is personal
SELECT gdpr.link('comment', '(commentable_type = ''Order'', commentable_id -> orders).customer_id', on_erase => 'anonymise');
SELECT gdpr.link('comment', '(commentable_type = ''Order'', commentable_id -> orders).customer_id', on_erase => 'blank');	-- fails
SELECT number AS an FROM gdpr.subject WHERE key = '1' \gset
SELECT number AS bo FROM gdpr.subject WHERE key = '2' \gset
SELECT jsonb_pretty(gdpr.erase_subject('customer', '1', 'Art. 17(1)(a)') -> 'tables');
SELECT * FROM gdpr.residue(:an);
RESET ROLE;
:whose ORDER BY c.id;
SET ROLE regress_poly_owner;
SELECT jsonb_pretty(gdpr.erase_subject('customer', '2', 'Art. 17(1)(a)') -> 'tables');
SELECT * FROM gdpr.residue(:bo);
RESET ROLE;
:whose ORDER BY c.id;
SELECT id, commentable_type, commentable_id, body IS NULL AS empty FROM comment WHERE commentable_type = 'Order' ORDER BY id;
SELECT id FROM orders ORDER BY id;

-- columns and tables may be renamed, and what the path needs not dropped
SET ROLE regress_poly_owner;
ALTER TABLE comment RENAME COLUMN commentable_type TO "Kind of";
ALTER TABLE comment RENAME COLUMN commentable_id TO "the ""id""";
ALTER TABLE orders RENAME TO "My Order";
ALTER TABLE "My Order" RENAME COLUMN id TO "No";
SELECT path FROM gdpr.data_map() WHERE relation = 'comment'::regclass;
ALTER TABLE comment DROP COLUMN "Kind of";	-- fails
ALTER TABLE comment DROP COLUMN "the ""id""";	-- fails
INSERT INTO comment VALUES (41, 'Order', 2, 'after the renaming');
SELECT data ->> 'id' AS id, data ->> 'body' AS body FROM gdpr.export_rows('customer', '3') WHERE relation = 'comment'::regclass;
SELECT gdpr.unlink('comment', '("Kind of" = ''Order'', "the ""id""" -> "My Order").customer_id');	-- fails: Cy's would be nobody's
SELECT gdpr.link('comment', '("Kind of" = ''Order'', "the ""id""" -> "My Order").customer_id', role => 'accessor');	-- fails
SELECT gdpr.unprotect('comment');
SELECT count(*) FROM gdpr.owner_step s WHERE s.relation = 'comment'::regclass;
SELECT count(*) FROM gdpr.subject_link_step s WHERE s.relation = 'comment'::regclass;

-- as Django makes them: the type is a number, the id a text, for some keys are; two tables of people
CREATE TABLE employee (code uuid PRIMARY KEY, email text);
CREATE TABLE content_type (id integer PRIMARY KEY, model text);
CREATE TABLE parcel (id integer PRIMARY KEY, employee uuid REFERENCES employee);
CREATE TABLE log_entry (id integer PRIMARY KEY, content_type_id integer REFERENCES content_type, object_id varchar(40), message text, author bigint REFERENCES customer);
INSERT INTO content_type VALUES (7, 'customer'), (8, 'employee'), (9, 'parcel');
INSERT INTO employee VALUES ('00000000-0000-0000-0000-000000000003', 'three@example.com'), ('00000000-0000-0000-0000-00000000000a', 'ten@example.com');
INSERT INTO parcel VALUES (3, '00000000-0000-0000-0000-000000000003');
INSERT INTO customer VALUES (1, 'An, another');
INSERT INTO log_entry VALUES (1, 7, '3', 'customer Cy', 1), (2, 8, '00000000-0000-0000-0000-000000000003', 'employee three', 3), (3, 9, '3', 'parcel of three', NULL);
SELECT gdpr.declare_subject('employee', 'code');
SELECT gdpr.protect('employee', '{customer_care}', columns => '{"email":"pii_email"}'), gdpr.protect('parcel', '{customer_care}', owner => 'employee');
SELECT gdpr.protect('log_entry', '{customer_care}', owner => 'object_id', columns => '{"message":"pii_text"}');	-- fails
SELECT gdpr.protect('log_entry', '{customer_care}', columns => '{"message":"pii_text"}',
	owner => '(content_type_id = 7, object_id -> customer), (content_type_id = 8, object_id -> employee), (content_type_id = 9, object_id -> parcel(id)).employee');
INSERT INTO log_entry VALUES (4, 9, 'three', NULL), (5, 9, '03', NULL);
INSERT INTO log_entry VALUES (6, 8, '3', NULL); -- fails: no key of an employee
SELECT gdpr.link('log_entry', 'author', columns => '{message}', on_erase => 'delete');
RESET ROLE;
SELECT e.id, e.content_type_id, s.relation, s.key FROM log_entry e LEFT JOIN gdpr.subject s ON s.number = e.gdpr_subject ORDER BY e.id;
SELECT path FROM gdpr.data_map() WHERE relation = 'log_entry'::regclass;
SET ROLE regress_poly_owner;
SELECT role, data ->> 'id' AS id FROM gdpr.export_rows('employee', '00000000-0000-0000-0000-000000000003') WHERE relation = 'log_entry'::regclass;
SELECT role, data ->> 'id' AS id FROM gdpr.export_rows('customer', '3') WHERE relation = 'log_entry'::regclass;
SELECT step, relation, role, action, rows, shared FROM gdpr.impact('customer', '3');
-- the employee is erased: what was about the employee and has an author is the author's from now on
SELECT number AS three FROM gdpr.subject WHERE relation = 'employee'::regclass AND key LIKE '%-%3' \gset
SELECT jsonb_pretty(gdpr.erase_subject('employee', '00000000-0000-0000-0000-000000000003', 'Art. 17(1)(a)') -> 'tables');
SELECT * FROM gdpr.residue(:three);
RESET ROLE;
SELECT e.id, e.content_type_id, e.object_id, s.relation, s.key FROM log_entry e LEFT JOIN gdpr.subject s ON s.number = e.gdpr_subject ORDER BY e.id;
DROP TABLE log_entry;

-- an enum says it, under names of mixed case, and the table is partitioned by it; its types come one by one
SET ROLE regress_poly_owner;
CREATE TYPE "Kind" AS ENUM ('Person', 'Deal', 'Other');
CREATE DOMAIN "Kind Of" AS "Kind";
CREATE TABLE "Note" ("Id" integer, "SubjectKind" "Kind Of", "SubjectId" integer, "Text" text, PRIMARY KEY ("Id", "SubjectKind")) PARTITION BY LIST ("SubjectKind");
CREATE TABLE note_person PARTITION OF "Note" FOR VALUES IN ('Person');
CREATE TABLE note_deal PARTITION OF "Note" FOR VALUES IN ('Deal');
CREATE TABLE note_other PARTITION OF "Note" DEFAULT;
INSERT INTO "Note" VALUES (1, 'Person', 3, 'Cy'), (2, 'Person', 1, 'An');
SELECT gdpr.protect('"Note"', '{customer_care}', owner => '("SubjectKind" = ''Thing'', "SubjectId" -> customer)', columns => '{"Text":"pii_text"}');	-- fails
SELECT gdpr.protect('"Note"', '{customer_care}', owner => '("SubjectKind" = ''Person'', "SubjectId" -> crm.customer(id))', columns => '{"Text":"pii_text"}');
INSERT INTO "Note" VALUES (3, 'Deal', 2, 'about a deal of Cy');	-- fails: not followed yet
SELECT gdpr.link('"Note"', '("SubjectKind" = ''Deal'', "SubjectId" -> "My Order").customer_id');
INSERT INTO "Note" VALUES (3, 'Deal', 2, 'about a deal of Cy');
INSERT INTO note_deal VALUES (4, 'Deal', 2, 'straight into the partition');
INSERT INTO "Note" VALUES (5, 'Other', 3, NULL);
RESET ROLE;
SELECT n.tableoid::regclass AS partition, n."Id", s.key FROM "Note" n LEFT JOIN gdpr.subject s ON s.number = n.gdpr_subject ORDER BY 2;
SELECT path, on_erase FROM gdpr.data_map() WHERE relation = '"Note"'::regclass;
SELECT relation, columns, command FROM gdpr.missing_indexes() WHERE columns <> '{gdpr_subject}' AND relation::text ~ 'Note';
-- a type that is gone is a finding, and its rows are not mistaken
ALTER TYPE crm."Kind" RENAME VALUE 'Deal' TO 'Bargain';
\c -
SET client_min_messages = warning;
SET search_path = crm;
SELECT severity, object, finding, fix FROM gdpr.status() WHERE object ~ 'Note' AND severity = 'error';
INSERT INTO "Note" VALUES (6, 'Bargain', 2, 'x');	-- fails
ALTER TYPE crm."Kind" RENAME VALUE 'Bargain' TO 'Deal';
SET gdpr.purpose = 'customer_care';
SELECT count(*) FROM gdpr.status() WHERE object ~ 'Note' AND severity = 'error';
SET ROLE regress_poly_owner;
SELECT jsonb_pretty(gdpr.erase_subject('customer', '3', 'Art. 17(1)(a)') -> 'tables');
RESET ROLE;
SELECT "Id" FROM "Note" ORDER BY 1;

-- the other way round: who is tagged in a photo is one of its owners; a tag on a film of the same number is not
SET ROLE regress_poly_owner;
CREATE TABLE photo (id integer PRIMARY KEY, taken_by bigint REFERENCES customer, title text);
CREATE TABLE tagging (id integer PRIMARY KEY, taggable_type varchar(20), taggable_id bigint, person_id bigint REFERENCES customer);
INSERT INTO customer VALUES (5, 'Ed'), (6, 'Fy'), (7, 'Gé');
INSERT INTO photo VALUES (1, 5, 'party'), (2, 5, 'garden');
INSERT INTO tagging VALUES (1, 'Photo', 1, 6), (2, 'Film', 1, 7), (3, 'Film', 2, 6);
SELECT gdpr.protect('photo', '{customer_care}', owner => 'taken_by', columns => '{"title":"pii_text"}');
SELECT gdpr.protect('tagging', '{customer_care}', owner => 'person_id');
SELECT gdpr.link('photo', 'tagging(taggable_type = ''Photo'', taggable_id).person_id', columns => '{title}');
SELECT path FROM gdpr.data_map() WHERE relation = 'photo'::regclass;
SELECT relation, role, data - 'purposes' AS data FROM gdpr.export_rows('customer', '6') ORDER BY 1, 3;
SELECT relation, role, rows, shared FROM gdpr.impact('customer', '7');
SELECT relation, role, rows, shared FROM gdpr.impact('customer', '5');
SELECT gdpr.erase_subject('customer', '5', 'Art. 17(1)(a)') IS NOT NULL AS erased;
RESET ROLE;
SELECT p.id, p.taken_by, s.key FROM photo p JOIN gdpr.subject s ON s.number = p.gdpr_subject;

-- who merely took part by a pair is found by type and id, and nobody else of that number
SET ROLE regress_poly_owner;
CREATE TABLE post (id integer PRIMARY KEY, author bigint REFERENCES customer, about_type text, about_id bigint, about_name text, words text);
INSERT INTO customer VALUES (8, 'Hy');
INSERT INTO "My Order" VALUES (8, 7, NULL);
INSERT INTO post VALUES (1, 7, 'Customer', 8, 'Hy', 'hello Hy'), (2, 7, 'Order', 8, 'the eighth', 'hello order'), (3, 7, NULL, 8, 'who', 'hello');
SELECT gdpr.protect('post', '{customer_care}', owner => 'author', columns => '{"about_name":"pii_name","words":"pii_text"}');
SELECT gdpr.link('post', '(about_type = ''Customer'', about_id -> customer)', role => 'accessor', columns => '{about_name}');
SELECT path, role, on_erase FROM gdpr.data_map() WHERE relation = 'post'::regclass;
SELECT relation, role, data - 'purposes' AS data FROM gdpr.export_rows('customer', '8') ORDER BY 1, 2;
SELECT relation, role, action, rows FROM gdpr.impact('customer', '8');
SELECT gdpr.erase_subject('customer', '8', 'Art. 17(1)(a)') IS NOT NULL AS erased;
SELECT id, about_type, about_id, gdpr.reveal(about_name) AS about_name, gdpr.reveal(words) AS words FROM post ORDER BY id;
RESET ROLE;

-- a table that comes back by itself takes the same words
SET ROLE regress_poly_owner;
CREATE TABLE memo (id integer PRIMARY KEY, about_type text, about_id bigint, words text);
INSERT INTO memo VALUES (1, 'Customer', 6, 'one'), (2, 'Order', 2, NULL);
SELECT gdpr.protect('memo', '{customer_care}', owner => '(about_type = ''Customer'', about_id -> customer)', columns => '{"words":"pii_text"}');
CREATE TABLE back AS TABLE memo;
DROP TABLE memo;
ALTER TABLE back RENAME TO memo;
ALTER TABLE memo ADD PRIMARY KEY (id), ALTER purposes SET NOT NULL, ALTER purposes SET DEFAULT '{customer_care}', ADD CHECK (gdpr.is_bound(words));
RESET ROLE;
SELECT gdpr.reattach('memo', owner => '(about_type = ''Customer'', about_id -> customer)');
SELECT path FROM gdpr.data_map() WHERE relation = 'memo'::regclass;
SET ROLE regress_poly_owner;
INSERT INTO memo VALUES (3, 'Customer', 7, 'two'), (4, 'Film', 7, NULL);
RESET ROLE;
SELECT m.id, s.key FROM memo m LEFT JOIN gdpr.subject s ON s.number = m.gdpr_subject ORDER BY 1;

-- nothing of the owner's runs with the rights of the extension: not the checks of a domain, and no equality of theirs
SET ROLE regress_poly_owner;
CREATE FUNCTION crm.spy(text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'ran as %', current_user; RETURN true; END $$;
CREATE DOMAIN spied AS text CHECK (crm.spy(VALUE));
CREATE TYPE pair_of AS (a text);
CREATE TABLE trap (id integer PRIMARY KEY, about_type spied, odd_type pair_of, about_id bigint, words text);
SELECT gdpr.protect('trap', '{customer_care}', owner => '(odd_type = ''(Customer)'', about_id -> customer)', columns => '{"words":"pii_text"}');	-- fails
SELECT gdpr.protect('trap', '{customer_care}', owner => '(about_type = ''Customer'', about_id -> customer)', columns => '{"words":"pii_text"}');
INSERT INTO trap VALUES (1, 'Customer', NULL, 6, 'words');
SELECT data ->> 'words' AS words FROM gdpr.export_rows('customer', '6') WHERE relation = 'trap'::regclass;
SELECT gdpr.erase_subject('customer', '6', 'Art. 17(1)(a)') IS NOT NULL AS erased;
-- whose a row of another's table is, is not learnt by referring to it
RESET ROLE;
CREATE SCHEMA hidden;
CREATE TABLE hidden.contract (id integer PRIMARY KEY, customer bigint REFERENCES crm.customer);
INSERT INTO hidden.contract VALUES (1, 7);
GRANT USAGE ON SCHEMA hidden TO regress_poly_owner;
SET ROLE regress_poly_owner;
CREATE TABLE guess (id integer PRIMARY KEY, kind text, of integer);
SELECT gdpr.protect('guess', '{customer_care}', owner => '(kind = ''c'', of -> hidden.contract).customer');	-- fails
RESET ROLE;
GRANT REFERENCES ON hidden.contract TO regress_poly_owner;
SET ROLE regress_poly_owner;
SELECT gdpr.protect('guess', '{customer_care}', owner => '(kind = ''c'', of -> hidden.contract).customer');
RESET ROLE;
DROP SCHEMA hidden CASCADE;
SELECT severity, finding, fix FROM gdpr.status() WHERE object = 'crm.guess' AND severity = 'error';
INSERT INTO guess VALUES (1, 'c', 1);	-- fails
DROP TABLE guess;
-- nor does a table of people go whom a type is about
SET ROLE regress_poly_owner;
DROP TABLE parcel;
CREATE TABLE remark (id integer PRIMARY KEY, kind integer, of text);
SELECT gdpr.protect('remark', '{customer_care}', owner => '(kind = 7, of -> customer), (kind = 8, of -> employee)');
SELECT gdpr.unprotect('employee');	-- fails
DROP TABLE employee;
RESET ROLE;
SELECT finding, fix FROM gdpr.status() WHERE object = 'crm.remark' AND severity = 'error';
DROP TABLE remark;
-- text of the owner's is a constant and a name wherever it goes
SET ROLE regress_poly_owner;
CREATE TABLE quoted (id integer PRIMARY KEY, "t') OR (true" text, "i'd" bigint, words text);
SELECT gdpr.protect('quoted', '{customer_care}', owner => '("t'') OR (true" = ''x'''') OR ((1.1) -> true --'', "i''d" -> customer)', columns => '{"words":"pii_text"}');
INSERT INTO quoted VALUES (1, 'x'') OR ((1.1) -> true --', 7, 'Gé''s'), (2, 'x', 7, NULL);
SELECT path FROM gdpr.data_map() WHERE relation = 'quoted'::regclass;
SELECT data ->> 'id' AS id FROM gdpr.export_rows('customer', '7') WHERE relation = 'quoted'::regclass;
SELECT gdpr.unlink('quoted', path) FROM gdpr.data_map() WHERE relation = 'quoted'::regclass;	-- fails: the owner stays

-- as Laravel names types; what the map says can be said again
CREATE TABLE likes (id integer PRIMARY KEY, likeable_type varchar(255), likeable_id bigint);
SELECT gdpr.protect('likes', '{customer_care}', owner => '(likeable_type = ''App\Models\Customer'', likeable_id -> customer)');
INSERT INTO likes VALUES (1, 'App\Models\Customer', 7), (2, 'App\Models\Post', 7);
SELECT path FROM gdpr.data_map() WHERE relation = 'likes'::regclass;
SELECT line FROM regexp_split_to_table(gdpr.data_map_dot(), '\n') line WHERE line ~ 'likes.*->';
SELECT gdpr.link('likes', path, on_export => '{likeable_type}') FROM gdpr.data_map() WHERE relation = 'likes'::regclass;
SELECT path, hidden FROM gdpr.data_map() WHERE relation = 'likes'::regclass;
SELECT data - 'purposes' AS data FROM gdpr.export_rows('customer', '7') WHERE relation = 'likes'::regclass;

-- keys of several columns, one of two types kept on a legal ground
CREATE TABLE member (club integer, no text, name text, PRIMARY KEY (club, no));
CREATE TABLE visit (id integer, day date, club integer, no text, PRIMARY KEY (id, day), FOREIGN KEY (club, no) REFERENCES member);
CREATE TABLE paper (id integer PRIMARY KEY, kind "char", n integer, d date, who text, words text);
INSERT INTO member VALUES (1, 'a', 'Ly'), (2, 'a', 'My');
INSERT INTO visit VALUES (1, '2026-01-01', 1, 'a'), (1, '2026-01-02', 2, 'a');
INSERT INTO paper VALUES (1, 'v', 1, '2026-01-01', 'a', 'visit of Ly'), (2, 'v', 1, '2026-01-02', 'a', 'visit of My'), (3, 'm', 1, '2026-01-02', 'a', 'about Ly');
SELECT gdpr.declare_subject('member', 'club', 'no');
SELECT gdpr.protect('member', '{customer_care}', columns => '{"name":"pii_name"}'), gdpr.protect('visit', '{customer_care}', owner => 'visit_club_no_fkey');
SELECT gdpr.protect('paper', '{customer_care}', columns => '{"words":"pii_text"}',
	owner => '(kind = ''m'', n, who -> member(club, no)), (kind = ''v'', n, d -> visit).visit_club_no_fkey');
SELECT gdpr.link('paper', '(kind = ''v'', n, d -> visit).visit_club_no_fkey', on_erase => 'keep', ground => 'Art. 17(3)(b): seven years');
SELECT path, on_erase, ground FROM gdpr.data_map() WHERE relation = 'paper'::regclass;
SELECT data ->> 'id' AS id, data ->> 'words' AS words FROM gdpr.export_rows('member', '(1,a)') WHERE relation = 'paper'::regclass;
SELECT jsonb_path_query_array(gdpr.erase_subject('member', '(1,a)', 'Art. 17(1)(a)'), '$.tables[*] ? (@.table == "crm.paper")') AS paper;
RESET ROLE;
SELECT id, n, d, who, gdpr_subject = (SELECT kept_as FROM gdpr.erasure ORDER BY at DESC LIMIT 1) AS kept FROM paper ORDER BY id;
SELECT gdpr_internal.leading_columns('paper');
RESET ROLE;
SELECT gdpr_internal.row_subject('trap', 5, 6::bigint);	-- fails: not the columns
SELECT gdpr_internal.row_subject('trap', 'Customer'::text, 7::bigint) = (SELECT number FROM gdpr.subject WHERE key = '7') AS same;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_polymorphic;
DROP ROLE regress_poly_owner, regress_poly_clerk;
