// Numbers, money and times as people read them. What is unknown says so, and is never 0.

const UNKNOWN = "unknown";
const isKnown = (value) => typeof value === "number" && !Number.isNaN(value);

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const tenth = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const number = (value) => (isKnown(value) ? whole.format(value) : UNKNOWN);
// Only what is whole is 100 %.
const nearly = (value) => (value < 100 ? Math.min(value, 99.9) : value);
const percent = (value) => (isKnown(value) ? `${tenth.format(nearly(value))} %` : UNKNOWN);

let moneyFormat = null;

function setCurrency(code) {
  const plain = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  moneyFormat = { format: (value) => `${plain.format(value)} ${code}` };
  // A code that is none of ISO 4217's form stands behind the number.
  if (/^[A-Z]{3}$/.test(code)) {
    moneyFormat = new Intl.NumberFormat("en", { style: "currency", currency: code });
  }
}

function money(value) {
  if (!isKnown(value)) return UNKNOWN;
  if (value > 0 && value < 0.005) return `< ${moneyFormat.format(0.01)}`;
  return moneyFormat.format(value);
}

// A sum leaves out what is unknown; how many that are stands beside it.
function sum(value, count, unknown) {
  if (count > 0 && unknown >= count) return UNKNOWN;
  return money(value);
}

function besides(unknown) {
  if (!unknown) return "";
  return unknown === 1 ? "and 1 of unknown price" : `and ${number(unknown)} of unknown price`;
}

const counted = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

const SHORT_DAY = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
const dayFormat = new Intl.DateTimeFormat("en-GB", SHORT_DAY);
const timeFormat = new Intl.DateTimeFormat("en-GB", {
  ...SHORT_DAY,
  hour: "2-digit",
  minute: "2-digit",
});

function moment(value, format = timeFormat) {
  const date = new Date(typeof value === "number" ? value * 1000 : value);
  if (value === null || value === undefined || Number.isNaN(date.getTime())) return UNKNOWN;
  return format === timeFormat ? `${format.format(date)} UTC` : format.format(date);
}

const day = (value) => moment(value, dayFormat);

function duration(from, to) {
  const seconds = Math.round((new Date(to) - new Date(from)) / 1000);
  if (!isKnown(seconds)) return UNKNOWN;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

const words = (text) => String(text ?? "").replaceAll("_", " ");
// Kinds of AWS all begin the same.
const shortKind = (kind) => String(kind).replace(/^aws_/, "");
