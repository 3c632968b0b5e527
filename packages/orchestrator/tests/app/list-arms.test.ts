import { describe, expect, it } from 'vitest';
import { startAnnouncing } from '../../src/app/announce.ts';
import { createListArms } from '../../src/app/list-arms.ts';
import type { ArmContract } from '../../src/ports/arm.ts';
import type { ArmAtWork, ArmStanding } from '../../src/ports/store.ts';
import { createHandDrivenArm, silentLogger } from '../../testing/index.ts';

const NODE = { id: 7, pid: 70 };

function contract(name: string, different: Partial<ArmContract> = {}): ArmContract {
  return { name, screening: 'enforce', checkInput: () => [], ...different };
}

describe('the list of arms', () => {
  it('tells of each what it takes, who works for it, what is wrong and what waits', async () => {
    const arms = new Map(
      [
        contract('zoo', { type: 'http', fallback: ['ape'], inputSchema: { type: 'object' } }),
        contract('ape'),
        contract('bee'),
      ].map((one) => [one.name, one]),
    );
    const atWork: ArmAtWork[] = [
      { arm: 'zoo', nodes: 2, slots: 16, problems: [] },
      { arm: 'ape', nodes: 1, slots: 1, problems: ['no key'] },
    ];
    const list = createListArms(arms, {
      armsAtWork: async () => atWork,
      backlog: async () => [{ arm: 'bee', depth: 3, oldestAgeSeconds: 61.4 }],
    });
    const [ape, bee, zoo] = await list();
    expect(ape).toMatchObject({ name: 'ape', type: 'ape', health: 'troubled', problems: ['no key'], nodes: 1 });
    expect(bee).toMatchObject({ health: 'unattended', nodes: 0, slots: 0, waiting: 3, oldest_waiting_seconds: 61 });
    expect(zoo).toEqual({
      name: 'zoo',
      type: 'http',
      screening: 'enforce',
      redacts: [],
      fallback: ['ape'],
      input_schema: { type: 'object' },
      health: 'healthy',
      problems: [],
      nodes: 2,
      slots: 16,
      waiting: 0,
      oldest_waiting_seconds: 0,
    });
  });
});

describe('a working node', () => {
  it('says at once what it works for, again when asked, and that it has stopped', async () => {
    const said: (readonly ArmStanding[])[] = [];
    let withdrawn = 0;
    const arm = createHandDrivenArm({ concurrency: 3 });
    const announcing = startAnnouncing({
      store: {
        announce: async (_node, arms) => void said.push(arms),
        withdraw: async () => {
          withdrawn += 1;
          throw new Error('the database is away');
        },
      },
      node: NODE,
      arms: () => [arm],
      logger: silentLogger,
      intervalMs: 60_000,
    });
    await announcing.now();
    await announcing.now();
    await announcing.stop();
    expect(said[0]).toEqual([{ arm: 'test', slots: 3, problem: null }]);
    expect([said.length, withdrawn]).toEqual([2, 1]);
  });

  it('goes on when it cannot say it', async () => {
    const announcing = startAnnouncing({
      store: { announce: async () => Promise.reject(new Error('away')), withdraw: async () => undefined },
      node: NODE,
      arms: () => [],
      logger: silentLogger,
      intervalMs: 60_000,
    });
    await expect(announcing.now()).resolves.toBeUndefined();
    await announcing.stop();
  });
});
