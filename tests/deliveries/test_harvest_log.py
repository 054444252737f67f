"""A harvest log from a file or a paste: every bad line is named, and nothing is written before all are right."""

from __future__ import annotations

import io
import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from deliveries.harvesting import harvest_lines, harvest_log
from deliveries.harvesting.quantities import UNITS
from deliveries.models import Crop, Harvest, HarvestLine
from tests import factories
from tests.deliveries.harvesting import TUESDAY, make_crop, make_harvest, publish, with_shares


@pytest.fixture
def crops(cast) -> dict[str, Crop]:
    return {
        "Carrots": make_crop(cast.farm, "Carrots"),
        "Chard": make_crop(cast.farm, "Chard", unit="bunch", step="1", price=250),
    }


def log(
    tmp_path, content: bytes | str, *arguments: str, farm: str = "cedar-bend-farm", date=TUESDAY
) -> tuple[str, list[str]]:
    """What the command said, and the lines it named when it refused."""
    file = tmp_path / "log.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("harvest", farm, str(date), str(file), *arguments, stdout=out, stderr=err)
    except CommandError as refused:
        return str(refused), err.getvalue().splitlines()
    return out.getvalue(), err.getvalue().splitlines()


def written() -> dict[str, tuple[int, str, int]]:
    return {line.crop.name: (line.steps, line.unit, line.price) for line in HarvestLine.objects.select_related("crop")}


def test_a_log_is_written_down(cast, crops, tmp_path):
    said, refused = log(tmp_path, "crop,quantity,unit,price\nCarrots,80.4,kg,3.50\nchard,90,bunches,\n")
    assert (said, refused) == ("2 crops written down for 2027-06-08.\n", [])
    assert written() == {"Carrots": (1608, "kg", 350), "Chard": (90, "bunch", 250)}
    assert Crop.objects.get(name="Carrots").price == 350


@pytest.mark.parametrize("content", [
    "\ufeffcrop,quantity,unit\r\nCarrots,80.4,kg\r\n\r\nChard,90,bunch\r\n",
    "Unit,Crop,Quantity\nkg,Carrots,80.4\nbunch,Chard,90\n",
    'crop,quantity,unit\n"Carrots",80.40,Kilos\n"CHARD",٩٠,botte\n',
    "crop,quantity,unit\nCarrots,80400,g\nChard,90,\n",
])  # fmt: skip
def test_logs_as_other_programs_write_them_are_read(cast, crops, tmp_path, content):
    log(tmp_path, content)
    assert {name: steps for name, (steps, *_rest) in written().items()} == {"Carrots": 1608, "Chard": 90}


def test_the_same_log_again_changes_nothing(cast, crops, tmp_path):
    log(tmp_path, "crop,quantity,unit\nCarrots,80.4,kg\n")
    log(tmp_path, "crop,quantity,unit\nCarrots,80.4,kg\n")
    assert written() == {"Carrots": (1608, "kg", 300)}
    assert Harvest.objects.count() == 1


HEADING = "The first line must name the columns: crop,quantity,unit or crop,quantity,unit,price."
HEAD = "crop,quantity,unit,price\nCarrots,1,kg,\n"


@pytest.mark.parametrize(("bad", "reason"), [
    ("Kale,3,kg,", "“Kale” is not a crop of this farm."),
    ("Carrots,3,furlong,", f"“furlong” is not a unit. Units are: {', '.join(UNITS)}."),
    ("Carrots,3,bunch,", "Carrots is counted by the kilogram here, not by the bunch."),
    ("Carrots,-3,kg,", "The quantity: Enter a number that is not below zero."),
    ("Carrots,,kg,", "The quantity: Enter a number."),
    ("Carrots,many,kg,", "The quantity: Write it in plain digits, like 1250 or 1.5."),
    ("Carrots,1e5,kg,", "The quantity: Write it in plain digits, like 1250 or 1.5."),
    ("Carrots,NaN,kg,", "The quantity: Write it in plain digits, like 1250 or 1.5."),
    ('Carrots,"1,50",kg,', "Write decimals with a point: 1.50."),
    ("Carrots,1,50,kg,2", "There are 5 columns instead of 4. Write decimals with a point: 1.50."),
    ("Carrots,9999999999,kg,", "That is more than a field can bear. Is there a digit too many?"),
    ("Chard,1.5,bunch,", "1.5 is not a whole number of steps of 1: write 1 or 2."),
    ("Car\0rots,3,kg,", "There is a NUL character in it."),
    ("Carrots,3,kg,free", "The price: Write it in plain digits, like 1250 or 1.5."),
    ("Carrots,3,kg,-1", "The price: Enter a number that is not below zero."),
    (",3,kg,", "The crop is missing."),
    ('"Carrots,3,kg,', "A quotation mark is opened and not closed."),
    ("Carrots;3;kg;", "“Carrots;3;kg;” is not a crop of this farm."),
])  # fmt: skip
def test_a_bad_line_is_named_with_its_reason_and_nothing_is_written(cast, crops, tmp_path, bad, reason):
    said, refused = log(tmp_path, HEAD + bad + "\n")
    assert said == "Nothing was written."
    assert refused[0] == f"Line 3: {reason}"
    assert {line.split(":")[0] for line in refused} == {"Line 3"}
    assert HarvestLine.objects.count() == Harvest.objects.count() == 0


def test_every_bad_line_is_named(cast, crops, tmp_path):
    _said, refused = log(tmp_path, "crop,quantity,unit\nCarrots,-1,kg\nChard,2,bunch\nKale,x,stone\n")
    assert [line.split(":")[0] for line in refused] == ["Line 2", "Line 4", "Line 4"]
    assert HarvestLine.objects.count() == 0


@pytest.mark.parametrize(("content", "reason"), [
    ("crop,quantity,unit\nCarrots,1,kg\n".encode("utf-16"), "The file is written in UTF-16. Save it as UTF-8."),
    ("crop,quantity,unit\nCarrots,1,kg\n".encode("utf-16-be"), "The file is written in UTF-16. Save it as UTF-8."),
    ("crop;quantity;unit\nCarrots;1;kg\n", "Semicolons part the columns here. Save the file with commas."),
])  # fmt: skip
def test_a_file_that_is_written_otherwise_is_refused_line_by_line(cast, crops, tmp_path, content, reason):
    _said, refused = log(tmp_path, content)
    assert refused[:2] == [f"Line 1: {reason}", f"Line 2: {reason}"]


@pytest.mark.parametrize(("content", "first"), [
    ("", "Line 1: The file is empty."),
    (b"crop,quantity,unit\nB\xe4rlauch,1,kg\n", "Line 2: The file is not written in UTF-8. Save it as UTF-8."),
    ("Carrots,1,kg\n", f"Line 1: {HEADING}"),
    ("crop,quantity,unit,colour\n", f"Line 1: {HEADING}"),
])  # fmt: skip
def test_a_file_that_is_no_log_is_refused(cast, crops, tmp_path, content, first):
    assert log(tmp_path, content)[1] == [first]


def test_the_command_ends_with_1_when_it_refuses(cast, tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("harvest", "cedar-bend-farm", "2027-06-08", str(tmp_path / "none.csv"))
    assert refused.value.returncode == 1


@pytest.mark.parametrize(("farm", "date", "reason"), [
    ("no-farm", "2027-06-08", "There is no farm 'no-farm'."),
    ("cedar-bend-farm", "2027-02-30", "'2027-02-30' is not a date like 2027-06-15."),
    ("cedar-bend-farm", "2027-06-09", "Cedar Bend Farm has no pickup on 2027-06-09. Nothing was written."),
])  # fmt: skip
def test_a_farm_or_date_that_is_not_there_is_told(cast, crops, tmp_path, farm, date, reason):
    assert log(tmp_path, "crop,quantity,unit\nCarrots,1,kg\n", farm=farm, date=date)[0] == reason
    assert HarvestLine.objects.count() == 0


def test_new_crops_are_begun_only_when_asked(cast, tmp_path):
    said, _refused = log(tmp_path, "crop,quantity,unit,price\nKale,12,bunch,2.20\n", "--new-crops")
    assert said == "1 crops written down for 2027-06-08.\n"
    kale = Crop.objects.get()
    assert (kale.name, kale.unit, kale.step, kale.price) == ("Kale", "bunch", Decimal(1), 220)


def test_a_crop_that_comes_twice_is_added_up_and_said_so(cast, crops, tmp_path):
    said, _refused = log(tmp_path, "crop,quantity,unit\nCarrots,2,kg\ncarrots,500,g\n")
    assert written()["Carrots"][0] == 50
    assert said.splitlines()[0] == "Line 2: Carrots: Added up with line 3."


def test_a_crop_that_comes_twice_at_two_prices_is_refused(cast, crops, tmp_path):
    _said, refused = log(tmp_path, "crop,quantity,unit,price\nCarrots,2,kg,3\nCarrots,2,kg,4\n")
    assert refused == ["Line 3: Carrots stands on line 2 already, counted or priced otherwise."]


def test_what_is_less_than_a_step_is_left_out_and_said_so(cast, crops, tmp_path):
    said, _refused = log(tmp_path, "crop,quantity,unit\nCarrots,2.07,kg\n")
    assert written()["Carrots"][0] == 41
    assert said.splitlines()[0] == "Line 2: Carrots: 0.02 kg are less than a step and left out."


@pytest.mark.parametrize(("text", "read"), [
    ("carrots 80 kg", ("carrots", "80", "kg")),
    ("carrots 80kg", ("carrots", "80", "kg")),
    ("Chard\t90\tbunch", ("Chard", "90", "bunch")),
    ("Chard\t90 bunch", ("Chard", "90", "bunch")),
    ("Tomatoes, heirloom 107,9 kg", ("Tomatoes, heirloom", "107,9", "kg")),
    ("80,4 kg carrots", ("carrots", "80,4", "kg")),
    ("12 heads lettuce", ("lettuce", "12", "heads")),
    ("3 red cabbages", ("red cabbages", "3", "")),
    ("جزر ٨٠٫٤ كغ", ("جزر", "٨٠٫٤", "كغ")),
    ("Mix 3 salad: 12 bags", ("Mix 3 salad", "12", "bags")),
    ("Carrots,80.4,kg", ("Carrots", "80.4", "kg")),
    ("Carrots;80,4;kg", ("Carrots", "80,4", "kg")),
])  # fmt: skip
def test_a_pasted_line_is_read_as_people_write_it(text, read):
    (line,) = harvest_log.read_paste(text)
    assert (line.crop, line.quantity, line.unit, line.faults) == (*read, [])


def test_a_pasted_heading_and_empty_lines_are_passed_over():
    lines = harvest_log.read_paste("Crop\tPicked\tUnit\n\nChard\t90\tbunch\n")
    assert [(line.number, line.crop) for line in lines] == [(3, "Chard")]


def test_a_pasted_comma_is_a_decimal_comma(cast, crops):
    (line,) = harvest_lines.understand(harvest_log.read_paste("carrots 80,4"), farm=cast.farm, new_crops=True)
    assert (line.known, line.steps, line.shown) == (crops["Carrots"], 1608, "80.4\u00a0kg")


def test_allocate_prints_portions_that_add_up(cast):
    with_shares(cast)
    make_harvest(cast)
    out = io.StringIO()
    call_command("allocate", "cedar-bend-farm", "2027-06-08", "--json", stdout=out)
    facts = json.loads(out.getvalue())
    for crop in facts["crops"]:
        given = sum(one["steps"] * one["count"] for one in facts["portions"] if one["crop"] == crop["crop"])
        left = sum(one["steps"] for one in facts["leftover"] if one["crop"] == crop["crop"])
        assert given + left == crop["steps"]
    assert {crop["crop"]: crop["quantity"] for crop in facts["crops"]} == {
        "Carrots": 80.4,
        "Chard": 9.0,
        "Lettuce": 4.0,
    }
    assert (facts["published"], facts["farm"], facts["date"]) == (None, "cedar-bend-farm", "2027-06-08")


def test_allocate_shows_the_division_in_force_and_a_preview_once_it_changed(cast):
    with_shares(cast)
    publish(make_harvest(cast))

    def told() -> dict:
        out = io.StringIO()
        call_command("allocate", "cedar-bend-farm", "2027-06-08", "--json", stdout=out)
        return json.loads(out.getvalue())

    assert told()["published"] == {"number": 1, "at": factories.NOW.isoformat()}
    make_harvest(cast, {"Carrots": "10 kg"})
    assert told()["published"] is None
    call_command("allocate", "cedar-bend-farm", "2027-06-08", "--publish", "--json", stdout=io.StringIO())
    assert told()["published"]["number"] == 2


def test_lists_are_written_into_a_folder(cast, tmp_path):
    with_shares(cast)
    harvest = publish(make_harvest(cast, both=True))
    call_command("lists", "cedar-bend-farm", "2027-06-08", "--to", str(tmp_path / "out"), stdout=io.StringIO())
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    sites = ["site-school-gate.pdf", "site-tuesday-market.pdf"]
    assert names == ["everything.pdf", "harvest.pdf", "labels.pdf", "packing.pdf", *sites, "truck.pdf"]
    kept = bytes(harvest.current.printed.get(kind="packing").pdf)
    assert (tmp_path / "out" / "packing.pdf").read_bytes() == kept


def test_lists_before_anything_is_written_down_say_what_to_do(cast, tmp_path):
    with pytest.raises(CommandError) as refused:
        call_command("lists", "cedar-bend-farm", "2027-06-08", "--to", str(tmp_path))
    assert str(refused.value) == (
        "Nothing is written down for 2027-06-08 yet: manage.py harvest cedar-bend-farm 2027-06-08 FILE.csv"
    )
