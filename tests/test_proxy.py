"""nginx takes the configurations in deploy/, passes on the webhook alone, and writes nothing down."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.paths import ROOT
from tests import nginx

CONTAINER = ROOT / "deploy" / "containers" / "nginx.conf"
TELEGRAM = ["149.154.160.0/20", "91.108.4.0/22"]


def with_certificate(text: str, folder: Path) -> str:
    """A configuration that finds a certificate on this machine."""
    made, key = nginx.certificate(folder)
    text = re.sub(r"(ssl_certificate) +\S+;", rf"\1 {made};", text)
    return re.sub(r"(ssl_certificate_key) +\S+;", rf"\1 {key};", text)


def test_nginx_understands_the_proxy_of_one_machine(tmp_path: Path) -> None:
    text = with_certificate(nginx.WEBHOOK.read_text(), tmp_path).replace("/var/log/nginx", str(tmp_path))
    rasas = nginx.RASAS.read_text().replace("/var/log/nginx", str(tmp_path))
    assert nginx.check(nginx.whole(tmp_path, text, rasas)) == ""


def test_nginx_understands_the_proxy_of_compose(tmp_path: Path) -> None:
    file = tmp_path / "nginx.conf"
    file.write_text(with_certificate(CONTAINER.read_text().replace("/tmp/", f"{tmp_path}/"), tmp_path))
    assert nginx.check(file) == ""


@pytest.mark.parametrize("file", [nginx.WEBHOOK, CONTAINER], ids=["one machine", "compose"])
def test_only_telegram_only_the_webhook_and_nothing_written_down(file: Path) -> None:
    text = file.read_text()
    [webhook] = re.findall(r"location = /telegram \{(.*?)\n {4,8}\}\n", text, re.DOTALL)
    assert re.findall(r"allow (\S+);", webhook) == TELEGRAM
    assert "deny all;" in webhook
    assert "return 404;" in text
    assert re.findall(r"access_log (\S+);", text) == ["off"]
    assert set(re.findall(r"error_log \S+ (\w+);", text)) == {"crit"}, "below that, errors quote what came"
    for page in ("metrics", "healthz", "readyz"):
        assert f"location /{page}" not in text
    size = re.findall(r"client_(?:max_body|body_buffer)_size (\w+);", webhook)
    assert len(set(size)) == 1, "in memory, never in a file"


def test_only_what_has_a_number_is_tried_twice() -> None:
    """An update goes to another bot when one dies with it: the inbox knows it. What Rasa is asked has no number."""
    again = r"proxy_next_upstream [^;]*non_idempotent"
    assert re.search(again, nginx.WEBHOOK.read_text())
    assert re.search(again, CONTAINER.read_text())
    assert not re.search(again, nginx.RASAS.read_text())
