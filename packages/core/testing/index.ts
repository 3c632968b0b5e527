// Parts for tests: a clock moved by hand, a real server that misbehaves to order.

export type { Behaviour, LoopbackServer, ReceivedRequest } from './loopback-server.ts';
export { answer, openLoopbackServer, refusedUrl } from './loopback-server.ts';
export { ManualClock } from './manual-clock.ts';
