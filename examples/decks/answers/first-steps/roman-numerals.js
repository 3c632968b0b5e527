const VALUES = { I: 1, V: 5, X: 10, L: 50, C: 100, D: 500, M: 1000 };

function fromRoman(numeral) {
  let total = 0;
  for (let i = 0; i < numeral.length; i += 1) {
    total += VALUES[numeral[i]];
  }
  return total;
}
