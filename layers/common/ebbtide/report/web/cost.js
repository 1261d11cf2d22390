// What is paid for, as a treemap: the area is the cost, the colour the share that the plan deletes.

const SUMMED = ["monthly", "count", "unknown", "waste"];
const LARGEST = 24;
const LARGEST_WITHIN = 12;
const WAYS = {
  account: {
    title: "account",
    of: (estate, at) => estate.account(at),
    within: (estate, at) => shortKind(estate.kind(at)),
  },
  kind: {
    title: "kind",
    of: (estate, at) => shortKind(estate.kind(at)),
    within: (estate, at) => estate.account(at),
  },
  owner: {
    title: "owner",
    of: (estate, at) => estate.owner(at) || "no owner",
    within: (estate, at) => shortKind(estate.kind(at)),
  },
};

const wasteOf = (entry) =>
  entry?.list === "planned" && isKnown(entry.monthly) ? entry.monthly : 0;

// Sums in two levels. A sampled inventory would tell too little: then the run's own sums count.
function costs(estate, by) {
  const { report } = estate;
  const groups = new Map();
  if (report.sampled) return sampledCosts(report, by, groups);
  const way = WAYS[by];
  for (let at = 0; at < estate.count; at += 1) {
    const monthly = estate.monthly[at];
    const group = addTo(groups, way.of(estate, at), monthly);
    group.within ??= new Map();
    const part = addTo(group.within, way.within(estate, at), monthly);
    const waste = wasteOf(estate.planned.get(at));
    group.waste += waste;
    part.waste += waste;
  }
  return [...groups.values()].sort(dearestFirst);
}

function sampledCosts(report, by, groups) {
  const names = new Map(report.names.accounts);
  for (const [key, monthly, count, unknown] of report.money.by[by] ?? []) {
    groups.set(key, {
      key: String(
        (by === "account" ? names.get(key) : by === "kind" ? shortKind(key) : key) ||
          key ||
          `no ${by}`,
      ),
      monthly: monthly ?? 0,
      count,
      unknown,
      waste: NaN,
      within: new Map(),
    });
  }
  return [...groups.values()].sort(dearestFirst);
}

function merged(groups, most, what) {
  const rest = groups.slice(most);
  if (rest.length < 2) return groups;
  const total = {
    key: `${rest.length} more ${what}`,
    monthly: 0,
    count: 0,
    unknown: 0,
    waste: 0,
    within: new Map(),
  };
  for (const group of rest) for (const one of SUMMED) total[one] += group[one];
  return [...groups.slice(0, most), total];
}

// Each tile with parts takes their sum, so that rounding never makes it smaller than they are.
function tiles(groups, title) {
  const found = [];
  const add = (id, parent, group, parts) => {
    if (!(group.monthly > 0)) return 0;
    const tile = { ...group, id, parent };
    found.push(tile);
    const inside = parts.reduce(
      (all, [place, part, more]) => all + add(`${id}/${place}`, id, part, more),
      0,
    );
    tile.area = inside > 0 ? inside * (1 + 1e-9) : group.monthly;
    return tile.area;
  };
  const inner = (group) => [...(group.within?.values() ?? [])].sort(dearestFirst);
  const top = merged(groups, LARGEST, `${title}s`).map((group, at) => [
    at,
    group,
    merged(inner(group), LARGEST_WITHIN, "smaller").map((part, place) => [place, part, []]),
  ]);
  const all = { key: `all ${title}s`, monthly: 0, count: 0, unknown: 0, waste: 0 };
  for (const group of groups) for (const one of SUMMED) all[one] += group[one];
  add("all", "", all, top);
  return found;
}

function tileText(tile) {
  const waste = isKnown(tile.waste) ? `<br>planned for deletion: ${money(tile.waste)}` : "";
  const unknown = tile.unknown ? `<br>${besides(tile.unknown)}` : "";
  return `${plain(cut(tile.key, 90))}<br>${money(tile.monthly)} a month<br>${counted(tile.count, "resource")}${unknown}${waste}`;
}

function treemap(found, colours) {
  const share = found.map((tile) => (isKnown(tile.waste) ? tile.waste / tile.monthly : 0));
  const trace = {
    type: "treemap",
    ids: found.map((tile) => tile.id),
    labels: found.map((tile) => plain(cut(tile.key, 40))),
    parents: found.map((tile) => tile.parent),
    values: found.map((tile) => tile.area),
    branchvalues: "total",
    text: found.map((tile) => money(tile.monthly)),
    hovertext: found.map(tileText),
    hoverinfo: "text",
    texttemplate: "%{label}<br>%{text}",
    textfont: { color: share.map((part) => (part > 0.5 ? colours["on-hot"] : colours["on-cold"])) },
    marker: {
      colors: share,
      colorscale: [
        [0, colours.cold],
        [1, colours.hot],
      ],
      cmin: 0,
      cmax: 1,
      pad: { t: 22, l: 3, r: 3, b: 3 },
      line: { width: 1, color: colours.surface },
    },
    pathbar: {
      visible: true,
      thickness: 22,
      edgeshape: "/",
      textfont: { color: colours["on-cold"] },
    },
    root: { color: colours.cold },
    tiling: { pad: 2 },
  };
  return {
    traces: [trace],
    layout: {
      margin: { t: 0, l: 0, r: 0, b: 0 },
      height: 420,
      uniformtext: { minsize: 9, mode: "hide" },
    },
  };
}

function showCost(estate, by) {
  const { title } = WAYS[by];
  const groups = costs(estate, by);
  const found = tiles(groups, title);
  const host = $("treemap");
  const unpriced = groups.reduce((count, group) => count + group.unknown, 0);
  const scale = element("span", { class: "scale" }, "nothing ", element("i"), " all");
  fill(
    $("treemap-note"),
    `Area: monthly cost by ${title}. `,
    estate.report.sampled ? null : ["Colour: the share that this plan would delete, ", scale, ". "],
    unpriced
      ? `${counted(unpriced, "resource")} of unknown price ${unpriced === 1 ? "has" : "have"} no area.`
      : null,
  );
  host.setAttribute("aria-label", `Monthly cost by ${title}; the table below has the same figures`);
  host.classList.toggle("empty", !found.length);
  if (found.length) draw(host, (colours) => treemap(found, colours));
  const [shown, note] = limited(groups, 200, `${title}s`);
  fill($("treemap-table"), table(`Monthly cost by ${title}`, costColumns(title), shown), note);
}

const costColumns = (title) => [
  [title, (group) => String(group.key)],
  ["resources", (group) => number(group.count), NUMERIC],
  ["cost a month", (group) => sum(group.monthly, group.count, group.unknown), NUMERIC],
  ["of unknown price", (group) => number(group.unknown), NUMERIC],
  ["planned for deletion", (group) => money(group.waste), NUMERIC],
];
