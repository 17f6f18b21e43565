/** From a table to a matrix of comparable numbers: transform, standardise, and say explicitly where a value is missing. */
import { deviation, mean } from '#kernels/metrics.ts';
import { numberColumn, type Table } from '#table/index.ts';

/** How one column of the matrix is made; plain data, kept in the model. */
export interface Input {
  readonly feature: string;
  /** 'value' is the transformed number, 0 where missing; 'missing' is 1 where missing. */
  readonly role: 'value' | 'missing';
  readonly center: number;
  readonly scale: number;
}

export interface DesignOptions {
  readonly features: readonly string[];
  /** sign(x) log(1 + |x|) before anything else: for heavy tails. */
  readonly signedLog: boolean;
  /** Subtract the mean and divide by the standard deviation of the rows at hand. */
  readonly standardise: boolean;
}

const signedLog = (x: number): number => Math.sign(x) * Math.log1p(Math.abs(x));

/**
 * The inputs that `features` give. A constant feature gives none; one with missing values gives a second input that is
 * 1 where it is missing, while its value counts as the mean of the present ones.
 */
export function designOf(data: Table, { features, signedLog: log, standardise }: DesignOptions): Input[] {
  const inputs: Input[] = [];
  for (const feature of features) {
    const { values, valid } = numberColumn(data, feature);
    const raw = valid === undefined ? values : values.filter((_, i) => valid[i] === 1);
    if (raw.length === 0) continue;
    const present = log ? raw.map(signedLog) : raw;
    const center = mean(present);
    const scale = deviation(present);
    const varies = scale > 1e-12 * Math.max(1, Math.abs(center));
    if (varies) inputs.push({ feature, role: 'value', ...(standardise ? { center, scale } : { center: 0, scale: 1 }) });
    const missing = 1 - raw.length / values.length;
    if (missing > 0) {
      const by = standardise ? { center: missing, scale: Math.sqrt(missing * (1 - missing)) } : { center: 0, scale: 1 };
      inputs.push({ feature, role: 'missing', ...by });
    }
  }
  return inputs;
}

/** The matrix [rows x inputs], row-major. */
export function matrixOf(data: Table, inputs: readonly Input[], log: boolean): Float64Array {
  const width = inputs.length;
  const out = new Float64Array(data.length * width);
  for (const [j, { feature, role, center, scale }] of inputs.entries()) {
    const { values, valid } = numberColumn(data, feature);
    if (role === 'missing') {
      const here = -center / scale;
      const gone = (1 - center) / scale;
      for (let i = 0; i < data.length; i++) out[i * width + j] = valid !== undefined && valid[i] === 0 ? gone : here;
    } else {
      for (let i = 0; i < data.length; i++) {
        if (valid !== undefined && valid[i] === 0) continue;
        out[i * width + j] = ((log ? signedLog(values[i]!) : values[i]!) - center) / scale;
      }
    }
  }
  return out;
}
