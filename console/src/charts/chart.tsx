/** One echarts drawing that follows its box and its option; clicks are handed on with what echarts knows about them. */
import type { EChartsType } from 'echarts/core';
import { useEffect, useRef, useState } from 'react';
import { Waiting } from '../parts/states.tsx';
import { COLOURS, FONT, reducedMotion } from '../theme.ts';

/** An option as plain data; echarts' own type for it is far wider than what is used here. */
export type Option = Readonly<Record<string, unknown>>;

export interface Click {
  readonly name: string;
  readonly dataIndex: number;
  readonly dataType: string | undefined;
  readonly data: unknown;
}

interface ChartProps {
  readonly option: Option;
  readonly height: number;
  readonly onClick?: ((click: Click) => void) | undefined;
}

const base = (): Option => ({
  animation: !reducedMotion(),
  animationDuration: 350,
  textStyle: { fontFamily: FONT, color: COLOURS.ink, fontSize: 12 },
});

export function Chart({ option, height, onClick }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChartsType>();
  const click = useRef(onClick);
  click.current = onClick;

  useEffect(() => {
    let made: EChartsType | undefined;
    let gone = false;
    const watcher = new ResizeObserver(() => made?.resize());
    import('./echarts.ts').then(({ init }) => {
      if (gone || box.current === null) return;
      made = init(box.current, undefined, { renderer: 'svg' });
      made.on('click', (event) => click.current?.(event as unknown as Click));
      watcher.observe(box.current);
      setChart(made);
    });
    return () => {
      gone = true;
      watcher.disconnect();
      made?.dispose();
    };
  }, []);

  useEffect(() => {
    chart?.setOption({ ...base(), ...option }, { notMerge: true });
  }, [chart, option]);

  return (
    <div className="chart" style={{ height }}>
      <div ref={box} style={{ height, width: '100%' }} />
      {chart === undefined ? (
        <div className="chart-wait">
          <Waiting rows={3} />
        </div>
      ) : null}
    </div>
  );
}

/** The look of axes and tooltips, shared by the charts. */
export const AXIS = {
  axisLine: { lineStyle: { color: COLOURS.line } },
  axisTick: { show: false },
  axisLabel: { color: COLOURS.inkSoft, hideOverlap: true },
  splitLine: { lineStyle: { color: COLOURS.line, type: 'dashed' } },
} as const;

export const TOOLTIP = {
  confine: true,
  borderColor: COLOURS.line,
  textStyle: { color: COLOURS.ink, fontSize: 12 },
  renderMode: 'richText',
} as const;
