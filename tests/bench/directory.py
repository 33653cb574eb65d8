"""A ranked query in a directory of 20,000 contacts: everything that can decide the order does."""

from __future__ import annotations

import itertools
import random
import statistics
import time
from datetime import UTC, date, datetime

from bot.contacts import Directory, Wish
from bot.database.models import Contact

CONTACTS = 20_000
QUERIES = 200
CITIES = {
    "KZ": ["Almaty", "Astana", "Shymkent", "Karaganda", "Aktobe"],
    "RU": ["Moscow", "Saint Petersburg", "Kazan", "Yekaterinburg", "Novosibirsk"],
    "KG": ["Bishkek", "Osh"],
    "UZ": ["Tashkent", "Samarkand"],
}
NEEDS = ["legal", "trafficking", "shelter", "health", "consular", "asylum", "labour-inspection", "women", "children"]
HOURS = ["Mo-Fr 09:00-18:00; PH off", "24/7", "Mo-Sa 08:30-17:00", None]


def directory() -> Directory:
    """Contacts made up at random, the same in each run."""
    chance = random.Random(1)
    made = []
    for number in range(CONTACTS):
        country = chance.choice(list(CITIES))
        made.append(
            Contact(
                id=f"B{number}",
                position=number,
                organisation=f"Organisation {number}",
                country=country,
                cities=[chance.choice(CITIES[country])],
                needs=chance.sample(NEEDS, 3),
                serves=[],
                people=[],
                phones=[{"number": "112", "label": ""}],
                languages=chance.choice(["Uzbek;Russian", "Russian", None]),
                opening_hours=chance.choice(HOURS),
                enforcement=chance.random() < 0.1,
                confidential=False,
                about={},
                source_title="",
                source_date="",
                checked_on=date(2026, 11, 1),
                check_by=date(2027, 2, 1),
                status="published",
            )
        )
    found = Directory(None)  # type: ignore[arg-type]  # nothing is read from a database here
    found.replace(made)
    return found


def measure() -> list[float]:
    """Seconds of each query, by city and by location; those that warm the caches are left out."""
    contacts = directory()
    now = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
    wishes = itertools.cycle(
        [
            Wish("KZ", ["legal"], city="Almaty", language="Uzbek", now=now),
            Wish("RU", ["trafficking", "shelter"], language="Uzbek", point=(55.7, 37.6), now=now),
            Wish("KG", [], nationality="UZ", point=(40.5, 72.8), now=now),
        ]
    )
    times = []
    for number, wish in zip(range(QUERIES), wishes, strict=False):
        before = time.perf_counter()
        assert contacts.find(wish)
        if number >= 6:
            times.append(time.perf_counter() - before)
    return times


if __name__ == "__main__":
    print(f"median {statistics.median(measure()) * 1000:.1f} ms")
