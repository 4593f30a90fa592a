"""One small function a claim: it measures, says what it found, and judges by the figures."""

from collections.abc import Callable

from app.papers.checks import (
    adjustment,
    centers,
    collapse,
    decision,
    geometry,
    misreadings,
    relu,
    retraining,
)
from app.papers.verdict import Measured

CHECKS: dict[str, Callable[[], Measured]] = {
    check.__name__: check
    for check in (
        decision.pairwise_is_best,
        decision.many_classes,
        decision.few_classes,
        decision.beyond_a_hundred,
        decision.feature_norm,
        decision.degree_of_collapse,
        adjustment.gamma_one_half,
        adjustment.as_good_as_pairwise,
        adjustment.learned_against_fixed,
        geometry.vanishing_decay,
        geometry.temperatures,
        geometry.additive_terms,
        geometry.symmetric_ldt_classifier,
        geometry.norms_of_both,
        geometry.minority_vectors,
        collapse.temperatures_at_finite_decay,
        relu.orthogonal_features,
        relu.collapse_threshold,
        relu.smallest_first,
        relu.decay_and_ratio,
        relu.few_dimensions,
        relu.other_losses,
        centers.mean_of_centers,
        centers.feature_length,
        centers.collapse_of_all,
        centers.variability,
        centers.hard_features,
        centers.tail_margin,
        centers.noisy_test,
        retraining.optimal_gap_of_lort,
        retraining.gain_over_ce,
        retraining.best_of_all,
        retraining.robust_to_rates,
        retraining.magnitude_and_accuracy,
        misreadings.flipped_sign,
        misreadings.raw_ratio,
        misreadings.resampling,
    )
}
"""Checks by name."""
