/** Commands find the agent of a data folder by a note in it, which outlives an agent that is killed. */
import { expect } from "chai";
import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer, request, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { once } from "node:events";
import { join } from "node:path";

import { ADDRESS_FILE } from "../../../../offchain/app/api/address.ts";
import { clientOf } from "../../../../offchain/app/api/client.ts";
import { isAgent, PROOF_PATH } from "../../../../offchain/app/api/proof.ts";
import { askAgent } from "../../../../offchain/app/report/overview.ts";
import { entry } from "../../../compliance/store/samples.ts";
import { ApiRig } from "./support/rig.ts";

describe("finding the agent of a data folder", () => {
  let rig: ApiRig;
  const strangers: Server[] = [];
  /** All that strangers were sent. */
  let heard: string[];

  beforeEach(async () => {
    heard = [];
    rig = await new ApiRig().start();
    rig.sees();
    rig.runs();
  });
  afterEach(async () => {
    for (const server of strangers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
    await rig.stop();
  });

  const note = (url: string): void => {
    writeFileSync(join(rig.folder, ADDRESS_FILE), `${url}\n`);
  };

  /** Listens at an address that the note then names. */
  async function stranger(answer: RequestListener): Promise<void> {
    heard = [];
    const server = createServer((got, reply) => {
      heard.push(`${got.method ?? ""} ${got.url ?? ""}`, ...got.rawHeaders);
      answer(got, reply);
    });
    strangers.push(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    note(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  async function isNotBelieved(): Promise<void> {
    expect(await askAgent(rig.folder, { epochs: 1, journal: 1 })).to.equal(undefined);
    expect(await clientOf(rig.folder)).to.equal(undefined);
    expect(heard.join("\n")).to.include(PROOF_PATH);
    expect(heard.join("\n")).to.not.include(rig.token);
    expect(heard.join("\n").toLowerCase()).to.not.include("authorization");
  }

  it("the agent that wrote the note is asked", async () => {
    note(rig.server?.url ?? "");
    expect(await askAgent(rig.folder, { epochs: 1, journal: 1 })).to.have.nested.property(
      "status.stage",
      "running",
    );
  });

  it("tells as many of the agent's actions as are asked for, the newest first", async () => {
    note(rig.server?.url ?? "");
    for (let n = 0; n < 5; n++) await rig.store.journal.add(entry(n));
    const told = async (journal: number) =>
      (await askAgent(rig.folder, { epochs: 1, journal }))?.journal?.entries.map(({ at }) => at);
    const all = await told(1_000);
    expect(all?.length).to.equal(5);
    expect(all?.toSorted((a, b) => b - a)).to.deep.equal(all);
    expect(await told(2)).to.deep.equal(all?.slice(0, 2));
  });

  it("threat 55: without a note, or with nobody at its address, there is none", async () => {
    expect(await clientOf(rig.folder)).to.equal(undefined);
    note(rig.server?.url ?? "");
    await rig.server?.close();
    expect(await clientOf(rig.folder)).to.equal(undefined);
  });

  it("threat 55: the token is not sent to another process at the address of an agent that was killed", async () => {
    await stranger((_got, reply) => reply.end("{}"));
    await isNotBelieved();
    await stranger((_got, reply) => reply.writeHead(401).end("who are you?"));
    await isNotBelieved();
    await stranger((_got, reply) => reply.end(JSON.stringify({ proof: `0x${"0".repeat(64)}` })));
    await isNotBelieved();
  });

  it("threat 55: nor to one that passes the question on to the agent, or sends the client there", async () => {
    await stranger((got, reply) => {
      const passed = request(
        { host: "127.0.0.1", port: rig.port, path: got.url, agent: false },
        (answer) => {
          reply.writeHead(answer.statusCode ?? 500);
          answer.pipe(reply);
        },
      );
      passed.end();
    });
    await isNotBelieved();
    await stranger((got, reply) =>
      reply.writeHead(307, { location: `${rig.server?.url ?? ""}${got.url ?? ""}` }).end(),
    );
    await isNotBelieved();
  });

  it("one that answers without end is left", async () => {
    await stranger((_got, reply) => {
      const more = (): void => {
        while (!reply.destroyed && reply.write(Buffer.alloc(65_536, " ")));
      };
      reply.on("drain", more);
      more();
    });
    await isNotBelieved();
  });

  it("an answer to one challenge answers no other, nor that of another token", async () => {
    const { url = "" } = rig.server ?? {};
    expect(await isAgent(url, rig.token)).to.equal(true);
    expect(await isAgent(url, randomBytes(32).toString("hex"))).to.equal(false);
    const proofs = await Promise.all(
      ["11", "22"].map(async (byte) => {
        const { json } = await rig.ask(`${PROOF_PATH}?challenge=0x${byte.repeat(32)}`);
        return (json as { readonly proof: string }).proof;
      }),
    );
    expect(new Set(proofs).size).to.equal(2);
    for (const challenge of ["", "0x11", "x".repeat(66), `0x${"g".repeat(64)}`])
      expect((await rig.ask(`${PROOF_PATH}?challenge=${challenge}`)).status).to.equal(400);
  });
});
