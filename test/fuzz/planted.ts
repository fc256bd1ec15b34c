/** Decoders with faults that only a fuzzer worth the name finds; the fuzzer's own tests. */
import { WaybillError } from "../../offchain/core/errors.ts";
import type { Target } from "./fuzzer.ts";

export const targets: readonly Target[] = [
  {
    ...{ name: "a fault behind four bytes", seeds: [new Uint8Array(8)], longest: 16 },
    ...{ read: readNested, refusal: "WIRE_BAD_FRAME" },
  },
  { name: "an end that never comes", seeds: [Uint8Array.of(1)], read: readForEver, longest: 4 },
];

/** Each byte that is right is a step further into the code. */
function readNested(bytes: Uint8Array): void {
  if (bytes[0] !== 0x57) throw new WaybillError("WIRE_BAD_FRAME", { what: "first byte" });
  if (bytes[2] !== 0x41) return;
  if (bytes[4] !== 0x59) return;
  if (bytes[6] !== 0x42) return;
  throw new RangeError("the planted fault");
}

function readForEver(bytes: Uint8Array): void {
  while (bytes[0] === 0);
}
