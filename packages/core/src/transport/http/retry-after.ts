/**
 * How long an answer asks to wait: `retry-after-ms` (milliseconds), or `Retry-After` as seconds or an HTTP-date.
 *
 * Source: RFC 9110, sections 10.2.3 (Retry-After) and 5.6.7 (the three forms of a date); `retry-after-ms` is what several
 * model providers send beside it, and says the same more precisely. What has none of these forms is ignored: guessing from
 * it (Date.parse takes "-5" for a year) would be worse.
 */
const NUMBER = /^\d{1,15}(?:\.\d{1,9})?$/;
const IMF_FIXDATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;
const RFC_850 = /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/;

/**
 * Milliseconds to wait, at least 0 (a date in the past); undefined when the answer does not say, or not validly.
 *
 * A date is taken relative to the answer's own `Date` where it has one, so that two clocks that disagree do not matter.
 *
 * @param header gives a header by its lower-case name
 * @param today milliseconds since 1970 by the local clock
 */
export function readRetryAfter(header: (name: string) => string | null, today: () => number): number | undefined {
  const milliseconds = header('retry-after-ms')?.trim();
  if (milliseconds !== undefined && NUMBER.test(milliseconds)) return Number(milliseconds);
  const value = header('retry-after')?.trim();
  if (value === undefined) return undefined;
  if (NUMBER.test(value)) return Number(value) * 1000;
  const until = parseHttpDate(value);
  if (until === undefined) return undefined;
  return Math.max(0, until - (parseHttpDate(header('date')?.trim()) ?? today()));
}

function parseHttpDate(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  let time = Number.NaN;
  if (IMF_FIXDATE.test(text) || RFC_850.test(text)) time = Date.parse(text);
  else if (ASCTIME.test(text)) time = Date.parse(`${text} GMT`);
  return Number.isNaN(time) ? undefined : time;
}
