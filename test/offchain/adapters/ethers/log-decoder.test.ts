/** Logs by their first topic, against ethers' own way to read them. */
import { expect } from "chai";
import { hexlify, randomBytes, type EventFragment, type Interface, type ParamType } from "ethers";

import { contractInterfaces } from "../../../../offchain/adapters/ethers/interfaces.ts";
import { LogDecoder } from "../../../../offchain/adapters/ethers/log-decoder.ts";

const ROUNDS = 20;

describe("logs by their first topic", () => {
  it("are read as ethers reads them, every event of every contract", () => {
    let read = 0;
    for (const { abi, decoder, event } of allEvents())
      for (let round = 0; round < ROUNDS; round++) {
        const log = abi.encodeEventLog(event, event.inputs.map(randomValue));
        const expected = abi.parseLog(log);
        const named = decoder.decode(log);
        expect(named?.name).to.equal(event.name).and.equal(expected?.name);
        expect(named?.args.toObject(true)).to.deep.equal(expected?.args.toObject(true));
        read += 1;
      }
    expect(read).to.be.greaterThan(30 * ROUNDS);
  });

  it("are nothing when the contract has no such event, or when they have no topic", () => {
    for (const { decoder } of allEvents()) {
      expect(decoder.decode({ topics: [hexlify(randomBytes(32))], data: "0x" })).to.equal(
        undefined,
      );
      expect(decoder.decode({ topics: [], data: "0x" })).to.equal(undefined);
    }
  });

  it("throw when a topic or a part of the data is missing", () => {
    for (const { abi, decoder, event } of allEvents()) {
      const { topics, data } = abi.encodeEventLog(event, event.inputs.map(randomValue));
      if (topics.length > 1)
        expect(() => decoder.decode({ topics: topics.slice(0, -1), data })).to.throw();
      if (data.length > 2)
        expect(() => decoder.decode({ topics, data: data.slice(0, -64) })).to.throw();
    }
  });
});

function allEvents() {
  return contractInterfaces.flatMap((abi: Interface) => {
    const decoder = new LogDecoder(abi);
    const events: { abi: Interface; decoder: LogDecoder; event: EventFragment }[] = [];
    abi.forEachEvent((event) => events.push({ abi, decoder, event }));
    return events;
  });
}

/** Of an event's argument, by its type. */
function randomValue(input: ParamType): unknown {
  const { type, arrayChildren } = input;
  if (arrayChildren) return [0, 1, 2].map(() => randomValue(arrayChildren));
  const bits = /^uint(\d+)$/.exec(type)?.[1];
  if (bits !== undefined) return BigInt(hexlify(randomBytes(Number(bits) / 8)));
  const bytes = /^bytes(\d+)$/.exec(type)?.[1];
  if (bytes !== undefined) return hexlify(randomBytes(Number(bytes)));
  if (type === "address") return hexlify(randomBytes(20));
  if (type === "string") return hexlify(randomBytes(40));
  if (type === "bool") return (randomBytes(1)[0] ?? 0) % 2 === 0;
  throw new Error(`no value for ${input.format()}`);
}
