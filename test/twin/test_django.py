"""Django with ordinary fields, on the plaintext schema and on the protected one: nothing of the extension in the models."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../clients"))
from tap import need

need("django", "psycopg2")

import datetime

import django
from django.conf import settings


def database(schema):
    return {"ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "USER": "twin_app", "HOST": os.environ["PGHOST"],
            "PORT": os.environ["PGPORT"], "OPTIONS": {"options": f"-c search_path={schema}"}}


settings.configure(INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.admin.apps.SimpleAdminConfig", "shop"], USE_TZ=True,
                   DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
                   DATABASES={"default": database("plain"), "plain": database("plain"), "app": database("app")})
django.setup()

from django.contrib.admin import ModelAdmin, site
from django.core.paginator import Paginator
from django.core.serializers import serialize
from django.db import DatabaseError, connections, models, transaction
from django.db.models import Case, Count, Exists, F, Max, Min, OuterRef, Q, Subquery, Value, When, Window
from django.db.models.functions import Coalesce, Concat, ExtractYear, Length, Lower, RowNumber, Substr, TruncYear, Upper
from django.http import JsonResponse
from frameworks import answer, compare
from shop.models import Customer, Order, Ticket


def people(side):
    return Customer.objects.using(side)


def order(side):
    """order_by a name, and by several"""
    return list(people(side).order_by("-last_name", "first_name", "id").values_list("id", "last_name")[:12])


def contains(side):
    """icontains, istartswith, endswith, iexact, regex"""
    found = people(side).filter(Q(last_name__icontains="SMET") | Q(first_name__istartswith="li") | Q(email__endswith="@post.example"))
    return list(found.order_by("last_name", "id").values_list("id", flat=True)), \
        people(side).filter(email__iexact="USER7@mail.example").count(), people(side).filter(last_name__regex="^[MP]").count()


def dates(side):
    """dates: year, month, range, truncated"""
    return list(people(side).filter(born__year__gte=1990, born__month=5).order_by("born", "id").values_list("id", flat=True)), \
        list(people(side).annotate(y=TruncYear("born")).order_by("y", "id").values_list("y", flat=True)[:5]), \
        list(people(side).filter(born__range=(datetime.date(1960, 1, 1), datetime.date(1963, 1, 1))).order_by("born").values_list("born", flat=True))


def aggregate(side):
    """aggregate and annotate"""
    return people(side).aggregate(Max("born"), Min("last_name"), Count("email", distinct=True)), \
        list(people(side).values("last_name").annotate(n=Count("id"), oldest=Min("born")).order_by("-n", "last_name")), \
        list(people(side).annotate(y=ExtractYear("born")).values("y").annotate(n=Count("id")).order_by("y")[:6].values_list("y", "n"))


def expressions(side):
    """Concat, Lower, Upper, Length, Substr, Coalesce, Case"""
    return list(people(side).annotate(full=Concat("first_name", Value(" "), "last_name"), l=Lower("last_name"), u=Upper("first_name"),
                                      n=Length("email"), s=Substr("last_name", 1, 2), c=Coalesce("note", Value("-")),
                                      k=Case(When(last_name="Maes", then=Value("m")), default=F("last_name"), output_field=models.CharField(max_length=200)))
                .order_by("full", "id").values_list("id", "full", "l", "u", "n", "s", "c", "k")[:8])


def filtered_expression(side):
    """filter by an annotation"""
    return list(people(side).annotate(full=Concat("first_name", Value(" "), "last_name")).filter(full__icontains="an m").order_by("full", "id")
                .values_list("id", flat=True)[:6])


def window(side):
    """Window"""
    return list(people(side).annotate(n=Window(RowNumber(), partition_by=["city"], order_by=[F("last_name").desc(), F("id").asc()]))
                .order_by("id").values_list("id", "n")[:10])


def subqueries(side):
    """Exists, Subquery, in"""
    late = Order.objects.using(side).filter(customer=OuterRef("pk")).order_by("-id")
    return list(people(side).filter(Exists(late.filter(ship_to__icontains="kerkstraat 12"))).order_by("id").values_list("id", flat=True)), \
        list(people(side).annotate(to=Subquery(late.values("ship_to")[:1])).order_by("to", "id").values_list("to", flat=True)[:4]), \
        list(Order.objects.using(side).filter(customer__in=people(side).filter(last_name__startswith="Ma")).order_by("id").values_list("id", flat=True)[:5])


def related(side):
    """select_related, prefetch_related, a filter across a join"""
    return [(o.id, o.customer.last_name, o.ship_to) for o in Order.objects.using(side).select_related("customer").order_by("customer__last_name", "-id")[:5]], \
        [(c.id, [o.ship_to for o in c.orders.all()]) for c in people(side).filter(email="user7@mail.example").prefetch_related("orders")], \
        list(people(side).filter(tickets__meta__channel="phone").distinct().order_by("last_name", "id").values_list("id", flat=True)[:5])


def json_field(side):
    """JSONField: contains, has_key, a path, an order"""
    tickets = Ticket.objects.using(side)
    return [t.meta for t in tickets.order_by("id")[:2]], tickets.filter(meta__contains={"tries": 2}).count(), tickets.filter(meta__has_key="seen").count(), \
        list(tickets.filter(meta__by__name__icontains="AGENT 1").order_by("-meta__tries", "id").values_list("id", flat=True)[:5])


def response(side):
    """a JSON response and a serialized list"""
    rows = list(people(side).order_by("id").values("id", "last_name", "email", "born")[:3])
    return JsonResponse(rows, safe=False).content.decode(), serialize("json", Ticket.objects.using(side).order_by("id")[:2])


def pages(side):
    """pages by number"""
    page = Paginator(people(side).filter(last_name__contains="e").order_by("last_name", "id"), 7).page(3)
    return page.paginator.count, [c.id for c in page]


def keyset(side):
    """pages by keyset"""
    seen, last = [], None
    while True:
        rows = people(side).order_by("last_name", "id")
        if last:
            rows = rows.filter(Q(last_name__gt=last.last_name) | Q(last_name=last.last_name, id__gt=last.id))
        page = list(rows[:13])
        if not page:
            return seen
        seen += [c.id for c in page]
        last = page[-1]


def admin(side):
    """the list of the admin, searched and ordered"""
    class CustomerAdmin(ModelAdmin):
        list_display, search_fields, ordering = ("last_name", "email"), ("first_name", "last_name", "=email"), ("last_name", "-id")

    lister = CustomerAdmin(Customer, site)
    found, _ = lister.get_search_results(None, people(side), "an pee")
    return [(c.last_name, c.email) for c in found.order_by(*lister.ordering)]


def create(side):
    """create, save, refresh, get_or_create, update_or_create"""
    anne = people(side).create(id=2001, first_name="Anne", last_name="Claes", email="anne@post.example", born=datetime.date(1980, 2, 3))
    anne.last_name, anne.note = "Peeters", None
    anne.save(using=side)
    anne.refresh_from_db(using=side)
    known, made = people(side).get_or_create(email="user7@mail.example", defaults={"first_name": "Nobody"})
    changed, _ = people(side).update_or_create(email="user8@thuis.example", defaults={"last_name": "Wouters"})
    return anne.last_name, anne.born, anne.note, known.id, made, changed.id, people(side).get(id=8).last_name


def bulk(side):
    """bulk_create, bulk_update, in_bulk, update with F"""
    people(side).bulk_create([Customer(id=3000 + n, first_name=f"First {n}", last_name=f"Last {n % 3}", email=f"bulk{n}@post.example") for n in range(40)])
    rows = list(people(side).filter(id__gte=3000, id__lt=3003).order_by("id"))
    for row in rows:
        row.note = f"{row.first_name} was here"
    people(side).bulk_update(rows, ["note"])
    people(side).filter(id=3001).update(last_name=Upper("last_name"), note=Concat("note", Value("!")))
    return sorted((c.id, c.last_name, c.note) for c in people(side).in_bulk([3000, 3001, 3002]).values()), people(side).filter(last_name="Last 2").count()


def delete(side):
    """delete cascades"""
    return people(side).filter(last_name__startswith="Pee").delete()[1], Order.objects.using(side).count()


def again(side):
    """somebody who is there already"""
    people(side).create(id=2001, first_name="Anne", email="user7@mail.example")


def nothing(side):
    """something that is no e-mail address is not found"""
    return people(side).filter(email="nonsense").count(), people(side).filter(email__in=["nonsense", "user7@mail.example"]).count()


def run(action, side):
    with transaction.atomic(using=side):
        result = answer(action, side, lambda error: error.__cause__.pgcode, DatabaseError)
        transaction.set_rollback(True, using=side)
    return result


compare([order, contains, dates, aggregate, expressions, filtered_expression, window, subqueries, related, json_field, response, pages, keyset,
         admin, create, bulk, delete, again, nothing], run)
