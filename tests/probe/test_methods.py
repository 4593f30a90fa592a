"""The table of methods."""

from typing import get_args

from app.losses.tables import LINKS
from app.probe import METHODS, MethodName, ProbeSpec


def test_the_table_of_methods():
    assert tuple(METHODS) == get_args(MethodName)
    for name, method in METHODS.items():
        assert method.name == name
        assert method.title
        assert method.source
        assert method.loss is None or method.loss in LINKS
        assert not (method.trained and method.rule)
        assert set(method.settings.values()) <= set(ProbeSpec.model_fields)
    assert len({method.title for method in METHODS.values()}) == len(METHODS)
