/** The program could not do its work: the arguments are wrong, or a service does not respond. */
const CANNOT_RUN = 2;

/** Prints the usage of a command and returns `true` if its arguments ask for it. */
export function printsHelp(usage: string): boolean {
  const isAsked = process.argv.slice(2).some((argument) => argument === '--help' || argument === '-h');
  if (isAsked) console.log(usage);
  return isAsked;
}

/**
 * Runs a command of the command line. The exit code is 0 or 1 as the command returns `true` or `false`, and 2 after an
 * error. An error in the arguments prints the usage too, and `--help` prints nothing else.
 *
 * @param readArguments throws an error if the arguments are wrong
 * @param hintOf what to say after an error of the command itself, if there is something to say
 */
export async function runCommand<Arguments>(command: {
  usage: string;
  readArguments: () => Arguments;
  run: (values: Arguments) => Promise<boolean>;
  hintOf?: (values: Arguments) => string | undefined;
}): Promise<void> {
  if (printsHelp(command.usage)) return;
  let values: Arguments;
  try {
    values = command.readArguments();
  } catch (error) {
    console.error(`${messageOf(error)}\n\n${command.usage}`);
    process.exitCode = CANNOT_RUN;
    return;
  }
  try {
    process.exitCode = (await command.run(values)) ? 0 : 1;
  } catch (error) {
    const hint = command.hintOf?.(values);
    console.error(messageOf(error), ...(hint === undefined ? [] : [`\n${hint}`]));
    process.exitCode = CANNOT_RUN;
  }
}

/** Some errors of the AWS SDK have no message, such as that of a refused connection. */
function messageOf(error: unknown): unknown {
  return error instanceof Error ? error.message || error.name : error;
}
