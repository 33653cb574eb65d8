"""The staff's group: a supergroup of which the bot is an administrator, with topics unless a test says otherwise."""

import secrets
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.chats import BaseChat, StoredMessage
from bot.sandbox.errors import BadRequest

Json = dict[str, Any]

# Another one each time, as for people: talks of the last run must not go on in the group of this one.
GROUP_ID = -1_002_000_000_000 - secrets.randbelow(1_000_000) * 1_000
_FIRST_MEMBER_ID = 6_000_000_001
_TITLE = "Staff"


@dataclass
class Topic:
    """A topic of the forum; its id is that of the service message that opened it."""

    id: int
    name: str
    closed: bool = False


@dataclass(kw_only=True)
class Group(BaseChat):
    """The group, its members by name, and its topics."""

    is_forum: bool = True
    members: dict[str, Json] = field(default_factory=dict)
    topics: dict[int, Topic] = field(default_factory=dict)

    @property
    def id(self) -> int:
        return GROUP_ID

    def described(self) -> Json:
        forum = {"is_forum": True} if self.is_forum else {}
        return {"id": self.id, "type": "supergroup", "title": _TITLE, **forum}

    def member(self, name: str) -> Json:
        """Return the member called `name`, who joins now if need be."""
        user_id = _FIRST_MEMBER_ID + len(self.members)
        return self.members.setdefault(name, {"id": user_id, "is_bot": False, "first_name": name})

    def placed(self, thread: int) -> Json:
        if not thread:
            return {}
        if not self.is_forum or thread not in self.topics:
            raise BadRequest("message thread not found")
        return {"message_thread_id": thread, "is_topic_message": True}

    def topic(self, thread: int) -> Topic:
        """Return a topic; refuse one that is not there as Telegram does."""
        if thread not in self.topics:
            raise BadRequest("TOPIC_ID_INVALID")
        return self.topics[thread]

    def add_topic(self, body: Json, name: str) -> Topic:
        """Open a topic with its service message."""
        topic = Topic(body["message_id"], name)
        self.topics[topic.id] = topic
        self.add({**body, **self.placed(topic.id)})
        return topic

    def lose_topic(self, thread: int) -> None:
        """Delete a topic and everything in it, as an administrator can."""
        del self.topics[thread]
        self.delete([stored.body["message_id"] for stored in self.in_topic(thread)])

    def in_topic(self, thread: int) -> list[StoredMessage]:
        return [stored for stored in self.messages.values() if stored.body.get("message_thread_id") == thread]

    def snapshot(self) -> Json:
        topics = [{"id": topic.id, "name": topic.name, "closed": topic.closed} for topic in self.topics.values()]
        return {**super().snapshot(), "id": self.id, "title": _TITLE, "is_forum": self.is_forum, "topics": topics}
