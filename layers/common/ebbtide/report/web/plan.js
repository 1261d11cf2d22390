// The plan: every planned, refused, undecided and reported resource, to filter, sort and take along.

const PRINTED_ROWS = 500;

class Plan {
  constructor(estate, goTo) {
    Object.assign(this, {
      estate,
      goTo,
      entries: estate.report.plan,
      lists: new Set(LISTS),
      shown: [],
    });
    this.#filters();
    this.grid = new Grid({
      host: $("plan-grid"),
      label: "Plan",
      template: "plan-rows",
      columns: this.#columns(),
      sorted: { key: "monthly", down: true },
      onOpen: (entry, byKey) => this.open(entry, byKey),
    });
    this.filter();
  }

  #columns() {
    const { estate } = this;
    const at = (entry) => entry.resource;
    return [
      {
        key: "list",
        title: "Decision",
        value: (entry) => LISTS.indexOf(entry.list),
        cell: (entry) => badge(entry.list),
      },
      {
        key: "name",
        title: "Resource",
        value: (entry) => estate.name(at(entry)),
        cell: (entry) => twoLines(estate.name(at(entry)), shortKind(estate.kind(at(entry)))),
      },
      {
        key: "account",
        title: "Account",
        look: "minor",
        value: (entry) => estate.account(at(entry)),
        cell: (entry) => twoLines(estate.account(at(entry)), estate.region(at(entry))),
      },
      {
        key: "reason",
        title: "Reason",
        look: "minor",
        value: (entry) => entry.reason ?? "",
        cell: (entry) => twoLines(entry.reason ?? "", entry.rules.join(", ")),
      },
      {
        key: "owner",
        title: "Owner",
        look: "least",
        value: (entry) => estate.owner(at(entry)),
        cell: (entry) =>
          twoLines(estate.owner(at(entry)) || "no owner", creatorLine(estate.creator(at(entry)))),
      },
      {
        key: "monthly",
        title: "A month",
        look: NUMERIC,
        numeric: true,
        value: (entry) => entry.monthly,
        cell: (entry) => price(entry.monthly),
      },
      {
        key: "ending",
        title: "Ending",
        look: "least",
        value: (entry) => entry.ending ?? "",
        cell: (entry) => (entry.ending ? badge(entry.ending) : ""),
      },
    ];
  }

  #filters() {
    const { estate } = this;
    const lists = tally(this.entries, (entry) => entry.list);
    const boxes = LISTS.map((list) => {
      const box = element("input", { type: "checkbox", checked: true, value: list });
      box.addEventListener("change", () => {
        this.lists[box.checked ? "add" : "delete"](list);
        this.filter();
      });
      return element(
        "label",
        {},
        box,
        element("span", {}, `${words(list)} ${number(lists.get(list) ?? 0)}`),
      );
    });
    const again = () => this.filter();
    this.text = element("input", {
      type: "search",
      id: "plan-search",
      placeholder: "name, id, reason, owner …",
    });
    typed(this.text, again);
    this.rule = select(
      optionsOf(
        this.entries.flatMap((entry) => entry.rules),
        "all rules",
      ),
      again,
    );
    this.account = select(
      optionsOf(
        this.entries.map((entry) => estate.account(entry.resource)),
        "all accounts",
      ),
      again,
    );
    this.owner = select(
      optionsOf(
        this.entries.map((entry) => estate.owner(entry.resource) || "no owner"),
        "all owners",
      ),
      again,
    );
    this.count = element("output", { class: "count", "aria-live": "polite" });
    const save = element(
      "button",
      { type: "button", id: "plan-csv", on: { click: () => this.save() } },
      "Export CSV",
    );
    fill(
      $("plan-filters"),
      element(
        "fieldset",
        { class: "switch many" },
        element("legend", { class: "hidden" }, "Decisions shown"),
        boxes,
      ),
      field("Search", this.text, "grow"),
      field("Rule", this.rule),
      field("Account", this.account),
      field("Owner", this.owner),
      save,
      this.count,
    );
  }

  #fits(entry) {
    const { estate } = this;
    if (!this.lists.has(entry.list)) return false;
    if (this.rule.value && !entry.rules.includes(this.rule.value.slice(1))) return false;
    if (this.account.value && `=${estate.account(entry.resource)}` !== this.account.value)
      return false;
    if (this.owner.value && `=${estate.owner(entry.resource) || "no owner"}` !== this.owner.value)
      return false;
    const terms = this.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    if (!terms.length) return true;
    const hay =
      `${estate.hay(entry.resource)}\n${entry.reason}\n${entry.rules}\n${estate.owner(entry.resource)}\n${estate.account(entry.resource)}`.toLowerCase();
    return terms.every((term) => hay.includes(term));
  }

  filter() {
    this.shown = this.entries.filter((entry) => this.#fits(entry));
    this.grid.show(this.shown);
    const planned = this.shown.filter((entry) => entry.list === "planned");
    const unknown = planned.filter((entry) => !isKnown(entry.monthly)).length;
    const saved = planned.reduce(
      (total, entry) => total + (isKnown(entry.monthly) ? entry.monthly : 0),
      0,
    );
    const worth = planned.length
      ? `; the planned ones would save ${sum(saved, planned.length, unknown)} a month ${unknown < planned.length ? besides(unknown) : ""}`
      : "";
    this.count.textContent =
      `${number(this.shown.length)} of ${number(this.entries.length)} decisions${worth}`.trim();
  }

  open(entry, byKey) {
    const { estate } = this;
    const at = entry.resource;
    const title = element("h3", { tabindex: -1 }, estate.name(at));
    const close = element("button", { type: "button", on: { click: () => this.close() } }, "Close");
    const around = element(
      "button",
      { type: "button", on: { click: () => this.goTo(at) } },
      "Show its neighbourhood",
    );
    const link = (other) =>
      element(
        "button",
        { type: "button", class: "link", on: { click: () => this.goTo(other) } },
        `${estate.name(other)} (${shortKind(estate.kind(other))})`,
      );
    $("plan-split").classList.remove("closed");
    fill(
      $("plan-detail"),
      element("div", { class: "heading" }, title, close),
      element("p", { class: "buttons" }, around, consoleLink(estate.arn(at))),
      decision(estate, entry, link),
      factList(resourceFacts(estate, at)),
    );
    $("plan-detail").onkeydown = (event) => event.key === "Escape" && this.close();
    if (byKey) title.focus();
  }

  close() {
    $("plan-split").classList.add("closed");
    this.grid.root.focus();
  }

  save() {
    const { estate } = this;
    const columns = [
      ["decision", (entry) => entry.list],
      ["rules", (entry) => entry.rules.join(" ")],
      ["reason", (entry) => entry.reason ?? ""],
      ["evidence", (entry) => (entry.evidence ?? []).join(" | ")],
      ["wave", (entry) => entry.wave ?? ""],
      ["held", (entry) => plainValue(entry.held)],
      ["approved", (entry) => plainValue(entry.approved)],
      ["ending", (entry) => entry.ending ?? ""],
      ["ending reason", (entry) => entry.ending_reason ?? ""],
      ...resourceColumns(estate, (entry) => entry.resource),
    ];
    download(`ebbtide-plan-${safeName(estate.report.run.id)}.csv`, csv(columns, this.grid.rows));
  }

  // Paper does not scroll: there the rows stand in an ordinary table.
  print() {
    const { estate } = this;
    const columns = [
      [
        "resource",
        (entry) =>
          twoLines(
            estate.name(entry.resource),
            `${shortKind(estate.kind(entry.resource))} · ${estate.id(entry.resource)}`,
          ),
      ],
      ["decision", (entry) => words(entry.ending ? `${entry.list}, ${entry.ending}` : entry.list)],
      [
        "account",
        (entry) => twoLines(estate.account(entry.resource), estate.region(entry.resource)),
      ],
      ["reason", (entry) => entry.reason ?? ""],
      ["owner", (entry) => estate.owner(entry.resource)],
      ["a month", (entry) => money(entry.monthly), NUMERIC],
    ];
    const [shown, note] = limited(this.grid.rows, PRINTED_ROWS, "rows (see the exported file)");
    fill($("plan-print"), table("Plan", columns, shown), note);
  }
}

const price = (value) => element("span", { class: isKnown(value) ? "" : "unknown" }, money(value));
const creatorLine = (creator) => (creator ? `by ${creator}` : "creator unknown");
const plainValue = (value) =>
  value === true ? "yes" : value === false || value === null || value === undefined ? "" : value;

// Values begin with a sign, so that none is taken for "all".
function optionsOf(values, all) {
  const counts = [...tally(values, (value) => value)].sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  return [
    ["", all],
    ...counts.map(([value, count]) => [`=${value}`, `${cut(value, 48)} (${number(count)})`]),
  ];
}
