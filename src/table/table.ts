/** Named columns of equal length. Numbers are Float64Array (whole numbers exact to 2^53); text is codes into a dictionary. */

export interface NumberColumn {
  readonly kind: 'number';
  readonly values: Float64Array;
  /** 1 where a value is present; absent when all are. `values` holds 0 where it is missing. */
  readonly valid?: Uint8Array;
  /** e.g. 'minor' (money), 'ms', 'day', 'count', 'share' */
  readonly unit?: string;
}

export interface TextColumn {
  readonly kind: 'text';
  /** Index into `dictionary`, -1 where the value is missing. */
  readonly codes: Int32Array;
  readonly dictionary: readonly string[];
}

export type Column = NumberColumn | TextColumn;

export interface Table {
  readonly length: number;
  readonly columns: Readonly<Record<string, Column>>;
}

/** A table from its columns; all must have the same length. */
export function table(columns: Record<string, Column>): Table {
  let length = -1;
  for (const [name, column] of Object.entries(columns)) {
    const own = column.kind === 'number' ? column.values.length : column.codes.length;
    if (length === -1) length = own;
    if (own !== length) throw new RangeError(`column ${name} has ${own} rows, the others ${length}`);
  }
  return { length: Math.max(length, 0), columns };
}

/** A number column from plain numbers; null and undefined become missing. */
export function numbers(values: ArrayLike<number | null | undefined>, unit?: string): NumberColumn {
  const out = new Float64Array(values.length);
  const valid = new Uint8Array(values.length);
  let missing = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null || value === undefined) missing++;
    else {
      out[i] = value;
      valid[i] = 1;
    }
  }
  return { kind: 'number', values: out, ...(missing > 0 ? { valid } : {}), ...(unit === undefined ? {} : { unit }) };
}

/** A text column from plain strings; null and undefined become missing. */
export function texts(values: ArrayLike<string | null | undefined>): TextColumn {
  const codes = new Int32Array(values.length);
  const dictionary: string[] = [];
  const seen = new Map<string, number>();
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    if (value === null || value === undefined) {
      codes[i] = -1;
      continue;
    }
    let code = seen.get(value);
    if (code === undefined) {
      code = dictionary.length;
      dictionary.push(value);
      seen.set(value, code);
    }
    codes[i] = code;
  }
  return { kind: 'text', codes, dictionary };
}

/** The number column called `name`; asserts that it is there and holds numbers. */
export function numberColumn(data: Table, name: string): NumberColumn {
  const column = data.columns[name];
  if (column?.kind !== 'number') throw new TypeError(`no number column ${name}; have ${Object.keys(data.columns)}`);
  return column;
}

/** The text column called `name`; asserts that it is there and holds text. */
export function textColumn(data: Table, name: string): TextColumn {
  const column = data.columns[name];
  if (column?.kind !== 'text') throw new TypeError(`no text column ${name}; have ${Object.keys(data.columns)}`);
  return column;
}

/** The string at row `index` of a text column, or null. */
export function textAt(column: TextColumn, index: number): string | null {
  const code = column.codes[index] ?? -1;
  return code < 0 ? null : (column.dictionary[code] ?? null);
}
