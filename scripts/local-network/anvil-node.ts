/** A local chain that can be reorganised (`anvil_reorg`), in a process of its own, on a port that the system picks. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import type { ChildGroup } from "./child.ts";
import type { LocalChain, LocalChainOptions } from "./hardhat-node.ts";

/** Newest blocks whose state can be asked for, and be gone back to. */
const STATES_KEPT = 128;
const STARTED = /Listening on (\S+)/;

export async function startAnvil(
  children: ChildGroup,
  { root, logFile, blockInterval, env }: LocalChainOptions,
): Promise<LocalChain> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = children.start({
    name: "local chain",
    command: anvilBinary(),
    args: [
      ...["--host", "127.0.0.1", "--port", "0", "--chain-id", "31337", "--hardfork", "osaka"],
      ...["--block-time", String(blockInterval / 1_000), "--enable-tx-gas-limit"],
      // Otherwise it moves states to the disk, and a reorganisation that starts from one of those loses all code.
      ...["--prune-history", String(STATES_KEPT)],
    ],
    cwd: root,
    logFile,
    ...(env === undefined ? {} : { env }),
    onLine: (line) => {
      const address = STARTED.exec(line)?.[1];
      if (address !== undefined) resolve(`http://${address}`);
    },
  });
  void child.exited.then(({ code }) => {
    reject(new Error(`the local chain ended with code ${String(code)}; see ${logFile}`));
  });
  return { rpcUrl: await promise, child };
}

/** The package's own starter would be one more process between this one and the chain. */
export function anvilBinary(): string {
  const architecture = process.arch === "x64" ? "amd64" : process.arch;
  const platform = process.platform === "win32" ? "win32" : process.platform;
  const require = createRequire(import.meta.url);
  const starter = require.resolve("@foundry-rs/anvil/package.json");
  const name = `@foundry-rs/anvil-${platform}-${architecture}`;
  const folder = dirname(createRequire(starter).resolve(`${name}/package.json`));
  return join(folder, "bin", platform === "win32" ? "anvil.exe" : "anvil");
}
