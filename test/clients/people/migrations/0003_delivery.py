"""A model that is protected from the start."""

from django.db import migrations, models
from django_fields import PiiAddressField, PiiBirthDateField, Protect


class Migration(migrations.Migration):
    dependencies = [("people", "0002_protect_person")]
    operations = [
        migrations.CreateModel("Delivery", [
            ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("person", models.ForeignKey("people.Person", models.CASCADE)),
            ("address", PiiAddressField()),
            ("born", PiiBirthDateField(null=True)),
        ]),
        Protect("people_delivery", ["order_fulfilment"], owner="person_id"),
    ]
