/**
 * What waybill.sh of the installed package starts. npm only warns when Node is too old, and what an older one says of
 * the sources tells nobody what to do: so this file needs nothing new, and loads the rest once it has looked.
 */
const OLDEST = 24;

if (Number.parseInt(process.versions.node, 10) < OLDEST) {
  process.stderr.write(
    `waybill: this is Node ${process.versions.node}, and waybill needs Node ${OLDEST} or later. ` +
      "Install it from https://nodejs.org or with your version manager, then start waybill again.\n",
  );
  process.exitCode = 1;
} else {
  const { main } = await import("./main.ts");
  await main();
}

export {};
