/** What a box's worker is started with, and the checks that it is. */
import { MessagePort } from 'node:worker_threads';
import { isRecord } from '../harness/record.ts';

export interface PythonBoxData {
  readonly module: WebAssembly.Module;
  readonly initialPages: number;
  /** Memory that the box may have at most, MiB. */
  readonly memoryMb: number;
  readonly harness: string;
  /** One 32-bit integer, raised and notified for every command. */
  readonly wake: SharedArrayBuffer;
  /** Where the commands come in: read synchronously, the thread never reaches its event loop. */
  readonly port: MessagePort;
}

export interface JavaScriptBoxData {
  readonly module: WebAssembly.Module;
  /** Memory of the engine that is made ready, MiB. */
  readonly memoryMb: number;
  readonly harness: string;
  /** The source of `node-modules.js`. */
  readonly nodeModules: string;
  /** Its jobs are TypeScript. */
  readonly stripsTypes: boolean;
}

export function isJavaScriptBoxData(data: unknown): data is JavaScriptBoxData {
  return isEngineData(data) && typeof data['nodeModules'] === 'string' && typeof data['stripsTypes'] === 'boolean';
}

/** What both engines are started with. */
function isEngineData(data: unknown): data is { readonly [name: string]: unknown } {
  return (
    isRecord(data) &&
    data['module'] instanceof WebAssembly.Module &&
    typeof data['memoryMb'] === 'number' &&
    typeof data['harness'] === 'string'
  );
}

export function isPythonBoxData(data: unknown): data is PythonBoxData {
  return (
    isEngineData(data) &&
    typeof data['initialPages'] === 'number' &&
    data['wake'] instanceof SharedArrayBuffer &&
    data['port'] instanceof MessagePort
  );
}
