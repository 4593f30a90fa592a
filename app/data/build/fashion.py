"""Fashion-MNIST as Debian packages it."""

from pathlib import Path

import numpy as np

from app.data.build.idx import ImageData, read_idx
from app.errors import UserError

PACKAGE = "dataset-fashion-mnist"
FOLDER = Path("/usr/share/datasets/fashion-mnist")
CLASS_NAMES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_FILES = tuple(
    f"{part}-{what}-ubyte.gz"
    for part in ("train", "t10k")
    for what in ("images-idx3", "labels-idx1")
)


def read_fashion(folder: Path | None = None) -> ImageData:
    """Read the 60,000 training and 10,000 test images, 28 x 28 grey levels, 10 classes.

    Parameters
    ----------
    folder : Path, optional
        Where the four idx files are; by default where the Debian package puts them.

    Raises
    ------
    UserError
        If a file is missing; the message names the package to install.
    """
    folder = FOLDER if folder is None else folder
    for name in _FILES:
        if not (folder / name).is_file():
            raise UserError(
                f"{name} is not in {folder}: install the Debian package {PACKAGE} "
                f"(apt install {PACKAGE}) or give the folder with the four idx files."
            )
    images, labels, test_images, test_labels = (read_idx(folder / name) for name in _FILES)
    return ImageData(
        images, labels.astype(np.int64), test_images, test_labels.astype(np.int64), CLASS_NAMES
    )
