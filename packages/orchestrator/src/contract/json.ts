import { z } from 'zod';

/** Any JSON value, as zod checks it. */
export const jsonSchema = z.json();
export const jsonObjectSchema = z.record(z.string(), z.json());

export type JsonValue = z.infer<typeof jsonSchema>;
