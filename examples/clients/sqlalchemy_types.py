"""The PII types for SQLAlchemy: Column(Pii("email")) is a gdpr.pii_email in the database and a str in Python."""

import json

from sqlalchemy import text
from sqlalchemy.types import UserDefinedType


class Pii(UserDefinedType):
    """Compares with == and in_() alone, as the values are sealed; cast to Text for LIKE, which reveals every row."""

    cache_ok = True

    def __init__(self, name):
        self.name = name

    def get_col_spec(self, **kw):
        return f"gdpr.pii_{self.name}"


def protect(connection, table, purposes, columns={}, owner=None):
    """For migrations: protects a table, sealing columns={"email": "pii_email"} of other types with what they hold."""
    connection.execute(
        text("SELECT gdpr.protect(CAST(:relation AS regclass), purposes => CAST(:purposes AS gdpr.purpose_set),"
             " owner => CAST(:owner AS text), columns => CAST(:columns AS jsonb))"),
        {"relation": table, "purposes": "{%s}" % ",".join(purposes), "owner": owner, "columns": json.dumps(columns)})
