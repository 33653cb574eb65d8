"""Who is shown first, and why: place, hours, language, trust. On contacts made up for these tests."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.contacts import Directory, Wish
from bot.contacts.directory import Reason
from bot.contacts.gaps import gaps
from bot.contacts.opening import opening
from bot.contacts.places import distance, nearest_city, point_of
from bot.content import Content
from bot.database.models import Contact
from bot.hours import validate_hours
from bot.languages import LANGUAGES
from bot.render import contacts as render

EMPTY = Content()
MONDAY_NOON = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)  # 12:00 in Almaty
SUNDAY = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
INDEPENDENCE_DAY = datetime(2026, 12, 16, 7, 0, tzinfo=UTC)  # a public holiday of Kazakhstan, a Wednesday


def contact(id_: str, **values: Any) -> Contact:
    plain: dict[str, Any] = {
        "id": id_, "position": int(id_[1:]), "organisation": f"Helpers {id_}", "country": "KZ", "cities": [],
        "needs": ["legal"], "serves": [], "people": [],
        "phones": [{"number": "117", "label": ""}], "enforcement": False,
        "confidential": False, "about": {}, "source_title": "s", "source_date": "2026", "checked_on": date(2026, 11, 1),
        "check_by": date(2027, 2, 1), "status": "published",
    }  # fmt: skip
    return Contact(**plain | values)


def order(*contacts: Contact, **wish: Any) -> list[str]:
    directory = Directory(None)  # type: ignore[arg-type]  # nothing is read from a database here
    directory.replace(contacts)
    return [match.contact.id for match in directory.find(Wish(**{"country": "KZ", "now": MONDAY_NOON} | wish))]


@pytest.mark.parametrize(
    ("better", "wish"),
    [
        ({"cities": ["Almaty"]}, {"city": "Almaty"}),
        ({"cities": ["Almaty"]}, {"point": (43.25, 76.95)}),
        ({"latitude": 43.25, "longitude": 76.95}, {"point": (43.25, 76.95)}),
        ({"serves": ["KG"]}, {"nationality": "KG"}),
        ({"languages": "Uzbek;Russian"}, {"language": "Uzbek"}),
        ({"status": "confirmed"}, {}),
        ({"needs": ["shelter"]}, {"needs": ["shelter", "legal"]}),
    ],
)
def test_what_fits_comes_first(better: dict[str, Any], wish: dict[str, Any]) -> None:
    assert order(contact("C1"), contact("C2", **better), **wish) == ["C2", "C1"]


@pytest.mark.parametrize(
    "worse",
    [
        {"enforcement": True},
        {"caution": "unanswered"},
        {"phones": []},
        {"check_by": date(2026, 11, 10)},
        {"country": "*"},
        {"opening_hours": "Mo-Fr 18:00-20:00", "cities": ["Almaty"]},
    ],
)
def test_what_is_less_sure_comes_last(worse: dict[str, Any]) -> None:
    assert order(contact("C1", **worse), contact("C2")) == ["C2", "C1"]


def test_who_has_not_said_where_they_are_from_sees_consulates_of_other_countries_last() -> None:
    kyrgyz, anybody, uzbek = contact("C1", serves=["KG"]), contact("C2"), contact("C3", serves=["UZ"])
    assert order(kyrgyz, anybody, uzbek, perhaps_from="UZ") == ["C2", "C3", "C1"]
    assert order(kyrgyz, anybody, uzbek, perhaps_from="UZ", nationality="KG") == ["C1", "C2"]


def test_long_overdue_only_where_there_is_nothing_better() -> None:
    old = contact("C1", check_by=date(2026, 8, 1))
    assert order(old, contact("C2")) == ["C2"]
    assert order(old) == ["C1"]


def test_helpers_before_enforcement_even_far_away() -> None:
    police = contact("C1", enforcement=True, cities=["Almaty"], needs=["trafficking"])
    helpers = contact("C2", cities=["Aktau"], needs=["trafficking"])
    assert order(police, helpers, city="Almaty", needs=["trafficking"]) == ["C2", "C1"]


def test_opening_hours_follow_time_zone_and_public_holidays() -> None:
    office = contact("C1", cities=["Almaty"], opening_hours="Mo-Fr 09:00-18:00; PH off")
    now = opening(office, MONDAY_NOON)
    assert now
    assert now.is_open
    assert now.changes_at
    assert now.changes_at.hour == 18
    on_sunday, on_holiday = opening(office, SUNDAY), opening(office, INDEPENDENCE_DAY)
    assert on_sunday
    assert not on_sunday.is_open
    assert on_holiday
    assert not on_holiday.is_open
    assert opening(contact("C1", country="RU", opening_hours="24/7"), MONDAY_NOON) is None, "Russia has many time zones"
    in_kyrgyzstan = opening(contact("C1", country="KG", opening_hours="24/7"), MONDAY_NOON)
    assert in_kyrgyzstan
    assert in_kyrgyzstan.is_open


def test_hours_that_are_none() -> None:
    assert validate_hours("Mo-Fr 09:00-18:00; Sa 10:00-14:00") is None
    assert "are no opening hours" in (validate_hours("from nine to six") or "")


def test_the_reason_is_shown_in_every_language() -> None:
    directory = Directory(None)  # type: ignore[arg-type]
    directory.replace([contact("C1", cities=["Almaty"], languages="Uzbek", opening_hours="Mo-Fr 09:00-18:00")])
    wish = Wish(country="KZ", city="Almaty", language="Uzbek", point=(43.25, 76.95), now=MONDAY_NOON)
    found = directory.find(wish)
    assert found[0].reasons == {Reason.CITY, Reason.NEAR, Reason.LANGUAGE, Reason.OPEN}
    screen = render.listing(found, "Legal aid", "en", "KZ")
    assert "in your city, near you, speaks your language, open now" in screen.html
    assert "open now, until Mon 18:00" in screen.html
    assert "about 3 km away" in screen.html
    for language in LANGUAGES:
        assert render.listing(found, "x", language, "KZ").html
        assert render.card(found[0].contact, EMPTY, language, SUNDAY).html


def test_a_text_about_a_contact_falls_back_to_english_and_says_so() -> None:
    known = contact("C1", about={"en": "They call your employer.", "ky": "Жумуш берүүчүгө чалышат."}, cost="free")
    assert "Жумуш берүүчүгө чалышат." in render.card(known, EMPTY, "ky", SUNDAY).html
    assert "They call your employer. (English)" in render.card(known, EMPTY, "tg", SUNDAY).html
    assert "free of charge" in render.card(known, EMPTY, "en", SUNDAY).html


def test_distances_and_the_city_of_a_location() -> None:
    almaty, bishkek = point_of("KZ", "Almaty"), point_of("KG", "Bishkek")
    assert almaty
    assert bishkek
    assert 180 < distance(almaty, bishkek) < 210
    city = nearest_city((42.87, 74.6))
    assert city
    assert (city.name, city.country) == ("Bishkek", "KG")
    assert nearest_city((-40.0, -120.0)) is None


def test_gaps_are_needs_without_a_phone() -> None:
    rows = [
        {"country": "KG", "needs": ["legal"], "phones": [{"number": "117"}]},
        {"country": "KG", "needs": ["shelter"], "phones": []},
        {"country": "*", "needs": ["asylum"], "phones": [{"number": "1"}]},
    ]
    assert "legal" not in gaps(rows)["KG"]
    assert {"shelter", "asylum"} <= set(gaps(rows)["KG"])
