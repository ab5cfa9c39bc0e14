/** The program could not do its work: the arguments are wrong, or a service does not respond. */
const CANNOT_RUN = 2;

/**
 * Runs a command of the command line. The exit code is 0 or 1 as the command returns `true` or `false`, and 2 after an
 * error. An error in the arguments prints the usage too; `--help` prints only that.
 *
 * @param readArguments throws an error if the arguments are wrong
 */
export async function runCommand<Arguments>(command: {
  usage: string;
  readArguments: () => Arguments;
  run: (values: Arguments) => Promise<boolean>;
}): Promise<void> {
  if (process.argv.includes('--help')) {
    console.log(command.usage);
    return;
  }
  let values: Arguments;
  try {
    values = command.readArguments();
  } catch (error) {
    console.error(messageOf(error), `\n\n${command.usage}`);
    process.exitCode = CANNOT_RUN;
    return;
  }
  try {
    process.exitCode = (await command.run(values)) ? 0 : 1;
  } catch (error) {
    console.error(messageOf(error));
    process.exitCode = CANNOT_RUN;
  }
}

function messageOf(error: unknown): unknown {
  return error instanceof Error ? error.message : error;
}
