// Texts that try to make the screen slow, for its tests and its benchmark.
export { FLOODS, filled, LONGEST_TEXT } from './floods.ts';
