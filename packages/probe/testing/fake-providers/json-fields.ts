/** Reading what a client sent, which may be anything. */
import { isJsonObject } from '@switchyard/core';
import type { FakeMessage } from './reply.ts';

export function field(value: unknown, name: string): unknown {
  return isJsonObject(value) ? value[name] : undefined;
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function numberOf(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The text of a content that is a string, or a list of parts with a `text`. */
export function contentOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return listOf(value)
    .map((part) => textOf(field(part, 'text')))
    .join('');
}

export function messagesOf(value: unknown): FakeMessage[] {
  return listOf(value).map((message) => ({
    role: textOf(field(message, 'role')),
    content: contentOf(field(message, 'content')),
  }));
}

export function bearerOf(headers: Readonly<Record<string, string | string[] | undefined>>): string | null {
  const { authorization } = headers;
  return typeof authorization === 'string' && authorization.startsWith('Bearer ') ? authorization.slice(7) : null;
}
