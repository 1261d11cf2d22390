// From the packed data to a page that people can use; the pictures follow.

async function begin() {
  const report = JSON.parse(await unpacked("data"));
  const estate = new Estate(report);
  setCurrency(report.currency);
  showSummary(estate);
  const inventory = new Inventory(estate);
  const plan = new Plan(estate, (at) => inventory.goTo(at));
  showCoverage(estate);
  showChanges(estate);
  follow(estate, inventory);
  settle(plan);
  mark("usable");
  await new Promise((next) => idle(next));
  await showPictures(estate);
  mark("drawn");
}

async function showPictures(estate) {
  choices(
    $("cost-by"),
    "cost-by",
    ["account", "kind", "owner"].map((by) => [by, by]),
    "account",
    (by) => showCost(estate, by),
  );
  showCost(estate, "account");
  showRuns(estate.report);
  showWaves(estate);
  await lastPicture;
}

function mark(state) {
  performance.mark(`ebbtide-${state}`);
  document.documentElement.dataset.state = state;
}

// Paper is light and narrow: the pictures are drawn for it, and the plan as a whole.
function settle(plan) {
  $("theme").addEventListener("change", () => {
    document.documentElement.dataset.theme = $("theme").value;
    redraw();
  });
  $("print").addEventListener("click", () => self.print());
  const paper = (on) => {
    if (on === document.documentElement.classList.contains("paper")) return;
    document.documentElement.classList.toggle("paper", on);
    if (on) plan.print();
    redraw();
  };
  self.addEventListener("beforeprint", () => paper(true));
  self.addEventListener("afterprint", () => paper(false));
  printing.addEventListener("change", () => paper(printing.matches));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
}

// #resource=<id> opens the page at a resource.
function follow(estate, inventory) {
  const open = () => {
    const [, id] = /^#resource=(.+)$/.exec(location.hash) ?? [];
    if (!id) return;
    const wanted = decoded(id);
    for (let at = 0; at < estate.count; at += 1) {
      if (estate.id(at) === wanted || estate.arn(at) === wanted) return inventory.goTo(at);
    }
  };
  self.addEventListener("hashchange", open);
  open();
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

begin().catch((error) => {
  $("notice").hidden = false;
  $("notice").textContent =
    `This report cannot be shown: ${error.message}. It needs a browser of 2024 or later.`;
  document.documentElement.dataset.state = "failed";
  throw error;
});
