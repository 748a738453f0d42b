// node-postgres: the statements of parameters.tsv, each with parameters without a type, on both sides.
'use strict';

const fs = require('fs');
const path = require('path');
let pg;
try { pg = require('../clients/node_modules/pg'); }
catch (error) {
	try { pg = require('/usr/share/nodejs/pg'); }
	catch (error) { console.log('ok 1 # skip the module pg is not installed\n1..1'); process.exit(); }
}

let count = 0, failures = 0;
function equal(got, expected, name) {
	const passed = got === expected;
	console.log(`${passed ? 'ok' : 'not ok'} ${++count} - ${name}`);
	if (!passed) {
		failures++;
		console.log(`#      got: ${got}\n# expected: ${expected}`);
	}
}

function value(text) {
	const [kind, rest] = [text.slice(0, 2), text.slice(2)];
	return { 'd:': rest, 'i:': Number(rest), 'a:': rest.split(','), 'n:': null }[kind] ?? (kind === 'n:' ? null : text);
}

// The answer of the first time, and of the seventh, when the plan of the named statement is kept.
async function ask(client, name, text, values) {
	const answers = [];
	for (let time = 0; time < 7; time++) {
		await client.query('BEGIN');
		try {
			const { rowCount, rows } = await client.query({ name, text, values, rowMode: 'array' });
			answers.push(JSON.stringify([rowCount, rows]));
		}
		catch (error) { answers.push(`error ${error.code}`); }
		await client.query('ROLLBACK');
	}
	return `${answers[0]} ${answers[6]}`;
}

async function main() {
	const types = { getTypeParser: () => (text) => text };		// as the server spells it
	const [plain, ours] = ['plain', 'app'].map((schema) =>
		new pg.Client({ user: 'twin_app', options: `-c search_path=${schema}`, types }));
	await Promise.all([plain.connect(), ours.connect()]);
	const lines = fs.readFileSync(path.join(__dirname, 'parameters.tsv'), 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
	for (const line of lines) {
		const [title, text, ...values] = line.split('\t');
		const expected = await ask(plain, title, text, values.map(value));
		equal(await ask(ours, title, text, values.map(value)),
			/error (?!23505)/.test(expected) ? `no answer of the twin: ${expected}` : expected, title);
	}
	await Promise.all([plain.end(), ours.end()]);
}

main()
	.catch((error) => { failures++; console.log(`# ${error.stack}`); })
	.finally(() => {
		console.log(`1..${count}`);
		process.exit(failures > 0 ? 1 : 0);
	});
