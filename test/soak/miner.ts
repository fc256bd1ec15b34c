/**
 * Mines in the place of anvil's own timer: a block that comes while blocks are being replaced leaves a chain with
 * numbers missing.
 */
import { rpc } from "../../scripts/local-network/hardhat-node.ts";

export class Miner {
  readonly #url: string;
  readonly #timer: NodeJS.Timeout;
  #working: Promise<unknown> = Promise.resolve();
  #failure: unknown;

  private constructor(url: string, every: number) {
    this.#url = url;
    this.#timer = setInterval(() => {
      this.#inTurn("evm_mine", []).catch((error: unknown) => (this.#failure ??= error));
    }, every);
  }

  /** One block each `every` milliseconds from now on. */
  static async start(url: string, every: number): Promise<Miner> {
    await rpc(url, "evm_setIntervalMining", [0]);
    return new Miner(url, every);
  }

  /** Replaces the newest `depth` blocks by empty ones. Rejects, too, when a block could not be mined before. */
  async reorg(depth: number): Promise<void> {
    await this.#inTurn("anvil_reorg", [depth, []]);
    if (this.#failure !== undefined)
      throw new Error("no block was mined", { cause: this.#failure });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  #inTurn(method: string, params: readonly unknown[]): Promise<unknown> {
    const work = this.#working.then(() => rpc(this.#url, method, params));
    this.#working = work.catch(() => undefined);
    return work;
  }
}
