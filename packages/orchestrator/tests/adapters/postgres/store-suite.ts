/** What every store must do, whatever it stands on. */
import { afterAll, beforeAll, beforeEach, describe } from 'vitest';
import { attemptFacts } from './store-suite/attempt-facts.ts';
import { cancelFacts } from './store-suite/cancel-facts.ts';
import { deathFacts } from './store-suite/death-facts.ts';
import { insertFacts } from './store-suite/insert-facts.ts';
import { lawFacts } from './store-suite/law-facts.ts';
import { listFacts } from './store-suite/list-facts.ts';
import { nodeFacts } from './store-suite/node-facts.ts';
import { orderFacts } from './store-suite/order-facts.ts';
import { redriveFacts } from './store-suite/redrive-facts.ts';
import type { StoreSubject } from './store-suite/subject.ts';

export function storeSuite(name: string, create: () => Promise<StoreSubject>): void {
  describe(name, () => {
    let subject: StoreSubject | undefined;
    beforeAll(async () => {
      subject = await create();
    });
    afterAll(() => subject?.[Symbol.asyncDispose]());
    const use = (): StoreSubject => {
      if (subject === undefined) throw new Error('the store exists inside hooks and tests only');
      return subject;
    };
    beforeEach(() => use().clear());

    insertFacts(use);
    attemptFacts(use);
    cancelFacts(use);
    deathFacts(use);
    listFacts(use);
    orderFacts(use);
    redriveFacts(use);
    nodeFacts(use);
    lawFacts(use);
  });
}
