// A table of any length: only the rows in view are in the page, and all are announced and counted.

const SPARE_ROWS = 8;
const MOST_HEIGHT = 600;
let grids = 0;

class Grid {
  constructor({ host, label, columns, template, onOpen, sorted }) {
    grids += 1;
    Object.assign(this, {
      columns,
      onOpen,
      name: `grid-${grids}`,
      rows: [],
      active: 0,
      opened: null,
    });
    this.rowHeight = 46;
    this.sorted = sorted ?? { key: columns[0].key, down: false };
    this.space = element("div", { class: "grid-space", role: "presentation" });
    this.body = element("div", { class: "grid-body", role: "rowgroup" }, this.space);
    this.head = element("div", { class: "grid-row", role: "row", "aria-rowindex": 1 });
    this.root = element(
      "div",
      {
        class: `grid ${template}`,
        role: "grid",
        tabindex: 0,
        "aria-label": label,
        "aria-colcount": columns.length,
      },
      element("div", { class: "grid-head", role: "rowgroup" }, this.head),
      this.body,
    );
    this.nothing = element("p", { class: "nothing", hidden: true }, "Nothing matches the filters.");
    host.append(this.root, this.nothing);
    this.#headers();
    this.root.addEventListener("scroll", () => requestAnimationFrame(() => this.render()), {
      passive: true,
    });
    this.root.addEventListener("keydown", (event) => this.#key(event));
    new ResizeObserver(() => this.render()).observe(this.root);
  }

  #headers() {
    this.buttons = new Map();
    for (const column of this.columns) {
      const button = element("button", { type: "button", tabindex: 0 }, column.title);
      button.addEventListener("click", () => this.sortBy(column.key));
      const cell = element(
        "div",
        { role: "columnheader", class: `cell ${column.look ?? ""}` },
        button,
      );
      this.buttons.set(column.key, cell);
      this.head.append(cell);
    }
  }

  sortBy(key) {
    const same = this.sorted.key === key;
    const column = this.columns.find((one) => one.key === key);
    this.sorted = { key, down: same ? !this.sorted.down : column.numeric === true };
    this.show(this.rows);
  }

  show(rows) {
    this.rows = this.#ordered(rows);
    this.active = Math.min(this.active, Math.max(0, rows.length - 1));
    for (const [key, cell] of this.buttons) {
      const direction = this.sorted.down ? "descending" : "ascending";
      cell.setAttribute("aria-sort", key === this.sorted.key ? direction : "none");
    }
    this.root.setAttribute("aria-rowcount", rows.length + 1);
    this.space.style.height = `${rows.length * this.rowHeight}px`;
    this.nothing.hidden = rows.length > 0;
    this.root.scrollTop = 0;
    this.render();
  }

  // What is unknown comes last in both directions.
  #ordered(rows) {
    const column = this.columns.find((one) => one.key === this.sorted.key);
    const turn = this.sorted.down ? -1 : 1;
    const keyed = Array.from(rows, (row) => [column.value(row), row]);
    const lacks = (value) =>
      value === "" || value === null || value === undefined || Number.isNaN(value);
    keyed.sort(([one], [other]) => {
      if (lacks(one) || lacks(other)) return lacks(one) - lacks(other);
      return one < other ? -turn : one > other ? turn : 0;
    });
    return keyed.map(([, row]) => row);
  }

  render() {
    const first = Math.max(0, Math.floor(this.root.scrollTop / this.rowHeight) - SPARE_ROWS);
    const height = this.#height();
    const last = Math.min(
      this.rows.length,
      first + Math.ceil(height / this.rowHeight) + 2 * SPARE_ROWS,
    );
    const made = [];
    for (let at = first; at < last; at += 1) made.push(this.#row(at));
    fill(this.space, made);
    const shown = this.active >= first && this.active < last;
    if (shown) this.root.setAttribute("aria-activedescendant", `${this.name}-${this.active}`);
    else this.root.removeAttribute("aria-activedescendant");
  }

  // What the heading leaves of the view; before the first layout, what the style allows at most.
  #height() {
    return this.root.clientHeight - this.head.offsetHeight || MOST_HEIGHT;
  }

  #row(at) {
    const row = this.rows[at];
    const made = element("div", {
      role: "row",
      id: `${this.name}-${at}`,
      class: `grid-row${at === this.active ? " active" : ""}`,
      "aria-rowindex": at + 2,
      "aria-selected": row === this.opened ? "true" : "false",
      style: `top:${at * this.rowHeight}px`,
    });
    for (const column of this.columns) {
      made.append(
        element("div", { role: "gridcell", class: `cell ${column.look ?? ""}` }, column.cell(row)),
      );
    }
    made.addEventListener("click", (event) => {
      if (!event.target.closest("a")) this.open(at, false);
    });
    return made;
  }

  open(at, byKey) {
    this.active = at;
    this.opened = this.rows[at];
    this.render();
    this.onOpen(this.opened, byKey);
  }

  #key(event) {
    if (event.target !== this.root || !this.rows.length) return;
    const page = Math.max(1, Math.floor(this.#height() / this.rowHeight) - 1);
    const moves = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    if (event.key === "Enter" || event.key === " ") this.open(this.active, true);
    else if (event.key in moves) this.#move(moves[event.key]);
    else return;
    event.preventDefault();
  }

  #move(by) {
    this.active = Math.min(this.rows.length - 1, Math.max(0, this.active + by));
    const top = this.active * this.rowHeight;
    const lowest = top - this.#height() + this.rowHeight;
    if (this.root.scrollTop > top) this.root.scrollTop = top;
    else if (this.root.scrollTop < lowest) this.root.scrollTop = lowest;
    this.render();
  }
}

// Two lines in a cell: what it is, and smaller what else helps to know it.
function twoLines(main, below) {
  return [
    element("span", { class: "line", title: main }, main),
    element("span", { class: "line below", title: below }, below),
  ];
}
