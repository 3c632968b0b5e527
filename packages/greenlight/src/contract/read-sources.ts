/** Reads what of an atom is run: the author's own files, what was handed in, and which file is the program. */
import { z } from 'zod';
import type { Language } from '../sandbox/port.ts';
import { type AtomType, isProgramAnswer } from './atom-types.ts';
import { at, type IssueList, type Located } from './issue-list.ts';
import {
  checkSource,
  DEFAULT_ENTRYPOINT,
  readFiles,
  readSubmission,
  type SourceFiles,
  stripCodeFence,
} from './source-files.ts';

/** The name under which an answer of one text stands that is no program. */
export const ANSWER = 'answer';

/** The author's own files; `code` is the one that is run where the answer is no program. */
export function readAuthorFiles(
  content: Located,
  atomType: AtomType,
  entrypoint: string,
  issues: IssueList,
): SourceFiles | undefined {
  const located = at(content, 'files');
  const code = at(content, 'code');
  const files = located.value === undefined ? {} : readFiles(located, issues);
  if (code.value !== undefined && !isProgramAnswer(atomType)) {
    const source = issues.read(code, z.string({ error: 'source text' }), '');
    checkSource(code, source, issues);
    return { ...files, [entrypoint]: source };
  }
  if (located.value === undefined && !isProgramAnswer(atomType)) {
    issues.refuse(
      located,
      atomType === 'diff_review'
        ? 'the source texts that are to be patched, by their path'
        : 'the source texts of the program whose output is to be predicted, by their path ("code" for a single one)',
    );
  }
  return located.value === undefined ? undefined : files;
}

interface HandedIn {
  readonly submission: Located;
  readonly back: Located;
  readonly entrypoint: Located;
}

interface ProgramFrame {
  readonly atomType: AtomType;
  readonly language: Language;
  /** The entrypoint, where the atom names one. */
  readonly named: string | undefined;
  readonly files: SourceFiles | undefined;
}

type Sources = { readonly entrypoint: string; readonly submission: { [path: string]: string } | undefined };

/** The submission by path, where there is one, and which file is run. */
export function readSources(handedIn: HandedIn, frame: ProgramFrame, issues: IssueList): Sources {
  const { submission, back } = handedIn;
  const wanted = frame.named ?? DEFAULT_ENTRYPOINT[frame.language];
  if (!isProgramAnswer(frame.atomType)) return readOtherAnswer(handedIn, frame, wanted, issues);
  if (submission.value === undefined) {
    if (typeof back.value === 'string') {
      checkSource(back, stripCodeFence(back.value), issues);
      if (back.value.trim() === '') {
        issues.add(submission.path, 'is missing, and "back" is blank; one of them may hold the source to run');
      }
    }
    return { entrypoint: wanted, submission: undefined };
  }
  const files = readSubmission(submission, wanted, issues);
  const paths = Object.keys(files);
  const [only] = paths;
  if (paths.length === 0 || paths.includes(wanted)) {
    return { entrypoint: wanted, submission: files };
  }
  if (frame.named === undefined && paths.length === 1 && only !== undefined) {
    return { entrypoint: only, submission: files };
  }
  issues.refuse(
    { value: frame.named, path: handedIn.entrypoint.path },
    `one of the submitted files: ${paths.join(', ')}`,
  );
  return { entrypoint: wanted, submission: files };
}

/** A patch or a prediction: the program is the author's, and one text stands under `ANSWER`. */
function readOtherAnswer(
  { submission, back, entrypoint }: HandedIn,
  { files = {} }: ProgramFrame,
  wanted: string,
  issues: IssueList,
): Sources {
  const paths = Object.keys(files);
  const [only] = paths;
  const run = paths.length === 1 && only !== undefined ? only : wanted;
  if (paths.length > 0 && !Object.hasOwn(files, run)) {
    issues.refuse({ value: wanted, path: entrypoint.path }, `one of "files": ${paths.join(', ')}`);
  }
  if (submission.value !== undefined) {
    return { entrypoint: run, submission: readSubmission(submission, ANSWER, issues) };
  }
  if (typeof back.value === 'string') checkSource(back, back.value, issues);
  return { entrypoint: run, submission: undefined };
}
