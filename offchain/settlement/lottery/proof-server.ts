/**
 * Answers the senders of drawn packets that crossed this relay (docs/protocol.md §10). Who asks must show the
 * VRF proof of a slot that was drawn, and learns when that packet came here, and that it is in what this relay
 * committed to. Of any other packet nobody learns anything.
 */
import { equalBytes } from "../../core/bytes.ts";
import { decodeQuestion, encodeAnswer } from "../../core/cover/index.ts";
import type { ProofAnswer, ProofQuestion, ReplayProof } from "../../core/cover/index.ts";
import { TokenBucket } from "../../core/requests/token-bucket.ts";
import type { PeerId, RelayId } from "../../core/units.ts";
import { vrfVerify } from "../../core/vrf/vrf.ts";
import type { Clock } from "../../ports/clock.ts";
import type { NetworkView } from "../../ports/network.ts";
import type { Draws, EpochDraws, OwnedPair } from "./draws.ts";
import {
  ANSWERS_KEPT,
  CHECK_BURST,
  CHECKS_PER_SECOND,
  QUESTION_BURST,
  QUESTIONS_PER_SECOND,
} from "./limits.ts";
import type { ReplayTrees } from "./replay-trees.ts";

export interface ProofServerOptions {
  readonly relay: RelayId;
  readonly network: NetworkView;
  readonly draws: Draws;
  readonly trees: ReplayTrees;
  readonly clock: Clock;
}

interface Answered {
  readonly vrfProof: Uint8Array;
  readonly answer: ReplayProof;
}

const STRANGERS = "strangers";

export class ProofServer {
  readonly #options: ProofServerOptions;
  /** By relay; those that were drawn of epochs whose claims are open, so never many. */
  readonly #asking = new Map<RelayId | typeof STRANGERS, TokenBucket>();
  readonly #checks: TokenBucket;
  /** By epoch and draw, oldest first. */
  readonly #answered = new Map<string, Answered>();

  constructor(options: ProofServerOptions) {
    this.#options = options;
    this.#checks = new TokenBucket(CHECKS_PER_SECOND, CHECK_BURST, options.clock.monotonic());
  }

  /** The answer to a peer's request; undefined for one that deserves none. Rejects as the store does. */
  async answer(peer: PeerId, request: Uint8Array): Promise<Uint8Array | undefined> {
    const question = decodeQuestion(request);
    const answer = question === undefined ? undefined : await this.#judge(peer, question);
    return answer === undefined ? undefined : encodeAnswer(answer);
  }

  async #judge(peer: PeerId, question: ProofQuestion): Promise<ProofAnswer | undefined> {
    const { draws, network, clock } = this.#options;
    const { epoch, draw, vrfProof } = question;
    const drawn = draws.of(epoch);
    const pair = drawn?.pairs[draw];
    if (drawn === undefined || pair === undefined) return "not-drawn";
    if (!this.#mayAsk(peer, pair.sender)) return "busy";
    const known = this.#answered.get(`${epoch} ${draw}`);
    if (known !== undefined && equalBytes(known.vrfProof, vrfProof)) return known.answer;

    const now = clock.monotonic();
    if (!this.#checks.take(1, now)) return "busy";
    const key = network.relay(pair.sender)?.vrfKey;
    const beta = key === undefined ? undefined : vrfVerify(key, draws.alpha(drawn, pair), vrfProof);
    if (beta === undefined) return undefined;
    const answer = await this.#lookUp(drawn, pair, beta);
    if (typeof answer !== "string") this.#remember(`${epoch} ${draw}`, { vrfProof, answer });
    return answer;
  }

  async #lookUp(drawn: EpochDraws, pair: OwnedPair, beta: Uint8Array): Promise<ProofAnswer> {
    const { relay, network, draws, trees } = this.#options;
    const packet = draws.reveal(drawn, pair, beta);
    const hop = packet?.route.indexOf(relay) ?? -1;
    const tag = packet?.tags[hop];
    if (tag === undefined) return "not-drawn";
    const committed = network.commitment(relay, drawn.epoch);
    if (committed === undefined) return "no-packet";
    const tree = await trees.of(drawn.epoch);
    // A commitment of somebody else's making, or of another database, proves nothing that this one holds.
    if (!equalBytes(tree.root, committed)) return "no-packet";
    return tree.prove(tag) ?? "no-packet";
  }

  /** Each relay has a rate of its own for its own packets; all others share one. */
  #mayAsk(peer: PeerId, sender: RelayId): boolean {
    const { network, clock } = this.#options;
    const holder = network.relay(sender)?.peer === peer ? sender : STRANGERS;
    const now = clock.monotonic();
    let bucket = this.#asking.get(holder);
    if (bucket === undefined) {
      bucket = new TokenBucket(QUESTIONS_PER_SECOND, QUESTION_BURST, now);
      this.#asking.set(holder, bucket);
    }
    return bucket.take(1, now);
  }

  #remember(name: string, answered: Answered): void {
    this.#answered.delete(name);
    this.#answered.set(name, answered);
    const oldest = this.#answered.keys().next().value;
    if (this.#answered.size > ANSWERS_KEPT && oldest !== undefined) this.#answered.delete(oldest);
  }
}
