import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from app.scenes import etf_scene
from app.ui.live import scene_data
from app.ui.live_spec import BoundariesSpec, scene_of
from app.ui.live_state import RULES, LiveState
from app.ui.live_state import slider as slider_data
from app.ui.live_words import balanced_accuracy, read_rule
from app.ui.modules import DIGEST
from tests.browser.serving import ROOT
from tests.browser.shots import settle

pytestmark = pytest.mark.browser

# Without the charts below the picture, where they play no part: they take a second to draw.
BARE = "/boundaries?view=teach"

CASES = ROOT / "tests/adjust/rule_cases.json"
SCRIPTS = f"/assets/{DIGEST}"

CHECK_RULES = """async ([folder, cases]) => {
  const rules = await import(`${folder}/live_rules.js`);
  const wrong = [];
  cases.forEach((item, number) => {
    const K = item.counts.length;
    const psi = Array.isArray(item.psi)
      ? item.psi.flat()
      : Array.from({ length: K * K }, (_, m) => (m % (K + 1) === 0 ? 0 : item.psi));
    const score = rules.scorer(item.rule, { ...item, psi });
    item.logits.forEach((row, i) => {
      const scores = Array.from(score(row, 0));
      const far = scores.some((value, k) => {
        const limit = 1e-9 * Math.max(1, Math.abs(value));
        return !(Math.abs(value - item.scores[i][k]) <= limit);
      });
      if (far || rules.argmax(scores) !== item.predictions[i]) wrong.push([number, i]);
    });
  });
  return wrong;
}"""

# Gaps between frames while something moves, in milliseconds.
WATCH_FRAMES = """() => {
  window.gaps = [];
  window.draws = [];
  const live = [...document.querySelectorAll("*")]
    .map((host) => host.shadowRoot?.querySelector(".live")).find(Boolean);
  // The picture notes how long each of its redraws took.
  new MutationObserver((changes) => changes.forEach(() => window.draws.push(+live.dataset.draw)))
    .observe(live, { attributeFilter: ["data-draw"] });
  let last = performance.now();
  const tick = (now) => {
    window.gaps.push(now - last);
    last = now;
    window.watching = requestAnimationFrame(tick);
  };
  window.watching = requestAnimationFrame(tick);
}"""


# What the picture says under each rule: recall, balanced accuracy, remarks.
READ_PANELS = """() => {
  const live = [...document.querySelectorAll("*")]
    .map((host) => host.shadowRoot?.querySelector(".live")).find(Boolean);
  const text = (box, name) => box.querySelector(name).textContent;
  return [...live.querySelectorAll("section")].map((box) => ({
    title: text(box, "strong"), balanced: text(box, ".balanced"), note: text(box, ".note"),
  }));
}"""

# The picture without a server: two commits, then what comes back; gamma after each answer.
ANSWER = """async ([folder, data]) => {
  const { default: draw } = await import(`${folder}/live_boundaries.js`);
  const parentElement = document.body;
  parentElement.innerHTML = '<div class="live"></div>';
  const sent = [];
  const setStateValue = (_, value) => sent.push(value);
  const answer = (state) => draw({ parentElement, data: { ...data, state }, setStateValue });
  const end = answer(data.state);
  const gamma = document.querySelector("input");
  for (const value of [1, 0.2]) {
    gamma.value = value / data.controls[0].step;
    gamma.dispatchEvent(new Event("input"));
    gamma.dispatchEvent(new Event("change"));
  }
  const elsewhere = { ...data.state, gamma: 1.5 };
  const seen = [...sent, sent[1], elsewhere, data.state].map((state) => {
    answer(state);
    return gamma.getAttribute("aria-valuetext");
  });
  end();
  return [sent.length, seen, document.querySelector(".live").childElementCount];
}"""

# Density, and the colour of a corner, of the first picture.
READ_CANVAS = """() => {
  const canvas = [...document.querySelectorAll("*")]
    .map((host) => host.shadowRoot?.querySelector(".picture")).find(Boolean);
  const { data } = canvas.getContext("2d").getImageData(2, canvas.height - 3, 1, 1);
  return { density: canvas.width / canvas.clientWidth, corner: [...data].slice(0, 3) };
}"""


def slider(page, name):
    return page.get_by_role("slider", name=name, exact=True)


@pytest.fixture
def open_live(open_page):
    """Open /boundaries and note what it sends to the server: `page, sent`."""

    def open_one(path="/boundaries", **options):
        # Listening begins before the page does.
        page = open_page("/_stcore/health", **options)
        sent = []
        page.on(
            "websocket",
            lambda socket: socket.on("framesent", lambda frame: sent.append(frame)),
        )
        page.goto(page.url.removesuffix("/_stcore/health") + path)
        slider(page, "gamma").wait_for()
        page.wait_for_function(DRAWN)
        settle(page)
        sent.clear()
        return page, sent

    return open_one


DRAWN = """() => [...document.querySelectorAll("*")].some(
  (host) => host.shadowRoot?.querySelector(".live")?.dataset.draw)"""


def drag(page, name, moves=100):
    box = slider(page, name).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 4, y)
    page.mouse.down()
    for step in range(moves):
        page.mouse.move(box["x"] + box["width"] * (0.25 + 0.6 * step / moves), y)


def rerun(frame):
    message = BackMsg()
    message.ParseFromString(frame)
    return message.rerun_script


def test_the_rules_in_the_browser_agree_with_the_cases(bare_page):
    cases = json.loads(CASES.read_text())
    assert bare_page.evaluate(CHECK_RULES, [SCRIPTS, cases]) == []


def test_an_answer_to_an_older_commit_does_not_undo_a_newer_one(bare_page):
    data = {
        "scene": scene_data(etf_scene()),
        "state": LiveState().model_dump(mode="json"),
        "controls": [slider_data("gamma")],
        "rules": list(RULES),
        "colors": ["#1852ad"] * 3,
        "large": False,
        "autoplay": None,
    }
    # Both answers come, the second one twice, then news from elsewhere, twice.
    seen = [f"gamma {value}" for value in ("0.20", "0.20", "0.20", "1.50", "0.50")]
    assert bare_page.evaluate(ANSWER, [SCRIPTS, data]) == [2, seen, 0]


@pytest.mark.parametrize("scene", ["circle", "learned", "features"])
def test_the_picture_counts_what_the_library_counts(open_live, scene):
    """Recalls on the points drawn, or on the full logits of all samples; cells and ties."""
    spec = BoundariesSpec(
        scene=scene,
        gamma=0.8,
        matched=True,
        rules=("mla", "ala", "1vs1", "tau-norm"),
        slice=(0, 2, 4, 6),
    )
    page, _ = open_live(f"{BARE}&{urlencode(spec.to_query())}")
    made = scene_of(spec)
    raw = balanced_accuracy(read_rule(made, spec, "raw"), made.labels)
    for rule, told in zip(spec.rules, page.evaluate(READ_PANELS), strict=True):
        reading = read_rule(made, spec, rule)
        score = balanced_accuracy(reading, made.labels)
        assert told["balanced"] == f"Balanced accuracy {percent(score)} (raw {percent(raw)})", rule
        # The picture reaches a little beyond the window whose shares the library gives.
        assert ("Votes tie" in told["note"]) == (reading.tied > 1e-9)
        gone = [made.class_names[k] for k in made.shown if reading.shares[k] < 1e-9]
        assert (f"No cell: {', '.join(gone)}" in told["note"]) == bool(gone)


def percent(share):
    return f"{100 * share:.1f} %"


def test_dragging_stays_in_the_browser_and_releasing_reruns_the_fragment_once(open_live):
    page, sent = open_live()
    drag(page, "gamma")
    page.wait_for_timeout(200)
    assert sent == []
    page.mouse.up()
    page.wait_for_url("**gamma=*")
    settle(page)
    page.wait_for_timeout(500)
    assert len(sent) == 1
    assert rerun(sent[0]).fragment_id
    committed = slider(page, "gamma").get_attribute("aria-valuetext")
    page.reload()
    slider(page, "gamma").wait_for()
    assert slider(page, "gamma").get_attribute("aria-valuetext") == committed


def test_ten_classes_and_2000_points_are_redrawn_in_time(open_live):
    page, _ = open_live(f"{BARE}&scene=circle")
    page.evaluate(WATCH_FRAMES)
    drag(page, "gamma")
    gaps = page.evaluate("() => { cancelAnimationFrame(window.watching); return window.gaps; }")
    page.mouse.up()
    assert slider(page, "gamma").get_attribute("aria-valuetext") != "gamma 0.50"
    gaps, draws = sorted(gaps), sorted(page.evaluate("() => window.draws"))
    for name, times in (("frame gaps", gaps), ("redraws", draws)):
        middle, late = (times[int(share * len(times))] for share in (0.5, 0.9))
        print(f"{name}: {len(times)}, median {middle:.1f} ms, 90th percentile {late:.1f} ms")
    assert len(draws) >= 20
    # Far above what an idle machine needs: this only catches a picture that stalls.
    assert gaps[len(gaps) // 2] < 100


def test_a_drag_begun_before_the_answer_is_not_undone(open_live):
    page, sent = open_live(BARE)
    drag(page, "gamma", 10)
    page.mouse.up()
    drag(page, "tau", 10)
    page.wait_for_timeout(1000)
    held = slider(page, "tau").get_attribute("aria-valuetext")
    assert held != "tau 1.00"
    page.mouse.up()
    page.wait_for_url("**tau=*")
    settle(page)
    assert slider(page, "tau").get_attribute("aria-valuetext") == held
    assert len(sent) == 2


def test_keys_move_a_slider_and_commit_once_they_rest(open_live):
    page, sent = open_live(BARE)
    slider(page, "gamma").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(slider(page, "gamma")).to_have_attribute("aria-valuetext", "gamma 0.55")
    page.wait_for_url("**gamma=0.55*")
    assert 1 <= len(sent) <= 2
    slider(page, "gamma").dblclick()
    expect(slider(page, "gamma")).to_have_attribute("aria-valuetext", "gamma 0.50")
    page.wait_for_url(lambda url: "gamma" not in url)


def test_rules_and_pair_are_chosen_in_the_picture(open_live):
    page, sent = open_live(viewport={"width": 800, "height": 900})
    tops = [picture.bounding_box()["y"] for picture in pictures(page)]
    assert len(set(tops)) == 1
    assert len(tops) == 3
    page.get_by_role("button", name="Raw logits", exact=True).click()
    page.wait_for_url("**rules=*")
    expect(page.get_by_role("img", name="Decision regions of")).to_have_count(4)
    page.get_by_label("second class of the pair").select_option("middle")
    page.wait_for_url("**second=1*")
    expect(page.get_by_text("Boundary head | middle").first).to_be_visible()
    assert len(sent) == 2


def test_a_link_with_wrong_numbers_gives_a_page_that_says_so(open_live):
    page, _ = open_live("/boundaries?gamma=99&rules=raw,nonsense&first=2&second=2&classes=1e9")
    expect(slider(page, "gamma")).to_have_attribute("aria-valuetext", "gamma 2.00")
    expect(page.get_by_text("gamma in the link was")).to_be_visible()


def test_a_finger_on_a_phone(open_live):
    page, sent = open_live(
        f"{BARE}&scene=features",
        viewport={"width": 400, "height": 800},
        has_touch=True,
        reduced_motion="reduce",
    )
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 400
    for picture in pictures(page):
        box = picture.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 400
    expect(page.get_by_role("button", name="Sweep gamma")).to_be_disabled()
    box = slider(page, "gamma").bounding_box()
    page.touchscreen.tap(box["x"] + 0.1 * box["width"], box["y"] + box["height"] / 2)
    page.wait_for_url("**gamma=*")
    settle(page)
    assert len(sent) == 1
    page.get_by_role("img", name="Recall under MLA").tap()
    # Lifted, the finger leaves the bar lit that it touched.
    expect(page.get_by_text("Pullover, n = 1,797, recall: MLA")).to_be_visible()
    assert len(sent) == 1


def test_sweep_theme_and_leaving_the_page(open_live):
    page, sent = open_live(device_scale_factor=2, color_scheme="light")
    light = page.evaluate(READ_CANVAS)
    assert light["density"] == pytest.approx(2, abs=0.01)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(f"() => ({READ_CANVAS})().corner[0] < {light['corner'][0]} - 60")
    page.get_by_role("button", name="Sweep gamma").click()
    page.wait_for_timeout(400)
    assert sent == []
    page.get_by_role("button", name="Sweep gamma").click()
    page.wait_for_url("**gamma=*")
    settle(page)
    assert len(sent) == 1
    page.get_by_role("button", name="Sweep tau").click()
    page.evaluate(COUNT_FRAMES)
    page.wait_for_function("() => window.asked > 2")
    page.get_by_role("link", name="Tune gamma").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Tune gamma")
    settle(page)
    page.evaluate("() => { window.asked = 0; }")
    page.wait_for_timeout(200)
    assert page.evaluate("() => window.asked") == 0
    page.get_by_role("link", name="Boundaries").click()
    page.wait_for_function(DRAWN)
    assert slider(page, "gamma").get_attribute("aria-valuetext") != "gamma 0.50"


# Who still asks for animation frames, by whatever is defined in the picture's script.
COUNT_FRAMES = """() => {
  const ask = window.requestAnimationFrame;
  window.asked = 0;
  window.requestAnimationFrame = (then) => {
    if (/this\\.(step|draw)/.test(then.toString())) window.asked += 1;
    return ask.call(window, then);
  };
}"""


def pictures(page):
    return page.get_by_role("img", name="Decision regions of").all()


def test_spheres_are_painted_when_a_slider_is_released(open_page):
    page = open_page("/boundaries?scene=sphere&rules=mla")
    expect(page.get_by_text("owns 25% of the sphere")).to_be_visible()
    page.get_by_role("slider", name="gamma").press("ArrowRight")
    page.wait_for_url("**gamma=0.51*")
    expect(page.get_by_text("γ = 0.51").first).to_be_visible()
    settle(page)
