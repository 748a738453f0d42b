"""psycopg2: values become literals of the statement."""

from tap import need

(psycopg2,) = need("psycopg2")

from driver import run

run("psycopg2", lambda role: psycopg2.connect(user=role), lambda error: error.pgcode)
