// Arrow keys lead through the lesson, and while it is projected the keys of a presenter's clicker.
// A key pressed on a control belongs to that control.
const CONTROLS = "input, textarea, select, canvas, summary, [contenteditable], [role=slider]";
const MOVES = { ArrowRight: 1, ArrowLeft: -1 };
const CLICKER = { PageDown: 1, PageUp: -1 };

const ends = new WeakMap();

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  ends.get(parentElement)?.();

  const press = (event) => {
    const move = MOVES[event.key] ?? (data.teaching ? CLICKER[event.key] : undefined);
    const held = event.altKey || event.ctrlKey || event.metaKey || event.shiftKey;
    const [target] = event.composedPath();
    const used = target instanceof Element && target.closest(CONTROLS);
    if (!move || held || used || event.repeat || event.defaultPrevented) return;
    event.preventDefault();
    setTriggerValue("move", move);
  };

  document.addEventListener("keydown", press);
  const end = () => document.removeEventListener("keydown", press);
  ends.set(parentElement, end);
  return end;
}
