\set id random(1, :rows)
BEGIN;
SELECT email FROM plain WHERE id = :id;
INSERT INTO log (subject) VALUES (:id);
COMMIT;
