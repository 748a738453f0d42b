-- How rows of protected tables lead to people, over foreign keys of any depth, and what is not reachable.
-- A database of its own: what other tests leave behind would be findings here.
SET client_min_messages = warning;
CREATE DATABASE regress_rights_graph;
\c regress_rights_graph
SET client_min_messages = warning;
CREATE EXTENSION gdpr;
\set SHOW_CONTEXT never
CREATE ROLE regress_graph_owner;
CREATE ROLE regress_graph_dpo;
CREATE ROLE regress_graph_other;
SELECT gdpr.grant_duty('controller', 'regress_graph_owner'), gdpr.grant_duty('dpo', 'regress_graph_dpo');
SELECT gdpr.grant_purpose('customer_care', 'regress_graph_owner');
CREATE SCHEMA shop AUTHORIZATION regress_graph_owner;
GRANT USAGE ON SCHEMA shop TO regress_graph_dpo, regress_graph_other;
SET ROLE regress_graph_owner;
SET search_path = shop;
CREATE TABLE person (shop_no integer, no text, name text, boss_shop integer, boss_no text, PRIMARY KEY (shop_no, no),
	FOREIGN KEY (boss_shop, boss_no) REFERENCES person);
CREATE TABLE "Order" ("Id" integer PRIMARY KEY, shop_no integer, no text, note text, CONSTRAINT placed_by FOREIGN KEY (shop_no, no) REFERENCES person);
CREATE TABLE line (id integer PRIMARY KEY, "order" integer REFERENCES "Order", what text);
CREATE TABLE remark (id integer PRIMARY KEY, line integer REFERENCES line, words text);
CREATE TABLE photo (id integer PRIMARY KEY, shop_no integer, no text, title text, FOREIGN KEY (shop_no, no) REFERENCES person);
CREATE TABLE tag (photo integer REFERENCES photo ON DELETE CASCADE, shop_no integer, no text, PRIMARY KEY (photo, shop_no, no),
	FOREIGN KEY (shop_no, no) REFERENCES person);
INSERT INTO person VALUES (1, 'a', 'An', NULL, NULL), (1, 'b,"c', 'Bo', 1, 'a'), (2, 'a', 'Cy', 1, 'a');
INSERT INTO "Order" VALUES (1, 1, 'b,"c', 'gift'), (2, 2, 'a', 'none'), (3, NULL, NULL, NULL);
INSERT INTO line VALUES (1, 1, 'cup'), (2, 1, 'tea'), (3, 2, 'jam');
INSERT INTO remark VALUES (1, 2, 'hot'), (2, 3, 'sweet');
INSERT INTO photo VALUES (1, 1, 'a', 'party'), (2, 2, 'a', 'garden');
INSERT INTO tag VALUES (1, 1, 'b,"c'), (1, 2, 'a'), (2, 1, 'a');
SELECT gdpr.declare_subject('person', 'shop_no', 'no');
SELECT gdpr.protect('person', '{customer_care}', columns => '{"name":"pii_name"}');
SELECT gdpr.protect('"Order"', '{customer_care}', owner => 'placed_by', columns => '{"note":"pii_text"}');
SELECT gdpr.protect('line', '{customer_care}', owner => '"order".placed_by');
SELECT gdpr.protect('remark', '{customer_care}', owner => 'line."order".placed_by', columns => '{"words":"pii_text"}');
SELECT gdpr.protect('photo', '{customer_care}', owner => 'photo_shop_no_no_fkey', columns => '{"title":"pii_text"}');
SELECT gdpr.protect('tag', '{customer_care}', owner => 'tag_shop_no_no_fkey');

-- further owners: of each photo whoever is tagged in it, and the boss as one who takes part
SELECT gdpr.link('photo', 'tag(photo).tag_shop_no_no_fkey', columns => '{title}');
SELECT gdpr.link('person', 'person_boss_shop_boss_no_fkey', role => 'accessor');
SELECT gdpr.link('remark', on_export => '{words}');
-- what cannot be is refused
SELECT gdpr.link('remark', 'nowhere');	-- fails
SELECT gdpr.link('remark', 'line');	-- fails: a line is nobody
SELECT gdpr.link('photo', 'person(no)');	-- fails
SELECT gdpr.link('remark', on_erase => 'keep');	-- fails: on which ground
SELECT gdpr.link('remark', on_erase => 'delete', ground => 'law');	-- fails
SELECT gdpr.link('remark', on_erase => 'shred');	-- fails
SELECT gdpr.link('remark', role => 'accessor');	-- fails: somebody must own it
SELECT gdpr.link('remark', columns => '{id}');	-- fails: the row must keep its key
SELECT gdpr.link('remark', on_export => '{nothing}');	-- fails
SELECT gdpr.link('tag', 'photo.photo_shop_no_no_fkey');	-- fails: the first owner is in the primary key
RESET ROLE;
SET ROLE regress_graph_other;
SELECT gdpr.link('shop.remark', on_export => '{}');	-- fails
SELECT * FROM gdpr.data_map();	-- fails
RESET ROLE;
SET ROLE regress_graph_dpo;
SELECT relation, role, path, columns, hidden, on_erase FROM gdpr.data_map();
SELECT jsonb_array_length(gdpr.data_map_json()) AS links, gdpr.data_map_json() -> 0;
SELECT gdpr.data_map_dot();

-- how much of a person there is; nothing changes
SELECT * FROM gdpr.impact('shop.person', '(1,a)');
SELECT * FROM gdpr.impact('shop.person', '(1,"b,""c")');
SELECT * FROM gdpr.impact('shop.person', '(2,a)');
SELECT * FROM gdpr.impact('shop.person', '(9,x)');	-- fails
RESET ROLE;
SELECT count(*) FROM gdpr.subject;

-- what stands in the way, each with its remedy, which works
SELECT code, object, finding, fix FROM gdpr.graph_findings() ORDER BY 2, 3;
SELECT fix FROM gdpr.graph_findings() WHERE fix LIKE 'CREATE INDEX%' ORDER BY object, finding \gexec
SELECT code, object, finding, fix FROM gdpr.graph_findings() ORDER BY 2, 3;
CREATE TABLE shop.loose (id integer PRIMARY KEY, mail gdpr.pii_email);
SELECT * FROM gdpr.graph_findings() WHERE object::regclass = 'shop.loose'::regclass;
ALTER TABLE shop.loose ADD gdpr_subject bigint;
INSERT INTO shop.loose SELECT 1, NULL, s.number FROM gdpr.subject s WHERE s.key = '(2,a)';
SELECT gdpr.erase_subject('shop.person', '(2,a)', 'Art. 17(1)(a)');	-- fails: it may hold the person
SELECT count(*) FROM shop.person;
DROP TABLE shop.loose;

-- links follow what happens to columns and tables
SET ROLE regress_graph_owner;
SET search_path = shop;
ALTER TABLE photo RENAME COLUMN title TO caption;
ALTER TABLE tag RENAME COLUMN photo TO picture;
ALTER TABLE tag DROP COLUMN picture;	-- fails
SELECT relation, path, columns FROM gdpr.data_map() WHERE relation = 'photo'::regclass;
SELECT gdpr.unlink('photo', 'tag(picture).tag_shop_no_no_fkey');
SELECT gdpr.unlink('photo', 'tag(picture).tag_shop_no_no_fkey');	-- fails
SET gdpr.purpose = 'customer_care';
SELECT gdpr.unprotect('remark');
DROP TABLE remark;
RESET ROLE;
SELECT relation, path FROM gdpr.data_map();
SELECT count(*) FROM gdpr.subject_link;
\c contrib_regression
SET client_min_messages = warning;
DROP DATABASE regress_rights_graph;
DROP ROLE regress_graph_owner, regress_graph_dpo, regress_graph_other;
