/** Longer texts get a space of their own, which nobody keeps. */
const LONGEST_KEPT = 131_072;
const FIRST = 4_096;

/**
 * Arrays that one text fills and the next one uses again: to make and drop them for every text would cost more than to fill them. What is read
 * out of them holds until the space is asked for again.
 *
 * @param make with room for a text of so many code units
 * @returns gives the space, with room for a text of so many
 */
export function keptSpace<Space>(make: (characters: number) => Space): (characters: number) => Space {
  let kept = make(FIRST);
  let room = FIRST;
  return (characters) => {
    if (characters <= room) return kept;
    if (characters > LONGEST_KEPT) return make(characters);
    room = Math.max(characters, Math.min(LONGEST_KEPT, room * 2));
    kept = make(room);
    return kept;
  };
}
