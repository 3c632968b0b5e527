import { phrase, type Rule } from './rule.ts';

/** "Ignore the previous instructions" in other languages. Letters beyond ASCII never begin a trigger here. */
export const MULTILINGUAL: readonly Rule[] = [
  {
    type: 'MultilingualBypass',
    severity: 'Critical',
    confidence: 0.9,
    triggers: ['ignoriere', 'ignorieren', 'vergiss', 'vergessen', 'missachte'],
    pattern: phrase(
      '(?:ignorieren?|vergiss|vergessen|missachte)(?: sie)? (?:alle?|deine|ihre|die|s\u00e4mtliche)(?: (?:deine|ihre|die))?(?: (?:vorherigen|bisherigen|vorigen|obigen|fr\u00fcheren|vorangegangenen|urspr\u00fcnglichen))? (?:anweisungen|instruktionen|befehle|regeln|vorgaben|aufgaben)',
    ),
  },
  {
    type: 'MultilingualBypass',
    severity: 'Critical',
    confidence: 0.9,
    triggers: ['ignore', 'ignorez', 'oublie', 'oubliez'],
    pattern: phrase(
      '(?:ignorez?|oubliez?) (?:toutes? )?(?:les|tes|vos|ces) (?:instructions?|consignes?|r\u00e8gles?|ordres?|directives?)',
    ),
  },
  {
    type: 'MultilingualBypass',
    severity: 'Critical',
    confidence: 0.9,
    triggers: ['ignora', 'ignore', 'olvida', 'olvide', 'dimentica', 'esque\u00e7a', 'esquece', 'desconsidere'],
    pattern: phrase(
      '(?:ignor[ae]|olvid[ae]|dimentica|esque\u00e7a|esquece|desconsidere) (?:todas? |todos? |tutte |tutti )?(?:(?:las?|los|tus|sus|le|gli|i|tue|as|os|suas) )?(?:instrucciones|\u00f3rdenes|indicaciones|reglas|istruzioni|regole|instru\u00e7\u00f5es|ordens|regras)',
    ),
  },
];
