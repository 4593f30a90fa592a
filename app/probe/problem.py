"""The training rows of every seed, on the device."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from app.data.features import Rows
from app.device.streams import Lane
from app.probe.spec import ProbeSpec

IntArray = NDArray[np.int64]


class Problem:
    """What heads are trained on: the rows of every seed, on the device.

    Parameters
    ----------
    spec : ProbeSpec
    rows : sequence of S Rows
        Training rows of each seed, equally many of each class; the same object where the rows
        are the same.
    counts : (K,) array
    device : str
        As `app.device.device_for` returns it.

    Attributes
    ----------
    lane : Lane
        Where everything about it is made and computed.
    """

    def __init__(
        self, spec: ProbeSpec, rows: Sequence[Rows], counts: IntArray, device: str
    ) -> None:
        self.spec, self.counts, self.lane = spec, counts, Lane(torch.device(device))
        self.labels = [part.labels for part in rows]
        self.dtype = getattr(torch, spec.dtype)
        distinct = list({id(part): part for part in rows}.values())
        lengths = np.cumsum([0, *(part.labels.size for part in distinct)])
        place = {id(part): int(first) for part, first in zip(distinct, lengths, strict=False)}
        self.offsets = np.array([place[id(part)] for part in rows])
        features = np.concatenate([part.features for part in distinct])
        with self.lane():
            self.features = self.tensor(np.c_[features, np.ones(len(features), features.dtype)])
            self.flat_labels = self.places(np.concatenate([part.labels for part in distinct]))

    @cached_property
    def unit(self) -> Tensor:
        """Features of length 1, (N, d)."""
        return torch.nn.functional.normalize(
            self.features[:, :-1], dim=1, eps=torch.finfo(self.dtype).tiny
        )

    @property
    def steps_an_epoch(self) -> int:
        """Steps in which every row is drawn once."""
        return -(-self.labels[0].size // self.spec.batch_size)

    def tensor(self, values: object) -> Tensor:
        """Values in the precision and on the device of the problem."""
        return torch.as_tensor(np.asarray(values), dtype=self.dtype, device=self.lane.device)

    def places(self, values: IntArray) -> Tensor:
        """Labels or rows on the device of the problem."""
        return torch.as_tensor(values, device=self.lane.device)
