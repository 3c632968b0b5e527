/** An arm that does nothing: what is measured around it is the engine. Its texts are screened as a model's would be. */
export const NO_OP = {
  name: 'no-op',
  screening: 'enforce',
  checkInput: () => [],
  problem: () => null,
  run: async () => ({ result: { done: true } }),
} as const;
