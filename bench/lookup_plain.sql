\set id random(1, :rows)
SELECT id FROM plain WHERE email = 'user' || lpad(:id::text, 7, '0') || '@example.com';
