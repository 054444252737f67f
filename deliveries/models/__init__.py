"""The rows of the week, one story a file: the week in hands, wishes, the harvest, the division, tastes, swaps."""

from deliveries.models.closing import Closing, Gift, Unclaimed, WalkUp
from deliveries.models.division import Allocation, Box, Fairness, Leftover, PassedOn, Portion, PrintedList
from deliveries.models.feeds import CalendarFeed
from deliveries.models.harvest import Crop, Harvest, HarvestDay, HarvestLine, PlannedCrop, Unit
from deliveries.models.making_good import Instead, MadeGood
from deliveries.models.messages import Message
from deliveries.models.prints import Manuscript, PrintedRoster
from deliveries.models.swaps import SwapOffer
from deliveries.models.tastes import Exclusion, Liking
from deliveries.models.week import Change, ChangeQuerySet, CheckIn, HostLink, Pickup, fresh_token
from deliveries.models.wishes import FriendPass, LateWish, PlanChange

__all__ = [
    "Allocation",
    "Box",
    "CalendarFeed",
    "Change",
    "ChangeQuerySet",
    "CheckIn",
    "Closing",
    "Crop",
    "Exclusion",
    "Fairness",
    "FriendPass",
    "Gift",
    "Harvest",
    "HarvestDay",
    "HarvestLine",
    "HostLink",
    "Instead",
    "LateWish",
    "Leftover",
    "Liking",
    "MadeGood",
    "Manuscript",
    "Message",
    "PassedOn",
    "Pickup",
    "PlanChange",
    "PlannedCrop",
    "Portion",
    "PrintedList",
    "PrintedRoster",
    "SwapOffer",
    "Unclaimed",
    "Unit",
    "WalkUp",
    "fresh_token",
]
