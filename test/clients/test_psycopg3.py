"""psycopg 3: values are parameters of the protocol, of the types that it gives them."""

from tap import need

(psycopg,) = need("psycopg")

import ipaddress

from driver import run

run("psycopg3", lambda role: psycopg.connect(f"user={role}"), lambda error: error.sqlstate, ipaddress.ip_address)
