/** The command line in this process, against a local chain: what it says, how it ends, what it changes. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { transactionSigner } from "../../../../offchain/adapters/ethers/signer.ts";
import { seededRandom } from "../../../../offchain/adapters/memory/random.ts";
import { execute } from "../../../../offchain/app/main.ts";
import { bytesToHex } from "../../../../offchain/core/bytes.ts";
import { formatDeployment } from "../../../../offchain/core/deployment.ts";
import { deriveKeys } from "../../../../offchain/core/keys/derive.ts";
import { address, type Address } from "../../../../offchain/core/units.ts";
import { faultOf } from "../../../support/line-schemas.ts";
import type { LocalChain } from "../../settlement/support/local-chain.ts";

export type Said = Readonly<Record<string, unknown>>;

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** The lines of `--json`. */
  readonly said: readonly Said[];
}

/** Someone with a folder, a secret and an owner's key. */
export interface Person {
  readonly account: Address;
  readonly owner: Address;
  readonly data: string;
  readonly secret: Uint8Array;
  readonly environment: Readonly<Record<string, string>>;
}

export class CommandLine {
  readonly folder = mkdtempSync(join(tmpdir(), "waybill-cli-"));
  readonly local: LocalChain;
  readonly #random = seededRandom("command line");
  #people = 0;

  private constructor(local: LocalChain) {
    this.local = local;
  }

  static async on(local: LocalChain): Promise<CommandLine> {
    const line = new CommandLine(local);
    const { token, beacon, registry, channels } = local.contracts;
    const at = async (contract: { getAddress(): Promise<string> }) =>
      address(await contract.getAddress());
    writeFileSync(
      line.network,
      formatDeployment({
        chainId: 31_337n,
        block: local.firstBlock,
        token: await at(token),
        beacon: await at(beacon),
        registry: await at(registry),
        channels: await at(channels),
      }),
    );
    return line;
  }

  get network(): string {
    return join(this.folder, "network.json");
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** With coin, and so many tokens in the node's and in the owner's account. */
  async person(tokens: bigint): Promise<Person> {
    const [secret, ownerKey] = [this.#random.bytes(32), this.#random.bytes(32)];
    const account = transactionSigner(deriveKeys(secret).agent).address;
    const owner = transactionSigner(ownerKey).address;
    for (const one of [account, owner]) {
      await this.local.rpc("hardhat_setBalance", one, `0x${(10n ** 20n).toString(16)}`);
      if (tokens > 0n) await (await this.local.contracts.token.transfer(one, tokens)).wait();
    }
    const data = join(this.folder, `node-${this.#people++}`);
    return {
      ...{ account, owner, data, secret },
      environment: {
        WAYBILL_SECRET: bytesToHex(secret).slice(2),
        WAYBILL_OWNER_KEY: bytesToHex(ownerKey).slice(2),
        WAYBILL_DATA: data,
      },
    };
  }

  /** What a command of this person's needs to be told, in whatever process. */
  environmentOf({ environment }: Pick<Person, "environment">): Readonly<Record<string, string>> {
    return {
      WAYBILL_RPC_URL: this.local.url,
      WAYBILL_NETWORK: this.network,
      WAYBILL_POLL: "20",
      WAYBILL_LOG_LEVEL: "error",
      ...environment,
    };
  }

  /** Runs one command to its end; off a terminal, as tests are. */
  async run(args: readonly string[], { environment }: Pick<Person, "environment">): Promise<Ended> {
    const named = this.environmentOf({ environment });
    const before = { ...process.env };
    for (const name of Object.keys(before))
      if (name.startsWith("WAYBILL_")) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, named);
    const out = capture(process.stdout);
    const err = capture(process.stderr);
    try {
      const code = await execute(args);
      const ended = { code, stdout: out.text, stderr: err.text, said: linesOf(out.text) };
      for (const said of args.includes("--json") ? ended.said : []) {
        const fault = await faultOf(said);
        if (fault !== undefined) throw new Error(`${args.join(" ")}: ${fault}`);
      }
      return ended;
    } finally {
      out.release();
      err.release();
      for (const name of Object.keys(named)) Reflect.deleteProperty(process.env, name);
      Object.assign(process.env, before);
    }
  }

  /** With --json and --yes; throws what went wrong. */
  async done(args: readonly string[], person: Pick<Person, "environment">): Promise<Said> {
    const ended = await this.run([...args, "--json", "--yes"], person);
    if (ended.code !== 0) throw new Error(`${args.join(" ")}: ${ended.stderr}`);
    return ended.said.at(-1) ?? {};
  }
}

function linesOf(text: string): Said[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line) as Said);
}

function capture(stream: NodeJS.WriteStream): { text: string; release: () => void } {
  const write = stream.write.bind(stream);
  const captured = {
    text: "",
    release: () => {
      stream.write = write;
    },
  };
  stream.write = (chunk: Uint8Array | string) => {
    captured.text += typeof chunk === "string" ? chunk : Buffer.from(chunk).toString();
    return true;
  };
  return captured;
}
