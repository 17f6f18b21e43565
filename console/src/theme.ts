/** Colours and the antd theme. Text pairs reach 4.5:1 on white and on paper; the tier scale stays apart without hue. */
import type { ThemeConfig } from 'antd';

export const COLOURS = {
  ink: '#18242c',
  inkSoft: '#51606b',
  line: '#dfe3e2',
  paper: '#f5f6f4',
  card: '#ffffff',
  accent: '#0f4c5c',
  accentSoft: '#e4eef0',
  previous: '#97a3aa',
  good: '#0a6b62',
  bad: '#a63f12',
  warn: '#84590a',
  amber: '#d08c1d',
} as const;

/** From the lowest tier to the highest: pale sand, three steps of petrol, amber for the best. */
const SCALE = ['#c9cbc2', '#9dbdc3', '#5d97a4', '#1f6b7d', '#0f3f4e'] as const;
const TOP = '#d9921f';

/** Colour of tier `index` of `count`; the highest is always amber. */
export function tierColour(index: number, count: number): string {
  if (count > 1 && index >= count - 1) return TOP;
  const steps = Math.max(1, count - 2);
  const place = Math.round((Math.max(0, index) / steps) * (SCALE.length - 1));
  return SCALE[Math.min(SCALE.length - 1, place)] ?? SCALE[0];
}

/** States of a customer's life: petrol tones are well, amber and rust are not; the name beside carries the meaning. */
const STATE_COLOURS: Readonly<Record<string, string>> = {
  new: '#9dbdc3',
  active: '#1f6b7d',
  'won-back': '#5b8f4a',
  'at-risk': '#d9921f',
  lapsed: '#a63f12',
};

export const stateColour = (key: string | null): string => STATE_COLOURS[key ?? ''] ?? COLOURS.line;

export const FONT =
  "'Noto Sans SC', system-ui, -apple-system, 'Segoe UI', 'PingFang SC', 'Microsoft YaHei', sans-serif";

export const reducedMotion = (): boolean => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

export const antdTheme = (): ThemeConfig => ({
  token: {
    colorPrimary: COLOURS.accent,
    colorInfo: COLOURS.accent,
    colorLink: COLOURS.accent,
    colorSuccess: COLOURS.good,
    colorWarning: COLOURS.warn,
    colorError: COLOURS.bad,
    colorText: COLOURS.ink,
    colorTextSecondary: COLOURS.inkSoft,
    colorTextDescription: COLOURS.inkSoft,
    colorTextPlaceholder: '#66737c',
    colorBorder: '#b9c1c3',
    colorBorderSecondary: COLOURS.line,
    colorBgLayout: COLOURS.paper,
    fontFamily: FONT,
    fontSize: 14,
    borderRadius: 6,
    controlHeight: 34,
    motion: !reducedMotion(),
    boxShadow: '0 6px 24px rgba(24, 36, 44, 0.12)',
  },
  components: {
    Button: { primaryShadow: 'none', defaultShadow: 'none', fontWeight: 500 },
    Segmented: { itemSelectedBg: COLOURS.card, trackBg: '#e9ecea' },
  },
});
