// Plain JavaScript with nothing imported: this must run on the very Node that is too old for all the rest.
const [major] = process.versions.node.split('.').map(Number);
if (major < 24) {
  process.stderr.write(
    `sublarr-events: this is Node ${process.versions.node}, and Node 24 is needed. "npm ci" brings it along on Linux, then "npm start" uses it; elsewhere install it from https://nodejs.org.\n`,
  );
  process.exit(1);
}
