// What is found on a page, as whoever looks at it would find it. Put before a script that calls it.

const squeezed = text => text.replace(/\s+/g, " ").trim();

const visible = element =>
  element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;

// A modal dialog hides what is behind it from every hand.
const within = () => document.querySelector("dialog:modal") ?? document;

const PRESSED =
  "a[href], button, summary, input:is([type=submit], [type=button], [type=reset]), [role=button], [role=link]";

// What can be pressed, each with its text.
const pressable = () =>
  [...within().querySelectorAll(PRESSED)].filter(visible).map(element => ({
    element,
    text: squeezed(element instanceof HTMLInputElement ? element.value : element.innerText),
  }));

// The text of a label without that of a field inside it.
const written = label => {
  const copy = label.cloneNode(true);
  copy.querySelectorAll("input, select, textarea, button").forEach(field => field.remove());
  return squeezed(copy.textContent);
};

// The fields that labels of this text are for.
const labelled = text =>
  [...within().querySelectorAll("label")]
    .filter(label => visible(label) && written(label) === squeezed(text) && label.control)
    .map(label => label.control);

// What is wider than the window: the page itself, and whatever sticks out to the right. What stands in
// a box that scrolls by itself may be as wide as it likes, while the box keeps within.
const overflowing = () => {
  const { scrollWidth, clientWidth } = document.scrollingElement;
  const scrolls = box => box && box !== document.body && box !== document.documentElement &&
    (getComputedStyle(box).overflowX !== "visible" || scrolls(box.parentElement));
  const out = [...document.body.querySelectorAll("*")]
    .filter(e => visible(e) && e.getBoundingClientRect().right > clientWidth + 0.5)
    .filter(e => !scrolls(e.parentElement))
    .map(e => `sticks out to the right: ${e.outerHTML.slice(0, 200)}`);
  return scrollWidth > clientWidth ? [`scrolls sideways, being ${scrollWidth} wide`, ...out] : out;
};
