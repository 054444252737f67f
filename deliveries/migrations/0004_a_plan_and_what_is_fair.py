# What a farmer expects of each crop, and what the division lets him choose.

import django.db.models.deletion
from decimal import Decimal
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('deliveries', '0003_units_as_lists_count_them'),
        ('farms', '0005_a_card_hold_is_not_the_farms_to_choose'),
    ]

    operations = [
        migrations.CreateModel(
            name='Fairness',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('variety', models.DecimalField(decimal_places=2, default=Decimal('2.00'), max_digits=4)),
                ('band', models.DecimalField(decimal_places=3, default=Decimal('0.020'), max_digits=4)),
                ('rotation', models.PositiveSmallIntegerField(default=30)),
                ('thrift', models.PositiveSmallIntegerField(default=0)),
                ('version', models.PositiveIntegerField(default=0)),
                ('season', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='fairness', to='farms.season')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('variety__gte', 1), ('variety__lte', 10)), name='variety_from_1_to_10'), models.CheckConstraint(condition=models.Q(('band__gte', 0), ('band__lte', Decimal('0.2'))), name='band_up_to_a_fifth'), models.CheckConstraint(condition=models.Q(('rotation__lte', 200)), name='rotation_up_to_200'), models.CheckConstraint(condition=models.Q(('thrift__lte', 1000)), name='thrift_up_to_1000')],
            },
        ),
        migrations.CreateModel(
            name='PlannedCrop',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveSmallIntegerField()),
                ('steps', models.PositiveIntegerField()),
                ('unit', models.CharField(choices=[('kg', 'kilogram'), ('g', 'gram'), ('lb', 'pound'), ('oz', 'ounce'), ('l', 'litre'), ('ml', 'millilitre'), ('piece', 'piece'), ('bunch', 'bunch'), ('head', 'head'), ('punnet', 'punnet'), ('bag', 'bag'), ('jar', 'jar'), ('bottle', 'bottle'), ('loaf', 'loaf'), ('crate', 'crate'), ('dozen', 'dozen')], max_length=10)),
                ('step', models.DecimalField(decimal_places=3, max_digits=8)),
                ('crop', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='planned', to='deliveries.crop')),
                ('season', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='planned', to='farms.season')),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(models.F('season'), models.F('crop'), models.F('number'), name='a_crop_is_planned_once_a_week'), models.CheckConstraint(condition=models.Q(('number__gte', 1)), name='plans_are_for_numbered_weeks'), models.CheckConstraint(condition=models.Q(('steps__gt', 0)), name='a_plan_is_something'), models.CheckConstraint(condition=models.Q(('step__gt', 0)), name='a_planned_step_is_positive')],
            },
        ),
    ]
