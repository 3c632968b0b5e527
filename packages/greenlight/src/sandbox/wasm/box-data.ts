/** What a thread of boxes is started with, and the checks that it is. */
import { MessagePort } from 'node:worker_threads';
import { isRecord } from '../harness/record.ts';
import type { PythonImage } from './python/image.ts';
import type { PythonSnapshot } from './python/snapshot.ts';

export interface PythonBoxData {
  readonly snapshot: PythonSnapshot;
  /** One 32-bit integer, raised and notified for every command. */
  readonly wake: SharedArrayBuffer;
  /** Where the commands come in: read synchronously, the thread never reaches its event loop. */
  readonly port: MessagePort;
}

export interface JavaScriptBoxData {
  readonly module: WebAssembly.Module;
  readonly harness: string;
  /** The source of `node-modules.js`. */
  readonly nodeModules: string;
  /** Its jobs are TypeScript. */
  readonly stripsTypes: boolean;
}

export function isJavaScriptBoxData(data: unknown): data is JavaScriptBoxData {
  return (
    isRecord(data) &&
    data['module'] instanceof WebAssembly.Module &&
    typeof data['harness'] === 'string' &&
    typeof data['nodeModules'] === 'string' &&
    typeof data['stripsTypes'] === 'boolean'
  );
}

export type PythonBootData = PythonImage & { readonly harness: string };

export function isPythonBootData(data: unknown): data is PythonBootData {
  return (
    isRecord(data) &&
    data['module'] instanceof WebAssembly.Module &&
    data['data'] instanceof Uint8Array &&
    typeof data['initialPages'] === 'number' &&
    typeof data['harness'] === 'string'
  );
}

export function isPythonSnapshot(data: unknown): data is PythonSnapshot {
  return (
    isRecord(data) &&
    data['module'] instanceof WebAssembly.Module &&
    data['bytes'] instanceof SharedArrayBuffer &&
    Array.isArray(data['runs']) &&
    typeof data['stackPointer'] === 'number' &&
    isRecord(data['resume']) &&
    Array.isArray(data['spaces'])
  );
}

export function isPythonBoxData(data: unknown): data is PythonBoxData {
  return (
    isRecord(data) &&
    isPythonSnapshot(data['snapshot']) &&
    data['wake'] instanceof SharedArrayBuffer &&
    data['port'] instanceof MessagePort
  );
}
