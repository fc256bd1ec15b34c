/** What a demo run came to, and whether that is what it should have come to. Amounts in the token's smallest unit. */
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
  /** The next three from the chain. */
  readonly ticketsRedeemed: number;
  readonly earned: bigint;
  readonly withdrawn: bigint;
  /** Of the relay's redeem transactions; undefined when it redeemed nothing. */
  readonly gasPerTicket: number | undefined;
}

export interface DemoResult {
  readonly file: FileResult;
  readonly relays: readonly RelayResult[];
  readonly money: MoneyReport;
  readonly seconds: number;
}

/** One sentence for each thing that is not as it should be; empty when the demo worked. */
export function problemsOf(result: DemoResult): readonly string[] {
  const { file, relays, money } = result;
  const problems: string[] = [];
  if (file.sha256Received !== file.sha256Sent)
    problems.push(`the recipient holds another file: ${file.sha256Received || "none"}`);
  if (file.nameReceived !== file.name)
    problems.push(`the recipient knows the file as ${JSON.stringify(file.nameReceived)}`);
  if (!file.replyVerified) problems.push("the recipient's answer did not come back");
  for (const relay of relays) {
    if (relay.ticketsRedeemed !== relay.ticketsWon)
      problems.push(
        `relay ${relay.relay} won ${relay.ticketsWon} tickets and redeemed ${relay.ticketsRedeemed}`,
      );
    if (relay.withdrawn !== relay.earned)
      problems.push(`relay ${relay.relay} earned ${relay.earned} and withdrew ${relay.withdrawn}`);
  }
  if (relays.every((relay) => relay.ticketsRedeemed === 0)) problems.push("no ticket was redeemed");
  return [...problems, ...money.problems];
}
