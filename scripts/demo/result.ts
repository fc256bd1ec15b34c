/** What a demo run came to, and whether that is what it should have come to. Amounts in the token's smallest unit. */
import type { Estimate } from "../../offchain/core/reliability/estimate.ts";
import type { MoneyReport } from "../money/books.ts";

export interface FileResult {
  /** As it was sent, and as the recipient was told. */
  readonly name: string;
  readonly nameReceived: string;
  readonly bytes: number;
  readonly packets: number;
  readonly repeats: number;
  /** What became of the sender's packets on their first link, and of those that never got so far. */
  readonly outcomes: Readonly<Record<string, number>>;
  readonly sha256Sent: string;
  readonly sha256Received: string;
  /** The recipient's answer came back through reply blocks and named the right hash. */
  readonly replyVerified: boolean;
}

export interface RelayResult {
  /** The operator's account: bond and earnings are its. */
  readonly address: string;
  readonly relay: string;
  /** The layer when sending began, and all layers until the end. */
  readonly layer: number | undefined;
  readonly layers: readonly number[];
  readonly packets: number;
  readonly ticketsReceived: number;
  readonly ticketsWon: number;
  readonly ticketsLost: number;
  /** Packets that went no further, by reason. */
  readonly drops: Readonly<Record<string, number>>;
  /** From the chain: tickets and what they brought, and all that left the contract, rewards included. */
  readonly ticketsRedeemed: number;
  readonly earned: bigint;
  readonly withdrawn: bigint;
  /** Of the relay's redeem transactions; undefined when it redeemed nothing. */
  readonly gasPerTicket: number | undefined;
  /** Its own cover of epochs whose draw is known. */
  readonly coverSent: number;
  readonly coverReturned: number;
  /** Its own slots that were drawn. */
  readonly draws: number;
  /** The next four from the chain; claims are those of its own packets, rewards all that it got as sender and hop. */
  readonly commitments: number;
  readonly claims: number;
  readonly rewards: bigint;
  readonly collected: bigint;
  /** By what became of the drawn loops that other relays sent into it. */
  readonly reliability: Estimate;
}

/** Of all relays together, for epochs whose draw is known. */
export interface LotteryResult {
  readonly coverSent: number;
  readonly coverReturned: number;
  readonly commitments: number;
  /** Slots that were drawn: paid, never to be paid, and not decided when the relays stopped. */
  readonly draws: number;
  readonly claims: number;
  readonly forfeits: number;
  readonly open: number;
  /** Tokens made for rewards. */
  readonly minted: bigint;
}

/** The relay that threw packets away, and the frames with packets that came to it. */
export interface DropResult {
  readonly relay: string;
  readonly share: number;
  readonly seed: string;
  readonly taken: number;
  readonly dropped: number;
}

export interface DemoResult {
  readonly file: FileResult;
  /** Whether packets were paid for. */
  readonly channels: boolean;
  readonly relays: readonly RelayResult[];
  readonly lottery: LotteryResult;
  readonly drop: DropResult | undefined;
  readonly money: MoneyReport;
  readonly seconds: number;
}
