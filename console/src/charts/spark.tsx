/** Twelve small columns: orders a month. The numbers are in the label. */
export function Spark({ values, label }: { values: readonly number[]; label: string }) {
  const most = Math.max(1, ...values);
  const width = 5;
  return (
    <svg className="spark" width={values.length * (width + 2)} height="22" role="img" aria-label={label}>
      {values.map((value, place) => {
        const height = value === 0 ? 1.5 : 3 + (value / most) * 19;
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a fixed row of months
            key={place}
            x={place * (width + 2)}
            y={22 - height}
            width={width}
            height={height}
            rx="1"
            className={value === 0 ? 'spark-none' : 'spark-some'}
          />
        );
      })}
    </svg>
  );
}
