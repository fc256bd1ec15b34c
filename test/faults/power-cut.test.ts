/**
 * A relay under load on a disk whose power is cut. What had left the node before, as its neighbours remember it,
 * must not contradict the database that a machine finds when the power is back.
 */
import { expect } from "chai";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ChildGroup } from "../../scripts/local-network/child.ts";
import { pause } from "../e2e/support/wait.ts";
import { CutRig, type Contradictions } from "./support/cut-rig.ts";
import { whyNoLoopDisk } from "./support/loop-disk.ts";
import { needs, THOROUGH } from "./support/means.ts";

/** Lives of the relay, and cuts in each: all but its last one are of a copy, and the relay goes on. */
const LIVES = THOROUGH ? 10 : 2;
const CUTS_PER_LIFE = 10;
const WEAK_CUTS = 10;
/** Longest time between two cuts, in milliseconds. */
const SPAN = 250;

describe("power cuts", function () {
  this.timeout(900_000);
  const folder = mkdtempSync(join(tmpdir(), "waybill-power-"));
  const children = new ChildGroup();
  const rigs: CutRig[] = [];

  before(function () {
    needs(this, whyNoLoopDisk(folder));
  });

  after(async () => {
    for (const rig of rigs) await rig.stop();
    await children.stopAll();
    rmSync(folder, { recursive: true });
  });

  const create = async (name: string, weakened = false): Promise<CutRig> => {
    const rig = await CutRig.create(children, mkdtempSync(join(folder, name)), weakened);
    rigs.push(rig);
    return rig;
  };

  it(`threat 40: ${LIVES * CUTS_PER_LIFE} cuts, no forwarded tag lost, no ticket index issued again`, async () => {
    const rig = await create("full");
    const contradictions: Contradictions[] = [];
    for (let life = 0; life < LIVES; life++) {
      await rig.live();
      await rig.flows();
      for (let cut = 1; cut <= CUTS_PER_LIFE; cut++) {
        await pause(Math.random() * SPAN);
        contradictions.push(await rig.cut(cut === CUTS_PER_LIFE));
      }
    }
    // What was brought again was refused: nothing came out a second time, by header or by index.
    await rig.live();
    await rig.flows();
    await rig.stop();
    const { tags, indexes, winners } = rig.known;
    console.log(
      `      ${contradictions.length} cuts, ${tags.size} packets taken, ${indexes.length} forwarded, ` +
        `${rig.refusedReplays} brought again, ${winners} winners`,
    );
    for (const found of contradictions)
      expect(found).to.deep.equal({
        ...{ lostTags: 0, reissuedIndexes: 0, lostWinners: 0, refused: undefined },
      });
    expect(rig.forwardedTwice, "forwarded twice").to.equal(0);
    expect(new Set(indexes).size, "indexes").to.equal(indexes.length);
    expect(tags.size).to.be.greaterThan(20 * LIVES);
    expect(rig.refusedReplays).to.be.greaterThan(20 * LIVES);
    expect(winners).to.be.greaterThan(5 * LIVES);
  });

  it("the rig notices a database that does not flush", async () => {
    const rig = await create("weak", true);
    await rig.live();
    await rig.flows();
    let cuts = 0;
    let found: Contradictions | undefined;
    const contradicts = (one?: Contradictions): boolean =>
      one !== undefined && (one.lostTags > 0 || one.refused !== undefined);
    while (cuts < WEAK_CUTS && !contradicts(found)) {
      await pause(Math.random() * SPAN);
      found = await rig.cut(++cuts === WEAK_CUTS);
    }
    console.log(`      cut ${cuts} lost what had left the node: ${JSON.stringify(found)}`);
    expect(contradicts(found)).to.equal(true);
  });
});
