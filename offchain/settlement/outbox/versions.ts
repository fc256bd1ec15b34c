/**
 * The versions of one transaction: all under its nonce, each with a higher fee than the one before. All bytes are
 * durable before they are handed in, and whichever version the chain takes settles the intent.
 */
import type { Hex } from "../../core/bytes.ts";
import type { Fees } from "../../ports/chain.ts";
import type { OutboxEntry, SignedVersion } from "../../ports/store.ts";
import { firstPrice, nextPrice, type Priced } from "./pricing.ts";
import type { OutboxOptions } from "./options.ts";
import { callOf } from "./outcome.ts";
import type { WaitingTransactions } from "./waiting.ts";

export class Versions {
  readonly #options: OutboxOptions;
  readonly #waiting: WaitingTransactions;

  constructor(options: OutboxOptions, waiting: WaitingTransactions) {
    this.#options = options;
    this.#waiting = waiting;
  }

  /** With what the chain asks for now. */
  async sendFirst(entry: OutboxEntry): Promise<void> {
    const { chain, maxFee } = this.#options;
    await this.#send(entry, firstPrice(await chain.fees(), maxFee));
  }

  /** Sends one that offers more than `newest`. False when the allowed fee leaves no room for it. */
  async sendHigher(entry: OutboxEntry, newest: SignedVersion): Promise<boolean> {
    const { chain, signer, maxFee, log } = this.#options;
    const earlier = signer.feesOf(newest.raw as Hex);
    const quote = await chain.fees();
    const price = nextPrice(earlier, quote, maxFee);
    if (price === undefined) {
      // What the chain asks for now may be less than what was offered: then it only takes its time.
      this.#waiting.cannotRise(entry.key, quote.expected > earlier.maxFeePerGas);
      return false;
    }
    log.info("a transaction waits; offering a higher fee", {
      intent: entry.key,
      versions: entry.versions.length + 1,
      ...inGwei(price.fees),
    });
    await this.#send(entry, price);
    return true;
  }

  /** Hands the same bytes in once more, unless that was done a moment ago. */
  async sendAgain({ key }: OutboxEntry, newest: SignedVersion): Promise<void> {
    if (this.#waiting.isHandingInDue(key)) await this.#handIn(key, newest.raw);
  }

  async #send(entry: OutboxEntry, { fees, capped }: Priced): Promise<void> {
    const { store, signer, chainId } = this.#options;
    const { nonce = 0, gasLimit = 0n } = entry;
    const signed = signer.sign({ ...callOf(entry), chainId, nonce, gasLimit, fees });
    await store.update(entry.key, {
      state: "sent",
      nonce,
      gasLimit,
      versions: [...entry.versions, signed],
    });
    this.#waiting.signed(entry.key, capped);
    await this.#handIn(entry.key, signed.raw);
  }

  async #handIn(key: string, raw: string): Promise<void> {
    this.#waiting.handedIn(key, await this.#options.chain.broadcast(raw as Hex));
  }
}

const inGwei = ({ maxFeePerGas, maxPriorityFeePerGas }: Fees) => ({
  maxFeeGwei: Number(maxFeePerGas) / 1e9,
  tipGwei: Number(maxPriorityFeePerGas) / 1e9,
});
