// The waves of the plan: what is deleted at the same time, by kind.

function waveGroups(estate) {
  const waves = new Map();
  for (const entry of estate.report.plan) {
    if (!isKnown(entry.wave) || entry.list !== "planned") continue;
    const kinds = waves.get(entry.wave) ?? new Map();
    waves.set(entry.wave, kinds);
    addTo(kinds, estate.kind(entry.resource), entry.monthly);
  }
  return [...waves].sort(([one], [other]) => one - other);
}

function showWaves(estate) {
  const waves = waveGroups(estate);
  const totals = new Map();
  for (const [, kinds] of waves)
    for (const { key, count } of kinds.values()) totals.set(key, (totals.get(key) ?? 0) + count);
  const common = [...totals]
    .sort(([, one], [, other]) => other - one)
    .slice(0, 7)
    .map(([kind]) => kind);
  $("waves").classList.toggle("empty", !waves.length);
  $("waves-note").textContent = waves.length
    ? `${counted(waves.length, "wave")}: each begins when the one before it is gone.`
    : "Nothing is planned, so that there are no waves.";
  if (waves.length) draw($("waves"), (colours) => waveBars(waves, common, colours));
  fill($("waves-legend"), waves.length ? legend(common, totals.size > common.length) : null);
  const rows = waves.flatMap(([wave, kinds]) =>
    [...kinds.values()].map((group) => ({ wave, ...group })),
  );
  const columns = [
    ["wave", (row) => number(row.wave)],
    ["kind", (row) => shortKind(row.key)],
    ["resources", (row) => number(row.count), NUMERIC],
    ["savings a month", (row) => sum(row.monthly, row.count, row.unknown), NUMERIC],
  ];
  const [shown, note] = limited(rows, 200, "rows");
  fill($("waves-table"), table("Waves of deletion", columns, shown), note);
}

function legend(common, more) {
  const names = [...common.map(shortKind), ...(more ? ["other kinds"] : [])];
  const ink = (at) => `--key:var(--series-${at < common.length ? at : 7})`;
  return names.map((name, at) =>
    element("span", {}, element("i", { class: "key", style: ink(at) }), name),
  );
}

const countOf = (kinds) =>
  [...kinds.values()].reduce((count, group) => count + group.count, 0);

function waveBars(waves, common, colours) {
  const names = waves.map(([wave]) => `wave ${wave}`);
  const bar = (title, counts, ink) => ({
    type: "bar",
    orientation: "h",
    name: plain(title),
    y: names,
    x: counts,
    hovertext: counts.map((count, at) => `${plain(title)}, ${names[at]}: ${number(count)}`),
    hoverinfo: "text",
    marker: { color: ink, line: { width: 1, color: colours.surface } },
  });
  const traces = common.map((kind, at) =>
    bar(
      shortKind(kind),
      waves.map(([, kinds]) => kinds.get(kind)?.count ?? 0),
      colours.series[at],
    ),
  );
  const others = waves.map(([, kinds]) =>
    [...kinds.values()]
      .filter(({ key }) => !common.includes(key))
      .reduce((count, group) => count + group.count, 0),
  );
  if (others.some(Boolean)) traces.push(bar("other kinds", others, colours.series[7]));
  const most = Math.max(...waves.map(([, kinds]) => countOf(kinds)));
  const axis = {
    color: colours.quiet,
    gridcolor: colours.line,
    fixedrange: true,
    automargin: true,
    zeroline: false,
  };
  const layout = {
    barmode: "stack",
    bargap: 0.35,
    height: 40 + 34 * waves.length,
    margin: { t: 8, l: 8, r: 10, b: 8 },
    xaxis: { ...axis, side: "top", nticks: 6, rangemode: "tozero", ...ticks(number, most) },
    yaxis: { ...axis, autorange: "reversed", showgrid: false },
  };
  return { traces, layout };
}
