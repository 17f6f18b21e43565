/**
 * The stem of an English word, so that plural and tense make no difference: shirts and shirt, running and runs.
 *
 * @see Porter (1980), An algorithm for suffix stripping, Program 14(3); his own later changes (bli, logi) included
 */

const VOWEL = '[aeiouy]';
const CONSONANT = '[^aeiou]';
/** Runs of consonants and of vowels; y is a vowel after a consonant. */
const C = `${CONSONANT}[^aeiouy]*`;
const V = `${VOWEL}[aeiou]*`;
/** The measure m of a stem: how often vowels are followed by consonants. */
const ABOVE_0 = new RegExp(`^(${C})?${V}${C}`);
const IS_1 = new RegExp(`^(${C})?${V}${C}(${V})?$`);
const ABOVE_1 = new RegExp(`^(${C})?${V}${C}${V}${C}`);
const HAS_VOWEL = new RegExp(`^(${C})?${VOWEL}`);
const SHORT = new RegExp(`^${C}${VOWEL}[^aeiouwxy]$`);

const STEP_2: readonly (readonly [string, string])[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['bli', 'ble'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
  ['logi', 'log'],
];
const STEP_3: readonly (readonly [string, string])[] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];
const STEP_4 = /^(.+?)(al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize)$|^(.+?[st])(ion)$/;

/** @param word lower case; words of other letters than a to z, or of up to two, stay as they are */
export function stem(word: string): string {
  if (word.length < 3 || !/^[a-z]+$/.test(word)) return word;
  // an initial y is a consonant
  let w = word.startsWith('y') ? `Y${word.slice(1)}` : word;
  w = plural(w);
  w = past(w);
  if (w.endsWith('y') && HAS_VOWEL.test(w.slice(0, -1))) w = `${w.slice(0, -1)}i`;
  w = replaced(w, STEP_2);
  w = replaced(w, STEP_3);
  w = long(w);
  return ended(w).toLowerCase();
}

function plural(w: string): string {
  if (w.endsWith('sses') || w.endsWith('ies')) return w.slice(0, -2);
  return w.endsWith('s') && !w.endsWith('ss') ? w.slice(0, -1) : w;
}

function past(w: string): string {
  if (w.endsWith('eed')) return ABOVE_0.test(w.slice(0, -3)) ? w.slice(0, -1) : w;
  const cut = /^(.+)(ed|ing)$/.exec(w)?.[1];
  if (cut === undefined || !HAS_VOWEL.test(cut)) return w;
  if (/(at|bl|iz)$/.test(cut)) return `${cut}e`;
  if (/([^aeiouylsz])\1$/.test(cut)) return cut.slice(0, -1);
  return SHORT.test(cut) ? `${cut}e` : cut;
}

/** The longest ending that fits decides, whether its condition holds or not. */
function replaced(w: string, table: readonly (readonly [string, string])[]): string {
  let found: readonly [string, string] | undefined;
  for (const one of table) if (w.endsWith(one[0]) && one[0].length > (found?.[0].length ?? 0)) found = one;
  if (found === undefined) return w;
  const cut = w.slice(0, -found[0].length);
  return ABOVE_0.test(cut) ? cut + found[1] : w;
}

function long(w: string): string {
  const match = STEP_4.exec(w);
  const cut = match?.[1] ?? match?.[3];
  return cut !== undefined && ABOVE_1.test(cut) ? cut : w;
}

function ended(w: string): string {
  let out = w;
  if (out.endsWith('e')) {
    const cut = out.slice(0, -1);
    if (ABOVE_1.test(cut) || (IS_1.test(cut) && !SHORT.test(cut))) out = cut;
  }
  return out.endsWith('ll') && ABOVE_1.test(out) ? out.slice(0, -1) : out;
}
