import { SLOTS } from './features.ts';
import type { LinearModel } from './linear-model.ts';
import { BIAS, SCALE, WEIGHTS } from './weights.ts';

/** The model as trained by `training/train.ts`. */
export const MODEL: LinearModel = { weights: weightsFrom(WEIGHTS), scale: SCALE, bias: BIAS };

function weightsFrom(base64: string): Int8Array {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length !== SLOTS) throw new Error(`the model has ${bytes.length} weights, not ${SLOTS}: train it anew`);
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}
