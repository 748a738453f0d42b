"""The tables of setup.sql as an application of Django sees them: nothing of the extension in it."""

from django.db import models


class Customer(models.Model):
    first_name = models.CharField(max_length=200)
    last_name = models.CharField(max_length=200, null=True)
    email = models.EmailField(unique=True, null=True)
    phone = models.CharField(max_length=200, null=True)
    born = models.DateField(null=True)
    note = models.CharField(max_length=200, null=True)
    city = models.CharField(max_length=200, null=True)

    class Meta:
        db_table, managed = "customer", False


class Order(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="orders")
    total = models.DecimalField(max_digits=10, decimal_places=2)
    ship_to = models.CharField(max_length=200)

    class Meta:
        db_table, managed = "orders", False


class Ticket(models.Model):
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="tickets")
    ip = models.GenericIPAddressField(null=True)
    body = models.CharField(max_length=200, null=True)
    meta = models.JSONField(null=True)

    class Meta:
        db_table, managed = "ticket", False
