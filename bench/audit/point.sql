\set id random(1, :rows)
SELECT gdpr.reveal(email) FROM customer WHERE id = :id;
