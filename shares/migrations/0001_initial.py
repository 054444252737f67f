import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("farms", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="BankAccount",
            fields=[
                (
                    "farm",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="bank_account",
                        serialize=False,
                        to="farms.farm",
                    ),
                ),
                ("holder", models.CharField(max_length=70, verbose_name="account holder")),
                ("iban", models.CharField(blank=True, max_length=42, verbose_name="IBAN")),
                ("bic", models.CharField(blank=True, max_length=11, verbose_name="BIC")),
                ("words", models.CharField(blank=True, max_length=250, verbose_name="or in words")),
            ],
        ),
        migrations.CreateModel(
            name="PayAtPickup",
            fields=[
                (
                    "season",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="pay_at_pickup",
                        serialize=False,
                        to="farms.season",
                    ),
                ),
                ("since", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ProviderAccount",
            fields=[
                (
                    "farm",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="provider_account",
                        serialize=False,
                        to="farms.farm",
                    ),
                ),
                ("account", models.CharField(max_length=120, unique=True)),
                ("opened_at", models.DateTimeField()),
                ("ready_at", models.DateTimeField(blank=True, null=True)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="ProviderEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.CharField(max_length=120, unique=True)),
                ("kind", models.CharField(max_length=80)),
                ("heard_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SavedCard",
            fields=[
                (
                    "household",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="saved_card",
                        serialize=False,
                        to="farms.household",
                    ),
                ),
                ("account", models.CharField(blank=True, max_length=120)),
                ("customer", models.CharField(max_length=120)),
                ("method", models.CharField(max_length=120)),
                ("words", models.CharField(max_length=60)),
                ("saved_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="BankStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("brought_at", models.DateTimeField()),
                ("content", models.BinaryField(null=True)),
                ("columns", models.JSONField(default=dict)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("known", models.PositiveIntegerField(default=0)),
                ("going_out", models.PositiveIntegerField(default=0)),
                ("unread", models.JSONField(default=list)),
                (
                    "brought_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="bank_statements", to="farms.farm"
                    ),
                ),
            ],
            options={
                "ordering": ["-brought_at", "-id"],
            },
        ),
        migrations.CreateModel(
            name="BudgetLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("amount", models.PositiveBigIntegerField()),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "season",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="budget_lines", to="farms.season"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
            },
        ),
        migrations.CreateModel(
            name="OpenBook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "season",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="open_book", to="farms.season"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="OpenPrice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("since", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "household",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="open_price", to="farms.household"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.UUIDField()),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("card", "By card"),
                            ("offline", "Bank transfer or cash"),
                            ("pickup", "At each pickup"),
                        ],
                        max_length=10,
                    ),
                ),
                ("currency", models.CharField(max_length=3)),
                ("language", models.CharField(max_length=12)),
                ("ordered_at", models.DateTimeField()),
                ("held_until", models.DateTimeField()),
                ("donation", models.PositiveBigIntegerField(default=0)),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("lapsed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="orders", to="farms.farm"
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="farms.household"
                    ),
                ),
                (
                    "ordered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "season",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="orders", to="farms.season"
                    ),
                ),
            ],
            options={
                "ordering": ["-ordered_at", "-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("lapsed_at", None), ("settled_at", None)),
                        fields=["held_until"],
                        name="open_orders",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("farm"), models.F("token"), name="one_intent_one_order")
                ],
            },
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("due_on", models.DateField()),
                ("amount", models.PositiveBigIntegerField()),
                ("next_on", models.DateField(blank=True, db_index=True, null=True)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("trouble", models.CharField(blank=True, max_length=60)),
                ("waits_until", models.DateField(blank=True, null=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="instalments", to="shares.order"
                    ),
                ),
            ],
            options={
                "ordering": ["order_id", "number"],
                "constraints": [
                    models.UniqueConstraint(models.F("order"), models.F("number"), name="each_part_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="a_part_is_of_something"),
                ],
            },
        ),
        migrations.CreateModel(
            name="GiftOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="their name")),
                ("email", models.EmailField(max_length=254, verbose_name="their e-mail address")),
                ("giver", models.CharField(max_length=120, verbose_name="from whom")),
                ("message", models.CharField(blank=True, max_length=500, verbose_name="a few words")),
                ("tell_on", models.DateField(verbose_name="when they are told")),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "recipient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gifts", to="farms.household"
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="gift", to="shares.order"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("told_at", None)), fields=["tell_on"], name="gifts_to_tell")
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "method",
                    models.CharField(
                        choices=[("card", "Card"), ("bank", "Bank transfer"), ("cash", "Cash"), ("cheque", "Cheque")],
                        max_length=10,
                    ),
                ),
                ("amount", models.PositiveBigIntegerField()),
                ("refunded", models.PositiveBigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                ("reference", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("attempted_at", models.DateTimeField()),
                ("session_id", models.CharField(blank=True, max_length=120, null=True, unique=True)),
                ("checkout_url", models.TextField(blank=True)),
                ("provider_object", models.CharField(blank=True, max_length=120, null=True, unique=True)),
                ("succeeded_at", models.DateTimeField(blank=True, null=True)),
                ("expired_at", models.DateTimeField(blank=True, null=True)),
                ("pending_at", models.DateTimeField(blank=True, null=True)),
                ("failure", models.CharField(blank=True, max_length=60)),
                ("unattended", models.BooleanField(default=False)),
                ("account", models.CharField(blank=True, max_length=120)),
                ("note", models.CharField(blank=True, max_length=160)),
                (
                    "instalment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="shares.instalment",
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="shares.order"
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["attempted_at", "id"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="a_payment_is_of_something"),
                    models.CheckConstraint(
                        condition=models.Q(("refunded__lte", models.F("amount"))), name="never_refunded_more_than_paid"
                    ),
                    models.UniqueConstraint(
                        models.F("instalment"),
                        condition=models.Q(("expired_at", None), ("succeeded_at", None)),
                        name="one_attempt_at_a_part_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BankLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("mark", models.CharField(max_length=64)),
                ("day", models.DateField()),
                ("amount", models.PositiveBigIntegerField()),
                ("payer", models.CharField(blank=True, max_length=140)),
                ("words", models.CharField(blank=True, max_length=500)),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("ignored_at", models.DateTimeField(blank=True, null=True)),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="bank_lines", to="farms.farm"
                    ),
                ),
                (
                    "statement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="shares.bankstatement"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_lines",
                        to="shares.order",
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bank_line",
                        to="shares.payment",
                    ),
                ),
            ],
            options={
                "ordering": ["day", "id"],
                "constraints": [
                    models.UniqueConstraint(models.F("farm"), models.F("mark"), name="each_line_of_a_bank_once"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="a_line_brings_something"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentPlan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "deposit",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="deposit, per cent",
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("retired_at", models.DateTimeField(blank=True, null=True)),
                (
                    "season",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="payment_plans", to="farms.season"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("deposit__gte", 1), ("deposit__lte", 99)), name="a_deposit_is_a_part"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PickupStop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("stopped_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="stops", to="shares.order"
                    ),
                ),
                (
                    "stopped_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("order"), condition=models.Q(("ended_at", None)), name="one_stop_at_a_time"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), ("ended_at__gte", models.F("stopped_at")), _connector="OR"
                        ),
                        name="a_stop_ends_after_it_began",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="days", to="shares.paymentplan"
                    ),
                ),
            ],
            options={
                "ordering": ["day"],
                "constraints": [models.UniqueConstraint(models.F("plan"), models.F("day"), name="one_part_a_day")],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=160)),
                ("kind", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("currency", models.CharField(max_length=3)),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="postings", to="farms.farm"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="postings",
                        to="shares.order",
                    ),
                ),
            ],
            options={
                "ordering": ["at", "id"],
                "constraints": [
                    models.UniqueConstraint(models.F("farm"), models.F("key"), name="each_event_is_posted_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "account",
                    models.CharField(
                        choices=[
                            ("owed", "Owed by households"),
                            ("card", "With the card processor"),
                            ("bank", "Bank"),
                            ("cash", "Cash"),
                            ("fees", "Processor’s fees"),
                            ("shares", "Shares still to be delivered"),
                            ("income", "Shares delivered"),
                            ("pledged", "Promised to the solidarity fund"),
                            ("fund", "Solidarity fund"),
                            ("borne", "Borne by the farm"),
                            ("credit", "Credit of households"),
                            ("let_off", "Let off by the farm"),
                            ("kept", "Kept of shares given up"),
                        ],
                        max_length=12,
                    ),
                ),
                ("amount", models.BigIntegerField()),
                (
                    "posting",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="shares.posting"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount", 0), _negated=True), name="an_entry_moves_something"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Refund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.PositiveBigIntegerField()),
                ("reduced", models.PositiveBigIntegerField(default=0)),
                (
                    "way",
                    models.CharField(
                        choices=[("card", "Card"), ("bank", "Bank transfer"), ("cash", "Cash"), ("cheque", "Cheque")],
                        default="card",
                        max_length=10,
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("late", "Paid after the places had gone"),
                            ("twice", "Paid twice"),
                            ("cancelled", "A share was cancelled"),
                            ("called_off", "A pickup was called off"),
                            ("farmer", "Given back by the farm"),
                        ],
                        max_length=160,
                    ),
                ),
                ("because", models.CharField(blank=True, max_length=250)),
                ("reference", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("asked_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("refused_at", models.DateTimeField(blank=True, null=True)),
                ("failed_at", models.DateTimeField(blank=True, null=True)),
                ("provider_object", models.CharField(blank=True, max_length=120, null=True, unique=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="refunds", to="shares.payment"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="a_refund_is_of_something"),
                    models.CheckConstraint(
                        condition=models.Q(("reduced__lte", models.F("amount"))),
                        name="no_more_is_let_off_than_given_back",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("invoice", "Invoice"), ("credit", "Credit note")], max_length=10)),
                ("year", models.PositiveSmallIntegerField()),
                ("number", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                ("language", models.CharField(max_length=12)),
                ("currency", models.CharField(max_length=3)),
                ("total", models.PositiveBigIntegerField()),
                ("facts", models.JSONField()),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="farms.farm"
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="farms.household"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="documents", to="shares.order"
                    ),
                ),
                (
                    "refund",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="document",
                        to="shares.refund",
                    ),
                ),
            ],
            options={
                "ordering": ["-year", "-number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("farm"), models.F("year"), models.F("number"), name="a_document_s_number_once"
                    ),
                    models.UniqueConstraint(
                        models.F("order"), condition=models.Q(("kind", "invoice")), name="one_invoice_per_order"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField(default=0)),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="series", to="farms.farm"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("farm"), models.F("year"), name="one_series_a_year")],
            },
        ),
        migrations.CreateModel(
            name="SharedPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("email", models.EmailField(max_length=254)),
                ("amount", models.PositiveBigIntegerField()),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("split_at", models.DateTimeField()),
                ("lapsed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shared_parts", to="shares.order"
                    ),
                ),
                (
                    "payment",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="shared_part",
                        to="shares.payment",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(models.F("order"), models.F("email"), name="one_part_per_co_holder"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="a_co_holder_pays_something"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShareType",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("feeds", models.CharField(blank=True, max_length=160, verbose_name="what it is, whom it feeds")),
                ("is_addon", models.BooleanField(default=False, verbose_name="an add-on")),
                (
                    "weight",
                    models.PositiveIntegerField(
                        default=2,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="size in the division",
                    ),
                ),
                ("price", models.PositiveBigIntegerField(verbose_name="price for the season")),
                ("lowest", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="lowest price")),
                ("suggested", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="suggested price")),
                ("highest", models.PositiveBigIntegerField(blank=True, null=True, verbose_name="highest price")),
                (
                    "vat_rate",
                    models.PositiveSmallIntegerField(
                        default=0,
                        validators=[django.core.validators.MaxValueValidator(10000)],
                        verbose_name="VAT included in the price",
                    ),
                ),
                (
                    "rhythm",
                    models.CharField(
                        choices=[("weekly", "Every week"), ("biweekly", "Every second week")],
                        default="weekly",
                        max_length=10,
                        verbose_name="rhythm",
                    ),
                ),
                (
                    "first_week",
                    models.PositiveSmallIntegerField(
                        default=1, validators=[django.core.validators.MinValueValidator(1)], verbose_name="first week"
                    ),
                ),
                ("weeks", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="number of weeks")),
                ("places", models.PositiveIntegerField(verbose_name="places")),
                ("taken", models.PositiveIntegerField(default=0)),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "season",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="share_types", to="farms.season"
                    ),
                ),
            ],
            options={
                "ordering": ["is_addon", "position", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("taken__lte", models.F("places"))), name="never_oversold"
                    ),
                    models.CheckConstraint(condition=models.Q(("weight__gte", 1)), name="a_share_weighs_something"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("highest", None), ("lowest", None)),
                            models.Q(("highest__gte", models.F("price")), ("lowest__lte", models.F("price"))),
                            _connector="OR",
                        ),
                        name="the_cost_lies_between_lowest_and_highest",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FundWish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("email", models.EmailField(max_length=254)),
                ("language", models.CharField(max_length=12)),
                ("needed", models.PositiveBigIntegerField()),
                ("token", models.UUIDField(default=uuid.uuid4)),
                ("asked_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fund_wishes", to="farms.farm"
                    ),
                ),
                (
                    "season",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fund_wishes", to="farms.season"
                    ),
                ),
                (
                    "share_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="shares.sharetype"
                    ),
                ),
            ],
            options={
                "ordering": ["asked_at", "id"],
                "constraints": [
                    models.UniqueConstraint(models.F("farm"), models.F("token"), name="one_intent_one_wish")
                ],
            },
        ),
        migrations.CreateModel(
            name="BiddingRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("budget", models.PositiveBigIntegerField()),
                ("opens_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                ("short", models.PositiveBigIntegerField(default=0)),
                (
                    "season",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rounds", to="farms.season"
                    ),
                ),
                ("types", models.ManyToManyField(related_name="rounds", to="shares.sharetype")),
            ],
            options={
                "ordering": ["-season__first_day", "-number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("season"), models.F("number"), name="a_round_s_number_once_per_season"
                    ),
                    models.CheckConstraint(condition=models.Q(("budget__gt", 0)), name="a_round_needs_a_budget"),
                    models.CheckConstraint(
                        condition=models.Q(("opens_at__lt", models.F("closes_at"))),
                        name="a_round_opens_before_it_closes",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Bid",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("comfortable", models.PositiveBigIntegerField()),
                ("possible", models.PositiveBigIntegerField()),
                ("limit", models.PositiveBigIntegerField()),
                ("price", models.PositiveBigIntegerField(blank=True, null=True)),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("language", models.CharField(max_length=12)),
                ("made_at", models.DateTimeField()),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="bids", to="farms.household"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="bids", to="shares.biddinground"
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="bid",
                        to="shares.order",
                    ),
                ),
                (
                    "share_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="bids", to="shares.sharetype"
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("round"), models.F("household"), name="one_bid_per_household_and_round"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("comfortable__lte", models.F("possible")), ("possible__lte", models.F("limit"))
                        ),
                        name="a_bid_rises",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("price", None),
                            models.Q(("price__gte", models.F("comfortable")), ("price__lte", models.F("limit"))),
                            _connector="OR",
                        ),
                        name="nobody_is_asked_beyond_their_limit",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SolidarityFund",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("balance", models.BigIntegerField(default=0)),
                (
                    "when_short",
                    models.CharField(
                        choices=[
                            ("wait", "Ask the household to wait, or to choose another price"),
                            ("bear", "The farm bears the rest, up to a limit"),
                        ],
                        default="wait",
                        max_length=6,
                    ),
                ),
                ("limit", models.PositiveBigIntegerField(default=0)),
                ("borne", models.BigIntegerField(default=0)),
                (
                    "farm",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fund", to="farms.farm"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("balance__gte", 0)), name="the_fund_is_never_overdrawn"),
                    models.CheckConstraint(
                        condition=models.Q(("borne__gte", 0)), name="the_farm_bears_nothing_or_something"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WaitingPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("language", models.CharField(blank=True, max_length=12)),
                (
                    "turn",
                    models.CharField(
                        blank=True,
                        choices=[("", "every week"), ("A", "A weeks"), ("B", "B weeks")],
                        default="",
                        max_length=1,
                    ),
                ),
                ("token", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("since", models.DateTimeField()),
                ("offered_at", models.DateTimeField(blank=True, null=True)),
                ("offered_until", models.DateTimeField(blank=True, null=True)),
                (
                    "offered_turn",
                    models.CharField(
                        blank=True,
                        choices=[("", "every week"), ("A", "A weeks"), ("B", "B weeks")],
                        default="",
                        max_length=1,
                    ),
                ),
                ("taken_at", models.DateTimeField(blank=True, null=True)),
                ("passed_at", models.DateTimeField(blank=True, null=True)),
                ("left_at", models.DateTimeField(blank=True, null=True)),
                (
                    "household",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="waiting_places",
                        to="farms.household",
                    ),
                ),
                (
                    "offered_site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="farms.pickupsite",
                    ),
                ),
                (
                    "order",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="waiting_place",
                        to="shares.order",
                    ),
                ),
                (
                    "share_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="waiting_places",
                        to="shares.sharetype",
                    ),
                ),
            ],
            options={
                "ordering": ["since", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("share_type"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("left_at", None), ("passed_at", None), ("taken_at", None)),
                        name="one_place_in_the_queue_per_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("offered_at", None), ("offered_site", None), ("offered_until", None)),
                            models.Q(
                                ("offered_at__isnull", False),
                                ("offered_site__isnull", False),
                                ("offered_until__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="an_offer_is_of_a_place_until_a_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SiteWish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rank", models.PositiveSmallIntegerField()),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="farms.pickupsite"
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="wishes", to="shares.waitingplace"
                    ),
                ),
            ],
            options={
                "ordering": ["rank"],
                "constraints": [
                    models.UniqueConstraint(models.F("place"), models.F("rank"), name="one_wish_per_rank"),
                    models.UniqueConstraint(models.F("place"), models.F("site"), name="a_site_is_wished_once"),
                    models.CheckConstraint(
                        condition=models.Q(("rank__gte", 1), ("rank__lte", 3)), name="three_wishes_at_most"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BooksCheck",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("books", "The books by themselves"),
                            ("provider", "The books and the payment provider"),
                        ],
                        max_length=10,
                    ),
                ),
                ("asked_at", models.DateTimeField(blank=True, null=True)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("since", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("looked_at", models.PositiveIntegerField(default=0)),
                ("found", models.JSONField(blank=True, default=list)),
                ("sums", models.JSONField(blank=True, default=dict)),
                ("silent", models.BooleanField(default=False)),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="checks", to="farms.farm"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("asked_at__isnull", False)), fields=["asked_at"], name="checks_asked_for"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("farm"), models.F("kind"), name="one_check_of_a_kind_per_farm")
                ],
            },
        ),
        migrations.CreateModel(
            name="Share",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "turn",
                    models.CharField(
                        blank=True,
                        choices=[("", "every week"), ("A", "A weeks"), ("B", "B weeks")],
                        default="",
                        max_length=1,
                    ),
                ),
                ("any_turn", models.BooleanField(default=False)),
                ("first_week", models.PositiveSmallIntegerField()),
                ("last_week", models.PositiveSmallIntegerField()),
                ("pickups", models.PositiveSmallIntegerField()),
                ("cost", models.PositiveBigIntegerField()),
                ("price", models.PositiveBigIntegerField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="farms.household"
                    ),
                ),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="shares.order"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="farms.pickupsite"
                    ),
                ),
                (
                    "share_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="shares", to="shares.sharetype"
                    ),
                ),
            ],
            options={
                "ordering": ["share_type__is_addon", "share_type__position", "id"],
                "indexes": [models.Index(fields=["site", "share_type"], name="shares_by_site")],
            },
        ),
        migrations.CreateModel(
            name="PickupCredit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", models.PositiveBigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="farms.pickupday"
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="credits", to="shares.share"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("share"), models.F("day"), name="a_pickup_is_credited_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Cancellation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("left", models.PositiveSmallIntegerField()),
                ("pickups", models.PositiveSmallIntegerField()),
                ("worth", models.PositiveBigIntegerField()),
                ("kept", models.PositiveBigIntegerField()),
                ("returned", models.PositiveBigIntegerField()),
                ("because", models.CharField(blank=True, max_length=250)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "share",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cancellation", to="shares.share"
                    ),
                ),
            ],
        ),
    ]
