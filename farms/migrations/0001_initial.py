import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Farm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name of the farm")),
                ("slug", models.SlugField(max_length=60, unique=True)),
                ("tagline", models.CharField(blank=True, max_length=160, verbose_name="in one sentence")),
                ("story", models.TextField(blank=True, max_length=4000, verbose_name="who farms here")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="address")),
                ("town", models.CharField(max_length=80, verbose_name="town")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("timezone", models.CharField(default="UTC", max_length=60, verbose_name="time zone")),
                ("country", models.CharField(max_length=2, verbose_name="country")),
                ("currency", models.CharField(max_length=3, verbose_name="currency")),
                ("language", models.CharField(default="en", max_length=12, verbose_name="language of its letters")),
                ("legal_name", models.CharField(blank=True, max_length=120, verbose_name="name on invoices")),
                ("tax_number", models.CharField(blank=True, max_length=40, verbose_name="tax number")),
                ("tax_note", models.CharField(blank=True, max_length=200, verbose_name="note on invoices")),
                (
                    "paper",
                    models.CharField(
                        blank=True,
                        choices=[("a4", "A4"), ("us-letter", "Letter")],
                        default="",
                        max_length=10,
                        verbose_name="paper of its lists",
                    ),
                ),
                ("households_numbered", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField()),
                ("published_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="PickupSite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("address", models.CharField(max_length=200, verbose_name="address")),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        verbose_name="weekday",
                    ),
                ),
                ("opens", models.TimeField(verbose_name="from")),
                ("closes", models.TimeField(verbose_name="to")),
                ("host_email", models.EmailField(blank=True, max_length=254, verbose_name="host’s e-mail address")),
                ("public_note", models.CharField(blank=True, max_length=250, verbose_name="how to find it")),
                (
                    "private_note",
                    models.CharField(blank=True, max_length=250, verbose_name="note for its households (door code)"),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="sites", to="farms.farm"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("opens__lt", models.F("closes"))), name="a_site_opens_before_it_closes"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffMember",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[("owner", "Owner"), ("packer", "Packer"), ("host", "Host")],
                        max_length=10,
                        verbose_name="role",
                    ),
                ),
                ("since", models.DateTimeField()),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="staff", to="farms.farm"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hosts",
                        to="farms.pickupsite",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="staffed", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("farm"), models.F("user"), name="one_role_per_farm"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("role", "host"), ("site__isnull", False)),
                            models.Q(models.Q(("role", "host"), _negated=True), ("site", None)),
                            _connector="OR",
                        ),
                        name="a_host_has_a_site",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Household",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("number", models.PositiveIntegerField()),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("note", models.CharField(blank=True, max_length=250, verbose_name="note for the pickup")),
                ("is_place", models.BooleanField(default=False)),
                ("takes_gifts", models.BooleanField(default=False)),
                ("since", models.DateTimeField()),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="households", to="farms.farm"
                    ),
                ),
            ],
            options={
                "ordering": ["name", "number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("farm"), models.F("number"), name="a_household_s_number_once_per_farm"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HouseholdPerson",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="memberships", to="farms.household"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("household"), models.F("user"), name="a_person_once_per_household")
                ],
            },
        ),
        migrations.CreateModel(
            name="Season",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("first_day", models.DateField(verbose_name="first pickup")),
                (
                    "length",
                    models.PositiveSmallIntegerField(
                        default=25,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(53),
                        ],
                        verbose_name="number of weeks",
                    ),
                ),
                (
                    "mode",
                    models.CharField(
                        choices=[("uniform", "The same for everyone"), ("choice", "To each what they like")],
                        default="uniform",
                        max_length=10,
                        verbose_name="how it is packed",
                    ),
                ),
                (
                    "deadline_days",
                    models.PositiveSmallIntegerField(
                        default=2,
                        validators=[django.core.validators.MaxValueValidator(14)],
                        verbose_name="days before the pickup",
                    ),
                ),
                ("deadline_time", models.TimeField(default=datetime.time(23, 59), verbose_name="at")),
                (
                    "holds_allowed",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[django.core.validators.MaxValueValidator(52)],
                        verbose_name="weeks a household may hold",
                    ),
                ),
                (
                    "hold_becomes",
                    models.CharField(
                        choices=[
                            ("makeup", "The share is collected in another week, before or after"),
                            ("gift", "The share is packed and given away"),
                            ("credit", "The household gets its price back as credit"),
                            ("nothing", "A week without a share"),
                        ],
                        default="makeup",
                        max_length=10,
                        verbose_name="what a week on hold becomes",
                    ),
                ),
                ("gifts_first_to_households", models.BooleanField(default=False)),
                (
                    "percent_a",
                    models.PositiveSmallIntegerField(
                        default=50,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="boxes in A weeks, per cent",
                    ),
                ),
                (
                    "swaps_close",
                    models.TimeField(
                        blank=True,
                        default=datetime.time(20, 0),
                        null=True,
                        verbose_name="swaps close, the evening before",
                    ),
                ),
                (
                    "costs",
                    models.PositiveBigIntegerField(
                        blank=True, null=True, verbose_name="what the season costs the farm"
                    ),
                ),
                ("terms", models.TextField(blank=True, max_length=4000, verbose_name="what members agree to")),
                ("offline_days", models.PositiveSmallIntegerField(default=14)),
                ("cancel_until", models.DateField(blank=True, null=True, verbose_name="a household may cancel until")),
                (
                    "cancel_percent",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="the farm keeps, per cent",
                    ),
                ),
                ("cancel_fee", models.PositiveBigIntegerField(default=0, verbose_name="and keeps besides")),
                (
                    "offer_hours",
                    models.PositiveSmallIntegerField(
                        default=48,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(336),
                        ],
                        verbose_name="hours to answer an offer",
                    ),
                ),
                (
                    "renewal_opens_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="current households may renew from"),
                ),
                ("created_at", models.DateTimeField()),
                ("opens_at", models.DateTimeField(blank=True, null=True, verbose_name="sale opens")),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="seasons", to="farms.farm"
                    ),
                ),
                (
                    "gifts_to",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="gets_gifts_of",
                        to="farms.household",
                    ),
                ),
                (
                    "renews",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="renewed_by",
                        to="farms.season",
                    ),
                ),
            ],
            options={
                "ordering": ["-first_day", "-id"],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        models.F("farm"),
                        name="a_season_s_name_once_per_farm",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SeasonSite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("capacity", models.PositiveIntegerField(default=200, verbose_name="shares it has room for")),
                ("taken_a", models.PositiveIntegerField(default=0)),
                ("taken_b", models.PositiveIntegerField(default=0)),
                (
                    "season",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="season_sites", to="farms.season"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="season_sites", to="farms.pickupsite"
                    ),
                ),
            ],
            options={
                "ordering": ["site__position", "site_id"],
                "constraints": [
                    models.UniqueConstraint(models.F("season"), models.F("site"), name="a_site_once_per_season"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("taken_a__lte", models.F("capacity")), ("taken_b__lte", models.F("capacity"))
                        ),
                        name="a_site_is_never_overfull",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Week",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("starts_on", models.DateField()),
                ("skipped", models.BooleanField(default=False)),
                ("note", models.CharField(blank=True, max_length=80)),
                (
                    "season",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="weeks", to="farms.season"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(models.F("season"), models.F("number"), name="a_week_s_number_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PickupDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField()),
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("deadline_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_because", models.CharField(blank=True, max_length=250)),
                ("drawn_up_at", models.DateTimeField(blank=True, null=True)),
                ("moved_in", models.PositiveIntegerField(default=0)),
                (
                    "cancelled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="days", to="farms.pickupsite"
                    ),
                ),
                (
                    "week",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="days", to="farms.week"
                    ),
                ),
            ],
            options={
                "ordering": ["date", "site__position", "site_id"],
                "indexes": [models.Index(fields=["deadline_at"], name="days_by_deadline")],
                "constraints": [
                    models.UniqueConstraint(models.F("week"), models.F("site"), name="one_day_per_week_and_site")
                ],
            },
        ),
        migrations.AddField(
            model_name="household",
            name="people",
            field=models.ManyToManyField(
                related_name="households", through="farms.HouseholdPerson", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="season",
            name="sites",
            field=models.ManyToManyField(related_name="seasons", through="farms.SeasonSite", to="farms.pickupsite"),
        ),
    ]
