"""The PII types for Django: PiiEmailField is a gdpr.pii_email in the database and a string in Python."""

import json

from django.db import models
from django.db.migrations.operations import RunSQL


class PiiMixin:
    empty_strings_allowed = False

    def db_type(self, connection):
        return f"gdpr.pii_{self.pii}"

    def get_prep_value(self, value):
        return super().get_prep_value(value) or None  # '' is no name or address; where it may be missing, null=True


def pii_field(pii, base=models.TextField):
    return type(f"Pii{pii.title().replace('_', '')}Field", (PiiMixin, base), {"pii": pii, "__module__": __name__})


PiiEmailField = pii_field("email", models.EmailField)
PiiPhoneField = pii_field("phone")
PiiNameField = pii_field("name")
PiiAddressField = pii_field("address")
PiiBirthDateField = pii_field("birth_date")
PiiTextField = pii_field("text")


class Protect(RunSQL):
    """Protect a model's table, sealing columns={"email": "pii_email"} of other types with what they hold already."""

    # Django's own indexes for LIKE 'x%' know plaintext alone.
    drop_like_indexes = """
        DO $$ DECLARE name text; BEGIN
            FOR name IN SELECT DISTINCT i.indexrelid::regclass::text FROM pg_index i JOIN pg_opclass o ON o.oid = ANY (i.indclass)
                        WHERE i.indrelid = {table}::regclass AND o.opcname LIKE '%pattern_ops'
            LOOP EXECUTE 'DROP INDEX ' || name; END LOOP;
        END $$"""

    def __init__(self, table, purposes, columns=None, owner=None, subject=None, state_operations=None):
        sql = [self.drop_like_indexes.format(table="'%s'" % table.replace("'", "''"))]
        if subject:
            sql.append(("SELECT gdpr.declare_subject(%s, %s)", [table, subject]))
        sql.append(("SELECT gdpr.protect(%s, purposes => %s, owner => %s, columns => %s)",
                    [table, "{%s}" % ",".join(purposes), owner, json.dumps(columns or {})]))
        super().__init__(sql, [("SELECT gdpr.unprotect(%s)", [table])], state_operations)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        while schema_editor.deferred_sql:  # the foreign keys of tables made in the same migration
            schema_editor.execute(schema_editor.deferred_sql.pop(0))
        super().database_forwards(app_label, schema_editor, from_state, to_state)
