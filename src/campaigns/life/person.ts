/** Who acts: a name as people write it, and when two of them are the same person. */

/** One way to write a name: no width, case, spacing or invisible signs tell two people apart. */
function folded(name: string): string {
  return name
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/gu, ' ')
    .trim()
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKC');
}

export const isSamePerson = (one: string, other: string): boolean => folded(one) === folded(other);

/** The names with this one, where it is of nobody who is in yet. */
export const withPerson = (people: readonly string[], name: string): readonly string[] =>
  people.some((other) => isSamePerson(other, name)) ? people : [...people, name.trim()];
