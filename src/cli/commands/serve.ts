/** HTTP API and console of a workspace. */
import { join } from 'node:path';
import { known } from '#errors.ts';
import { listen, makeServer, openStore, type ServerOptions } from '#serve/index.ts';
import type { Command, Context, Values } from '../command.ts';
import { filledWorkspace, readingRun, text } from '../values.ts';

export const serve: Command = {
  name: 'serve',
  about: 'HTTP API and console of a workspace',
  options: {
    workspace: { type: 'text', value: 'DIR', about: 'a workspace that `run` has filled', required: true },
    port: { type: 'number', value: 'N', about: 'port, 0 for any free one (default 4100)' },
    host: { type: 'text', value: 'NAME', about: 'address to listen on (default 127.0.0.1)' },
    'gorse-base': {
      type: 'text',
      value: 'PATH',
      about: "path before the gorse API's /api (default /gorse; / for none)",
    },
    'gorse-key': { type: 'text', value: 'KEY', about: 'key that gorse clients must send as X-API-Key (default: none)' },
  },
  run: async (values, _words, context) => {
    const address = await serveWorkspace(context, text(values, 'workspace'), {
      port: values.port === undefined ? 4100 : Number(values.port),
      host: String(values.host ?? '127.0.0.1'),
      gorse: gorseOptions(values),
    });
    return { address };
  },
  show: ({ address }: { address: string }) => `Tierwise is at ${address} (Ctrl-C stops it)`,
};

function gorseOptions(values: Values): NonNullable<ServerOptions['gorse']> {
  const base = String(values['gorse-base'] ?? '/gorse').replace(/\/$/, '');
  if (!/^(\/[\w.~-]+)*$/.test(base))
    throw known('USAGE', { what: `--gorse-base is ${base}`, expected: 'a path such as /gorse, or / for none' });
  return { base, ...(values['gorse-key'] === undefined ? {} : { key: text(values, 'gorse-key') }) };
}

/** What the system says of an address that is not of this machine, or of a name that it can't resolve. */
const NOT_OURS = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL'];

/**
 * Starts the server and stops it on SIGINT and SIGTERM.
 *
 * @returns the address
 * @throws PORT_BUSY, and USAGE when the address is not of this machine
 */
export async function serveWorkspace(
  context: Context,
  dir: string,
  { port, host, gorse = {} }: { port: number; host: string; gorse?: NonNullable<ServerOptions['gorse']> },
): Promise<string> {
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw known('USAGE', { what: `--port is ${port}`, expected: 'a whole number from 0 to 65535' });
  const workspace = filledWorkspace(dir);
  const reload = async (): ReturnType<typeof openStore> =>
    openStore(await context.openCompute({ connections: 3 }), workspace.dir);
  const server = await makeServer({
    store: await readingRun(workspace.dir, reload),
    reload,
    version: context.version,
    host,
    gorse,
    consoleDir: join(context.home, 'console', 'dist'),
  });
  const stop = (): void => {
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  try {
    return await listen(server, { port, host });
  } catch (error) {
    await server.close();
    if (!NOT_OURS.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    throw known('USAGE', { what: `cannot listen on ${host}`, expected: 'a --host that this machine has' }, error);
  }
}
