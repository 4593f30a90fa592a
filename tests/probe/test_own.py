"""Data of a user's own."""

import dataclasses

import numpy as np

from app.probe import own_data
from tests.probe.sets import clouds
from tests.probe.small_runs import DATA, changed, last


def test_own_data_have_a_name_of_their_content():
    own = own_data(DATA)
    assert own.name == own_data(clouds([60, 30, 15, 6], spread=1.5, name="copy")).name
    assert len(own.name) == 20
    others = (
        clouds([60, 30, 15, 6], spread=1.5, seed=1),
        dataclasses.replace(DATA, val=None),
        dataclasses.replace(DATA, train=DATA.test, test=DATA.train),
        dataclasses.replace(DATA, bias=np.zeros(4)),
    )
    assert len({own.name, *(own_data(data).name for data in others)}) == 5
    assert last(changed(data=own.name, methods=("stage1",)), own).step == 0
