// serve.mjs NAME: a server of that name on a loopback port, which is printed.
const { start } = await import(`./servers/${process.argv[2]}.mjs`);
console.log(await start());
process.stdin.resume();
process.stdin.on('end', () => process.exit());
