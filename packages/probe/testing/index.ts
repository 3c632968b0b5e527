// The providers that tests and benchmarks of this and other packages talk to.

export { FakeProviders, type FakeProvidersOptions } from './fake-providers/fake-providers.ts';
export type { FailureName, FakeAnswer, FakeCall, FakeMessage, FakeReply } from './fake-providers/reply.ts';
export { FAILURES } from './fake-providers/reply.ts';
