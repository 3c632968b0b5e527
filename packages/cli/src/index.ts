// The command as a function, for the launcher and for tests of other packages. Everything else is private.

export type { Io, OutputStream, StopSignal } from './io.ts';
export { main } from './main.ts';
