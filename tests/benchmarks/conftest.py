import pytest
from threadpoolctl import threadpool_limits


@pytest.fixture(autouse=True)
def one_thread():
    """Torch and BLAS on one thread, like everything compiled here.

    Two gain the small problems of the competitors less than a tenth, and on a busy machine they
    wait for each other.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        yield
    torch.set_num_threads(before)
