// What could not be read, and what changed.

const MOST_ACCOUNTS = 200;
const MOST_GAPS = 300;
const hasGaps = (account) =>
  account.gaps.length > 0 || (account.state && account.state !== "complete");

// One line for the same gap in many regions.
function gapRows(gaps) {
  const groups = new Map();
  for (const gap of gaps) {
    const key = JSON.stringify([gap.kind, gap.state, gap.error, gap.permission]);
    const group = groups.get(key) ?? { ...gap, regions: [] };
    groups.set(key, group);
    group.regions.push(gap.region);
  }
  return [...groups.values()];
}

const GAP_COLUMNS = [
  ["kind", (gap) => shortKind(gap.kind ?? "")],
  ["state", (gap) => words(gap.state)],
  ["regions", (gap) => gap.regions.filter(Boolean).join(", ")],
  ["error", (gap) => gap.error ?? ""],
  ["missing permission", (gap) => gap.permission ?? ""],
];

function accountGaps(account) {
  const title = accountTitle([account.account, account.name]);
  const body = element("div");
  const rows = gapRows(account.gaps);
  const state = account.state && account.state !== "complete" ? [" ", badge(account.state)] : [];
  const made = element(
    "details",
    { class: "panel" },
    element(
      "summary",
      {},
      `${title} `,
      element(
        "span",
        { class: "quiet" },
        account.name ? `${account.account} · ` : "",
        counted(account.gaps.length, "gap"),
      ),
      state,
    ),
    body,
  );
  made.addEventListener("toggle", () => {
    if (body.hasChildNodes()) return;
    const [shown, note] = limited(rows, MOST_GAPS, "gaps");
    fill(
      body,
      rows.length
        ? table(`Gaps of ${title}`, GAP_COLUMNS, shown)
        : element("p", { class: "quiet" }, "Nothing is listed for this account."),
      note,
    );
  });
  return made;
}

function showCoverage({ report }) {
  const { percent: share, accounts } = report.coverage;
  const lacking = accounts
    .filter(hasGaps)
    .sort((one, other) => other.gaps.length - one.gaps.length);
  const complete = accounts.length - lacking.length;
  const said = `${percent(share)} of what was asked for was read. ${number(complete)} of ${counted(accounts.length, "account")} without gaps.`;
  const why = lacking.length
    ? "What could not be read is unknown: nothing that depends on it is deleted."
    : "";
  const [shown, note] = limited(lacking, MOST_ACCOUNTS, "accounts");
  const made = shown.map(accountGaps);
  if (made.length && made.length <= 3) made[0].open = true;
  fill(
    $("coverage-body"),
    element("p", {}, said),
    why ? element("p", { class: "quiet after" }, why) : null,
    made,
    note,
  );
}

function showChanges(estate) {
  const { changes } = estate.report;
  const groups = new Map();
  const count = (kind, change) => {
    const group = groups.get(kind) ?? { kind, created: 0, updated: 0, deleted: 0 };
    groups.set(kind, group);
    group[change] += 1;
  };
  for (const change of ["created", "updated"])
    for (const at of changes[change]) count(shortKind(estate.kind(at)), change);
  for (const gone of changes.deleted)
    count(shortKind(nameOf(estate.names.kinds, gone.kind)), "deleted");
  const all = (group) => group.created + group.updated + group.deleted;
  const sorted = [...groups.values()].sort((one, other) => all(other) - all(one));
  const columns = [
    ["kind", (group) => group.kind],
    ...["created", "updated", "deleted"].map((change) => [
      change,
      (group) => number(group[change]),
      NUMERIC,
    ]),
  ];
  const [shown, note] = limited(sorted, 100, "kinds");
  const host = $("changes-body");
  if (!sorted.length)
    fill(
      host,
      element("p", { class: "quiet" }, "Nothing has changed, or there was no previous run."),
    );
  else
    fill(
      host,
      element("div", { class: "panel" }, table("Changes by kind", columns, shown), note),
      deletedList(estate, changes.deleted),
    );
}

const nameOf = (names, value) =>
  String(typeof value === "number" ? [names[value] ?? ""].flat()[0] : (value ?? ""));

function deletedList({ names }, deleted) {
  if (!deleted.length) return null;
  const [shown, note] = limited(deleted, 500, "resources");
  const columns = [
    ["resource", (gone) => twoLines(String(gone.name || gone.id), String(gone.id))],
    ["kind", (gone) => shortKind(nameOf(names.kinds, gone.kind))],
    ["account", (gone) => nameOf(names.accounts, gone.account)],
    ["region", (gone) => nameOf(names.regions, gone.region)],
  ];
  return element(
    "details",
    { class: "panel" },
    element("summary", {}, `No longer there (${number(deleted.length)})`),
    table("No longer there", columns, shown),
    note,
  );
}
