"""Random queries over the tables of setup.sql: the same words for both sides, and an order that leaves no choice.

What a query may not contain, because the answer differs by nature (docs/differences.md): a bare column of personal data
compared for equality with a text whose capitals were changed. Everything else may be nested as it likes.
"""

import random
import re
from dataclasses import dataclass

NAMES = ["Peeters", "De Smet", "Ångström", "van den Berg", "O'Neill", "Maes", "An", "Zoë", "Liesbet"]
WORDS = ["e", "an", "S", "Ber", "ö", "x", "", "user1", "@post", "day 3", "Gent", "+32", "12"]
DATES = ["1955-01-01", "1957-12-23", "1968-08-11", "1980-02-29", "1999-12-31", "2004-06-30"]
JSON = ['{"channel": "mail"}', '{"by": {"name": "agent 1"}}', '{"tries": 3}', '{"seen": [7]}']


@dataclass
class Column:
    name: str
    kind: str  # text, date, integer, numeric, timestamp, json, inet
    pool: list = None  # constants that it may equal
    family: str = None  # columns of one family may be compared with each other


def texts(family, pool, *names):
    return [Column(name, "text", pool, family) for name in names]


EMAILS = ["user7@mail.example", "user8@thuis.example", "user10@mail.example", "nobody@mail.example", "no address"]
PHONES = ["+32470000259", "+32470000037", "nothing"]
TABLES = {
    "customer": [Column("id", "integer"), *texts("name", NAMES, "first_name", "last_name"), *texts("email", EMAILS, "email"),
                 *texts("phone", PHONES, "phone"), *texts("note", ["calls on day 3", "silent"], "note"),
                 *texts("address", ["Veldweg 12, 3000 Leuven, BE"], "address"), Column("born", "date"),
                 *texts("name", ["Gent", "Leuven"], "city"), Column("created_at", "timestamp")],
    "orders": [Column("id", "integer"), Column("customer_id", "integer"), Column("total", "numeric"),
               *texts("address", ["Kerkstraat 12, 9000 Gent, BE"], "ship_to"), Column("placed", "timestamp")],
    "ticket": [Column("id", "integer"), Column("customer_id", "integer"), *texts("name", ["Anna B", "émile F"], "caller"),
               *texts("iban", ["BE68539007547034"], "iban"), *texts("state", ["open", "closed"], "state"),
               *texts("note", ["allergic to nuts"], "complaint"), *texts("note", ["Order 3 did not arrive.\nPlease call."], "body"),
               Column("meta", "json"), Column("ip", "inet"), Column("closed_at", "timestamp")],
    "prospect": [Column("id", "integer"), *texts("name", NAMES, "name"), *texts("email", EMAILS, "email"),
                 *texts("phone", PHONES, "phone"), Column("born", "date"), Column("ip", "inet")],
}
JOINS = {("customer", "orders"): "{0}.id = {1}.customer_id", ("customer", "ticket"): "{0}.id = {1}.customer_id",
         ("customer", "prospect"): "{0}.email = {1}.email", ("customer", "customer"): "{0}.last_name = {1}.last_name AND {0}.id < {1}.id",
         ("orders", "ticket"): "{0}.customer_id = {1}.customer_id", ("ticket", "prospect"): "{0}.ip = {1}.ip"}


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


class Query:
    """One random query. Expressions are strings; what is asked for is a kind of value and how deep it may be nested."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.sources = []  # pairs of alias and columns

    def pick(self, *choices):
        choice = self.random.choice(choices)
        return choice() if callable(choice) else choice

    def chance(self, probability):
        return self.random.random() < probability

    def columns(self, kind, family=None):
        return [(f"{alias}.{column.name}", column) for alias, columns in self.sources for column in columns
                if column.kind == kind and family in (None, column.family)]

    def bare(self, kind, otherwise):
        columns = self.columns(kind)
        return self.random.choice(columns)[0] if columns else otherwise

    # Values

    def text(self, depth):
        if depth <= 0 or self.chance(0.35):
            return self.bare("text", "'x'") if self.chance(0.85) else quoted(self.pick(*WORDS))
        inner = lambda: self.text(depth - 1)
        return self.pick(
            lambda: f"{self.pick('upper', 'lower', 'initcap', 'trim', 'reverse', 'md5', 'quote_literal')}({inner()})",
            lambda: f"({self.bare('text', quoted('x'))} || ' ' || {inner()})",
            lambda: f"{self.pick('concat', 'concat_ws')}({quoted('-')}, {inner()}, {inner()})",
            lambda: f"format('%s/%s', {inner()}, {self.value(depth - 1)})",
            lambda: f"{self.pick('left', 'right')}({inner()}, {self.pick(1, 3, 5)})",
            lambda: f"substring({inner()}, {self.pick(1, 2)}, {self.pick(2, 4)})",
            lambda: f"replace({inner()}, {quoted(self.pick('e', 'user', ' '))}, '.')",
            lambda: f"split_part({inner()}, {quoted(self.pick('@', ' ', 'e'))}, 1)",
            lambda: f"lpad({inner()}, 8, '.')",
            lambda: f"regexp_replace({inner()}, '[aeiou]+', '_', 'g')",
            lambda: f"translate({inner()}, 'aeo', '340')",
            lambda: f"coalesce({self.same_family()}, {quoted('none')})",
            lambda: f"coalesce(({inner()})::text, ({inner()})::text)",
            lambda: f"nullif({self.equal_pair(', ')})::text",
            lambda: f"CASE WHEN {self.condition(depth - 1)} THEN ({inner()})::text ELSE ({inner()})::text END",
            lambda: f"CASE WHEN {self.condition(depth - 1)} THEN {self.same_family()} ELSE 'other' END",
            lambda: f"{self.pick('greatest', 'least')}({self.same_family()}, {self.same_family()})",
            lambda: f"{self.pick('greatest', 'least')}(({inner()})::text, ({inner()})::text)",
            lambda: f"to_char({self.date(depth - 1)}, {quoted(self.pick('YYYY', 'MM-DD', 'FMMonth'))})",
            lambda: f"({self.value(depth - 1)})::text",
            lambda: f"({self.bare('json', quoted('{}') + '::jsonb')} ->> {quoted(self.pick('channel', 'tries', 'by', 'none'))})",
            lambda: f"host({self.bare('inet', quoted('192.0.2.1') + '::inet')})",
            lambda: f"array_to_string(ARRAY[({inner()})::text, ({inner()})::text], '+', '?')",
            lambda: f"(SELECT max(s.{self.pick('last_name', 'email', 'note')}) FROM customer s WHERE s.id < {self.pick(2, 9, 30)})::text",
        )

    family = None

    def same_family(self):
        """A column; within one query always of the same class, so that two of them have one type."""
        if not self.family:
            self.family = self.pick("name", "email", "phone", "address")
        columns = [name for name, column in self.columns("text", self.family) if column.name not in ("caller", "city", "name")]
        return self.pick(*columns) if columns else "'x'"

    def integer(self, depth):
        if depth <= 0 or self.chance(0.3):
            return self.bare("integer", "1")
        return self.pick(
            lambda: f"length({self.text(depth - 1)})",
            lambda: f"octet_length({self.text(depth - 1)})",
            lambda: f"position({quoted(self.pick('e', '@'))} IN {self.text(depth - 1)})",
            lambda: f"strpos({self.text(depth - 1)}, {quoted(self.pick('a', 's'))})",
            lambda: f"ascii({self.text(depth - 1)})",
            lambda: f"extract({self.pick('year', 'month', 'dow')} FROM {self.date(depth - 1)})::int",
            lambda: f"({self.date(depth - 1)} - date '1960-01-01')",
            lambda: f"({self.bare('json', quoted('{}') + '::jsonb')} ->> 'tries')::int",
            lambda: f"({self.condition(depth - 1)})::int",
            lambda: f"num_nulls({self.value(depth - 1)}, {self.value(depth - 1)})",
            lambda: f"(SELECT count(*) FROM customer s WHERE s.{self.pick('last_name', 'note')} > {self.text(depth - 1)})::int",
        )

    def date(self, depth):
        if depth <= 0 or self.chance(0.5):
            return self.bare("date", "date '1970-01-01'")
        return self.pick(
            lambda: f"({self.date(depth - 1)} + {self.pick(1, 30, 365)})",
            lambda: f"({self.date(depth - 1)} - interval '{self.pick('1 month', '18 years')}')::date",
            lambda: f"date_trunc({quoted(self.pick('year', 'month', 'decade'))}, {self.date(depth - 1)})::date",
            lambda: f"{self.pick('greatest', 'least')}({self.date(depth - 1)}, date {quoted(self.pick(*DATES))})",
            lambda: f"coalesce({self.date(depth - 1)}, date {quoted(self.pick(*DATES))})",
            lambda: f"CASE WHEN {self.condition(depth - 1)} THEN {self.date(depth - 1)} END",
        )

    def json(self, depth):
        return self.pick(
            lambda: f"to_jsonb({self.bare('text', 'a.id')})",
            lambda: f"jsonb_build_object('a', {self.value(depth - 1, bare=True)}, 'b', {self.value(depth - 1, bare=True)})",
            lambda: f"jsonb_build_array({self.value(depth - 1, bare=True)}, {self.value(depth - 1, bare=True)})",
            lambda: f"{self.bare('json', quoted('{}') + '::jsonb')} -> {quoted(self.pick('by', 'seen'))}",
            lambda: f"{self.bare('json', quoted('{}') + '::jsonb')} || '{{\"x\": 1}}'",
        )

    def value(self, depth, bare=False):
        kind = self.pick("text", "text", "integer", "date")
        return self.bare(kind, "1") if bare and self.chance(0.7) else getattr(self, kind)(depth)

    # Conditions

    def condition(self, depth):
        if depth > 0 and self.chance(0.3):
            return f"({self.condition(depth - 1)} {self.pick('AND', 'OR', 'OR')} {self.condition(depth - 1)})"
        if depth > 0 and self.chance(0.1):
            return f"NOT ({self.condition(depth - 1)})"
        text = lambda: self.text(depth - 1)
        return self.pick(
            lambda: f"{text()} {self.pick('LIKE', 'ILIKE', 'NOT LIKE', 'NOT ILIKE')} {quoted(self.pattern())}",
            lambda: f"{text()} {self.pick('~', '~*', '!~')} {quoted(self.pick('^[A-M]', 'e.$', '[0-9]+', '(an|er)'))}",
            lambda: f"{text()} {self.pick('<', '<=', '>', '>=')} {self.pick(quoted(self.pick(*NAMES)), text)}",
            lambda: f"{text()} BETWEEN {quoted(self.pick('A', 'M'))} AND {quoted(self.pick('P', 'v'))}",
            lambda: self.equal_pair(self.pick(" = ", " = ", " <> ", " IS DISTINCT FROM ")),
            lambda: f"{self.lowered()} = {self.lowered()}",
            lambda: self.listed(),
            lambda: f"{text()} IS {self.pick('', 'NOT ')}NULL",
            lambda: f"starts_with({text()}, {quoted(self.pick('M', 'user', 'a'))})",
            lambda: f"{self.date(depth - 1)} {self.pick('<', '>=', '=', '<>')} {self.pick(quoted(self.pick(*DATES)), 'date ' + quoted(self.pick(*DATES)), lambda: self.date(0))}",
            lambda: f"{self.date(depth - 1)} BETWEEN '1960-01-01' AND '1990-01-01'",
            lambda: f"{self.integer(depth - 1)} {self.pick('<', '>', '=')} {self.pick(3, 7, 25, 1970)}",
            lambda: f"({self.same_family()}, {self.bare('integer', 1)}) > ({quoted(self.pick('M', 'e'))}, 20)",
            lambda: f"EXISTS (SELECT 1 FROM prospect s WHERE s.{self.pick('email', 'phone')} = {self.of_family('email', 'phone')})",
            lambda: f"{self.bare('json', quoted('{}') + '::jsonb')} @> {quoted(self.pick(*JSON))}",
            lambda: f"{self.bare('inet', quoted('192.0.2.1') + '::inet')} {self.pick('<<', '=', '<')} inet {quoted(self.pick('192.0.2.0/27', '192.0.2.7'))}",
            lambda: f"to_tsvector('simple', {text()}) @@ plainto_tsquery('simple', {quoted(self.pick('maes', 'gent be', 'day'))})",
        )

    def pattern(self):
        word = self.pick(*WORDS)
        return self.pick(f"%{word}%", f"{word}%", f"%{word}", word, f"_{word}%")

    def of_family(self, *families):
        columns = [name for family in families for name, _ in self.columns("text", family)]
        return self.pick(*columns) if columns else "'nobody@mail.example'"

    def equal_pair(self, operator):
        """Two texts that may be compared for equality: a column and a constant or column of its family."""
        columns = self.columns("text")
        if not columns:
            return f"'x'{operator}'y'"
        name, column = self.pick(*columns)
        other = self.pick(lambda: quoted(self.pick(*column.pool)), lambda: self.pick(*self.columns("text", column.family))[0])
        return f"{name}{operator}{other}"

    def lowered(self):
        """Two texts in the same case are the same on both sides."""
        return f"lower({self.text(0)})"

    def listed(self):
        columns = self.columns("text")
        if not columns:
            return "1 IN (1, 2)"
        name, column = self.pick(*columns)
        values = [quoted(value) for value in self.random.sample(column.pool, min(2, len(column.pool)))]
        return self.pick(f"{name} IN ({', '.join(values)})", f"{name} NOT IN ({', '.join(values)})",
                         f"{name} = ANY (ARRAY[{', '.join(values)}])", f"{name} <> ALL (ARRAY[{', '.join(values)}]::text[])",
                         f"{name} IN (SELECT s.{'email' if column.family == 'email' else 'name'} FROM prospect s)")

    # Queries

    def from_clause(self):
        table = self.pick("customer", "customer", "orders", "ticket")
        clause = f"{table} a"
        self.sources = [("a", TABLES[table])]
        if self.chance(0.4):
            others = [pair[1] for pair in JOINS if pair[0] == table]
            if others:
                other = self.pick(*others)
                clause += f" {self.pick('JOIN', 'LEFT JOIN')} {other} b ON {JOINS[table, other].format('a', 'b')}"
                self.sources.append(("b", TABLES[other]))
        return clause

    def key(self):
        return ", ".join(f"{alias}.id" for alias, _ in self.sources)

    def rows(self):
        source = self.from_clause()
        outputs = [self.pick(lambda: self.text(2), lambda: self.integer(2), lambda: self.date(2), lambda: self.value(0), lambda: self.json(2),
                             self.window) for _ in range(self.random.randint(1, 3))]
        order = [f"{self.pick(lambda: self.bare('text', 1), lambda: self.value(1), lambda: self.bare('date', 1))} "
                 f"{self.pick('', 'DESC', 'NULLS FIRST', 'DESC NULLS LAST')}" for _ in range(self.random.randint(0, 2))]
        order = [term for term in order if not re.match(r"\d|'|\w+ '", term)]
        page = self.pick("", f" LIMIT {self.pick(1, 5, 20)}", f" LIMIT 10 OFFSET {self.pick(3, 12)}")
        return f"SELECT {self.key()}, {', '.join(outputs)} FROM {source}{self.where()} ORDER BY {', '.join(order + [self.key()])}{page}"

    def where(self):
        return f" WHERE {self.condition(2)}" if self.chance(0.6) else ""

    def window(self):
        order = f"{self.bare('text', 'a.id')} {self.pick('', 'DESC')}"
        function = self.pick("rank()", "dense_rank()", f"first_value({self.bare('text', 'a.id')})", f"lag({self.bare('text', 'a.id')})",
                             "count(*)", f"max({self.bare('text', 'a.id')})", "row_number()")
        partition = self.pick("", f"PARTITION BY {self.bare('text', 'a.id')} ")
        ordered = order if function in ("rank()", "dense_rank()", "count(*)") else f"{order}, {self.key()}"
        return f"{function} OVER ({partition}ORDER BY {ordered})"

    def aggregate(self):
        text, key = self.text(1), self.key()
        return self.pick(
            "count(*)", f"count({text})", f"count(DISTINCT {self.bare('text', 'a.id')})", f"min({text})", f"max({text})",
            f"min({self.bare('date', 'a.id')})", f"max({self.date(1)})", f"sum({self.integer(1)})",
            f"string_agg({text}, ',' ORDER BY {text}, {key})", f"array_agg({self.bare('text', 'a.id')} ORDER BY {self.bare('text', 'a.id')} DESC, {key})",
            f"jsonb_agg({self.bare('text', 'a.id')} ORDER BY {key})", f"bool_or({self.condition(1)})",
            f"count(*) FILTER (WHERE {self.condition(1)})", f"percentile_disc(0.5) WITHIN GROUP (ORDER BY {self.bare('text', 'a.id')})")

    def groups(self):
        source = self.from_clause()
        keys = [self.pick(lambda: self.bare("text", "a.id"), lambda: self.bare("date", "a.id"), lambda: f"({self.text(1)})::text",
                          lambda: f"extract(year FROM {self.date(0)})") for _ in range(self.random.randint(1, 2))]
        outputs = keys + [self.aggregate() for _ in range(self.random.randint(1, 2))]
        where = self.where()
        having = f" HAVING count(*) > {self.pick(0, 1, 5)}" if self.chance(0.3) else ""
        numbers = [str(n + 1) for n in range(len(keys))]
        return (f"SELECT {', '.join(outputs)} FROM {source}{where} GROUP BY {', '.join(numbers)}{having} "
                f"ORDER BY {', '.join(number + self.pick('', ' DESC') for number in numbers)} LIMIT 30")

    def distinct(self):
        source = self.from_clause()
        outputs = [self.pick(lambda: self.bare("text", "a.id"), lambda: self.bare("date", "a.id"), lambda: f"({self.text(1)})::text")
                   for _ in range(self.random.randint(1, 2))]
        return f"SELECT DISTINCT {', '.join(outputs)} FROM {source}{self.where()} ORDER BY {', '.join(str(n + 1) for n in range(len(outputs)))} LIMIT 30"

    def union(self):
        self.sources = [("a", TABLES["customer"])]
        one = self.pick(lambda: self.bare("text", "'x'"), lambda: f"({self.text(1)})::text")
        first = f"SELECT {one} FROM customer a{self.where()}"
        self.sources = [("a", TABLES["prospect"])]
        return f"{first} {self.pick('UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT')} SELECT {self.text(1)}::text FROM prospect a{self.where()} ORDER BY 1 LIMIT 30"

    def nested(self):
        """A subquery whose columns are used further outside, as views and reports do."""
        source = self.from_clause()
        columns = ", ".join([f"{self.bare('text', 'a.id')} AS t1", f"{self.bare('text', 'a.id')} AS t2", f"({self.text(1)})::text AS t3",
                             f"{self.date(0)} AS d1", f"{self.integer(1)} AS i1", "a.id AS i2"])
        inner = f"SELECT {columns} FROM {source}{self.where()}{self.pick('', ' ORDER BY 1, 6, 5, 3 LIMIT 40')}"
        outer = [Column("t3", "text", WORDS, "computed"), Column("d1", "date"), Column("i1", "integer"), Column("i2", "integer")]
        self.sources = [("s", outer)]
        kept = self.pick(lambda: f"(t1 IS NULL OR t1 > {quoted(self.pick(*WORDS))})", lambda: f"t2 ILIKE {quoted(self.pattern())}", lambda: self.condition(1))
        order = ", ".join(self.pick("t1", "t2 DESC", "d1 NULLS FIRST", "t3", "lower(t1)", "length(t2)") for _ in range(2))
        return f"SELECT t1, t2, t3, d1, {self.text(1)} AS o1, coalesce(t1, t2)::text AS o2 FROM ({inner}) s WHERE {kept} ORDER BY {order}, t1, t2, t3, d1, i1, i2 LIMIT 25" \
            .replace("coalesce(t1, t2)::text", self.pick("t1 || ', ' || t2", "concat(t2, t1)", "json_build_array(t1, d1)::text", "upper(t1)"))

    def writes(self):
        """Statements that change rows, and what is there afterwards."""
        self.sources = [("customer", TABLES["customer"])]
        which = self.condition(1)
        name, value = self.pick(("note", f"({self.text(1)})::text"), ("note", f"concat({self.bare('text', 1)}, '!')"), ("born", self.date(1)),
                                ("note", "customer.last_name"), ("last_name", "customer.first_name"), ("note", "NULL"), ("city", f"({self.bare('text', 1)})::text"))
        changed = self.pick(f"UPDATE customer SET {name} = {value} WHERE customer.id < 40 AND {which}",
                            f"WITH w AS (UPDATE customer SET {name} = {value} WHERE {which} RETURNING customer.id, customer.{name}) SELECT count(*), count({name}) FROM w",
                            f"DELETE FROM customer WHERE {which}",
                            f"INSERT INTO orders (id, customer_id, ship_to) SELECT customer.id + 5000, customer.id, address FROM customer WHERE {which}")
        columns = "id, first_name, last_name, email, born, note, city"
        return [changed, f"SELECT {columns} FROM customer ORDER BY {self.pick('last_name', 'note', 'born')} NULLS FIRST, id LIMIT 15",
                "SELECT id, ship_to FROM orders WHERE id > 5000 ORDER BY ship_to, id LIMIT 5"]

    def prepared(self, query):
        """The query with its constants of comparisons as parameters, executed twice, as drivers do."""
        values = []

        def parameter(match):
            values.append(match.group(2))
            return f"{match.group(1)}${len(values)}"

        text = re.sub(r"((?:LIKE|[<>=]) )('(?:[^']|'')*')(?![:\]])", parameter, query)
        mode = self.pick("", "force_generic_plan", "force_custom_plan")
        setting = [f"SET LOCAL plan_cache_mode = {mode}"] if mode else []
        execute = "EXECUTE p" + (f"({', '.join(values)})" if values else "")
        return [*setting, f"PREPARE p AS {text}", execute, execute]

    def whole(self):
        """The statements of one test."""
        query = self.pick(self.rows, self.rows, self.rows, self.groups, self.groups, self.distinct, self.union, self.nested, self.writes)
        if isinstance(query, list):
            return query
        wrapped = self.random.random()
        if wrapped < 0.12:
            return [f"WITH q AS {self.pick('', 'MATERIALIZED ')}({query}) SELECT count(*), min(q::text), max(q::text) FROM q"]
        if wrapped < 0.3:
            return self.prepared(query)
        if wrapped < 0.36:
            return [f"DECLARE c SCROLL CURSOR FOR {query}", "FETCH 7 FROM c", "FETCH PRIOR FROM c", "FETCH LAST FROM c"]
        if wrapped < 0.42:
            return [f"COPY ({query}) TO STDOUT (FORMAT csv)"]
        if wrapped < 0.48:
            return ["SET LOCAL force_parallel_mode = on", "SET LOCAL min_parallel_table_scan_size = 0", query]
        return [query]

