import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { memoryStore } from "../../offchain/adapters/memory/store.ts";
import { openSqliteStore } from "../../offchain/adapters/sqlite/store.ts";
import type { Store } from "../../offchain/ports/store.ts";
import { chainCompliance } from "./store/chain.ts";
import { coverCompliance } from "./store/cover.ts";
import { drawnCompliance } from "./store/drawn.ts";
import { journalCompliance } from "./store/journal.ts";
import { moneyCompliance } from "./store/money.ts";
import { replayCompliance } from "./store/replay.ts";
import { packet } from "./store/samples.ts";

/** The suite of the Store port; `create` makes an empty store for each test. */
function storeCompliance(name: string, create: () => Promise<Store>): void {
  describe(`Store port: ${name}`, () => {
    let store: Store;
    beforeEach(async () => {
      store = await create();
    });
    afterEach(() => store.close());

    describe("replay (protocol §6)", () => {
      replayCompliance(() => store);
    });
    describe("winners and indexes", () => {
      moneyCompliance(() => store);
    });
    describe("chain, outbox, settings", () => {
      chainCompliance(() => store);
    });

    describe("cover slots and salts", () => {
      coverCompliance(() => store);
    });

    describe("drawn packets", () => {
      drawnCompliance(() => store);
    });

    describe("journal", () => {
      journalCompliance(() => store);
    });

    it("refuses every call once it is closed, and closes twice", async () => {
      await store.close();
      await store.close();
      for (const call of [
        () => store.replay.accept([packet(1)], []),
        () => store.winners.totals(),
        () => store.getMeta("x"),
      ]) {
        const refusal = await call().catch((error: unknown) => error);
        expect(refusal).to.have.property("code", "STORE_CLOSED");
      }
    });
  });
}

storeCompliance("in memory", () => Promise.resolve(memoryStore()));

describe("SQLite", () => {
  let folder: string;
  let count = 0;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-store-"));
  });
  after(() => rm(folder, { recursive: true }));

  storeCompliance("SQLite", () => openSqliteStore({ path: join(folder, `${count++}.db`) }));
});
