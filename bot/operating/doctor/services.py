"""What the bot talks to: Rasa, Redis, other replicas and Telegram."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy.exc import SQLAlchemyError

from bot import roster
from bot.database import Database
from bot.errors import RasaUnavailableError
from bot.operating.doctor.findings import Finding, broken, ok, warning
from bot.operating.installation import Installation
from bot.operating.running import is_running
from bot.rasa import RasaClient
from bot.shared.connection import AWAY, connect

SKEW: Final = 60.0
"""Seconds that our clock may differ from Telegram's."""
MANY_WAITING: Final = 100
RECENT: Final = 3600.0
"""Seconds. An error of a webhook before that is over."""


async def rasa(installation: Installation) -> list[Finding]:
    """It answers, with the model that was chosen."""
    url, chosen, served = installation.settings.rasa_url, installation.models.chosen(), _served()
    if url is None:
        if not is_running(installation.var):
            return [ok("rasa", "`musafir run` starts it")]
    else:
        try:
            async with RasaClient(url) as client:
                conversation = f"doctor-{secrets.token_hex(8)}"
                answered = await client.ask(conversation, "hello")
                await client.forget(conversation)
        except RasaUnavailableError as error:
            remedy = "start it (systemctl status musafir-rasa); until then questions are searched by words"
            return [broken("rasa", f"nobody answers at RASA_URL ({error.what})", remedy)]
        if not answered:
            remedy = "train again, or copy the name in nlu/models/previous to nlu/models/chosen, and restart Rasa"
            return [broken("rasa", "it runs and answers nothing: its model cannot be used", remedy)]
    if chosen and served and chosen not in served:
        return [warning("rasa", f"it serves {', '.join(served)}, chosen is {chosen}", "restart Rasa")]
    if url is None and not served:
        return [warning("rasa", "a bot or desk runs, and no Rasa beside it", "look at var/rasa.log")]
    return [ok("rasa", f"serves {', '.join(served) or 'a model that cannot be named from here'}")]


async def redis(installation: Installation) -> list[Finding]:
    """What several bots share."""
    if (url := installation.settings.redis_url) is None:
        return []
    client = connect(url.get_secret_value())
    try:
        await client.ping()
        return [ok("redis", "answers")]
    except AWAY as error:
        return [broken("redis", f"cannot be used ({type(error).__name__})", "check REDIS_URL and its server")]
    finally:
        await client.aclose()


async def replicas(installation: Installation) -> list[Finding]:
    """All bots that share Redis serve the same."""
    if installation.settings.redis_url is None:
        return []
    database = Database(installation.settings.async_database_url)
    try:
        served_by, _ = await roster.read(database)
    except (TimeoutError, SQLAlchemyError, OSError):
        return []  # the database has a check of its own
    finally:
        await database.close()
    if different := roster.differences(served_by):
        remedy = "right only while a change is rolled out; else bring what was left behind to the others' version"
        return [warning("replicas", f"they differ: {'; '.join(different)}", remedy)]
    return [ok("replicas", f"{len(served_by)} alive, all serve the same")]


def _served() -> list[str]:
    """The models of the Rasas on this machine, as far as its processes can be seen."""
    names = set()
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "components.serving" in words and "--model" in words:
            names.add(Path(words[words.index("--model") + 1]).name.removesuffix(".tar.gz"))
    return sorted(names)


async def telegram(installation: Installation) -> list[Finding]:
    """Telegram knows the token, the webhook is as it should be, the staff group too, and clocks agree."""
    settings = installation.settings
    if settings.telegram_bot_token is None:
        return [ok("telegram", "no TELEGRAM_BOT_TOKEN: the bot runs in a browser page")]
    base = f"{settings.telegram_api_base.rstrip('/')}/bot{settings.telegram_bot_token.get_secret_value()}"
    async with httpx.AsyncClient(timeout=15) as http:
        try:
            me = await http.get(f"{base}/getMe")
            hook = await http.get(f"{base}/getWebhookInfo")
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            remedy = "check the network, a firewall, TELEGRAM_API_BASE"
            return [broken("telegram", f"cannot be reached ({type(error).__name__})", remedy)]
        if me.status_code in (httpx.codes.UNAUTHORIZED, httpx.codes.NOT_FOUND):
            return [broken("telegram", "does not know TELEGRAM_BOT_TOKEN", "copy it again from @BotFather")]
        bot = _result(me)
        if not bot:
            return [broken("telegram", f"answers with {me.status_code}", "check TELEGRAM_API_BASE, try again later")]
        findings = [ok("telegram", f"knows the bot @{bot.get('username')}"), *_clock(me), *_webhook(installation, hook)]
        if group := settings.staff_chat_id:
            chat = _result(await http.get(f"{base}/getChat", params={"chat_id": group}))
            member = _result(
                await http.get(f"{base}/getChatMember", params={"chat_id": group, "user_id": str(bot.get("id"))})
            )
            findings.append(_staff(chat, member))
    return findings


def _result(response: httpx.Response) -> dict[str, Any]:
    try:
        result = response.json().get("result")
    except (ValueError, AttributeError):
        return {}
    return result if isinstance(result, dict) else {}


def _clock(response: httpx.Response) -> list[Finding]:
    try:
        theirs = parsedate_to_datetime(response.headers["date"])
    except (KeyError, ValueError):
        return []
    skew = abs((datetime.now(UTC) - theirs).total_seconds())
    if skew > SKEW:
        remedy = "set it by the network: timedatectl set-ntp true"
        return [broken("clock", f"differs from Telegram's by {skew:.0f} seconds", remedy)]
    return [ok("clock", "agrees with Telegram's")]


def _webhook(installation: Installation, response: httpx.Response) -> list[Finding]:
    settings, info = installation.settings, _result(response)
    url, waiting, error = info.get("url", ""), info.get("pending_update_count", 0), info.get("last_error_message")
    if settings.telegram_mode == "polling":
        if url:
            remedy = "a start deletes it; if another installation uses this token, give each its own"
            return [warning("webhook", "one is set, and TELEGRAM_MODE is polling", remedy)]
        return []
    if url != settings.webhook_url:
        what = "Telegram has another address than WEBHOOK_URL" if url else "Telegram has none"
        return [broken("webhook", what, "start the bot, which sets it; one bot for one token")]
    if error and datetime.now(UTC).timestamp() - info.get("last_error_date", 0) < RECENT:
        return [broken("webhook", f"Telegram cannot deliver ({error})", "look at the proxy and its certificate")]
    if waiting > MANY_WAITING:
        return [warning("webhook", f"{waiting} updates wait at Telegram", "is the bot running, and the proxy?")]
    return [ok("webhook", f"set, {waiting} updates waiting")]


def _staff(chat: dict[str, Any], member: dict[str, Any]) -> Finding:
    if not chat:
        return broken("staff", "the bot is not in the group STAFF_CHAT_ID", "add it, or correct the number")
    if member.get("status") != "administrator":
        return broken("staff", "the bot is no administrator of the staff group", "make it one who may manage topics")
    if not chat.get("is_forum"):
        return warning("staff", "the staff group has no topics", "turn them on, or answer by replying")
    if not member.get("can_manage_topics"):
        return broken("staff", "the bot may not manage topics in the staff group", "allow it")
    return ok("staff", "the bot is at home in the staff group")
