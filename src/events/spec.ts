/** How a canonical column is made from the cells of a source row: the types and their zod schema. */
import { z } from 'zod';

type Plain = string | number | boolean | null;

export interface CellSpec {
  readonly column: string;
  readonly money?: 'major' | 'minor' | undefined;
  readonly decimal?: '.' | ',' | undefined;
  readonly time?: string | undefined;
  readonly zone?: string | undefined;
  readonly map?: Readonly<Record<string, Plain>> | undefined;
  readonly else?: Plain | undefined;
  readonly split?: string | undefined;
  readonly part?: number | undefined;
  readonly strip?: 'html' | undefined;
  readonly case?: 'lower' | 'upper' | undefined;
  /** Missing cells, rather than an error, where the file lacks the column. */
  readonly optional?: boolean | undefined;
}
export interface ConstSpec {
  readonly const: Plain;
}
export interface FirstSpec {
  readonly first: readonly Spec[];
}
export interface ConcatSpec {
  readonly concat: readonly Spec[];
  readonly with?: string | undefined;
}
export interface SumSpec {
  readonly sum: readonly Spec[];
}
export interface MinusSpec {
  readonly minus: readonly Spec[];
}
export interface MultiplySpec {
  readonly multiply: readonly Spec[];
}
export interface SpreadSpec {
  readonly spread: Spec;
  readonly by: Spec;
  readonly within: string;
}
export interface JsonSpec {
  readonly json: readonly string[] | Readonly<Record<string, Spec>>;
}

export type Spec =
  | string
  | CellSpec
  | ConstSpec
  | FirstSpec
  | ConcatSpec
  | SumSpec
  | MinusSpec
  | MultiplySpec
  | SpreadSpec
  | JsonSpec;

const plain = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const some = (): z.ZodType<readonly Spec[]> => z.array(SPEC).min(1);

const CELL = z.strictObject({
  column: z.string().min(1),
  money: z.enum(['major', 'minor']).optional(),
  decimal: z.enum(['.', ',']).optional(),
  time: z.string().min(1).optional(),
  zone: z.string().optional(),
  map: z.record(z.string(), plain).optional(),
  else: plain.optional(),
  split: z.string().min(1).optional(),
  part: z.int().min(1).optional(),
  strip: z.enum(['html']).optional(),
  case: z.enum(['lower', 'upper']).optional(),
  optional: z.boolean().optional(),
});

const FORMS = (): Readonly<Record<string, z.ZodType>> => ({
  column: CELL,
  const: z.strictObject({ const: plain }),
  first: z.strictObject({ first: some() }),
  concat: z.strictObject({ concat: some(), with: z.string().optional() }),
  sum: z.strictObject({ sum: some() }),
  minus: z.strictObject({ minus: some() }),
  multiply: z.strictObject({ multiply: some() }),
  spread: z.strictObject({ spread: SPEC, by: SPEC, within: z.string().min(1) }),
  json: z.strictObject({ json: z.union([z.array(z.string().min(1)).min(1), z.record(z.string(), SPEC)]) }),
});

/** Every key that a spec may have, for messages. */
export const SPEC_KEYS: readonly string[] = [
  ...Object.keys(CELL.shape),
  ...['const', 'first', 'concat', 'with', 'sum', 'minus', 'multiply', 'spread', 'by', 'within', 'json'],
];

/** A spec is told by its main key, so an error is about that form and not about all of them. */
export const SPEC: z.ZodType<Spec> = z.unknown().transform((value, context): Spec => {
  if (typeof value === 'string' && value !== '') return value;
  const forms = FORMS();
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  const form = isMap ? Object.keys(forms).find((key) => Object.hasOwn(value, key)) : undefined;
  if (form === undefined) {
    const keys = isMap ? Object.keys(value) : [];
    if (keys.length > 0) context.addIssue({ code: 'unrecognized_keys', keys, input: value as Record<string, unknown> });
    else
      context.addIssue({ code: 'custom', message: 'a column name or a spec such as { column: Name }', input: value });
    return z.NEVER;
  }
  const parsed = forms[form]!.safeParse(value);
  if (parsed.success) return parsed.data as Spec;
  for (const issue of parsed.error.issues) context.addIssue({ ...issue, input: issue.input } as never);
  return z.NEVER;
});

/** The parts that a spec is built from, one level down. */
export function partsOf(spec: Spec): readonly Spec[] {
  if (typeof spec === 'string') return [];
  if ('first' in spec) return spec.first;
  if ('concat' in spec) return spec.concat;
  if ('sum' in spec) return spec.sum;
  if ('minus' in spec) return spec.minus;
  if ('multiply' in spec) return spec.multiply;
  if ('spread' in spec) return [spec.spread, spec.by, { column: spec.within }];
  if ('json' in spec) return Array.isArray(spec.json) ? spec.json : Object.values(spec.json);
  return [];
}

/** Names of the source columns that a spec reads. */
export function columnsOf(spec: Spec): readonly string[] {
  if (typeof spec === 'string') return [spec];
  if ('column' in spec) return [spec.column];
  return partsOf(spec).flatMap(columnsOf);
}
