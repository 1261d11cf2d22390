// The last runs in figures, as small lines beside each other.

// title, how a value reads, then the series: key of a run, name, colour.
const LINES = [
  ["Cost a month", money, [["monthly", "cost", "accent"]]],
  ["Saved a month", money, [["savings", "saved", "good"]]],
  ["Resources", number, [["resources", "resources", "accent"]]],
  [
    "Planned and cleaned",
    number,
    [
      ["planned", "planned", "accent"],
      ["cleaned", "cleaned", "good"],
    ],
  ],
  [
    "Failed and held",
    number,
    [
      ["failed", "failed", "bad"],
      ["held", "held", "warn"],
    ],
  ],
  ["Coverage", percent, [["coverage", "coverage", "accent"]]],
];

const amount = (value) =>
  Array.isArray(value) ? value.length : value === true ? 1 : value === false ? 0 : (value ?? null);

function lines(history, format, series, colours) {
  const times = history.map((run) => run.started);
  const traces = series.map(([key, name, ink], at) => ({
    type: "scatter",
    mode: history.length < 40 ? "lines+markers" : "lines",
    x: times,
    y: history.map((run) => amount(run[key])),
    name,
    text: history.map((run) => `${name}: ${format(amount(run[key]))}<br>${moment(run.started)}`),
    hoverinfo: "text",
    line: { color: colours[ink], width: 2, dash: at ? "dot" : "solid" },
    marker: { size: 5, symbol: at ? "square" : "circle" },
  }));
  const most = Math.max(0, ...traces.flatMap((trace) => trace.y.filter(isKnown)));
  const axis = {
    color: colours.quiet,
    gridcolor: colours.line,
    zeroline: false,
    fixedrange: true,
    automargin: true,
  };
  const layout = {
    height: 170,
    margin: { t: 6, l: 8, r: 10, b: 8 },
    xaxis: { ...axis, type: "date", showgrid: false, nticks: 4 },
    yaxis: { ...axis, rangemode: "tozero", nticks: 4, ...ticks(format, most) },
  };
  return { traces, layout };
}

function ticks(format, most) {
  if (format === percent) return { ticksuffix: " %", range: [0, 104], rangemode: "normal" };
  if (format === number && most < 5)
    return { tickformat: "d", dtick: 1, range: [0, Math.max(1, most) * 1.1], rangemode: "normal" };
  return { tickformat: "~s" };
}

function showRuns(report) {
  const { history } = report;
  if (history.length < 2)
    fill($("lines"), element("p", { class: "quiet" }, "Lines appear after the second run."));
  else
    fill(
      $("lines"),
      LINES.map((line) => linePanel(history, line)),
    );
  const columns = [
    ["run", (run) => String(run.run)],
    ["started", (run) => moment(run.started)],
    ["resources", (run) => number(amount(run.resources)), NUMERIC],
    ["cost a month", (run) => money(run.monthly), NUMERIC],
    ...["planned", "cleaned", "failed", "held"].map((key) => [
      key,
      (run) => number(amount(run[key])),
      NUMERIC,
    ]),
    ["coverage", (run) => percent(run.coverage), NUMERIC],
    ["saved a month", (run) => money(run.savings), NUMERIC],
  ];
  const [shown, note] = limited([...history].reverse(), 200, "runs");
  fill($("runs-table"), table("Runs", columns, shown), note);
}

function linePanel(history, [title, format, series]) {
  const last = history.at(-1);
  const host = element("div", {
    class: "plot",
    role: "img",
    "aria-label": `${title} over runs; the table below has the figures`,
  });
  const latest = series.map(([key, name, ink], at) =>
    element(
      "span",
      { class: "latest" },
      series.length > 1
        ? element("i", { class: `key${at ? " dotted" : ""}`, style: `--key:var(--${ink})` })
        : null,
      series.length > 1 ? `${name} ` : null,
      element("b", {}, format(amount(last[key]))),
    ),
  );
  draw(host, (colours) => lines(history, format, series, colours));
  return element(
    "figure",
    { class: "panel" },
    element("figcaption", {}, element("span", {}, title), latest),
    host,
  );
}
