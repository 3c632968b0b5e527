/** What every driver of the Sandbox port must do. The numbers are those of the port's invariants. */
import { afterAll, beforeAll, describe } from 'vitest';
import type { Sandbox } from '../../src/sandbox/index.ts';
import { attacksOnJavaScript } from './conformance/attacks-javascript.ts';
import { excessesInNative } from './conformance/attacks-native-excess.ts';
import { reachesOutOfNative } from './conformance/attacks-native-reach.ts';
import { attacksOnPython } from './conformance/attacks-python.ts';
import { attacksOnTypeScript, attacksOnTypeScriptNatively } from './conformance/attacks-typescript.ts';
import { attacksOnWasm } from './conformance/attacks-wasm.ts';
import { endings } from './conformance/endings.ts';
import { errors } from './conformance/errors.ts';
import { expectNothingLeft } from './conformance/hostile-ground.ts';
import { programs } from './conformance/programs.ts';
import { programsInJavaScript } from './conformance/programs-javascript.ts';
import { randomPrograms } from './conformance/random-programs.ts';
import { runs } from './conformance/runs.ts';
import { testFiles } from './conformance/test-files.ts';
import { typeScript } from './conformance/typescript.ts';
import { values } from './conformance/values.ts';
import type { SandboxUnderTest } from './sandbox-under-test.ts';

export function sandboxConformance(name: 'wasm' | 'native', create: () => Promise<Sandbox>): void {
  describe(`the ${name} sandbox`, () => {
    let sandbox: Sandbox | undefined;
    beforeAll(async () => {
      sandbox = await create();
    });
    afterAll(async () => sandbox && expectNothingLeft(sandbox));
    const under: SandboxUnderTest = () => {
      if (sandbox === undefined) throw new Error('the sandbox was not created');
      return sandbox;
    };
    values(under);
    errors(under);
    endings(under);
    runs(under);
    programs(under);
    testFiles(under);
    programsInJavaScript(under);
    typeScript(under);
    randomPrograms(under);
    attacksOnPython(under);
    attacksOnJavaScript(under, 'javascript');
    attacksOnJavaScript(under, 'typescript');
    attacksOnTypeScript(under);
    if (name === 'wasm') return attacksOnWasm(under);
    reachesOutOfNative(under);
    excessesInNative(under);
    attacksOnTypeScriptNatively(under);
  });
}
