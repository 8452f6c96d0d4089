"""A class, factory or function in a file of the user's, by `path/to/file.py:Name`."""

import difflib
import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

from neural_redshift.networks.activations import ACTIVATIONS
from neural_redshift.profiling.problems import BadModule, in_words


def load(target: str) -> str | Callable[..., Any]:
    """What a target names: an activation of ours by its name, else a class or function by `file.py:Name`.

    The file is run, as Python would run it; its folder is searched for what it imports.

    Raises BadModule where there is no such file or name, or the file raises an error (with its line).
    """
    if target in ACTIVATIONS:
        return target
    path, colon, name = target.rpartition(":")
    if not colon or not name.isidentifier():
        known = ", ".join(ACTIVATIONS)
        raise BadModule(f"{target!r} is neither file.py:Name nor an activation; choose from {known}")
    file = Path(path)
    if not file.is_file():
        raise BadModule(f"{path} does not exist; give the module as path/to/file.py:{name}")
    found = vars(_run(file.resolve()))
    if name not in found:
        near = difflib.get_close_matches(name, found, 1)
        raise BadModule(f"{path} defines no {name}{f'; is {near[0]} meant?' if near else ''}")
    if not callable(found[name]):
        raise BadModule(f"{name} in {path} is {found[name]!r}; give a class, or a function that builds a module")
    return found[name]


def _run(file: Path) -> Any:
    spec = spec_from_file_location(str(file), file)  # a name that no other module has
    if spec is None or spec.loader is None:
        raise BadModule(f"{file.name} is no Python file; give the module as path/to/file.py:Name")
    module = module_from_spec(spec)
    sys.modules[str(file)] = module  # where dataclasses and `inspect` look for it
    sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except Exception as problem:
        raise BadModule(f"{file.name} cannot be imported: {in_words(problem, str(file))}") from None
    finally:
        sys.path.remove(str(file.parent))
    return module
