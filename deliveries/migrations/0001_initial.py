import deliveries.models.week
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import uuid
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("farms", "0001_initial"),
        ("people", "0001_initial"),
        ("shares", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(default=deliveries.models.week.fresh_token, max_length=40, unique=True)),
                ("made_at", models.DateTimeField()),
                (
                    "household",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calendar_feed", to="farms.household"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Change",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("hold", "Held"), ("move", "Moved"), ("gift", "Given away")], max_length=10
                    ),
                ),
                (
                    "becomes",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("makeup", "The share is collected in another week, before or after"),
                            ("gift", "The share is packed and given away"),
                            ("credit", "The household gets its price back as credit"),
                            ("nothing", "A week without a share"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="farms.pickupday"
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
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="shares.share"
                    ),
                ),
                (
                    "to_day",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="moved_here",
                        to="farms.pickupday",
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
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("share", "day"),
                        name="one_standing_change_per_turn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "move"), ("to_day__isnull", False)),
                            models.Q(("kind", "hold"), ("to_day", None)),
                            ("kind", "gift"),
                            _connector="OR",
                        ),
                        name="a_move_goes_somewhere",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Crop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="crop")),
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
                        verbose_name="unit",
                    ),
                ),
                (
                    "step",
                    models.DecimalField(
                        decimal_places=3,
                        max_digits=8,
                        validators=[django.core.validators.MinValueValidator(0.001)],
                        verbose_name="smallest useful amount",
                    ),
                ),
                ("price", models.PositiveBigIntegerField(verbose_name="price per unit")),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="crops", to="farms.farm"
                    ),
                ),
            ],
            options={
                "ordering": [django.db.models.functions.text.Lower("name")],
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        models.F("farm"),
                        name="a_crop_s_name_once_per_farm",
                    ),
                    models.CheckConstraint(condition=models.Q(("step__gt", 0)), name="a_step_is_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Exclusion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("consented_at", models.DateTimeField()),
                (
                    "crop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="exclusions", to="deliveries.crop"
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="exclusions", to="farms.household"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("household"), models.F("crop"), name="a_crop_is_excluded_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Fairness",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("variety", models.DecimalField(decimal_places=2, default=Decimal("2.00"), max_digits=4)),
                ("band", models.DecimalField(decimal_places=3, default=Decimal("0.020"), max_digits=4)),
                ("rotation", models.PositiveSmallIntegerField(default=30)),
                ("thrift", models.PositiveSmallIntegerField(default=0)),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "season",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="fairness", to="farms.season"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("variety__gte", 1), ("variety__lte", 10)), name="variety_from_1_to_10"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("band__gte", 0), ("band__lte", Decimal("0.2"))), name="band_up_to_a_fifth"
                    ),
                    models.CheckConstraint(condition=models.Q(("rotation__lte", 200)), name="rotation_up_to_200"),
                    models.CheckConstraint(condition=models.Q(("thrift__lte", 1000)), name="thrift_up_to_1000"),
                ],
            },
        ),
        migrations.CreateModel(
            name="FriendPass",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("token", models.CharField(default=deliveries.models.week.fresh_token, max_length=40, unique=True)),
                ("made_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "day",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="friend_passes",
                        to="farms.pickupday",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="friend_passes", to="farms.household"
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
            ],
            options={
                "ordering": ["made_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("day", None), ("revoked_at", None)),
                        fields=("household",),
                        name="one_standing_friend",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)), fields=("household", "day"), name="one_friend_per_day"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="HostLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(default=deliveries.models.week.fresh_token, max_length=40, unique=True)),
                ("made_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                ("pin", models.CharField(blank=True, default="", max_length=128)),
                ("wrong_pins", models.PositiveSmallIntegerField(default=0)),
                ("wrong_since", models.DateTimeField(blank=True, null=True)),
                (
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="host_links", to="farms.pickupday"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at", None)), fields=("day",), name="one_live_link_per_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LateWish",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("hold", "Hold the week"), ("move", "Collect it on another day")], max_length=10
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=250, verbose_name="what the farm should know")),
                ("asked_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("accepted", models.BooleanField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, max_length=250, verbose_name="a word to the household")),
                (
                    "answered_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="late_wishes", to="farms.pickupday"
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="late_wishes", to="farms.household"
                    ),
                ),
                (
                    "to_day",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="farms.pickupday",
                    ),
                ),
            ],
            options={
                "ordering": ["asked_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answered_at", None)),
                        fields=("household", "day"),
                        name="one_open_wish_per_turn",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "move"), ("to_day__isnull", False)),
                            models.Q(("kind", "hold"), ("to_day", None)),
                            _connector="OR",
                        ),
                        name="a_wish_to_move_goes_somewhere",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Liking",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        choices=[(0, "Never"), (1, "Dislike"), (2, "Neutral"), (3, "Like"), (4, "Love")]
                    ),
                ),
                (
                    "crop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="likings", to="deliveries.crop"
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="likings", to="farms.household"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("household"), models.F("crop"), name="a_crop_is_rated_once"),
                    models.CheckConstraint(condition=models.Q(("level__lte", 4)), name="a_liking_is_never_to_love"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MadeGood",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "instead",
                    models.CharField(
                        choices=[
                            ("move", "Each household collects it on another day, which it chooses"),
                            ("day", "Everybody collects it on the same other day"),
                            ("credit", "Its price becomes credit with the farm"),
                            ("refund", "Its price goes back to whoever paid it"),
                        ],
                        max_length=10,
                    ),
                ),
                ("amount", models.PositiveBigIntegerField(default=0)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="made_good", to="farms.pickupday"
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="made_good", to="shares.share"
                    ),
                ),
                (
                    "turn_of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="farms.pickupday"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("done_at", None)), fields=["day"], name="to_be_made_good")
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("share"), models.F("turn_of"), name="a_turn_is_made_good_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.UUIDField(default=uuid.uuid4)),
                (
                    "whom",
                    models.CharField(
                        choices=[
                            ("members", "Everybody with a share"),
                            ("week", "Who collects in the coming seven days"),
                            ("unpaid", "Who still owes something"),
                            ("waiting", "Who is on the waiting list"),
                        ],
                        default="members",
                        max_length=10,
                        verbose_name="to whom",
                    ),
                ),
                ("words", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField()),
                ("due_at", models.DateTimeField()),
                ("readers", models.PositiveIntegerField(default=0)),
                ("written_at", models.DateTimeField(blank=True, null=True)),
                ("taken_back_at", models.DateTimeField(blank=True, null=True)),
                (
                    "farm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="farms.farm"
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
                    "share_type",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="shares.sharetype",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="farms.pickupsite",
                    ),
                ),
            ],
            options={
                "ordering": ["-due_at", "-id"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("taken_back_at", None), ("written_at", None)),
                        fields=["due_at"],
                        name="waiting_messages",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(models.F("farm"), models.F("token"), name="a_message_is_sent_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Pickup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pickups", to="farms.pickupday"
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pickups", to="farms.household"
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pickups_drawn", to="shares.share"
                    ),
                ),
                (
                    "turn_of",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="turns", to="farms.pickupday"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("share"), models.F("turn_of"), name="a_turn_is_drawn_up_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PlanChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("from_week", models.PositiveSmallIntegerField()),
                (
                    "turn",
                    models.CharField(
                        blank=True,
                        choices=[("", "every week"), ("A", "A weeks"), ("B", "B weeks")],
                        default="",
                        max_length=1,
                    ),
                ),
                (
                    "left_turn",
                    models.CharField(
                        blank=True,
                        choices=[("", "every week"), ("A", "A weeks"), ("B", "B weeks")],
                        default="",
                        max_length=1,
                    ),
                ),
                ("made_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("released_at", models.DateTimeField(blank=True, null=True)),
                (
                    "left_site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="farms.pickupsite"
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
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="plan_changes", to="shares.share"
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="farms.pickupsite"
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
                "ordering": ["from_week", "made_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at", None)),
                        fields=("share", "from_week"),
                        name="one_plan_change_per_week",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PlannedCrop",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
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
                    "crop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="planned", to="deliveries.crop"
                    ),
                ),
                (
                    "season",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="planned", to="farms.season"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("season"), models.F("crop"), models.F("number"), name="a_crop_is_planned_once_a_week"
                    ),
                    models.CheckConstraint(condition=models.Q(("number__gte", 1)), name="plans_are_for_numbered_weeks"),
                    models.CheckConstraint(condition=models.Q(("steps__gt", 0)), name="a_plan_is_something"),
                    models.CheckConstraint(condition=models.Q(("step__gt", 0)), name="a_planned_step_is_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="SwapOffer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("less", models.PositiveSmallIntegerField(default=10)),
                ("made_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("agreed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="swap_offers", to="farms.pickupday"
                    ),
                ),
                (
                    "gives",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="deliveries.crop"
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
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="swap_offers", to="shares.share"
                    ),
                ),
                (
                    "takes",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="taken_by",
                        to="deliveries.swapoffer",
                    ),
                ),
                ("wanted", models.ManyToManyField(related_name="+", to="deliveries.crop")),
            ],
            options={
                "ordering": ["made_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("share", "day", "gives"),
                        name="an_item_is_offered_once",
                    ),
                    models.UniqueConstraint(fields=("takes",), name="an_offer_is_taken_once"),
                    models.CheckConstraint(condition=models.Q(("less__lte", 100)), name="at_most_all_of_it_less"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("takes", None), models.Q(("takes", models.F("id")), _negated=True), _connector="OR"
                        ),
                        name="nobody_swaps_with_themselves",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WalkUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name or number")),
                ("took", models.CharField(blank=True, max_length=120, verbose_name="what they took")),
                ("uuid", models.UUIDField(unique=True)),
                ("came_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                (
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="walk_ups", to="farms.pickupday"
                    ),
                ),
                (
                    "host_link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="walk_ups",
                        to="deliveries.hostlink",
                    ),
                ),
                (
                    "household",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="farms.household",
                    ),
                ),
            ],
            options={
                "ordering": ["came_at", "id"],
            },
        ),
        migrations.CreateModel(
            name="CheckIn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(unique=True)),
                ("action", models.CharField(choices=[("collected", "Collected"), ("undone", "Undone")], max_length=10)),
                ("tapped_at", models.DateTimeField()),
                ("received_at", models.DateTimeField()),
                ("said_at", models.DateTimeField(blank=True, null=True)),
                ("device", models.CharField(blank=True, default="", max_length=36)),
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
                    "host_link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="check_ins",
                        to="deliveries.hostlink",
                    ),
                ),
                (
                    "pickup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="check_ins", to="deliveries.pickup"
                    ),
                ),
            ],
            options={
                "ordering": ["tapped_at", "id"],
                "indexes": [models.Index(fields=["pickup", "tapped_at"], name="latest_tap")],
            },
        ),
        migrations.CreateModel(
            name="Closing",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("closed_at", models.DateTimeField()),
                ("note", models.CharField(blank=True, max_length=1000, verbose_name="handover note")),
                ("reopened_at", models.DateTimeField(blank=True, null=True)),
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
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="closings", to="farms.pickupday"
                    ),
                ),
                (
                    "reopened_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "host_link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="deliveries.hostlink",
                    ),
                ),
            ],
            options={
                "ordering": ["closed_at"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("reopened_at", None)), fields=("day",), name="a_day_is_closed_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Gift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.CharField(max_length=80, verbose_name="to whom")),
                ("given_at", models.DateTimeField()),
                ("shares", models.PositiveIntegerField()),
                ("value", models.BigIntegerField(default=0)),
                ("grams", models.BigIntegerField(default=0)),
                ("lines", models.JSONField(default=list)),
                (
                    "closing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="gifts", to="deliveries.closing"
                    ),
                ),
            ],
            options={
                "ordering": ["given_at", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("closing"), models.F("place"), name="one_gift_per_closing_and_place"
                    ),
                    models.CheckConstraint(condition=models.Q(("shares__gt", 0)), name="a_gift_is_something"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Unclaimed",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "fate",
                    models.CharField(
                        choices=[("keep", "Kept for them"), ("gift", "Given away"), ("host", "The host takes it")],
                        max_length=10,
                    ),
                ),
                ("keep_until", models.DateTimeField(blank=True, null=True)),
                (
                    "closing",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="unclaimed", to="deliveries.closing"
                    ),
                ),
                (
                    "pickup",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="unclaimed", to="deliveries.pickup"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("closing"), models.F("pickup"), name="an_unclaimed_pickup_has_one_fate"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("fate", "keep"), ("keep_until__isnull", False)),
                            models.Q(models.Q(("fate", "keep"), _negated=True), ("keep_until", None)),
                            _connector="OR",
                        ),
                        name="what_is_kept_is_kept_until",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Harvest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("date", models.DateField()),
                ("version", models.PositiveIntegerField(default=0)),
                (
                    "mode",
                    models.CharField(
                        blank=True,
                        choices=[("uniform", "The same for everyone"), ("choice", "To each what they like")],
                        default="",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "week",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="harvests", to="farms.week"
                    ),
                ),
            ],
            options={
                "ordering": ["date"],
                "constraints": [
                    models.UniqueConstraint(models.F("week"), models.F("date"), name="one_harvest_per_date")
                ],
            },
        ),
        migrations.CreateModel(
            name="HarvestDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "day",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="harvest_day", to="farms.pickupday"
                    ),
                ),
                (
                    "harvest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="harvest_days",
                        to="deliveries.harvest",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="HarvestLine",
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
                ("price", models.PositiveBigIntegerField()),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("most", models.PositiveIntegerField(blank=True, null=True)),
                ("portion", models.PositiveIntegerField(default=1)),
                ("margin", models.PositiveSmallIntegerField(default=0)),
                ("sites", models.JSONField(blank=True, default=list)),
                ("locked", models.JSONField(blank=True, default=dict)),
                (
                    "crop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines", to="deliveries.crop"
                    ),
                ),
                (
                    "harvest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="deliveries.harvest"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "id"],
                "constraints": [
                    models.UniqueConstraint(models.F("harvest"), models.F("crop"), name="a_crop_once_per_harvest"),
                    models.CheckConstraint(
                        condition=models.Q(("most", None), ("most__gt", 0), _connector="OR"),
                        name="a_maximum_is_something",
                    ),
                    models.CheckConstraint(condition=models.Q(("portion__gt", 0)), name="a_portion_is_something"),
                    models.CheckConstraint(condition=models.Q(("margin__lte", 90)), name="a_margin_leaves_something"),
                ],
            },
        ),
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
        migrations.CreateModel(
            name="Allocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("asked_at", models.DateTimeField()),
                ("seed", models.PositiveBigIntegerField()),
                ("inputs", models.JSONField(default=dict)),
                ("record", models.JSONField(default=dict)),
                ("leased_until", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("failed_at", models.DateTimeField(blank=True, null=True)),
                ("failed_because", models.CharField(blank=True, max_length=250)),
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
                    "harvest",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="allocations", to="deliveries.harvest"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(models.F("harvest"), models.F("number"), name="a_run_s_number_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("failed_at", None), ("finished_at", None)),
                        fields=("harvest",),
                        name="one_run_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Box",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("count", models.PositiveIntegerField()),
                ("target", models.BigIntegerField()),
                ("value", models.BigIntegerField()),
                ("due", models.BigIntegerField(default=0)),
                ("got", models.BigIntegerField(default=0)),
                (
                    "allocation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="boxes", to="deliveries.allocation"
                    ),
                ),
                (
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="boxes", to="farms.pickupday"
                    ),
                ),
                (
                    "share",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="boxes",
                        to="shares.share",
                    ),
                ),
                (
                    "share_type",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="boxes", to="shares.sharetype"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("share", None)),
                        fields=("allocation", "day", "share_type"),
                        name="one_box_per_type_and_day",
                    ),
                    models.UniqueConstraint(fields=("allocation", "day", "share"), name="one_box_per_share_and_day"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Leftover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("steps", models.PositiveIntegerField()),
                (
                    "allocation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="leftovers",
                        to="deliveries.allocation",
                    ),
                ),
                (
                    "crop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="deliveries.crop"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(models.F("allocation"), models.F("crop"), name="leftover_once_per_crop"),
                    models.CheckConstraint(condition=models.Q(("steps__gt", 0)), name="leftover_is_something"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Portion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("steps", models.PositiveIntegerField()),
                ("turn_due", models.IntegerField(default=0)),
                ("turn_got", models.IntegerField(default=0)),
                ("reason", models.JSONField(default=dict)),
                (
                    "box",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="portions", to="deliveries.box"
                    ),
                ),
                (
                    "crop",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="portions", to="deliveries.crop"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(models.F("box"), models.F("crop"), name="a_crop_once_per_box")],
            },
        ),
        migrations.CreateModel(
            name="PrintedList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("harvest", "Harvest list"),
                            ("packing", "Packing list"),
                            ("site", "Site sheet"),
                            ("truck", "Truck sheet"),
                            ("add_ons", "Supplier counts"),
                            ("labels", "Box labels"),
                            ("all", "Everything"),
                        ],
                        max_length=10,
                    ),
                ),
                ("pdf", models.BinaryField()),
                ("printed_at", models.DateTimeField()),
                (
                    "allocation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="printed", to="deliveries.allocation"
                    ),
                ),
                (
                    "day",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="printed",
                        to="farms.pickupday",
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "day__date", "day__site__position"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("allocation"), models.F("kind"), models.F("day"), name="a_site_s_list_once"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("day", None)), fields=("allocation", "kind"), name="a_list_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PrintedRoster",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField()),
                ("printed_at", models.DateTimeField()),
                ("rows", models.JSONField()),
                (
                    "allocation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rosters", to="deliveries.allocation"
                    ),
                ),
                (
                    "day",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="printed_rosters",
                        to="farms.pickupday",
                    ),
                ),
            ],
            options={
                "ordering": ["day__date", "day__site__position", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("allocation"), models.F("day"), name="a_roster_is_printed_once_a_division"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="harvest",
            name="current",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="in_force_for",
                to="deliveries.allocation",
            ),
        ),
        migrations.AddField(
            model_name="harvest",
            name="days",
            field=models.ManyToManyField(
                related_name="harvests", through="deliveries.HarvestDay", to="farms.pickupday"
            ),
        ),
    ]
