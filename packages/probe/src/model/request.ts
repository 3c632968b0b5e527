import { ModelRequestInvalid } from './errors.ts';
import type { ModelRequest } from './port.ts';

/** @throws ModelRequestInvalid when no model can answer the request */
export function checkRequest({ messages, maxTokens, temperature }: ModelRequest): void {
  if (messages.length === 0) throw new ModelRequestInvalid('messages', 'empty', 'one message or more');
  if (!messages.some(({ role, content }) => role === 'user' && content.trim() !== '')) {
    throw new ModelRequestInvalid('messages', 'without a user message that has text', 'at least one such message');
  }
  if (!Number.isInteger(maxTokens) || maxTokens < 1) {
    throw new ModelRequestInvalid('maxTokens', String(maxTokens), 'a whole number from 1 on');
  }
  if (temperature !== undefined && !(temperature >= 0 && temperature <= 2)) {
    throw new ModelRequestInvalid('temperature', String(temperature), 'a number from 0 to 2');
  }
}
