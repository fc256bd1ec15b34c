/** What the soak finds out afterwards, on databases and lives made for it. */
import { expect } from "chai";
import { DatabaseSync } from "node:sqlite";

import { migrate } from "../../offchain/adapters/sqlite/migrations.ts";
import { nothingLeaks } from "../soak/memory.ts";
import { unboundedTables, type Extent } from "../soak/tables.ts";

const extent: Extent = {
  ...{ epochs: 10, relays: 6, clients: 2 },
  ...{ events: 3, transactions: 4, redeemed: 2 },
};

describe("the soak's check of databases", () => {
  let db: DatabaseSync;
  beforeEach(() => {
    db = new DatabaseSync(":memory:");
    migrate(db);
  });
  afterEach(() => {
    db.close();
  });

  const problems = (changed: Partial<Extent> = {}): readonly string[] =>
    unboundedTables((sql) => db.prepare(sql).all(), { ...extent, ...changed });
  /** The statement for each number from 1. */
  const add = (count: number, sql: string): void => {
    const insert = db.prepare(sql);
    for (let number = 1; number <= count; number++) insert.run({ number });
  };
  const event = (name: string): string =>
    `INSERT INTO events VALUES (:number, ${name.length}, '', '', '${name}', '')`;
  const GROWING: readonly (readonly [table: string, most: number, sql: string])[] = [
    ["tags", 16, "INSERT INTO tags VALUES (CAST(:number AS BLOB), :number, 0, x'00')"],
    ["cursors", 256, "INSERT INTO cursors VALUES (:number, '')"],
    ["high_waters", 7, "INSERT INTO high_waters VALUES (:number, 0, 0, 0)"],
    ["reserved", 5, "INSERT INTO reserved VALUES (:number, 1, 0)"],
    ["salts", 8, "INSERT INTO salts (salt) VALUES (CAST(:number AS BLOB))"],
    ["cover", 152, "INSERT INTO cover VALUES (:number, 0, 'sent')"],
    ["drawn", 80, "INSERT INTO drawn VALUES (:number, 0, 0, 'lost', '', 0, NULL, NULL, NULL)"],
    ["events", 3, event("channel-funded")],
    [
      "winners",
      2,
      "INSERT INTO winners VALUES (:number, 0, 0, 0, '', '', x'', x'', x'', 'redeemed', NULL)",
    ],
    [
      "outbox",
      14,
      "INSERT INTO outbox (key, recipient, data, value, state) VALUES (:number, '', '', '', '')",
    ],
    ["spent", 4, "INSERT INTO spent VALUES (:number, '', 0, 0, '')"],
    ["journal", 1_000, "INSERT INTO journal VALUES (:number, 0, '', NULL, '', '')"],
  ];

  it("has a bound for every table of the schema", () => {
    expect(problems()).to.deep.equal([]);
  });

  for (const [table, most, sql] of GROWING)
    it(`takes ${most} of ${table}, and names it beyond that: ${sql.slice(0, 60)}…`, () => {
      add(most, sql);
      expect(problems()).to.deep.equal([]);
      add(most + 1, sql.replace("INSERT", "INSERT OR REPLACE"));
      expect(problems().map((one) => one.replace(/, by .+/, ", by"))).to.deep.equal([
        `${table}: ${most + 1} of ${most}, by`,
      ]);
    });

  it("takes no more events than wait for a checkpoint, however many there were, and of older ones money alone", () => {
    const most = 3 * 4_096;
    add(most, event("channel-funded"));
    expect(problems({ events: 1e6 })).to.deep.equal([]);
    add(most + 1, event("channel-funded").replace("INSERT", "INSERT OR REPLACE"));
    expect(problems({ events: 1e6 })).to.deep.equal([
      `events: ${most + 1} of ${most}, by events since the checkpoint`,
    ]);
    db.exec("INSERT INTO checkpoint VALUES (1, 2, '')");
    expect(problems({ events: 1e6 })).to.deep.equal([
      "events: 2 of 0, by nothing, before the checkpoint, but the relay's own money",
    ]);
    db.exec("UPDATE events SET name = 'batch-redeemed' WHERE block_number <= 2");
    expect(problems({ events: 1e6 })).to.deep.equal([]);
  });

  it("takes many tags of few epochs", () => {
    add(500, "INSERT INTO tags VALUES (CAST(:number AS BLOB), 7, 0, x'00')");
    expect(problems()).to.deep.equal([]);
  });

  it("names a table that nobody has thought of", () => {
    db.exec("CREATE TABLE forgotten (number INTEGER)");
    expect(problems()).to.deep.equal(["nothing is said of how table forgotten may grow"]);
  });
});

describe("the soak's check of memory", () => {
  const constant = (): number => 1e8;
  /** With a heap of each thread. */
  const life = (
    seconds: number,
    memory: (at: number) => number = constant,
    ...heaps: ((at: number) => number)[]
  ) => ({
    node: { name: "relay-1" },
    holdings: Array.from({ length: seconds / 5 + 1 }, (_, i) => ({
      ...{ at: 5 * i, memory: memory(5 * i), descriptors: 40 },
    })),
    heaps: (heaps.length === 0 ? [constant, constant] : heaps).map((heap) => ({
      samples: Array.from({ length: seconds / 30 }, (_, i) => ({
        ...{ at: 30 * i, bytes: heap(30 * i) },
      })),
    })),
  });

  it("does not pass when there was nobody to judge in a run that is long enough", () => {
    expect(nothingLeaks([life(500), life(590)], 20)).to.deep.equal([
      "no relay lived for 600 s: nobody's memory was judged",
    ]);
    expect(nothingLeaks([life(500), life(600)], 60)).to.deep.equal([]);
    expect(nothingLeaks([life(500)], 19)).to.deep.equal([]);
    expect(nothingLeaks([], 60)).to.not.be.empty;
  });

  it("names who holds more and more", () => {
    const leaking = life(900, (at) => 1e8 + 3e5 * at);
    expect(nothingLeaks([leaking], 20)).to.deep.equal(["relay-1: 86 MiB more"]);
  });

  it("names whose code holds more and more, though the process hides it, and not whose holds more at first", () => {
    const leaking = (at: number): number => 5e7 + 8e3 * at;
    const settling = (at: number): number => 6e7 - 1e7 / (1 + at / 120);
    expect(nothingLeaks([life(3_600, constant, settling, leaking)], 60)).to.deep.equal([
      "relay-1: 9.2 MiB more in a heap",
    ]);
    expect(nothingLeaks([life(3_600, constant, settling, constant)], 60)).to.deep.equal([]);
  });

  it("does not pass when the heaps of a life were not looked at, or not to its end", () => {
    const [heap] = life(900).heaps;
    if (heap === undefined) throw new Error("a heap was looked at");
    const early = { samples: heap.samples.filter(({ at }) => at < 590) };
    const rarely = { samples: heap.samples.filter(({ at }) => at % 150 === 0) };
    const looked = (...heaps: (typeof heap)[]) => nothingLeaks([{ ...life(900), heaps }], 20);
    expect(looked(heap, heap)).to.deep.equal([]);
    for (const other of [[], [early], [rarely]])
      expect(looked(heap, ...other)).to.deep.equal([
        "relay-1: 1 heaps of 2 were looked at all its life",
      ]);
  });
});
