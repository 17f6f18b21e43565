/** Estimates with their intervals on one common axis: a forest plot, in HTML so that it follows the width of its box. */
import type { ReactNode } from 'react';
import { useI18n } from '../i18n/index.tsx';

export interface IntervalRow {
  readonly key: string;
  readonly label: ReactNode;
  readonly mid: number;
  readonly low: number | null;
  readonly high: number | null;
  /** A second value to compare with, drawn as a diamond: the truth of a simulated shop. */
  readonly mark?: number | null | undefined;
  readonly text: string;
}

interface IntervalsProps {
  readonly rows: readonly IntervalRow[];
  readonly format: (value: number) => string;
  readonly label: string;
  /** What the bar and the diamond are; default an estimate and the truth. */
  readonly words?: { readonly mid: string; readonly mark: string };
}

/** Round numbers around low..high, zero included: at most five. */
export function ticks(low: number, high: number): number[] {
  const span = Math.max(high, 0) - Math.min(low, 0) || 1;
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 2.5, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const first = Math.floor(Math.min(low, 0) / step);
  const last = Math.ceil(Math.max(high, 0) / step);
  return Array.from({ length: last - first + 1 }, (_, place) => (first + place) * step);
}

export function Intervals({ rows, format, label, words }: IntervalsProps) {
  const { t } = useI18n();
  const { mid, mark } = words ?? { mid: t('interval.estimate'), mark: t('interval.truth') };
  const all = rows.flatMap((row) => [row.mid, row.low ?? row.mid, row.high ?? row.mid, row.mark ?? row.mid]);
  const axis = ticks(Math.min(...all), Math.max(...all));
  const [first = 0] = axis;
  const last = axis.at(-1) ?? 1;
  const place = (value: number) => `${((value - first) / (last - first)) * 100}%`;
  return (
    <fieldset className="group intervals" aria-label={label}>
      {rows.map((row) => (
        <div className="interval" key={row.key}>
          <div className="interval-label">{row.label}</div>
          <div className="interval-track" role="img" aria-label={row.text} title={row.text}>
            <span className="interval-zero" style={{ left: place(0) }} />
            {row.low === null || row.high === null ? null : (
              <span
                className="interval-line"
                style={{ left: place(row.low), width: `calc(${place(row.high)} - ${place(row.low)})` }}
              />
            )}
            <span className="interval-mid" style={{ left: place(row.mid) }} />
            {row.mark === null || row.mark === undefined ? null : (
              <span className="interval-mark" style={{ left: place(row.mark) }} />
            )}
          </div>
        </div>
      ))}
      <div className="interval interval-axis" aria-hidden="true">
        <div className="interval-label" />
        <div className="interval-track">
          {axis.map((tick) => (
            <span key={tick} style={{ left: place(tick) }}>
              {format(tick)}
            </span>
          ))}
        </div>
      </div>
      {rows.some((row) => row.mark !== null && row.mark !== undefined) ? (
        <p className="small soft interval-key">
          <span className="interval-mid" /> {mid}
          <span className="interval-mark" /> {mark}
        </p>
      ) : null}
    </fieldset>
  );
}
