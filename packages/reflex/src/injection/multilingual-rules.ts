import { phrase, type Rule } from './rule.ts';

/** "Ignore the previous instructions" in other languages. Letters beyond ASCII never begin a trigger here. */
export const MULTILINGUAL: readonly Rule[] = [
  {
    type: 'MultilingualBypass',
    severity: 'Critical',
    confidence: 0.9,
    triggers: ['ignoriere', 'ignorieren', 'vergiss', 'vergessen', 'missachte'],
    pattern: phrase(
      '(?:ignorieren?|vergiss|vergessen|missachte)(?: sie)? (?:alle?|deine|ihre|die|sämtliche)(?: (?:deine|ihre|die))?(?: (?:vorherigen|bisherigen|vorigen|obigen|früheren|vorangegangenen|ursprünglichen))? (?:anweisungen|instruktionen|befehle|regeln|vorgaben|aufgaben)',
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
  {
    type: 'MultilingualBypass',
    severity: 'High',
    confidence: 0.7,
    triggers: [
      'vergiss',
      'vergessen',
      'ignoriere',
      'oublie',
      'oubliez',
      'ignore',
      'ignorez',
      'olvida',
      'olvide',
      'ignora',
      'dimentica',
      'esquece',
    ],
    pattern: phrase(
      '(?:vergiss|vergessen sie|ignoriere|oubliez?|ignorez?|olvid[ae]|ignora|dimentica|esquece) (?:bitte |por favor )?(?:alles?|tout|todo|tudo|tutto) (?:davor|was|vorher\\w{0,6}|bisher\\w{0,6}|obige|ce qu\\w{0,2}|lo que|que|quello che|ciò che|o que|anterior|precedente)',
    ),
  },
  {
    type: 'MultilingualBypass',
    severity: 'Critical',
    confidence: 0.8,
    triggers: ['obigen', 'vorherigen', 'bisherigen', 'abweichend', 'entgegen'],
    pattern: phrase(
      '(?:(?:obigen|vorherigen|bisherigen) (?:[a-zäöüß]{3,20}) (?:ignorieren|vergessen|missachten)|(?:abweichend|entgegen) (?:zu |von )?(?:den )?(?:vorherigen|bisherigen|obigen) (?:instruktionen|anweisungen|vorgaben))',
    ),
  },
];
