"""The models as they are once migrated."""

from django.db import models
from django_fields import PiiAddressField, PiiBirthDateField, PiiEmailField, PiiNameField


class Person(models.Model):
    email = PiiEmailField(unique=True)
    name = PiiNameField(blank=True, null=True)


class Delivery(models.Model):
    person = models.ForeignKey(Person, models.CASCADE)
    address = PiiAddressField()
    born = PiiBirthDateField(null=True)
