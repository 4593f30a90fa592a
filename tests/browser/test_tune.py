"""The page /tune in a real browser."""

import io
import re
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from playwright.sync_api import expect

from app.adjust.flips import find_flips
from app.data import TEMPLATE_FORMATS, load, write_template
from app.tune import TuneSpec, bundled_spec, comparison, judge_by_hand
from tests.browser.shots import settle

pytestmark = pytest.mark.browser

SAMPLE = "/tune?data=fashion-lt&samples=20"
FAST = "/tune?samples=20&folds=2&adjusters=mla,ala"
TABLE = re.compile("^Adjusters with their tuned parameters")

# The page scrolls within itself; what may stick out is only what scrolls in a box of its own.
WIDER_THAN_THE_WINDOW = """() =>
  [document.documentElement, ...document.querySelectorAll("[data-testid=stMain]")]
    .filter(part => part.scrollWidth > part.clientWidth)
    .map(part => `${part.tagName} ${part.scrollWidth}`)"""


def npz(**changes):
    rng = np.random.default_rng(0)
    labels = np.arange(80) % 4
    logits = rng.normal(size=(80, 4)) + 2 * np.eye(4)[labels] + [1, 0.5, 0, -1] + 2
    arrays = {"logits": logits, "labels": labels, "class_counts": np.array([500, 120, 40, 10])}
    out = io.BytesIO()
    np.savez(out, **(arrays | changes))
    return out.getvalue()


def npy(array):
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def drop(page, name, content, place=0):
    """Give a file to a drop zone of the page."""
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    page.locator("input[type=file]").nth(place).set_input_files([file])


def idle(page):
    """Wait until the server has answered and nothing of an earlier answer is left."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    expect(page.locator("[data-stale=true]")).to_have_count(0)


def see_table(page):
    expect(page.get_by_role("heading", name=re.compile("^Comparison"))).to_be_visible()
    expect(page.get_by_label(TABLE).first).to_be_visible()
    idle(page)


def see_one_error(page, text):
    alerts = page.get_by_test_id("stAlert")
    expect(alerts.filter(has_text=text)).to_be_visible()
    idle(page)
    expect(alerts).to_have_count(1)
    expect(page.get_by_text("Traceback")).to_have_count(0)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def choose(page, label, option):
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    page.get_by_role("option", name=option, exact=True).click()


def address(page):
    """The address bar's fields."""
    return dict(parse_qsl(urlsplit(page.url).query, keep_blank_values=True))


def controls(page):
    """What the controls above the curve show, and the text of the optimum below it."""
    return {
        "metric": page.get_by_role("combobox", name="Metric").input_value(),
        "to": page.get_by_role("spinbutton", name="To", exact=True).input_value(),
        "judge": page.get_by_role("combobox", name="Judged on").input_value(),
        "adjusters": page.get_by_role("toolbar", name="Adjusters")
        .get_by_role("button", pressed=True)
        .all_inner_texts(),
        "optimum": page.get_by_text(re.compile("every value from")).inner_text(),
    }


def test_a_template_of_every_format_leads_to_the_table(open_page):
    page = open_page("/tune?adjusters=")
    for kind in TEMPLATE_FORMATS:
        drop(page, f"template.{kind}", write_template(kind))
        if kind == "npy":
            expect(page.get_by_text("holds no labels")).to_be_visible()
            drop(page, "labels.npy", npy(np.array([0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 3])), place=1)
        if kind in ("npy", "csv"):
            expect(page.get_by_text(f"template.{kind} does not say how many")).to_be_visible()
            counts = page.get_by_role("textbox", name=re.compile("Counts in the order"))
            counts.fill("500, 120, 40, 10")
            counts.press("Control+Enter")
        expect(page.get_by_text(f"template.{kind}: 12 samples, 4 classes")).to_be_visible()
        see_table(page)


def test_bad_files_give_one_sentence_each_and_a_good_one_works_next(open_page):
    page = open_page(FAST)
    for name, content, sentence in [
        ("pickle.npy", b"\x80\x04K\x01.", "pickle.npy: the content is a Python pickle"),
        ("page.csv", b"<!doctype html><html><body>Not found</body></html>", "page.csv: "),
        ("empty.npz", b"", "empty.npz: "),
        ("cut.npz", npz()[:300], "cut.npz: "),
    ]:
        drop(page, name, content)
        see_one_error(page, sentence)
    # Names are shown as they are: no markup, no link, no arrow.
    name = "<b>x</b> **y** www.example.com me@example.com a -> b.npz"
    drop(page, name, npz(class_names=np.array(["<i>a</i>", "b", "c", "d"])))
    see_table(page)
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
    shown = page.get_by_text("80 samples").first
    expect(shown).to_contain_text("<b>x</b> **y** www")
    expect(shown).to_contain_text(re.compile("a -.?> b"))
    assert shown.locator("a, b, i, em").count() == 0


def test_an_upload_stays_while_projected_and_while_another_page_is_open(open_page):
    page = open_page(FAST)
    drop(page, "mine.npz", npz())
    see_table(page)
    choose(page, "Metric", "Worst class")
    expect(page).to_have_url(re.compile("metric=worst_class"))
    idle(page)
    before = controls(page)

    page.get_by_role("button", name="Present").click()
    expect(page.get_by_role("button", name="Leave")).to_be_visible()
    idle(page)
    assert address(page)["view"] == "teach"
    expect(page.get_by_role("combobox")).to_have_count(0)
    expect(page.locator("input[type=file]")).to_have_count(0)
    expect(page.get_by_role("slider", name="gamma of MLA")).to_be_visible()
    expect(page.get_by_role("figure")).to_have_count(0)
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("button", name="Present")).to_be_visible()
    see_table(page)
    assert controls(page) == before

    page.get_by_role("link", name="Start").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Collapse Lab")
    page.get_by_role("link", name="Tune gamma").first.click()
    see_table(page)
    assert controls(page) == before
    assert address(page)["metric"] == "worst_class"

    page.get_by_role("button", name="Forget it").click()
    expect(page.get_by_text("Save what your classifier says")).to_be_visible()


def copied(page):
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    return urlsplit(page.evaluate("() => navigator.clipboard.readText()"))


def test_reload_and_copied_link_bring_back_sample_and_settings(open_page):
    page = open_page(SAMPLE, permissions=["clipboard-read", "clipboard-write"])
    see_table(page)
    choose(page, "Metric", "Worst class")
    expect(page).to_have_url(re.compile("metric=worst_class"))
    choose(page, "Judged on", "The same data (optimistic)")
    expect(page).to_have_url(re.compile("judge=same"))
    page.get_by_role("toolbar", name="Adjusters").get_by_role("button", name="ALA").click()
    expect(page).to_have_url(re.compile("adjusters="))
    to = page.get_by_role("spinbutton", name="To", exact=True)
    to.fill("2.5")
    to.press("Enter")
    expect(page).to_have_url(re.compile("high=2.5"))
    idle(page)
    page.get_by_role("button", name="theory 0.5").click()
    see_value(page, 0.5)
    assert dict(parse_qsl(copied(page).query))["value"] == "0.5"
    before, fields = controls(page), address(page)
    assert fields.keys() >= {"data", "samples", "metric", "judge", "high", "adjusters", "value"}

    page.reload()
    see_table(page)
    idle(page)
    assert controls(page) == before
    assert address(page) == fields

    link = copied(page)
    told = dict(parse_qsl(link.query, keep_blank_values=True))
    assert link.path == "/tune"
    assert told.keys() == TuneSpec.model_fields.keys() | {"v"}
    assert TuneSpec.from_query(told) == TuneSpec.from_query(fields)

    other = open_page(f"{link.path}?{link.query}")
    see_table(other)
    idle(other)
    assert controls(other) == before


def test_the_metric_is_changed_with_the_keyboard_alone(open_page):
    page = open_page(SAMPLE)
    see_table(page)
    metric = page.get_by_role("combobox", name="Metric")
    for _ in range(60):
        page.keyboard.press("Tab")
        if metric.evaluate("control => control === document.activeElement"):
            break
    expect(metric).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.type("Worst cl")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("metric=worst_class"))
    see_table(page)


@pytest.mark.parametrize("width", [800, 400])
def test_the_page_fits_narrow_windows_and_says_what_its_charts_show(open_page, width):
    page = open_page(SAMPLE, viewport={"width": width, "height": 900})
    see_table(page)
    settle(page)
    figures = page.get_by_role("figure")
    expect(figures).to_have_count(3)
    curves = page.get_by_role("img", name="Balanced accuracy on the tuning data")
    expect(curves).to_be_visible()
    for figure in figures.all():
        assert len(figure.get_attribute("aria-label")) > 20
    assert page.evaluate(WIDER_THAN_THE_WINDOW) == []


@pytest.fixture
def open_live(open_page):
    """Open the sample and note what the page sends to the server: `page, sent`."""

    def open_one():
        page, sent = open_page(SAMPLE, viewport={"width": 1280, "height": 1600}), []
        page.on(
            "websocket",
            lambda socket: socket.on("framesent", lambda frame: sent.append(frame)),
        )
        page.reload()
        settle(page)
        see_table(page)
        sent.clear()
        return page, sent

    return open_one


def slider(page, name="gamma of MLA"):
    return page.get_by_role("slider", name=name)


def said(page):
    """What the slider tells a screen reader."""
    return slider(page).get_attribute("aria-valuetext")


def drag(page, to, moves=100):
    box = slider(page).bounding_box()
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    for step in range(1, moves + 1):
        page.mouse.move(box["x"] + box["width"] * (0.5 + (to - 0.5) * step / moves), y)


def see_value(page, value):
    """Wait until the server has a value; None for the tuned optimum."""
    wanted = value if value is None else str(value)
    page.wait_for_url(lambda url: dict(parse_qsl(urlsplit(url).query)).get("value") == wanted)
    idle(page)


def judged(value):
    """What the slider should say at a value, computed here."""
    data = load("fashion-lt")
    spec = TuneSpec(**bundled_spec(data), samples=20)
    work = comparison(data, spec)
    raw, tuned = work.lines(("mla",), judge=spec.judge, samples=20)
    line = judge_by_hand(work, tuned, tuned.parameters["gamma"] if value is None else value)
    flips = find_flips(work.labels[line.rows], raw.predictions, line.predictions)
    return (
        f"Balanced accuracy {100 * line.scores['balanced_accuracy']:.1f} %, "
        f"{flips.fixed.size:,} fixed, {flips.broken.size:,} broken"
    )


def test_dragging_stays_in_the_browser_and_releasing_commits_once(open_live):
    page, sent = open_live()
    assert said(page).endswith(judged(None))
    drag(page, 0.15)
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile(r"gamma 0\.4"))
    page.wait_for_timeout(200)
    assert sent == []
    page.mouse.up()
    page.wait_for_url("**value=0.4*")
    idle(page)
    page.wait_for_timeout(500)
    assert len(sent) == 1
    value = float(address(page)["value"])
    assert said(page) == f"gamma {value:g}, {judged(value)}"
    expect(page.get_by_text(f"Chosen by you: gamma = {value:g}")).to_be_visible()
    expect(page.get_by_role("tabpanel", name="NumPy")).to_contain_text(f"gamma = {value:g}")
    before = said(page)
    page.reload()
    settle(page)
    see_table(page)
    assert said(page) == before


def test_marks_keys_and_double_click_set_the_value(open_live):
    page, sent = open_live()
    page.get_by_role("button", name="theory 0.5").click()
    see_value(page, 0.5)
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("^gamma 0.5,"))
    slider(page).focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("^gamma 0.52,"))
    see_value(page, 0.52)
    page.keyboard.press("Home")
    see_value(page, 0.0)
    sent.clear()
    page.get_by_role("button", name="optimum").click()
    see_value(page, None)
    assert len(sent) == 1
    assert said(page).endswith(judged(None))
    page.get_by_role("button", name="theory 0.5").click()
    see_value(page, 0.5)
    slider(page).dblclick()
    see_value(page, None)


def test_the_chart_is_a_handle_and_a_drag_snaps_to_a_mark(open_live):
    page, sent = open_live()
    chart = page.get_by_role("img", name="Balanced accuracy on the tuning data")
    box, track = chart.bounding_box(), slider(page).bounding_box()
    y, half = box["y"] + box["height"] / 2, track["x"] + track["width"] / 6
    page.mouse.move(half + 60, y)
    page.mouse.down()
    page.mouse.move(half + 4, y, steps=20)
    expect(slider(page)).to_have_attribute("aria-valuetext", re.compile("^gamma 0.5,"))
    assert sent == []
    page.mouse.up()
    see_value(page, 0.5)
    assert len(sent) == 1


def test_a_drag_begun_before_the_answer_is_not_undone(open_live):
    page, sent = open_live()
    drag(page, 0.6, 10)
    page.mouse.up()
    drag(page, 0.2, 10)
    page.wait_for_timeout(1500)
    held = said(page)
    page.mouse.up()
    page.wait_for_url("**value=0.*")
    idle(page)
    assert said(page) == held
    assert len(sent) >= 2


def test_another_adjuster_has_its_own_slider_and_one_without_has_none(open_live):
    page, _ = open_live()
    page.get_by_role("button", name="theory 0.5").click()
    see_value(page, 0.5)
    choose(page, "Look at", "ALA")
    see_value(page, None)
    expect(slider(page, "tau of ALA")).to_be_visible()
    page.get_by_role("button", name="theory 1").click()
    see_value(page, 1.0)
    choose(page, "Look at", "Vector scaling")
    see_value(page, None)
    expect(page.get_by_role("slider")).to_have_count(0)
