/** Rules over what programs print and how they end. */
import type { Evidence, OtherOutput } from './evidence.ts';

/** Words as texts compare where their form does not count. */
const WORDS = /[^\s,;:|]+/g;
const MOST_WORDS = 10_000;

export function missingPrint({ outputs }: Evidence): string | undefined {
  return outputs.some(({ expected, actual }) => actual.trim() === '' && expected.trim() !== '')
    ? 'The program prints nothing: check that the result is printed, and that the code that does it runs.'
    : undefined;
}

/** The right words in another form: blanks, commas, case, line ends. */
export function outputFormat({ outputs }: Evidence): string | undefined {
  const same = outputs.some(({ expected, actual }) => {
    const [wanted, got] = [wordsOf(expected), wordsOf(actual)];
    return wanted.length > 0 && wanted.join(' ').toLowerCase() === got.join(' ').toLowerCase();
  });
  return same
    ? 'What is printed differs only in its form: compare blanks, commas, line breaks, and capital letters with what is asked for.'
    : undefined;
}

/** As many words, all alike but for a number that is one too large or too small. */
export function outputOffByOne({ outputs }: Evidence): string | undefined {
  return outputs.some(isOffByOne)
    ? 'A number that is printed is off by one: check where the loop or the range starts and ends, and < against <=.'
    : undefined;
}

export function wrongExit({ verdicts }: Evidence): string | undefined {
  return verdicts.some(({ kind }) => kind === 'wrong-exit')
    ? 'The program prints the right thing, but its exit code is another one: check the last command that runs, and what it exits with.'
    : undefined;
}

function isOffByOne({ expected, actual }: OtherOutput): boolean {
  const [wanted, got] = [wordsOf(expected), wordsOf(actual)];
  if (wanted.length !== got.length) return false;
  const others = wanted.flatMap((word, index) => (word === got[index] ? [] : [[word, got[index] ?? '']]));
  return others.length > 0 && others.every(([a = '', b = '']) => isWhole(a) && isWhole(b) && Math.abs(+a - +b) === 1);
}

function isWhole(word: string): boolean {
  return /^-?\d{1,15}$/.test(word);
}

function wordsOf(text: string): string[] {
  return (text.match(WORDS) ?? []).slice(0, MOST_WORDS);
}
