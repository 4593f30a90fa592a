"""Python to show beside a figure: pieces put together to one script, and settings as code."""

import ast
import json
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from app.spec import Spec

_WIDTH = 100


@lru_cache(maxsize=512)
def script(*parts: str) -> str:
    """Join pieces of Python to one script: the imports of all first, each module once."""
    source = "\n".join(part.strip("\n") for part in parts)
    tree, lines = ast.parse(source), source.splitlines()
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    for node in imports:
        for number in range(node.lineno - 1, node.end_lineno or node.lineno):
            lines[number] = ""
    body = "\n".join(_without_gaps(lines))
    return f"{_joined(imports)}\n\n{body}\n" if imports else f"{body}\n"


def settings(spec: Spec, name: str = "spec", always: Iterable[str] = ()) -> str:
    """Return Python that makes a spec: the fields that are not the defaults.

    Parameters
    ----------
    spec : Spec
        Of a kind that the library has; fields are numbers, texts, flags and tuples of them.
    name : str
        Of the variable.
    always : iterable of str
        Fields that are told even if they are the defaults.
    """
    kind = type(spec)
    changed = spec.model_dump(exclude_defaults=True)
    changed |= {field: getattr(spec, field) for field in always}
    return f"from {_home(kind)} import {kind.__name__}\n{name} = " + call(
        kind.__name__, **{field: changed[field] for field in kind.model_fields if field in changed}
    )


def _home(kind: type) -> str:
    """Where a class is imported from: its package, if that offers it, else its module."""
    package = kind.__module__.rpartition(".")[0]
    return package if hasattr(sys.modules[package], kind.__name__) else kind.__module__


def call(function: str, *plain: str, **values: Any) -> str:
    """Return a call in Python: arguments as they stand, then named values as literals."""
    arguments = [*plain, *(f"{name}={literal(value)}" for name, value in values.items())]
    line = f"{function}({', '.join(arguments)})"
    if len(line) < _WIDTH - 20:
        return line
    return f"{function}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"


def literal(value: Any) -> str:
    """Return a number, text, flag, or tuple, list or dict of them as Python."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, tuple):
        inner = ", ".join(literal(item) for item in value)
        return f"({inner},)" if len(value) == 1 else f"({inner})"
    if isinstance(value, list):
        return f"[{', '.join(literal(item) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(k)}: {literal(v)}' for k, v in value.items())}}}"
    return repr(value)


def _joined(imports: Iterable[ast.Import | ast.ImportFrom]) -> str:
    """Import lines in the usual three groups."""
    whole: set[str] = set()
    named: dict[str, set[str]] = {}
    for node in imports:
        names = {
            alias.name + (f" as {alias.asname}" if alias.asname else "") for alias in node.names
        }
        if isinstance(node, ast.ImportFrom):
            named.setdefault(node.module or "", set()).update(names)
        else:
            whole |= names
    groups: list[list[str]] = [[], [], []]
    for name in sorted(whole):
        groups[_group(name)].append(f"import {name}")
    for module, names in sorted(named.items()):
        groups[_group(module)].append(_from(module, sorted(names, key=_as_sorted)))
    return "\n\n".join("\n".join(group) for group in groups if group)


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _as_sorted(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions, as in the code of the lab."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def _group(module: str) -> int:
    root = module.split(".")[0].split(" ")[0]
    if root == "app":
        return 2
    return 0 if root in sys.stdlib_module_names else 1


def _without_gaps(lines: list[str]) -> list[str]:
    """Lines with at most one empty one between them, and none at the ends."""
    kept: list[str] = []
    for line in lines:
        if line.strip() or (kept and kept[-1].strip()):
            kept.append(line)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
