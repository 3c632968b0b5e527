// Parts for tests: a clock moved by hand, real servers that misbehave to order.

export type { Behaviour, LoopbackServer, ReceivedRequest } from './loopback-server.ts';
export { answer, openLoopbackServer, readJson, refusedUrl } from './loopback-server.ts';
export { ManualClock } from './manual-clock.ts';
export type { CollectorCall, Fault, StoredSpan } from './misbehaving-collector.ts';
export { MisbehavingCollector } from './misbehaving-collector.ts';
