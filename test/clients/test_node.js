// node-postgres: parameters of the protocol without a type. Taken from node_modules beside this file (npm ci) or from
// the distribution's package node-pg.
'use strict';

let pg;
try { pg = require('pg'); }
catch (error) {
	try { pg = require('/usr/share/nodejs/pg'); }
	catch (error) { console.log('ok 1 # skip the module pg is not installed\n1..1'); process.exit(); }
}

let count = 0, failures = 0;
function equal(got, expected, name) {
	const passed = JSON.stringify(got) === JSON.stringify(expected);
	console.log(`${passed ? 'ok' : 'not ok'} ${++count} - ${name}`);
	if (!passed) {
		failures++;
		console.log(`#      got: ${JSON.stringify(got)}\n# expected: ${JSON.stringify(expected)}`);
	}
}

const clients = [];
async function connect(role) {
	const client = new pg.Client({ user: role });
	clients.push(client);
	await client.connect();
	return client;
}

async function code(client, sql, values) {
	try { await client.query(sql, values); return null; }
	catch (error) { return /anne@/i.test(error.message) ? 'the message repeats the address' : error.code; }
}

async function main() {
	const email = 'Anne@node.example', other = 'anne@node.EXAMPLE';
	const webshop = await connect('webshop');
	const ask = async (sql, ...values) => (await webshop.query(sql, values)).rows;
	const insert = 'INSERT INTO customer (email) VALUES ($1)';

	const [{ id, email: returned }] = await ask(
		'INSERT INTO customer (email, phone, name, born, last_address, note) VALUES ($1, $2, $3, $4, $5, $6) RETURNING id, email',
		email, '0470 12 34 56', 'Anne Claes', '1980-02-03', '192.0.2.17', null);
	equal(returned, email, 'insert, with the plaintext returned');
	equal(await ask('SELECT id FROM customer WHERE email = $1', other), [{ id }], 'search by e-mail, in another case');
	equal(await ask('SELECT id FROM customer WHERE email = ANY ($1)', [other, 'nobody@example.com']), [{ id }], 'search by a list');
	equal(await ask('SELECT email, phone, name, born, last_address, note FROM customer WHERE id = $1', id),
		[{ email, phone: '+32470123456', name: 'Anne Claes', born: '1980-02-03', last_address: '192.0.2.17', note: null }], 'read all columns');
	equal((await webshop.query('UPDATE customer SET phone = $1 WHERE email = $2', ['0471 00 00 01', email])).rowCount, 1, 'update');
	equal((await webshop.query({ name: 'phone', text: 'SELECT phone FROM customer WHERE id = $1', values: [id] })).rows,
		[{ phone: '+32471000001' }], 'read the update with a named statement');

	const operator = await connect('postgres');
	const [stored] = (await operator.query('SELECT email FROM customer WHERE id = $1', [id])).rows;
	equal(stored.email.startsWith('gdpr1:'), true, 'stored sealed, and shown so to the operator');

	equal(await code(webshop, insert, [other]), '23505', 'refused: 23505, the address is there already');
	equal(await code(webshop, insert, ['anne']), '22P02', 'refused: 22P02, no address');
	equal(await code(await connect('aimless'), insert, [email]), 'ZG001', 'refused: ZG001, no purpose stated');
	equal(await code(await connect('stranger'), 'SELECT email FROM customer'), 'ZG002', 'refused: ZG002, purpose not granted');
	equal(await code(webshop, "INSERT INTO customer (email, purposes) VALUES ($1, '{newsletter}')", [email]), 'ZG004', 'refused: ZG004, no consent');
	equal((await (await connect('mailing')).query('SELECT email FROM customer')).rows, [], 'nobody is there for whom nothing is lawful');
	equal((await webshop.query('DELETE FROM customer WHERE email = $1', [other])).rowCount, 1, 'delete');
}

main()
	.catch((error) => { failures++; console.log(`# ${error.stack}`); })
	.finally(async () => {
		await Promise.all(clients.map((client) => client.end().catch(() => {})));
		console.log(`1..${count}`);
		process.exitCode = failures > 0 ? 1 : 0;
	});
