/**
 * True for any object but an array. The modules that a box loads use this and not core's: core's sources are not among
 * those stripped for the boxes, and a box that has to strip types itself starts 120 ms later.
 */
export function isRecord(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
