-- session.sql: the session of README.md; psql -qa <examples/session.sql, in an empty database, as a superuser.

CREATE EXTENSION gdpr;

CREATE TABLE customer (id int PRIMARY KEY, name text, email text UNIQUE);
INSERT INTO customer VALUES (1, 'An Peeters', 'an.peeters@post.example'),
                            (2, 'Luc Dubois', 'luc.dubois@courrier.example');
CREATE ROLE shop;
GRANT SELECT, INSERT ON customer TO shop;

SELECT gdpr.declare_subject('customer', 'id');
SELECT gdpr.protect('customer', purposes => '{order_fulfilment,newsletter}',
                    columns => '{"name": "pii_name", "email": "pii_email"}');
SELECT gdpr.grant_purpose('order_fulfilment', 'shop');

SELECT id, email FROM customer;

SET ROLE shop;
SELECT count(*) FROM customer;

SET gdpr.purpose = 'order_fulfilment';
SELECT id, gdpr.reveal(name) AS name, gdpr.reveal(email) AS email
FROM customer WHERE email = 'AN.PEETERS@post.example';

SET gdpr.output = 'reveal';
INSERT INTO customer VALUES (3, 'Zoë Maes', 'zoe.maes@post.example') RETURNING name, email;

SET gdpr.purpose = 'newsletter';
SELECT count(*) FROM customer;
INSERT INTO customer VALUES (4, 'Jan Claes', 'jan.claes(at)post.example');
