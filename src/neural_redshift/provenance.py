"""What code does a result stand on?

Starting from a step, names are followed from definition to definition through the project's modules;
the hash of a module covers the definitions that were reached, in a form that no comment, docstring,
layout or Python version changes. So an edit changes the hashes of what depends on it, and of nothing
else. A table of small things (activations, priors, schemas) can be hashed row by row.

Only the standard library is used: the Snakefile imports this at every start.
"""

import ast
import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = __name__.split(".")[0]
SOURCE = Path(__file__).resolve().parent
Rows = Mapping[str, Iterable[str]]
Definition = tuple[str, str]  # module, name
WHOLE = "*"  # every definition of a module


class Module(NamedTuple):
    """A parsed module: its top-level definitions by name, what it imports, and all other statements."""

    path: str
    definitions: dict[str, list[ast.stmt]]
    imports: dict[str, Definition]
    statements: list[ast.stmt]


def code(*modules: str, rows: Rows | None = None) -> list[str]:
    """`module.py@hash` for each project module that the given modules stand on.

    `rows` names tables (top-level dictionaries) of which only the given rows count, such as
    `{"ACTIVATIONS": ["relu"]}`; a table that is not named counts whole.

    Raises FileNotFoundError where a module does not exist, KeyError where a table lacks a row.
    """
    return list(_code(modules, _frozen(rows)))


def row(module: str, table: str, name: str) -> str:
    """`module.py:name@hash` of one row of a table, and of every definition that it stands on."""
    return _row(module, table, name)


def content(*files: str | Path) -> list[str]:
    """`file@hash` for each file that is no Python: a document, a template, a style sheet."""
    return [f"{Path(file).name}@{_hash([Path(file).read_text(encoding='utf-8')])}" for file in files]


def fingerprint(*parts: Any) -> str:
    """A hash of code strings, settings and fingerprints, the same on every machine: 32 hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, allow_nan=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def pins(lock: str | Path, packages: Iterable[str]) -> list[str]:
    """The lines `name==version` of a lock for some packages. Raises ValueError where one is not pinned."""
    lines = [line.split(";")[0].strip() for line in Path(lock).read_text().splitlines()]
    found = {line.split("==")[0]: line for line in lines if "==" in line}
    missing = sorted(set(packages) - set(found))
    if missing:
        raise ValueError(f"{lock}: no pin found for {', '.join(missing)}; write the lock again with 'make lock'")
    return [found[name] for name in sorted(packages)]


@cache
def _code(modules: tuple[str, ...], rows: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[str, ...]:
    chosen = dict(rows)
    reached = _reach([(module, WHOLE) for module in modules], chosen)
    by_module: dict[str, set[str]] = {}
    for module, name in reached:
        by_module.setdefault(module, set()).add(name)
    return tuple(
        sorted(
            f"{_module(m).path}@{_hash([_dump_definition(m, n, chosen) for n in sorted(names)])}"
            for m, names in by_module.items()
        )
    )


@cache
def _row(module: str, table: str, name: str) -> str:
    _, value = _table_row(module, table, name)
    start = [(module, used) if isinstance(used, str) else used for used in _names(module, value)]
    text = [_dump(value), *(_dump_definition(*definition, {}) for definition in sorted(_reach(start, {})))]
    return f"{_module(module).path}:{name}@{_hash(text)}"


def _reach(start: list[Definition], rows: Mapping[str, tuple[str, ...]]) -> set[Definition]:
    """Definitions on which `start` stands, following names through the project's modules."""
    reached: set[Definition] = set()
    ahead = list(start)
    while ahead:
        module, name = ahead.pop()
        if (module, name) in reached or not _exists(module):
            continue
        found = _module(module)
        if name in found.imports and name not in found.definitions:
            ahead.append(found.imports[name])
            continue
        if name == WHOLE:
            ahead += [(module, each) for each in found.definitions]
        elif name not in found.definitions:
            if _exists(f"{module}.{name}"):
                ahead.append((f"{module}.{name}", WHOLE))
            continue
        reached.add((module, name))
        for node in [*found.statements, *_nodes(module, name, rows)]:
            ahead += [(module, used) if isinstance(used, str) else used for used in _names(module, node)]
    return {(module, name) for module, name in reached if name != WHOLE} | {(module, "") for module, _ in reached}


def _nodes(module: str, name: str, rows: Mapping[str, tuple[str, ...]]) -> list[ast.AST]:
    if name == WHOLE:
        return []
    if name in rows:
        return [value for row in rows[name] for value in _table_row(module, name, row)]
    return list(_module(module).definitions[name])


@cache
def _names(module: str, node: ast.AST) -> set[Any]:
    """Names of this module that a node uses, and (module, name) of what it takes from others."""
    imports, used = _module(module).imports, set[Any]()
    inner: set[ast.AST] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            target = imports.get(part.value.id)
            if target and target[1] == WHOLE:
                used.add((target[0], part.attr))
                inner.add(part.value)
        elif isinstance(part, ast.Import | ast.ImportFrom):
            used |= set(_imports(part).values())
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part not in inner:
            used.add(imports.get(part.id, part.id))
    return used


@cache
def _module(name: str) -> Module:
    path = _path(name)
    definitions: dict[str, list[ast.stmt]] = {}
    imports: dict[str, Definition] = {}
    statements: list[ast.stmt] = []
    for statement in _without_docstring(ast.parse(path.read_text(encoding="utf-8")).body):
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            definitions.setdefault(statement.name, []).append(statement)
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for part in (part for target in targets for part in ast.walk(target)):
                if isinstance(part, ast.Name):
                    definitions.setdefault(part.id, []).append(statement)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            imports |= _imports(statement)
        else:
            statements.append(statement)
    return Module(str(path.relative_to(SOURCE)), definitions, imports, statements)


def _imports(statement: ast.Import | ast.ImportFrom) -> dict[str, Definition]:
    """What each name that an import binds stands for, in the project's modules."""
    if isinstance(statement, ast.Import):
        return {a.asname or a.name: (a.name, WHOLE) for a in statement.names if a.name.split(".")[0] == PACKAGE}
    if statement.module is None or statement.module.split(".")[0] != PACKAGE:
        return {}
    found = {}
    for alias in statement.names:
        submodule = f"{statement.module}.{alias.name}"
        found[alias.asname or alias.name] = (submodule, WHOLE) if _exists(submodule) else (statement.module, alias.name)
    return found


def _table_row(module: str, table: str, name: str) -> tuple[ast.expr, ast.expr]:
    for statement in _module(module).definitions.get(table, []):
        value = getattr(statement, "value", None)
        if isinstance(value, ast.Dict):
            for key, entry in zip(value.keys, value.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == name:
                    return key, entry
    raise KeyError(f"{module}: no row {name!r} in table {table}")


def _dump_definition(module: str, name: str, rows: Mapping[str, tuple[str, ...]]) -> str:
    """The definition; for the name "": what the module does besides defining."""
    if name == "":
        return ";".join(map(_dump_once, _module(module).statements))
    return name + "=" + ";".join(map(_dump_once, _nodes(module, name, rows)))


@cache
def _dump_once(node: ast.AST) -> str:
    return _dump(node)


def _dump(node: Any) -> str:
    """A canonical text of a syntax tree, without positions, docstrings, and fields that are empty."""
    if isinstance(node, ast.AST):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            node.body = _without_docstring(node.body) or [ast.Pass()]
        skipped = {"ctx", "kind", "type_comment", "type_ignores"}
        fields = [
            (name, value) for name, value in ast.iter_fields(node) if name not in skipped and value not in (None, [])
        ]
        if isinstance(node, ast.Constant):
            fields = [("value", f"{type(node.value).__name__} {node.value!r}")]
        return f"{type(node).__name__}({','.join(f'{name}={_dump(value)}' for name, value in fields)})"
    if isinstance(node, list):
        return f"[{','.join(map(_dump, node))}]"
    return str(node)


def _without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    first = body[0] if body else None
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return body[1:] if is_text else body


def _hash(texts: Iterable[str]) -> str:
    return hashlib.blake2b("\n".join(texts).encode(), digest_size=6).hexdigest()


def _frozen(rows: Rows | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted((table, tuple(sorted(names))) for table, names in (rows or {}).items()))


@cache
def _exists(name: str) -> bool:
    return _path(name).is_file()


def _path(name: str) -> Path:
    return SOURCE.joinpath(*name.split(".")[1:]).with_suffix(".py")
