// An arm in TypeScript: a module whose default export does a task. Groups words that are anagrams of each other.
import type { ArmModule } from '@switchyard/orchestrator';

const anagrams: ArmModule = ({ task, progress }) => {
  const { words } = task.input as { words: string[] };
  progress({ words: words.length });
  const groups = Map.groupBy(words, (word) => [...word.toLowerCase()].sort().join(''));
  return [...groups.values()].filter((group) => group.length > 1);
};

export default anagrams;
