import { Refusal } from '../refusal.ts';

/** Objects and arrays within each other. */
const MAX_DEPTH = 20;
/** Properties of one object. How many a whole body may have follows from its size. */
const MAX_KEYS = 100_000;

const forbiddenKeys: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];

type Level = { keys: Set<string> | undefined; key: string; index: number; start: number };

/**
 * Refuses (400 malformed-body) a text that JSON.parse would take in a sense of its own: a property given twice, also
 * when one is written with escapes; half of a surrogate pair; NUL; a number that a double cannot hold or that has a
 * second spelling; the keys that reach into prototypes; nesting and objects beyond measure. One pass over the text.
 */
export function inspectJson(text: string): void {
  const levels: Level[] = [];
  let at = 0;

  const where = (): string =>
    levels.map(({ keys, key, index }) => `/${keys ? key.replaceAll('~', '~0').replaceAll('/', '~1') : index}`).join('');
  const refuse = (what: string, position = at): never => {
    const field = where();
    throw new Refusal('malformed-body', `${what} at character ${position + 1}${field && `, in ${field}`}`, { field });
  };

  function skipSpace(): void {
    for (;;) {
      const c = text.charCodeAt(at);
      if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return;
      at += 1;
    }
  }

  /** Reads a string from its opening quote on; answers whether it contains escapes. */
  function passString(): boolean {
    let escaped = false;
    for (at += 1; ; at += 1) {
      const c = text.charCodeAt(at);
      if (c === QUOTE) break;
      if (c === BACKSLASH) {
        escaped = true;
        passEscape();
      } else if (c < 0x20) refuse('a control character within a string');
      else if (Number.isNaN(c)) refuse('the text ends within a string');
    }
    at += 1;
    return escaped;
  }

  function hexUnit(from: number): number {
    const digits = text.slice(from, from + 4);
    return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : refuse('an unreadable escape');
  }

  /** Leaves `at` on the last character of the escape, or of the pair of escapes. */
  function passEscape(): void {
    const letter = text[at + 1] ?? '';
    if (letter !== 'u') {
      if (!'"\\/bfnrt'.includes(letter) || letter === '') refuse('an unreadable escape');
      at += 1;
      return;
    }
    const unit = hexUnit(at + 2);
    if (unit === 0) refuse('the character NUL');
    if (unit >= 0xdc00 && unit <= 0xdfff) refuse('the second half of a surrogate pair alone');
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const second = text.startsWith('\\u', at + 6) ? hexUnit(at + 8) : 0;
      if (second < 0xdc00 || second > 0xdfff) refuse('the first half of a surrogate pair alone');
      at += 6;
    }
    at += 5;
  }

  const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

  function passNumber(): void {
    number.lastIndex = at;
    const literal = number.exec(text)?.[0] ?? refuse('an unreadable value');
    if (literal === '-0') refuse('minus zero');
    if (literal.length > 15 || /[.eE]/.test(literal)) {
      const value = Number(literal);
      if (!Number.isFinite(value) || Math.abs(value) > Number.MAX_SAFE_INTEGER) refuse('a number beyond 2^53');
      if (Number.isInteger(value) && /[.eE]/.test(literal)) refuse('a whole number with fraction or exponent');
    }
    at += literal.length;
  }

  function passWord(word: string): void {
    if (!text.startsWith(word, at)) refuse('an unreadable value');
    at += word.length;
  }

  /** Reads a key and its colon. */
  function passKey(level: Level): void {
    skipSpace();
    const start = at;
    if (text.charCodeAt(at) !== QUOTE) refuse('a property name is missing');
    const escaped = passString();
    const raw = text.slice(start + 1, at - 1);
    const key = escaped ? (JSON.parse(`"${raw}"`) as string) : raw;
    const keys = level.keys as Set<string>;
    level.key = key;
    if (keys.has(key)) refuse('a property given twice', start);
    if (forbiddenKeys.has(key)) refuse('a forbidden property name', start);
    if (keys.add(key).size > MAX_KEYS) refuse(`an object of more than ${MAX_KEYS} properties`, level.start);
    skipSpace();
    if (text.charCodeAt(at) !== COLON) refuse('a colon is missing');
    at += 1;
  }

  /** Reads one value, or the opening of one with contents; answers whether a value has been completed. */
  function passValue(): boolean {
    skipSpace();
    const c = text.charCodeAt(at);
    if (c === OPEN_OBJECT || c === OPEN_ARRAY) return !open(c === OPEN_OBJECT);
    if (c === QUOTE) passString();
    else if (c === 0x74) passWord('true');
    else if (c === 0x66) passWord('false');
    else if (c === 0x6e) passWord('null');
    else if (Number.isNaN(c)) refuse('the text ends early');
    else passNumber();
    return true;
  }

  /** Enters an object or array; answers whether it has contents. */
  function open(isObject: boolean): boolean {
    if (levels.length === MAX_DEPTH) refuse(`nesting deeper than ${MAX_DEPTH}`);
    const level: Level = { keys: isObject ? new Set() : undefined, key: '', index: 0, start: at };
    at += 1;
    skipSpace();
    if (text.charCodeAt(at) === (isObject ? CLOSE_OBJECT : CLOSE_ARRAY)) {
      at += 1;
      return false;
    }
    levels.push(level);
    if (isObject) passKey(level);
    return true;
  }

  /** After a value: closes what ends here and goes to the next value; answers whether there is one. */
  function goOn(): boolean {
    for (;;) {
      const level = levels.at(-1);
      skipSpace();
      if (level === undefined) return false;
      const c = text.charCodeAt(at);
      if (c === COMMA) {
        at += 1;
        if (level.keys) passKey(level);
        else level.index += 1;
        return true;
      }
      if (c !== (level.keys ? CLOSE_OBJECT : CLOSE_ARRAY)) refuse('a comma or a closing bracket is missing');
      at += 1;
      levels.pop();
    }
  }

  for (;;) if (passValue() && !goOn()) break;
  if (at < text.length) refuse('something follows the document');
}
