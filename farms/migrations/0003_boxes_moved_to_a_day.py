from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("farms", "0002_initial")]

    operations = [
        migrations.AddField(
            model_name="pickupday",
            name="moved_in",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
