"""A YAML file as plain data, with the line of each of its keys."""

import os
from pathlib import Path
from typing import Any

import yaml

from neural_redshift.configuration.words import MAPPING, ConfigurationError, Key, Source, found, shortened, subject

SYNTAX_HINTS = {
    r"\t": "indent with spaces, not with tabs",
    "<block": "does the indentation fit the lines above?",
    "expected ','": "is a bracket left open, or a comma missing?",
    "expected ':'": "is there a colon and a space in the line above?",
    "mapping values": "put a text with a colon in quotes",
    "end of stream": "is a quote or a bracket left open?",
    "stream end": "is a quote or a bracket left open?",
}


LARGEST_FILE = 2**18  # bytes; a configuration is a fifteenth of it
LONGEST = 1000  # items of a list and keys of a mapping: items are compared with each other
TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq")}


class _Loader(yaml.SafeLoader):
    """A safe loader without aliases, which can make a small file large."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        """The next node. Raises ComposerError for an alias."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            problem = f"the alias *{event.anchor} stands here; write the value itself"
            raise yaml.composer.ComposerError(None, None, problem, event.start_mark)
        return super().compose_node(parent, index)


def read(file: str | Path) -> Source:
    """A YAML file and the line of each of its keys.

    Raises ConfigurationError where it is missing, empty, not UTF-8, not YAML, or not a mapping of keys to
    values; where a key stands twice or is no text; and for aliases and tags.
    """
    name = _short_path(file)
    text = _text(file, name)
    lines: dict[Key, int] = {}
    try:
        node = yaml.compose(text, Loader=_Loader)  # a Loader; the stubs know only some
        if node is None:
            raise ConfigurationError(f"{name} is empty; it must be {MAPPING}.")
        data = _plain(node, (), name, lines)
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise ConfigurationError(
            f"{name}, line {line}: the character {chr(error.character)!r} is not allowed in YAML."
        ) from None
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError(f"{name}, {_place(error)}: {_problem(error)}.") from None
    except RecursionError:
        raise ConfigurationError(f"{name} nests lists and mappings too deeply to be read.") from None
    if not isinstance(data, dict):
        raise ConfigurationError(f"{name} is {found(data)}; it must be {MAPPING}.")
    return Source(name, data, lines)


def _short_path(file: str | Path) -> str:
    path = os.path.relpath(file)
    return str(file) if path.startswith(os.pardir) else path


def _text(file: str | Path, name: str) -> str:
    try:
        with open(file, "rb") as opened:
            content = opened.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise ConfigurationError(f"{name} does not exist.") from None
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read: {(error.strerror or str(error)).lower()}.") from None
    if len(content) > LARGEST_FILE:
        raise ConfigurationError(f"{name} has more than {LARGEST_FILE} bytes; a configuration is smaller.")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        found = content[error.start]
        raise ConfigurationError(
            f"{name}, line {line}: the byte 0x{found:02x} is not UTF-8; save the file as UTF-8."
        ) from None


def _place(error: yaml.MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"line {mark.line + 1}, column {mark.column + 1}" if mark else "somewhere"


def _problem(error: yaml.MarkedYAMLError) -> str:
    problem = str(error.problem or error.context)
    if isinstance(error, yaml.composer.ComposerError):
        return problem if "alias" in problem else "a second document starts here; keep one"
    hint = next((f" ({hint})" for sign, hint in SYNTAX_HINTS.items() if sign in problem), "")
    return f"this is not YAML, {problem}{hint}"


def _plain(node: yaml.Node, path: Key, name: str, lines: dict[Key, int]) -> Any:
    """The value of a node; `lines` gets the line of each key and item in it."""
    lines[path] = _line(node)
    if node.tag not in TAGS:
        raise ConfigurationError(f"{name}, line {_line(node)}: {subject(path)} {_tag_problem(node)}.")
    if not isinstance(node, yaml.ScalarNode) and len(node.value) > LONGEST:
        problem = f"{subject(path)} has {len(node.value)} entries; at most {LONGEST} are read"
        raise ConfigurationError(f"{name}, line {_line(node)}: {problem}.")
    if isinstance(node, yaml.MappingNode):
        return _plain_mapping(node, path, name, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*path, index), name, lines) for index, item in enumerate(node.value)]
    try:
        value = yaml.constructor.SafeConstructor().construct_object(node)
        if isinstance(value, int) and value.bit_length() > LONGEST:  # Python does not write it out
            raise ConfigurationError(f"{name}, line {_line(node)}: {subject(path)} is a number beyond 64 bits.")
        return value
    except (ValueError, KeyError, yaml.YAMLError):
        problem = f"{subject(path)} is {shortened(node.value)}, which does not fit its tag !!{_kind(node)}"
        raise ConfigurationError(f"{name}, line {_line(node)}: {problem}.") from None


def _plain_mapping(node: yaml.MappingNode, path: Key, name: str, lines: dict[Key, int]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = key_node.value, _line(key_node)
        if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
            found = f"{key} (!!{_kind(key_node)})" if isinstance(key_node, yaml.ScalarNode) else "a list or mapping"
            raise ConfigurationError(f"{name}, line {line}: {subject(path)} has {found} as a key; keys must be text.")
        here = (*path, key)
        if key in values:
            problem = f"{subject(here)} stands on line {lines[here]} already; keep one of the two"
            raise ConfigurationError(f"{name}, line {line}: {problem}.")
        values[key] = _plain(value_node, here, name, lines)
        lines[here] = line
    return values


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _kind(node: yaml.Node) -> str:
    return str(node.tag).rsplit(":", 1)[-1]


def _tag_problem(node: yaml.Node) -> str:
    tag = node.tag.replace("tag:yaml.org,2002:", "!!")
    if tag == "!!timestamp":
        return f"is {node.value}, which YAML reads as a date; put it in quotes"
    return f"has the tag {tag}; tags are not read, write plain values"
