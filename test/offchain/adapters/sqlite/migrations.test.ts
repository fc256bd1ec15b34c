/** Databases as every earlier version of the program left them, opened by this one. */
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { expect } from "chai";

import { migrate, STEPS } from "../../../../offchain/adapters/sqlite/migrations.ts";
import { openSqliteStore } from "../../../../offchain/adapters/sqlite/store.ts";
import { epoch, seconds, ticketIndex } from "../../../../offchain/core/units.ts";
import {
  ALL,
  bytes,
  channel,
  event,
  packet,
  water,
  winner,
} from "../../../compliance/store/samples.ts";

const SALT = bytes(32, 77);

/** What a running agent has in each table that came with a step, by the step's number. */
const FILL: Readonly<Record<number, (db: DatabaseSync) => void>> = {
  1: (db) => {
    const { tag, receivedAt, bringer } = packet(1);
    const { index, amount, winProb, response, signature } = winner(1, 4);
    db.exec("UPDATE commits SET number = 9");
    db.exec("INSERT INTO meta VALUES ('deployment', 'this one')");
    db.prepare("INSERT INTO tags VALUES (?, 7, ?, ?)").run(tag, receivedAt, bringer);
    db.prepare("INSERT INTO high_waters VALUES (?, 0, 7, 50)").run(channel(2));
    db.prepare("INSERT INTO winners VALUES (?, 0, ?, 7, ?, ?, ?, ?, ?, 'won', NULL)").run(
      ...[channel(1), index, amount.toString(), winProb.toString(), response, signature],
      Buffer.concat(winner(1, 4).proof),
    );
    db.prepare("INSERT INTO reserved VALUES (?, 262145)").run(channel(3));
    const { blockHash, contract, name, args } = event(5);
    db.prepare("INSERT INTO cursors VALUES (5, ?)").run(blockHash);
    db.prepare("INSERT INTO events VALUES (5, 0, ?, ?, ?, ?)").run(
      ...[blockHash, contract, name, args],
    );
    db.exec(
      "INSERT INTO outbox (key, recipient, data, value, state) VALUES ('k:0', '0x1', '0x', '7', 'intended')",
    );
    db.exec(
      "INSERT INTO outbox (key, recipient, data, value, state, nonce, raw_transaction, hash) " +
        "VALUES ('k:1', '0x1', '0x', '0', 'sent', 3, '0xaa', '0xbb')",
    );
  },
  2: (db) => {
    db.exec("INSERT INTO cover VALUES (7, 3, 'returned')");
  },
  3: (db) => {
    db.prepare("INSERT INTO salts (salt) VALUES (?)").run(SALT);
  },
  4: (db) => {
    db.exec("UPDATE seal SET epoch = 6");
    db.prepare("INSERT INTO drawn VALUES (6, 2, 1, 'forfeited', ?, 3, NULL, NULL, NULL)").run(
      [1, 2, 3].map(channel).join(" "),
    );
  },
  5: (db) => {
    db.exec("INSERT INTO restores (taken_at, restored_at) VALUES (10, 20)");
    db.exec("INSERT INTO journal (at, action, amount, why) VALUES (1, 'wait', '0', 'because')");
  },
  6: (db) => {
    db.exec(
      "INSERT INTO outbox (key, recipient, data, value, state, settled_at) VALUES ('k:2', '0x1', '0x', '0', 'failed', 5)",
    );
  },
  7: (db) => {
    db.exec('UPDATE outbox SET cost = \'{"at":5,"gas":"6","coin":"7"}\' WHERE key = \'k:2\'');
    db.exec("INSERT INTO spent (word, at, gas, coin) VALUES ('redeem', 3, 21000, '90')");
  },
  8: (db) => {
    db.exec("INSERT INTO checkpoint VALUES (1, 4, 'state')");
  },
};

const versions = Array.from({ length: STEPS.length }, (_, i) => i + 1);

describe("databases of earlier versions", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "waybill-migrations-"));
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  /** A database file as version `version` wrote it, with something in every table. */
  const written = (version: number, name: string): string => {
    const path = join(folder, `${name}.db`);
    const db = new DatabaseSync(path);
    for (let step = 1; step <= version; step++) {
      migrate(db, STEPS.slice(0, step));
      FILL[step]?.(db);
    }
    db.close();
    return path;
  };

  it("have something of every step to carry over", () => {
    expect(Object.keys(FILL).map(Number)).to.deep.equal(versions);
  });

  for (const version of versions)
    it(`version ${version}: all that it holds is there afterwards`, async () => {
      const path = written(version, `from-${version}`);
      const store = await openSqliteStore({ path });
      expect(await store.getMeta("deployment")).to.equal("this one");
      expect(await store.replay.count()).to.equal(1);
      expect(await store.replay.highWaters()).to.deep.equal([water(2, 50)]);
      expect(await store.winners.list(epoch(7), ["won"])).to.deep.equal([winner(1, 4)]);
      expect(await store.chain.events(ALL)).to.deep.equal([event(5)]);
      const checkpoint = version >= 8 ? { blockNumber: 4, state: "state" } : undefined;
      expect(await store.chain.checkpoint()).to.deep.equal(checkpoint);
      expect((await store.outbox.list(["intended"])).map(({ key }) => key)).to.deep.equal(["k:0"]);
      const versions = [{ hash: "0xbb", raw: "0xaa" }];
      expect(await store.outbox.get("k:1")).to.deep.include({
        nonce: 3,
        versions,
        hash: undefined,
      });
      expect((await store.outbox.get("k:2"))?.settledAt).to.equal(version >= 6 ? 5 : undefined);
      const costs = await store.outbox.costs(seconds(0), 100);
      expect(costs.map(({ purpose, coin }) => [purpose, coin])).to.deep.equal(
        version >= 7
          ? [
              ["other", 7n],
              ["redeem", 90n],
            ]
          : [],
      );
      expect(await store.cover.list(epoch(7))).to.have.length(version >= 2 ? 1 : 0);
      expect(await store.salts.list()).to.deep.equal(version >= 3 ? [SALT] : []);
      expect(await store.drawn.list(epoch(0))).to.have.length(version >= 4 ? 1 : 0);
      expect(await store.journal.list(9)).to.have.length(version >= 5 ? 1 : 0);
      // A database that came out of a backup stays one, and any other goes on where it was.
      const reserve = store.indexes.reserve(channel(3), 1, ticketIndex(0));
      if (version < 5) expect(await reserve).to.equal(262_145);
      else
        expect(await reserve.catch((error: unknown) => error)).to.have.property(
          "code",
          "STORE_INDEXES_UNRECONCILED",
        );
      await store.close();
    });

  for (const version of versions.slice(0, -1))
    it(`version ${version}: a copy is kept of what was there, for its owner alone, without salts`, async () => {
      const path = written(version, `kept-${version}`);
      await (await openSqliteStore({ path })).close();
      const copy = `${path}.version-${version}`;
      expect(statSync(copy).mode & 0o777).to.equal(0o600);
      expect(readFileSync(copy).includes(Buffer.from(SALT))).to.equal(false);
      const db = new DatabaseSync(copy, { readOnly: true });
      expect(db.prepare("SELECT MAX(version) AS v FROM schema").get()?.v).to.equal(version);
      expect(db.prepare("SELECT COUNT(*) AS n FROM winners").get()?.n).to.equal(1);
      db.close();
    });

  it("a step that fails changes nothing, and the next start tries it again", () => {
    const path = written(2, "failing");
    const db = new DatabaseSync(path);
    const steps = [...STEPS.slice(0, 3), "CREATE TABLE tags (again INTEGER)"];
    expect(() => {
      migrate(db, steps);
    }).to.throw("tags");
    expect(db.prepare("SELECT MAX(version) AS v FROM schema").get()?.v).to.equal(2);
    expect(() => db.prepare("SELECT * FROM salts")).to.throw("salts");
    migrate(db, STEPS);
    expect(db.prepare("SELECT MAX(version) AS v FROM schema").get()?.v).to.equal(STEPS.length);
    db.close();
  });

  it("a database of a later version is refused by name, untouched and without a copy", async () => {
    const path = written(STEPS.length, "newer");
    const db = new DatabaseSync(path);
    db.prepare("INSERT INTO schema VALUES (?)").run(STEPS.length + 1);
    db.close();
    const refusal = await openSqliteStore({ path }).catch((error: unknown) => error);
    expect(refusal).to.have.property("code", "STORE_TOO_NEW");
    expect(String(refusal)).to.contain(String(STEPS.length + 1));
    expect(existsSync(`${path}.version-${STEPS.length + 1}`)).to.equal(false);
  });
});
