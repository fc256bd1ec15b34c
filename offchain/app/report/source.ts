/** Where commands read about this node's relay: its agent while one runs, else database and chain. */
import { hasCode } from "../../core/errors.ts";
import { clientOf, type ApiClient } from "../api/client.ts";
import { openNode, type Node } from "../node.ts";
import type { CommonOptions } from "../settings.ts";
import { Report } from "./report.ts";

/** Who tells it. */
export type Source = "agent" | "database";

/** Undefined when no agent runs with that data folder. */
export async function fromAgent<Told>(
  folder: string,
  ask: (client: ApiClient) => Promise<Told>,
): Promise<Told | undefined> {
  const client = await clientOf(folder);
  if (client === undefined) return undefined;
  try {
    return await ask(client);
  } catch (error) {
    // It ended just now.
    if (hasCode(error, "API_UNREACHABLE")) return undefined;
    throw error;
  }
}

/**
 * Waits for the chain, though not for ever, as an agent may want the database. The report does not know yet which
 * relay it is about.
 * @throws WaybillError STORE_LOCKED while an agent without an API has the database
 */
export async function fromDatabase<Told>(
  options: CommonOptions,
  read: (report: Report, node: Node) => Promise<Told>,
): Promise<Told> {
  const node = await openNode(options, "visit");
  try {
    const report = new Report(node.clock);
    report.sees(node);
    report.reached("stopped");
    return await read(report, node);
  } finally {
    await node.close();
  }
}
