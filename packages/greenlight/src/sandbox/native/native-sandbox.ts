/**
 * Real interpreters and compilers, each run in a bubblewrap box of its own (docs/decisions/0016).
 *
 * Owns: the line before the boxes, which languages are refused and why. Leaves to `ParkedBoxes`: which boxes wait; to `runJob`: one run.
 * Invariants:
 * 1. At most `maxConcurrent` runs have a box and `maxWaiting` wait for one; the next is refused.
 * 2. Nothing runs before the walls were probed; what does not hold is refused for as long as the sandbox lives.
 * 3. After `close` no process, no control group and no file of a box is left, and every run has settled.
 */
import { LanguageUnsupported, SandboxFault, StepUnsupported } from '../errors.ts';
import { ParkedBoxes } from '../parked-boxes.ts';
import type { SandboxPoolSettings } from '../pool-options.ts';
import type { Language, RefusedLanguage, Sandbox, SandboxJob, SandboxRun, SandboxStatus } from '../port.ts';
import { CALL_LANGUAGES } from '../port.ts';
import { RunLine } from '../run-line.ts';
import { NativeBox } from './box.ts';
import type { ReadyToolchain } from './commands.ts';
import type { Host } from './host.ts';
import {
  isNativeLanguage,
  NATIVE_LANGUAGES,
  type NativeLanguage,
  type NativeRuntime,
  RUNTIMES,
  runtimeOf,
  TOOLCHAINS,
} from './languages.ts';
import { runJob } from './run-job.ts';
import { Slots } from './slots.ts';

const NAME = 'native';
const STARTS_AT_ONCE = 2;

export class NativeSandbox implements Sandbox {
  readonly name = NAME;
  readonly #host: Host | undefined;
  readonly #boxes: ParkedBoxes<NativeRuntime, NativeBox> | undefined;
  readonly #slots: Slots | undefined;
  readonly #line: RunLine;
  readonly #toolchains = new Map<Language, ReadyToolchain>();
  readonly #refused = new Map<NativeLanguage, string>();
  readonly #closing = new AbortController();
  #problems: readonly string[] = [];
  #closed: Promise<void> | undefined;

  /** @param host undefined when nothing can run here; `missing` says why */
  constructor(settings: SandboxPoolSettings, host: Host | undefined, missing = '') {
    this.#host = host;
    this.#line = new RunLine({
      driver: NAME,
      maxConcurrent: settings.maxConcurrent,
      maxWaiting: settings.maxWaiting,
      retryAfterSeconds: () => RETRY_AFTER_SECONDS,
    });
    for (const language of NATIVE_LANGUAGES) this.#lookFor(language, missing);
    if (host === undefined) return;
    const slots = new Slots(host.groups, host.share);
    this.#slots = slots;
    this.#boxes = new ParkedBoxes({
      keys: RUNTIMES,
      start: (runtime) => this.#startBox(runtime),
      atLeast: (runtime) => (runtime === 'python' ? settings.parkedAtLeast : 0),
      atMost: settings.parkedAtMost,
      startsAtOnce: STARTS_AT_ONCE,
      idleMs: settings.idleMs,
    });
  }

  get languages(): readonly Language[] {
    return NATIVE_LANGUAGES.filter((language) => !this.#refused.has(language));
  }

  /** Refuses languages from now on. */
  refuse(languages: readonly NativeLanguage[], reason: string): void {
    for (const language of languages) if (!this.#refused.has(language)) this.#refused.set(language, reason);
  }

  /** Refuses everything: a wall does not hold. */
  fail(problems: readonly string[]): void {
    this.#problems = problems;
    this.refuse(NATIVE_LANGUAGES, problems.join('; '));
  }

  /** Begins to keep boxes ready. */
  warm(): void {
    if (this.languages.length > 0) this.#boxes?.refill();
  }

  async run(job: SandboxJob, signal?: AbortSignal): Promise<SandboxRun> {
    signal?.throwIfAborted();
    const { language } = job;
    const reason = isNativeLanguage(language) ? this.#refused.get(language) : 'this driver does not know it';
    if (!isNativeLanguage(language) || reason !== undefined)
      throw new LanguageUnsupported(language, this.languages, reason);
    const inside = CALL_LANGUAGES.some((known) => known === language);
    const other = inside ? undefined : job.steps.find((step) => step.kind !== 'program');
    if (other !== undefined) throw new StepUnsupported(other.kind, language, NAME);
    const either = AbortSignal.any([this.#closing.signal, ...(signal === undefined ? [] : [signal])]);
    return this.#line.pass(() => this.#perform(job, language, either), either);
  }

  status(): SandboxStatus {
    const refused = [...this.#refused].map(([language, reason]): RefusedLanguage => ({ language, reason }));
    const parked = this.#boxes?.parked ?? 0;
    return { name: NAME, languages: this.languages, parked, busy: this.#line.busy, problems: this.#problems, refused };
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#closing.abort(new SandboxFault(NAME, 'it was closed while the run was under way'));
    await this.#boxes?.close();
    await this.#host?.close();
  }

  async #perform(job: SandboxJob, language: NativeLanguage, signal: AbortSignal): Promise<SandboxRun> {
    const boxes = this.#boxes;
    if (boxes === undefined) throw new LanguageUnsupported(language, this.languages);
    const runtime = runtimeOf(language);
    try {
      return await runJob({
        job,
        language,
        ready: this.#toolchains.get(language),
        take: () =>
          boxes.take(
            runtime,
            () => true,
            () => this.#startBox(runtime),
          ),
        discard: (box) => boxes.discard(box),
        signal,
      });
    } finally {
      // After the result has gone out: starting a process takes milliseconds of this thread.
      setImmediate(() => boxes.refill());
    }
  }

  #startBox(runtime: NativeRuntime): NativeBox {
    const [slots, host] = [this.#slots, this.#host];
    if (slots === undefined || host === undefined) throw new SandboxFault(NAME, 'there is nothing to start boxes with');
    const slot = slots.take();
    Slots.hold(slot, START_MEMORY_MB);
    const box = new NativeBox(runtime, slot, host.blueprint);
    void box.ended.then(() => slots.give(slot));
    return box;
  }

  #lookFor(language: NativeLanguage, missing: string): void {
    const host = this.#host;
    if (host === undefined) return this.refuse([language], missing);
    const unheld = host.groups === undefined ? `its memory cannot be held: ${host.withoutGroups}` : undefined;
    if (language === 'javascript' || language === 'typescript') {
      if (host.blueprint.tools.node === undefined) this.refuse([language], 'no Node that a box can reach is installed');
      if (unheld !== undefined) this.refuse([language], unheld);
      return;
    }
    if (language === 'python') return;
    const toolchain = TOOLCHAINS[language];
    const found = host.toolchains.get(language) ?? { missing: 'nobody has looked for it' };
    if ('missing' in found) return this.refuse([language], found.missing);
    if (toolchain.needsGroup === true && unheld !== undefined) this.refuse([language], unheld);
    this.#toolchains.set(language, { toolchain, program: found.program });
  }
}

/** A place is free again within about this time: most runs take milliseconds. */
const RETRY_AFTER_SECONDS = 1;

/** What a box may hold before its job is known, MiB. */
const START_MEMORY_MB = 256;
