/**
 * Both drivers as one sandbox: which of them runs a job follows from its language and from the driver that was asked for.
 *
 * Owns: the choice. Leaves to the drivers: everything else. Invariants:
 * 1. `wasm` runs what it can; what only the native driver knows goes there. `native` and `auto` are the other way round.
 * 2. Where `native` was asked for, a language that it knows and refuses is refused, with its reason; `auto` takes wasm then.
 * 3. The native driver is opened once, when it is first needed or at `open`; it never fails to open, it refuses languages.
 */
import { LanguageUnsupported, SandboxFault } from './errors.ts';
import { NATIVE_LANGUAGES } from './native/languages.ts';
import type { Language, RefusedLanguage, Sandbox, SandboxJob, SandboxRun, SandboxStatus } from './port.ts';
import { LANGUAGES } from './port.ts';

export const SANDBOX_DRIVERS = ['wasm', 'native', 'auto'] as const;
export type SandboxDriver = (typeof SANDBOX_DRIVERS)[number];

/** What one driver runs on this machine, and why not the rest. */
export interface DriverStatus {
  readonly name: 'wasm' | 'native';
  readonly languages: readonly Language[];
  /** Every other language, each with the reason. */
  readonly refused: readonly RefusedLanguage[];
  /** Walls that do not hold, in words. */
  readonly problems: readonly string[];
}

/** A sandbox that can say of its drivers one by one what they run. */
export interface SandboxOfDrivers extends Sandbox {
  /** Opens the native driver where nobody has needed it yet (a third of a second, once): only its probe knows. */
  drivers(): Promise<readonly DriverStatus[]>;
}

export class SandboxChoice implements SandboxOfDrivers {
  readonly name: string;
  readonly #driver: SandboxDriver;
  readonly #wasm: Sandbox;
  readonly #openNative: () => Promise<Sandbox>;
  #opening: Promise<Sandbox> | undefined;
  #native: Sandbox | undefined;
  #isClosed = false;

  constructor(driver: SandboxDriver, wasm: Sandbox, openNative: () => Promise<Sandbox>) {
    this.name = driver;
    this.#driver = driver;
    this.#wasm = wasm;
    this.#openNative = openNative;
  }

  /** Before the native driver is open, what it may run is counted in: asking for it tells. */
  get languages(): readonly Language[] {
    return LANGUAGES.filter((language) => this.#driverOf(language) !== undefined);
  }

  /** Opens the native driver and waits until its walls were probed. */
  async open(): Promise<void> {
    await this.#opened();
  }

  async run(job: SandboxJob, signal?: AbortSignal): Promise<SandboxRun> {
    signal?.throwIfAborted();
    if (this.#isClosed) throw new SandboxFault(this.name, 'it is closed');
    const { language } = job;
    if (this.#wants(language) === 'native') await this.#opened();
    const sandbox = this.#driverOf(language);
    if (sandbox === undefined) throw new LanguageUnsupported(language, this.languages, this.#reasonOf(language));
    return (sandbox === 'native' ? await this.#opened() : this.#wasm).run(job, signal);
  }

  status(): SandboxStatus {
    const wasm = this.#wasm.status();
    const native = this.#native?.status();
    const refused = LANGUAGES.flatMap((language): RefusedLanguage[] => {
      const reason = this.#driverOf(language) === undefined ? this.#reasonOf(language) : undefined;
      return reason === undefined ? [] : [{ language, reason }];
    });
    // Walls that do not hold are a problem where they were counted on.
    const problems = this.#driver === 'native' ? [...wasm.problems, ...(native?.problems ?? [])] : wasm.problems;
    return {
      name: this.name,
      languages: this.languages,
      parked: wasm.parked + (native?.parked ?? 0),
      busy: wasm.busy + (native?.busy ?? 0),
      problems,
      refused,
    };
  }

  async drivers(): Promise<readonly DriverStatus[]> {
    if (this.#isClosed) throw new SandboxFault(this.name, 'it is closed');
    return [driverStatus('wasm', this.#wasm), driverStatus('native', await this.#opened())];
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const native = await this.#opening;
    await Promise.all([this.#wasm.close(), native?.close()]);
  }

  async #opened(): Promise<Sandbox> {
    this.#opening ??= this.#openNative();
    this.#native = await this.#opening;
    return this.#native;
  }

  /** Which driver is asked first. */
  #wants(language: Language): 'wasm' | 'native' {
    const isKnown = NATIVE_LANGUAGES.some((known) => known === language);
    if (this.#driver === 'wasm') return this.#wasm.languages.includes(language) || !isKnown ? 'wasm' : 'native';
    return isKnown ? 'native' : 'wasm';
  }

  #driverOf(language: Language): 'wasm' | 'native' | undefined {
    const wanted = this.#wants(language);
    const inWasm = this.#wasm.languages.includes(language);
    if (wanted === 'wasm') return inWasm ? 'wasm' : undefined;
    const holds = this.#native === undefined || this.#native.languages.includes(language);
    if (holds) return 'native';
    return this.#driver === 'auto' && inWasm ? 'wasm' : undefined;
  }

  #reasonOf(language: Language): string | undefined {
    return this.#native?.status().refused.find((one) => one.language === language)?.reason;
  }
}

function driverStatus(name: DriverStatus['name'], sandbox: Sandbox): DriverStatus {
  const { languages, problems, refused } = sandbox.status();
  const others = LANGUAGES.filter((language) => !languages.includes(language)).map(
    (language): RefusedLanguage =>
      refused.find((one) => one.language === language) ?? { language, reason: `the ${name} driver does not know it` },
  );
  return { name, languages, refused: others, problems };
}
