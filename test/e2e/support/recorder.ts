/** Everything that crosses a relay's transport, kept in a file that survives kill −9 of the relay. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";

import type { PeerId } from "../../../offchain/core/units.ts";
import { decodeFrame } from "../../../offchain/core/wire/decode.ts";
import type { AckFrame, Frame, PacketsFrame } from "../../../offchain/core/wire/frames.ts";

export interface RecordedFrame {
  readonly direction: "in" | "out";
  readonly peer: PeerId;
  readonly bytes: Uint8Array;
}

export class Recorder {
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  write({ direction, peer, bytes }: RecordedFrame): void {
    const frame = Buffer.from(bytes).toString("base64");
    appendFileSync(this.#file, `${direction} ${peer} ${frame}\n`);
  }

  /** A last line that a kill cut in two is left out. */
  read(): RecordedFrame[] {
    if (!existsSync(this.#file)) return [];
    const text = readFileSync(this.#file, "utf8");
    return text
      .slice(0, text.lastIndexOf("\n") + 1)
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const [direction = "", peer = "", frame = ""] = line.split(" ");
        return {
          direction: direction as RecordedFrame["direction"],
          peer: peer as PeerId,
          bytes: Buffer.from(frame, "base64"),
        };
      });
  }
}

/** The frames of one direction, decoded; frames that were none are left out. */
export function framesOf(
  recorded: readonly RecordedFrame[],
  direction: RecordedFrame["direction"],
): Frame[] {
  return recorded
    .filter((one) => one.direction === direction)
    .map((one) => decodeFrame(one.bytes))
    .filter((frame) => frame !== undefined);
}

export const packetFrames = (frames: readonly Frame[]): PacketsFrame[] =>
  frames.filter((frame) => frame.kind === "packets");

/** Every (channel, index) that was acknowledged in `frames`. */
export function acknowledged(frames: readonly Frame[]): Set<string> {
  const acks = frames.filter((frame): frame is AckFrame => frame.kind === "acknowledgements");
  return new Set(
    acks.flatMap((ack) => ack.indexes.map((index) => `${ack.channel ?? "delivery"}/${index}`)),
  );
}
