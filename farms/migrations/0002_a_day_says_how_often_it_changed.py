from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("farms", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="pickupday",
            name="rewritten",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
