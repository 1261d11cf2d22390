// The data in memory: typed columns, edges by source and by target, and texts to search in.

const TEXTS = ["id", "name", "arn", "creator", "tags"];

async function unpacked(id) {
  const letters = atob($(id).textContent.trim());
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < letters.length; at += 1) bytes[at] = letters.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

function tagText(tags) {
  if (tags === null || tags === undefined) return "";
  if (typeof tags !== "object") return String(tags);
  const pairs = Array.isArray(tags) ? tags.map((tag) => [tag].flat()) : Object.entries(tags);
  return pairs.map((pair) => pair.join("=")).join(" ");
}

// How many edges begin (or end) at each resource, then where they stand: two passes, two arrays.
function indexed(count, from, to, types) {
  const first = new Int32Array(count + 1);
  for (const at of from) first[at + 1] += 1;
  for (let at = 0; at < count; at += 1) first[at + 1] += first[at];
  const next = first.slice(0, count);
  const others = new Int32Array(from.length);
  const kinds = new Uint8Array(from.length);
  for (let edge = 0; edge < from.length; edge += 1) {
    const place = next[from[edge]]++;
    others[place] = to[edge];
    kinds[place] = types[edge];
  }
  return { first, others, kinds };
}

class Estate {
  constructor(report) {
    const { resources, names } = report;
    this.report = report;
    this.names = names;
    this.texts = resources.texts;
    this.count = this.texts.length / TEXTS.length;
    for (const name of ["kind", "account", "region", "owner"]) {
      this[`${name}s`] = Int32Array.from(resources[name]);
    }
    this.monthly = Float64Array.from(resources.monthly, (value) => value ?? NaN);
    this.created = Float64Array.from(resources.created, (value) => value ?? NaN);
    this.#connect(report.edges);
    this.#plan(report.plan);
    this.changes = new Map();
    for (const change of ["created", "updated"]) {
      for (const at of report.changes[change]) this.changes.set(at, change);
    }
    this.searched = [];
  }

  #connect({ steps, distances, types }) {
    const sources = new Int32Array(steps.length);
    let source = 0;
    for (let edge = 0; edge < steps.length; edge += 1) sources[edge] = source += steps[edge];
    const targets = sources.map((from, edge) => from + distances[edge]);
    this.outgoing = indexed(this.count, sources, targets, types);
    this.incoming = indexed(this.count, targets, sources, types);
  }

  #plan(entries) {
    this.planned = new Map();
    entries.forEach((entry) => this.planned.set(entry.resource, entry));
  }

  text(at, column) {
    return this.texts[at * TEXTS.length + TEXTS.indexOf(column)] ?? "";
  }

  id(at) {
    return String(this.text(at, "id"));
  }

  name(at) {
    return String(this.text(at, "name") || this.id(at));
  }

  arn(at) {
    return String(this.text(at, "arn"));
  }

  creator(at) {
    return String(this.text(at, "creator"));
  }

  tags(at) {
    return tagText(this.text(at, "tags"));
  }

  kind(at) {
    return String(this.names.kinds[this.kinds[at]] ?? "");
  }

  region(at) {
    return String(this.names.regions[this.regions[at]] ?? "");
  }

  owner(at) {
    return String(this.names.owners[this.owners[at]] ?? "");
  }

  accountId(at) {
    return String(this.names.accounts[this.accounts[at]]?.[0] ?? "");
  }

  account(at) {
    return accountTitle(this.names.accounts[this.accounts[at]]);
  }

  // All resources whose id, name, ARN, tags or kind contain every word, in the data's order.
  search(text) {
    const terms = text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (let at = 0; at < this.count; at += 1) {
      const hay = terms.length ? this.hay(at) : "";
      if (terms.every((term) => hay.includes(term))) found.push(at);
    }
    return found;
  }

  hay(at) {
    this.searched[at] ??= [
      this.id(at),
      this.text(at, "name"),
      this.arn(at),
      this.tags(at),
      this.kind(at),
    ]
      .join("\n")
      .toLowerCase();
    return this.searched[at];
  }

  // Edges of one resource: the other end, the type, and the direction.
  *edgesOf(at) {
    for (const [side, outwards] of [
      [this.outgoing, true],
      [this.incoming, false],
    ]) {
      for (let edge = side.first[at]; edge < side.first[at + 1]; edge += 1) {
        yield { other: side.others[edge], type: side.kinds[edge], outwards };
      }
    }
  }

  degree(at) {
    const { outgoing, incoming } = this;
    return (
      outgoing.first[at + 1] - outgoing.first[at] + incoming.first[at + 1] - incoming.first[at]
    );
  }
}

function accountTitle(account) {
  const [id, name] = account ?? [];
  return String(name || id || "");
}

function addTo(groups, key, monthly) {
  const group = groups.get(key) ?? { key, monthly: 0, count: 0, unknown: 0, waste: 0 };
  groups.set(key, group);
  group.count += 1;
  if (isKnown(monthly)) group.monthly += monthly;
  else group.unknown += 1;
  return group;
}

const dearestFirst = (one, other) => other.monthly - one.monthly || other.count - one.count;
