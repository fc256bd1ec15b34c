import type { Environment } from "../../../../offchain/app/config/layers.ts";
import { waybill } from "../../../../offchain/app/main.ts";
import { faultOf } from "../../../support/line-schemas.ts";

type Said = Readonly<Record<string, unknown>>;

/** As it is outside of any test, also after one that was ended while a command ran. */
const STANDARD_OUTPUT = process.stdout.write.bind(process.stdout);

export interface Outcome {
  /** What it wrote to standard output. */
  readonly text: string;
  /** The same, as the lines of JSON that it is with --json. */
  said(): Said[];
  readonly error: Error | undefined;
}

/** Runs a command in this process: quicker than one of its own. What --json prints keeps to its schema. */
export async function inProcess(
  args: readonly string[],
  environment: Environment = {},
): Promise<Outcome> {
  const program = waybill(environment);
  let text = "";
  process.stdout.write = (part: string | Uint8Array) => {
    text += String(part);
    return true;
  };
  let error: Error | undefined;
  try {
    await program.parseAsync([...args], { from: "user" });
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    error = thrown;
  } finally {
    process.stdout.write = STANDARD_OUTPUT;
  }
  const said = (): Said[] =>
    text
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Said);
  for (const line of args.includes("--json") ? said() : []) {
    const fault = await faultOf(line);
    if (fault !== undefined) throw new Error(`${args.join(" ")}: ${fault}`);
  }
  return { text, said, error };
}
