// Which resources are near one, and where they stand: rings by the number of steps.

const MOST_NODES = 2000;

// Steps outwards from the root, ring by ring, over the kinds and edge types that are asked for.
function nearby(estate, root, { hops, kinds, types }) {
  const rings = [[root]];
  const parents = new Map([[root, root]]);
  while (rings.length <= hops) {
    const ring = [];
    for (const at of rings.at(-1)) {
      for (const { other, type } of estate.edgesOf(at)) {
        if (parents.has(other) || !types.has(type) || !kinds(estate.kinds[other])) continue;
        parents.set(other, at);
        ring.push(other);
      }
    }
    if (!ring.length) break;
    rings.push(ring);
  }
  return { rings, parents, total: parents.size };
}

// Whole rings while there is room; of the first that is too large evenly chosen ones, of later ones none.
function sampled({ rings, parents, total }) {
  let room = MOST_NODES;
  const kept = [];
  for (const ring of rings) {
    const part =
      ring.length <= room
        ? ring
        : Array.from({ length: room }, (_, at) => ring[Math.floor((at * ring.length) / room)]);
    if (part.length) kept.push(part);
    room -= part.length;
  }
  return { rings: kept, parents, total };
}

const GAP = 0.32; // between two nodes of a ring, where 1 is the distance of two rings

// Each ring is ordered by the parents' angles, then by kind, so that few lines cross.
function placed(estate, { rings, parents }) {
  const angles = new Map();
  const places = new Map();
  let radius = 0;
  for (const ring of rings) {
    const key = (at) => angles.get(parents.get(at)) ?? 0;
    const ordered = [...ring].sort(
      (one, other) =>
        key(one) - key(other) || estate.kinds[one] - estate.kinds[other] || one - other,
    );
    if (ring.length === 1 && radius === 0) {
      angles.set(ring[0], 0);
      places.set(ring[0], [0, 0]);
    } else radius = around(ordered, radius + 1, angles, places);
    radius += radius === 0 ? 0.001 : 0;
  }
  return places;
}

// A crowded ring takes several circles; its nodes alternate between them.
function around(ordered, inner, angles, places) {
  let circles = 1;
  while (
    circles * 2 * Math.PI * (inner + ((circles - 1) * 0.45) / 2) < ordered.length * GAP &&
    circles < 12
  )
    circles += 1;
  ordered.forEach((at, place) => {
    const angle = (2 * Math.PI * place) / ordered.length - Math.PI / 2;
    const radius = inner + (place % circles) * 0.45;
    angles.set(at, angle + Math.PI / 2);
    places.set(at, [radius * Math.cos(angle), -radius * Math.sin(angle)]);
  });
  return inner + (circles - 1) * 0.45;
}

function edgesBetween(estate, places, types) {
  const found = [];
  for (const at of places.keys()) {
    for (const { other, type, outwards } of estate.edgesOf(at)) {
      if (outwards && places.has(other) && types.has(type))
        found.push({ from: at, to: other, type });
    }
  }
  return found;
}
