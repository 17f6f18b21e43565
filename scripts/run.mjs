// Runs a TypeScript entry point with the pinned Node and passes signals and the exit code through.
import { spawn } from 'node:child_process';
import { childEnv, ROOT } from './setup.mjs';

/** Starts `node ...args` from the caller's folder and ends this process with the child's exit code. */
export function hand(node, args, cwd = process.cwd()) {
  const child = spawn(node, args, { cwd, stdio: 'inherit', env: { ...childEnv, TIERWISE_ROOT: ROOT } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`could not start ${node}: ${error.message}\n`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 130 : 1)));
}
