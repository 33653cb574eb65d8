"""The container files and deploy/compose.yml are valid, hold what the code needs and no secret, and open one port."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.cli import commands
from bot.paths import NLU, ROOT
from bot.rasa import environment, process
from bot.settings import Settings
from tests.manifests import DEPLOY, PORTS, SETTINGS, compose

FILES = sorted((DEPLOY / "containers").glob("*.Containerfile"))
SCRIPTS = Path(sys.executable).parent
SERVICES: dict[str, dict[str, Any]] = compose()["services"]
PINNED = re.compile(r"[\w./-]+:v?\d+\.\d+[\w.-]*")


def instructions(file: Path) -> list[tuple[str, str]]:
    """The instructions of a container file; continued lines are one."""
    text = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", file.read_text(encoding="utf-8")))
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def last_stage(file: Path) -> list[tuple[str, str]]:
    """What the image is made of."""
    found = instructions(file)
    start = max(number for number, (name, _) in enumerate(found) if name == "FROM")
    return found[start:]


def environment_of(file: Path) -> dict[str, str]:
    """The variables that an image sets."""
    pairs = [pair for name, rest in last_stage(file) if name == "ENV" for pair in shlex.split(rest)]
    return dict(pair.split("=", 1) for pair in pairs)


def image(name: str) -> Path:
    return DEPLOY / "containers" / f"{name}.Containerfile"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_hadolint_finds_nothing(file: Path) -> None:
    result = subprocess.run([SCRIPTS / "hadolint", file], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_image_is_pinned_runs_as_nobody_and_says_how_it_is(file: Path) -> None:
    for name, rest in instructions(file):
        if name == "FROM":
            assert PINNED.fullmatch(rest.partition(" AS ")[0])
        if name == "COPY" and "--from" not in rest:
            *sources, _ = rest.split()
            assert all((ROOT / source).exists() for source in sources)
    said = dict(last_stage(file))
    assert int(said["USER"].partition(":")[0]) > 10_000
    assert "CMD [" in said["HEALTHCHECK"]
    assert (
        set(map(int, said["EXPOSE"].split()))
        == {
            "bot.Containerfile": PORTS["bot"] | PORTS["desk"],
            "rasa.Containerfile": PORTS["rasa"],
        }[file.name]
    )
    assert not {"ADD", "VOLUME", "SHELL"} & {name for name, _ in instructions(file)}


def test_the_bot_is_seen_by_its_neighbours_and_checked_where_it_listens() -> None:
    values = environment_of(image("bot"))
    ours = {name: value for name, value in values.items() if name in SETTINGS}
    settings = Settings(_env_file=None, **{name.lower(): value for name, value in ours.items()})  # type: ignore[call-arg, arg-type]
    assert {settings.webhook_port, settings.metrics_port} == PORTS["bot"]
    assert {settings.desk_port} == PORTS["desk"]
    assert {settings.webhook_host, settings.metrics_host, settings.desk_host} == {"0.0.0.0"}
    assert f"127.0.0.1:{settings.metrics_port}/healthz" in dict(last_stage(image("bot")))["HEALTHCHECK"]


def test_rasa_runs_as_the_bot_would_start_it() -> None:
    values = environment_of(image("rasa"))
    given = environment.rasa_environment() | process.QUIET | process.ONE_THREAD
    missing = {name: value for name, value in given.items() if name.isupper() and values.get(name, value) != value}
    assert missing.keys() <= {"PATH", "HOME", "PYTHONPATH"}
    for wanted in (process.QUIET, process.ONE_THREAD, {"RASA_TELEMETRY_ENABLED": "false"}):
        assert wanted.items() <= values.items()
    said = json.loads(dict(last_stage(image("rasa")))["ENTRYPOINT"])
    ours = process._command(NLU / "models", 5005)
    ours[0], ours[ours.index(str(NLU / "models"))], ours[ours.index("127.0.0.1")] = "python", "models", "0.0.0.0"
    assert said == ours


def test_nothing_secret_gets_into_an_image() -> None:
    """Everything is left out but what is named; and of that, what is made or kept on this machine."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    assert lines[0] == "*"
    allowed = {line[1:] for line in lines if line.startswith("!")}
    assert not {"var", ".env", ".git", "tests", "deploy"} & allowed
    assert {"nlu/.venv", "nlu/.rasa", "**/.env"} <= set(lines)
    needed = {
        rest.split()[0].split("/")[0] for file in FILES for name, rest in instructions(file)
        if name == "COPY" and "--from" not in rest
    }  # fmt: skip
    assert needed <= allowed
    ignored = (ROOT / ".gitignore").read_text().splitlines()
    assert "deploy/secrets/" in ignored


def test_compose_is_what_the_specification_knows() -> None:
    command = [SCRIPTS / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yml"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("name", SERVICES)
def test_each_service_is_bounded_and_may_do_nothing(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["restart"]
    assert {"cpus", "memory", "pids"} <= service["deploy"]["resources"]["limits"].keys()
    assert PINNED.fullmatch(service["image"]) or service["image"].startswith("musafir/")
    assert "healthcheck" in service or "build" in service
    assert "privileged" not in service


def test_one_port_is_open_to_the_world() -> None:
    ports = {name: port for name, service in SERVICES.items() for port in service.get("ports", [])}
    assert ports.pop("proxy") == "443:8443"
    assert all(port.startswith("127.0.0.1:") for port in ports.values())


def test_rasa_and_the_stores_reach_nobody_outside() -> None:
    networks = compose()["networks"]
    for name in ("rasa", "rasa-role", "postgres", "redis", "prometheus"):
        assert all((networks[network] or {}).get("internal") for network in SERVICES[name]["networks"])
    assert not set(SERVICES["proxy"]["networks"]) & set(SERVICES["rasa"]["networks"])


def test_there_are_two_bots_and_two_rasas_on_one_version() -> None:
    for name in ("bot", "rasa"):
        assert SERVICES[name]["deploy"]["replicas"] == 2
        assert SERVICES[name]["image"].startswith(f"musafir/{name}:${{MUSAFIR_VERSION")
    assert SERVICES["desk"]["image"] == SERVICES["bot"]["image"]
    assert SERVICES["desk"]["command"][0] in commands.commands


def test_secrets_are_files_and_settings_exist() -> None:
    secrets = compose()["secrets"]
    assert all(secret["file"].startswith("secrets/") for secret in secrets.values())
    for name, service in SERVICES.items():
        assert set(service.get("secrets", [])) <= secrets.keys()
        assert all(file.startswith("secrets/") for file in service.get("env_file", []))
        if name in ("bot", "desk", "rasa"):
            assert service.get("environment", {}).keys() <= SETTINGS
            assert service["env_file"] == [f"secrets/{name}.env"]


def test_who_is_waited_for_says_when_it_is_ready() -> None:
    for service in SERVICES.values():
        for name in service.get("depends_on", {}):
            assert name in SERVICES
            assert not SERVICES[name].get("healthcheck", {}).get("disable") or name == "rasa-role"


def test_mounted_files_exist() -> None:
    volumes = compose()["volumes"]
    for service in SERVICES.values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (DEPLOY / source).exists() if source.startswith(".") else source in volumes


def test_prometheus_finds_the_bots_and_knows_the_alerts() -> None:
    ours = yaml.safe_load((DEPLOY / "containers" / "prometheus.yml").read_text())
    single = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    [job], [of_one] = ours["scrape_configs"], single["scrape_configs"]
    assert job["job_name"] == of_one["job_name"]
    assert job["dns_sd_configs"] == [{"names": ["bot"], "type": "A", "port": max(PORTS["bot"])}]
    mounted = [volume.split(":")[1] for volume in SERVICES["prometheus"]["volumes"]]
    assert f"/etc/prometheus/{ours['rule_files'][0]}" in mounted
