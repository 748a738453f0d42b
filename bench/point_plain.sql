\set id random(1, :rows)
SELECT email, phone, name FROM plain WHERE id = :id;
