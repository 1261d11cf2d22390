// Elements are made here, and texts enter the page only as text: nothing of the data is ever markup.

const $ = (id) => document.getElementById(id);

// Characters that turn the direction of a text would show a name as another one.
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const visible = (text) =>
  text.replace(TURNING, (turn) => `\\u${turn.charCodeAt(0).toString(16).padStart(4, "0")}`);
// No text of AWS is longer; one that is would push everything else out of sight.
const LONGEST = 2500;
const shortened = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
const shownAs = (value) => (typeof value === "string" ? visible(shortened(value)) : value);
// The value of a control is compared, not read.
const given = (name, value) => (name === "value" ? value : shownAs(value));

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "on")
      for (const [event, react] of Object.entries(value)) made.addEventListener(event, react);
    else made.setAttribute(name, value === true ? "" : given(name, value));
  }
  const shown = children.flat().filter((child) => child !== null && child !== undefined);
  made.append(...shown.map(shownAs));
  return made;
}

function fill(host, ...children) {
  host.replaceChildren(...children.flat().filter((child) => child !== null && child !== undefined));
  return host;
}

function sentences(texts, otherwise) {
  if (!texts.length) return element("p", { class: "quiet" }, otherwise);
  return element(
    "ul",
    { class: "sentences" },
    texts.map((text) => element("li", {}, String(text))),
  );
}

// One of several choices, as radio buttons, so that arrow keys and screen readers know it.
function choices(fieldset, name, options, chosen, react) {
  for (const [value, title] of options) {
    const input = element("input", { type: "radio", name, value, checked: value === chosen });
    input.addEventListener("change", () => react(value));
    fieldset.append(element("label", {}, input, element("span", {}, title)));
  }
}

function field(title, control, more = "") {
  return element("label", { class: `field ${more}` }, element("span", {}, title), control);
}

function select(options, react) {
  const made = element("select", { on: { change: react } });
  for (const [value, title] of options) made.append(element("option", { value }, title));
  return made;
}

// What a person types comes in bursts; the last text of a burst counts.
function typed(input, react) {
  let waiting = 0;
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(react, 120);
  });
}

const idle = (work) =>
  self.requestIdleCallback ? self.requestIdleCallback(work, { timeout: 300 }) : setTimeout(work, 1);

const printing = matchMedia("print");
