// Small tables, which stand in the page as a whole.

function table(caption, columns, rows) {
  const head = columns.map(([title, , look]) =>
    element("th", { scope: "col", class: look }, title),
  );
  const lines = rows.map((row) =>
    element(
      "tr",
      {},
      columns.map(([, value, look], at) => {
        const cell = value(row);
        return at === 0
          ? element("th", { scope: "row", class: look }, cell)
          : element("td", { class: look }, cell);
      }),
    ),
  );
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", { class: "hidden" }, caption),
      element("thead", {}, element("tr", {}, head)),
      element("tbody", {}, lines),
    ),
  );
}

// A bar behind a number; its length means the share of the largest.
function barred(text, share) {
  const width = Math.round(100 * Math.min(1, Math.max(0, share || 0)));
  return element(
    "span",
    { class: "barred" },
    element("span", { class: "bar", style: `width:${width}%` }),
    element("span", {}, text),
  );
}

function limited(rows, most, what) {
  const more = rows.length - most;
  const note =
    more > 0
      ? element("p", { class: "quiet" }, `${number(more)} more ${what} are not shown here.`)
      : null;
  return [rows.slice(0, most), note];
}

const NUMERIC = "numeric";
