/** Line icons on a 20-unit grid; decorative, so hidden from screen readers. */
const PATHS = {
  home: 'M3 9.5 10 4l7 5.5M5 8.5V16h10V8.5M8.5 16v-4h3v4',
  customers:
    'M7 9.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM2.5 16c.3-2.8 2.2-4.3 4.5-4.3s4.200 1.500 4.500 4.300M13 9a2 2 0 1 0-.8-3.800M14 11.900c1.900.200 3.200 1.500 3.500 3.700',
  tiers: 'M4 15.500h12M5.500 11.500h9M7 7.500h6M8.500 3.800h3',
  recommender: 'M10 3.500l1.900 3.900 4.300.6-3.100 3 .7 4.300-3.800-2-3.800 2 .7-4.300-3.100-3 4.300-.6Z',
  campaigns: 'M3.500 8.500v3.500h2.500l7 3.500V5l-7 3.500ZM15.500 8.200a3 3 0 0 1 0 4M6 12v3.500h2.200V13',
  models: 'M3.500 16.500V4M3.500 16.500h13M6 13.500l3.200-4 2.800 2.200 4-6.200M14 5h2.500v2.500',
  quality:
    'M10 3 4.500 5v4.500c0 3.500 2.300 6 5.500 7.500 3.200-1.500 5.500-4 5.500-7.500V5ZM7.500 9.800l1.900 1.900 3.200-3.600',
  menu: 'M3.500 5.500h13M3.500 10h13M3.500 14.500h13',
  search: 'M9 14a5 5 0 1 0 0-10 5 5 0 0 0 0 10ZM12.800 12.800 16.500 16.500',
  download: 'M10 3.500v8.500M6.500 8.800 10 12.300l3.500-3.500M4 15.800h12',
  columns: 'M3.500 4.500h13v11h-13ZM8 4.500v11M12.500 4.500v11',
  bookmark: 'M6 3.500h8V16.500l-4-3-4 3Z',
  table: 'M3.500 4.500h13v11h-13ZM3.500 8.200h13M3.500 11.900h13M8 8.200v7.300',
  chart: 'M3.500 16.500h13M6 16.500V10M10 16.500V4.500M14 16.500V7.500',
  close: 'M5.500 5.500l9 9M14.500 5.500l-9 9',
  plus: 'M10 4.500v11M4.500 10h11',
  calendar: 'M3.500 5.500h13v11h-13ZM3.500 9h13M7 3.500v3.500M13 3.500v3.500',
  right: 'M7.500 4.500 13 10l-5.500 5.500',
  left: 'M12.500 4.500 7 10l5.500 5.500',
  up: 'M10 15.500V5M5.500 9.500 10 5l4.500 4.500',
  down: 'M10 4.500V15M5.500 10.500 10 15l4.500-4.500',
  alert: 'M10 3.500 17 16H3ZM10 8.200v3.500M10 13.800v.2',
  info: 'M10 17a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM10 9.300v4M10 6.800v.2',
  check: 'M4.500 10.500 8.300 14.200 15.500 6.500',
  gift: 'M3.500 8h13v2.800h-13ZM4.800 10.800V16.500h10.400v-5.700M10 8v8.500M10 8c-3.800 0-4.300-3.800-2.100-3.800C9.400 4.200 10 6.500 10 8Zm0 0c3.800 0 4.300-3.800 2.100-3.800C10.600 4.200 10 6.500 10 8Z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 18 }: { name: IconName; size?: number }) {
  return (
    <svg className="icon" width={size} height={size} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
