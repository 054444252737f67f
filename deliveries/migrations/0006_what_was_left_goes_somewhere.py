"""What was left over goes somewhere named."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("deliveries", "0005_to_each_what_they_like"),
        ("farms", "0006_how_a_season_is_packed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PassedOn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("steps", models.PositiveIntegerField()),
                (
                    "unit",
                    models.CharField(
                        choices=[
                            ("kg", "kilogram"),
                            ("g", "gram"),
                            ("lb", "pound"),
                            ("oz", "ounce"),
                            ("l", "litre"),
                            ("ml", "millilitre"),
                            ("piece", "piece"),
                            ("bunch", "bunch"),
                            ("head", "head"),
                            ("punnet", "punnet"),
                            ("bag", "bag"),
                            ("jar", "jar"),
                            ("bottle", "bottle"),
                            ("loaf", "loaf"),
                            ("crate", "crate"),
                            ("dozen", "dozen"),
                        ],
                        max_length=10,
                    ),
                ),
                ("step", models.DecimalField(decimal_places=3, max_digits=8)),
                (
                    "kind",
                    models.CharField(
                        choices=[("swap", "Swap table"), ("gift", "Gift"), ("next", "Next harvest")], max_length=10
                    ),
                ),
                ("place", models.CharField(blank=True, default="", max_length=80)),
                ("line_steps", models.PositiveIntegerField(default=0)),
                ("made_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "crop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="deliveries.crop"
                    ),
                ),
                (
                    "harvest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="passed_on", to="deliveries.harvest"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="carried_over",
                        to="deliveries.harvestline",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="farms.pickupsite",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["made_at", "id"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("steps__gt", 0)), name="what_is_passed_on_is_something")
                ],
            },
        ),
    ]
