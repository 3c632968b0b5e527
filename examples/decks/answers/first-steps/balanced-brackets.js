function isBalanced(text) {
  let rest = text.replace(/[^()[\]{}]/g, '');
  let before;
  do {
    before = rest;
    rest = rest.replace(/\(\)|\[\]|\{\}/g, '');
  } while (rest !== before);
  return rest === '';
}
