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
  const asJson = rest.includes('--json');
  try {
    if (name === undefined || name === '--help' || name === 'help') {
      out.result(overview(commands, context.version));
      return 0;
    }
    if (name === '--version') {
      out.result(context.version);
      return 0;
    }
    const command = commands.find((own) => own.name === name);
    if (!command)
      throw known('USAGE', {
        what: `"${name}" is not a command`,
        expected: `one of ${commands.map((own) => own.name).join(', ')}`,
      });
    const { values, words } = readArgs(command, rest);
    if (values.help) {
      out.result(help(command));
      return 0;
    }
    const result = await command.run(values, words, context);
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
    if (error instanceof KnownError) {
      out.error(`${error.code}: ${error.message}\n  → ${error.fix}`);
      return error.exitCode;
    }
    const full =
      (error as NodeJS.ErrnoException).code === 'ENOSPC'
        ? known('DISK_FULL', { path: (error as NodeJS.ErrnoException).path ?? 'the workspace' }, error)
        : undefined;
    if (full) {
      out.error(`${full.code}: ${full.message}\n  → ${full.fix}`);
      return full.exitCode;
    }
    out.error(`fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return 1;
  }
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
