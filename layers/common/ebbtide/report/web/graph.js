// The neighbourhood of a resource: a picture with zoom, filters and search, and the same as a table.

class Graph {
  constructor(estate) {
    const types = estate.names.edge_types.map((_, at) => at);
    Object.assign(this, {
      estate,
      root: null,
      hops: 1,
      hidden: new Set(),
      types: new Set(types),
      path: [],
    });
    this.text = element("input", { type: "search", placeholder: "in this picture" });
    typed(this.text, () => this.find());
    this.plot = element("div", { class: "plot graph", role: "img" });
    this.said = element("output", { class: "count", "aria-live": "polite" });
    this.kindBox = element("details", { class: "menu" });
    this.list = element("div");
    this.facts = element("div");
    this.plot.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    fill(
      $("neighbourhood-body"),
      element(
        "p",
        { class: "quiet" },
        "Choose a resource above to see what it uses and what uses it.",
      ),
    );
  }

  show(root) {
    if (this.root !== null && this.root !== root) this.path.push(this.root);
    this.root = root;
    this.#build();
    this.update(true);
  }

  #build() {
    const { estate } = this;
    const hops = select(
      [1, 2, 3].map((steps) => [steps, counted(steps, "step")]),
      () => {
        this.hops = Number(hops.value);
        this.update(true);
      },
    );
    hops.value = this.hops;
    const types = estate.names.edge_types.map((name, type) => {
      const box = element("input", { type: "checkbox", checked: this.types.has(type) });
      box.addEventListener("change", () => {
        this.types[box.checked ? "add" : "delete"](type);
        this.update(true);
      });
      return element("label", {}, box, element("span", {}, words(name)));
    });
    const button = (title, label, react) =>
      element(
        "button",
        { type: "button", "aria-label": label, title: label, on: { click: react } },
        title,
      );
    this.back = button("Back", "Back to the resource before", () => this.#back());
    $("neighbourhood-title").textContent = shownAs(`Neighbourhood of ${estate.name(this.root)}`);
    fill(
      $("neighbourhood-body"),
      element(
        "div",
        { class: "filters" },
        field("Distance", hops),
        element(
          "fieldset",
          { class: "switch many" },
          element("legend", { class: "hidden" }, "Types of edges"),
          types,
        ),
        this.kindBox,
        field("Find", this.text, "grow"),
        element(
          "div",
          { class: "buttons" },
          button("+", "Zoom in", () => this.zoom(0.7)),
          button("−", "Zoom out", () => this.zoom(1 / 0.7)),
          button("Fit", "Fit the picture", () => this.update(true)),
          this.back,
        ),
        this.said,
      ),
      element(
        "div",
        { class: "split" },
        element(
          "div",
          {},
          this.plot,
          element(
            "p",
            { class: "quiet small" },
            "Drag to move, Ctrl and wheel to zoom, click a resource to go there. Arrows point as --> in searches.",
          ),
          this.list,
        ),
        this.facts,
      ),
    );
  }

  #back() {
    this.root = this.path.pop() ?? this.root;
    this.#build();
    this.update(true);
    this.back.focus();
  }

  update(fit) {
    const { estate, root } = this;
    const all = nearby(estate, root, {
      hops: this.hops,
      types: this.types,
      kinds: (kind) => !this.hidden.has(kind),
    });
    const shown = sampled(all);
    this.places = placed(estate, shown);
    this.near = new Set(shown.rings.slice(0, 2).flat());
    this.edges = edgesBetween(estate, this.places, this.types);
    this.total = all.total;
    this.back.disabled = !this.path.length;
    this.#kinds();
    this.#table();
    this.#facts();
    if (fit) this.range = this.#whole();
    this.find();
  }

  #whole() {
    let most = 1.4;
    for (const place of this.places.values()) most = Math.max(most, Math.hypot(...place));
    return [-most * 1.18, most * 1.18];
  }

  #kinds() {
    const { estate } = this;
    const counts = tally(this.places.keys(), (at) => estate.kinds[at]);
    for (const kind of this.hidden) counts.set(kind, counts.get(kind) ?? 0);
    const boxes = [...counts]
      .sort(([, one], [, other]) => other - one)
      .map(([kind, count]) => {
        const box = element("input", {
          type: "checkbox",
          checked: !this.hidden.has(kind),
          disabled: kind === estate.kinds[this.root] && count < 2 && !this.hidden.has(kind),
        });
        box.addEventListener("change", () => {
          this.hidden[box.checked ? "delete" : "add"](kind);
          this.update(true);
        });
        const title = shortKind(estate.names.kinds[kind]);
        return element(
          "label",
          {},
          box,
          element("span", {}, this.hidden.has(kind) ? title : `${title} (${number(count)})`),
        );
      });
    fill(
      this.kindBox,
      element("summary", {}, this.hidden.size ? `Kinds (${this.hidden.size} left out)` : "Kinds"),
      element("div", { class: "menu-body" }, boxes),
    );
  }

  find() {
    const { estate } = this;
    const terms = this.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    this.found = terms.length
      ? new Set(
          [...this.places.keys()].filter((at) =>
            terms.every((term) => estate.hay(at).includes(term)),
          ),
        )
      : null;
    const count = this.places.size;
    const part =
      count < this.total
        ? `A sample: ${number(count)} of ${number(this.total)} resources`
        : counted(count, "resource");
    const found = this.found ? `; ${number(this.found.size)} found` : "";
    this.said.textContent = `${part}, ${counted(this.edges.length, "edge")}${found}`;
    this.plot.setAttribute(
      "aria-label",
      `${$("neighbourhood-title").textContent}: ${this.said.textContent}. The table below lists the neighbours.`,
    );
    draw(this.plot, (colours) => this.picture(colours)).then(() => this.#listen());
  }

  #listen() {
    if (this.listening === this.plot || !this.plot.on) return;
    this.listening = this.plot;
    this.plot.on(
      "plotly_click",
      ({ points }) => points[0].customdata !== undefined && this.show(points[0].customdata),
    );
    this.plot.on("plotly_relayout", () => {
      const { xaxis, yaxis } = this.plot.layout;
      this.view = [xaxis.range, yaxis.range];
    });
  }

  picture(colours) {
    const range = this.range;
    if (range) this.view = [range, range];
    this.range = null;
    const axis = { visible: false, showgrid: false, zeroline: false };
    const layout = {
      height: 520,
      margin: { t: 4, l: 4, r: 4, b: 4 },
      dragmode: "pan",
      xaxis: { ...axis, range: [...this.view[0]] },
      yaxis: { ...axis, range: [...this.view[1]], scaleanchor: "x" },
      showlegend: true,
      legend: {
        orientation: "h",
        y: 0,
        yanchor: "top",
        itemsizing: "constant",
        itemclick: false,
        itemdoubleclick: false,
        font: { color: colours.ink },
      },
      hovermode: "closest",
    };
    return {
      traces: [
        ...edgeTraces(this, colours),
        ...arrows(this, colours),
        ...nodeTraces(this, colours),
      ],
      layout,
    };
  }

  zoom(by, around = null) {
    if (!self.Plotly || !this.plot.layout) return;
    const { xaxis, yaxis } = this.plot.layout;
    const scaled = ([low, high], at) => [at + (low - at) * by, at + (high - at) * by];
    const middle = around ?? [
      (xaxis.range[0] + xaxis.range[1]) / 2,
      (yaxis.range[0] + yaxis.range[1]) / 2,
    ];
    self.Plotly.relayout(this.plot, {
      "xaxis.range": scaled(xaxis.range, middle[0]),
      "yaxis.range": scaled(yaxis.range, middle[1]),
    });
  }

  #wheel(event) {
    if (!(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const { xaxis, yaxis } = this.plot._fullLayout ?? {};
    if (!xaxis) return;
    const box = this.plot.getBoundingClientRect();
    const around = [
      xaxis.p2c(event.clientX - box.left - xaxis._offset),
      yaxis.p2c(event.clientY - box.top - yaxis._offset),
    ];
    this.zoom(event.deltaY < 0 ? 0.85 : 1 / 0.85, around);
  }

  #table() {
    const { estate } = this;
    const rows = [...estate.edgesOf(this.root)].filter(
      ({ type, other }) => this.types.has(type) && !this.hidden.has(estate.kinds[other]),
    );
    const go = (at) =>
      element(
        "button",
        { type: "button", class: "link", on: { click: () => this.go(at) } },
        estate.name(at),
      );
    const columns = [
      ["neighbour", ({ other }) => go(other)],
      [
        "edge",
        ({ type, outwards }) =>
          `${words(estate.names.edge_types[type])} ${outwards ? "to it" : "from it"}`,
      ],
      ["kind", ({ other }) => shortKind(estate.kind(other))],
      ["a month", ({ other }) => price(estate.monthly[other]), NUMERIC],
    ];
    const [shown, note] = limited(rows, 200, "neighbours");
    const list = rows.length
      ? table("Direct neighbours", columns, shown)
      : element("p", { class: "quiet" }, "No neighbours of these kinds and edges.");
    fill(
      this.list,
      element(
        "details",
        { open: true },
        element("summary", {}, `Direct neighbours (${number(rows.length)})`),
        list,
        note,
      ),
    );
  }

  go(at) {
    this.show(at);
    $("neighbourhood-title").focus();
  }

  #facts() {
    const { estate, root } = this;
    const entry = estate.planned.get(root);
    const link = (other) =>
      element(
        "button",
        { type: "button", class: "link", on: { click: () => this.go(other) } },
        estate.name(other),
      );
    const console = consoleLink(estate.arn(root));
    fill(
      this.facts,
      element(
        "div",
        { class: "detail" },
        console && element("p", {}, console),
        entry
          ? decision(estate, entry, link)
          : element("p", { class: "quiet" }, "Not part of the plan."),
        factList(resourceFacts(estate, root)),
      ),
    );
  }
}
