"""The files of deploy/ as data, for the tests that look at them."""

from __future__ import annotations

from typing import Any, Final

import yaml

from bot.paths import ROOT
from bot.settings import Settings

DEPLOY: Final = ROOT / "deploy"
KUBERNETES: Final = DEPLOY / "kubernetes"
SETTINGS: Final = {name.upper() for name in Settings.model_fields}
OF_OTHERS: Final = {"PGHOST", "PGUSER", "PGPASSWORD", "PGDATABASE", "RASA_PASSWORD"}
"""What psql and the script for Rasa's role read."""
PORTS: Final = {"bot": {8091, 9464}, "desk": {8090}, "rasa": {5005}}
SECRETS: Final = {name.upper() for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}

Object = dict[str, Any]


def objects() -> list[Object]:
    """Everything that `kubectl apply -k` makes, but what kustomize generates; and the template of the secrets."""
    kustomization = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text(encoding="utf-8"))
    return [found for name in kustomization["resources"] for found in in_file(name)]


def in_file(name: str) -> list[Object]:
    """The objects of one file."""
    return list(yaml.safe_load_all((KUBERNETES / name).read_text(encoding="utf-8")))


def of_kind(*kinds: str) -> list[Object]:
    """The objects of some kinds."""
    return [found for found in objects() if found["kind"] in kinds]


def workloads() -> list[Object]:
    """What makes pods."""
    return of_kind("Deployment", "Job")


def pods() -> list[tuple[str, Object, Object]]:
    """For each workload its name, its pods' labels and what is in them."""
    templates = [(workload["metadata"]["name"], workload["spec"]["template"]) for workload in workloads()]
    return [(name, template["metadata"]["labels"], template["spec"]) for name, template in templates]


def containers() -> list[tuple[str, Object]]:
    """Every container, with the name of its workload."""
    return [(name, found) for name, _, pod in pods() for found in pod.get("initContainers", []) + pod["containers"]]


def compose() -> Object:
    """deploy/compose.yml, with its anchors resolved."""
    found: Object = yaml.safe_load((DEPLOY / "compose.yml").read_text(encoding="utf-8"))
    return found
