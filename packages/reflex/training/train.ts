/** `npm run train:reflex`: learns the model from the texts in REFLEX_EVAL_DIR and writes src/injection/model/weights.ts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { INJECTION_FILES, readInjection } from './data.ts';
import { samplesOf } from './samples.ts';
import { trainModel } from './train-model.ts';

const WEIGHTS_FILE = join(import.meta.dirname, '..', 'src', 'injection', 'model', 'weights.ts');

const folder = process.env['REFLEX_EVAL_DIR'];
if (folder === undefined || folder === '') {
  console.error('REFLEX_EVAL_DIR is not set: it names the folder with the labelled texts (docs/reflex.md).');
  process.exitCode = 2;
} else {
  const samples = samplesOf(INJECTION_FILES.flatMap((name) => readInjection(folder, name)));
  const { weights, scale, bias } = trainModel(samples);
  const base64 = Buffer.from(weights.buffer, weights.byteOffset, weights.length).toString('base64');
  writeFileSync(
    WEIGHTS_FILE,
    `// Written by \`npm run train:reflex\` (docs/reflex.md says from what); one signed byte a slot of the hashed features.
export const SCALE = ${scale};
export const BIAS = ${bias};
export const WEIGHTS =
  '${base64}';
`,
  );
  console.log(
    `${samples.length} texts; ${weights.filter((weight) => weight !== 0).length} of ${weights.length} weights are not 0`,
  );
}
