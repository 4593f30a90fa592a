"""The adjusters as scikit-learn estimators.

scikit-learn's own `check_estimator` is not run: it calls ``fit(X, y)`` on data of any width and
labels of any kind, while an adjuster needs the training counts and one logit a class.
"""

import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV, StratifiedKFold, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from app.adjust.estimators import AdditiveLogitAdjustment, MultiplicativeLogitAdjustment
from tests.adjust.estimators import ALL, COUNTS, X, Y, fitted, needs, strengths


@pytest.mark.parametrize("kind", ALL)
def test_settings_can_be_read_set_and_cloned(kind):
    adjuster, name = kind(), strengths(kind)[0]
    settings = adjuster.get_params()
    adjuster.set_params(**{name: 0.75})
    copy = clone(adjuster.fit(X, Y, **needs(kind)))
    assert copy.get_params() == settings | {name: 0.75}
    assert not hasattr(copy, "class_counts_")
    assert f"{name}=0.75" in repr(copy)


def test_a_clone_keeps_an_array_setting():
    prior = np.array([0.4, 0.3, 0.1, 0.1, 0.1])
    copy = clone(AdditiveLogitAdjustment(target_prior=prior))
    np.testing.assert_array_equal(copy.target_prior, prior)


@pytest.mark.parametrize("kind", ALL)
def test_fitting_returns_itself_and_leaves_settings_alone(kind):
    adjuster = kind()
    before = adjuster.get_params()
    assert adjuster.fit(X, Y, **needs(kind)) is adjuster
    assert adjuster.get_params() == before
    np.testing.assert_array_equal(adjuster.classes_, np.arange(5))
    np.testing.assert_array_equal(adjuster.class_counts_, COUNTS)
    assert adjuster.n_features_in_ == 5


@pytest.mark.parametrize("kind", ALL)
def test_predictions_are_those_of_the_largest_score(kind):
    adjuster = fitted(kind)
    scores = adjuster.decision_function(X)
    assert scores.shape == X.shape
    assert scores.dtype == np.float64
    np.testing.assert_array_equal(adjuster.predict(X), scores.argmax(axis=1))
    assert adjuster.score(X, Y) == np.mean(adjuster.predict(X) == Y)
    assert adjuster.predict(X[:0]).shape == (0,)


@pytest.mark.parametrize("kind", ALL)
def test_unfitted_adjusters_say_so(kind):
    with pytest.raises(NotFittedError):
        kind().predict(X)
    with pytest.raises(NotFittedError):
        kind().decision_function(X)


@pytest.mark.parametrize("kind", ALL)
def test_fitted_adjusters_can_be_pickled(kind):
    adjuster = fitted(kind)
    again = pickle.loads(pickle.dumps(adjuster))
    np.testing.assert_array_equal(again.decision_function(X), adjuster.decision_function(X))


@pytest.mark.parametrize("kind", ALL)
def test_cross_validation_passes_the_counts(kind):
    found = cross_val_score(
        kind(), X, Y, cv=StratifiedKFold(3), scoring="balanced_accuracy", params=needs(kind)
    )
    expected = [
        balanced_accuracy_score(
            Y[judge], kind().fit(X[tune], Y[tune], **needs(kind)).predict(X[judge])
        )
        for tune, judge in StratifiedKFold(3).split(X, Y)
    ]
    np.testing.assert_allclose(found, expected)


def test_grid_search_finds_the_best_of_its_grid():
    grid = np.linspace(0, 1.5, 7)
    search = GridSearchCV(
        MultiplicativeLogitAdjustment(), {"gamma": grid}, scoring="balanced_accuracy", cv=3
    ).fit(X, Y, class_counts=COUNTS)
    folds = list(StratifiedKFold(3).split(X, Y))
    scale = COUNTS / COUNTS.max()
    means = [
        np.mean(
            [
                balanced_accuracy_score(Y[judge], (X[judge] * scale**-g).argmax(axis=1))
                for _, judge in folds
            ]
        )
        for g in grid
    ]
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], means)
    assert search.best_params_["gamma"] == grid[np.argmax(means)]
    assert search.best_estimator_.gamma_ == grid[np.argmax(means)]


def test_grid_search_can_choose_between_theory_and_tuning():
    grid = {"gamma": [0.5, "auto"], "center": [False, True]}
    search = GridSearchCV(MultiplicativeLogitAdjustment(), grid, cv=3)
    search.fit(X, Y, class_counts=COUNTS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_pipeline_passes_the_counts_to_its_step():
    pipeline = Pipeline(
        [("logs", FunctionTransformer(np.log)), ("mla", MultiplicativeLogitAdjustment("auto"))]
    ).fit(np.exp(X), Y, mla__class_counts=COUNTS)
    alone = fitted(MultiplicativeLogitAdjustment, "auto")
    assert pipeline["mla"].gamma_ == pytest.approx(alone.gamma_, abs=1e-9)
    np.testing.assert_array_equal(pipeline.predict(np.exp(X)), alone.predict(X))


def test_the_package_loads_scikit_learn_only_when_an_estimator_is_used():
    code = (
        "import sys, app.adjust\n"
        "assert not any(m.split('.')[0] == 'sklearn' for m in sys.modules), 'too early'\n"
        "app.adjust.MultiplicativeLogitAdjustment()\n"
        "from app.adjust import TauNormalization\n"
        "assert 'sklearn' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_unknown_names_of_the_package_are_attribute_errors():
    import app.adjust

    with pytest.raises(AttributeError, match="no attribute 'Nonsense'"):
        _ = app.adjust.Nonsense
    for name in app.adjust.__all__:
        assert getattr(app.adjust, name) is not None
