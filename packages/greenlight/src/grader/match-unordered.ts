/**
 * Items left over after exact matches are matched by trying all pairs; more than this count as unequal (it only takes so
 * many when a large set of floats is off within tolerance).
 */
const MOST_LEFT_OVER = 256;

/** Of items with one key that are not equal (a list where a tuple is meant), so many are tried for each. */
const MOST_OF_A_KEY = 256;

/** Items of either side that found no partner. Both are empty when the two hold the same. */
export interface Unmatched<A, B> {
  readonly missing: readonly A[];
  readonly extra: readonly B[];
}

/**
 * Pairs two collections one to one, in any order. Items with the same key are paired first where `equal` agrees; the others
 * by a maximum bipartite matching (augmenting paths, H. W. Kuhn 1955), so that no order of either side changes the result.
 */
export function matchUnordered<A, B>(
  wanted: readonly A[],
  found: readonly B[],
  key: (item: A | B) => string,
  equal: (wanted: A, found: B) => boolean,
): Unmatched<A, B> {
  const buckets = new Map<string, B[]>();
  for (const item of found) {
    const name = key(item);
    const bucket = buckets.get(name);
    if (bucket === undefined) {
      buckets.set(name, [item]);
    } else {
      bucket.push(item);
    }
  }
  const missing: A[] = [];
  for (const item of wanted) {
    const bucket = buckets.get(key(item)) ?? [];
    if (!takeEqual(bucket, (other) => equal(item, other))) missing.push(item);
  }
  const extra = [...buckets.values()].flat();
  return missing.length > MOST_LEFT_OVER || extra.length > MOST_LEFT_OVER
    ? { missing, extra }
    : matchLeftOvers(missing, extra, equal);
}

/** Takes the first of them that is equal away; the last one takes its place. */
function takeEqual<B>(bucket: B[], equal: (other: B) => boolean): boolean {
  for (const [index, other] of bucket.entries()) {
    if (index >= MOST_OF_A_KEY) return false;
    if (!equal(other)) continue;
    const last = bucket.pop();
    if (last !== undefined && index < bucket.length) bucket[index] = last;
    return true;
  }
  return false;
}

function matchLeftOvers<A, B>(
  wanted: readonly A[],
  found: readonly B[],
  equal: (wanted: A, found: B) => boolean,
): Unmatched<A, B> {
  const candidates = wanted.map((item) => found.flatMap((other, index) => (equal(item, other) ? [index] : [])));
  /** For each found item, the index of the wanted one that holds it. */
  const holder = new Map<number, number>();
  const place = (index: number, tried: Set<number>): boolean => {
    for (const candidate of candidates[index] ?? []) {
      if (!tried.has(candidate)) {
        tried.add(candidate);
        const rival = holder.get(candidate);
        if (rival === undefined || place(rival, tried)) {
          holder.set(candidate, index);
          return true;
        }
      }
    }
    return false;
  };
  const missing = wanted.filter((_, index) => !place(index, new Set()));
  return { missing, extra: found.filter((_, index) => !holder.has(index)) };
}
