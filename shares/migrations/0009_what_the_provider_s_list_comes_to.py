from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shares", "0008_what_is_let_off_kept_and_credited"),
    ]

    operations = [
        migrations.AddField(
            model_name="bookscheck",
            name="sums",
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
