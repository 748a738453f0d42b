"""Before there was any protection."""

from django.db import migrations, models


class Migration(migrations.Migration):
    operations = [
        migrations.CreateModel("Person", [
            ("id", models.AutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
            ("email", models.EmailField(max_length=254, unique=True)),
            ("name", models.TextField(blank=True, null=True)),
        ]),
    ]
