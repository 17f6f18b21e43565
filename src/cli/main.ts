/** The command line: finds the command, reads its options, runs it and prints the result or the way out. */
import { KnownError, known } from '#errors.ts';
import { type Command, type Context, help, readArgs } from './command.ts';

/**
 * Runs one command.
 *
 * @param args words after `tierwise`
 * @param out where results and errors are written
 * @returns exit code: 0 success, 2 bad usage or input, 1 a fault
 */
export async function main(
  args: readonly string[],
  commands: readonly Command[],
  context: Context,
  out: { result: (text: string) => void; error: (text: string) => void },
): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
      out.result(overview(commands, context.version));
      return 0;
    }
    if (name === '--version') {
      out.result(context.version);
      return 0;
    }
    // a name of two words goes before that of its first one
    const pair = commands.find((own) => own.name === `${name} ${rest[0]}`);
    const command = pair ?? commands.find((own) => own.name === name);
    if (!command)
      throw known('USAGE', {
        what: `"${name}" is not a command`,
        expected: `one of ${commands.map((own) => own.name).join(', ')}`,
      });
    const { values, words } = readArgs(command, pair === undefined ? rest : rest.slice(1));
    if (values.help) {
      out.result(help(command));
      return 0;
    }
    const asJson = values.json === true;
    const result = await command.run(values, words, asJson ? { ...context, print: () => {} } : context);
    context.progress.end();
    if (asJson) {
      if (result !== undefined) out.result(JSON.stringify(result));
      return 0;
    }
    const shown = command.show ? command.show(result as never) : JSON.stringify(result, null, 2);
    if (shown !== undefined) out.result(shown);
    return 0;
  } catch (error) {
    context.progress.end();
    const failure = error instanceof KnownError ? error : ofSystem(error as NodeJS.ErrnoException);
    if (failure) {
      out.error(`${failure.code}: ${failure.message}\n  → ${failure.fix}`);
      return failure.exitCode;
    }
    out.error(`fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  }
}

const REFUSALS: Readonly<Record<string, string>> = {
  EACCES: 'no permission',
  EPERM: 'no permission',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file',
  EROFS: 'the file system is read-only',
};

/** What the operating system refuses because of the machine or its files, not by a fault of the product. */
function ofSystem(error: NodeJS.ErrnoException): KnownError | undefined {
  const { code = '', path } = error;
  if (code === 'ENOSPC' || code === 'EDQUOT') return known('DISK_FULL', { path: path ?? 'the workspace' }, error);
  const reason = REFUSALS[code];
  return reason === undefined || path === undefined
    ? undefined
    : known('FILE_UNREADABLE', { file: path, reason }, error);
}

function overview(commands: readonly Command[], version: string): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  return [
    `tierwise ${version}: customer value tiers, recommendations and campaigns for a shop`,
    '',
    'tierwise COMMAND [options]',
    '',
    ...commands.map(({ name, about }) => `  ${name.padEnd(width)}${about}`),
    '',
    'tierwise COMMAND --help shows the options of one.',
  ].join('\n');
}
