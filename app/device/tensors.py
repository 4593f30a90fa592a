"""Values made of tensors that are copied, overwritten and cut together."""

from dataclasses import fields, replace
from typing import Any, Self

from torch import Tensor


class Tensors:
    """What a dataclass inherits whose tensors have one first axis, or are only copied."""

    def tensors(self) -> list[Tensor]:
        """Return its tensors, by field."""
        return list(self._named().values())

    def copy(self) -> Self:
        """Return one that moves on its own."""
        return self._with({name: part.clone() for name, part in self._named().items()})

    def take(self, rows: Tensor) -> Self:
        """Return some of the rows of every tensor."""
        return self._with({name: part[rows] for name, part in self._named().items()})

    def assign(self, other: Self) -> None:
        """Become equal to another, in place, so that a graph finds its memory again."""
        for mine, theirs in zip(self.tensors(), other.tensors(), strict=True):
            mine.copy_(theirs)

    def _named(self) -> dict[str, Tensor]:
        parts = {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]
        return {name: part for name, part in parts.items() if isinstance(part, Tensor)}

    def _with(self, parts: dict[str, Tensor]) -> Self:
        changes: dict[str, Any] = dict(parts)
        return replace(self, **changes)  # type: ignore[type-var]
