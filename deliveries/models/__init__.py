"""The rows of the week, one story a file: the week in hands, the harvest, the division, tastes."""

from deliveries.models.division import Allocation, Box, Fairness, Leftover, PassedOn, Portion, PrintedList
from deliveries.models.harvest import Crop, Harvest, HarvestDay, HarvestLine, PlannedCrop, Unit
from deliveries.models.tastes import Exclusion, Liking
from deliveries.models.week import Change, ChangeQuerySet, CheckIn, HostLink, Pickup, fresh_token

__all__ = [
    "Allocation",
    "Box",
    "Change",
    "ChangeQuerySet",
    "CheckIn",
    "Crop",
    "Exclusion",
    "Fairness",
    "Harvest",
    "HarvestDay",
    "HarvestLine",
    "HostLink",
    "Leftover",
    "Liking",
    "PassedOn",
    "Pickup",
    "PlannedCrop",
    "Portion",
    "PrintedList",
    "Unit",
    "fresh_token",
]
