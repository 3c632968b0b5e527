/**
 * Sentences with choices: `{a|b}` stands for one of both, `{a|}` for one or nothing. Choices do not nest.
 */

/**
 * `count` readings of the template, each choice walked through in turn, so that every alternative is used before one is used again.
 * Deterministic.
 */
export function variantsOf(template: string, count: number): string[] {
  const parts = template.split(/[{}]/);
  return Array.from({ length: count }, (_, variant) =>
    parts
      .map((part, index) => (index % 2 === 0 ? part : chosen(part.split('|'), variant, index)))
      .join('')
      .replaceAll(/ {2,}/g, ' ')
      .trim(),
  );
}

/** Steps that share no divisor with the usual numbers of choices, so that neighbours do not move together. */
const STEPS = [1, 5, 7, 11, 13];

function chosen(choices: readonly string[], variant: number, index: number): string {
  const step = STEPS[(index >> 1) % STEPS.length] ?? 1;
  return choices[(variant * step + (index >> 1)) % choices.length] ?? '';
}
