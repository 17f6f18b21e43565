#!/usr/bin/env node
// `tierwise COMMAND ...`: the command line, run with the pinned Node.
import { join } from 'node:path';
import { hand } from '../scripts/run.mjs';
import { ROOT, setUp } from '../scripts/setup.mjs';

hand(setUp({ withConsole: process.argv[2] === 'serve' }), [join(ROOT, 'src', 'app.ts'), ...process.argv.slice(2)]);
