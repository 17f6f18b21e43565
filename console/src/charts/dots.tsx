/** Figures with their spread on one axis that need not hold zero: a dot and a bar a row, with the numbers beside them. */
export interface DotRow {
  readonly key: string;
  readonly label: string;
  readonly note?: string | undefined;
  readonly isMarked: boolean;
  readonly mid: number;
  readonly low: number;
  readonly high: number;
  /** A second figure, as text. */
  readonly more: string;
  /** The row in words. */
  readonly text: string;
}

interface DotsProps {
  readonly rows: readonly DotRow[];
  readonly label: string;
  readonly valueTitle: string;
  readonly moreTitle: string;
  readonly format: (value: number) => string;
}

const STEPS = [1, 2, 2.5, 5, 10];

/** Four to six round numbers that hold low..high. */
function scaleOf(low: number, high: number): number[] {
  const rough = (high - low || Math.abs(high) || 1) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = (STEPS.find((each) => each * power >= rough) ?? 10) * power;
  const first = Math.floor(low / step);
  const last = Math.ceil(high / step);
  return Array.from({ length: last - first + 1 }, (_, place) => (first + place) * step);
}

export function Dots({ rows, label, valueTitle, moreTitle, format }: DotsProps) {
  const axis = scaleOf(Math.min(...rows.map(({ low }) => low)), Math.max(...rows.map(({ high }) => high)));
  const [first = 0] = axis;
  const last = axis.at(-1) ?? 1;
  const place = (value: number) => `${((value - first) / (last - first || 1)) * 100}%`;
  return (
    <fieldset className="group dots" aria-label={label}>
      <div className="dots-row dots-head" aria-hidden="true">
        <span />
        <span>{label}</span>
        <span>{valueTitle}</span>
        <span>{moreTitle}</span>
      </div>
      {rows.map((row) => (
        <div className={row.isMarked ? 'dots-row marked' : 'dots-row'} key={row.key}>
          <div className="dots-label">
            {row.label}
            {row.note === undefined ? null : <span className="dots-note">{row.note}</span>}
          </div>
          <div className="interval-track" role="img" aria-label={row.text} title={row.text}>
            <span
              className="interval-line"
              style={{ left: place(row.low), width: `calc(${place(row.high)} - ${place(row.low)})` }}
            />
            <span className="interval-mid" style={{ left: place(row.mid) }} />
          </div>
          <span className="numeric">{format(row.mid)}</span>
          <span className="numeric">{row.more}</span>
        </div>
      ))}
      <div className="dots-row interval-axis" aria-hidden="true">
        <span />
        <div className="interval-track">
          {axis.map((tick) => (
            <span key={tick} style={{ left: place(tick) }}>
              {format(tick)}
            </span>
          ))}
        </div>
        <span />
        <span />
      </div>
    </fieldset>
  );
}
