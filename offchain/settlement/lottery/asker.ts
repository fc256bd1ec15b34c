/**
 * Asks the relays on the way of drawn packets for their proofs, several at once, and again after a rest while it
 * is not too late, unless they say that they have none. What a relay answers counts only when it leads to what
 * that relay committed to.
 */
import { equalBytes } from "../../core/bytes.ts";
import {
  decodeAnswer,
  encodeQuestion,
  MAX_ANSWER_BYTES,
  replayRootFrom,
} from "../../core/cover/index.ts";
import type { ReplayProof } from "../../core/cover/index.ts";
import { hasCode } from "../../core/errors.ts";
import type { RelayId } from "../../core/units.ts";
import type { Clock } from "../../ports/clock.ts";
import type { NetworkView } from "../../ports/network.ts";
import type { Transport } from "../../ports/transport.ts";
import { ASKED_AT_ONCE, ASKING_TIMEOUT, QUESTIONS_PER_PASS } from "./limits.ts";
import type { OwnDraw, OwnDraws } from "./own-draws.ts";
import { Rests } from "./rests.ts";

export interface AskerOptions {
  readonly network: NetworkView;
  readonly transport: Pick<Transport, "request">;
  readonly draws: OwnDraws;
  readonly clock: Clock;
}

interface Question {
  readonly own: OwnDraw;
  readonly hop: number;
  readonly relay: RelayId;
  /** Of this packet at this relay, for the rests. */
  readonly name: string;
}

export class Asker {
  readonly #options: AskerOptions;
  /** By relay, for those that cannot be reached, and by question. */
  readonly #rests = new Rests();

  constructor(options: AskerOptions) {
    this.#options = options;
  }

  /** One pass over all that is missing; resolves when nothing of it is under way any more. */
  async step(): Promise<void> {
    const questions = this.#due();
    const ask = async (): Promise<void> => {
      for (let next = questions.shift(); next !== undefined; next = questions.shift())
        if (!this.#rests.isResting(next.relay, this.#options.clock.monotonic()))
          await this.#ask(next);
    };
    await Promise.all(Array.from({ length: ASKED_AT_ONCE }, ask));
  }

  #due(): Question[] {
    const { network, draws, clock } = this.#options;
    const now = clock.monotonic();
    const all = draws.open.flatMap((own) =>
      own.packet.route.map((relay, hop) => {
        const { epoch, draw } = own.packet;
        return { own, hop, relay, name: `${epoch} ${draw} ${hop}` };
      }),
    );
    return all
      .filter(({ own, hop, relay, name }) => {
        if (own.packet.proved[hop] === true || own.denied.has(hop)) return false;
        if (this.#rests.isResting(name, now)) return false;
        // Who did not commit in time has nothing to show.
        return network.commitment(relay, own.packet.epoch) !== undefined;
      })
      .slice(0, QUESTIONS_PER_PASS);
  }

  async #ask(question: Question): Promise<void> {
    const { own, hop, relay, name } = question;
    const { clock, draws } = this.#options;
    const answer = await this.#request(question);
    if (answer === undefined) return;
    if (typeof answer !== "string" && this.#holds(question, answer)) {
      this.#rests.forget(name);
      this.#rests.forget(relay);
      await draws.proved(own, hop, answer);
      return;
    }
    if (answer === "no-packet") own.denied.add(hop);
    this.#rests.failed(name, clock.monotonic());
  }

  /** Undefined when no answer came: then the relay, or the question, rests. */
  async #request({ own, relay, name }: Question): Promise<ReplayProof | string | undefined> {
    const { network, transport, clock } = this.#options;
    const { epoch, draw } = own.packet;
    const { peer, multiaddr = "" } = network.relay(relay) ?? {};
    if (peer === undefined) {
      this.#rests.failed(relay, clock.monotonic());
      return undefined;
    }
    const bytes = encodeQuestion({ epoch, draw, vrfProof: own.vrfProof });
    const limits = { timeout: ASKING_TIMEOUT, maxAnswer: MAX_ANSWER_BYTES };
    try {
      return (
        decodeAnswer(await transport.request({ peer, multiaddr }, bytes, limits)) ?? "nonsense"
      );
    } catch (error) {
      const isOurs = hasCode(error, "TRANSPORT_BUSY");
      this.#rests.failed(isOurs ? name : relay, clock.monotonic());
      return undefined;
    }
  }

  #holds({ own, hop, relay }: Question, proof: ReplayProof): boolean {
    const { epoch } = own.packet;
    const root = this.#options.network.commitment(relay, epoch);
    const tag = own.revealed.tags[hop];
    if (root === undefined || tag === undefined) return false;
    return equalBytes(replayRootFrom(epoch, relay, tag, proof), root);
  }
}
