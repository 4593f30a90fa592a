import pytest
from threadpoolctl import threadpool_limits

from app.cluster import Cluster
from tests.cluster.machines import forget_connections, machines

pytest.importorskip("distributed")


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A scheduler and two workers, one of them as if it had a GPU."""
    with machines(tmp_path_factory.mktemp("lab")) as found:
        found.plain = found.worker()
        found.gpu = found.worker("--resources", "GPU=1")
        for worker in (found.plain, found.gpu):
            worker.wait_for("Registered to")
        yield found


@pytest.fixture
def cluster(lab):
    """A connection of its own to them."""
    found = Cluster(lab.address)
    yield found
    found.close()
    forget_connections()


@pytest.fixture
def alone(tmp_path):
    """A scheduler without workers, for a test that breaks things."""
    with machines(tmp_path) as found:
        yield found


@pytest.fixture
def one_thread():
    """As many threads as workers have: sums are rounded in the order in which they are shared."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(before)
