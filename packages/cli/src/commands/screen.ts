import type { ScreeningMode } from '@switchyard/reflex';
import { Option } from 'commander';
import { InputUnusable } from '../errors.ts';
import { EXIT } from '../exit-codes.ts';
import { addExamples, addJsonOption, type CommandHost, type JsonFlag } from './command-host.ts';

interface ScreenFlags extends JsonFlag {
  readonly policy: ScreeningMode;
}

export function addScreen({ program, context, action }: CommandHost): void {
  const command = program
    .command('screen')
    .argument('[file]', 'the text, or - for stdin', '-')
    .description(
      'look through a text for personal data, secrets and prompt injection, in this process (exit status 4 when it would be blocked)',
    )
    .addOption(
      new Option('--policy <policy>', 'enforce blocks as an arm that enforces does; report only says what it found')
        .choices(['enforce', 'report'])
        .default('enforce'),
    );
  addExamples(addJsonOption(command), [
    'switchyard screen notes.md',
    'git diff | switchyard screen -',
    "switchyard screen notes.md --json | jq '.pii_matches[] | {pii_type, line, column}'",
  ]);
  command.action(
    action(async (file: string, flags: ScreenFlags) => {
      const [{ readText }, { decide, screen }, { findingsOf }] = await Promise.all([
        import('../input-file.ts'),
        import('@switchyard/reflex'),
        import('../screen-findings.ts'),
      ]);
      const text = await readText(file, context.io);
      const name = file === '-' ? 'stdin' : file;
      if (text.trim() === '') throw new InputUnusable(name, 'holds no text to screen');
      const nul = text.indexOf('\0');
      if (nul >= 0)
        throw new InputUnusable(name, `holds U+0000 at ${nul}, so it is no text; convert or unpack it first`);
      const verdict = screen(text);
      const decision = decide(verdict, flags.policy);
      const findings = findingsOf(text, verdict, decision);
      if (flags.json) {
        context.printJson({
          status: decision.status,
          pii_detected: verdict.pii.length > 0,
          pii_matches: findings.filter(({ kind }) => kind === 'pii').map(({ kind: _kind, ...match }) => match),
          injection_detected: verdict.injection.length > 0,
          injection_matches: findings
            .filter(({ kind }) => kind === 'injection')
            .map(({ kind: _kind, ...match }) => match),
          truncated: verdict.truncated,
          policy: flags.policy,
        });
      } else {
        const { renderScreening } = await import('../render/screening.ts');
        context.print(renderScreening({ name, text, findings, truncated: verdict.truncated }, context.style));
      }
      return decision.status === 'Blocked' ? EXIT.refused : EXIT.done;
    }),
  );
}
