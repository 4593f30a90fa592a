"""The steps of the lesson that play a training run."""

from app.centers import CentersSpec
from app.centers import run as train_centers
from app.errors import UserError
from app.runs import Run
from app.runs.replay import snapshots_of
from app.scenes.centers import centers_film
from app.scenes.film import film_of
from app.ufm import UFMSpec
from app.ufm.observe import observe
from app.ui.centers.pictures import draw_take_away as take_centers_away
from app.ui.centers.spec import from_model as centers_page
from app.ui.centers.watching import captions_of
from app.ui.collapse.optimum import optimum
from app.ui.collapse.pictures import draw_take_away as take_run_away
from app.ui.collapse.reference import reference_of
from app.ui.collapse.spec import from_model
from app.ui.header import teaching
from app.ui.jobs import runner
from app.ui.jobs import store as run_store
from app.ui.learn.facts import centers_facts, training_facts
from app.ui.learn.shown import Shown, preset_spec
from app.ui.learn.spec import PAGE, LessonSpec
from app.ui.once import origin_of
from app.ui.player import Landmarks, player
from app.ui.run_code import step_shown
from app.ui.specs import with_values

KEY = f"{PAGE}:player"
_PATIENCE = 60.0  # seconds for a run that is not bundled; those of the lesson take less than one


def draw_training(spec: LessonSpec, name: str) -> Shown:
    """Draw a run of the unconstrained-features model over what theory predicts."""
    model = preset_spec(UFMSpec, name)
    run = _run(model)
    snapshots, page = snapshots_of(run), from_model(model)
    reference = reference_of(page)
    film = film_of(model, reference.prediction, reference.against, optimum(model), snapshots[0])
    shown = player(film, snapshots, KEY, of=origin_of(run), shown=spec.shown, large=teaching())
    take_run_away(run, reference, KEY, step_shown(shown, snapshots))
    return Shown(
        "collapse",
        with_values(page, {"shown": shown}).to_short_query(),
        training_facts(model, run, snapshots, reference.against),
        {"shown": shown},
        done=shown is not None,
    )


def draw_centers(spec: LessonSpec, name: str) -> Shown:
    """Draw a run with several centers a class."""
    model = preset_spec(CentersSpec, name)
    run = _run(model)
    snapshots, page = snapshots_of(run), centers_page(model)
    film = centers_film(model, snapshots[0], page.looked_class())
    shown = player(
        film,
        snapshots,
        KEY,
        of=origin_of(run),
        captions=captions_of(film),
        landmarks=Landmarks(*film.landmarks),
        shown=spec.shown,
        large=teaching(),
    )
    take_centers_away(film, run, KEY, step_shown(shown, snapshots))
    return Shown(
        "centers",
        with_values(page, {"shown": shown}).to_short_query(),
        centers_facts(run),
        {"shown": shown},
        done=shown is not None,
    )


def _run(model: UFMSpec | CentersSpec) -> Run:
    """The stored run of a model, else one trained now."""
    kept = run_store()
    if model.id in kept:
        return kept.load(model.id)
    engine = observe if isinstance(model, UFMSpec) else train_centers
    job = runner().submit(model, engine)
    job.wait(_PATIENCE)
    if job.run is None:
        raise UserError(job.problem or "This run takes longer than expected: load the page again.")
    return job.run
