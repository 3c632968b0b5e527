function median(numbers) {
  if (numbers.length === 0) {
    return NaN;
  }
  const sorted = numbers.slice().sort((a, b) => a - b);
  const low = sorted[Math.floor((sorted.length - 1) / 2)];
  const high = sorted[Math.ceil((sorted.length - 1) / 2)];
  return (low + high) / 2;
}
