"""The rows that are there are sealed in one migration."""

from django.db import migrations
from django_fields import PiiEmailField, PiiNameField, Protect


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [
        Protect("people_person", ["order_fulfilment"], {"email": "pii_email", "name": "pii_name"}, subject="id", state_operations=[
            migrations.AlterField("Person", "email", PiiEmailField(unique=True)),
            migrations.AlterField("Person", "name", PiiNameField(blank=True, null=True)),
        ]),
    ]
