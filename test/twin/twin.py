"""Two sides that should not be told apart: a plaintext schema and the protected one, asked the same by the same role."""

import io
import os
import re
from dataclasses import dataclass, field

import psycopg2
import psycopg2.extensions

psycopg2.extensions.string_types.clear()  # every value as the server spells it

HERE = os.path.dirname(os.path.abspath(__file__))
DOCUMENTED = os.path.join(HERE, "../../docs/differences.md")
EXAMPLES = os.path.join(HERE, "../../docs/applications.md")
KNOWN = os.path.join(HERE, "known")
SEQUENCES = ("customer_id_seq", "orders_id_seq", "ticket_id_seq")


@dataclass
class Test:
    name: str
    statements: list
    fails: str = None  # SQLSTATE that the plaintext side answers too
    nothing: bool = False  # finds no row on either side
    any_order: bool = False  # the statement promises no order
    expected: dict = field(default_factory=dict)  # of a documented difference: what each side answers


@dataclass
class Result:
    """What one statement answers. Columns are pairs of name and type."""
    tag: str
    columns: list
    rows: list


@dataclass
class Answer:
    results: list
    error: str = None
    notices: list = field(default_factory=list)
    message: str = ""

    def lines(self):
        """As it is written in docs/differences.md."""
        lines = []
        for result in self.results:
            if not result.columns:
                lines += result.rows or ([result.tag] if result.tag.split(" ")[0] in ("INSERT", "UPDATE", "DELETE", "MERGE", "COPY") else [])
            elif not result.rows:
                lines.append("nothing")
            else:
                lines += ["|".join("null" if value is None else value for value in row) for row in result.rows]
        lines += [notice for notice in self.notices]
        return lines + ([f"error {self.error}"] if self.error else [])

    def empty(self):
        return not self.error and not any(result.rows or re.fullmatch(r"\w+( 0)? [1-9]\d*", result.tag) for result in self.results)


class Side:
    def __init__(self, schema, role="twin_app"):
        self.connection = psycopg2.connect(user=role)
        self.schema = schema
        self.types = {}
        self.settle(f"SET search_path = {schema}", "SET statement_timeout = '20s'", "SET client_min_messages = notice")

    def settle(self, *commands):
        """Run what outlives the transaction, such as a setting."""
        with self.connection.cursor() as cursor:
            for command in commands:
                cursor.execute(command)
        self.connection.commit()

    def ask(self, statements, settings=()):
        """The answers to the statements in one transaction, which is rolled back."""
        answer = Answer([])
        self.connection.notices.clear()
        cursor = self.connection.cursor()
        try:
            for setting in settings:
                cursor.execute(f"SET LOCAL {setting}")
            if any(re.search(r"\bINSERT\b", statement, re.I) for statement in statements):
                for sequence in SEQUENCES:
                    cursor.execute(f"SELECT setval('{sequence}', 1000, false)")
            for statement in statements:
                answer.results.append(self.run(cursor, statement.replace('"public"', f'"{self.schema}"')))
        except psycopg2.Error as error:
            answer.error = error.pgcode or type(error).__name__
            answer.message = str(error).split("\n")[0]
        self.connection.rollback()
        answer.notices = [notice.strip() for notice in self.connection.notices]
        for result in answer.results:
            result.columns = [(name, self.type_name(oid)) for name, oid in result.columns]
        if any(re.match(r"\s*PREPARE\b", statement, re.I) for statement in statements):
            self.settle("DEALLOCATE ALL")
        return answer

    @staticmethod
    def run(cursor, statement):
        copied, _, data = statement.partition(";\n")
        if re.match(r"\s*COPY\b.*\bFROM STDIN\b", copied, re.I | re.S):
            cursor.copy_expert(copied, io.StringIO(data))
            return Result(f"COPY {cursor.rowcount}", [], [])
        if re.match(r"\s*COPY\b.*\bTO STDOUT\b", statement, re.I | re.S):
            output = io.StringIO()
            cursor.copy_expert(statement, output)
            return Result(f"COPY {cursor.rowcount}", [], output.getvalue().splitlines())
        cursor.execute(statement)
        columns = [(column.name, column.type_code) for column in cursor.description or ()]
        return Result(cursor.statusmessage, columns, cursor.fetchall() if columns else [])

    def type_name(self, oid):
        if oid not in self.types:
            with self.connection.cursor() as cursor:
                cursor.execute("SELECT replace(format_type(%s, NULL), 'gdpr.', '')", (oid,))
                self.types[oid] = cursor.fetchone()[0]
            self.connection.rollback()
        return self.types[oid]


class Differences:
    """What docs/differences.md allows: names of types, columns more than the twin's, and whole statements."""

    def __init__(self, path=DOCUMENTED):
        with open(path, encoding="utf-8") as file:
            page = file.read()
        self.types, self.columns, self.tests = set(), set(), []
        for kind, body in blocks(page):
            if kind == "types":
                for line in body.splitlines():
                    plain, ours = line.split(":")
                    self.types |= {(plain.strip() + array, name + array) for name in ours.strip().split(", ") for array in ("", "[]")}
            elif kind == "columns":
                self.columns |= set(body.split())
            elif kind == "sql":
                self.tests.append(self.documented(body))

    @staticmethod
    def documented(body):
        expected = {"plaintext": [], "protected": []}
        for side, line in re.findall(r"^-- (plaintext|protected): (.*)$", body, re.M):
            expected[side].append(line)
        (test,) = parse(re.sub(r"^-- (plaintext|protected): .*\n", "", body, flags=re.M), "differences")
        test.expected = expected
        return test

    def compare(self, plain, ours, any_order=False):
        """Why the answer is not that of the twin, or None."""
        if plain.error != ours.error:
            return "another error" if plain.error and ours.error else "an error" if ours.error else "no error"
        for one, other in zip(plain.results, ours.results):
            reason = self.compare_result(one, other, any_order)
            if reason:
                return reason
        return "other notices" if plain.notices != ours.notices else None

    def compare_result(self, plain, ours, any_order):
        names = [name for name, _ in plain.columns]
        kept = [i for i, (name, _) in enumerate(ours.columns) if name in names or name not in self.columns]
        columns = [ours.columns[i] for i in kept]
        if names != [name for name, _ in columns]:
            return "other columns"
        for (name, one), (_, other) in zip(plain.columns, columns):
            if one != other and (one, other) not in self.types:
                return f"type {other} of {name} instead of {one}"
        rows = ours.rows if not columns else [tuple(row[i] for i in kept) for row in ours.rows]
        if rows != plain.rows and sorted(map(str, rows)) == sorted(map(str, plain.rows)):
            return None if any_order else "another order"
        if rows != plain.rows:
            return "other rows"
        return f"{ours.tag} instead of {plain.tag}" if plain.tag != ours.tag else None


def blocks(page):
    """The fenced blocks of a page, each with the word behind its fence."""
    return re.findall(r"^```(\w+)[^\n]*\n(.*?)^```$", page, re.M | re.S)


def parse(text, topic):
    """The tests of a file: paragraphs with a title in a comment, directives in comments below it, and statements."""
    tests = []
    for paragraph in re.split(r"\n(?:[ \t]*\n)+", text.strip() + "\n"):
        comments = re.match(r"(?:--[^\n]*\n)*", paragraph).group().splitlines()
        body = paragraph[sum(len(line) + 1 for line in comments):]
        if not body.strip():
            continue
        title, *directives = [line[2:].strip() for line in comments] or [""]
        if not title:
            raise ValueError(f"{topic}: a statement without a title: {body[:60]}")
        test = Test(f"{topic}: {title}", split(body))
        for directive in directives:
            fails = re.fullmatch(r"fails (\w{5})", directive)
            if fails:
                test.fails = fails.group(1)
            elif directive == "finds nothing":
                test.nothing = True
            elif directive == "in any order":
                test.any_order = True
            else:
                raise ValueError(f"{test.name}: what is {directive}?")
        tests.append(test)
    return tests


def split(body):
    """Statements end with a semicolon at the end of a line, outside $$; what COPY FROM STDIN reads ends with \\. alone."""
    statements, lines = [], []
    for line in body.splitlines():
        lines.append(line)
        text = "\n".join(lines)
        if re.match(r"\s*COPY\b.*\bFROM STDIN\b", text, re.I | re.S):
            if line != "\\.":
                continue
            text = "\n".join(lines[:-1]) + "\n"
        elif not line.rstrip().endswith(";") or text.count("$$") % 2:
            continue
        else:
            text = text.rstrip()[:-1]
        statements.append(text)
        lines = []
    if "".join(lines).strip():
        raise ValueError(f"a statement does not end: {lines}")
    return statements


def tests_of(folder=os.path.join(HERE, "statements")):
    tests = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            tests += parse(file.read(), name[:-4])
    with open(EXAMPLES, encoding="utf-8") as file:
        for kind, body in blocks(file.read()):
            if kind == "sql" and body.startswith("--"):
                tests += parse(body, "applications")
    return tests


def known():
    """The tests that are known to differ without a reason, and those of them that may agree by chance."""
    names = []
    if os.path.exists(KNOWN):
        with open(KNOWN, encoding="utf-8") as file:
            names = [line.rstrip("\n") for line in file if line.strip() and not line.startswith("#")]
    return [name.removeprefix("? ") for name in names], {name[2:] for name in names if name.startswith("? ")}
