"""The dashboard and the alerts ask for figures that there are, in queries that Prometheus can read."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import promql_parser
import pytest
import yaml

from bot.content import Library
from bot.paths import ROOT
from tests.observed import Figures, observed_bot
from tests.scripted_rasa import ScriptedRasa

DEPLOY = ROOT / "deploy"
DASHBOARD: dict[str, Any] = json.loads((DEPLOY / "grafana" / "musafir.json").read_text(encoding="utf-8"))
PROMETHEUS: dict[str, Any] = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text(encoding="utf-8"))
RULES: list[dict[str, Any]] = [
    rule
    for group in yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
MONITORING = (DEPLOY / "monitoring.md").read_text(encoding="utf-8")
ADDED_BY_PROMETHEUS = {"job", "instance"}
_ENDINGS = {"counter": ["_total"], "histogram": ["_bucket", "_sum", "_count"]}


def queries() -> Iterator[tuple[str, str]]:
    """Every query, with its place. Grafana's own variables are filled in."""
    for rule in RULES:
        yield rule["alert"], rule["expr"]
    for panel in PANELS:
        for target in panel["targets"]:
            yield panel["title"], target["expr"].replace("$__rate_interval", "1m").replace("$instance", ".*")


def selectors(query: str) -> list[promql_parser.VectorSelector]:
    """What a query selects. Raises `ValueError` when Prometheus could not read it."""
    found: list[promql_parser.VectorSelector] = []

    def visit(part: promql_parser.Expr) -> None:
        if isinstance(part, promql_parser.VectorSelector):
            found.append(part)

    promql_parser.walk(promql_parser.parse(query), visit)
    return found


@pytest.fixture(scope="module")
async def figures(
    shared_rasa: ScriptedRasa, library: Library, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Figures]:
    """What a running bot tells."""
    async with observed_bot(shared_rasa.url, tmp_path_factory.mktemp("figures"), library) as bot:
        await (await bot.world.person()).say("/start")
        yield await bot.figures()


def names(figures: Figures) -> set[str]:
    """The names under which Prometheus keeps the figures."""
    return {"up"} | {
        f"{family.name}{ending}" for family in figures.families for ending in _ENDINGS.get(family.type, [""])
    }


@pytest.mark.parametrize(("place", "query"), [*queries()])
def test_every_query_asks_for_figures_that_there_are(figures: Figures, place: str, query: str) -> None:
    asked = selectors(query)
    assert asked
    assert {selector.name for selector in asked} <= names(figures)


def test_labels_and_their_values_are_those_of_the_figures(figures: Figures) -> None:
    known: dict[str, set[str]] = {}
    for sample in figures.samples:
        known.setdefault(sample.name, set()).update(sample.labels)
    for place, query in queries():
        for selector in selectors(query):
            labels = {matcher.name for matcher in selector.matchers.matchers} - ADDED_BY_PROMETHEUS
            if selector.name in known:  # what never happened has no labels yet
                assert labels <= known[selector.name], (place, selector.name)


def test_a_query_with_a_mistake_would_be_noticed() -> None:
    for wrong in ("sum(rate(up[5m])", "rate(up)", "up{job=musafir}", "sum by instance (up)"):
        with pytest.raises(ValueError, match=r"."):
            selectors(wrong)


def test_every_figure_of_ours_is_explained_and_nothing_else(figures: Figures) -> None:
    ours = {name for name in names(figures) if name.startswith("musafir_")}
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) for name in ours}
    assert set(re.findall(r"`(musafir_\w+)`", MONITORING)) == bare


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) - {"for"} == {"alert", "expr", "labels", "annotations"}
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert set(rule["annotations"]) == {"summary", "description"}
    assert len(rule["annotations"]["summary"]) < 100
    assert len(rule["annotations"]["description"]) > 60
    assert f"`{rule['alert']}`" in MONITORING


def test_alerts_in_the_page_exist() -> None:
    assert set(re.findall(r"`(Musafir\w+)`", MONITORING)) == {rule["alert"] for rule in RULES}


def test_prometheus_reads_the_alerts_and_names_the_bots_as_they_do() -> None:
    assert PROMETHEUS["rule_files"] == ["alerts.yml"]
    [job] = PROMETHEUS["scrape_configs"]
    jobs = {
        matcher.value
        for _, query in queries()
        for selector in selectors(query)
        for matcher in selector.matchers.matchers
        if matcher.name == "job"
    }
    assert jobs == {job["job_name"]}


def test_the_dashboard_can_be_imported() -> None:
    assert DASHBOARD["schemaVersion"] >= 38
    assert DASHBOARD["uid"] == "musafir"
    numbers = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(numbers) == len(set(numbers))
    assert {variable["name"] for variable in DASHBOARD["templating"]["list"]} == {"datasource", "instance"}
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"]
        assert {target["datasource"]["uid"] for target in panel["targets"]} == {"${datasource}"}


def test_panels_do_not_cover_each_other() -> None:
    places = [panel["gridPos"] for panel in DASHBOARD["panels"]]
    for place in places:
        assert place["x"] + place["w"] <= 24
    for one, other in itertools.combinations(places, 2):
        beside = one["x"] + one["w"] <= other["x"] or other["x"] + other["w"] <= one["x"]
        above = one["y"] + one["h"] <= other["y"] or other["y"] + other["h"] <= one["y"]
        assert beside or above, (one, other)
