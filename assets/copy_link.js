// A button that copies a link and says so. The link arrives as data and is never put into HTML.
export default function (component) {
  const { parentElement, data } = component;
  const button = parentElement.querySelector("button");
  const status = parentElement.querySelector("[role=status]");
  let timer;

  const say = (text) => {
    button.textContent = text;
    status.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => {
      button.textContent = "Copy link";
      status.textContent = "";
    }, 1500);
  };

  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(data.link);
      say("Copied");
    } catch {
      // Without permission or https: show the link, selected, to be copied by hand.
      window.prompt("Copy this link", data.link);
    }
  };

  return () => {
    clearTimeout(timer);
    button.onclick = null;
  };
}
