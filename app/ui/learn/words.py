"""Around the figure: the row of steps, the sentences, the exercise, the question."""

import streamlit as st

from app.ui.glossary import defined
from app.ui.header import teaching
from app.ui.learn.content import Lesson, lessons
from app.ui.learn.keys import listen
from app.ui.learn.shown import Shown
from app.ui.learn.spec import NUMBERS, PAGE, LessonSpec, Number
from app.ui.specs import current_spec, store, with_values
from app.ui.ways import draw_way


def draw_steps(spec: LessonSpec) -> None:
    """Draw back, the steps with their ticks, and next; projected only where one is."""
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        _move_button("← Back", -1, spec)
        if teaching():
            st.markdown(f"{spec.step} of {len(NUMBERS)}", width="content")
        else:
            for number, lesson in zip(NUMBERS, lessons(), strict=True):
                tick = "✓" if number in spec.done else f"{number}."
                st.button(
                    f"{tick} {lesson.short}",
                    key=f"{PAGE}:step:{number}",
                    on_click=_open,
                    args=(number,),
                    type="primary" if number == spec.step else "tertiary",
                )
        _move_button("Next →", 1, spec)
        listen(move)


def draw_variants(spec: LessonSpec, lesson: Lesson) -> None:
    """Draw a button for each preset of the step, if there are several."""
    if len(lesson.variants) < 2:
        return
    current = lesson.variant(spec.variant)
    with st.container(horizontal=True, gap="small"):
        for number, variant in enumerate(lesson.variants):
            st.button(
                variant.title,
                key=f"{PAGE}:variant:{spec.step}:{number}",
                on_click=_choose,
                args=(number,),
                type="primary" if variant is current else "secondary",
            )


def draw_words(spec: LessonSpec, lesson: Lesson, shown: Shown) -> None:
    """Draw the sentences with their numbers, what to try, the question and the way on."""
    with st.container(key="lesson-large" if teaching() else "lesson-words"):
        for sentence in lesson.variant(spec.variant).sentences:
            st.markdown(defined(sentence.format(**shown.facts)))
        if not teaching():
            _draw_exercise(spec, lesson, shown)
        with st.expander(lesson.question, key=f"{PAGE}:question:{spec.step}"):
            st.markdown(defined(lesson.answer.format(**shown.facts)))
    if not teaching():
        draw_way(shown.page, lesson.link, shown.query)


def _draw_exercise(spec: LessonSpec, lesson: Lesson, shown: Shown) -> None:
    with st.container(border=True):
        done = " :green[✓ Done]" if spec.step in spec.done else ""
        st.markdown(f"**Try it**{done}  \n{lesson.exercise.format(**shown.facts)}")


def move(by: int) -> None:
    """Go to the next step or the one before; nowhere from the ends."""
    step = current_spec(LessonSpec, PAGE).step + by
    if step in NUMBERS:
        _open(NUMBERS[step - 1])


def _move_button(label: str, by: int, spec: LessonSpec) -> None:
    st.button(
        label,
        key=f"{PAGE}:move:{by}",
        on_click=move,
        args=(by,),
        disabled=spec.step + by not in NUMBERS,
        help="Arrow keys do the same.",
    )


def _open(step: Number) -> None:
    store(PAGE, current_spec(LessonSpec, PAGE).at(step))


def _choose(variant: int) -> None:
    """Show another preset of the step, from its end; that may be what the exercise asks for."""
    spec = current_spec(LessonSpec, PAGE)
    lesson = lessons()[spec.step - 1]
    other = lesson.variant(spec.variant) is not lesson.variant(variant)
    done = spec.ticked() if other and lesson.done_by == "variant" else spec.done
    store(PAGE, with_values(spec, {"variant": variant, "shown": None, "done": done}))
