import { setImmediate as nextTurn } from 'node:timers/promises';

/** A remote screen is asked about this many tasks at once. */
const AT_ONCE = 8;

/** A few at once, in order; what runs in this process does not keep other requests waiting for the whole of it. */
export async function inTurns<Item, Answer>(
  items: readonly Item[],
  run: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    answers.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(run))));
    await nextTurn();
  }
  return answers;
}
