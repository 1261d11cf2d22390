// Comma-separated values as RFC 4180 has them, and safe to open in a spreadsheet.

// A program would take these for the beginning of a formula, after blanks as well.
const FORMULA = /^[\s\u0000]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20\t\r]/;

function csvCell(value) {
  if (typeof value === "number") return Number.isNaN(value) ? UNKNOWN : String(value);
  let text = visible(String(value ?? ""));
  if (FORMULA.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function csv(columns, rows) {
  const lines = [columns.map(([title]) => csvCell(title))];
  for (const row of rows) lines.push(columns.map(([, value]) => csvCell(value(row))));
  return lines.map((cells) => `${cells.join(",")}\r\n`).join("");
}

// With a byte order mark, by which spreadsheets know UTF-8.
function download(name, text) {
  const address = URL.createObjectURL(
    new Blob(["\uFEFF", text], { type: "text/csv;charset=utf-8" }),
  );
  element("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

const safeName = (text) =>
  String(text)
    .replace(/[^\w.-]+/g, "_")
    .slice(0, 80);

function resourceColumns(estate, resource) {
  return [
    ["id", (row) => estate.id(resource(row))],
    ["name", (row) => estate.text(resource(row), "name")],
    ["kind", (row) => estate.kind(resource(row))],
    ["account", (row) => estate.accountId(resource(row))],
    ["account name", (row) => estate.account(resource(row))],
    ["region", (row) => estate.region(resource(row))],
    [
      "monthly",
      (row) => (row.monthly === undefined ? estate.monthly[resource(row)] : (row.monthly ?? NaN)),
    ],
    ["currency", () => estate.report.currency],
    ["owner", (row) => estate.owner(resource(row))],
    ["creator", (row) => estate.creator(resource(row))],
    ["created", (row) => isoTime(estate.created[resource(row)])],
    ["tags", (row) => estate.tags(resource(row))],
    ["arn", (row) => estate.arn(resource(row))],
  ];
}

function isoTime(seconds) {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? UNKNOWN : date.toISOString();
}
