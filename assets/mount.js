// One picture for each element of the page, however often its data change.

// `Picture`: made with its element and what Streamlit gives a component; update(), dispose().
export const mounted = (selector, Picture) => {
  const pictures = new WeakMap();
  return (component) => {
    const root = component.parentElement.querySelector(selector);
    const known = pictures.get(root);
    if (known) known.update(component);
    else pictures.set(root, new Picture(root, component));
    return () => {
      pictures.get(root)?.dispose();
      pictures.delete(root);
    };
  };
};
