/** Texts of our own that the model learns from beside the labelled ones: attacks by what they try, and harmless texts that look like them. */
import { ENGLISH_ATTACKS } from './english-attacks.ts';
import { LANGUAGES, type Phrases } from './languages.ts';
import { LOOK_ALIKES } from './look-alikes.ts';
import { MORE_LANGUAGES } from './more-languages.ts';
import { variantsOf } from './variants.ts';

/** Readings of each English template. */
const VARIANTS = 4;

const PHRASES: readonly Phrases[] = [...LANGUAGES, ...MORE_LANGUAGES];

export function ownAttacks(): string[] {
  const english = ENGLISH_ATTACKS.flatMap((template) => variantsOf(template, VARIANTS));
  return [...new Set([...english, ...PHRASES.flatMap(attacksOf)])];
}

/** Each opening before two of what may follow it, so that every part is said in several places. */
function attacksOf({ drop, claim, ask, alone, harmless }: Phrases): string[] {
  return [
    ...ask,
    ...alone,
    ...joined(drop, ask),
    ...joined(drop, harmless),
    ...joined(claim, ask),
    ...joined(claim, harmless),
  ];
}

function joined(openings: readonly string[], rests: readonly string[]): string[] {
  return openings.flatMap((opening, index) =>
    [0, 1].map((step) => `${opening} ${rests[(index * 2 + step) % rests.length] ?? ''}`.trim()),
  );
}

/** Alone, and two in a row: that one sentence follows another is no sign of an attack. */
export function ownHarmless(): string[] {
  const english = LOOK_ALIKES.flatMap((template) => variantsOf(template, VARIANTS));
  const others = PHRASES.flatMap(({ harmless }) => [
    ...harmless,
    ...harmless.map((text, index) => `${text} ${harmless[(index + 2) % harmless.length] ?? ''}`),
  ]);
  return [...new Set([...english, ...others])];
}
