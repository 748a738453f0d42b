\set id random(:rows * 9 / 10, :rows)
SELECT page, seconds, amount FROM visit WHERE id = :id;
UPDATE visit SET seconds = seconds + 1 WHERE id = :id;
