import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRedactionKeys } from '../../../src/adapters/secret-keys/redaction-keys.ts';
import { matching } from '../../../testing/index.ts';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const TASK = '6f1c8dd8-9d0e-4a2e-9d3a-0d7c8a1f2b34';
const VALUES = [{ placeholder: '[SSN_1]', value: '536-90-4399' }];

describe('sealed redactions', () => {
  it('open for their task, whatever they hold, and tell nothing closed', () => {
    const keys = createRedactionKeys([NEW]);
    const redactions = fc.array(
      fc.record(
        { placeholder: fc.string(), value: fc.string({ unit: 'binary' }), isNumber: fc.constant(true as const) },
        { requiredKeys: ['placeholder', 'value'] },
      ),
    );
    fc.assert(
      fc.property(redactions, fc.uuid(), (values, taskId) => {
        const plain = values.map((one) => ({ ...one }));
        const sealed = keys.seal(taskId, plain);
        expect(keys.unseal(taskId.toUpperCase(), sealed)).toEqual({ kind: 'open', redactions: plain });
      }),
    );
    expect(Buffer.from(keys.seal(TASK, VALUES).sealed).includes('536-90-4399')).toBe(false);
  });

  it('never have the same nonce', () => {
    const keys = createRedactionKeys([NEW]);
    const nonces = Array.from({ length: 100 }, () => Buffer.from(keys.seal(TASK, VALUES).nonce).toString('hex'));
    expect(new Set(nonces).size).toBe(100);
  });

  it('do not open for another task, under another key, or when any byte was changed', () => {
    const keys = createRedactionKeys([NEW]);
    const sealed = keys.seal(TASK, VALUES);
    expect(keys.unseal(randomUUID(), sealed)).toMatchObject({ kind: 'locked' });
    const other = createRedactionKeys([randomBytes(32)]).unseal(TASK, sealed);
    expect(other).toMatchObject({ kind: 'locked', reason: matching(new RegExp(sealed.keyId)) });
    for (let at = 0; at < sealed.sealed.length; at += 1) {
      const changed = Uint8Array.from(sealed.sealed);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(keys.unseal(TASK, { ...sealed, sealed: changed })).toMatchObject({ kind: 'locked' });
    }
    expect(keys.unseal(TASK, { ...sealed, sealed: new Uint8Array(3) })).toMatchObject({ kind: 'locked' });
    expect(keys.unseal(TASK, { ...sealed, nonce: new Uint8Array(0) })).toMatchObject({ kind: 'locked' });
  });

  it('open after the key was rotated, and not once the old one is gone', () => {
    const sealed = createRedactionKeys([OLD]).seal(TASK, VALUES);
    const rotated = createRedactionKeys([NEW, OLD]);
    expect(rotated.unseal(TASK, sealed)).toEqual({ kind: 'open', redactions: VALUES });
    expect(rotated.seal(TASK, VALUES).keyId).not.toBe(sealed.keyId);
    expect(createRedactionKeys([NEW]).unseal(TASK, sealed)).toMatchObject({ kind: 'locked' });
  });
});

describe('a digest', () => {
  it('is made with each key, the newest first, and is none that one can make without', () => {
    const [before] = createRedactionKeys([OLD]).digests('text');
    const digests = createRedactionKeys([NEW, OLD]).digests('text');
    expect(digests[1]).toBe(before);
    expect(new Set([...digests, ...createRedactionKeys([NEW]).digests('texu')]).size).toBe(3);
    expect(before).toMatch(/^[0-9a-f]{64}$/);
  });
});
