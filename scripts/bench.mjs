// `npm run bench -- NAME ...`: runs bench/NAME.bench.ts; without a name, lists them.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { hand } from './run.mjs';
import { ROOT, setUp } from './setup.mjs';

const names = readdirSync(join(ROOT, 'bench'))
  .filter((file) => file.endsWith('.bench.ts'))
  .map((file) => file.slice(0, -'.bench.ts'.length));
const [name, ...rest] = process.argv.slice(2);
if (!names.includes(name)) {
  console.log(`npm run bench -- NAME, one of: ${names.join(', ')}`);
  process.exit(name === undefined ? 0 : 2);
}
hand(setUp(), ['--expose-gc', join(ROOT, 'bench', `${name}.bench.ts`), ...rest]);
