\set id random(1, :rows)
SELECT id FROM customer WHERE email = 'user' || lpad(:id::text, 7, '0') || '@example.com';
