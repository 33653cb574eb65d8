"""YAML that remembers its lines, so that a mistake can be shown where it was made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import yaml

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times faster where libyaml is there

Path = tuple[str | int, ...]


class YamlError(ValueError):
    """The text is not valid YAML. `line` counts from 1 within the text."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.what = what


class _Loader(_SafeLoader):  # type: ignore[misc]
    """Names the line also where a value looks like a date or a number but is none, such as 2026-02-30."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (ArithmeticError, AttributeError, LookupError, ValueError) as error:
            what = f"{str(node.value)[:40]!r} cannot be read ({error})"
            raise yaml.constructor.ConstructorError(None, None, what, node.start_mark) from error


@dataclass(frozen=True)
class Document:
    """Parsed YAML with the line of every value, by its path such as `("sources", 0, "id")`."""

    data: Any
    lines: dict[Path, int] = field(repr=False)

    def line(self, path: Path) -> int:
        """The line of the value at `path`, or of its nearest parent that exists."""
        while path not in self.lines and path:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str, first_line: int = 1) -> Document:
    """Parse one YAML document; `first_line` is its line in the file around it.

    A key given twice is an error, where plain YAML silently keeps the last. Raises `YamlError`.
    """
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines: dict[Path, int] = {}
        if node is not None:
            _index(node, (), lines, first_line, set())
        data = None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(first_line + (mark.line if mark else 0), error.problem or "not valid YAML") from error
    except yaml.YAMLError as error:
        raise YamlError(first_line, str(error)) from error
    except RecursionError as error:
        raise YamlError(first_line, "brackets in brackets, too many to be meant") from error
    finally:
        loader.dispose()
    return Document(data, lines)


def _index(node: yaml.Node, path: Path, lines: dict[Path, int], first_line: int, seen: set[yaml.Node]) -> None:
    line = first_line + node.start_mark.line
    if node in seen:
        raise YamlError(line, "an alias (*) repeats this value; write it out, or put quotes around the text with the *")
    seen.add(node)
    lines[path] = line
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            _index(item, (*path, position), lines, first_line, seen)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            line = first_line + key.start_mark.line
            if not isinstance(key, yaml.ScalarNode):
                raise YamlError(line, "a bracket stands where a key should be; put quotes around the text")
            if (*path, key.value) in lines:
                raise YamlError(line, f"{key.value!r} stands here twice")
            _index(value, (*path, key.value), lines, first_line, seen)
            lines[(*path, key.value)] = line
