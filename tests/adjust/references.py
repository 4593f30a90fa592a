"""The NumPy references, which run where numba is not installed."""

import sys

import pytest


def without_kernels(call):
    """The result of a call for which there is no compiled code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "app.adjust._kernels", None)
        return call()
