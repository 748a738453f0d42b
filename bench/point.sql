\set id random(1, :rows)
SELECT gdpr.reveal(email), gdpr.reveal(phone), gdpr.reveal(name) FROM customer WHERE id = :id;
