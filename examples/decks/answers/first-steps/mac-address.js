function normalizeMac(text) {
  const digits = text.toLowerCase().replace(/[^0-9a-f]/g, '');
  return digits.match(/../g).join(':');
}
