/** An anvil node in a process of its own: unlike Hardhat's it can undo blocks, drop transactions and start again. */
import { join } from "node:path";

import { anvilBinary } from "../../../../scripts/local-network/anvil-node.ts";
import type { Child, ChildGroup } from "../../../../scripts/local-network/child.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const STARTED = /Listening on (127\.0\.0\.1:\d+)/;

export interface AnvilOptions {
  readonly logFile: string;
  /** 0, and the system picks one, unless given. */
  readonly port?: number;
  /** Read at the start when it is there, written at the end. */
  readonly state?: string;
}

export async function startAnvil(
  children: ChildGroup,
  { logFile, port = 0, state }: AnvilOptions,
): Promise<{ readonly url: string; readonly child: Child }> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = children.start({
    name: "anvil",
    command: anvilBinary(),
    args: [
      ...["--hardfork", "osaka", "--port", String(port), "--host", "127.0.0.1"],
      ...(state === undefined ? [] : ["--state", state, "--preserve-historical-states"]),
    ],
    cwd: ROOT,
    logFile,
    onLine: (line) => {
      const address = STARTED.exec(line)?.[1];
      if (address !== undefined) resolve(`http://${address}`);
    },
  });
  void child.exited.then(() => {
    reject(new Error(`anvil ended; see ${logFile}`));
  });
  return { url: await promise, child };
}
