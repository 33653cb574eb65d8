"""`make audit`: whether anything that we depend on has a known vulnerability. A part of `make check`.

`uv audit` asks OSV (osv.dev) about every package of both lock files, also those that only developers install. What has
a fix and does not stand in deploy/audit.yml, with a reason, fails the check. Where OSV cannot be reached (a machine
without internet) that is said, and nothing fails.

    python -m tests.audit [ADDRESS]     ADDRESS: a copy of OSV, such as http://127.0.0.1:8000/
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from bot.errors import SetupError
from bot.paths import NLU, ROOT

Part = Literal["bot", "nlu"]

ACCEPTED: Final = ROOT / "deploy" / "audit.yml"
PARTS: Final[dict[Part, Path]] = {"bot": ROOT, "nlu": NLU}
"""Where the two lock files are."""
_AWAY: Final = ("error sending request", "server error", "operation timed out")
"""What uv says when the service does not answer."""
_ENVIRONMENT: Final = {"UV_HTTP_RETRIES": "1", "UV_HTTP_TIMEOUT": "20"}


class Accepted(BaseModel):
    """Vulnerabilities of one version of a package that do not reach us, and why; looked at again by `until`."""

    model_config = ConfigDict(extra="forbid")

    part: Part
    package: str
    version: str
    ids: Literal["all"] | list[str] = Field(min_length=1)
    """CVE, GHSA or PYSEC numbers; all: the reason holds whatever is wrong in the package, since it is not used."""
    why: str = Field(min_length=20)
    until: date


class _Package(BaseModel):
    name: str
    version: str


class Finding(BaseModel):
    """A known vulnerability, as uv reports it."""

    dependency: _Package
    id: str
    aliases: list[str]
    summary: str | None
    fix_versions: list[str]

    def is_met_by(self, part: Part, entry: Accepted) -> bool:
        """Whether an entry is about this vulnerability."""
        if (entry.part, entry.package, entry.version) != (part, self.dependency.name, self.dependency.version):
            return False
        return entry.ids == "all" or not {self.id, *self.aliases}.isdisjoint(entry.ids)

    def __str__(self) -> str:
        fix = f"mended in {', '.join(self.fix_versions)}" if self.fix_versions else "nobody has mended it yet"
        package = f"{self.dependency.name} {self.dependency.version}"
        return f"{package}: {' '.join([self.id, *self.aliases])}: {self.summary or 'no summary'} ({fix})"


class _Summary(BaseModel):
    audited_packages: int


class Report(BaseModel):
    """What uv found in one lock file."""

    summary: _Summary
    vulnerabilities: list[Finding]


@dataclass
class Verdict:
    """What to tell, and whether the check fails."""

    lines: list[str]
    failed: bool = False


def read_accepted(file: Path = ACCEPTED) -> list[Accepted]:
    """What somebody has looked at. Raises `pydantic.ValidationError`."""
    return TypeAdapter(list[Accepted]).validate_python(yaml.safe_load(file.read_text(encoding="utf-8")))


def ask(lock: Path, service: str | None = None) -> Report | None:
    """What is known about the packages of the lock file in the folder `lock`; None when OSV cannot be reached.

    Raises `SetupError` when uv fails otherwise, for example one that is too old to know `audit`.
    """
    uv = os.environ.get("UV") or shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    command = [uv, "audit", "--frozen", "--output-format", "json", "--preview-features", "audit-command,json-output"]
    asked = subprocess.run(
        [*command, *(["--service-url", service] if service else [])],
        cwd=lock,
        env=os.environ | _ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.stdout:
        return Report.model_validate_json(asked.stdout)
    if any(words in asked.stderr.lower() for words in _AWAY):
        return None
    raise SetupError(f"`uv audit` failed: {asked.stderr.strip()}", "a newer uv may help")


def judge(part: Part, report: Report, accepted: Sequence[Accepted], today: date) -> Verdict:
    """Compare what is known with what was accepted."""
    entries = [entry for entry in accepted if entry.part == part]
    verdict = Verdict([f"{part}: {report.summary.audited_packages} packages, {len(report.vulnerabilities)} known"])
    used: list[Accepted] = []
    for finding in report.vulnerabilities:
        met = [entry for entry in entries if finding.is_met_by(part, entry)]
        used += met
        if any(entry.until >= today for entry in met):
            continue
        if not finding.fix_versions:
            verdict.lines.append(f"{part}: {finding}")
            continue
        hint = f"accepted until {met[0].until}: look again" if met else f"update it, or say in {ACCEPTED.name} why not"
        verdict.lines.append(f"{part}: FAILED {finding}; {hint}")
        verdict.failed = True
    verdict.lines += _unused(entries, used)
    return verdict


def _unused(entries: Iterable[Accepted], used: Sequence[Accepted]) -> list[str]:
    gone = [f"{entry.package} {entry.version}" for entry in entries if entry not in used]
    return [f"{ACCEPTED.name} names {package}: nothing is known about that now, take it out" for package in gone]


def audit(service: str | None = None) -> Verdict:
    """Look at both halves. Raises `SetupError`."""
    accepted, today = read_accepted(), datetime.now(UTC).date()
    whole = Verdict([])
    for part, lock in PARTS.items():
        report = ask(lock, service)
        if report is None:
            whole.lines.append("dependencies were NOT audited: osv.dev cannot be reached from here")
            break
        verdict = judge(part, report, accepted, today)
        whole.lines += verdict.lines
        whole.failed |= verdict.failed
    return whole


def main() -> None:
    """Print the verdict; exit code 1 when something must be done."""
    try:
        verdict = audit(*sys.argv[1:])
    except SetupError as error:
        sys.exit(f"audit: {error}")
    print("\n".join(verdict.lines))
    sys.exit(verdict.failed)


if __name__ == "__main__":
    main()
