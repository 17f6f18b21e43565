// `npm start`: set up, make or read a shop, run the loop, serve the console.
import { join } from 'node:path';
import { hand } from './run.mjs';
import { ROOT, setUp } from './setup.mjs';

hand(setUp(), [join(ROOT, 'src', 'app.ts'), 'start', ...process.argv.slice(2)]);
