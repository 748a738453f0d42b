"""psycopg 3: the statements of parameters.tsv, each with parameters of the protocol, on both sides."""

import datetime
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients"))
from tap import done, equal, need

(psycopg,) = need("psycopg")

READ = {"d": datetime.date.fromisoformat, "i": int, "a": lambda text: text.split(","), "n": lambda text: None}


def value(text):
    kind, colon, rest = text.partition(":")
    return READ[kind](rest) if colon and kind in READ else text


def cases():
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "parameters.tsv"), encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                title, statement, *values = line.rstrip("\n").split("\t")
                yield title, re.sub(r"\$\d", "%s", statement.replace("%", "%%")), [value(text) for text in values]


def ask(connection, statement, values):
    """The answer of the first time, and of the seventh, when the plan is kept."""
    try:
        for time in range(7):
            with connection.transaction(force_rollback=True):
                cursor = connection.execute(statement, values, prepare=True)
                rows = [tuple(map(str, row)) for row in cursor.fetchall()] if cursor.description else cursor.rowcount
                first = rows if time == 0 else first
        return first, rows
    except psycopg.Error as error:
        return error.sqlstate


sides = [psycopg.connect(user="twin_app", options=f"-c search_path={schema}", autocommit=True) for schema in ("plain", "app")]
for title, statement, values in cases():
    plain, ours = (ask(side, statement, values) for side in sides)
    equal(ours, plain if plain == "23505" or isinstance(plain, tuple) else f"no answer of the twin: {plain}", title)
done()
