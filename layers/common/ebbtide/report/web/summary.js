// The first page: money, waste, coverage, changes, what is held, what Ebbtide did.

function showRun(run) {
  const facts = [
    ["Run", run.id],
    ["Workflow", run.workflow],
    [
      "Outcome",
      element(
        "span",
        { class: `badge ${outcomeLook(run.outcome)}` },
        words(run.outcome ?? UNKNOWN),
      ),
    ],
    ["Mode", run.dry_run ? element("span", { class: "badge" }, "dry run: deletes nothing") : null],
    ["Started", moment(run.started)],
    ["Took", run.ended ? duration(run.started, run.ended) : null],
    ["Stack", [run.stack, run.account, run.region].filter(Boolean).join(" · ")],
    ["Snapshot", run.snapshot && run.snapshot !== run.id ? run.snapshot : null],
  ];
  const known = facts.filter(([, value]) => value !== null && value !== undefined && value !== "");
  fill(
    $("run"),
    known.map(([title, value]) =>
      element("div", {}, element("dt", {}, title), element("dd", {}, value)),
    ),
  );
  $("made").textContent = shownAs(
    `Made by Ebbtide ${run.version ?? ""} from the run ${run.id}. The file needs no network; links lead to the AWS console.`,
  );
}

function outcomeLook(outcome) {
  if (outcome === "succeeded") return "good";
  return /fail|abort|time/i.test(outcome ?? "") ? "bad" : "warn";
}

function previousRun({ history, run }) {
  const here = history.findIndex((one) => one.run === run.id);
  return history.at(here < 0 ? -1 : here - 1 < 0 ? history.length : here - 1);
}

function changeSince(report) {
  const before = previousRun(report)?.monthly;
  const { monthly } = report.money;
  if (!isKnown(before) || !isKnown(monthly)) return null;
  const change = monthly - before;
  if (Math.abs(change) < 0.005) return "as in the previous run";
  return `${change > 0 ? "+" : "−"}${money(Math.abs(change))} since the previous run`;
}

function tally(items, key) {
  const counts = new Map();
  for (const item of items) {
    const value = key(item);
    if (value !== null && value !== undefined && value !== "")
      counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

function figures(estate) {
  const { money: sums, coverage, changes, history, plan, run } = estate.report;
  const { planned } = decided(estate.report);
  const unpriced = sums.planned_unknown;
  const held = history.find((one) => one.run === run.id)?.held;
  const count =
    changes.total ??
    Object.fromEntries(Object.entries(changes).map(([change, found]) => [change, found.length]));
  const endings = tally(plan, (entry) => entry.ending);
  const gaps = coverage.accounts.filter(hasGaps).length;
  const share =
    isKnown(sums.planned) && sums.monthly > 0
      ? `${percent((100 * sums.planned) / sums.monthly)} of the cost`
      : null;
  return [
    [
      "Cost a month",
      money(sums.monthly),
      [besides(sums.unknown), changeSince(estate.report), "list prices of what bills while idle"],
      "#cost",
    ],
    [
      "Waste: the plan would save",
      sums.planned === null && !planned
        ? "no plan"
        : sum(sums.planned, planned, unpriced),
      [`${counted(planned, "resource")} planned`, besides(unpriced), share],
      "#plan",
    ],
    [
      "Saved by this run",
      money(sums.realised),
      [
        counted(endings.get("gone") ?? 0, "resource gone", "resources gone"),
        besides(sums.realised_unknown),
        run.dry_run ? "a dry run deletes nothing" : null,
      ],
      "#plan",
    ],
    [
      "Coverage",
      percent(coverage.percent),
      [gaps ? `${counted(gaps, "account")} with gaps` : isKnown(coverage.percent) && "no gaps"],
      "#coverage",
    ],
    [
      "Changed",
      number(count.created + count.updated + count.deleted),
      ["created", "updated", "deleted"].map((change) => `${number(count[change])} ${change}`),
      "#changes",
    ],
    [
      "Held",
      held === null ? "no plan" : number(held),
      [held ? "see the reasons below" : "nothing waits for a decision"],
      "#held-title",
    ],
  ];
}

function showFigures(estate) {
  fill(
    $("figures"),
    figures(estate).map(([title, value, below, href]) =>
      element(
        "div",
        {},
        element("dt", {}, element("a", { href }, title)),
        element("dd", { class: value === UNKNOWN ? "unknown" : "" }, value),
        element(
          "dd",
          { class: "below" },
          below.filter(Boolean).map((text) => element("span", {}, text)),
        ),
      ),
    ),
  );
}

const WASTE_BY = {
  rule: (estate, entry) => (entry.rules.length ? entry.rules.join(", ") : "no rule"),
  account: (estate, entry) => estate.account(entry.resource),
  owner: (estate, entry) => estate.owner(entry.resource) || "no owner",
  kind: (estate, entry) => shortKind(estate.kind(entry.resource)),
};

function showWaste(estate, by) {
  const groups = new Map();
  for (const entry of estate.report.plan) {
    if (entry.list === "planned") addTo(groups, WASTE_BY[by](estate, entry), entry.monthly);
  }
  const sorted = [...groups.values()].sort(dearestFirst);
  const dearest = sorted[0]?.monthly || 1;
  const columns = [
    [by, (group) => group.key],
    ["resources", (group) => number(group.count), NUMERIC],
    [
      "a month",
      (group) => barred(sum(group.monthly, group.count, group.unknown), group.monthly / dearest),
      NUMERIC,
    ],
    ["unknown price", (group) => number(group.unknown), NUMERIC],
  ];
  const [shown, note] = limited(sorted, 10, `${by}s`);
  const empty = element("p", { class: "quiet" }, "The plan deletes nothing.");
  fill($("waste"), sorted.length ? table(`Savings by ${by}`, columns, shown) : empty, note);
}

const LISTS = ["planned", "refused", "undecided", "reported", "carried_over"];

// A long plan is not here as a whole; the run has counted all of it.
function decided({ plan, decided: counts }) {
  const here = tally(plan, (entry) => entry.list);
  return Object.fromEntries(LISTS.map((list) => [list, counts?.[list] ?? here.get(list) ?? 0]));
}

function showDid(estate) {
  const { plan } = estate.report;
  const lists = decided(estate.report);
  const endings = tally(plan, (entry) => entry.ending);
  const rows = [
    [
      "resources looked at",
      estate.report.sampled ? sampledText(estate.report) : number(estate.count),
    ],
    ...LISTS.map((list) => [words(list), number(lists[list])]),
    ...[...endings].map(([ending, count]) => [words(ending), number(count)]),
  ];
  fill(
    $("did"),
    table(
      "Decisions and endings",
      [
        ["what", ([what]) => what],
        ["count", ([, count]) => count, NUMERIC],
      ],
      rows,
    ),
  );
}

function sampledText({ sampled, resources }) {
  const { resources: said } = sampled;
  if (Array.isArray(said)) return `${number(said[0])} of ${number(said[1])}`;
  if (typeof said === "string") return said;
  const shown = resources.texts.length / TEXTS.length;
  return `${number(shown)} of ${number(said > shown ? said : (sampled.of ?? sampled.total ?? said))}`;
}

function showSummary(estate) {
  const { report } = estate;
  showRun(report.run);
  showFigures(estate);
  choices(
    $("waste-by"),
    "waste-by",
    ["rule", "account", "owner", "kind"].map((by) => [by, by]),
    "rule",
    (by) => showWaste(estate, by),
  );
  showWaste(estate, "rule");
  showDid(estate);
  fill($("held"), sentences(report.held, "Nothing is held."));
  fill($("problems"), sentences(report.problems, "No problems."));
  fill(
    $("money-notes"),
    (report.money.notes ?? []).map((note) => element("li", {}, String(note))),
  );
  if (report.sampled) {
    $("notice").hidden = false;
    $("notice").textContent =
      `This page holds a sample of the inventory: ${sampledText(report)} resources. Sums, plan and coverage are of all.`;
  }
}
