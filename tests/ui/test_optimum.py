import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from app.errors import UserError
from app.ufm import UFMSpec
from app.ui.collapse import optimum as module
from app.ui.collapse.optimum import LARGE, optimum


@pytest.fixture
def solver(monkeypatch):
    """Count who solves at once; every solution is the spec's seed."""
    now, most, solved, lock = [0], [0], [], threading.Lock()
    gate = threading.Event()

    def solve(spec):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        if len(spec.counts) > 2:
            gate.wait(10)
        with lock:
            now[0] -= 1
            solved.append(spec.seed)
        if spec.seed == 99:
            raise UserError("no optimum")
        return spec.seed

    monkeypatch.setattr(module, "optimum_of", solve)
    module._small.clear()
    module._large.cache_clear()
    yield most, solved, gate
    module._small.clear()
    module._large.cache_clear()


def large(seed):
    return UFMSpec(counts=(10,) * 50, dim=LARGE // 50, seed=seed)


def test_large_models_are_solved_one_at_a_time_and_once(solver):
    most, solved, gate = solver
    with ThreadPoolExecutor(12) as visitors:
        asked = [visitors.submit(optimum, large(seed)) for seed in (0, 1, 2) * 4]
        gate.set()
        assert sorted(answer.result(20) for answer in asked) == [0] * 4 + [1] * 4 + [2] * 4
    assert most == [1]
    assert sorted(solved) == [0, 1, 2]


def test_small_models_wait_for_no_large_one(solver):
    _, solved, gate = solver
    with ThreadPoolExecutor(1) as visitor:
        waiting = visitor.submit(optimum, large(5))
        small = UFMSpec(counts=(10, 5), dim=3, seed=7)
        assert optimum(small) == 7
        assert not waiting.done()
        gate.set()
        assert waiting.result(20) == 5
    assert optimum(small) == 7
    assert solved.count(7) == 1


def test_what_has_no_optimum_says_so_each_time(solver):
    solver[2].set()
    for _ in range(2):
        with pytest.raises(UserError, match="no optimum"):
            optimum(large(99))
