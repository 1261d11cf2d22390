// What is known about one resource, for the plan and for the inventory.

const CONSOLE = "https://console.aws.amazon.com/go/view?arn=";

// Only the ARNs of AWS's public partition lead there.
function consoleLink(arn) {
  if (!/^arn:aws:/.test(arn)) return null;
  const href = CONSOLE + encodeURIComponent(arn);
  return element(
    "a",
    { href, target: "_blank", rel: "noopener noreferrer" },
    "Open in the AWS console",
  );
}

function factList(facts) {
  const known = facts.filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return element(
    "dl",
    { class: "facts" },
    known.map(([title, value]) =>
      element("div", {}, element("dt", {}, title), element("dd", {}, value)),
    ),
  );
}

function resourceFacts(estate, at) {
  return [
    ["Kind", estate.kind(at)],
    ["Id", estate.id(at)],
    [
      "Account",
      [estate.account(at), estate.accountId(at)]
        .filter((text, place, all) => all.indexOf(text) === place)
        .join(" · "),
    ],
    ["Region", estate.region(at)],
    ["Owner", estate.owner(at) || "none"],
    ["Creator", estate.creator(at) || UNKNOWN],
    ["Created", moment(estate.created[at])],
    ["Cost a month", money(estate.monthly[at])],
    ["Tags", estate.tags(at)],
    ["ARN", estate.arn(at)],
  ];
}

const LOOKS = {
  planned: "accent",
  refused: "",
  undecided: "warn",
  reported: "",
  gone: "good",
  failed: "bad",
};
const badge = (text) => element("span", { class: `badge ${LOOKS[text] ?? ""}` }, words(text));

function decision(estate, entry, go) {
  const others = (entry.after ?? []).slice(0, 20);
  const approved = entry.approved === true ? "yes" : entry.approved || null;
  const held = entry.held === true ? "yes" : entry.held || null;
  return factList([
    ["Decision", badge(entry.list)],
    ["Rules", entry.rules.join(", ")],
    ["Reason", entry.reason],
    ["Selected because", entry.selected_because !== entry.reason ? entry.selected_because : ""],
    ["Evidence", entry.evidence?.length ? sentences(entry.evidence) : ""],
    ["Would save", entry.list === "planned" ? money(entry.monthly) : ""],
    ["Wave", isKnown(entry.wave) ? number(entry.wave) : ""],
    [
      "After",
      others.length
        ? element(
            "ul",
            { class: "sentences" },
            others.map((at) => element("li", {}, go(at))),
            entry.after.length > 20
              ? element("li", {}, `and ${entry.after.length - 20} more`)
              : null,
          )
        : "",
    ],
    ["Held", held && String(held)],
    ["Approved", approved && String(approved)],
    ["Ending", entry.ending ? badge(entry.ending) : ""],
    ["Why so", entry.ending_reason],
  ]);
}
