/** What messages say of a database: never its password. */
import { messageOf } from '@switchyard/core';
import { DatabaseUnavailable } from './ports/errors.ts';

/** Host and database of a URL, for messages. */
export function placeOf(databaseUrl: string): string {
  const url = URL.parse(databaseUrl);
  if (url === null) return 'the configured address';
  return `${url.searchParams.get('host') ?? url.host}${url.pathname}`;
}

/** Why a database cannot be used, for messages. */
export function reasonOf(error: unknown): string {
  const cause = error instanceof DatabaseUnavailable ? error.cause : error;
  // A refused connection to a name with several addresses comes as an AggregateError without words.
  if (cause instanceof AggregateError) return cause.errors.map(messageOf).join(', ');
  return messageOf(cause);
}
