/** What both endpoint clients share: the answers of the collector, ids in paths, idempotency keys. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { SwitchyardError } from '../../errors.ts';

/** CONTRACTS.md, section 1: keys have at most 64 characters. */
const LONGEST_KEY = 64;

const controlSchema = z.looseObject({
  /** True when the collector wants the instance to stop. */
  terminate: z.boolean().optional(),
  reason: z.string().nullish(),
});

const createdSchema = z.looseObject({
  details: z.looseObject({ id: z.string().min(1) }),
  control: controlSchema.nullish(),
});

const acknowledgedSchema = z.looseObject({ control: controlSchema.nullish() }).optional();

const instanceSchema = z.looseObject({
  details: z.looseObject({
    id: z.string().optional(),
    status: z.string(),
    termination_reason: z.string().nullish(),
  }),
});

/** A wish of the collector that came with an answer. */
export type CollectorControl = z.output<typeof controlSchema>;
export type Created = z.output<typeof createdSchema>;
export type Acknowledged = NonNullable<z.output<typeof acknowledgedSchema>>;
export type AgentInstance = z.output<typeof instanceSchema>;

export const parseCreated = (body: unknown): Created => createdSchema.parse(body);
export const parseAcknowledged = (body: unknown): Acknowledged => acknowledgedSchema.parse(body) ?? {};
export const parseInstance = (body: unknown): AgentInstance => instanceSchema.parse(body);

/** A call of an endpoint client with an id or key that cannot be sent. */
export class CollectorCallInvalid extends SwitchyardError {
  constructor(problem: string) {
    super('collector_call_invalid', 'invalid', problem);
  }
}

/** The caller's key, or a new one: the same in every attempt of the call. */
export function keyOf(given: string | undefined): string {
  if (given === undefined) return randomUUID();
  if (given.length >= 1 && given.length <= LONGEST_KEY && /^[\x21-\x7e]+$/.test(given)) return given;
  throw new CollectorCallInvalid(
    `the idempotency_key has ${given.length} characters; it must have 1 to ${LONGEST_KEY}, visible ASCII`,
  );
}

/** An id as one segment of a path: it cannot lead anywhere else. */
export function segmentOf(id: string): string {
  if (id !== '' && id !== '.' && id !== '..') return encodeURIComponent(id);
  throw new CollectorCallInvalid(`${JSON.stringify(id)} is not an id`);
}
