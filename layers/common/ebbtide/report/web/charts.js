// Pictures, drawn by plotly in the colours of the page; drawn again when these change.

const pictures = new Map();
let library = null;

// The policy of the page knows the library by its hash, so that it runs as a script of the page.
function charting() {
  library ??= unpacked("library").then((text) => {
    const script = element("script");
    script.textContent = text;
    document.head.append(script);
    return self.Plotly;
  });
  return library;
}

// Plotly reads some markup in its texts; a name is never meant as such.
const plain = (text) =>
  visible(String(text)).replace(/[&<>]/g, (sign) => `&#${sign.charCodeAt(0)};`);

function cut(text, most) {
  const signs = Array.from(String(text));
  return signs.length > most ? `${signs.slice(0, most - 1).join("")}…` : signs.join("");
}

function colour(name) {
  const probe =
    $("probe") ?? document.body.appendChild(element("span", { id: "probe", hidden: true }));
  probe.style.color = `var(--${name})`;
  return getComputedStyle(probe).color;
}

function theme() {
  const names = [
    "ink",
    "quiet",
    "line",
    "surface",
    "accent",
    "good",
    "warn",
    "bad",
    "cold",
    "hot",
    "on-cold",
    "on-hot",
  ];
  const found = Object.fromEntries(names.map((name) => [name, colour(name)]));
  found.series = Array.from({ length: 8 }, (_, at) => colour(`series-${at}`));
  return found;
}

const shared = (colours) => ({
  font: { family: "system-ui, sans-serif", size: 12, color: colours.ink },
  paper_bgcolor: "rgba(0,0,0,0)",
  plot_bgcolor: "rgba(0,0,0,0)",
  hoverlabel: {
    align: "left",
    bgcolor: colours.surface,
    bordercolor: colours.line,
    font: { color: colours.ink, size: 12 },
  },
  showlegend: false,
});

const settings = { displayModeBar: false, responsive: true };

const isPaper = () => document.documentElement.classList.contains("paper");

// Pictures are drawn one after the other; between them, the page reacts to people.
let lastPicture = Promise.resolve();
const breath = () => new Promise((next) => setTimeout(next));

// make(colours) returns the traces and the layout.
function draw(host, make) {
  pictures.set(host, make);
  const drawn = Promise.all([charting(), lastPicture]).then(async ([plotly]) => {
    await breath();
    if (host.isConnected && pictures.get(host) === make) paint(plotly, host, make);
  });
  lastPicture = drawn.catch(() => {});
  return drawn;
}

function paint(plotly, host, make) {
  const colours = theme();
  const { traces, layout } = make(colours);
  const width = isPaper() ? { width: host.clientWidth } : { autosize: true };
  plotly.react(host, traces, { ...shared(colours), ...layout, ...width }, settings);
}

function redraw() {
  if (!self.Plotly) return;
  for (const [host, make] of pictures) if (host.isConnected) paint(self.Plotly, host, make);
}
