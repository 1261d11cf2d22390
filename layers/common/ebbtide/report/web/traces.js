// The picture of a neighbourhood: edges by type, arrows, and resources by kind.

const SYMBOLS = [
  "circle",
  "square",
  "diamond",
  "triangle-up",
  "hexagon",
  "star",
  "triangle-down",
  "circle",
];
const DASHES = ["solid", "6px,3px", "2px,3px", "10px,4px", "8px,3px,2px,3px"];
const EDGE_INKS = ["quiet", "bad", "warn", "accent"];
const MOST_ARROWS = 500;
const MOST_LABELS = 40;

function edgeTraces(graph, colours) {
  return graph.estate.names.edge_types.map((name, type) => {
    const [x, y] = [[], []];
    for (const edge of graph.edges) {
      if (edge.type !== type) continue;
      const [from, to] = [graph.places.get(edge.from), graph.places.get(edge.to)];
      x.push(from[0], to[0], null);
      y.push(from[1], to[1], null);
    }
    const ink = colours[EDGE_INKS[type % EDGE_INKS.length]];
    return {
      type: "scatter",
      mode: "lines",
      x,
      y,
      name: plain(`${words(name)} edge`),
      showlegend: x.length > 0,
      hoverinfo: "skip",
      opacity: 0.7,
      line: { width: 1.4, color: ink, dash: DASHES[type % DASHES.length] },
    };
  });
}

function arrows(graph, colours) {
  if (graph.edges.length > MOST_ARROWS) return [];
  const [x, y, angle] = [[], [], []];
  for (const edge of graph.edges) {
    const [from, to] = [graph.places.get(edge.from), graph.places.get(edge.to)];
    x.push(from[0] + 0.62 * (to[0] - from[0]));
    y.push(from[1] + 0.62 * (to[1] - from[1]));
    angle.push((Math.atan2(to[0] - from[0], to[1] - from[1]) * 180) / Math.PI);
  }
  return [
    {
      type: "scatter",
      mode: "markers",
      x,
      y,
      hoverinfo: "skip",
      showlegend: false,
      marker: { symbol: "triangle-up", size: 7, angle, color: colours.quiet },
    },
  ];
}

function nodeTraces(graph, colours) {
  const { estate } = graph;
  const counts = [...tally(graph.places.keys(), (at) => estate.kinds[at])].sort(
    ([, one], [, other]) => other - one,
  );
  const common = counts.slice(0, 7).map(([kind]) => kind);
  const groups = new Map();
  for (const at of graph.places.keys()) {
    const place = common.indexOf(estate.kinds[at]);
    groups.set(place, [...(groups.get(place) ?? []), at]);
  }
  return [...groups]
    .sort(([one], [other]) => (one < 0) - (other < 0) || one - other)
    .map(([place, nodes]) => nodeTrace(graph, place, nodes, common, colours));
}

function nodeTrace(graph, place, nodes, common, colours) {
  const { estate } = graph;
  // All have their names if there is room, else the nearest, else only the root.
  const few = graph.places.size <= MOST_LABELS;
  const named = (at) => few || (graph.near.size <= MOST_LABELS && graph.near.has(at));
  const lit = (at) => !graph.found || graph.found.has(at);
  return {
    type: "scatter",
    mode: "markers+text",
    name: place < 0 ? "other kinds" : plain(shortKind(estate.names.kinds[common[place]])),
    x: nodes.map((at) => graph.places.get(at)[0]),
    y: nodes.map((at) => graph.places.get(at)[1]),
    customdata: nodes,
    text: nodes.map((at) =>
      at === graph.root ||
      (graph.found ? graph.found.has(at) && graph.found.size <= MOST_LABELS : named(at))
        ? plain(cut(estate.name(at), 26))
        : "",
    ),
    textposition: nodes.map((at) => (graph.places.get(at)[1] < 0 ? "bottom center" : "top center")),
    textfont: { size: 11, color: colours.ink },
    hovertext: nodes.map(
      (at) =>
        `<b>${plain(cut(estate.name(at), 80))}</b><br>${plain(estate.kind(at))}<br>${plain(estate.account(at))} · ${plain(estate.region(at))}<br>${money(estate.monthly[at])} a month`,
    ),
    hoverinfo: "text",
    marker: {
      symbol: SYMBOLS[place < 0 ? 7 : place],
      size: nodes.map((at) =>
        at === graph.root ? 20 : graph.found?.has(at) ? 15 : graph.places.size > 300 ? 7 : 11,
      ),
      color: place < 0 ? colours.quiet : colours.series[place],
      opacity: nodes.map((at) => (lit(at) || at === graph.root ? 1 : 0.25)),
      line: {
        width: nodes.map((at) => (at === graph.root ? 3 : 1)),
        color: nodes.map((at) => (at === graph.root ? colours.ink : colours.surface)),
      },
    },
  };
}
