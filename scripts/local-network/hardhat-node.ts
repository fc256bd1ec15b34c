/** A local chain in a process of its own, on a port that the system picks. */
import { join } from "node:path";

import type { Child, ChildGroup } from "./child.ts";

export interface LocalChain {
  readonly rpcUrl: string;
  readonly child: Child;
}

export interface LocalChainOptions {
  readonly root: string;
  readonly logFile: string;
  /** Milliseconds. */
  readonly blockInterval: number;
  readonly env?: Readonly<Record<string, string>>;
}

const STARTED = /JSON-RPC server at (http:\/\/\S+?)\/?$/;

export async function startLocalChain(
  children: ChildGroup,
  options: LocalChainOptions,
): Promise<LocalChain> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const child = children.start({
    name: "local chain",
    args: [
      join(options.root, "node_modules/hardhat/dist/src/cli.js"),
      "node",
      "--hostname",
      "127.0.0.1",
      "--port",
      "0",
    ],
    cwd: options.root,
    logFile: options.logFile,
    ...(options.env === undefined ? {} : { env: options.env }),
    onLine: (line) => {
      const url = STARTED.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    },
  });
  void child.exited.then(({ code }) => {
    reject(new Error(`the local chain ended with code ${String(code)}; see ${options.logFile}`));
  });
  const rpcUrl = await promise;
  await rpc(rpcUrl, "evm_setIntervalMining", [options.blockInterval]);
  return { rpcUrl, child };
}

/** One JSON-RPC call; rejects with the node's own message. */
export async function rpc(
  url: string,
  method: string,
  params: readonly unknown[],
): Promise<unknown> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
  });
  const answer = (await response.json()) as { result?: unknown; error?: { message: string } };
  if (answer.error) throw new Error(`${method}: ${answer.error.message}`);
  return answer.result;
}
