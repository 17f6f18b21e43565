/** `--params` of a learner, checked: names by its defaults, values by their kind and by what common names may hold. */
import { known } from '#errors.ts';
import { nearest } from '#kernels/text-distance.ts';

/** What a learner is told by options of its own, not by `--params`. */
const BY_OPTION: ReadonlySet<string> = new Set(['task', 'label', 'features', 'weight', 'group', 'threads', 'minutes']);

interface Range {
  readonly isWhole?: true;
  readonly least: number;
  readonly most?: number;
  /** The ends themselves are not allowed. */
  readonly isOpen?: 'least' | 'most' | 'both';
}

/** Parameters that mean the same in every learner that has them. */
const RANGES: Readonly<Record<string, Range>> = {
  trees: { isWhole: true, least: 1, most: 1_000_000 },
  leaves: { isWhole: true, least: 2, most: 1_000_000 },
  depth: { isWhole: true, least: 0, most: 1000 },
  learningRate: { least: 0, isOpen: 'least', most: 100 },
  bins: { isWhole: true, least: 2, most: 65_536 },
  minRows: { least: 0 },
  rowShare: { least: 0, isOpen: 'least', most: 1 },
  featureShare: { least: 0, isOpen: 'least', most: 1 },
  l1: { least: 0 },
  l2: { least: 0 },
  dropout: { least: 0, most: 1, isOpen: 'most' },
  epochs: { isWhole: true, least: 1, most: 1_000_000 },
  batch: { isWhole: true, least: 1 },
  quantile: { least: 0, most: 1, isOpen: 'both' },
  tweediePower: { least: 1, most: 2, isOpen: 'both' },
  patience: { isWhole: true, least: 0 },
  validationShare: { least: 0, most: 1, isOpen: 'both' },
  categoriesMax: { isWhole: true, least: 1 },
};

interface Described {
  readonly name: string;
  readonly defaults: object;
  readonly optional?: Readonly<Partial<Record<string, unknown>>>;
}

/** The parameters of a learner that `--params` may change. */
export const openParams = (defaults: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(defaults).filter(([name]) => !BY_OPTION.has(name)));

/**
 * Reads `--params`.
 *
 * @param learner its name and defaults
 * @throws USAGE for what is no JSON object, an unknown name or a value that cannot be; lists what there is
 */
export function readParams(json: string, learner: Described): Record<string, unknown> {
  const given = parsed(json);
  const open = { ...openParams(learner.defaults), ...learner.optional };
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(open, name)) throw unknownName(name, learner);
    const expected = faultOf(name, value, open[name]);
    if (expected !== undefined)
      throw known('USAGE', { what: `--params: ${name} is ${JSON.stringify(value)}`, expected });
  }
  return given;
}

function parsed(json: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch {
    // falls through to the message below
  }
  throw known('USAGE', { what: `--params is ${json}`, expected: 'a JSON object such as {"l2":1}' });
}

function unknownName(name: string, { name: learner, defaults, optional = {} }: Described) {
  const open = openParams(defaults);
  const names = [...Object.keys(open), ...Object.keys(optional)];
  const list =
    names.map((own) => (own in open ? `${own} (${JSON.stringify(open[own])})` : `${own} (none)`)).join(', ') || 'none';
  if (BY_OPTION.has(name))
    return known('USAGE', {
      what: `--params has ${name}, which an option tells`,
      expected: `--${name}; or some of ${list}`,
    });
  const near = nearest(name, names);
  return known('USAGE', {
    what: `${learner} has no parameter ${name}`,
    expected: `${near === undefined ? '' : `perhaps ${near}; `}it has, with defaults: ${list}`,
  });
}

/** What was expected of a value that cannot be; undefined of one that can. */
function faultOf(name: string, value: unknown, standard: unknown): string | undefined {
  if (name === 'classWeights') return classWeightsFault(value);
  if (typeof standard === 'number') {
    if (typeof value !== 'number') return `a number such as ${standard}`;
    const range = RANGES[name];
    return range === undefined || isIn(value, range) ? undefined : words(range);
  }
  // Of words such as 'auto' the learner knows what may stand in their place.
  if (typeof standard === 'string' && ['string', 'number', 'boolean'].includes(typeof value)) return undefined;
  if (standard === null || standard === undefined || typeof standard === typeof value) {
    if (Array.isArray(standard) && !Array.isArray(value)) return `a list such as ${JSON.stringify(standard)}`;
    return undefined;
  }
  return `${typeof standard === 'boolean' ? 'true or false' : typeof standard === 'object' ? 'an object' : `a ${typeof standard}`} such as ${JSON.stringify(standard)}`;
}

function classWeightsFault(value: unknown): string | undefined {
  if (value === 'none' || value === 'balanced') return undefined;
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (isRecord && Object.values(value).every((weight) => typeof weight === 'number' && weight >= 0)) return undefined;
  return '"none", "balanced" or weights by class such as {"yes":2}';
}

function isIn(value: number, { isWhole, least, most = Number.POSITIVE_INFINITY, isOpen }: Range): boolean {
  if (isWhole && !Number.isInteger(value)) return false;
  const isOpenAt = (end: 'least' | 'most'): boolean => isOpen === end || isOpen === 'both';
  return (isOpenAt('least') ? value > least : value >= least) && (isOpenAt('most') ? value < most : value <= most);
}

function words({ isWhole, least, most, isOpen }: Range): string {
  const from = `${isOpen === 'least' || isOpen === 'both' ? 'above' : 'from'} ${least}`;
  const to = most === undefined ? '' : isOpen === 'most' || isOpen === 'both' ? ` to below ${most}` : ` to ${most}`;
  return `a ${isWhole ? 'whole ' : ''}number ${from}${to}${most === undefined && isOpen === undefined ? ' on' : ''}`;
}
