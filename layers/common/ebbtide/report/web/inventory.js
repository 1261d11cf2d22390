// All resources of the page: search, filter, sort, take along, and look around.

class Inventory {
  constructor(estate) {
    this.estate = estate;
    this.graph = new Graph(estate);
    this.#filters();
    this.grid = new Grid({
      host: $("inventory-grid"),
      label: "Inventory",
      template: "inventory-rows",
      columns: this.#columns(),
      sorted: { key: "monthly", down: true },
      onOpen: (at, byKey) => this.open(at, byKey),
    });
    this.filter();
  }

  #columns() {
    const { estate } = this;
    return [
      {
        key: "name",
        title: "Resource",
        value: (at) => estate.name(at),
        cell: (at) => twoLines(estate.name(at), estate.id(at)),
      },
      {
        key: "kind",
        title: "Kind",
        look: "minor",
        value: (at) => estate.kind(at),
        cell: (at) => twoLines(shortKind(estate.kind(at)), estate.region(at)),
      },
      {
        key: "account",
        title: "Account",
        look: "minor",
        value: (at) => estate.account(at),
        cell: (at) => twoLines(estate.account(at), estate.owner(at) || "no owner"),
      },
      {
        key: "created",
        title: "Created",
        look: "least",
        numeric: true,
        value: (at) => estate.created[at],
        cell: (at) => twoLines(day(estate.created[at]), creatorLine(estate.creator(at))),
      },
      {
        key: "links",
        title: "Edges",
        look: `least ${NUMERIC}`,
        numeric: true,
        value: (at) => estate.degree(at),
        cell: (at) => number(estate.degree(at)),
      },
      {
        key: "monthly",
        title: "A month",
        look: NUMERIC,
        numeric: true,
        value: (at) => estate.monthly[at],
        cell: (at) => price(estate.monthly[at]),
      },
    ];
  }

  #filters() {
    const { estate } = this;
    const again = () => this.filter();
    const counts = (column, titles) =>
      optionsOf(
        Array.from(estate[column], (at) => titles(at)),
        "all",
      );
    this.text = element("input", {
      type: "search",
      id: "inventory-search",
      placeholder: "id, name, ARN or kind",
    });
    typed(this.text, again);
    this.kind = select(
      counts("kinds", (at) => shortKind(estate.names.kinds[at])),
      again,
    );
    this.account = select(
      counts("accounts", (at) => accountTitle(estate.names.accounts[at])),
      again,
    );
    this.owner = select(
      counts("owners", (at) => estate.names.owners[at] ?? "no owner"),
      again,
    );
    this.change = select(
      [
        ["", "all"],
        ["created", "created"],
        ["updated", "updated"],
        ["unknown", "of unknown price"],
      ],
      again,
    );
    this.count = element("output", { class: "count", "aria-live": "polite" });
    const save = element(
      "button",
      { type: "button", id: "inventory-csv", on: { click: () => this.save() } },
      "Export CSV",
    );
    fill(
      $("inventory-filters"),
      field("Search", this.text, "grow"),
      field("Kind", this.kind),
      field("Account", this.account),
      field("Owner", this.owner),
      field("Only", this.change),
      save,
      this.count,
    );
  }

  #fits(at) {
    const { estate } = this;
    if (this.kind.value && this.kind.value !== `=${shortKind(estate.kind(at))}`) return false;
    if (this.account.value && this.account.value !== `=${estate.account(at)}`) return false;
    if (
      this.owner.value &&
      this.owner.value !== `=${estate.names.owners[estate.owners[at]] ?? "no owner"}`
    )
      return false;
    if (this.change.value === "unknown") return Number.isNaN(estate.monthly[at]);
    return !this.change.value || estate.changes.get(at) === this.change.value;
  }

  filter() {
    const { estate } = this;
    const found = estate.search(this.text.value).filter((at) => this.#fits(at));
    this.grid.show(found);
    const unknown = found.filter((at) => Number.isNaN(estate.monthly[at])).length;
    const total = found.reduce((all, at) => all + (estate.monthly[at] || 0), 0);
    const cost = found.length
      ? `; ${sum(total, found.length, unknown)} a month ${unknown < found.length ? besides(unknown) : ""}`
      : "";
    this.count.textContent =
      `${number(found.length)} of ${counted(estate.count, "resource")}${cost}`.trim();
  }

  open(at, byKey) {
    this.graph.show(at);
    if (byKey) $("neighbourhood-title").focus();
  }

  goTo(at) {
    this.graph.show(at);
    $("neighbourhood").scrollIntoView({ block: "start" });
    $("neighbourhood-title").focus({ preventScroll: true });
  }

  save() {
    const columns = resourceColumns(this.estate, (at) => at);
    download(
      `ebbtide-inventory-${safeName(this.estate.report.run.id)}.csv`,
      csv(columns, this.grid.rows),
    );
  }
}
