"""Django with the fields of examples/clients and the application people: migrated from plaintext, then used."""

import os
import sys

from tap import done, equal, need, ok

(django, _) = need("django", "psycopg2")
sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../examples/clients"))

import datetime

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connections


def database(role):
    return {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": role, "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"]}


settings.configure(INSTALLED_APPS=["people"], DEFAULT_AUTO_FIELD="django.db.models.AutoField", USE_TZ=True,
                   DATABASES={"default": database("webshop"), "owner": database("shop"), "stranger": database("stranger"),
                              "operator": database("postgres")})
django.setup()

from people.models import Delivery, Person


def migrate(*target):
    call_command("migrate", *target, database="owner", verbosity=0)


def stored(column, table):
    with connections["operator"].cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {table}")
        return [value for (value,) in cursor]


def code(action):
    try:
        action()
    except DatabaseError as error:
        cause = error.__cause__
        return cause.sqlstate if hasattr(cause, "sqlstate") else cause.pgcode  # psycopg 3, psycopg2


migrate("people", "0001")
with connections["owner"].cursor() as cursor:
    cursor.executemany("INSERT INTO people_person (email, name) VALUES (%s, %s)", [(f"{i}@django.example", f"Name {i}") for i in range(50)])
migrate("people")
equal(sum(email.startswith("gdpr1:") for email in stored("email", "people_person")), 50, "one migration seals what was there")
call_command("makemigrations", check=True, dry_run=True, verbosity=0)
ok(True, "and leaves models and migrations agreeing")

equal(Person.objects.count(), 50, "the migrated rows are there")
equal(Person.objects.get(email="7@DJANGO.example").name, "Name 7", "filter by e-mail, and read")
anne = Person.objects.create(email="Anne@django.example", name="Anne Claes")
Delivery.objects.create(person=anne, address="Kerkstraat 1, 9000 Gent, BE", born=datetime.date(1980, 2, 3))
delivery = Delivery.objects.select_related("person").get(person__email="anne@django.example")
equal((delivery.address, delivery.born, delivery.person.name), ("Kerkstraat 1, 9000 Gent, BE", "1980-02-03", "Anne Claes"),
      "create, with a row that belongs to the person, and find it by a join")
anne.name = "Anne Peeters"
anne.save()
anne.refresh_from_db()
equal(anne.name, "Anne Peeters", "update of an object")
equal(Person.objects.filter(email="8@django.example").update(name="Jan"), 1, "update by e-mail")
Person.objects.bulk_create([Person(email=f"bulk{i}@django.example", name=f"Name {i}") for i in range(100)])
equal(list(Person.objects.filter(email__in=["8@django.example", "BULK99@django.example"]).order_by("id").values_list("name", flat=True)),
      ["Jan", "Name 99"], "bulk insert, filter by a list")
equal(Person.objects.get_or_create(email="ANNE@django.example")[1], False, "get_or_create finds it in another case")
equal(Person.objects.filter(email__startswith="bulk").count(), 100, "startswith reveals and finds")
equal(code(lambda: Person.objects.create(email="Anne@Django.example")), "23505", "refused: the address is there already")
equal(code(lambda: list(Person.objects.using("stranger").all())), "ZG002", "refused: ZG002, purpose not granted")
anne.delete()
equal(Delivery.objects.count(), 0, "delete cascades")

done()
