import json
from pathlib import Path

import pytest
from playwright.sync_api import expect
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.serving import ROOT
from tests.browser.shots import settle

pytestmark = pytest.mark.browser

CASES = ROOT / "tests/adjust/rule_cases.json"

CHECK_RULES = """([source, cases]) => {
  const rules = new Function(`${source}; return rules;`)();
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


def slider(page, name):
    return page.get_by_role("slider", name=name, exact=True)


@pytest.fixture
def open_live(open_page):
    """Open /boundaries and note what it sends to the server: `page, sent`."""

    def open_one(path="/boundaries", **options):
        page = open_page(path, **options)
        sent = []
        page.on(
            "websocket",
            lambda socket: socket.on("framesent", lambda frame: sent.append(frame)),
        )
        page.reload()
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


def test_the_rules_in_the_browser_agree_with_the_cases(page):
    source = Path(ROOT / "assets/live_rules.js").read_text()
    assert page.evaluate(CHECK_RULES, [source, json.loads(CASES.read_text())]) == []


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
    page, _ = open_live("/boundaries?scene=circle")
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
    page, sent = open_live()
    drag(page, "gamma", 10)
    page.mouse.up()
    drag(page, "tau", 10)
    page.wait_for_timeout(1500)
    held = slider(page, "tau").get_attribute("aria-valuetext")
    assert held != "tau 1.00"
    page.mouse.up()
    page.wait_for_url("**tau=*")
    settle(page)
    assert slider(page, "tau").get_attribute("aria-valuetext") == held
    assert len(sent) == 2


def test_keys_move_a_slider_and_commit_once_they_rest(open_live):
    page, sent = open_live()
    slider(page, "gamma").focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    expect(slider(page, "gamma")).to_have_attribute("aria-valuetext", "gamma 0.55")
    page.wait_for_url("**gamma=0.55*")
    assert 1 <= len(sent) <= 2
    slider(page, "gamma").dblclick()
    expect(slider(page, "gamma")).to_have_attribute("aria-valuetext", "gamma 0.50")
    page.wait_for_url(lambda url: "gamma" not in url)


def test_another_rule_is_shown_and_in_the_link(open_live):
    page, sent = open_live()
    page.get_by_role("button", name="Raw logits", exact=True).click()
    page.wait_for_url("**rules=*")
    expect(page.get_by_role("img", name="Decision regions of")).to_have_count(4)
    assert len(sent) == 1


def test_a_link_with_wrong_numbers_gives_a_page_that_says_so(open_live):
    page, _ = open_live("/boundaries?gamma=99&rules=raw,nonsense&first=2&second=2&classes=1e9")
    expect(slider(page, "gamma")).to_have_attribute("aria-valuetext", "gamma 2.00")
    expect(page.get_by_text("gamma in the link was")).to_be_visible()


def test_it_fits_a_phone(open_live):
    page, _ = open_live(viewport={"width": 400, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 400
    for picture in page.get_by_role("img", name="Decision regions of").all():
        box = picture.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 400


def test_motion_is_stopped_where_it_is_unwanted(open_live):
    page, _ = open_live(reduced_motion="reduce")
    expect(page.get_by_role("button", name="Sweep gamma")).to_be_disabled()
