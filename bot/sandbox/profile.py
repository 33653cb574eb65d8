"""How the bot presents itself, by language: its name, descriptions, commands and menu button."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from telegram.constants import BotCommandScopeType, BotDescriptionLimit, BotNameLimit

from bot.sandbox import validation
from bot.sandbox.chats import Chat
from bot.sandbox.errors import BadRequest
from bot.sandbox.params import Params

Json = dict[str, Any]
ProfileMethod = Callable[["Profile", Params], Any]

_DEFAULT_MENU_BUTTON = {"type": "commands"}


@dataclass
class Profile:
    """The bot's profile. Texts and command lists fall back to those without a language."""

    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    menu_buttons: dict[int, Json] = field(default_factory=dict)
    default_menu_button: Json = field(default_factory=lambda: dict(_DEFAULT_MENU_BUTTON))
    on_change: Callable[[], None] = lambda: None

    def text(self, kind: str, language: str) -> str:
        return self.texts.get((kind, language)) or self.texts.get((kind, ""), "")

    def commands_for(self, chat: Chat) -> list[Json]:
        """Return the menu a person sees: that of the narrowest scope, in their language or in none."""
        for scope in (f"chat:{chat.id}", BotCommandScopeType.ALL_PRIVATE_CHATS, BotCommandScopeType.DEFAULT):
            for language in (chat.language, ""):
                if (str(scope), language) in self.commands:
                    return self.commands[(str(scope), language)]
        return []

    def seen_by(self, chat: Chat) -> Json:
        """Return the profile as one person sees it."""
        return {
            "name": self.text("name", chat.language),
            "description": self.text("description", chat.language),
            "short_description": self.text("short_description", chat.language),
            "commands": self.commands_for(chat),
            "menu_button": self.menu_buttons.get(chat.id, self.default_menu_button),
        }


def _scope(params: Params) -> str:
    scope = params.structure("scope") or {"type": BotCommandScopeType.DEFAULT}
    kind = str(scope.get("type", "")) if isinstance(scope, dict) else ""
    if kind not in list(BotCommandScopeType):
        raise BadRequest("can't parse BotCommandScope: unsupported type specified")
    return f"{kind}:{scope['chat_id']}" if "chat_id" in scope else kind


def _set_commands(profile: Profile, params: Params) -> bool:
    key = (_scope(params), validation.language_code(params))
    checked = validation.commands(params)
    if checked:
        profile.commands[key] = checked
    else:
        profile.commands.pop(key, None)
    profile.on_change()
    return True


def _get_commands(profile: Profile, params: Params) -> list[Json]:
    return profile.commands.get((_scope(params), validation.language_code(params)), [])


def _delete_commands(profile: Profile, params: Params) -> bool:
    profile.commands.pop((_scope(params), validation.language_code(params)), None)
    profile.on_change()
    return True


def _text_setter(kind: str, limit: int) -> ProfileMethod:
    def set_text(profile: Profile, params: Params) -> bool:
        profile.texts[(kind, validation.language_code(params))] = validation.limited(params, kind, limit)
        profile.on_change()
        return True

    return set_text


def _text_getter(kind: str) -> ProfileMethod:
    def get_text(profile: Profile, params: Params) -> Json:
        return {kind: profile.text(kind, validation.language_code(params))}

    return get_text


def _set_menu_button(profile: Profile, params: Params) -> bool:
    button = params.structure("menu_button") or _DEFAULT_MENU_BUTTON
    if not isinstance(button, dict) or button.get("type") not in ("commands", "web_app", "default"):
        raise BadRequest("can't parse menu button: MenuButton has unsupported type")
    if "chat_id" in params:
        profile.menu_buttons[params.integer("chat_id")] = button
    else:
        profile.default_menu_button = button
    profile.on_change()
    return True


def _get_menu_button(profile: Profile, params: Params) -> Json:
    return profile.menu_buttons.get(params.integer("chat_id"), profile.default_menu_button)


METHODS: dict[str, ProfileMethod] = {
    "setMyCommands": _set_commands,
    "getMyCommands": _get_commands,
    "deleteMyCommands": _delete_commands,
    "setMyName": _text_setter("name", BotNameLimit.MAX_NAME_LENGTH),
    "getMyName": _text_getter("name"),
    "setMyDescription": _text_setter("description", BotDescriptionLimit.MAX_DESCRIPTION_LENGTH),
    "getMyDescription": _text_getter("description"),
    "setMyShortDescription": _text_setter("short_description", BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH),
    "getMyShortDescription": _text_getter("short_description"),
    "setChatMenuButton": _set_menu_button,
    "getChatMenuButton": _get_menu_button,
}
