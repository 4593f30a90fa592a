"""The live picture against Plotly drawing the same picture, in one run of one browser."""

import json
import statistics

import numpy as np
import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs

from app.figures.angles import angle_figure
from app.ui.live import scene_data
from app.ui.live_spec import SCENE_WORDS, BoundariesSpec, scene_of
from app.ui.live_state import read_state
from app.ui.live_words import sentences
from tests.benchmarks.plotly_picture import plotly_picture
from tests.benchmarks.ratios import ratios
from tests.browser.conftest import server  # noqa: F401
from tests.browser.shots import settle

TEN = BoundariesSpec(scene="circle", classes=10)

# Frame gaps, and how long each redraw took, while the mouse drags the slider.
WATCH = """() => {
  window.gaps = [];
  window.draws = [];
  const live = [...document.querySelectorAll("*")]
    .map((host) => host.shadowRoot?.querySelector(".live")).find(Boolean);
  new MutationObserver(() => window.draws.push(+live.dataset.draw))
    .observe(live, { attributeFilter: ["data-draw"] });
  let last = performance.now();
  const tick = (now) => {
    window.gaps.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}"""

REACT = """async (figure) => {
  const began = performance.now();
  await Plotly.react("picture", figure.data, figure.layout);
  await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""


def drag(page, moves=100):
    box = page.get_by_role("slider", name="gamma", exact=True).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 4, y)
    page.mouse.down()
    for step in range(moves):
        page.mouse.move(box["x"] + box["width"] * (0.25 + 0.6 * step / moves), y)
    page.mouse.up()


def plotly_redraws(page, trace):
    """Milliseconds of a redraw at 6 gammas, after a first drawing."""
    times = []
    for gamma in np.linspace(0.3, 1.5, 7):
        state = TEN.picture().model_copy(update={"gamma": float(gamma)})
        figure = json.loads(plotly_picture(scene_of(TEN), state, trace).to_json())
        times.append(page.evaluate(REACT, figure))
    return times[1:]


@pytest.mark.slow
@pytest.mark.browser
def test_a_redraw_costs_a_fraction_of_plotlys(browser, server):  # noqa: F811
    """K = 10, 2,000 points, three panels, on a machine without a graphics card."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{server.url}/boundaries?scene=circle")
    page.get_by_role("slider", name="gamma", exact=True).wait_for()
    settle(page)
    page.evaluate(WATCH)
    drag(page)
    gaps, draws = page.evaluate("() => [window.gaps, window.draws]")
    other = browser.new_page(viewport={"width": 1400, "height": 900})
    other.set_content('<div id="picture"></div>')
    other.add_script_tag(content=get_plotlyjs())
    plotly = {
        "SVG": plotly_redraws(other, go.Scatter),
        "WebGL": plotly_redraws(other, go.Scattergl),
    }
    page.close()
    other.close()
    own = statistics.median(draws)
    for name, times in (("frame gaps", gaps), ("redraws", draws)):
        late = np.quantile(times, 0.9)
        print(
            f"\n{name}: {len(times)}, median {np.median(times):.1f}, 90th percentile {late:.1f} ms"
        )
    for name, times in plotly.items():
        middle = statistics.median(times)
        print(
            f"Plotly.react, {name} points: median {middle:.0f} ms, {middle / own:.0f} times as long"
        )
    assert statistics.median(plotly["SVG"]) > 5 * own


@pytest.mark.slow
@pytest.mark.parametrize("name", [scene for scene in SCENE_WORDS if scene != "sphere"])
def test_a_commit_costs_the_server_a_fraction_of_a_plotly_figure(name):
    """What a release of a slider asks of the server, against making that figure there."""
    spec = BoundariesSpec(scene=name)
    scene, state = scene_of(spec), spec.picture()
    sent = state.model_dump(mode="json") | {"gamma": 0.61}

    def picture():
        taken = read_state(sent, state).model_dump(mode="json")
        return json.dumps({"scene": scene_data(scene_of(spec)), "state": taken})

    rivals = {
        "sentences": lambda: sentences(scene, state),
        "angle chart": lambda: angle_figure(10, 0.5, 1.0, 5.0, 0.5, 0.01, "1 | 2").to_json(),
        "Plotly figure": lambda: plotly_picture(scene, state).to_json(),
    }
    seconds, against = ratios(picture, rivals)
    payload, figure = len(picture()), len(rivals["Plotly figure"]())
    others = ", ".join(f"{name} {1000 * seconds * times:.1f} ms" for name, times in against.items())
    print(
        f"\n{name}: {payload / 1000:.0f} kB, as a figure {figure / 1000:.0f} kB; "
        f"picture {1000 * seconds:.1f} ms, {others}"
    )
    assert payload < 300_000
    assert against["Plotly figure"] > 10
