/** The demo as a person sees it: bars while it works, a table at the end, and the line about the money. */
import cliProgress from "cli-progress";
import Table from "cli-table3";
import pc from "picocolors";

import { formatAmount } from "../../offchain/app/output.ts";
import type { DemoResult, RelayResult } from "./result.ts";
import type { View } from "./run.ts";

export interface ClosableView extends View {
  close(): void;
}

/** Bars on a terminal; one line a stage anywhere else. Both on standard error. */
export function createView(terminal = process.stderr.isTTY): ClosableView {
  return terminal ? barView() : lineView();
}

function lineView(): ClosableView {
  const started = performance.now();
  return {
    stage(text) {
      const seconds = ((performance.now() - started) / 1_000).toFixed(0);
      process.stderr.write(`${seconds.padStart(4)} s  ${text}\n`);
    },
    sending: () => undefined,
    settling: () => undefined,
    close: () => undefined,
  };
}

function barView(): ClosableView {
  const bars = new cliProgress.MultiBar(
    {
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
      format: `{what} ${pc.cyan("{bar}")} {value}/{total}`,
      barCompleteChar: "█",
      barIncompleteChar: "░",
    },
    cliProgress.Presets.rect,
  );
  const bar = (what: string, total: number) => bars.create(total, 0, { what: what.padEnd(22) });
  let sending: cliProgress.SingleBar | undefined;
  let settling: cliProgress.SingleBar | undefined;
  const move = (
    known: cliProgress.SingleBar | undefined,
    what: string,
    value: number,
    total: number,
  ) => {
    const shown = known ?? bar(what, total);
    shown.setTotal(total);
    shown.update(Math.min(value, total));
    return shown;
  };
  return {
    stage(text) {
      bars.log(`${pc.dim("·")} ${text}\n`);
      bars.update();
    },
    sending(sent, total) {
      sending = move(sending, "packets sent", sent, total);
    },
    settling(redeemed, won) {
      if (won > 0) settling = move(settling, "winners redeemed", redeemed, won);
    },
    close() {
      bars.stop();
    },
  };
}

export function renderTable(result: DemoResult): string {
  const table = new Table({
    head: [
      "relay",
      "layer",
      "packets",
      "tickets",
      "won",
      "redeemed",
      "earned",
      "withdrawn",
      "gas/ticket",
    ],
    colAligns: ["left", "left", ...Array.from({ length: 7 }, () => "right" as const)],
    style: { head: pc.isColorSupported ? ["cyan"] : [], border: [] },
  });
  const byLayer = [...result.relays].sort((a, b) => (a.layer ?? 9) - (b.layer ?? 9));
  for (const relay of byLayer) table.push(row(relay));
  return table.toString();
}

function row(relay: RelayResult): string[] {
  return [
    `${relay.relay.slice(0, 10)}…`,
    relay.layers.join(" → "),
    String(relay.packets),
    String(relay.ticketsReceived),
    String(relay.ticketsWon),
    String(relay.ticketsRedeemed),
    formatAmount(relay.earned),
    formatAmount(relay.withdrawn),
    relay.gasPerTicket === undefined ? "–" : relay.gasPerTicket.toLocaleString("en"),
  ];
}

export function renderFile({ file }: DemoResult): string {
  const arrived = file.sha256Received === file.sha256Sent;
  const mark = (good: boolean): string => (good ? pc.green("✓") : pc.red("✗"));
  return [
    `${mark(arrived)} ${file.nameReceived}: ${file.bytes.toLocaleString("en")} bytes arrived in ${file.packets} packets (${file.repeats} of them repeats)`,
    `${mark(file.replyVerified)} the recipient's answer came back through single-use reply blocks`,
  ].join("\n");
}

/** The last line: green when the money adds up, red with the reasons when it does not. */
export function renderMoney(
  { money }: Pick<DemoResult, "money">,
  colours: Pick<typeof pc, "red" | "green"> = pc,
): string {
  if (!money.adds) return colours.red(`✗ the money does not add up: ${money.problems.join("; ")}`);
  return colours.green(
    `✓ the money adds up: contracts hold ${formatAmount(money.tokensHeld)} = sum of all balances; ` +
      `paid ${formatAmount(money.paid)} = credited ${formatAmount(money.credited)} + burn share ${formatAmount(money.burned + money.owedBurn)}; no ticket paid twice`,
  );
}
