"""How the features of a data set spread around their class means."""

from app.data.features import FeatureSet
from app.theory.spread import SpreadFit, feature_spread, fit_spread


def spread_fit(data: FeatureSet) -> SpreadFit | None:
    """Fit ``spread ~ n ** -s`` over the classes of the training features.

    Hasegawa and Sato (ICLR 2025) predict gamma of multiplicative adjustment from s. None where
    fewer than three classes have two samples, or all counts are equal.
    """
    spread = feature_spread(data.train.features, data.train.labels, data.num_classes)
    return fit_spread(data.class_counts, spread)
