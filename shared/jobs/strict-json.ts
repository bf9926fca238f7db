/**
 * JSON that is read without a loss. `JSON.parse` rounds large numbers, keeps the last of two members
 * of one name, and takes `__proto__` for a name, which whoever copies the object then loses. None of
 * this can be seen in its result, so the text itself is looked at.
 */

/** What of a text would be lost, each by the code that a refusal has. */
export interface JsonFault {
  readonly code: 'lost_number' | 'duplicate_key' | 'unsafe_key';
  /** Where: the names and indices that lead there. */
  readonly path: readonly (string | number)[];
}

export interface StrictJson {
  readonly value: unknown;
  /** The first of them; none where all of the text is in the value. */
  readonly faults: readonly JsonFault[];
}

/** More of one text helps nobody. */
const maxFaults = 10;
const { MAX_SAFE_INTEGER: maxInteger } = Number;
const unsafeKey = '__proto__';

/** A number so small that it may have become zero. */
const mayVanish = /\d[eE]-|0{300}/;

const isBlank = (code: number): boolean => code <= 0x20;

/** The members of a text, and a few more where a text within it looks like one; never less. */
const membersAtMost = (text: string): number => {
  let count = 0;
  for (let at = text.indexOf(':'); at !== -1; at = text.indexOf(':', at + 1)) {
    let before = at - 1;
    while (isBlank(text.charCodeAt(before))) before -= 1;
    if (text.charCodeAt(before) === 0x22) count += 1;
  }
  return count;
};

/**
 * Whether nothing was lost for certain: as many members as the text can have at most, and nothing in
 * them to look at twice. It spares nearly all texts the reading by characters.
 */
const isWhole = (text: string, value: unknown): boolean => {
  let members = 0;
  let zeros = false;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === 'number') {
      if (next > maxInteger || next < -maxInteger) return false;
      zeros ||= next === 0;
    } else if (Array.isArray(next)) for (const element of next) waiting.push(element);
    else if (typeof next === 'object' && next !== null)
      for (const name in next) {
        if (name === unsafeKey) return false;
        members += 1;
        waiting.push((next as Record<string, unknown>)[name]);
      }
  }
  return members === membersAtMost(text) && !(zeros && mayVanish.test(text));
};

const digitsOf = (written: string): string =>
  written
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+|0+$/g, '');

/**
 * Whether a number is another one once it is read. Fractions are rounded to 16 digits or so by
 * everybody, as they are meant to be; a whole number that is too long is an identifier cut short.
 */
const isLost = (written: string): boolean => {
  const value = Number(written);
  if (/^-?\d+$/.test(written)) return !Number.isSafeInteger(value);
  if (value === 0) return digitsOf(written) !== '';
  return Math.abs(value) > maxInteger && digitsOf(written) !== digitsOf(String(value));
};

/** An object or an array, and where in it the reading is. */
interface Place {
  /** The names so far; undefined for an array. */
  readonly names: Set<string> | undefined;
  step: string | number;
  isAtName: boolean;
}

const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

const endOfString = (text: string, start: number): number => {
  let at = start + 1;
  while (text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at + 1;
};

/** What would be lost of a text that is known to be JSON. */
const faultsIn = (text: string): JsonFault[] => {
  const faults: JsonFault[] = [];
  const places: Place[] = [];
  const add = (code: JsonFault['code']) =>
    faults.push({ code, path: places.map(({ step }) => step) });
  const nameThe = (place: Place, name: string) => {
    place.step = name;
    place.isAtName = false;
    if (name === unsafeKey) add('unsafe_key');
    else if (place.names?.has(name)) add('duplicate_key');
    place.names?.add(name);
  };
  for (let at = 0; at < text.length && faults.length < maxFaults; ) {
    const place = places.at(-1);
    const character = text[at] as string;
    let end = at + 1;
    if (character === '"') {
      end = endOfString(text, at);
      if (place?.isAtName) nameThe(place, JSON.parse(text.slice(at, end)));
    } else if (character === '{') places.push({ names: new Set(), step: '', isAtName: true });
    else if (character === '[') places.push({ names: undefined, step: 0, isAtName: false });
    else if (character === '}' || character === ']') places.pop();
    else if (character === ',' && place !== undefined) {
      if (typeof place.step === 'number') place.step += 1;
      else place.isAtName = true;
    } else if (character === '-' || (character >= '0' && character <= '9')) {
      number.lastIndex = at;
      const [written = character] = number.exec(text) ?? [];
      end = at + written.length;
      if (isLost(written)) add('lost_number');
    }
    at = end;
  }
  return faults;
};

/** @throws SyntaxError for what is no JSON. */
export const parseStrictly = (text: string): StrictJson => {
  const value: unknown = JSON.parse(text);
  return { value, faults: isWhole(text, value) ? [] : faultsIn(text) };
};
