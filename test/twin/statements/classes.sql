-- an address of the network
SELECT id, ip FROM ticket WHERE id < 4 ORDER BY id;

-- by address
SELECT id FROM ticket WHERE ip = '192.0.2.7';

-- by address of the type
SELECT id FROM ticket WHERE ip = inet '192.0.2.7';

-- by several addresses
SELECT id FROM ticket WHERE ip IN ('192.0.2.7', '192.0.2.9') ORDER BY id;

-- by network
SELECT count(*) FROM ticket WHERE ip << '192.0.2.0/28';

-- the parts of an address
SELECT host(ip), family(ip), masklen(ip), text(ip) FROM ticket WHERE id = 3;

-- an address and its neighbour
SELECT ip + 1, ip - inet '192.0.2.0', set_masklen(ip, 24) FROM ticket WHERE id = 3;

-- ordered by address
SELECT id, ip FROM ticket ORDER BY ip::inet DESC LIMIT 5;

-- first and last address
SELECT min(ip::inet), max(ip::inet) FROM ticket;

-- a join by address with plain ones
SELECT t.id, p.id FROM ticket t JOIN prospect p ON p.ip = t.ip ORDER BY 1 LIMIT 4;

-- addresses counted by network
SELECT network(set_masklen(ip, 28)), count(*) FROM ticket GROUP BY 1 ORDER BY 1;

-- a device
SELECT id, device FROM ticket WHERE device = '00000000-0000-4000-8000-00000000d889';

-- a device of the type
SELECT id FROM ticket WHERE device = uuid '00000000-0000-4000-8000-00000000d889';

-- a device in capitals
SELECT id FROM ticket WHERE device = '00000000-0000-4000-8000-00000000D889';

-- devices counted
SELECT count(DISTINCT device), count(device) FROM ticket;

-- ordered by device
SELECT id FROM ticket ORDER BY device DESC LIMIT 4;

-- an account
SELECT id, iban FROM ticket WHERE iban = 'BE68539007547034' ORDER BY id LIMIT 3;

-- accounts by country
SELECT left(iban, 2) AS country, count(*) FROM ticket GROUP BY country ORDER BY country NULLS LAST;

-- a hidden account
SELECT overlay(iban PLACING '****' FROM 5 FOR 4) FROM ticket WHERE id = 1;

-- a scan
SELECT id, scan, length(scan), encode(scan, 'hex') FROM ticket WHERE id = 3;

-- by the bytes of a scan
SELECT id FROM ticket WHERE scan = '\x00000007';

-- the first bytes
SELECT substring(scan FROM 3 FOR 2), get_byte(scan, 3), md5(scan), scan || '\xff' FROM ticket WHERE id = 3;

-- ordered by bytes
SELECT id FROM ticket ORDER BY scan DESC LIMIT 3;

-- health
SELECT id, complaint, coalesce(complaint, '-') FROM ticket WHERE complaint IS NOT NULL ORDER BY id LIMIT 3;

-- by health
SELECT count(*) FROM ticket WHERE complaint = 'allergic to nuts';

-- health counted
SELECT complaint, count(*) FROM ticket GROUP BY complaint ORDER BY complaint;

-- a long text with lines
SELECT id, body, length(body) FROM ticket WHERE id IN (3, 4) ORDER BY id;

-- what no column of a class shows
SELECT state, labels, closed_at FROM ticket WHERE 'urgent' = ANY (labels) ORDER BY id LIMIT 3;

-- in the collation of the column, by a pattern
SELECT id, caller FROM ticket WHERE caller ILIKE 'É%' ORDER BY caller, id LIMIT 5;

-- in the collation of the column, first and last
SELECT min(caller), max(caller) FROM ticket;

-- in the collation of the column, upper
SELECT DISTINCT upper(split_part(caller, ' ', 1)) AS u FROM ticket ORDER BY u;

-- a varchar in a union with a varchar
SELECT caller FROM ticket WHERE id = 1 UNION ALL SELECT name::varchar FROM prospect WHERE id = 1 ORDER BY 1;

-- every class of a ticket
SELECT id, caller, ip, device, iban, state, labels, body, complaint, meta, scan, closed_at FROM ticket WHERE id IN (9, 16) ORDER BY id;
