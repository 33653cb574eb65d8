"""The staff's group for tests: read its topics, write in them, reply, close.

staff = await SandboxGroup.of(sandbox)
[introduction] = await staff.wait_for_messages()
await staff.write("Салом", topic=introduction.raw["message_thread_id"])
"""

from dataclasses import dataclass
from typing import Any, Self

from bot.sandbox.client import ChatView, Message, Sandbox

Json = dict[str, Any]


@dataclass(frozen=True)
class Topic:
    """A topic of the group."""

    id: int
    name: str
    closed: bool


class SandboxGroup(ChatView):
    """The group as its members see it."""

    @classmethod
    async def of(cls, sandbox: Sandbox, *, is_forum: bool = True) -> Self:
        """The group of a sandbox, with or without topics."""
        await sandbox.call("POST", "/group/forum", {"is_forum": is_forum})
        return cls(sandbox, "/group", "staff", await sandbox.call("GET", "/group"))

    @property
    def id(self) -> int:
        return int(self._state["id"])

    @property
    def topics(self) -> list[Topic]:
        """The topics as last fetched, oldest first."""
        return [Topic(**topic) for topic in self._state["topics"]]

    def in_topic(self, topic: int) -> list[Message]:
        """The messages of a topic as last fetched, without those that Telegram writes itself."""
        found = [message for message in self.messages if message.raw.get("message_thread_id") == topic]
        return [message for message in found if not message.raw.keys() & {"forum_topic_created", "forum_topic_closed"}]

    async def write(self, text: str, *, topic: int = 0, reply_to: int = 0, name: str = "Aida") -> None:
        """Write as a member, into a topic or as a reply; `/close` and other commands as well."""
        await self._act("send", text=text, topic=topic, reply_to=reply_to, name=name)

    async def attach(self, kind: str, *, topic: int = 0, reply_to: int = 0) -> None:
        """Send a stand-in for a photo, a voice message or a sticker."""
        await self._act("attach", kind=kind, topic=topic, reply_to=reply_to)

    async def close_topic(self, topic: int) -> None:
        """Close a topic by Telegram's menu."""
        await self._act("close-topic", topic=topic)

    async def lose_topic(self, topic: int) -> None:
        """Delete a topic, as an administrator can."""
        await self._act("lose-topic", topic=topic)

    async def lose_message(self, message_id: int) -> None:
        """Delete a message, as an administrator can."""
        await self._act("lose-message", message_id=message_id)
