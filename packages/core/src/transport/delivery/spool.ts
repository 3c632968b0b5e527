/**
 * Actions on disk, so that what is not sent before the end of the process is sent by the next.
 *
 * Owns one directory: a log of lines, appended in the order of the calls and written in the background. Leaves to `Delivery`
 * when an action is owed and when it is settled.
 *
 * 1. An action is either owed in the log or not in it at all; a half-written last line is as if it had not been written.
 * 2. The log holds at most about `maxBytes`: settled actions are cleared out of it by writing it anew, and an action for which
 *    there is no room is not taken.
 * 3. Opening reads all that is owed; the old files go only once their content stands in the new one. An action that stands
 *    in both is one, by its key.
 * 4. After the first failure of the disk nothing is written any more, `broken` is true and delivery goes on without it.
 *
 * Survives the end of the process, not of the machine: the log is synced to disk on close only.
 */
import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder } from '../../make-folder.ts';
import type { AgentRun } from './agent-run.ts';
import type { Entry } from './delivery-entry.ts';
import { SpoolFailed, SpoolHeld } from './problems.ts';
import { lockSpool } from './spool-lock.ts';
import {
  type ActionLine,
  type DoneLine,
  dependencyOf,
  type RunLine,
  readSpool,
  type SpooledWork,
} from './spool-records.ts';

const DEFAULT_MAX_BYTES = 64 * 2 ** 20;
/** What may lie in the log beside what is owed before it is written anew: at most this, at most a quarter of it all. */
const MOST_SLACK_BYTES = 2 ** 20;
const LOG_FILE = /^spool-(\d{1,15})\.ndjson$/;

export interface SpoolOptions {
  /** Of one transport only; made if absent, readable by its user only. */
  readonly directory: string;
  /** Bytes that the log may take; while it is written anew, up to half as much again. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
}

export interface SpoolDependencies {
  /** The collector's id of a span of ours, where it is known. */
  readonly idOf: (spanId: string) => string | undefined;
  readonly onFailure: (problem: SpoolFailed) => void;
}

interface Owed {
  readonly entry: Entry;
  readonly bytes: number;
}

export class Spool {
  readonly #directory: string;
  readonly #maxOwedBytes: number;
  readonly #slackBytes: number;
  readonly #dependencies: SpoolDependencies;
  readonly #unlock: () => Promise<void>;
  readonly #owed = new Map<string, Owed>();
  /** Runs whose line stands in the present file as it should. */
  readonly #writtenRuns = new Set<string>();
  #file: FileHandle;
  #fileNumber: number;
  #fileBytes = 0;
  #owedBytes = 0;
  #pending: string[] = [];
  #writing: Promise<void> = Promise.resolve();
  #scheduled = false;
  #broken = false;
  #oldFiles: readonly string[];

  /** Use `open`. */
  private constructor(
    options: SpoolOptions,
    dependencies: SpoolDependencies,
    opened: { file: FileHandle; number: number; oldFiles: readonly string[]; unlock: () => Promise<void> },
  ) {
    const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#directory = options.directory;
    this.#slackBytes = Math.min(MOST_SLACK_BYTES, maxBytes / 4);
    this.#maxOwedBytes = (maxBytes - this.#slackBytes) / 2;
    this.#dependencies = dependencies;
    this.#file = opened.file;
    this.#fileNumber = opened.number;
    this.#oldFiles = opened.oldFiles;
    this.#unlock = opened.unlock;
  }

  /**
   * Opens the directory and reads what is owed; `append` what of it shall stay, then call `forgetOld`.
   *
   * @throws {SpoolHeld | SpoolFailed}
   */
  static async open(
    options: SpoolOptions,
    dependencies: SpoolDependencies,
  ): Promise<{ spool: Spool; work: SpooledWork }> {
    const { directory } = options;
    let unlock: (() => Promise<void>) | null = null;
    try {
      await makeFolder(directory, 0o700);
      unlock = await lockSpool(directory);
      const oldFiles = (await readdir(directory))
        .filter((name) => LOG_FILE.test(name))
        .toSorted((a, b) => numberOf(a) - numberOf(b));
      const texts = await Promise.all(oldFiles.map((name) => readFile(join(directory, name), 'utf8')));
      const number = numberOf(oldFiles.at(-1) ?? '') + 1;
      const file = await open(pathOf(directory, number), 'ax', 0o600);
      const spool = new Spool(options, dependencies, { file, number, oldFiles, unlock });
      return { spool, work: readSpool(texts) };
    } catch (error) {
      await unlock?.();
      throw error instanceof SpoolHeld || error instanceof SpoolFailed ? error : new SpoolFailed(directory, error);
    }
  }

  get broken(): boolean {
    return this.#broken;
  }

  /** Bytes of the file, once all is written. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /** False when there is no room for it, or the disk failed. */
  append(entry: Entry): boolean {
    if (this.#broken) return false;
    const line = lineOf(entry, this.#dependencies.idOf);
    const bytes = Buffer.byteLength(line);
    if (this.#owedBytes + bytes > this.#maxOwedBytes) return false;
    this.#owed.set(entry.action.idempotency_key, { entry, bytes });
    this.#owedBytes += bytes;
    this.#writeRun(entry.run);
    this.#write(line);
    return true;
  }

  /** The action is not owed any more. */
  settle(entry: Entry, id?: string): void {
    const key = entry.action.idempotency_key;
    const owed = this.#owed.get(key);
    if (owed === undefined || this.#broken) return;
    this.#owed.delete(key);
    this.#owedBytes -= owed.bytes;
    const line: DoneLine = { line: 'done', key, ...(id === undefined ? {} : { id }) };
    this.#write(`${JSON.stringify(line)}\n`);
  }

  /** The run has been registered or started since its line was written. */
  updateRun(run: AgentRun): void {
    if (!this.#writtenRuns.delete(run.key) || this.#broken) return;
    this.#writeRun(run);
  }

  /** Deletes the files of earlier processes, once what was appended stands in the new one. */
  async forgetOld(): Promise<void> {
    await this.flush();
    if (this.#broken) return;
    const old = this.#oldFiles;
    this.#oldFiles = [];
    await Promise.all(old.map((name) => rm(join(this.#directory, name), { force: true }))).catch((error: unknown) =>
      this.#fail(error),
    );
  }

  /** Resolves once all lines so far are written, or cannot be. */
  async flush(): Promise<void> {
    do await this.#writing;
    while (this.#pending.length > 0 && !this.#broken);
  }

  /** Writes the rest, syncs it to disk, and gives the directory back. An empty log is deleted. Never rejects. */
  async close(): Promise<void> {
    await this.flush();
    try {
      if (!this.#broken) await this.#file.sync();
    } catch (error) {
      this.#fail(error);
    }
    await this.#file.close().catch(() => undefined);
    if (this.#owed.size === 0 && !this.#broken)
      await rm(pathOf(this.#directory, this.#fileNumber), { force: true }).catch(() => undefined);
    await this.#unlock().catch(() => undefined);
  }

  #writeRun(run: AgentRun): void {
    if (this.#writtenRuns.has(run.key)) return;
    this.#writtenRuns.add(run.key);
    this.#write(runLineOf(run));
  }

  #write(line: string): void {
    this.#pending.push(line);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#writing = this.#writing.then(() => this.#writePending()).catch((error: unknown) => this.#fail(error));
  }

  /** Everything that came since the last write, as one. */
  async #writePending(): Promise<void> {
    this.#scheduled = false;
    if (this.#fileBytes > 2 * this.#owedBytes + this.#slackBytes) {
      await this.#writeAnew();
      return;
    }
    const text = this.#pending.join('');
    this.#pending = [];
    this.#fileBytes += Buffer.byteLength(text);
    await this.#file.appendFile(text);
  }

  /** A new file with what is owed now, in place of the present one. */
  async #writeAnew(): Promise<void> {
    // What waits to be written is either owed, and so written here, or settled, and so left out.
    this.#pending = [];
    const entries = [...this.#owed.values()].map(({ entry }) => entry);
    const runs = new Set(entries.map(({ run }) => run));
    const text = [...[...runs].map(runLineOf), ...entries.map((entry) => lineOf(entry, this.#dependencies.idOf))].join(
      '',
    );
    this.#writtenRuns.clear();
    for (const { key } of runs) this.#writtenRuns.add(key);
    const old = pathOf(this.#directory, this.#fileNumber);
    const file = await open(pathOf(this.#directory, this.#fileNumber + 1), 'ax', 0o600);
    const before = this.#file;
    this.#file = file;
    this.#fileNumber += 1;
    this.#fileBytes = Buffer.byteLength(text);
    await file.appendFile(text);
    await before.close();
    await rm(old, { force: true });
    if (this.#pending.length > 0) await this.#writePending();
  }

  #fail(error: unknown): void {
    if (this.#broken) return;
    this.#broken = true;
    this.#pending = [];
    this.#dependencies.onFailure(new SpoolFailed(this.#directory, error));
  }
}

function runLineOf({ action, schema, state }: AgentRun): string {
  const line: RunLine = { line: 'run', action, ...(schema === undefined ? {} : { schema }), state };
  return `${JSON.stringify(line)}\n`;
}

function lineOf({ action, run }: Entry, idOf: (spanId: string) => string | undefined): string {
  const dependency = dependencyOf({ action });
  const target = dependency === null ? undefined : idOf(dependency);
  const line: ActionLine = { line: 'action', run: run.key, ...(target === undefined ? {} : { target }), action };
  return `${JSON.stringify(line)}\n`;
}

function numberOf(name: string): number {
  return Number(LOG_FILE.exec(name)?.[1] ?? 0);
}

function pathOf(directory: string, number: number): string {
  return join(directory, `spool-${number}.ndjson`);
}
