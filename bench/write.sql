\set id random(10000000, 999999999999)
INSERT INTO customer (id, email, phone, name, born, address)
VALUES (:id, 'new' || :id::text || '@example.com', '+32470000000', 'Jan Peeters', '1980-01-01', 'Wetstraat 16, 1000 Brussel, BE')
ON CONFLICT DO NOTHING;
