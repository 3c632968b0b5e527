/** `npm run train:reflex`: learns the model from the texts in REFLEX_EVAL_DIR and writes src/injection/model/weights.ts. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { INJECTION_FILES, readInjection } from './data.ts';
import { fit } from './fit.ts';
import { ownTexts, readText } from './samples.ts';

const WEIGHTS_FILE = join(import.meta.dirname, '..', 'src', 'injection', 'model', 'weights.ts');

const folder = process.env['REFLEX_EVAL_DIR'];
if (folder === undefined || folder === '') {
  console.error('REFLEX_EVAL_DIR is not set: it names the folder with the labelled texts (docs/reflex.md).');
  process.exitCode = 2;
} else {
  const texts = INJECTION_FILES.flatMap((name) => readInjection(folder, name)).map(readText);
  const own = ownTexts();
  const { model, settings } = fit(texts, own);
  const { weights, scale, bias } = model;
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
    `${texts.length} labelled texts and ${own.length} of our own; ${JSON.stringify(settings)}; ${weights.filter((weight) => weight !== 0).length} of ${weights.length} weights are not 0`,
  );
}
