/** A parameter file with some of its values replaced, for one run. */
import { writeFileSync } from "node:fs";

import { readDeploymentParameters } from "@nomicfoundation/hardhat-ignition/helpers";

/** Sections of a parameter file, by name; see deploy/parameters.ts. */
export type Sections = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Writes `from` to `to`: of the sections in `changes`, "Beacon" is replaced, others are merged into. */
export async function writeParameters(from: string, to: string, changes: Sections): Promise<void> {
  const content = (await readDeploymentParameters(from)) as Sections;
  const changed = Object.entries(changes).map(([name, values]) => [
    name,
    name === "Beacon" ? values : { ...content[name], ...values },
  ]);
  const all = { ...content, ...(Object.fromEntries(changed) as Sections) };
  writeFileSync(
    to,
    JSON.stringify(all, (_, value: unknown) => inFile(value), 2),
  );
}

const inFile = (value: unknown): unknown => (typeof value === "bigint" ? `${value}n` : value);
