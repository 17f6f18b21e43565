/** The entry point: picks the engine and joins the parts. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commands, main, silent, terminalProgress } from './cli/index.ts';
import { openDuckdb } from './engines/index.ts';

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const { version } = JSON.parse(readFileSync(`${home}/package.json`, 'utf8')) as { version: string };

/** A reader such as `head` that has seen enough is no fault; a file that cannot hold the result is one to be told. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') process.stderr.write(`the result could not be written: ${error.message}\n`);
  process.exit(error.code === 'EPIPE' ? 0 : 2);
});
process.stderr.on('error', () => {});

process.exitCode = await main(
  process.argv.slice(2),
  commands,
  {
    now: Date.now(),
    home,
    version,
    openCompute: (options) => openDuckdb({ threads: availableParallelism(), ...options }),
    progress: process.stderr.isTTY ? terminalProgress(process.stderr) : silent,
    print: (text) => void process.stdout.write(`${text}\n`),
  },
  { result: (text) => void process.stdout.write(`${text}\n`), error: (text) => void process.stderr.write(`${text}\n`) },
);
