import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { formatDeployment, type Deployment } from "../../../../offchain/core/deployment.ts";
import { address } from "../../../../offchain/core/units.ts";

/** Writes the file of a network on no chain into `folder`; returns its path. */
export function networkFile(folder: string, changes: Partial<Deployment> = {}): string {
  const [token, beacon, registry, channels] = [1, 2, 3, 4].map((digit) =>
    address(`0x${String(digit).repeat(40)}`),
  );
  if (!token || !beacon || !registry || !channels) throw new Error("four addresses");
  const path = join(folder, "network.json");
  const deployment = { chainId: 1n, block: 0, token, beacon, registry, channels, ...changes };
  writeFileSync(path, formatDeployment(deployment));
  return path;
}
