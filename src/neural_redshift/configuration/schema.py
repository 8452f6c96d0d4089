"""Is the configuration what the schema allows?"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jsonschema import Draft202012Validator, ValidationError, validators
from jsonschema.exceptions import best_match

from neural_redshift.configuration.words import (
    LARGEST,
    MAPPING,
    Complaint,
    Key,
    Source,
    at,
    complaint,
    found,
    from_command_line,
    meant,
    nearest,
    pairs,
    same,
    set_by,
    shortened,
    subject,
)

PATTERNS = {"^[a-z][a-z0-9_]{0,59}$(?!\n)": "at most 60 small letters, digits and _, a letter first"}


SAID_IN_WORDS = {
    "type",
    "enum",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "multipleOf",
    "minItems",
    "minLength",
    "minProperties",
}


IN_WORDS = {
    "integer": "a whole number",
    "number": "a number",
    "string": "text",
    "boolean": "true or false",
    "array": "a list",
    "object": MAPPING,
    "null": "left empty",
}


def _is_whole_number(_: Any, value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST


def _is_number(_: Any, value: Any) -> bool:
    return _is_whole_number(_, value) or (isinstance(value, float) and math.isfinite(value))


def _fill_in(validator: Any, properties: Mapping[str, Any], instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, dict):
        for name, about in properties.items():
            if "default" in about:
                instance.setdefault(name, about["default"])
    yield from Draft202012Validator.VALIDATORS["properties"](validator, properties, instance, schema)


_Validator = validators.extend(
    Draft202012Validator,
    {"properties": _fill_in},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"integer": _is_whole_number, "number": _is_number}  # 20.0 is no whole number here, NaN no number
    ),
)


def against_schema(merged: dict[str, Any], rules: Mapping[str, Any], sources: Sequence[Source]) -> list[Complaint]:
    """What the merged configuration says that the schema does not allow."""
    complaints: list[Complaint] = []
    for violation in _Validator(rules).iter_errors(merged):
        error = best_match([violation]) or violation
        path = tuple(error.absolute_path)
        if error.validator == "required":
            complaints += _missing(error, path, merged, rules, sources)
        elif error.validator == "additionalProperties":
            complaints += [
                complaint(0, (*path, key), sources, f"is unknown{meant(key, error.schema['properties'])}")
                for key in error.instance
                if key not in error.schema["properties"]
            ]
        elif "propertyNames" in error.absolute_schema_path and error.validator == "enum":
            here = (*path, error.instance)
            complaints.append(complaint(0, here, sources, f"is unknown{meant(error.instance, error.validator_value)}"))
        elif "propertyNames" in error.absolute_schema_path:
            wanted = PATTERNS.get(error.validator_value, f"what matches {error.validator_value}")
            here = (*path, error.instance)
            complaints.append(complaint(0, here, sources, f"is not a name that can be used; it must be {wanted}"))
        else:
            complaints.append(complaint(2, path, sources, _mismatch(error, from_command_line(path, sources))))
    return complaints


def _missing(
    error: ValidationError, path: Key, merged: Any, rules: Mapping[str, Any], sources: Sequence[Source]
) -> Iterator[Complaint]:
    """Keys that are not there, in one sentence; those that are there misspelt are complained of as unknown."""
    properties, there = error.schema.get("properties", {}), error.instance
    others = [key for key in there if key not in properties]
    missing = {key: nearest(key, others) for key in error.validator_value if key not in there}
    if error.schema.get("additionalProperties") is False:
        missing = {key: other for key, other in missing.items() if other is None}
    if not missing:
        return
    if len(missing) > 1:
        problem = f"{subject(path)} lacks {', '.join(missing)}{_other_name(path, merged)}"
    else:
        ((key, other),) = missing.items()
        about = _resolved(properties.get(key, {}), rules)
        hint = f" (is it {other!r}, misspelt?)" if other else f"; it must be {_wanted(about)}" if about else ""
        problem = f"{subject((*path, key))} is missing{hint}"
    in_a_list = any(isinstance(key, int) for key in path)  # a list comes whole from the file that sets it last
    source, line = set_by(path, sources)[-1 if in_a_list else 0]
    yield Complaint(1, source, line, f"{at(sources, source, line)}: {problem}.")


def _other_name(path: Key, merged: Any) -> str:
    """What the last key of a path may be misspelt for: another beside it."""
    if not path or isinstance(path[-1], int):
        return ""
    beside = merged
    for key in path[:-1]:
        beside = beside[key]
    alike = nearest(path[-1], [key for key in beside if key != path[-1]], 0.8)
    return f" (did you mean {alike!r}?)" if alike else ""


def _mismatch(error: ValidationError, from_command_line: bool) -> str:
    """What is found where and what it must be instead."""
    value, schema = error.instance, error.schema
    if error.validator == "uniqueItems":
        first, second = next(pair for pair in pairs(value) if same(value[pair[0]], value[pair[1]]))
        return f"has {found(value[first])} twice, as items {first + 1} and {second + 1}; each value may stand once"
    if error.validator not in SAID_IN_WORDS:
        return f"is {found(value)}; the schema wants {error.validator}: {shortened(error.validator_value)}"
    hint = _hint(value, schema, from_command_line)
    if error.validator == "type" and isinstance(value, str) and value:
        return f"is the text {shortened(value)}; it must be {_wanted(schema)}{hint}"
    return f"is {found(value)}; it must be {_wanted(schema)}{hint}"


def _hint(value: Any, schema: Mapping[str, Any], from_command_line: bool) -> str:
    """What to write instead, where that can be told."""
    kind = schema.get("type")
    if "enum" in schema:
        alike = nearest(value, schema["enum"])
        return f" (did you mean {alike!r}?)" if alike else ""
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST and kind == "integer":
        return f" (write {int(value)})"
    if isinstance(value, str) and kind in ("integer", "number"):
        return _number_hint(value, from_command_line)
    if kind == "array" and isinstance(value, str | int | float):
        return f" (write [{value}])" if len(str(value)) < 20 else ""
    return ""


def _number_hint(text: str, from_command_line: bool) -> str:
    try:
        number = float(text)
    except ValueError:
        return ""
    if from_command_line:
        return " (--config makes text of what is inside {…} and […]; use a file and --configfile)"
    written = re.sub(r"^([-+]?\d+)(\.\d*)?[eE]([-+]?)(\d+)$", _with_dot_and_sign, text)
    if written.lower() != text.lower():
        return f" (YAML reads an exponent only after a dot and a sign; write {written})"
    return " (write it without quotes)" if math.isfinite(number) else ""


def _with_dot_and_sign(number: re.Match[str]) -> str:
    return f"{number[1]}{number[2] or '.0'}e{number[3] or '+'}{number[4]}"


def _wanted(schema: Mapping[str, Any]) -> str:
    """What a schema allows, in words."""
    if "enum" in schema:
        return f"one of {', '.join(map(str, schema['enum']))}"
    kinds = schema.get("type", [])
    words = " or ".join(IN_WORDS.get(kind, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds))
    if "properties" in schema:
        words += f" ({', '.join(schema['properties'])})"
    return words + _bounds(schema)


def _bounds(schema: Mapping[str, Any]) -> str:
    words = []
    if "minimum" in schema and "maximum" in schema:
        words.append(f"from {schema['minimum']} to {schema['maximum']}")
    elif "minimum" in schema:
        words.append(f"of {schema['minimum']} or more")
    elif "exclusiveMinimum" in schema and "maximum" in schema:
        words.append(f"above {schema['exclusiveMinimum']} and up to {schema['maximum']}")
    elif "maximum" in schema:
        words.append(f"of {schema['maximum']} or less")
    elif "exclusiveMinimum" in schema:
        words.append(f"above {schema['exclusiveMinimum']}")
    if "multipleOf" in schema:
        words.append(f"and divisible by {schema['multipleOf']}")
    for rule, counted in (("minItems", "item"), ("minLength", "character"), ("minProperties", "key")):
        if rule in schema:
            words.append(f"of at least {schema[rule]} {counted}{'s' * (schema[rule] > 1)}")
    return "".join(f" {word}" for word in words)


def _resolved(schema: Mapping[str, Any], rules: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with its reference to #/$defs followed."""
    found: Any = rules
    for name in schema.get("$ref", "#").split("/")[1:]:
        found = found[name]
    return {**found, **schema} if "$ref" in schema else schema
