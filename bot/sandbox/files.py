"""Files in the chats: what the bot uploads, and stand-ins for what a person attaches."""

import struct
import zlib
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

_STAND_IN_PIXELS = 64
_STAND_IN_COLOUR = b"\x54\xa9\xeb"


@dataclass(frozen=True)
class StoredFile:
    """A file as it can be fetched again."""

    file_id: str
    name: str
    mime_type: str
    content: bytes

    def reference(self) -> Json:
        """Return the fields by which every kind of attachment names its file."""
        return {
            "file_id": self.file_id,
            "file_unique_id": f"unique-{self.file_id}",
            "file_size": len(self.content),
        }

    @property
    def path(self) -> str:
        return f"{self.file_id}/{self.name}"


class FileStore:
    """All files of a sandbox by id."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}

    def add(self, name: str, mime_type: str, content: bytes) -> StoredFile:
        stored = StoredFile(f"file-{len(self._files) + 1}", name.replace("/", "_"), mime_type, content)
        self._files[stored.file_id] = stored
        return stored

    def get(self, file_id: str) -> StoredFile | None:
        return self._files.get(file_id)


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def stand_in_image() -> bytes:
    """Return a small real picture: a bot that opens it must be able to."""
    size = _STAND_IN_PIXELS
    rows = (b"\x00" + _STAND_IN_COLOUR * size) * size
    header = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + _png_chunk(b"IHDR", header)
        + _png_chunk(b"IDAT", zlib.compress(rows))
        + _png_chunk(b"IEND", b"")
    )


def photo(stored: StoredFile) -> list[Json]:
    """Describe a picture as Telegram does: a list of sizes, the largest last."""
    return [{**stored.reference(), "width": _STAND_IN_PIXELS, "height": _STAND_IN_PIXELS}]


def document(stored: StoredFile) -> Json:
    return {**stored.reference(), "file_name": stored.name, "mime_type": stored.mime_type}


def stand_in(files: FileStore, kind: str) -> Json:
    """Return the message field for an attachment of a person who has nothing to attach."""
    match kind:
        case "photo":
            return {"photo": photo(files.add("photo.png", "image/png", stand_in_image()))}
        case "voice":
            stored = files.add("voice.oga", "audio/ogg", b"OggS")
            return {"voice": {**stored.reference(), "duration": 3, "mime_type": stored.mime_type}}
        case "sticker":
            stored = files.add("sticker.png", "image/png", stand_in_image())
            shape = {"width": 512, "height": 512, "is_animated": False, "is_video": False}
            return {"sticker": {**stored.reference(), "type": "regular", "emoji": "👋", **shape}}
    raise ValueError(f"no stand-in for {kind}: use photo, voice or sticker")
