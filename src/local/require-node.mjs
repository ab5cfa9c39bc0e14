// Plain JavaScript: it runs before the first .ts file, in whatever Node the machine has.
const NEEDED = 24;
const [major] = process.versions.node.split('.');

if (Number(major) < NEEDED) {
  console.error(
    `Keyturn needs Node ${NEEDED}, and this is Node ${process.versions.node} (${process.execPath}).\n` +
      'npm ci installs it beside the other packages on Linux and macOS (x64, arm64) and Windows (x64): ' +
      'run it without --omit=optional, and start this command with npm.\n' +
      `On another system, install Node ${NEEDED} or later first.`,
  );
  process.exit(1);
}
