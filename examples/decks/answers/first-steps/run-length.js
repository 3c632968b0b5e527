function encode(text) {
  let result = '';
  let count = 0;
  for (let i = 0; i < text.length; i += 1) {
    count += 1;
    if (text[i] !== text[i + 1]) {
      result += count + text[i];
      count = 0;
    }
  }
  return result;
}

function decode(text) {
  let result = '';
  let count = '';
  for (const character of text) {
    if (character >= '0' && character <= '9') {
      count += character;
    } else {
      result += character.repeat(count);
      count = '';
    }
  }
  return result;
}
